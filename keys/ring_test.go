package keys_test

import (
	"bytes"
	"crypto"
	"crypto/rand"
	"encoding/json"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/lestrrat-go/jwx/v2/jwk"

	"yizheng/keys"
	"yizheng/signature"
)

// hsm hides what kind of key stands behind it.
type hsm struct{ inner crypto.Signer }

func (h hsm) Public() crypto.PublicKey { return h.inner.Public() }
func (h hsm) Sign(random io.Reader, digest []byte, opts crypto.SignerOpts) ([]byte, error) {
	return h.inner.Sign(random, digest, opts)
}

// faulty is an HSM that answers something else.
type faulty struct {
	public crypto.PublicKey
	answer []byte
	err    error
}

func (f faulty) Public() crypto.PublicKey { return f.public }
func (f faulty) Sign(io.Reader, []byte, crypto.SignerOpts) ([]byte, error) {
	return f.answer, f.err
}

func TestFromSigner(t *testing.T) {
	for _, alg := range algorithms {
		inner := generate(t, keys.UseLicense, alg)
		key, err := keys.FromSigner(keys.UseStatus, hsm{inner.Signer()})
		if err != nil {
			t.Fatalf("%s: %v", alg, err)
		}
		for range 16 {
			sig, err := key.Sign([]byte("message"))
			if err != nil || inner.PublicKey().Verify([]byte("message"), sig) != nil {
				t.Errorf("%s: %v", alg, err)
			}
		}
		down := errors.New("no route to the HSM")
		other := generate(t, keys.UseLicense, alg)
		sig, err := other.Signer().Sign(rand.Reader, make([]byte, 32), crypto.Hash(0))
		if err != nil {
			t.Fatal(err)
		}
		for name, f := range map[string]faulty{
			"down": {err: down}, "silent": {}, "zeros": {answer: make([]byte, 64)},
			"another's": {answer: sig}, "ASN.1 of zeros": {answer: []byte{0x30, 6, 2, 1, 0, 2, 1, 0}},
			"ASN.1 of negatives": {answer: []byte{0x30, 6, 2, 1, 0xff, 2, 1, 0xff}},
			"ASN.1 of much":      {answer: append([]byte{0x30, 0x45, 2, 1, 1, 2, 0x40, 1}, make([]byte, 63)...)},
			"more behind":        {answer: append(bytes.Clone(sig), 0)},
		} {
			f.public = inner.Signer().Public()
			if _, err := keys.FromSigner(keys.UseLicense, f); !errors.Is(err, keys.ErrSelfTest) {
				t.Errorf("%s, %s: %v", alg, name, err)
			} else if name == "down" && !errors.Is(err, down) {
				t.Errorf("%s, %s: %v", alg, name, err)
			}
		}
	}
	if _, err := keys.FromSigner(keys.UseLicense, nil); !errors.Is(err, keys.ErrSelfTest) {
		t.Errorf("no signer: %v", err)
	}
	if _, err := keys.FromSigner(keys.UseLicense, faulty{public: "a string"}); !errors.Is(err, signature.ErrAlgorithm) {
		t.Errorf("no key: %v", err)
	}
}

func TestRing(t *testing.T) {
	folder := filepath.Join(t.TempDir(), "keys")
	if _, err := keys.LoadRing(folder, nil); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("no folder: %v", err)
	}
	license, status := generate(t, keys.UseLicense, signature.ES256), generate(t, keys.UseStatus, signature.EdDSA)
	save(t, keys.ActivePath(folder, keys.UseLicense), license, "passphrase")
	save(t, keys.ActivePath(folder, keys.UseStatus), status, "passphrase")
	ring, err := keys.LoadRing(folder, []byte("passphrase"))
	if err != nil {
		t.Fatal(err)
	}
	if key, err := ring.Key(keys.UseLicense); err != nil || !key.PublicKey().Equal(license.PublicKey()) {
		t.Errorf("%v, %v", key, err)
	}
	if _, err := ring.Key(keys.UseSeal); !errors.Is(err, keys.ErrMissing) {
		t.Errorf("no seal: %v", err)
	}
	if _, found := ring.Next(keys.UseLicense); found {
		t.Error("a next key of nowhere")
	}
	if _, err := keys.LoadRing(folder, []byte("wrong")); !errors.Is(err, keys.ErrPassphrase) {
		t.Errorf("wrong passphrase: %v", err)
	}
	if err := os.Chmod(folder, 0o755); err != nil {
		t.Fatal(err)
	}
	if _, err := keys.LoadRing(folder, []byte("passphrase")); !errors.Is(err, keys.ErrPermissions) {
		t.Errorf("open folder: %v", err)
	}
	empty := t.TempDir()
	if err := os.Chmod(empty, 0o700); err != nil {
		t.Fatal(err)
	}
	if _, err := keys.LoadRing(empty, nil); !errors.Is(err, keys.ErrMissing) {
		t.Errorf("empty folder: %v", err)
	}
	save(t, keys.ActivePath(empty, keys.UseSeal), license, "")
	if _, err := keys.LoadRing(empty, nil); !errors.Is(err, keys.ErrUse) {
		t.Errorf("license key as seal: %v", err)
	}
	if _, err := keys.NewRing(license, license); !errors.Is(err, keys.ErrUse) {
		t.Errorf("two keys of one use: %v", err)
	}
}

// TestRotation announces a key, brings it into use, and repeats what a crash
// between the two steps leaves.
func TestRotation(t *testing.T) {
	folder := filepath.Join(t.TempDir(), "keys")
	old, next := generate(t, keys.UseLicense, signature.ES256), generate(t, keys.UseLicense, signature.EdDSA)
	save(t, keys.ActivePath(folder, keys.UseLicense), old, "")
	if err := keys.Activate(folder, keys.UseLicense, nil); !errors.Is(err, fs.ErrNotExist) {
		t.Fatalf("nothing announced: %v", err)
	}
	save(t, keys.NextPath(folder, keys.UseLicense), next, "")
	active := func() *keys.Key {
		ring, err := keys.LoadRing(folder, nil)
		if err != nil {
			t.Fatal(err)
		}
		key, err := ring.Key(keys.UseLicense)
		if err != nil {
			t.Fatal(err)
		}
		return key
	}
	if !active().PublicKey().Equal(old.PublicKey()) {
		t.Error("the announced key signs already")
	}
	retired := filepath.Join(folder, "retired", "license."+old.PublicKey().KeyID()+".jwk")
	if err := os.MkdirAll(filepath.Dir(retired), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.Link(keys.ActivePath(folder, keys.UseLicense), retired); err != nil { // and then the crash
		t.Fatal(err)
	}
	if !active().PublicKey().Equal(old.PublicKey()) {
		t.Error("the crash changed the active key")
	}
	if err := keys.Activate(folder, keys.UseLicense, nil); err != nil {
		t.Fatal(err)
	}
	if !active().PublicKey().Equal(next.PublicKey()) {
		t.Error("the next key is not active")
	}
	if key, err := keys.Load(retired, nil); err != nil || !key.PublicKey().Equal(old.PublicKey()) {
		t.Errorf("retired: %v, %v", key, err)
	}
	if _, err := os.Stat(keys.NextPath(folder, keys.UseLicense)); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("still announced: %v", err)
	}
	save(t, keys.NextPath(folder, keys.UseLicense), generate(t, keys.UseSeal, signature.ES256), "")
	if err := keys.Activate(folder, keys.UseLicense, nil); !errors.Is(err, keys.ErrUse) {
		t.Errorf("a seal's key for licenses: %v", err)
	}
}

func TestJWKS(t *testing.T) {
	folder := filepath.Join(t.TempDir(), "keys")
	active, next := generate(t, keys.UseLicense, signature.ES256), generate(t, keys.UseLicense, signature.ES256)
	status := generate(t, keys.UseStatus, signature.EdDSA)
	sm := generate(t, keys.UseRecord, signature.SM2)
	save(t, keys.ActivePath(folder, keys.UseLicense), active, "")
	save(t, keys.NextPath(folder, keys.UseLicense), next, "")
	save(t, keys.ActivePath(folder, keys.UseStatus), status, "")
	save(t, keys.ActivePath(folder, keys.UseRecord), sm, "")
	ring, err := keys.LoadRing(folder, nil)
	if err != nil {
		t.Fatal(err)
	}
	b, err := ring.JWKS()
	if err != nil {
		t.Fatal(err)
	}
	if bytes.Contains(b, []byte(`"d"`)) {
		t.Errorf("a private key in %s", b)
	}
	var set struct{ Keys []map[string]string }
	if err := json.Unmarshal(b, &set); err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, m := range set.Keys {
		got = append(got, m["yizheng_use"]+" "+m["use"]+" "+m["alg"]+" "+m["kid"])
	}
	want := []string{
		"license sig ES256 " + active.PublicKey().KeyID(), "license sig ES256 " + next.PublicKey().KeyID(),
		"status sig EdDSA " + status.PublicKey().KeyID(), "record sig SM2-SM3 " + sm.PublicKey().KeyID(),
	}
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("%q, want %q", got, want)
	}
	// Standard keys are readable with jwx, one by one.
	for _, m := range set.Keys[:3] {
		b, err := json.Marshal(m)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := jwk.ParseKey(b); err != nil {
			t.Errorf("jwx: %v", err)
		}
	}
}
