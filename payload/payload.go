// Package payload turns a license into the text of its code and back. It is
// the one place that knows the format, which docs/format.md writes down.
//
// Issuing: [Encode] gives a [Draft]; sign its SigningInput; [Draft.Sealed]
// gives the [Code], whose Text goes into the symbol. Verifying: [Find] gives
// the Code in what was scanned; check its Signature over its SigningInput with
// the key it names; [Code.License] gives the license.
//
// A [Statement] may travel with a code: that it was shown by its holder just
// now, or that it stands on a copy made for somebody. [Attach] writes one.
//
// A code is a compact JWS with the payload deflated against a preset
// [Dictionary]; in the symbol it stands as decimal digits. A license has one
// text of claims, and a code one text of digits.
package payload

import (
	"encoding/base64"
	"fmt"

	"yizheng/license"
	"yizheng/signature"
)

// Type is the typ of the protected header of a license code.
const Type = "yz-license"

// zip is the value of the header's zip: raw DEFLATE, as in RFC 7516.
const zip = "DEF"

// keyIDSize is the length of a key id in bytes.
const keyIDSize = 6

// Draft is a license, or a statement about one, written but not signed.
type Draft struct {
	code      Code
	algorithm signature.Algorithm
}

// Encode writes l with the dictionary d for the signature of key. It refuses,
// with [ErrMalformed], a license that the format cannot state; whether the
// result fits a symbol is the symbol's to say.
func Encode(l *license.License, d *Dictionary, key signature.PublicKey) (*Draft, error) {
	if key.IsZero() {
		return nil, fmt.Errorf("writing license code: %w: no key", signature.ErrKey)
	}
	if d == nil {
		return nil, malformed(ReasonDictionary, "no dictionary")
	}
	payload, err := d.deflate(l)
	if err != nil {
		return nil, fmt.Errorf("writing license code: %w", err)
	}
	code := Code{KeyID: key.KeyID(), DictionaryID: d.ID(), Payload: payload}
	if n := prefixSize + signature.SignatureSize + len(payload); n > maxBytes {
		return nil, malformed(ReasonLength, "code of %d bytes, at most %d are allowed", n, maxBytes)
	}
	return &Draft{code: code, algorithm: key.Algorithm()}, nil
}

// MostDigits is a number of digits that the code of l does not exceed, found
// without compressing it: enough to know of most licenses that they fit. It
// refuses what [Encode] refuses for its content.
func MostDigits(l *license.License) (int, error) {
	if err := checkLicense(l); err != nil {
		return 0, fmt.Errorf("measuring license code: %w", err)
	}
	claims := len(appendClaims(make([]byte, 0, 1024), l))
	// The fixed code of DEFLATE takes at most nine bits a byte.
	return digitCount(prefixSize + signature.SignatureSize + claims + claims/8 + 8), nil
}

// SigningInput is what is to be signed, with the key that was given to
// [Encode] or [Attach].
func (d *Draft) SigningInput() []byte {
	if d.code.Statement != nil {
		return d.code.StatementInput(d.algorithm)
	}
	return d.code.SigningInput(d.algorithm)
}

// Sealed adds the signature, 64 bytes in the form of package signature. That
// it is a good one is not checked: verify what you issue.
func (d *Draft) Sealed(sig []byte) (Code, error) {
	if len(sig) != signature.SignatureSize {
		return Code{}, fmt.Errorf("%w: signature of %d bytes", signature.ErrSignature, len(sig))
	}
	c := d.code
	sig = append([]byte(nil), sig...)
	if c.Statement == nil {
		c.Signature = sig
		return c, nil
	}
	c.Statement = &Statement{KeyID: c.Statement.KeyID, Signature: sig, Content: c.Statement.Content}
	return c, nil
}

// prefixSize is what stands before the signature: key and dictionary.
const prefixSize = keyIDSize + dictionaryIDSize

// Code is a license code. Only those that [Draft.Sealed], [Find] and
// [FromCompact] give are well formed; that they are says nothing about who
// made them.
type Code struct {
	KeyID        string              // of the signing key, see [signature.PublicKey.KeyID]
	DictionaryID string              // see [DictionaryID]
	Payload      []byte              // the claims, deflated
	Signature    []byte              // 64 bytes
	Stated       signature.Algorithm // what a compact JWS says; digits say nothing, and the key decides
	Statement    *Statement          // what travels with it; nil for a license code alone
}

// header is the protected header, which digits do not carry: it follows from
// the code and the key's algorithm.
func (c Code) header(alg signature.Algorithm) signature.Header {
	return signature.Header{Algorithm: alg, Dictionary: c.DictionaryID, KeyID: c.KeyID, Type: Type, Zip: zip}
}

// SigningInput is what the signature is over, by a key of the algorithm alg.
func (c Code) SigningInput(alg signature.Algorithm) []byte {
	return signature.SigningInput(c.header(alg), c.Payload)
}

// Compact is the license code, without statement, as a compact JWS for a key
// of the algorithm alg.
func (c Code) Compact(alg signature.Algorithm) string {
	return signature.Compact(c.header(alg), c.Payload, c.Signature)
}

// Digits is the code as decimal digits; empty when c is not well formed.
func (c Code) Digits() string {
	b, err := c.bytes()
	if err != nil {
		return ""
	}
	if c.Statement != nil {
		return encodeDigits(versionStated, b)
	}
	return encodeDigits(versionPlain, b)
}

// Text is the code as it stands in the symbol: the prefix, such as
// https://zheng.example/v/, and the digits.
func (c Code) Text(prefix string) string { return prefix + c.Digits() }

// License gives the license. The dictionary must be the one that c names. The
// errors are [ErrMalformed].
func (c Code) License(d *Dictionary) (*license.License, error) {
	if d == nil {
		return nil, malformed(ReasonDictionary, "no dictionary")
	}
	if d.ID() != c.DictionaryID {
		return nil, malformed(ReasonDictionary, "it was written with dictionary %s, not %s", c.DictionaryID, d.ID())
	}
	return d.inflate(c.Payload)
}

// FromCompact reads a compact JWS. The algorithm is what its header states:
// never choose by it, but compare it with the key's. Errors: [ErrMalformed].
func FromCompact(compact string) (Code, signature.Algorithm, error) {
	jws, err := signature.Parse(compact)
	if err != nil {
		return Code{}, "", malformed(ReasonJWS, "%v", err)
	}
	h := jws.Header
	if h.Type != Type || h.Zip != zip {
		return Code{}, "", malformed(ReasonType, "typ %q and zip %q are not those of a license code", h.Type, h.Zip)
	}
	c := Code{
		KeyID: h.KeyID, DictionaryID: h.Dictionary,
		Payload: jws.Payload, Signature: jws.Signature, Stated: h.Algorithm,
	}
	if _, err := c.bytes(); err != nil {
		return Code{}, "", err
	}
	return c, h.Algorithm, nil
}

// bytes is key id, dictionary id, signature and payload in a row, after the
// statement where there is one.
func (c Code) bytes() (b []byte, err error) {
	b = make([]byte, 0, prefixSize+len(c.Signature)+len(c.Payload))
	if c.Statement != nil {
		if b, err = c.Statement.appendTo(b); err != nil {
			return nil, err
		}
	}
	if b, err = appendID(b, c.KeyID, keyIDSize); err != nil {
		return nil, err
	}
	if b, err = appendID(b, c.DictionaryID, dictionaryIDSize); err != nil {
		return nil, err
	}
	b = append(append(b, c.Signature...), c.Payload...)
	if len(c.Signature) != signature.SignatureSize || len(c.Payload) == 0 || len(b) > maxBytes {
		return nil, malformed(ReasonLength, "signature of %d and payload of %d bytes", len(c.Signature), len(c.Payload))
	}
	return b, nil
}

func appendID(dst []byte, id string, size int) ([]byte, error) {
	b, err := base64.RawURLEncoding.Strict().DecodeString(id)
	if err != nil || len(b) != size || len(id) != base64.RawURLEncoding.EncodedLen(size) {
		return nil, malformed(ReasonJWS, "id %q is not base64url of %d bytes", id, size)
	}
	return append(dst, b...), nil
}

// fromBytes takes apart what bytes put together.
func fromBytes(version byte, b []byte) (Code, error) {
	var s *Statement
	if version == versionStated {
		var err error
		if s, b, err = readStatement(b); err != nil {
			return Code{}, err
		}
	}
	const fixed = prefixSize + signature.SignatureSize
	if len(b) <= fixed || len(b) > maxBytes {
		return Code{}, malformed(ReasonLength, "%d bytes", len(b))
	}
	return Code{
		KeyID:        base64.RawURLEncoding.EncodeToString(b[:keyIDSize]),
		DictionaryID: base64.RawURLEncoding.EncodeToString(b[keyIDSize:prefixSize]),
		Signature:    b[prefixSize:fixed:fixed],
		Payload:      b[fixed:],
		Statement:    s,
	}, nil
}
