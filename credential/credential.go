// Package credential writes a license in the two forms that wallets and
// libraries of others read: as a W3C Verifiable Credential (VC Data Model 2.0,
// secured by JOSE) and as an SD-JWT VC (RFC 9901), of which its holder can show
// single permits and keep the rest to itself. Start with [New].
//
// Both are exports: what counts is the code on the license, and a verifier of
// ours takes no export for one. They are signed by a key of their own use, and
// each has its own typ, so that neither passes for a code.
package credential

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"yizheng/license"
	"yizheng/signature"
)

// Form is one of the forms of an export.
type Form string

// The forms.
const (
	VC    Form = "vc"     // W3C VC Data Model 2.0, application/vc+jwt
	SDJWT Form = "sd-jwt" // SD-JWT VC, application/dc+sd-jwt
)

// ErrForm: there is no such form.
var ErrForm = errors.New("no such form of a credential")

// ErrPermit: the license has no such permit, or the form cannot leave any out.
var ErrPermit = errors.New("no such permit to disclose")

// ParseForm reads the name of a form; empty is [VC]. The error is [ErrForm].
func ParseForm(s string) (Form, error) {
	switch f := Form(s); f {
	case "":
		return VC, nil
	case VC, SDJWT:
		return f, nil
	}
	return "", fmt.Errorf("%w: %q is neither vc nor sd-jwt", ErrForm, s)
}

// typ is what stands in the protected header; the media type follows from it.
func (f Form) typ() string {
	if f == SDJWT {
		return "dc+sd-jwt"
	}
	return "vc+jwt"
}

// MediaType is that of the form's text.
func (f Form) MediaType() string { return "application/" + f.typ() }

// Config is what [New] needs.
type Config struct {
	// Issuer is the address that names the issuer, and below which its
	// metadata is found: where the public reaches the deployment, without a
	// slash at the end.
	Issuer     string
	StatusBase string           // what the addresses of its status lists begin with
	Signer     signature.Signer // of the use credential; ES256 or EdDSA
	Random     io.Reader        // for the salts of disclosures
}

// Exporter makes exports. It is safe for concurrent use as far as its Signer
// and Random are.
type Exporter struct{ c Config }

// New checks c.
func New(c Config) (*Exporter, error) {
	switch {
	case c.Signer == nil || c.Random == nil:
		return nil, errors.New("credential: a signer and a source of randomness are needed")
	case c.Issuer == "" || strings.HasSuffix(c.Issuer, "/"):
		return nil, fmt.Errorf("credential: %q is no issuer's address without a slash at the end", c.Issuer)
	case !strings.HasSuffix(c.StatusBase, "/"):
		return nil, fmt.Errorf("credential: %q is no base of status lists", c.StatusBase)
	}
	if a := c.Signer.PublicKey().Algorithm(); a != signature.ES256 && a != signature.EdDSA {
		return nil, fmt.Errorf("credential: those who read it do not know %s; its key is one for ES256 or EdDSA", a)
	}
	return &Exporter{c}, nil
}

// Export writes one version of a license in a form, signed at an instant.
// Permits names those that an SD-JWT discloses, by their numbers; all where
// it is empty. Errors: [ErrForm], [ErrPermit], and those of the signer.
func (e *Exporter) Export(f Form, l license.License, at time.Time, permits ...string) (string, error) {
	for _, number := range permits {
		if f != SDJWT || !slices.ContainsFunc(l.Permits, func(p license.Permit) bool { return p.Number == number }) {
			return "", fmt.Errorf("%w: %q", ErrPermit, number)
		}
	}
	var payload any
	var disclosures []string
	var err error
	switch f {
	case VC:
		payload = e.verifiable(l, at)
	case SDJWT:
		payload, disclosures, err = e.selective(l, at, permits)
	default:
		err = fmt.Errorf("%w: %q", ErrForm, f)
	}
	if err != nil {
		return "", err
	}
	text, err := encode(payload)
	if err != nil {
		return "", err
	}
	token, err := signature.SignCompact(e.c.Signer, signature.Header{Type: f.typ()}, text)
	if err != nil {
		return "", fmt.Errorf("signing a credential: %w", err)
	}
	if f == SDJWT {
		token += "~" + strings.Join(append(disclosures, ""), "~")
	}
	return token, nil
}

// encode writes JSON as it is, without the escapes that are for pages.
func encode(v any) ([]byte, error) {
	var b bytes.Buffer
	w := json.NewEncoder(&b)
	w.SetEscapeHTML(false)
	if err := w.Encode(v); err != nil {
		return nil, fmt.Errorf("encoding a credential: %w", err)
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\n")), nil
}
