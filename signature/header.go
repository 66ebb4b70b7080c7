package signature

import (
	"fmt"
	"strings"
)

// Header is the protected header of a JWS. Its members are these and no
// others, so nothing can stand in a header that a verifier does not read;
// crit, jwk, jku, x5c and b64 are refused with all other unknown members.
type Header struct {
	Algorithm  Algorithm // alg
	Dictionary string    // dict: of a license code, the id of its dictionary
	KeyID      string    // kid: see [PublicKey.KeyID]
	Type       string    // typ: what kind of thing is signed
	Zip        string    // zip: of a license code, "DEF"
}

// Canonical gives the one accepted JSON of the header: the members alg, dict,
// kid, typ and zip in this order, those that are empty left out, without white
// space. It is nil for a header that has no such form, because a value holds
// something other than ASCII letters, digits and "+-./_"; no such header is
// ever signed or parsed.
func (h Header) Canonical() []byte {
	b := make([]byte, 0, 128)
	for i, value := range h.values() {
		if value == "" {
			continue
		}
		if !isPlain(value) {
			return nil
		}
		b = append(b, ',', '"')
		b = append(b, memberNames[i]...)
		b = append(b, '"', ':', '"')
		b = append(b, value...)
		b = append(b, '"')
	}
	if len(b) == 0 || h.Algorithm == "" || len(b)+1 > MaxHeader {
		return nil
	}
	b[0] = '{' // in the place of the first comma
	return append(b, '}')
}

// memberNames are the members in the order of values.
var memberNames = [...]string{"alg", "dict", "kid", "typ", "zip"}

func (h Header) values() [len(memberNames)]string {
	return [...]string{string(h.Algorithm), h.Dictionary, h.KeyID, h.Type, h.Zip}
}

// parseHeader reads what Canonical writes and nothing else.
func parseHeader(text string) (Header, error) {
	if len(text) > MaxHeader {
		return Header{}, fmt.Errorf("%w: header of %d bytes", ErrMalformed, len(text))
	}
	var values [len(memberNames)]string
	rest := text
	for i, name := range memberNames {
		after, found := strings.CutPrefix(rest[min(1, len(rest)):], `"`+name+`":"`)
		if !found {
			continue
		}
		value, tail, closed := strings.Cut(after, `"`)
		if !closed {
			break
		}
		values[i], rest = value, tail
	}
	h := Header{Algorithm(values[0]), values[1], values[2], values[3], values[4]}
	// The comparison is the check: whatever the loop skipped, took wrongly or
	// left over makes a difference here.
	if canonical := h.Canonical(); canonical == nil || string(canonical) != text {
		return Header{}, fmt.Errorf("%w: header is not canonical", ErrMalformed)
	}
	return h, nil
}

// isPlain says whether JSON writes s as it stands, in one way only.
func isPlain(s string) bool {
	for i := range len(s) {
		c := s[i]
		switch {
		case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', '0' <= c && c <= '9':
		case c == '+', c == '-', c == '.', c == '/', c == '_':
		default:
			return false
		}
	}
	return true
}
