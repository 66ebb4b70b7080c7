package verifier

import (
	"encoding/base64"
	"encoding/json"
	"slices"
	"strings"

	"yizheng/payload"
)

// exportTypes are the forms in which a license is exported for the programs of
// others: a W3C Verifiable Credential and an SD-JWT VC. An export proves what
// it says to whoever trusts the issuer's published keys; it is no code, and is
// told apart from somebody else's token so that people learn what to scan.
var exportTypes = []string{"vc+jwt", "dc+sd-jwt"}

// maxExportHeader is more than any header of an export has, in characters.
const maxExportHeader = 4096

// isExport says whether input begins as an export does. Nothing is verified:
// whatever it is, it is no license code.
func isExport(input string) bool {
	head, _, found := strings.Cut(payload.WithoutSpace(input), ".")
	if !found || !strings.HasPrefix(head, "eyJ") || len(head) > maxExportHeader {
		return false
	}
	raw, err := base64.RawURLEncoding.DecodeString(head)
	if err != nil {
		return false
	}
	var header struct {
		Type string `json:"typ"`
	}
	return json.Unmarshal(raw, &header) == nil && slices.Contains(exportTypes, header.Type)
}
