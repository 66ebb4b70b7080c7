package payload

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"math"
	"time"

	"yizheng/license"
	"yizheng/signature"
)

// The typ of the protected header of a statement, one for each kind, so that
// neither passes for the other.
const (
	TypePresentation = "yz-presentation"
	TypeCopy         = "yz-copy"
)

// Statement is what an issuer says about one license code and signs with its
// key for presentations. It travels with the code, in the same digits.
type Statement struct {
	KeyID     string  // of the signing key
	Signature []byte  // 64 bytes
	Content   Content // a [Presentation] or a [Copy]
}

// Content is what a statement says: a [Presentation] or a [Copy].
type Content interface {
	kind() byte
	typ() string
	check() error
	append(dst []byte) []byte
}

// How long a live code counts, and how far the clocks of issuer and verifier
// may be apart: it is refused once it is as old as both, 40 s, or further ahead
// than the leeway.
const (
	PresentationLife   = 30 * time.Second
	PresentationLeeway = 10 * time.Second
)

// NonceSize is the length of a presentation's nonce in bytes.
const NonceSize = 8

// Presentation says that the code was shown by whoever holds the license (亮证),
// at an instant.
type Presentation struct {
	At    time.Time       // whole seconds, from 1970 to 2106
	Nonce [NonceSize]byte // no two of one issuer are alike
}

// Copy marks a derived copy (加注件): made for a stated recipient and purpose,
// and worth nothing after its last day.
type Copy struct {
	Made      time.Time    // whole seconds, from 1970 to 2106
	Until     license.Date // its last day
	Maker     string       // who made it; empty for the holder
	Recipient string
	Purpose   string
}

const (
	kindPresentation = 1
	kindCopy         = 2

	// statedPrefix is what stands before a statement's content: kind, key and
	// signature.
	statedPrefix = 1 + keyIDSize + signature.SignatureSize
)

// Attach writes a statement about the license code c for the signature of key.
// Whatever statement c has already is left out. It refuses, with
// [ErrMalformed], what the format cannot state.
func Attach(c Code, content Content, key signature.PublicKey) (*Draft, error) {
	if key.IsZero() {
		return nil, fmt.Errorf("writing a statement: %w: no key", signature.ErrKey)
	}
	if err := content.check(); err != nil {
		return nil, fmt.Errorf("writing a statement: %w", err)
	}
	c.Statement = &Statement{KeyID: key.KeyID(), Content: content, Signature: make([]byte, signature.SignatureSize)}
	if _, err := c.bytes(); err != nil {
		return nil, fmt.Errorf("writing a statement: %w", err)
	}
	return &Draft{code: c, algorithm: key.Algorithm()}, nil
}

// Plain is the license code alone, without a statement.
func (c Code) Plain() Code {
	c.Statement = nil
	return c
}

// StatementInput is what the signature of the statement is over, by a key of
// the algorithm alg: the JWS payload is the SHA-256 of the license code's
// bytes, followed by the content. It is nil for a code without statement.
func (c Code) StatementInput(alg signature.Algorithm) []byte {
	plain, err := c.Plain().bytes()
	if err != nil || c.Statement == nil {
		return nil
	}
	digest := sha256.Sum256(plain)
	s := c.Statement
	return signature.SigningInput(
		signature.Header{Algorithm: alg, KeyID: s.KeyID, Type: s.Content.typ()}, s.Content.append(digest[:]))
}

// appendTo writes kind, key id, signature and content.
func (s *Statement) appendTo(dst []byte) ([]byte, error) {
	dst, err := appendID(append(dst, s.Content.kind()), s.KeyID, keyIDSize)
	if err != nil {
		return nil, err
	}
	if len(s.Signature) != signature.SignatureSize {
		return nil, malformed(ReasonLength, "signature of %d bytes", len(s.Signature))
	}
	return s.Content.append(append(dst, s.Signature...)), nil
}

// readStatement takes a statement off the beginning of b and gives what
// follows. A kind that this program does not know is [ErrVersion].
func readStatement(b []byte) (*Statement, []byte, error) {
	if len(b) < statedPrefix {
		return nil, nil, malformed(ReasonLength, "%d bytes", len(b))
	}
	s := &Statement{
		KeyID:     base64.RawURLEncoding.EncodeToString(b[1 : 1+keyIDSize]),
		Signature: b[1+keyIDSize : statedPrefix : statedPrefix],
	}
	r := claimsReader{rest: b[statedPrefix:]}
	switch b[0] {
	case kindPresentation:
		s.Content = r.presentation()
	case kindCopy:
		s.Content = r.copy()
	default:
		return nil, nil, fmt.Errorf("%w: statement of kind %d", ErrVersion, b[0])
	}
	if r.err == nil {
		r.err = s.Content.check()
	}
	if r.err != nil {
		return nil, nil, r.err
	}
	if !bytes.HasPrefix(b[statedPrefix:], s.Content.append(nil)) {
		return nil, nil, malformed(ReasonCanonical, "the statement is not written in its one form")
	}
	return s, r.rest, nil
}

func (Presentation) kind() byte  { return kindPresentation }
func (Presentation) typ() string { return TypePresentation }

func (p Presentation) check() error { return checkInstant(p.At) }

func (p Presentation) append(dst []byte) []byte {
	return append(binary.BigEndian.AppendUint32(dst, uint32(p.At.Unix())), p.Nonce[:]...)
}

func (r *claimsReader) presentation() (p Presentation) {
	p.At = r.instant()
	copy(p.Nonce[:], r.take(NonceSize))
	return p
}

func (Copy) kind() byte  { return kindCopy }
func (Copy) typ() string { return TypeCopy }

func (c Copy) check() error {
	if err := checkInstant(c.Made); err != nil {
		return err
	}
	if c.Until < license.DateOf(c.Made) || c.Until.IsZero() {
		return malformed(ReasonDate, "its last day %s is before it was made", c.Until)
	}
	for _, t := range [...]textMember{
		{"maker", c.Maker, license.MaxAnnotation, false},
		{"recipient", c.Recipient, license.MaxAnnotation, true},
		{"purpose", c.Purpose, license.MaxAnnotation, true},
	} {
		if err := t.check(); err != nil {
			return err
		}
	}
	return nil
}

func (c Copy) append(dst []byte) []byte {
	dst = binary.BigEndian.AppendUint32(dst, uint32(c.Made.Unix()))
	dst = binary.BigEndian.AppendUint16(dst, uint16(c.Until))
	return AppendText(AppendText(AppendText(dst, c.Maker), c.Recipient), c.Purpose)
}

func (r *claimsReader) copy() Copy {
	return Copy{Made: r.instant(), Until: license.Date(r.uint16()), Maker: r.string(), Recipient: r.string(), Purpose: r.string()}
}

func checkInstant(t time.Time) error {
	if s := t.Unix(); s < 0 || s > math.MaxUint32 || t.Nanosecond() != 0 {
		return malformed(ReasonDate, "%v is not in whole seconds from 1970 to 2106", t)
	}
	return nil
}

func (r *claimsReader) instant() time.Time {
	b := r.take(4)
	if b == nil {
		return time.Time{}
	}
	return time.Unix(int64(binary.BigEndian.Uint32(b)), 0).UTC()
}
