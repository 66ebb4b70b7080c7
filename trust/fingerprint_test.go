package trust_test

import (
	"regexp"
	"slices"
	"testing"

	"yizheng/trust"
	"yizheng/verifier/verifiertest"
)

func TestFingerprint(t *testing.T) {
	w, err := verifiertest.New()
	if err != nil {
		t.Fatal(err)
	}
	var a trust.Anchor
	for _, k := range w.Roots {
		a.Roots = append(a.Roots, k.PublicKey())
	}
	a.Threshold, a.Region = 2, "310105"
	first := a.Fingerprint()
	if !regexp.MustCompile(`^([0-9a-f]{4} ){7}[0-9a-f]{4}$`).MatchString(first) {
		t.Fatalf("fingerprint %q", first)
	}
	elsewhere := a
	elsewhere.Region = "330400"
	turned := a
	turned.Roots = slices.Clone(a.Roots)
	slices.Reverse(turned.Roots)
	if elsewhere.Fingerprint() != first || turned.Fingerprint() != first {
		t.Error("the same roots have two fingerprints")
	}
	weaker, fewer := a, a
	weaker.Threshold = 1
	fewer.Roots = a.Roots[:2]
	if weaker.Fingerprint() == first || fewer.Fingerprint() == first {
		t.Error("other roots have the same fingerprint")
	}
}
