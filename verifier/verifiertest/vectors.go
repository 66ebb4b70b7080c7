package verifiertest

import (
	"encoding/json"
	"os"
	"path/filepath"
	"testing"
)

// vectors is where the vectors are, as a package at the top of the module sees it.
const vectors = "../testdata/vectors"

// Vectors reads all vectors of a kind, a folder of testdata/vectors, by their
// files' names. A test of fewer than least has lost some, and ends.
func Vectors[V any](t testing.TB, kind string, least int) map[string]V {
	t.Helper()
	paths, err := filepath.Glob(filepath.Join(vectors, kind, "*.json"))
	if err != nil || len(paths) < least {
		t.Fatalf("%d %s, %v", len(paths), kind, err)
	}
	all := make(map[string]V, len(paths))
	for _, path := range paths {
		name := filepath.Base(path)
		var v V
		if err := json.Unmarshal(VectorFile(t, filepath.Join(kind, name)), &v); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		all[name] = v
	}
	return all
}

// VectorFile reads a file that a vector names, from testdata/vectors.
func VectorFile(t testing.TB, name string) []byte {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(vectors, name))
	if err != nil {
		t.Fatal(err)
	}
	return b
}
