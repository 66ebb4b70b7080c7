package signature_test

import (
	"crypto/ecdsa"
	"crypto/rand"
	"crypto/sha256"
	"testing"

	"yizheng/signature"
)

// BenchmarkVerify compares our verify with the bare one of the standard
// library over the same 300 bytes, hash included.
func BenchmarkVerify(b *testing.B) {
	message := make([]byte, 300)
	es, key := newES256(b)
	digest := sha256.Sum256(message)
	encoded, err := ecdsa.SignASN1(rand.Reader, key, digest[:])
	if err != nil {
		b.Fatal(err)
	}
	sig := raw(encoded, true)
	b.Run("ecdsa.VerifyASN1", func(b *testing.B) {
		for b.Loop() {
			digest := sha256.Sum256(message)
			if !ecdsa.VerifyASN1(&key.PublicKey, digest[:], encoded) {
				b.Fatal("does not verify")
			}
		}
	})
	b.Run("ES256", func(b *testing.B) {
		for b.Loop() {
			if err := es.public.Verify(message, sig); err != nil {
				b.Fatal(err)
			}
		}
	})
	ed, _ := newEdDSA(b)
	edSig, err := ed.Sign(message)
	if err != nil {
		b.Fatal(err)
	}
	b.Run("EdDSA", func(b *testing.B) {
		for b.Loop() {
			if err := ed.public.Verify(message, edSig); err != nil {
				b.Fatal(err)
			}
		}
	})
	text := compact(b, es, signature.Header{Type: "yz-test"}, string(message))
	b.Run("Parse and Verify", func(b *testing.B) {
		for b.Loop() {
			if err := check(text, es.public, "yz-test"); err != nil {
				b.Fatal(err)
			}
		}
	})
}
