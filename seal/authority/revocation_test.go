package authority_test

import (
	"context"
	"crypto/x509"
	"errors"
	"testing"
	"time"

	"yizheng/seal"
	"yizheng/seal/authority"
	"yizheng/seal/sealtest"
)

// TestProofs asks a real responder and fetches a real list.
func TestProofs(t *testing.T) {
	w := sealtest.New(t)
	key := sealtest.NewKey(t)
	known := w.Seal("known", key).Certificate
	w.Know(known)
	unknown := w.Seal("unknown to the responder", key).Certificate
	alone := w.Seal("unknown to the responder, and no list", key, func(c *x509.Certificate) { c.CRLDistributionPoints = nil }).Certificate
	nowhere := w.Seal("no address", key, func(c *x509.Certificate) { c.CRLDistributionPoints, c.OCSPServer = nil, []string{"ldap://x"} }).Certificate
	revoked := w.Seal("revoked", key).Certificate
	w.Revoke(revoked)
	for _, c := range []struct {
		name         string
		cert, issuer *x509.Certificate
		direct       bool
		age          time.Duration // of the answer, by our clock
		ocsp, crl    bool
		want         error
	}{
		{"good, by a responder", known, w.Intermediate, false, 0, true, false, nil},
		{"good, by the issuer itself", known, w.Intermediate, true, 0, true, false, nil},
		{"unknown there, so by the list", unknown, w.Intermediate, false, 0, false, true, nil},
		{"unknown there, and no list", alone, w.Intermediate, false, 0, false, false, seal.ErrUnavailable},
		{"nowhere to ask", nowhere, w.Intermediate, false, 0, false, false, seal.ErrCertificate},
		{"revoked", revoked, w.Intermediate, false, 0, false, false, seal.ErrRevoked},
		{"signed by another", known, w.Root, false, 0, false, false, seal.ErrUnavailable},
		{"too old", known, w.Intermediate, false, 8 * 24 * time.Hour, false, false, seal.ErrUnavailable},
		{"of the future", known, w.Intermediate, false, -time.Hour, false, false, seal.ErrUnavailable},
	} {
		t.Run(c.name, func(t *testing.T) {
			w.Direct = c.direct
			r := authority.NewRevocation(nil, func() time.Time { return time.Now().Add(c.age) })
			proof, err := r.Fetch(context.Background(), c.cert, c.issuer)
			if !errors.Is(err, c.want) || (proof.OCSP != nil) != c.ocsp || (proof.CRL != nil) != c.crl {
				t.Errorf("%d bytes of OCSP, %d of CRL, %v", len(proof.OCSP), len(proof.CRL), err)
			}
			asked := w.Statuses.Load()
			if again, err := r.Fetch(context.Background(), c.cert, c.issuer); c.want == nil && (err != nil || string(again.OCSP) != string(proof.OCSP) || w.Statuses.Load() != asked) {
				t.Errorf("a fresh answer is asked for again: %v", err)
			}
		})
	}
}
