package keys_test

import (
	"bytes"
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"yizheng/keys"
	"yizheng/signature"
)

var algorithms = []signature.Algorithm{signature.ES256, signature.EdDSA, signature.SM2}

func generate(t *testing.T, use keys.Use, alg signature.Algorithm) *keys.Key {
	t.Helper()
	key, err := keys.Generate(use, alg, rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

func TestKeySignsWhatItsPublicKeyVerifies(t *testing.T) {
	for _, alg := range algorithms {
		t.Run(string(alg), func(t *testing.T) {
			key := generate(t, keys.UseLicense, alg)
			// Half of all ECDSA signatures have a high S: 64 show that none comes out.
			for i := range 64 {
				message := fmt.Appendf(nil, "message %d", i)
				sig, err := key.Sign(message)
				if err != nil {
					t.Fatal(err)
				}
				if err := key.PublicKey().Verify(message, sig); err != nil {
					t.Fatalf("signature %d: %v", i, err)
				}
				if err := key.PublicKey().Verify(append(message, '!'), sig); !errors.Is(err, signature.ErrSignature) {
					t.Fatalf("signature %d over another message: %v", i, err)
				}
			}
		})
	}
}

func TestGenerateFollowsItsRandomness(t *testing.T) {
	for _, alg := range algorithms {
		var ids [3]string
		for i, seed := range []byte{1, 1, 2} {
			key, err := keys.Generate(keys.UseLicense, alg, bytes.NewReader(bytes.Repeat([]byte{seed}, 32)))
			if err != nil {
				t.Fatal(err)
			}
			ids[i] = key.PublicKey().KeyID()
		}
		if ids[0] != ids[1] || ids[0] == ids[2] {
			t.Errorf("%s: ids %v of seeds 1, 1, 2", alg, ids)
		}
	}
}

func TestGenerateRefuses(t *testing.T) {
	tests := []struct {
		name   string
		use    keys.Use
		alg    signature.Algorithm
		random string
		want   string
	}{
		{"short randomness", keys.UseLicense, signature.ES256, strings.Repeat("a", 31), "EOF"},
		{"zero as scalar of ES256", keys.UseLicense, signature.ES256, strings.Repeat("\x00", 1000), "not a private key"},
		{"zero as scalar of SM2", keys.UseLicense, signature.SM2, strings.Repeat("\x00", 1000), "not a private key"},
		{"scalar above the order", keys.UseLicense, signature.ES256, strings.Repeat("\xff", 1000), "not a private key"},
		{"unknown algorithm", keys.UseLicense, "RS256", strings.Repeat("a", 1000), "wrong algorithm"},
		{"unknown use", "licence", signature.ES256, strings.Repeat("a", 1000), "wrong key use"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			_, err := keys.Generate(test.use, test.alg, strings.NewReader(test.random))
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("error %v, want one with %q", err, test.want)
			}
		})
	}
	if _, err := keys.Generate(keys.UseLicense, signature.ES256, nil); err == nil {
		t.Error("a key without randomness")
	}
}

func TestDeterministicSignatures(t *testing.T) {
	for _, alg := range algorithms {
		key := generate(t, keys.UseLicense, alg)
		message := []byte("the same")
		fixed := key.WithRandom(nil)
		a, errA := fixed.Sign(message)
		b, errB := fixed.Sign(message)
		if errA != nil || errB != nil || !bytes.Equal(a, b) {
			t.Errorf("%s: two signatures differ: %x %x %v %v", alg, a, b, errA, errB)
		}
		if err := key.PublicKey().Verify(message, a); err != nil {
			t.Errorf("%s: %v", alg, err)
		}
	}
}

// TestKeysPrintNothingSecret prints a key in every way that a careless line of
// code or log could, and looks for its private half.
func TestKeysPrintNothingSecret(t *testing.T) {
	for _, alg := range algorithms {
		seed := []byte("0123456789abcdefghijklmnopqrstuv")
		key, err := keys.Generate(keys.UseLicense, alg, bytes.NewReader(seed))
		if err != nil {
			t.Fatal(err)
		}
		var out strings.Builder
		for _, verb := range strings.Fields("%v %+v %#v %s %d %x %X %q %p %t %c") {
			fmt.Fprintf(&out, verb+"\n", key)
			fmt.Fprintf(&out, verb+"\n", *key)
			fmt.Fprintf(&out, verb+"\n", []any{struct{ K *keys.Key }{key}})
			fmt.Fprintf(&out, verb+"\n", struct{ K keys.Key }{*key})
		}
		for _, handler := range []slog.Handler{slog.NewTextHandler(&out, nil), slog.NewJSONHandler(&out, nil)} {
			slog.New(handler).Info("key", "key", key, "value", *key, "in", []any{key})
		}
		for _, secret := range []string{
			string(seed), hex.EncodeToString(seed), strings.ToUpper(hex.EncodeToString(seed)),
			strings.Trim(fmt.Sprint(seed), "[]"), "MDEyMzQ1Njc4OWFiY2RlZ",
		} {
			if strings.Contains(out.String(), secret) {
				t.Errorf("%s: %q in the output", alg, secret)
			}
		}
		if want := "license key " + string(alg) + " " + key.PublicKey().KeyID(); fmt.Sprint(key) != want {
			t.Errorf("prints %q, want %q", fmt.Sprint(key), want)
		}
		if b, err := json.Marshal(key); err == nil {
			t.Errorf("%s: marshals to %s", alg, b)
		}
		if b, err := json.Marshal(map[string]any{"k": *key}); err == nil {
			t.Errorf("%s: marshals to %s", alg, b)
		}
	}
}
