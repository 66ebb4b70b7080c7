package status_test

import (
	"errors"
	"testing"

	"yizheng/status"
	"yizheng/trust"
	"yizheng/verifier"
	"yizheng/verifier/verifiertest"
)

// TestDeltaVectors puts every change of the vectors to the list that is held,
// and gives what comes of it to a verifier.
func TestDeltaVectors(t *testing.T) {
	type vector struct {
		Trust, Held, Delta string
		Expect             struct{ List, Refused string }
	}
	for name, v := range verifiertest.Vectors[vector](t, "deltas", 10) {
		b, err := trust.Load(verifiertest.VectorFile(t, v.Trust))
		if err != nil {
			t.Fatal(err)
		}
		token, err := status.ApplyJSON(string(verifiertest.VectorFile(t, v.Held)), []byte(v.Delta))
		got := ""
		var refused *verifier.Refusal
		switch {
		case errors.Is(err, status.ErrDelta):
			got = "delta"
		case err != nil:
			t.Errorf("%s: %v", name, err)
		case errors.As(verifier.NewLists(b).Add([]byte(token)), &refused):
			got = string(refused.Reason)
		}
		if got != v.Expect.Refused || got == "" && token != string(verifiertest.VectorFile(t, v.Expect.List)) {
			t.Errorf("%s: %q, want %+v", name, got, v.Expect)
		}
	}
}
