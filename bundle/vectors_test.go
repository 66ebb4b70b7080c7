package bundle_test

import (
	"errors"
	"slices"
	"testing"
	"time"

	"yizheng/bundle"
	"yizheng/license"
	"yizheng/trust"
	"yizheng/verifier"
	"yizheng/verifier/verifiertest"
)

// vector is one of testdata/vectors/bundles.
type vector struct {
	Bundle, Trust, Text string
	Region              license.Region
	At                  time.Time
	Expect              struct {
		Bundle, Outcome, Check, Reason string
		Warnings, Refused, Without     []string
	}
}

// TestVectors opens every bundle of the vectors as its user does, and verifies
// a license by it; testdata/vectors/README.md says what the members mean.
func TestVectors(t *testing.T) {
	t.Parallel()
	for name, v := range verifiertest.Vectors[vector](t, "bundles", 30) {
		t.Run(name, func(t *testing.T) { runVector(t, v) })
	}
}

func runVector(t *testing.T, v vector) {
	var held *trust.Bundle
	if v.Trust != "" {
		var err error
		if held, err = trust.Load(verifiertest.VectorFile(t, v.Trust)); err != nil {
			t.Fatal(err)
		}
	}
	b, err := bundle.Open(verifiertest.VectorFile(t, v.Bundle), held)
	if v.Expect.Bundle != "" {
		if err == nil || bundle.Reason(err) != v.Expect.Bundle {
			t.Errorf("%v, want %s", err, v.Expect.Bundle)
		}
		return
	}
	if err != nil {
		t.Fatal(err)
	}
	var refused []string
	for _, err := range b.Refused {
		var r *verifier.Refusal
		if !errors.As(err, &r) {
			t.Fatal(err)
		}
		refused = append(refused, string(r.Reason))
	}
	if !slices.Equal(refused, v.Expect.Refused) || !slices.Equal(b.Without, v.Expect.Without) {
		t.Errorf("refused %v, without %v, want %+v", refused, b.Without, v.Expect)
	}
	asked, err := verifier.New(verifier.Config{Trust: b.Trust, Region: v.Region, Lists: b.Lists, Limits: verifier.Freshness{Until: b.Expires}})
	if err != nil {
		t.Fatal(err)
	}
	r := asked.Verify(v.Text, v.At)
	if string(r.Outcome) != v.Expect.Outcome || v.Expect.Check != "" && string(r.Check(verifier.CheckName(v.Expect.Check)).Reason) != v.Expect.Reason {
		t.Errorf("%s, %+v, want %+v", r.Outcome, r.Checks, v.Expect)
	}
	for _, w := range v.Expect.Warnings {
		if !slices.Contains(r.Warnings, verifier.Reason(w)) {
			t.Errorf("warnings %v, want %s", r.Warnings, w)
		}
	}
}
