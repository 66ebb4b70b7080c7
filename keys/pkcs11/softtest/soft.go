// Package softtest makes a PKCS#11 token of software, by the programs of
// SoftHSM 2 (Debian: softhsm2), for tests.
package softtest

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// Soft is a token with a user.
type Soft struct {
	Module, Token, PIN string
	t                  testing.TB
	dir                string
	keys               int
}

// modules are where distributions put the library.
var modules = []string{"/usr/lib/softhsm/libsofthsm2.so", "/usr/lib/x86_64-linux-gnu/softhsm/libsofthsm2.so", "/usr/lib64/pkcs11/libsofthsm2.so"}

// New makes a token that ends with the test.
func New(t testing.TB) *Soft {
	t.Helper()
	s := &Soft{Token: "office", PIN: "246810", t: t, dir: t.TempDir()}
	for _, m := range modules {
		if _, err := os.Stat(m); err == nil {
			s.Module = m
			break
		}
	}
	if s.Module == "" {
		t.Fatal("SoftHSM 2 is not installed: make tools")
	}
	if err := os.Mkdir(filepath.Join(s.dir, "tokens"), 0o700); err != nil {
		t.Fatal(err)
	}
	config := filepath.Join(s.dir, "softhsm2.conf")
	if err := os.WriteFile(config, []byte("directories.tokendir = "+filepath.Join(s.dir, "tokens")+"\nlog.level = ERROR\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if set, ok := t.(interface{ Setenv(key, value string) }); ok {
		set.Setenv("SOFTHSM2_CONF", config)
	}
	s.run("--init-token", "--free", "--label", s.Token, "--pin", s.PIN, "--so-pin", "135791")
	return s
}

// Key makes a private key of the kind "ec" or "rsa".
func Key(t testing.TB, kind string) crypto.Signer {
	t.Helper()
	var key crypto.Signer
	var err error
	if kind == "rsa" {
		key, err = rsa.GenerateKey(rand.Reader, 2048)
	} else {
		key, err = ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	}
	if err != nil {
		t.Fatal(err)
	}
	return key
}

// Import puts a key into the token under a label.
func (s *Soft) Import(label string, key crypto.Signer) {
	s.t.Helper()
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		s.t.Fatal(err)
	}
	s.keys++
	path := filepath.Join(s.dir, fmt.Sprintf("%d.pem", s.keys))
	if err := os.WriteFile(path, pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}), 0o600); err != nil {
		s.t.Fatal(err)
	}
	s.run("--import", path, "--token", s.Token, "--label", label, "--id", fmt.Sprintf("%02X", s.keys), "--pin", s.PIN)
}

func (s *Soft) run(args ...string) {
	s.t.Helper()
	if out, err := exec.Command("softhsm2-util", args...).CombinedOutput(); err != nil {
		s.t.Fatalf("softhsm2-util: %s: %v", out, err)
	}
}
