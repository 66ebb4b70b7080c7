//go:build !nosm2

package signature_test

import (
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"errors"
	"math/big"
	"os"
	"testing"

	"github.com/emmansun/gmsm/sm2"

	"yizheng/signature"
)

func newSM2(t testing.TB) signer {
	t.Helper()
	key, err := sm2.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	public, err := signature.NewPublicKey(key.Public())
	if err != nil {
		t.Fatal(err)
	}
	return signer{public, func(message []byte) ([]byte, error) {
		encoded, err := key.SignWithSM2(rand.Reader, []byte("1234567812345678"), message)
		if err != nil {
			return nil, err
		}
		return raw(encoded, false), nil
	}}
}

// TestSM2Standard checks the example of the standard, and what is near it.
func TestSM2Standard(t *testing.T) {
	var v struct {
		Key                signature.PublicKey
		Message, Signature string
	}
	b, err := os.ReadFile("testdata/sm2-gbt32918.json")
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(b, &v); err != nil {
		t.Fatal(err)
	}
	sig, err := hex.DecodeString(v.Signature)
	if err != nil {
		t.Fatal(err)
	}
	if err := v.Key.Verify([]byte(v.Message), sig); err != nil {
		t.Fatal(err)
	}
	n := sm2.P256().Params().N
	half := func(sig []byte, at int, f func(x *big.Int) *big.Int) []byte {
		out := append([]byte(nil), sig...)
		f(new(big.Int).SetBytes(sig[at : at+32])).FillBytes(out[at : at+32])
		return out
	}
	zero := func(*big.Int) *big.Int { return new(big.Int) }
	whole := func(*big.Int) *big.Int { return n }
	negative := func(x *big.Int) *big.Int { return new(big.Int).Sub(n, x) }
	for name, other := range map[string][]byte{
		"r 0": half(sig, 0, zero), "s 0": half(sig, 32, zero),
		"r n": half(sig, 0, whole), "s n": half(sig, 32, whole),
		"n - r": half(sig, 0, negative), "n - s": half(sig, 32, negative),
		"all ones": bytesOf(0xff), "all zero": bytesOf(0), "r + s = 0": half(half(sig, 32, func(*big.Int) *big.Int {
			return negative(new(big.Int).SetBytes(sig[:32]))
		}), 0, func(x *big.Int) *big.Int { return x }),
	} {
		if err := v.Key.Verify([]byte(v.Message), other); !errors.Is(err, signature.ErrSignature) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestSM2Curve holds our constants against gmsm's.
func TestSM2Curve(t *testing.T) {
	s := newSM2(t)
	for range 32 {
		s = newSM2(t) // each passes our check of the curve and gmsm's
	}
	b, err := json.Marshal(s.public)
	if err != nil {
		t.Fatal(err)
	}
	var m map[string]string
	if err := json.Unmarshal(b, &m); err != nil || m["crv"] != "SM2" || m["kty"] != "EC" || m["alg"] != "SM2-SM3" {
		t.Errorf("%s, %v", b, err)
	}
}

func TestSM2RoundTrip(t *testing.T) {
	s := newSM2(t)
	text := compact(t, s, signature.Header{Type: "yz-test"}, "payload")
	if err := check(text, s.public, "yz-test"); err != nil {
		t.Error(err)
	}
	if err := check(text, newSM2(t).public, "yz-test"); !errors.Is(err, signature.ErrKey) {
		t.Errorf("%v, want %v", err, signature.ErrKey)
	}
	es, _ := newES256(t)
	if err := check(text, es.public, "yz-test"); !errors.Is(err, signature.ErrAlgorithm) {
		t.Errorf("%v, want %v", err, signature.ErrAlgorithm)
	}
}

func bytesOf(b byte) []byte {
	out := make([]byte, 64)
	for i := range out {
		out[i] = b
	}
	return out
}

func BenchmarkVerifySM2(b *testing.B) {
	message := make([]byte, 300)
	s := newSM2(b)
	sig, err := s.Sign(message)
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		if err := s.public.Verify(message, sig); err != nil {
			b.Fatal(err)
		}
	}
}
