//go:build pkcs11

package pkcs11_test

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"errors"
	"strings"
	"testing"

	"yizheng/keys/pkcs11"
	"yizheng/keys/pkcs11/softtest"
)

// TestToken signs with keys of a token that is made of software.
func TestToken(t *testing.T) {
	soft := softtest.New(t)
	ec, rsaKey := softtest.Key(t, "ec"), softtest.Key(t, "rsa")
	soft.Import("seal", ec)
	soft.Import("old", rsaKey)
	open := func(label string) *pkcs11.Token {
		token, err := pkcs11.Open(pkcs11.Config{Module: soft.Module, Token: soft.Token, Key: label, PIN: []byte(soft.PIN)})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { token.Close() })
		return token
	}
	digest := sha256.Sum256([]byte("a license"))
	for label, key := range map[string]crypto.Signer{"seal": ec, "old": rsaKey} {
		token := open(label)
		signature, err := token.Sign(rand.Reader, digest[:], crypto.SHA256)
		if err != nil {
			t.Fatal(err)
		}
		switch public := key.Public().(type) {
		case *ecdsa.PublicKey:
			if !public.Equal(token.Public()) || !ecdsa.VerifyASN1(public, digest[:], signature) {
				t.Error("the signature does not verify")
			}
		case *rsa.PublicKey:
			if err := rsa.VerifyPKCS1v15(public, crypto.SHA256, digest[:], signature); err != nil || !public.Equal(token.Public()) {
				t.Error(err)
			}
		}
	}
}

func TestRefusals(t *testing.T) {
	soft := softtest.New(t)
	good := pkcs11.Config{Module: soft.Module, Token: soft.Token, Key: "seal", PIN: []byte(soft.PIN)}
	for name, change := range map[string]func(*pkcs11.Config){
		"no such library": func(c *pkcs11.Config) { c.Module = "/nowhere.so" },
		"no such token":   func(c *pkcs11.Config) { c.Token = "another" },
		"no such key":     func(c *pkcs11.Config) {},
		"wrong PIN":       func(c *pkcs11.Config) { c.PIN = []byte("987654") },
	} {
		t.Run(name, func(t *testing.T) {
			c := good
			change(&c)
			_, err := pkcs11.Open(c)
			if err == nil {
				t.Fatal("it opens")
			}
			if name == "no such key" && !errors.Is(err, pkcs11.ErrKey) {
				t.Errorf("error is %v", err)
			}
			if strings.Contains(err.Error(), string(c.PIN)) {
				t.Errorf("the error tells the PIN: %v", err)
			}
		})
	}
}
