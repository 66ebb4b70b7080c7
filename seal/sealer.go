package seal

import (
	"context"
	"crypto/rand"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
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
