package keys

import (
	"bytes"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
)

// maxFile is the largest key file that is read, in bytes.
const maxFile = 8 << 10

// Save writes the key to a new file, readable by its owner only, in a folder
// that it makes, likewise, where there is none. With a passphrase the file is
// a JWE (PBES2-HS512+A256KW, A256GCM), without one a plain JWK. It refuses
// when the file exists ([ErrExists]), and after a crash the file is there
// whole or not at all.
func Save(path string, key *Key, passphrase []byte) error {
	return SaveIterations(path, key, passphrase, DefaultIterations)
}

// SaveIterations is [Save] with another number of PBKDF2 iterations than
// [DefaultIterations]: more where the passphrase is weak, fewer in tests only.
func SaveIterations(path string, key *Key, passphrase []byte, iterations int) error {
	content, err := key.marshal()
	if err != nil {
		return fmt.Errorf("saving %s: %w", key, err)
	}
	defer clear(content)
	if len(passphrase) > 0 {
		if content, err = encrypt(content, passphrase, iterations, rand.Reader); err != nil {
			return fmt.Errorf("saving %s: %w", key, err)
		}
	}
	if err := create(path, append(content, '\n')); err != nil {
		return fmt.Errorf("saving %s: %w", key, err)
	}
	return nil
}

// Load reads a key file. It refuses a file that others than its owner may read
// or write, tests that the key signs what its public half verifies, and that
// kid is the key's. A passphrase must be given exactly when the file is
// encrypted; for a file that stands for a key in a token it does not matter. Errors: [ErrPermissions], [ErrPassphrase], [ErrMalformed],
// [ErrSelfTest], [fs.ErrNotExist].
func Load(path string, passphrase []byte) (*Key, error) {
	key, err := load(path, passphrase)
	if err != nil {
		return nil, fmt.Errorf("loading key %s: %w", path, err)
	}
	return key, nil
}

func load(path string, passphrase []byte) (*Key, error) {
	content, err := read(path, maxFile)
	if err != nil {
		return nil, err
	}
	defer clear(content)
	text := bytes.TrimSuffix(content, []byte("\n"))
	encrypted := bytes.HasPrefix(text, []byte("ey")) // base64url of {"
	switch {
	case !encrypted && !bytes.HasPrefix(text, []byte("{")):
		return nil, fmt.Errorf("%w: neither JWK nor JWE", ErrMalformed)
	case !encrypted && isToken(text):
		return loadToken(text) // the PIN guards it, and no passphrase
	case encrypted && len(passphrase) == 0:
		return nil, fmt.Errorf("%w: none given", ErrPassphrase)
	case !encrypted && len(passphrase) > 0:
		// Someone may have put another file in the place of the right one.
		return nil, fmt.Errorf("%w: the file is not encrypted", ErrPassphrase)
	case encrypted:
		if text, err = decrypt(text, passphrase); err != nil {
			return nil, err
		}
		defer clear(text)
	}
	return unmarshal(text)
}

// read gives the content, of at most limit bytes, of a regular file that only
// its owner can reach.
func read(path string, limit int64) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	info, err := f.Stat() // of the open file, which nobody can exchange any more
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, fmt.Errorf("%w: not a regular file", ErrMalformed)
	}
	if loose := info.Mode().Perm() & 0o077; loose != 0 {
		return nil, fmt.Errorf("%w: mode %#o, must be 0600", ErrPermissions, info.Mode().Perm())
	}
	content, err := io.ReadAll(io.LimitReader(f, limit+1))
	if err != nil {
		return nil, err
	}
	if int64(len(content)) > limit {
		return nil, fmt.Errorf("%w: more than %d bytes", ErrMalformed, limit)
	}
	return content, nil
}

// create writes a new file so that a crash leaves all of it or none, and never
// over an old one: a temporary file, synced, is linked to its name, which
// fails where the name is taken, and the folder is synced.
func create(path string, content []byte) (err error) {
	folder := filepath.Dir(path)
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return err
	}
	f, err := os.CreateTemp(folder, ".key-*") // made with mode 0600
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, remove(f.Name())) }()
	_, err = f.Write(content)
	err = errors.Join(err, f.Sync(), f.Close())
	if err != nil {
		return err
	}
	if err := os.Link(f.Name(), path); errors.Is(err, fs.ErrExist) {
		return fmt.Errorf("%w: %s", ErrExists, path)
	} else if err != nil {
		return err
	}
	// The folder's own name may be new as well.
	return errors.Join(syncFolder(folder), syncFolder(filepath.Dir(folder)))
}

func remove(path string) error {
	if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}

// syncFolder makes the names in the folder last.
func syncFolder(folder string) error {
	f, err := os.Open(folder)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}
