package access_test

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"yizheng/api/access"
)

func TestKeyFiles(t *testing.T) {
	dir := t.TempDir()
	private, public := filepath.Join(dir, "access.jwk"), filepath.Join(dir, "access.jwks")
	key, _ := newKey(t)
	if err := key.Create(private, public); err != nil {
		t.Fatal(err)
	}
	if err := key.Create(private, public); !errors.Is(err, fs.ErrExist) {
		t.Errorf("creating again gives %v", err)
	}
	info, err := os.Stat(private)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v, %v", info.Mode(), err)
	}
	loaded, err := access.LoadKey(private)
	if err != nil {
		t.Fatal(err)
	}
	set, err := access.LoadSet(public)
	if err != nil {
		t.Fatal(err)
	}
	token, err := access.Issue(loaded, access.Token{Issuer: issuer, Audience: audience, Subject: "s", Scopes: access.Scopes(), Lifetime: time.Hour}, now, rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := authenticator(t, access.Issuer{Name: issuer, Keys: set}).Authenticate(t.Context(), "Bearer "+token); err != nil {
		t.Error(err)
	}

	written, err := os.ReadFile(private)
	if err != nil {
		t.Fatal(err)
	}
	secret := strings.Split(strings.Split(string(written), `"d":"`)[1], `"`)[0]
	if shown := fmt.Sprintf("%v %+v %#v %s", loaded, loaded, loaded, loaded); strings.Contains(shown, secret) {
		t.Error("printing the key shows its secret")
	}
	if published, _ := os.ReadFile(public); strings.Contains(string(published), `"d"`) {
		t.Error("the public file holds the secret")
	}

	if err := os.Chmod(private, 0o640); err != nil {
		t.Fatal(err)
	}
	if _, err := access.LoadKey(private); err == nil {
		t.Error("a file open to others is loaded")
	}
	if _, err := access.LoadKey(public); err == nil {
		t.Error("a public file is loaded as a private key")
	}
}

func TestTokensThatAreNotIssued(t *testing.T) {
	key, _ := newKey(t)
	good := access.Token{Issuer: issuer, Audience: audience, Subject: "s", Scopes: access.Scopes(), Lifetime: time.Hour}
	for name, change := range map[string]func(*access.Token){
		"no subject":                   func(t *access.Token) { t.Subject = "" },
		"no audience":                  func(t *access.Token) { t.Audience = "" },
		"no scope":                     func(t *access.Token) { t.Scopes = nil },
		"unknown scope":                func(t *access.Token) { t.Scopes = []access.Scope{"all"} },
		"no lifetime":                  func(t *access.Token) { t.Lifetime = 0 },
		"longer than a server accepts": func(t *access.Token) { t.Lifetime = access.MaxLifetime + time.Second },
		"line break":                   func(t *access.Token) { t.Authority = "a\nb" },
	} {
		token := good
		change(&token)
		if _, err := access.Issue(key, token, now, rand.Reader); err == nil {
			t.Errorf("%s: a token is issued", name)
		}
	}
}
