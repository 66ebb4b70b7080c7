package authority

import (
	"context"
	"crypto/x509"
	"fmt"
	"slices"
	"time"

	"golang.org/x/crypto/ocsp"

	"yizheng/seal"
)

// askResponder gives a responder's answer and until when it is fresh.
func (r *Revocation) askResponder(ctx context.Context, address string, cert, issuer *x509.Certificate, now time.Time) (kept, error) {
	refuse := func(format string, values ...any) (kept, error) {
		return kept{}, fmt.Errorf("%w: %s: %w", seal.ErrUnavailable, address, fmt.Errorf(format, values...))
	}
	request, err := ocsp.CreateRequest(cert, issuer, nil) // SHA-1 names the issuer, as RFC 5019 has it, and proves nothing
	if err != nil {
		return refuse("encoding the request: %w", err)
	}
	der, err := r.caller.post(ctx, address, "application/ocsp-request", request, maxOCSP)
	if err != nil {
		return kept{}, err
	}
	answer, err := ocsp.ParseResponseForCert(der, cert, nil)
	if err != nil {
		return refuse("reading the response: %w", err)
	}
	if err := signedFor(answer, issuer, now); err != nil {
		return refuse("the response: %w", err)
	}
	if err := fresh(answer.ThisUpdate, answer.NextUpdate, now); err != nil {
		return refuse("the response: %w", err)
	}
	switch answer.Status {
	case ocsp.Good:
		return kept{seal.Proof{OCSP: der}, answer.NextUpdate}, nil
	case ocsp.Revoked:
		return kept{}, fmt.Errorf("%w: %s, since %s", seal.ErrRevoked, cert.Subject, answer.RevokedAt.UTC().Format(time.RFC3339))
	}
	return refuse("the responder does not know the certificate")
}

// signedFor says whether a response is signed by the issuer, or by a responder
// to whom it gave this task. Reading the response has checked its signature by
// the certificate in it, where there is one; the library's own check of that
// certificate refuses the issuer's, which some responders put there.
func signedFor(answer *ocsp.Response, issuer *x509.Certificate, now time.Time) error {
	responder := answer.Certificate
	switch {
	case responder == nil:
		return answer.CheckSignatureFrom(issuer)
	case responder.Equal(issuer):
		return nil
	case !slices.Contains(responder.ExtKeyUsage, x509.ExtKeyUsageOCSPSigning) || now.Before(responder.NotBefore) || now.After(responder.NotAfter):
		return fmt.Errorf("%s may not sign responses", responder.Subject)
	}
	return responder.CheckSignatureFrom(issuer)
}

// maxAge is how old an answer may be that does not say when the next is due.
const maxAge = 24 * time.Hour

func fresh(this, next, now time.Time) error {
	if next.IsZero() {
		next = this.Add(maxAge)
	}
	if now.Add(early).Before(this) || !now.Before(next) {
		return fmt.Errorf("it is of %s and holds until %s, and it is now %s", this.UTC().Format(time.RFC3339), next.UTC().Format(time.RFC3339), now.UTC().Format(time.RFC3339))
	}
	return nil
}

// fetchList gives an issuer's list and until when it is fresh.
func (r *Revocation) fetchList(ctx context.Context, address string, cert, issuer *x509.Certificate, now time.Time) (kept, error) {
	refuse := func(err error) (kept, error) {
		return kept{}, fmt.Errorf("%w: %s: the list: %w", seal.ErrUnavailable, address, err)
	}
	der, err := r.caller.post(ctx, address, "", nil, maxCRL)
	if err != nil {
		return kept{}, err
	}
	list, err := x509.ParseRevocationList(der)
	if err != nil {
		return refuse(err)
	}
	if err := list.CheckSignatureFrom(issuer); err != nil {
		return refuse(err)
	}
	if err := fresh(list.ThisUpdate, list.NextUpdate, now); err != nil {
		return refuse(err)
	}
	for _, e := range list.Extensions {
		if e.Critical { // a list of some certificates only, or of changes: it does not say enough
			return refuse(fmt.Errorf("it has the critical extension %s", e.Id))
		}
	}
	for _, entry := range list.RevokedCertificateEntries {
		if entry.SerialNumber.Cmp(cert.SerialNumber) == 0 {
			return kept{}, fmt.Errorf("%w: %s, since %s", seal.ErrRevoked, cert.Subject, entry.RevocationTime.UTC().Format(time.RFC3339))
		}
	}
	return kept{seal.Proof{CRL: der}, list.NextUpdate}, nil
}
