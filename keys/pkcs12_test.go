package keys_test

import (
	"crypto/ecdsa"
	"crypto/rsa"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"software.sslmate.com/src/go-pkcs12"

	"yizheng/keys"
)

// TestPKCS12 reads files as openssl writes them.
func TestPKCS12(t *testing.T) {
	dir := t.TempDir()
	path := func(name string) string { return filepath.Join(dir, name) }
	openssl := func(args ...string) {
		t.Helper()
		c := exec.Command("openssl", args...)
		c.Dir = dir
		if out, err := c.CombinedOutput(); err != nil {
			t.Fatalf("openssl: %s: %v", out, err)
		}
	}
	openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", "ca.key", "-out", "ca.pem", "-subj", "/CN=authority", "-days", "9")
	for _, kind := range []string{"ec", "rsa:2048"} {
		t.Run(kind, func(t *testing.T) {
			args := []string{"req", "-newkey", kind, "-nodes", "-keyout", "seal.key", "-out", "seal.csr", "-subj", "/CN=seal"}
			if kind == "ec" {
				args = append(args, "-pkeyopt", "ec_paramgen_curve:P-256")
			}
			openssl(args...)
			openssl("x509", "-req", "-in", "seal.csr", "-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial", "-out", "seal.pem", "-days", "9")
			openssl("pkcs12", "-export", "-inkey", "seal.key", "-in", "seal.pem", "-certfile", "ca.pem", "-passout", "pass:open sesame", "-out", "seal.p12")
			if err := os.Chmod(path("seal.p12"), 0o600); err != nil {
				t.Fatal(err)
			}
			signer, certificate, chain, err := keys.LoadPKCS12(path("seal.p12"), []byte("open sesame"))
			if err != nil {
				t.Fatal(err)
			}
			if certificate.Subject.CommonName != "seal" || len(chain) != 1 || chain[0].Subject.CommonName != "authority" {
				t.Errorf("certificate of %s, with %d more", certificate.Subject, len(chain))
			}
			switch k := signer.(type) {
			case *ecdsa.PrivateKey:
				if !k.PublicKey.Equal(certificate.PublicKey) {
					t.Error("the key is not the certificate's")
				}
			case *rsa.PrivateKey:
				if !k.PublicKey.Equal(certificate.PublicKey) {
					t.Error("the key is not the certificate's")
				}
			}
		})
	}
	b, err := os.ReadFile(path("seal.p12"))
	if err != nil {
		t.Fatal(err)
	}
	write := func(name string, content []byte, mode os.FileMode) string {
		if err := os.WriteFile(path(name), content, mode); err != nil {
			t.Fatal(err)
		}
		return path(name)
	}
	trust, err := pkcs12.Modern.EncodeTrustStore(nil, "x")
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name, path, passphrase string
		want                   error
	}{
		{"wrong passphrase", path("seal.p12"), "open barley", keys.ErrPassphrase},
		{"no passphrase", path("seal.p12"), "", keys.ErrPassphrase},
		{"others may read it", write("loose.p12", b, 0o640), "open sesame", keys.ErrPermissions},
		{"cut off", write("cut.p12", b[:len(b)/2], 0o600), "open sesame", keys.ErrMalformed},
		{"not PKCS#12", write("text.p12", []byte("-----BEGIN"), 0o600), "open sesame", keys.ErrMalformed},
		{"certificates only", write("trust.p12", trust, 0o600), "x", keys.ErrMalformed},
		{"too large", write("large.p12", make([]byte, 65<<10), 0o600), "x", keys.ErrMalformed},
		{"not there", path("nothing.p12"), "x", os.ErrNotExist},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, _, _, err := keys.LoadPKCS12(c.path, []byte(c.passphrase))
			if !errors.Is(err, c.want) {
				t.Errorf("error is %v, want %v", err, c.want)
			}
			if err != nil && c.passphrase != "" && c.passphrase != "x" && strings.Contains(err.Error(), c.passphrase) {
				t.Errorf("the error tells the passphrase: %v", err)
			}
		})
	}
}

func TestReadSecret(t *testing.T) {
	dir := t.TempDir()
	for _, c := range []struct {
		name, content, secret string
		mode                  os.FileMode
		want                  error
	}{
		{"a line", "open sesame\n", "open sesame", 0o600, nil},
		{"a line of Windows", "open sesame\r\n", "open sesame", 0o400, nil},
		{"spaces are part of it", " x \n", " x ", 0o600, nil},
		{"empty", "\n", "", 0o600, keys.ErrMalformed},
		{"the group may read it", "open sesame", "", 0o640, keys.ErrPermissions},
		{"all may read it", "open sesame", "", 0o604, keys.ErrPermissions},
	} {
		t.Run(c.name, func(t *testing.T) {
			path := filepath.Join(dir, strings.ReplaceAll(c.name, " ", "-"))
			if err := os.WriteFile(path, []byte(c.content), c.mode); err != nil {
				t.Fatal(err)
			}
			secret, err := keys.ReadSecret(path)
			if !errors.Is(err, c.want) || string(secret) != c.secret {
				t.Errorf("%q, %v", secret, err)
			}
		})
	}
}
