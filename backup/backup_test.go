package backup_test

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"testing"
	"time"

	"yizheng/backup"
)

// sample writes an archive of a small directory with a secret.
func sample(t testing.TB, passphrase string) []byte {
	t.Helper()
	dir := t.TempDir()
	source := func(name, content string, mode fs.FileMode) backup.Source {
		path := filepath.Join(dir, filepath.Base(name))
		if err := os.WriteFile(path, []byte(content), mode); err != nil {
			t.Fatal(err)
		}
		return backup.Source{Name: name, Path: path}
	}
	c := backup.Content{
		Manifest: backup.Manifest{At: time.Unix(1_790_000_000, 0).UTC(), Program: "test", Region: "310105", Register: "sqlite"},
		Files:    []backup.Source{source("config.json", "{}", 0o644), source("folder/register.db", "rows", 0o600)},
	}
	if passphrase != "" {
		c.Secret, c.Passphrase, c.Work = []backup.Source{source("keys/license.jwk", "the key", 0o600)}, passphrase, 10
	}
	var out bytes.Buffer
	if _, err := backup.Write(&out, c); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func TestWhatIsWrittenIsRead(t *testing.T) {
	archives := map[string][]byte{"": sample(t, ""), "words": sample(t, "words")}
	tests := []struct {
		name, written, read string
		want                error
		key                 bool
	}{
		{"without secrets", "", "", nil, false},
		{"secrets left out", "words", "", nil, false},
		{"secrets", "words", "words", nil, true},
		{"another passphrase", "words", "other", backup.ErrPassphrase, false},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			archive, dir := archives[test.written], t.TempDir()
			if bytes.Contains(archive, []byte("the key")) {
				t.Error("the secret can be read")
			}
			before := false
			_, err := backup.Read(bytes.NewReader(archive), dir, backup.Order{Last: "config.json", Passphrase: test.read, Before: func(m backup.Manifest, path string) error {
				before = true
				if _, err := os.Stat(filepath.Join(dir, "config.json")); err == nil {
					t.Error("the last file is there too early")
				}
				return os.WriteFile(path, []byte(`{"more":1}`), 0o644)
			}})
			if !errors.Is(err, test.want) {
				t.Fatalf("%v, want %v", err, test.want)
			}
			left, _ := os.ReadDir(dir)
			if err != nil {
				if len(left) > 0 || before {
					t.Errorf("%d entries are left after an error", len(left))
				}
				return
			}
			content, err := os.ReadFile(filepath.Join(dir, "folder", "register.db"))
			if string(content) != "rows" {
				t.Errorf("%q, %v", content, err)
			}
			if content, _ := os.ReadFile(filepath.Join(dir, "config.json")); string(content) != `{"more":1}` {
				t.Errorf("%q", content)
			}
			info, err := os.Stat(filepath.Join(dir, "keys", "license.jwk"))
			if (err == nil) != test.key || err == nil && info.Mode().Perm() != 0o600 {
				t.Errorf("the key: %v, %v", info, err)
			}
		})
	}
}

func TestFullDirectoryIsRefused(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "mine")
	if err := os.WriteFile(path, []byte("mine"), 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := backup.Read(bytes.NewReader(sample(t, "")), dir, backup.Order{Last: "config.json"}); !errors.Is(err, fs.ErrExist) {
		t.Error(err)
	}
	if content, _ := os.ReadFile(path); string(content) != "mine" {
		t.Error("what was there is gone")
	}
}

// TestEverySpoiltByteIsFound flips each byte in turn and cuts the end off. A
// bit that makes no difference to what is unpacked may go unnoticed.
func TestEverySpoiltByteIsFound(t *testing.T) {
	archive := sample(t, "")
	for n := range archive {
		spoilt := bytes.Clone(archive)
		spoilt[n] ^= 0x20
		dir := t.TempDir()
		_, err := backup.Read(bytes.NewReader(spoilt), dir, backup.Order{Last: "config.json"})
		if err != nil {
			continue
		}
		for name, want := range map[string]string{"config.json": "{}", "folder/register.db": "rows"} {
			if got, err := os.ReadFile(filepath.Join(dir, name)); string(got) != want {
				t.Errorf("byte %d of %d: %s is %q, %v", n, len(archive), name, got, err)
			}
		}
	}
	for _, cut := range []int{1, 8, 40, len(archive) / 2} {
		dir := t.TempDir()
		if _, err := backup.Read(bytes.NewReader(archive[:len(archive)-cut]), dir, backup.Order{Last: "config.json"}); !errors.Is(err, backup.ErrBroken) {
			t.Errorf("cut by %d: %v", cut, err)
		}
		if left, _ := os.ReadDir(dir); len(left) > 0 {
			t.Errorf("cut by %d: %d entries are left", cut, len(left))
		}
	}
}

// TestSecretsHaveABound: no archive makes restore hold more than secrets of an
// installation can be, and none is written that would be refused.
func TestSecretsHaveABound(t *testing.T) {
	const size = 65 << 20
	zeros := make([]byte, size)
	sum := sha256.Sum256(zeros)
	manifest, err := json.Marshal(backup.Manifest{Format: "yizheng-backup", Version: backup.Version, Files: []backup.File{
		{Name: backup.Secrets, Size: size, Mode: 0o600, SHA256: hex.EncodeToString(sum[:])},
	}})
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	packed := gzip.NewWriter(&out)
	archive := tar.NewWriter(packed)
	put := func(name string, content []byte) {
		err = errors.Join(err, archive.WriteHeader(&tar.Header{Name: name, Size: int64(len(content)), Mode: 0o600, Typeflag: tar.TypeReg}))
		_, failed := archive.Write(content)
		err = errors.Join(err, failed)
	}
	put("manifest.json", manifest)
	put(backup.Secrets, zeros)
	if err = errors.Join(err, archive.Close(), packed.Close()); err != nil {
		t.Fatal(err)
	}
	if _, err := backup.Read(&out, t.TempDir(), backup.Order{Last: "config.json"}); !errors.Is(err, backup.ErrSecrets) {
		t.Errorf("reading: %v", err)
	}

	c := backup.Content{Manifest: backup.Manifest{Register: "sqlite"}, Passphrase: "words", Work: 10}
	for n := range 5 { // each of them as large as one may be
		path := filepath.Join(t.TempDir(), "secret")
		if err := os.WriteFile(path, zeros[:16<<20], 0o600); err != nil {
			t.Fatal(err)
		}
		c.Secret = append(c.Secret, backup.Source{Name: fmt.Sprint("keys/", n), Path: path})
	}
	if _, err := backup.Write(io.Discard, c); !errors.Is(err, backup.ErrSecrets) {
		t.Errorf("writing: %v", err)
	}
}
