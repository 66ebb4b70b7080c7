package payload_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"math/big"
	"testing"

	"github.com/lestrrat-go/jwx/v2/jwa"
	"github.com/lestrrat-go/jwx/v2/jws"

	"yizheng/payload"
	"yizheng/signature"
)

// TestAnyJOSELibraryVerifies: the digits give a compact JWS that a library
// which knows nothing of licenses takes for good, and a changed one it does
// not.
func TestAnyJOSELibraryVerifies(t *testing.T) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	public, err := signature.NewPublicKey(&key.PublicKey)
	if err != nil {
		t.Fatal(err)
	}
	draft, err := payload.Encode(fixtures(t)[0], builtin(t, "310105"), public)
	if err != nil {
		t.Fatal(err)
	}
	code, err := draft.Sealed(sign(t, key, draft.SigningInput()))
	if err != nil {
		t.Fatal(err)
	}
	_, found, err := payload.Find(code.Text(prefix))
	if err != nil {
		t.Fatal(err)
	}
	if err := public.Verify(found.SigningInput(signature.ES256), found.Signature); err != nil {
		t.Errorf("our own check: %v", err)
	}
	compact := found.Compact(signature.ES256)
	claims, err := jws.Verify([]byte(compact), jws.WithKey(jwa.ES256, &key.PublicKey))
	if err != nil {
		t.Fatalf("jwx: %v", err)
	}
	if string(claims) != string(found.Payload) {
		t.Error("jwx reads another payload")
	}
	found.DictionaryID = "AAAAAAAAAAA"
	if _, err := jws.Verify([]byte(found.Compact(signature.ES256)), jws.WithKey(jwa.ES256, &key.PublicKey)); err == nil {
		t.Error("jwx takes another dictionary")
	}
}

// sign gives r ‖ s with the low s.
func sign(t *testing.T, key *ecdsa.PrivateKey, message []byte) []byte {
	t.Helper()
	digest := sha256.Sum256(message)
	r, s, err := ecdsa.Sign(rand.Reader, key, digest[:])
	if err != nil {
		t.Fatal(err)
	}
	order := key.Params().N
	if s.Cmp(new(big.Int).Rsh(order, 1)) > 0 {
		s.Sub(order, s)
	}
	return append(r.FillBytes(make([]byte, 32)), s.FillBytes(make([]byte, 32))...)
}
