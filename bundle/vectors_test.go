package bundle_test

import (
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"yizheng/bundle"
	"yizheng/license"
	"yizheng/trust"
	"yizheng/verifier"
)

const vectors = "../testdata/vectors"

// TestVectors opens every bundle of the vectors as its user does, and verifies
// a license by it; testdata/vectors/README.md says what the members mean.
func TestVectors(t *testing.T) {
	t.Parallel()
	paths, err := filepath.Glob(filepath.Join(vectors, "bundles", "*.json"))
	if err != nil || len(paths) < 30 {
		t.Fatalf("%d bundles, %v", len(paths), err)
	}
	for _, path := range paths {
		t.Run(filepath.Base(path), func(t *testing.T) { runVector(t, path) })
	}
}

func runVector(t *testing.T, path string) {
	var v struct {
		Bundle, Trust, Text string
		Region              license.Region
		At                  time.Time
		Expect              struct {
			Bundle, Outcome, Check, Reason string
			Warnings, Refused, Without     []string
		}
	}
	if err := json.Unmarshal(file(t, path), &v); err != nil {
		t.Fatal(err)
	}
	var held *trust.Bundle
	if v.Trust != "" {
		var err error
		if held, err = trust.Load(file(t, filepath.Join(vectors, v.Trust))); err != nil {
			t.Fatal(err)
		}
	}
	b, err := bundle.Open(file(t, filepath.Join(vectors, v.Bundle)), held)
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

func file(t *testing.T, path string) []byte {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return b
}
