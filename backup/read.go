package backup

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"filippo.io/age"
)

// Order says how an archive is to be laid down.
type Order struct {
	// Last names the file that makes the directory one that can be used. It
	// appears when everything else is there and every digest was right.
	Last string
	// Passphrase opens the secrets; they are left out where it is empty.
	Passphrase string
	// Before is called when all is there but the last file, which lies at path
	// meanwhile and may be rewritten; nil for nothing.
	Before func(m Manifest, path string) error
}

// Read checks an archive and lays its files into dir, which must be an empty
// directory. After an error dir is empty again.
func Read(r io.Reader, dir string, o Order) (m Manifest, err error) {
	there, err := os.ReadDir(dir)
	if err != nil {
		return m, fmt.Errorf("restoring: %w", err)
	}
	if len(there) > 0 {
		return m, fmt.Errorf("restoring: %s is not empty: %w", dir, fs.ErrExist)
	}
	if m, err = lay(r, dir, o); err != nil {
		return m, errors.Join(fmt.Errorf("restoring: %w", err), empty(dir))
	}
	return m, nil
}

func empty(dir string) error {
	laid, err := os.ReadDir(dir)
	for _, e := range laid {
		err = errors.Join(err, os.RemoveAll(filepath.Join(dir, e.Name())))
	}
	return err
}

// pending is what the last file is called until all is well.
const pending = ".restoring"

func lay(r io.Reader, dir string, o Order) (m Manifest, err error) {
	packed, err := gzip.NewReader(r)
	if err != nil {
		return m, fmt.Errorf("%w: %w", ErrBroken, err)
	}
	archive := tar.NewReader(packed)
	first, err := archive.Next()
	if err != nil || first.Name != manifestName || first.Size > maxManifest {
		return m, fmt.Errorf("%w: it does not begin with a manifest", ErrBroken)
	}
	raw, err := io.ReadAll(archive)
	if err != nil {
		return m, fmt.Errorf("%w: %w", ErrBroken, err)
	}
	if m, err = parseManifest(raw); err != nil {
		return m, err
	}
	var secrets []byte
	found := false
	for _, f := range m.Files {
		header, err := archive.Next()
		if err != nil || header.Name != f.Name || header.Size != f.Size || header.Typeflag != tar.TypeReg {
			return m, fmt.Errorf("%w: %s is not where the manifest says", ErrBroken, f.Name)
		}
		switch f.Name {
		case Secrets:
			if f.Size > maxSecrets { // they are held in memory
				return m, fmt.Errorf("%w: %d bytes", ErrSecrets, f.Size)
			}
			var out bytes.Buffer
			err = copyChecked(&out, archive, f)
			secrets = out.Bytes()
		case o.Last:
			found = true
			err = layFile(archive, filepath.Join(dir, pending), f)
		default:
			err = layFile(archive, filepath.Join(dir, filepath.FromSlash(f.Name)), f)
		}
		if err != nil {
			return m, err
		}
	}
	if _, err := archive.Next(); err != io.EOF {
		return m, fmt.Errorf("%w: there is more than the manifest names", ErrBroken)
	}
	// To the very end, where gzip has its check.
	if _, err := io.Copy(io.Discard, packed); err != nil {
		return m, fmt.Errorf("%w: %w", ErrBroken, err)
	}
	if !found {
		return m, fmt.Errorf("%w: it has no %s", ErrBroken, o.Last)
	}
	if secrets != nil && o.Passphrase != "" {
		if err := laySecrets(secrets, dir, o.Passphrase); err != nil {
			return m, err
		}
	}
	if o.Before != nil {
		if err := o.Before(m, filepath.Join(dir, pending)); err != nil {
			return m, err
		}
	}
	if err := os.Rename(filepath.Join(dir, pending), filepath.Join(dir, o.Last)); err != nil {
		return m, err
	}
	return m, syncFolder(dir)
}

// copyChecked copies an entry and compares its digest.
func copyChecked(w io.Writer, from io.Reader, f File) error {
	sum := sha256.New()
	n, err := io.Copy(io.MultiWriter(w, sum), from)
	var full *fs.PathError
	switch {
	case errors.As(err, &full):
		return err // ours: the disk
	case err != nil:
		return fmt.Errorf("%w: %s: %w", ErrBroken, f.Name, err)
	case n != f.Size || hex.EncodeToString(sum.Sum(nil)) != f.SHA256:
		return fmt.Errorf("%w: %s is not what was written", ErrBroken, f.Name)
	}
	return nil
}

func layFile(from io.Reader, path string, f File) (err error) {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return err
	}
	to, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, f.Mode.Perm())
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, to.Close()) }()
	if err := copyChecked(to, from, f); err != nil {
		return err
	}
	return errors.Join(to.Chmod(f.Mode.Perm()), to.Sync())
}

// laySecrets decrypts the secrets and lays them down. Their encryption is
// authenticated, so they need no digests.
func laySecrets(raw []byte, dir, passphrase string) error {
	identity, err := age.NewScryptIdentity(passphrase)
	if err != nil {
		return fmt.Errorf("%w: %w", ErrPassphrase, err)
	}
	plain, err := age.Decrypt(bytes.NewReader(raw), identity)
	if err != nil {
		return fmt.Errorf("%w: %w", ErrPassphrase, err)
	}
	archive := tar.NewReader(plain)
	for {
		header, err := archive.Next()
		if err == io.EOF {
			break
		}
		if err != nil || header.Typeflag != tar.TypeReg || header.Size > maxSecret {
			return fmt.Errorf("%w: its secrets cannot be read", ErrBroken)
		}
		if err := checkName(header.Name); err != nil {
			return err
		}
		content, err := io.ReadAll(archive)
		if err != nil {
			return fmt.Errorf("%w: its secrets end early", ErrBroken)
		}
		sum := sha256.Sum256(content)
		f := File{Name: header.Name, Size: header.Size, Mode: fs.FileMode(header.Mode).Perm(), SHA256: hex.EncodeToString(sum[:])}
		if err := layFile(bytes.NewReader(content), filepath.Join(dir, filepath.FromSlash(f.Name)), f); err != nil {
			return err
		}
	}
	if _, err := io.Copy(io.Discard, plain); err != nil {
		return fmt.Errorf("%w: its secrets end early", ErrBroken)
	}
	return nil
}

func syncFolder(dir string) error {
	folder, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(folder.Sync(), folder.Close())
}
