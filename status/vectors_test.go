package status_test

import (
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"testing"

	"yizheng/status"
	"yizheng/trust"
	"yizheng/verifier"
)

// TestDeltaVectors puts every change of the vectors to the list that is held,
// and gives what comes of it to a verifier.
func TestDeltaVectors(t *testing.T) {
	const vectors = "../testdata/vectors"
	read := func(path string) []byte {
		b, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	paths, err := filepath.Glob(filepath.Join(vectors, "deltas", "*.json"))
	if err != nil || len(paths) < 10 {
		t.Fatalf("%d deltas, %v", len(paths), err)
	}
	for _, path := range paths {
		var v struct {
			Trust, Held, Delta string
			Expect             struct{ List, Refused string }
		}
		if err := json.Unmarshal(read(path), &v); err != nil {
			t.Fatal(err)
		}
		b, err := trust.Load(read(filepath.Join(vectors, v.Trust)))
		if err != nil {
			t.Fatal(err)
		}
		token, err := status.ApplyJSON(string(read(filepath.Join(vectors, v.Held))), []byte(v.Delta))
		got := ""
		var refused *verifier.Refusal
		switch {
		case errors.Is(err, status.ErrDelta):
			got = "delta"
		case err != nil:
			t.Errorf("%s: %v", filepath.Base(path), err)
		case errors.As(verifier.NewLists(b).Add([]byte(token)), &refused):
			got = string(refused.Reason)
		}
		if got != v.Expect.Refused || got == "" && token != string(read(filepath.Join(vectors, v.Expect.List))) {
			t.Errorf("%s: %q, want %+v", filepath.Base(path), got, v.Expect)
		}
	}
}
