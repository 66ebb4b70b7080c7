//go:build nosm2

package signature_test

import (
	"encoding/json"
	"errors"
	"os"
	"testing"

	"yizheng/signature"
)

// TestWithoutSM2 reads an SM2 key, so that a trust list with one is usable,
// and verifies nothing by it.
func TestWithoutSM2(t *testing.T) {
	b, err := os.ReadFile("testdata/sm2-gbt32918.json")
	if err != nil {
		t.Fatal(err)
	}
	var v struct{ Key signature.PublicKey }
	if err := json.Unmarshal(b, &v); err != nil {
		t.Fatal(err)
	}
	if err := v.Key.Verify([]byte("message digest"), make([]byte, 64)); !errors.Is(err, signature.ErrAlgorithm) {
		t.Errorf("%v, want %v", err, signature.ErrAlgorithm)
	}
	if key := v.Key.CryptoKey(); key != nil {
		t.Errorf("%v, want none", key)
	}
}
