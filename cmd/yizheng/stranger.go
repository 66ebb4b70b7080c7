package main

import (
	"errors"
	"fmt"
	"reflect"
	"time"

	"yizheng/issuer"
	"yizheng/license"
	"yizheng/trust"
	"yizheng/verifier"
)

// stranger checks what was just issued as somebody elsewhere would, with the
// published trust list alone.
type stranger struct {
	bundle   *trust.Bundle
	verifier *verifier.Verifier
	clock    func() time.Time
}

func newStranger(bundle *trust.Bundle, clock func() time.Time) (*stranger, error) {
	v, err := verifier.New(verifier.Config{Trust: bundle})
	if err != nil {
		return nil, fmt.Errorf("building a verifier: %w", err)
	}
	return &stranger{bundle, v, clock}, nil
}

// Check implements issuer.Checker.
func (s *stranger) Check(text string, want license.License) error {
	result := s.verifier.Verify(text, s.clock())
	for _, name := range []verifier.CheckName{verifier.FormatCheck, verifier.SignatureCheck, verifier.TrustCheck} {
		if check := result.Check(name); check.Status == verifier.Failed {
			return fmt.Errorf("checking what was issued: %s failed: %s: %w", name, check.Reason, issuer.ErrUnproven)
		}
	}
	if result.Check(verifier.TrustCheck).Reason == verifier.ClosingListMissing { // it stands on none yet
		return fmt.Errorf("checking what was issued: %w", issuer.ErrKeyClosed)
	}
	if result.License == nil || !reflect.DeepEqual(result.License.Claims, want) {
		return errors.New("checking what was issued: the code says something else")
	}
	return nil
}

// CheckList implements issuer.ListChecker.
func (s *stranger) CheckList(token string) error {
	return verifier.NewLists(s.bundle).Add([]byte(token))
}

// CheckPast implements issuer.ListChecker.
func (s *stranger) CheckPast(token string, at time.Time) error {
	return verifier.NewMoment(s.bundle, at).Add([]byte(token))
}
