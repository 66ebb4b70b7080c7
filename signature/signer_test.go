package signature_test

import (
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"encoding/asn1"
	"math/big"
	"testing"

	"yizheng/signature"
)

// signer is the least that signs, apart from package keys, so that a mistake
// there can not hide one here.
type signer struct {
	public signature.PublicKey
	sign   func(message []byte) ([]byte, error)
}

func (s signer) PublicKey() signature.PublicKey      { return s.public }
func (s signer) Sign(message []byte) ([]byte, error) { return s.sign(message) }

func newES256(t testing.TB) (signer, *ecdsa.PrivateKey) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	public, err := signature.NewPublicKey(&key.PublicKey)
	if err != nil {
		t.Fatal(err)
	}
	return signer{public, func(message []byte) ([]byte, error) {
		digest := sha256.Sum256(message)
		encoded, err := ecdsa.SignASN1(rand.Reader, key, digest[:])
		if err != nil {
			return nil, err
		}
		return raw(encoded, true), nil
	}}, key
}

func newEdDSA(t testing.TB) (signer, ed25519.PrivateKey) {
	t.Helper()
	_, key, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	public, err := signature.NewPublicKey(key.Public())
	if err != nil {
		t.Fatal(err)
	}
	return signer{public, func(message []byte) ([]byte, error) { return ed25519.Sign(key, message), nil }}, key
}

// raw turns ASN.1 into r ‖ s, with the lower s where asked to.
func raw(encoded []byte, low bool) []byte {
	var sig struct{ R, S *big.Int }
	if _, err := asn1.Unmarshal(encoded, &sig); err != nil {
		panic(err)
	}
	out := make([]byte, 64)
	sig.R.FillBytes(out[:32])
	sig.S.FillBytes(out[32:])
	if low && isHigh(out) {
		return twin(out)
	}
	return out
}

var order = elliptic.P256().Params().N

func isHigh(sig []byte) bool {
	s := new(big.Int).SetBytes(sig[32:])
	return s.Cmp(new(big.Int).Sub(order, s)) > 0
}

// twin gives the other ECDSA signature that verifies for the same message.
func twin(sig []byte) []byte {
	out := append([]byte(nil), sig...)
	new(big.Int).Sub(order, new(big.Int).SetBytes(sig[32:])).FillBytes(out[32:])
	return out
}

func compact(t testing.TB, s signature.Signer, h signature.Header, payload string) string {
	t.Helper()
	text, err := signature.SignCompact(s, h, []byte(payload))
	if err != nil {
		t.Fatal(err)
	}
	return text
}
