package payload_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"testing"

	"yizheng/payload"
	"yizheng/signature"
)

// The convenience store's license, with eight permits, is the measure.

func BenchmarkFind(b *testing.B) {
	text := sealed(b, fixtures(b)[1], builtin(b, "310105")).Text(prefix)
	b.ReportAllocs()
	for b.Loop() {
		if _, _, err := payload.Find(text); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkLicense(b *testing.B) {
	d := builtin(b, "310105")
	code := sealed(b, fixtures(b)[1], d)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := code.License(d); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkSigningInput(b *testing.B) {
	code := sealed(b, fixtures(b)[1], builtin(b, "310105"))
	b.ReportAllocs()
	for b.Loop() {
		code.SigningInput(signature.ES256)
	}
}

func BenchmarkEncode(b *testing.B) {
	d, key, l := builtin(b, "310105"), publicKey(b), fixtures(b)[1]
	b.ReportAllocs()
	for b.Loop() {
		if _, err := payload.Encode(l, d, key); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkRawVerify is what all of the above is to be small against.
func BenchmarkRawVerify(b *testing.B) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		b.Fatal(err)
	}
	digest := sha256.Sum256([]byte("license"))
	sig, err := ecdsa.SignASN1(rand.Reader, key, digest[:])
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		if !ecdsa.VerifyASN1(&key.PublicKey, digest[:], sig) {
			b.Fatal("signature refused")
		}
	}
}
