package signature_test

import (
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"math/big"
	"strings"
	"testing"

	"yizheng/signature"
)

func TestKeyRefusesOtherForms(t *testing.T) {
	s, _ := newES256(t)
	b, err := json.Marshal(s.public)
	if err != nil {
		t.Fatal(err)
	}
	good := string(b)
	var m map[string]string
	if err := json.Unmarshal(b, &m); err != nil {
		t.Fatal(err)
	}
	decoded, err := base64.RawURLEncoding.DecodeString(m["x"])
	if err != nil {
		t.Fatal(err)
	}
	replace := func(old, new string) string { return strings.Replace(good, old, new, 1) }
	x, y := m["x"], m["y"]
	zeros := strings.Repeat("A", 43)
	tests := []struct {
		name, jwk string
		want      error
	}{
		{"as it is", good, nil},
		{"indented", replace(`{`, "{\n  "), nil},
		{"not JSON", good[1:], signature.ErrMalformed},
		{"behind it more", good + "{}", signature.ErrMalformed},
		{"null", "null", signature.ErrAlgorithm},
		{"a list", "[]", signature.ErrMalformed},
		{"other order", replace(`"alg":"ES256",`, "")[:len(good)-15] + `,"alg":"ES256"}`, signature.ErrMalformed},
		{"without alg", replace(`"alg":"ES256",`, ""), signature.ErrAlgorithm},
		{"without kid", replace(`"kid":"`+m["kid"]+`",`, ""), signature.ErrKey},
		{"other kid", replace(m["kid"], "AAAAAAAA"), signature.ErrKey},
		{"other curve", replace(`P-256`, "P-384"), signature.ErrMalformed},
		{"other kind", replace(`"EC"`, `"OKP"`), signature.ErrMalformed},
		{"algorithm for another curve", replace(`"ES256"`, `"SM2-SM3"`), signature.ErrKey},
		{"unknown algorithm", replace(`"ES256"`, `"none"`), signature.ErrAlgorithm},
		{"a private key", replace(`}`, `,"d":"AAAA"}`), signature.ErrMalformed},
		{"unknown member", replace(`{`, `{"a":1,`), signature.ErrMalformed},
		{"member twice", replace(`{`, `{"alg":"ES256",`), signature.ErrMalformed},
		{"upper case member", replace(`"crv"`, `"CRV"`), signature.ErrMalformed},
		{"escape", replace(`"EC"`, `"\u0045C"`), signature.ErrMalformed},
		{"padding", replace(x, x+"="), signature.ErrMalformed},
		{"line break", replace(x, x[:9]+`\n`+x[9:]), signature.ErrMalformed},
		{"long x", replace(x, base64.RawURLEncoding.EncodeToString(append([]byte{0}, decoded...))), signature.ErrKey},
		{"x is y", replace(x, y), signature.ErrKey},
		{"infinity", strings.Replace(replace(x, zeros), y, zeros, 1), signature.ErrKey},
		{"no y", replace(`,"y":"`+y+`"`, ""), signature.ErrKey},
		{"all in x", strings.Replace(replace(x, base64.RawURLEncoding.EncodeToString(append(decoded, decode(t, y)...))), `,"y":"`+y+`"`, "", 1), signature.ErrMalformed},
		{"huge", good + strings.Repeat(" ", signature.MaxKey), signature.ErrMalformed},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			var key signature.PublicKey
			err := key.UnmarshalJSON([]byte(test.jwk))
			if !errors.Is(err, test.want) {
				t.Fatalf("%s: %v, want %v", test.jwk, err, test.want)
			}
			if (err == nil) != key.Equal(s.public) || (err != nil) != key.IsZero() {
				t.Errorf("%s: read as %v", test.jwk, key)
			}
		})
	}
}

func decode(t *testing.T, s string) []byte {
	t.Helper()
	b, err := base64.RawURLEncoding.DecodeString(s)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestNewPublicKeyRefuses(t *testing.T) {
	p384, err := ecdsa.GenerateKey(elliptic.P384(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	good, _ := newES256(t)
	ec := good.public.CryptoKey().(*ecdsa.PublicKey)
	//lint:ignore SA1019 a key as broken as this can be made in no other way
	off := &ecdsa.PublicKey{Curve: ec.Curve, X: big.NewInt(1), Y: big.NewInt(1)}
	for name, test := range map[string]struct {
		key  any
		want error
	}{
		"nil":             {nil, signature.ErrAlgorithm},
		"nil key":         {(*ecdsa.PublicKey)(nil), signature.ErrKey},
		"empty key":       {&ecdsa.PublicKey{}, signature.ErrKey},
		"not on curve":    {off, signature.ErrKey},
		"another curve":   {&p384.PublicKey, signature.ErrAlgorithm},
		"RSA":             {&rsa.PublicKey{}, signature.ErrAlgorithm},
		"a value":         {*ec, signature.ErrAlgorithm},
		"a short Ed25519": {ed25519.PublicKey{1, 2, 3}, signature.ErrKey},
		"no Ed25519":      {ed25519.PublicKey(nil), signature.ErrKey},
	} {
		if key, err := signature.NewPublicKey(test.key); !errors.Is(err, test.want) || !key.IsZero() {
			t.Errorf("%s: %v, %v, want %v", name, key, err, test.want)
		}
	}
}

// TestEd25519RefusesWeakKeys has every encoding of a point of small order, as
// listed in "Taming the many EdDSAs" (Chalkias, Garillot, Nikolaenko, 2020),
// encodings above the prime, and one that is no point.
func TestEd25519RefusesWeakKeys(t *testing.T) {
	for name, encoded := range map[string]string{
		"order 1":                     "0100000000000000000000000000000000000000000000000000000000000000",
		"order 1, sign":               "0100000000000000000000000000000000000000000000000000000000000080",
		"order 2":                     "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
		"order 2, sign":               "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
		"order 4":                     "0000000000000000000000000000000000000000000000000000000000000000",
		"order 4, sign":               "0000000000000000000000000000000000000000000000000000000000000080",
		"order 8":                     "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
		"order 8, sign":               "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85",
		"order 8, other":              "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
		"order 8, other, sign":        "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa",
		"order 4 as p":                "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
		"order 4 as p, sign":          "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
		"order 1 as p + 1":            "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
		"order 1 as p + 1, sign":      "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
		"not canonical: 3 as p + 3":   "f0ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
		"not canonical: 2^255 - 1":    "ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
		"no point: y = 2":             "0200000000000000000000000000000000000000000000000000000000000000",
		"no point: y = 7, high order": "0700000000000000000000000000000000000000000000000000000000000000",
	} {
		b, err := hex.DecodeString(encoded)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := signature.NewPublicKey(ed25519.PublicKey(b)); !errors.Is(err, signature.ErrKey) {
			t.Errorf("%s: %v, want %v", name, err, signature.ErrKey)
		}
	}
	for range 100 {
		newEdDSA(t) // and proper keys pass
	}
}

func TestZeroKeyVerifiesNothing(t *testing.T) {
	var key signature.PublicKey
	if err := key.Verify(nil, make([]byte, 64)); !errors.Is(err, signature.ErrKey) {
		t.Errorf("%v, want %v", err, signature.ErrKey)
	}
	if key.KeyID() != "" || key.CryptoKey() != nil || key.String() != "no key" {
		t.Errorf("%q %v %s", key.KeyID(), key.CryptoKey(), key)
	}
	if b, err := json.Marshal(key); err == nil {
		t.Errorf("marshals to %s", b)
	}
	s, _ := newES256(t)
	for _, keys := range [][]signature.PublicKey{{key}, {s.public, key}} {
		multi := parseMulti(t, signMulti(t, "yz-test", s))
		if err := multi.Verify(keys, 1, "yz-test"); !errors.Is(err, signature.ErrKey) {
			t.Errorf("%v, want %v", err, signature.ErrKey)
		}
	}
	if err := check(compact(t, s, signature.Header{Type: "yz-test"}, ""), key, "yz-test"); !errors.Is(err, signature.ErrKey) {
		t.Errorf("%v, want %v", err, signature.ErrKey)
	}
}

// TestES256RefusesStrangeNumbers tries r and s at and beyond the ends of their
// range, and signatures of other lengths.
func TestES256RefusesStrangeNumbers(t *testing.T) {
	s, key := newES256(t)
	message := []byte("message")
	sig, err := s.Sign(message)
	if err != nil {
		t.Fatal(err)
	}
	number := func(x *big.Int) []byte { return x.FillBytes(make([]byte, 32)) }
	one, zero := number(big.NewInt(1)), number(new(big.Int))
	n := number(order)
	rPlusN := new(big.Int).Add(new(big.Int).SetBytes(sig[:32]), order)
	ones := number(new(big.Int).Sub(new(big.Int).Lsh(big.NewInt(1), 256), big.NewInt(1)))
	halfUp := number(new(big.Int).Add(new(big.Int).Rsh(order, 1), big.NewInt(1)))
	half := number(new(big.Int).Rsh(order, 1))
	join := func(r, s []byte) []byte { return append(append([]byte(nil), r...), s...) }
	digest := sha256.Sum256(message)
	encoded, err := ecdsa.SignASN1(rand.Reader, key, digest[:])
	if err != nil {
		t.Fatal(err)
	}
	tests := map[string][]byte{
		"none": nil, "63 bytes": sig[:63], "65 bytes": append(join(sig, nil), 0), "ASN.1": encoded,
		"zeros": join(zero, zero), "r zero": join(zero, sig[32:]), "s zero": join(sig[:32], zero),
		"r n": join(n, sig[32:]), "s n": join(sig[:32], n), "ones": join(ones, ones), "r ones": join(ones, sig[32:]),
		"one, one": join(one, one), "half the order": join(sig[:32], half), "just above half": join(sig[:32], halfUp),
		"swapped": join(sig[32:], sig[:32]), "twin": twin(sig),
	}
	if rPlusN.BitLen() <= 256 {
		tests["r + n"] = join(number(rPlusN), sig[32:])
	}
	for name, other := range tests {
		if err := s.public.Verify(message, other); !errors.Is(err, signature.ErrSignature) {
			t.Errorf("%s: %v, want %v", name, err, signature.ErrSignature)
		}
	}
	for name, high := range map[string]bool{"half the order": false, "just above half": true, "twin": true, "s n": true} {
		if err := s.public.Verify(message, tests[name]); errors.Is(err, signature.ErrHighS) != high {
			t.Errorf("%s: %v, high S is %v", name, err, high)
		}
	}
}

// TestCryptoKeyIsACopy changes what CryptoKey gave out.
func TestCryptoKeyIsACopy(t *testing.T) {
	es, _ := newES256(t)
	ed, _ := newEdDSA(t)
	for _, s := range []signer{es, ed} {
		switch key := s.public.CryptoKey().(type) {
		case *ecdsa.PublicKey:
			*key = ecdsa.PublicKey{}
		case ed25519.PublicKey:
			clear(key)
		}
		text := compact(t, s, signature.Header{Type: "yz-test"}, "payload")
		if err := check(text, s.public, "yz-test"); err != nil {
			t.Errorf("%s: %v", s.public, err)
		}
	}
}
