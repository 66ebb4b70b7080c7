package notice_test

import (
	"errors"
	"slices"
	"testing"

	"yizheng/notice"
	"yizheng/trust"
	"yizheng/verifier/verifiertest"
)

// TestVectors reads every notice of the vectors as a deployment does that holds
// their trust bundle.
func TestVectors(t *testing.T) {
	type vector struct {
		Trust, Token string
		Expect       struct {
			Lists  []notice.List
			Notice string
		}
	}
	for name, v := range verifiertest.Vectors[vector](t, "notices", 10) {
		b, err := trust.Load(verifiertest.VectorFile(t, v.Trust))
		if err != nil {
			t.Fatal(err)
		}
		n, err := notice.Read(v.Token, b.StatusKey)
		got := ""
		switch {
		case errors.Is(err, notice.ErrMalformed):
			got = "malformed"
		case err != nil:
			got = "unsigned"
		}
		if got != v.Expect.Notice || err == nil && !slices.Equal(n.Lists, v.Expect.Lists) {
			t.Errorf("%s: %+v, %v, want %+v", name, n, err, v.Expect)
		}
	}
}
