package verifier_test

import (
	"crypto/ecdsa"
	"crypto/sha256"
	"encoding/asn1"
	"math/big"
	"testing"

	"yizheng/signature"
	"yizheng/verifier"
)

// BenchmarkVerify is a full offline verification of the convenience store's
// license, eight permits, from text to result. Compare it with
// BenchmarkFloor.
func BenchmarkVerify(b *testing.B) {
	s := newScene(b)
	s.by("310105", "convenience-store-8-permits")
	lists := verifier.NewLists(s.trust())
	if err := lists.Add(s.list()); err != nil {
		b.Fatal(err)
	}
	v, text := s.verifier(lists), s.text()
	b.ReportAllocs()
	for b.Loop() {
		if r := v.Verify(text, s.now); r.Outcome != verifier.Valid {
			b.Fatal(r.Outcome)
		}
	}
}

// BenchmarkFloor is nothing but the ECDSA verification of the same bytes by
// the standard library.
func BenchmarkFloor(b *testing.B) {
	s := newScene(b)
	s.by("310105", "convenience-store-8-permits")
	code := s.code()
	key := s.issuer.Signer.PublicKey().CryptoKey().(*ecdsa.PublicKey)
	message := code.SigningInput(signature.ES256)
	sig, err := asn1.Marshal(struct{ R, S *big.Int }{
		new(big.Int).SetBytes(code.Signature[:32]), new(big.Int).SetBytes(code.Signature[32:]),
	})
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		digest := sha256.Sum256(message)
		if !ecdsa.VerifyASN1(key, digest[:], sig) {
			b.Fatal("not verified")
		}
	}
}
