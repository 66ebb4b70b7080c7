//go:build pkcs11

package keys_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"yizheng/keys"
	"yizheng/keys/pkcs11"
	"yizheng/keys/pkcs11/softtest"
)

// TestToken holds that a key in a token stands wherever a key file does: for
// every use it is saved, loaded, followed and signs, and is never exported.
func TestToken(t *testing.T) {
	soft := softtest.New(t)
	folder := filepath.Join(t.TempDir(), "keys")
	pin := filepath.Join(t.TempDir(), "pin")
	if err := os.WriteFile(pin, []byte(soft.PIN+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	place := func(label string) keys.TokenPlace {
		return keys.TokenPlace{Module: soft.Module, Token: soft.Token, Key: label, PINFile: pin}
	}
	for _, use := range keys.Uses() {
		soft.Import(string(use), softtest.Key(t, "ec"))
		if _, err := keys.SaveToken(keys.ActivePath(folder, use), use, place(string(use))); err != nil {
			t.Fatal(err)
		}
	}
	soft.Import("another", softtest.Key(t, "ec"))
	next, err := keys.SaveToken(keys.NextPath(folder, keys.UseLicense), keys.UseLicense, place("another"))
	if err != nil {
		t.Fatal(err)
	}
	ring, err := keys.LoadRing(folder, []byte("a passphrase of the other files"))
	if err != nil {
		t.Fatal(err)
	}
	for _, use := range keys.Uses() {
		key, err := ring.Key(use)
		if err != nil {
			t.Fatal(err)
		}
		sig, err := key.Sign([]byte("a license"))
		if err != nil || key.PublicKey().Verify([]byte("a license"), sig) != nil {
			t.Errorf("%s: %v", use, err)
		}
		if err := keys.Save(filepath.Join(folder, "copy"), key, nil); !errors.Is(err, keys.ErrNotExportable) {
			t.Errorf("%s is exported: %v", use, err)
		}
	}
	if err := keys.Activate(folder, keys.UseLicense, nil); err != nil {
		t.Fatal(err)
	}
	if ring, err = keys.LoadRing(folder, nil); err != nil {
		t.Fatal(err)
	}
	if key, err := ring.Key(keys.UseLicense); err != nil || key.PublicKey().KeyID() != next.PublicKey().KeyID() {
		t.Errorf("%v follows, %v", key, err)
	}

	path := keys.ActivePath(folder, keys.UseStatus)
	good, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(string(good), soft.PIN) {
		t.Error("the file holds the PIN")
	}
	for name, c := range map[string]struct {
		old, new string
		want     error
	}{
		"another key's label":  {`"key":"status"`, `"key":"record"`, keys.ErrMalformed},
		"no such label":        {`"key":"status"`, `"key":"nobody"`, pkcs11.ErrKey},
		"another use":          {`"yizheng_use":"status"`, `"yizheng_use":"license"`, keys.ErrUse},
		"a member more":        {`{"alg"`, `{"more":1,"alg"`, keys.ErrMalformed},
		"a relative module":    {soft.Module, "softhsm2.so", nil},
		"a PIN file of nobody": {pin, pin + "x", keys.ErrPassphrase},
	} {
		if err := os.WriteFile(path, []byte(strings.Replace(string(good), c.old, c.new, 1)), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := keys.LoadRing(folder, nil); err == nil || c.want != nil && !errors.Is(err, c.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
