package authority

import (
	"context"
	"crypto/sha256"
	"crypto/x509"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"sync"
	"time"

	"yizheng/seal"
)

// Revocation asks the issuer of a certificate whether it is revoked, at the
// addresses that the certificate names, and keeps the answer while it is
// fresh.
type Revocation struct {
	caller caller
	clock  func() time.Time

	mu   sync.Mutex
	kept map[[32]byte]kept
}

type kept struct {
	proof seal.Proof
	until time.Time
}

var _ seal.Revocation = (*Revocation)(nil)

// NewRevocation asks through the transport (nil: the usual one) and judges the
// age of answers by the clock.
func NewRevocation(transport http.RoundTripper, clock func() time.Time) *Revocation {
	return &Revocation{caller: caller{transport}, clock: clock, kept: make(map[[32]byte]kept)}
}

const (
	maxOCSP = 32 << 10
	// maxCRL is the largest list that goes into a document: it is there twice,
	// as hexadecimal. Issuers with larger ones have a responder.
	maxCRL = 128 << 10
	// maxKept is how long an answer is used again; it is proof for the time it
	// was given, so a younger one says more.
	maxKept = time.Hour
	// early is how far the clocks of others may be ahead.
	early = 5 * time.Minute
)

// Fetch gives an OCSP response where the certificate names a responder, and
// else, or where none answers, the issuer's CRL. Each is checked: signed by
// the issuer or by whom it delegated, of this certificate, and fresh.
func (r *Revocation) Fetch(ctx context.Context, cert, issuer *x509.Certificate) (seal.Proof, error) {
	id := sha256.Sum256(cert.Raw)
	now := r.clock()
	r.mu.Lock()
	have, ok := r.kept[id]
	r.mu.Unlock()
	if ok && now.Before(have.until) {
		return have.proof, nil
	}
	found, err := r.ask(ctx, cert, issuer, now)
	if err != nil {
		return seal.Proof{}, err
	}
	if longest := now.Add(maxKept); found.until.After(longest) {
		found.until = longest
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.kept[id] = found
	return found.proof, nil
}

func (r *Revocation) ask(ctx context.Context, cert, issuer *x509.Certificate, now time.Time) (kept, error) {
	ways := []struct {
		addresses []string
		ask       func(context.Context, string, *x509.Certificate, *x509.Certificate, time.Time) (kept, error)
	}{{cert.OCSPServer, r.askResponder}, {cert.CRLDistributionPoints, r.fetchList}}
	var failed []error
	for _, way := range ways {
		for _, address := range addresses(way.addresses) {
			found, err := way.ask(ctx, address, cert, issuer, now)
			if err == nil || errors.Is(err, seal.ErrRevoked) {
				return found, err
			}
			failed = append(failed, err)
		}
	}
	if len(failed) == 0 {
		return kept{}, fmt.Errorf("%w: it names neither a responder nor a list", seal.ErrCertificate)
	}
	return kept{}, errors.Join(failed...)
}

// addresses are those that can be asked over HTTP; some issuers name LDAP too.
func addresses(all []string) []string {
	return slices.DeleteFunc(slices.Clone(all), func(a string) bool { return CheckAddress(a) != nil })
}
