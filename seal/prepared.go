package seal

import (
	"context"
	"crypto/ecdsa"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"fmt"
	"time"
)

// Prepared is one seal to be made, for which everything but the document is
// at hand.
type Prepared struct {
	s        *Sealer
	at       time.Time
	evidence *evidence
	stamper  *x509.Certificate // of whose timestamps the evidence is; nil without
	space    int
}

// Prepare gathers what a seal needs but the document, and computes how much
// room its signature takes there. It asks the authorities that are configured;
// [ErrUnavailable] and [ErrRevoked] are theirs, [ErrCertificate] means that
// the certificate has expired.
func (s *Sealer) Prepare(ctx context.Context) (*Prepared, error) {
	p := &Prepared{s: s, at: s.c.Clock().UTC().Truncate(time.Second)}
	if err := CheckCertificate(s.c.Identity.Certificate, p.at); err != nil {
		return nil, err
	}
	sample, stampPath, err := s.token(ctx)
	if err != nil {
		return nil, err
	}
	if s.c.Revocation != nil {
		proofs, err := s.proofs(ctx, s.c.Identity.path(), stampPath)
		if err != nil {
			return nil, err
		}
		p.evidence = gather(proofs)
		if len(stampPath) > 0 {
			p.stamper = stampPath[0]
		}
	}
	p.space, err = p.measure(sample)
	return p, err
}

// Room for a timestamp is made in steps, so that it does not tell the length of a
// token's serial number, and with some to spare, as tokens vary by a few bytes.
const (
	spaceStep = 64
	spare     = 96
)

// measure computes the room from a signature of the greatest length.
func (p *Prepared) measure(sample []byte) (int, error) {
	id := p.s.c.Identity
	attributes, err := p.statement(make([]byte, sha256.Size)).encode()
	if err != nil {
		return 0, fmt.Errorf("encoding the signed attributes: %w", err)
	}
	algorithm, err := id.algorithm()
	if err != nil {
		return 0, err
	}
	der, err := structure{
		chain: id.embedded(), attributes: attributes, algorithm: algorithm,
		value: make([]byte, longest(id.Certificate)), timestamp: sample,
	}.encode()
	if err != nil {
		return 0, err
	}
	n := len(der)
	if sample != nil {
		n = (n + spare + spaceStep - 1) / spaceStep * spaceStep
	}
	return n, nil
}

// longest is the most bytes that a signature with the certificate's key has.
func longest(c *x509.Certificate) int {
	switch key := c.PublicKey.(type) {
	case *rsa.PublicKey:
		return key.Size()
	case *ecdsa.PublicKey:
		integers := 2 * (2 + 1 + (key.Params().BitSize+7)/8) // each with a head and a sign byte
		head := 2
		if integers > 127 {
			head = 3
		}
		return head + integers
	}
	return 0
}

// Space is how many bytes of room the document must have for the signature.
func (p *Prepared) Space() int { return p.space }

func (p *Prepared) statement(digest []byte) signed {
	return signed{
		digest: digest, certificate: sha256.Sum256(p.s.c.Identity.Certificate.Raw), at: p.at,
		stamped: p.s.c.Stamper != nil, evidence: p.evidence,
	}
}

// Signature is a seal that was made.
type Signature struct {
	CMS         []byte    // DER
	SigningTime time.Time // as it is claimed
	Timestamp   time.Time // as it is proved; zero without a timestamp
}

// Seal signs the bytes, has the signature stamped where that is configured,
// and checks what came out as a verifier will. A timestamp that cannot be had
// is [ErrUnavailable], and there is no signature then. A signature that has
// become larger than [Prepared.Space] is [ErrSpace]; preparing again helps.
func (p *Prepared) Seal(ctx context.Context, signedBytes []byte) (Signature, error) {
	id := p.s.c.Identity
	digest := sha256.Sum256(signedBytes)
	made, err := sign(id, p.statement(digest[:]), p.s.c.Random)
	if err != nil {
		return Signature{}, err
	}
	if p.s.c.Stamper != nil {
		if made.timestamp, err = p.s.stamp(ctx, sha256.Sum256(made.value)); err != nil {
			return Signature{}, err
		}
	}
	der, err := made.encode()
	if err != nil {
		return Signature{}, err
	}
	if len(der) > p.space {
		return Signature{}, fmt.Errorf("%w: it has %d bytes, the room %d", ErrSpace, len(der), p.space)
	}
	read, err := parse(der)
	if err == nil {
		err = read.check(digest[:])
	}
	if err != nil {
		return Signature{}, fmt.Errorf("checking the seal that was made: %w", err)
	}
	if p.stamper != nil && !p.stamper.Equal(read.stamp.Certificate) {
		return Signature{}, fmt.Errorf("%w: the time stamping authority has just changed its certificate", ErrUnavailable)
	}
	out := Signature{CMS: der, SigningTime: p.at}
	if read.stamp != nil {
		out.Timestamp = read.stamp.Time
	}
	return out, nil
}
