package notice_test

import (
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"yizheng/notice"
	"yizheng/trust"
)

// TestVectors reads every notice of the vectors as a deployment does that holds
// their trust bundle.
func TestVectors(t *testing.T) {
	const vectors = "../testdata/vectors"
	read := func(path string) []byte {
		b, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	paths, err := filepath.Glob(filepath.Join(vectors, "notices", "*.json"))
	if err != nil || len(paths) < 10 {
		t.Fatalf("%d notices, %v", len(paths), err)
	}
	for _, path := range paths {
		var v struct {
			Trust, Token string
			Expect       struct {
				Lists  []notice.List
				Notice string
			}
		}
		if err := json.Unmarshal(read(path), &v); err != nil {
			t.Fatal(err)
		}
		b, err := trust.Load(read(filepath.Join(vectors, v.Trust)))
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
			t.Errorf("%s: %+v, %v, want %+v", filepath.Base(path), n, err, v.Expect)
		}
	}
}
