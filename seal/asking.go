package seal

import (
	"context"
	"crypto/x509"
	"fmt"
	"io"
	"slices"
	"time"
)

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
