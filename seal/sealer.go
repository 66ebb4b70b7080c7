package seal

import (
	"context"
	"crypto/ecdsa"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"slices"
	"sync"
	"time"
)

// Stamper is a time stamping authority. Stamp gives its token over a SHA-256
// digest, having checked that it answers this very request (the nonce); it
// tries again by itself what is worth it, and is safe for concurrent use.
type Stamper interface {
	Stamp(ctx context.Context, digest [32]byte) (token []byte, err error)
}

// Revocation finds out whether a certificate is revoked, from where its issuer
// says so. Fetch gives the proof that it is not, which it has checked, or
// [ErrRevoked]; it is safe for concurrent use.
type Revocation interface {
	Fetch(ctx context.Context, cert, issuer *x509.Certificate) (Proof, error)
}

var (
	// ErrRevoked says that a certificate was revoked by its issuer.
	ErrRevoked = errors.New("the certificate is revoked")
	// ErrUnavailable says that an authority whose word a seal needs could not
	// be reached, or gave none that counts. Trying later may help.
	ErrUnavailable = errors.New("an authority that the seal needs gives no answer")
	// ErrSpace says that a signature is larger than the room prepared for it.
	ErrSpace = errors.New("the signature does not fit into its room")
	// ErrClock says that this machine's clock and the timestamp disagree.
	ErrClock = errors.New("the clock is wrong")
)

// maxSkew is how far the claimed time may lie from the timestamp.
const maxSkew = 5 * time.Minute

// Config is what [New] needs.
type Config struct {
	Identity Identity
	// Stamper gives each seal its timestamp; nil leaves seals without one.
	// Authorities are the certificates that its tokens are held against: the
	// authority's own, or those above it.
	Stamper     Stamper
	Authorities []*x509.Certificate
	// Revocation gives the proofs that go into each seal, for the certificates
	// of the seal and of the timestamp; nil leaves them out.
	Revocation Revocation
	Clock      func() time.Time // default time.Now
	Random     io.Reader        // default crypto/rand
}

// Sealer makes seals of one identity. It is safe for concurrent use, as far as
// its parts are.
type Sealer struct {
	c Config

	mu     sync.Mutex
	sample []byte // the largest token seen so far
	issuer []*x509.Certificate
}

// New checks that seals can be made: key and certificate fit, the key signs,
// and the certificate is for that and in force. It asks no one over the
// network. The errors are [ErrKey] and [ErrCertificate].
func New(c Config) (*Sealer, error) {
	if c.Clock == nil {
		c.Clock = time.Now
	}
	if c.Random == nil {
		c.Random = rand.Reader
	}
	if err := c.Identity.check(c.Clock()); err != nil {
		return nil, err
	}
	if (c.Stamper == nil) != (len(c.Authorities) == 0) {
		return nil, errors.New("a time stamping authority and its certificates: both are needed, or neither")
	}
	if c.Revocation != nil && selfSigned(c.Identity.Certificate) {
		return nil, fmt.Errorf("%w: revocation data cannot be had, as it is self-signed and nobody revokes it", ErrCertificate)
	}
	return &Sealer{c: c}, nil
}

// Certificate is the certificate of the seal.
func (s *Sealer) Certificate() *x509.Certificate { return s.c.Identity.Certificate }

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

// token gives a token of the size that the authority's have, and the path of
// its certificate. It asks for one over nothing where none was seen yet.
func (s *Sealer) token(ctx context.Context) ([]byte, []*x509.Certificate, error) {
	if s.c.Stamper == nil {
		return nil, nil, nil
	}
	s.mu.Lock()
	sample, path := s.sample, s.issuer
	s.mu.Unlock()
	if sample != nil {
		return sample, path, nil
	}
	var digest [32]byte
	if _, err := io.ReadFull(s.c.Random, digest[:]); err != nil {
		return nil, nil, fmt.Errorf("drawing a digest: %w", err)
	}
	if _, err := s.stamp(ctx, digest); err != nil {
		return nil, nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.sample, s.issuer, nil
}

// stamp gets a token and checks it, and remembers what they look like.
func (s *Sealer) stamp(ctx context.Context, digest [32]byte) ([]byte, error) {
	token, err := s.c.Stamper.Stamp(ctx, digest)
	if err != nil {
		return nil, fmt.Errorf("getting a timestamp: %w", err)
	}
	t, err := ParseTimestamp(token)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrUnavailable, err)
	}
	if t.Digest != digest {
		return nil, fmt.Errorf("%w: the timestamp is of something else", ErrUnavailable)
	}
	if err := t.TrustedBy(s.c.Authorities...); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrUnavailable, err)
	}
	if skew := t.Time.Sub(s.c.Clock()); skew.Abs() > maxSkew {
		return nil, fmt.Errorf("%w: the timestamp says %s, this machine says %s", ErrClock, t.Time.Format(time.RFC3339), s.c.Clock().UTC().Format(time.RFC3339))
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(token) > len(s.sample) {
		s.sample = token
	}
	s.issuer = t.path(s.c.Authorities)
	return token, nil
}

// proofs asks for each certificate but roots and those that are trusted
// without anybody's word.
func (s *Sealer) proofs(ctx context.Context, paths ...[]*x509.Certificate) ([]Proof, error) {
	var proofs []Proof
	for _, path := range paths {
		for i, c := range path {
			if selfSigned(c) || slices.ContainsFunc(s.c.Authorities, c.Equal) {
				break // what is above it adds nothing
			}
			if i+1 == len(path) {
				return nil, fmt.Errorf("%w: %s: the certificate of its issuer is needed to find out whether it is revoked", ErrCertificate, c.Subject)
			}
			proof, err := s.c.Revocation.Fetch(ctx, c, path[i+1])
			if err != nil {
				return nil, fmt.Errorf("finding out whether %s is revoked: %w", c.Subject, err)
			}
			proofs = append(proofs, proof)
		}
	}
	return proofs, nil
}

// Room is made in steps, so that it does not tell the length of a token's
// serial number, and with some to spare, as tokens vary by a few bytes.
const (
	spaceStep = 256
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
		n += spare
	}
	return (n + spaceStep - 1) / spaceStep * spaceStep, nil
}

// longest is the most bytes that a signature with the certificate's key has.
func longest(c *x509.Certificate) int {
	switch key := c.PublicKey.(type) {
	case *rsa.PublicKey:
		return key.Size()
	case *ecdsa.PublicKey:
		return 2*(key.Params().BitSize/8+4) + 4 // two INTEGERs, each with a sign byte and a head
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
