package keys_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/lestrrat-go/jwx/v2/jwa"
	"github.com/lestrrat-go/jwx/v2/jwe"
	"github.com/lestrrat-go/jwx/v2/jwk"

	"yizheng/keys"
	"yizheng/signature"
)

// quick is as few iterations as a file may have.
const quick = 1000

func save(t *testing.T, path string, key *keys.Key, passphrase string) {
	t.Helper()
	if err := keys.SaveIterations(path, key, []byte(passphrase), quick); err != nil {
		t.Fatal(err)
	}
}

func TestSaveAndLoad(t *testing.T) {
	for _, alg := range algorithms {
		for _, passphrase := range []string{"", "correct horse 一证"} {
			path := filepath.Join(t.TempDir(), "new", "folder", "license.jwk")
			key := generate(t, keys.UseLicense, alg)
			save(t, path, key, passphrase)
			loaded, err := keys.Load(path, []byte(passphrase))
			if err != nil {
				t.Fatalf("%s: %v", alg, err)
			}
			if loaded.Use() != keys.UseLicense || !loaded.PublicKey().Equal(key.PublicKey()) {
				t.Errorf("%s: loaded %s, saved %s", alg, loaded, key)
			}
			sig, err := loaded.Sign([]byte("message"))
			if err != nil || key.PublicKey().Verify([]byte("message"), sig) != nil {
				t.Errorf("%s: the loaded key signs otherwise: %v", alg, err)
			}
			for name, want := range map[string]fs.FileMode{path: 0o600, filepath.Dir(path): 0o700, filepath.Dir(filepath.Dir(path)): 0o700} {
				if info, err := os.Stat(name); err != nil || info.Mode().Perm() != want {
					t.Errorf("%s: mode %v, want %v", name, info.Mode().Perm(), want)
				}
			}
			if left, err := filepath.Glob(filepath.Join(filepath.Dir(path), ".*")); err != nil || len(left) > 0 {
				t.Errorf("left behind: %v, %v", left, err)
			}
		}
	}
}

func TestSaveNeverOverwrites(t *testing.T) {
	path := filepath.Join(t.TempDir(), "license.jwk")
	var wg sync.WaitGroup
	errs := make([]error, 8)
	for i := range errs {
		key := generate(t, keys.UseLicense, signature.EdDSA)
		wg.Go(func() { errs[i] = keys.Save(path, key, nil) })
	}
	wg.Wait()
	saved := 0
	for _, err := range errs {
		if err == nil {
			saved++
		} else if !errors.Is(err, keys.ErrExists) {
			t.Error(err)
		}
	}
	if saved != 1 {
		t.Errorf("%d of %d saved under one name", saved, len(errs))
	}
	if _, err := keys.Load(path, nil); err != nil {
		t.Error(err)
	}
}

func TestSaveRefuses(t *testing.T) {
	key := generate(t, keys.UseLicense, signature.ES256)
	path := filepath.Join(t.TempDir(), "license.jwk")
	for _, iterations := range []int{0, -1, 999, 10_000_001} {
		if err := keys.SaveIterations(path, key, []byte("passphrase"), iterations); err == nil {
			t.Errorf("%d iterations", iterations)
		}
	}
	remote, err := keys.FromSigner(keys.UseLicense, hsm{key.Signer()})
	if err != nil {
		t.Fatal(err)
	}
	if err := keys.Save(path, remote, nil); !errors.Is(err, keys.ErrNotExportable) {
		t.Errorf("a key in an HSM: %v", err)
	}
	if _, err := os.Stat(path); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a file was made: %v", err)
	}
}

func TestLoadRefuses(t *testing.T) {
	folder := t.TempDir()
	plain, sealed := filepath.Join(folder, "plain"), filepath.Join(folder, "sealed")
	key := generate(t, keys.UseLicense, signature.ES256)
	save(t, plain, key, "")
	save(t, sealed, key, "right")
	other := filepath.Join(folder, "other")
	save(t, other, generate(t, keys.UseLicense, signature.ES256), "")
	text, otherText := read(t, plain), read(t, other)
	member := func(text, name string) string {
		var m map[string]string
		if err := json.Unmarshal([]byte(text), &m); err != nil {
			t.Fatal(err)
		}
		return m[name]
	}
	replace := func(old, new string) string { return strings.Replace(text, old, new, 1) }
	tests := []struct {
		name, content, passphrase string
		want                      error
	}{
		{"as it is", text, "", nil},
		{"without line end", strings.TrimSuffix(text, "\n"), "", nil},
		{"sealed", read(t, sealed), "right", nil},
		{"wrong passphrase", read(t, sealed), "wrong", keys.ErrPassphrase},
		{"no passphrase", read(t, sealed), "", keys.ErrPassphrase},
		{"passphrase for a plain file", text, "right", keys.ErrPassphrase},
		{"sealed, last byte changed", changed(read(t, sealed)), "right", keys.ErrMalformed},
		{"sealed, cut", read(t, sealed)[:300], "right", keys.ErrMalformed},
		{"empty", "", "", keys.ErrMalformed},
		{"empty, with passphrase", "", "right", keys.ErrMalformed},
		{"not JSON", "{", "", keys.ErrMalformed},
		{"too large", text + strings.Repeat(" ", 10000), "", keys.ErrMalformed},
		{"kid of another", replace(member(text, "kid"), member(otherText, "kid")), "", keys.ErrMalformed},
		{"public half of another", strings.Replace(replace(member(text, "x"), member(otherText, "x")), member(text, "y"), member(otherText, "y"), 1), "", keys.ErrMalformed},
		{"private half of another", replace(member(text, "d"), member(otherText, "d")), "", keys.ErrMalformed},
		{"private half zero", replace(member(text, "d"), strings.Repeat("A", 43)), "", keys.ErrMalformed},
		{"private half short", replace(member(text, "d"), "AAAA"), "", keys.ErrMalformed},
		{"unknown use", replace(`"license"`, `"licence"`), "", keys.ErrUse},
		{"no use", replace(`,"yizheng_use":"license"`, ``), "", keys.ErrUse},
		{"unknown algorithm", replace(`"ES256"`, `"ES512"`), "", signature.ErrAlgorithm},
		{"algorithm of another curve", replace(`"ES256"`, `"EdDSA"`), "", keys.ErrMalformed},
		{"unknown member", replace(`{`, `{"a":1,`), "", keys.ErrMalformed},
		{"white space", replace(`,`, `, `), "", keys.ErrMalformed},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "key")
			if err := os.WriteFile(path, []byte(test.content), 0o600); err != nil {
				t.Fatal(err)
			}
			_, err := keys.Load(path, []byte(test.passphrase))
			if !errors.Is(err, test.want) {
				t.Fatalf("%v, want %v", err, test.want)
			}
			if err != nil && (strings.Contains(err.Error(), member(text, "d")) || strings.Contains(err.Error(), "right")) {
				t.Errorf("the error tells the secret: %v", err)
			}
		})
	}
	for _, mode := range []fs.FileMode{0o640, 0o604, 0o660, 0o601, 0o777} {
		if err := os.Chmod(plain, mode); err != nil {
			t.Fatal(err)
		}
		if _, err := keys.Load(plain, nil); !errors.Is(err, keys.ErrPermissions) {
			t.Errorf("mode %o: %v", mode, err)
		}
	}
	if _, err := keys.Load(filepath.Join(folder, "missing"), nil); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("missing: %v", err)
	}
	if _, err := keys.Load(folder, nil); !errors.Is(err, keys.ErrMalformed) {
		t.Errorf("a folder: %v", err)
	}
}

func read(t *testing.T, path string) string {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// changed replaces the first character of the last part.
func changed(jwe string) string {
	at := strings.LastIndex(jwe, ".") + 1
	c := "A"
	if jwe[at] == 'A' {
		c = "B"
	}
	return jwe[:at] + c + jwe[at+1:]
}

// TestFilesAreStandard has jwx open our JWE and read our JWK, and loads a file
// that jwx encrypted.
func TestFilesAreStandard(t *testing.T) {
	folder := t.TempDir()
	passphrase := []byte("passphrase")
	for _, alg := range []signature.Algorithm{signature.ES256, signature.EdDSA} {
		key := generate(t, keys.UseSeal, alg)
		plain, sealed := filepath.Join(folder, "plain-"+string(alg)), filepath.Join(folder, "sealed-"+string(alg))
		save(t, plain, key, "")
		save(t, sealed, key, string(passphrase))

		opened, err := jwe.Decrypt([]byte(strings.TrimSpace(read(t, sealed))), jwe.WithKey(jwa.PBES2_HS512_A256KW, passphrase))
		if err != nil {
			t.Fatalf("%s: jwx: %v", alg, err)
		}
		if want := strings.TrimSpace(read(t, plain)); string(opened) != want {
			t.Errorf("%s: jwx opens another text", alg)
		}
		parsed, err := jwk.ParseKey(opened)
		if err != nil {
			t.Fatalf("%s: jwx: %v", alg, err)
		}
		var raw any
		if err := parsed.Raw(&raw); err != nil {
			t.Fatal(err)
		}
		use, _ := parsed.Get("yizheng_use")
		if parsed.KeyID() != key.PublicKey().KeyID() || use != "seal" {
			t.Errorf("%s: jwx reads kid %s, use %v", alg, parsed.KeyID(), use)
		}

		theirs, err := jwe.Encrypt(opened, jwe.WithKey(jwa.PBES2_HS512_A256KW, passphrase), jwe.WithContentEncryption(jwa.A256GCM))
		if err != nil {
			t.Fatal(err)
		}
		path := filepath.Join(folder, "jwx-"+string(alg))
		if err := os.WriteFile(path, theirs, 0o600); err != nil {
			t.Fatal(err)
		}
		if loaded, err := keys.Load(path, passphrase); err != nil || !loaded.PublicKey().Equal(key.PublicKey()) {
			t.Errorf("%s: loading jwx's: %v, %v", alg, loaded, err)
		}
	}
}

func TestSealedFileShowsNothing(t *testing.T) {
	folder := t.TempDir()
	seed := []byte("0123456789abcdefghijklmnopqrstuv")
	key, err := keys.Generate(keys.UseLicense, signature.EdDSA, bytes.NewReader(seed))
	if err != nil {
		t.Fatal(err)
	}
	a, b := filepath.Join(folder, "a"), filepath.Join(folder, "b")
	if err := keys.Save(a, key, []byte("passphrase")); err != nil { // with the iterations of real use
		t.Fatal(err)
	}
	if _, err := keys.Load(a, []byte("passphrase")); err != nil {
		t.Fatal(err)
	}
	save(t, b, key, "passphrase")
	if read(t, a) == read(t, b) || strings.Contains(read(t, a), "MDEyMzQ1") {
		t.Error("two files of one key are the same, or show it")
	}
}

// FuzzLoad reads plain key files: what loads is what Save writes of it.
func FuzzLoad(f *testing.F) {
	for _, alg := range algorithms {
		key, err := keys.Generate(keys.UseLicense, alg, strings.NewReader(strings.Repeat("k", 32)))
		if err != nil {
			f.Fatal(err)
		}
		path := filepath.Join(f.TempDir(), "key")
		if err := keys.Save(path, key, nil); err != nil {
			f.Fatal(err)
		}
		b, err := os.ReadFile(path)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b)
	}
	f.Fuzz(func(t *testing.T, content []byte) {
		folder := t.TempDir()
		read, written := filepath.Join(folder, "read"), filepath.Join(folder, "written")
		if err := os.WriteFile(read, content, 0o600); err != nil {
			t.Fatal(err)
		}
		key, err := keys.Load(read, nil)
		if err != nil {
			return
		}
		if err := keys.Save(written, key, nil); err != nil {
			t.Fatal(err)
		}
		b, err := os.ReadFile(written)
		if err != nil || !bytes.Equal(bytes.TrimSuffix(content, []byte("\n")), bytes.TrimSuffix(b, []byte("\n"))) {
			t.Errorf("%q becomes %q, %v", content, b, err)
		}
	})
}
