package main

import (
	"os"
	"path/filepath"
	"testing"
)

// TestInitGoesOn: one that was killed while it made the root of its own makes
// that again, since nobody knows its keys.
func TestInitGoesOn(t *testing.T) {
	t.Parallel()
	for name, lost := range map[string][]string{
		"the root by halves": {"trust.json", onlineFile, "root/signer.json", "root/trust.json", "root/delegates.json"},
		"an empty root":      {"trust.json", onlineFile, "root"},
		"no trust list":      {"trust.json"},
	} {
		t.Run(name, func(t *testing.T) {
			data := filepath.Join(t.TempDir(), "district")
			init := []string{"init", "--data", data, "--demonstration", "--url", "https://zheng.example"}
			if exit, _, complaints := runMain("", init...); exit != 0 {
				t.Fatal(complaints)
			}
			for _, l := range lost {
				if err := os.RemoveAll(filepath.Join(data, l)); err != nil {
					t.Fatal(err)
				}
			}
			if name == "an empty root" {
				if err := os.Mkdir(filepath.Join(data, "root"), 0o700); err != nil {
					t.Fatal(err)
				}
			}
			if exit, _, complaints := runMain("", init...); exit != 0 {
				t.Fatal(complaints)
			}
			if exit, out, complaints := runMain("", "keys", "list", "--data", data); exit != 0 {
				t.Error(out, complaints)
			}
			if err := os.Remove(trustPath(data)); err != nil {
				t.Fatal(err)
			}
			if err := os.Remove(filepath.Join(data, "root", "signer.json")); err != nil {
				t.Fatal(err)
			}
			if exit, _, _ := runMain("", init...); exit == 0 {
				t.Error("a root that has signed was made anew")
			}
		})
	}
}
