package trust

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"strings"
)

// Fingerprint names the roots and the threshold in a form that two people can
// compare by reading it out: the first 16 bytes of a SHA-256 over the
// threshold and the sorted RFC 7638 thumbprints, as eight groups of four
// hexadecimal digits. Where the verifier stands is not part of it.
func (a Anchor) Fingerprint() string {
	thumbprints := make([][]byte, 0, len(a.Roots))
	for _, r := range a.Roots {
		t := r.Thumbprint()
		thumbprints = append(thumbprints, t[:])
	}
	slices.SortFunc(thumbprints, bytes.Compare)
	h := sha256.New()
	h.Write([]byte{byte(a.Threshold)})
	for _, t := range thumbprints {
		h.Write(t)
	}
	digits := hex.EncodeToString(h.Sum(nil)[:16])
	groups := make([]string, 0, 8)
	for i := 0; i < len(digits); i += 4 {
		groups = append(groups, digits[i:i+4])
	}
	return strings.Join(groups, " ")
}
