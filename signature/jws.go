package signature

import (
	"encoding/base64"
	"fmt"
	"strings"
)

// JWS is one signed payload: a compact JWS (RFC 7515, 7.1) taken apart. That
// it parsed says nothing about who made it; see [JWS.Verify].
type JWS struct {
	Header    Header
	Payload   []byte
	Signature []byte
}

// Parse reads a compact JWS in its one accepted form: three parts of base64url
// without padding, spare bits zero, and a protected header equal to its
// [Header.Canonical] form. The payload may be empty but not detached. The
// error is [ErrMalformed].
func Parse(compact string) (*JWS, error) {
	if len(compact) > MaxCompact {
		return nil, fmt.Errorf("%w: JWS of %d bytes", ErrMalformed, len(compact))
	}
	protected, rest, _ := strings.Cut(compact, ".")
	payload, sig, found := strings.Cut(rest, ".")
	if !found || strings.Contains(sig, ".") {
		return nil, fmt.Errorf("%w: a compact JWS has three parts", ErrMalformed)
	}
	h, err := decodeHeader(protected)
	if err != nil {
		return nil, err
	}
	j := &JWS{Header: h}
	if j.Payload, err = decode(payload); err != nil {
		return nil, fmt.Errorf("decoding payload: %w", err)
	}
	if j.Signature, err = decode(sig); err != nil {
		return nil, fmt.Errorf("decoding signature: %w", err)
	}
	if len(j.Signature) != SignatureSize {
		return nil, fmt.Errorf("%w: signature of %d bytes", ErrMalformed, len(j.Signature))
	}
	return j, nil
}

// Verify says whether key signed this header and payload as a thing of type
// typ. The header's algorithm must be the key's, its key id, where it names
// one, too. Errors: [ErrAlgorithm], [ErrType], [ErrKey], [ErrSignature],
// [ErrHighS].
func (j *JWS) Verify(key PublicKey, typ string) error {
	if err := j.Header.matches(key, typ); err != nil {
		return err
	}
	return key.Verify(SigningInput(j.Header, j.Payload), j.Signature)
}

// String is the compact form, the same bytes that Parse read.
func (j *JWS) String() string { return Compact(j.Header, j.Payload, j.Signature) }

// matches holds the header against the key and type that are asked for.
func (h Header) matches(key PublicKey, typ string) error {
	if key.IsZero() {
		return fmt.Errorf("%w: no key", ErrKey)
	}
	if h.Type != typ {
		return fmt.Errorf("%w: %q where %q is asked for", ErrType, h.Type, typ)
	}
	if h.Algorithm != key.Algorithm() {
		return fmt.Errorf("%w: %q where the key's is %q", ErrAlgorithm, h.Algorithm, key.Algorithm())
	}
	if h.KeyID != "" && h.KeyID != key.KeyID() {
		return fmt.Errorf("%w: %q where %q is asked for", ErrKey, h.KeyID, key.KeyID())
	}
	return nil
}

// SigningInput is what is signed (RFC 7515, 5.1): the base64url of the
// canonical header, a full stop, and the base64url of the payload.
func SigningInput(h Header, payload []byte) []byte {
	canonical := h.Canonical()
	enc := base64.RawURLEncoding
	b := make([]byte, 0, enc.EncodedLen(len(canonical))+1+enc.EncodedLen(len(payload)))
	b = enc.AppendEncode(b, canonical)
	b = append(b, '.')
	return enc.AppendEncode(b, payload)
}

// Compact is the compact JWS of the three parts.
func Compact(h Header, payload, sig []byte) string {
	b := append(SigningInput(h, payload), '.')
	return string(base64.RawURLEncoding.AppendEncode(b, sig))
}

// SignCompact signs the payload and gives the compact JWS. It fills the
// header's algorithm and key id from the signer's key, whatever stood there.
func SignCompact(s Signer, h Header, payload []byte) (string, error) {
	h, sig, err := sign(s, h, payload)
	if err != nil {
		return "", err
	}
	compact := Compact(h, payload, sig)
	if len(compact) > MaxCompact {
		return "", fmt.Errorf("%w: JWS of %d bytes", ErrMalformed, len(compact))
	}
	return compact, nil
}

func sign(s Signer, h Header, payload []byte) (Header, []byte, error) {
	key := s.PublicKey()
	if key.IsZero() {
		return h, nil, fmt.Errorf("%w: the signer has none", ErrKey)
	}
	h.Algorithm, h.KeyID = key.Algorithm(), key.KeyID()
	if h.Canonical() == nil {
		return h, nil, fmt.Errorf("%w: header has no canonical form", ErrMalformed)
	}
	sig, err := s.Sign(SigningInput(h, payload))
	if err != nil {
		return h, nil, fmt.Errorf("signing as %q: %w", h.Type, err)
	}
	if len(sig) != SignatureSize {
		return h, nil, fmt.Errorf("%w: the signer gave %d bytes", ErrSignature, len(sig))
	}
	return h, sig, nil
}

func decodeHeader(protected string) (Header, error) {
	if len(protected) > base64.RawURLEncoding.EncodedLen(MaxHeader) {
		return Header{}, fmt.Errorf("%w: header of %d characters", ErrMalformed, len(protected))
	}
	b, err := decode(protected)
	if err != nil {
		return Header{}, fmt.Errorf("decoding header: %w", err)
	}
	return parseHeader(string(b))
}

// decode reads base64url as RFC 7515 writes it. Strict refuses spare bits that
// are not zero; line breaks have to be refused here, as the standard library
// skips them.
func decode(s string) ([]byte, error) {
	if strings.ContainsAny(s, "\r\n") {
		return nil, fmt.Errorf("%w: line break in base64url", ErrMalformed)
	}
	b, err := base64.RawURLEncoding.Strict().DecodeString(s)
	if err != nil {
		return nil, fmt.Errorf("%w: not base64url", ErrMalformed)
	}
	return b, nil
}
