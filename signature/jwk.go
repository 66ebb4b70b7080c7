package signature

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
)

// jwk has the members of a public JWK in the order in which they are written,
// the alphabetical one of RFC 7638.
type jwk struct {
	Algorithm Algorithm `json:"alg"`
	Curve     string    `json:"crv"`
	KeyID     string    `json:"kid"`
	Kind      string    `json:"kty"`
	X         string    `json:"x"`
	Y         string    `json:"y,omitempty"`
}

// curveOf gives crv and kty of each algorithm (RFC 7518, RFC 8037; SM2 is a
// profile of ours).
func curveOf(alg Algorithm) (curve, kind string) {
	switch alg {
	case ES256:
		return "P-256", "EC"
	case EdDSA:
		return "Ed25519", "OKP"
	case SM2:
		return "SM2", "EC"
	default:
		return "", ""
	}
}

// jwk gives the members of the key.
func (k PublicKey) jwk() jwk {
	enc := base64.RawURLEncoding
	m := jwk{Algorithm: k.algorithm, KeyID: k.KeyID()}
	m.Curve, m.Kind = curveOf(k.algorithm)
	m.X = enc.EncodeToString([]byte(k.raw[:32]))
	m.Y = enc.EncodeToString([]byte(k.raw[32:]))
	return m
}

// thumbprintInput is the JSON that RFC 7638 hashes: the required members only.
func (k PublicKey) thumbprintInput() []byte {
	m := k.jwk()
	s := `{"crv":"` + m.Curve + `","kty":"` + m.Kind + `","x":"` + m.X + `"`
	if m.Y != "" {
		s += `,"y":"` + m.Y + `"`
	}
	return []byte(s + "}")
}

// MarshalJSON gives the key as a public JWK (RFC 7517) with the members alg,
// crv, kid, kty, x and, for ES256 and SM2, y, in this order.
func (k PublicKey) MarshalJSON() ([]byte, error) {
	if k.IsZero() {
		return nil, fmt.Errorf("marshalling JWK: %w: no key", ErrKey)
	}
	return json.Marshal(k.jwk())
}

// UnmarshalJSON reads what MarshalJSON writes, white space between members
// aside: all members, in that order, none other (so never a private key by
// mistake), coordinates at full length, kid the key's own. Errors:
// [ErrMalformed], [ErrAlgorithm], [ErrKey].
func (k *PublicKey) UnmarshalJSON(b []byte) error {
	compact, err := compactJSON(b, MaxKey)
	if err != nil {
		return fmt.Errorf("reading JWK: %w", err)
	}
	var m jwk
	if err := json.Unmarshal(compact, &m); err != nil {
		return fmt.Errorf("reading JWK: %w: not a key", ErrMalformed)
	}
	if _, kind := curveOf(m.Algorithm); kind == "" {
		return fmt.Errorf("reading JWK: %w: %q", ErrAlgorithm, m.Algorithm)
	}
	x, err := decode(m.X)
	if err != nil {
		return fmt.Errorf("reading JWK's x: %w", err)
	}
	y, err := decode(m.Y)
	if err != nil {
		return fmt.Errorf("reading JWK's y: %w", err)
	}
	key, err := newPublicKey(m.Algorithm, append(x, y...))
	if err != nil {
		return fmt.Errorf("reading JWK: %w", err)
	}
	if m.KeyID != key.KeyID() {
		return fmt.Errorf("reading JWK: %w: kid is not from the thumbprint", ErrKey)
	}
	canonical, err := key.MarshalJSON()
	if err != nil {
		return err
	}
	// Order, doubled and unknown members, escapes, another split between x
	// and y: one comparison finds them all.
	if !bytes.Equal(canonical, compact) {
		return fmt.Errorf("reading JWK: %w: not in canonical form", ErrMalformed)
	}
	*k = key
	return nil
}
