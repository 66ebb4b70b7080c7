package backup

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
	"os"
	"time"

	"filippo.io/age"
)

// Content is what is written: files by the names that they are to have.
type Content struct {
	Manifest Manifest // Format, Version and Files are filled in by Write
	Files    []Source
	// Secret files are put in encrypted, and only with a passphrase.
	Secret     []Source
	Passphrase string
	// Work is the logarithm of what trying a passphrase costs; zero for age's
	// usual, about a second.
	Work int
}

// Source is a file on the disk, and its name in the archive.
type Source struct{ Name, Path string }

// Write writes an archive to w and gives its manifest. A file that changes
// while it is read is an error, and what was written until then is worthless.
func Write(w io.Writer, c Content) (Manifest, error) {
	m := c.Manifest
	m.Format, m.Version, m.Files = format, Version, nil
	for _, s := range c.Files {
		f, err := describe(s)
		if err != nil {
			return m, fmt.Errorf("writing the backup: %w", err)
		}
		m.Files = append(m.Files, f)
	}
	secrets, err := c.encrypted(m.At)
	if err != nil {
		return m, fmt.Errorf("writing the backup: %w", err)
	}
	if secrets != nil {
		sum := sha256.Sum256(secrets)
		m.Files = append(m.Files, File{Name: Secrets, Size: int64(len(secrets)), Mode: 0o600, SHA256: hex.EncodeToString(sum[:])})
	}
	if err := writeAll(w, m, c.Files, secrets); err != nil {
		return m, fmt.Errorf("writing the backup: %w", err)
	}
	return m, nil
}

func writeAll(w io.Writer, m Manifest, files []Source, secrets []byte) error {
	// Most of a register is what deflate does not make much smaller: sealed
	// documents and codes. Speed is worth more.
	packed, err := gzip.NewWriterLevel(w, gzip.BestSpeed)
	if err != nil {
		return err
	}
	archive := tar.NewWriter(packed)
	raw, err := json.MarshalIndent(m, "", "  ")
	if err != nil {
		return err
	}
	if err := put(archive, File{Name: manifestName, Size: int64(len(raw)), Mode: 0o644}, m.At, bytes.NewReader(raw)); err != nil {
		return err
	}
	for n, s := range files {
		if err := putFile(archive, m.Files[n], m.At, s.Path); err != nil {
			return err
		}
	}
	if secrets != nil {
		if err := put(archive, m.Files[len(m.Files)-1], m.At, bytes.NewReader(secrets)); err != nil {
			return err
		}
	}
	return errors.Join(archive.Close(), packed.Close())
}

func putFile(archive *tar.Writer, f File, at time.Time, path string) (err error) {
	from, err := os.Open(path)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, from.Close()) }()
	sum := sha256.New()
	if err := put(archive, f, at, io.TeeReader(io.LimitReader(from, f.Size), sum)); err != nil {
		return err
	}
	if f.SHA256 != "" && hex.EncodeToString(sum.Sum(nil)) != f.SHA256 {
		return fmt.Errorf("%s changed while it was read", f.Name)
	}
	return nil
}

// put writes one entry.
func put(archive *tar.Writer, f File, at time.Time, from io.Reader) error {
	header := &tar.Header{Typeflag: tar.TypeReg, Name: f.Name, Size: f.Size, Mode: int64(f.Mode.Perm()), ModTime: at, Format: tar.FormatPAX}
	if err := archive.WriteHeader(header); err != nil {
		return fmt.Errorf("%s: %w", f.Name, err)
	}
	if _, err := io.Copy(archive, from); err != nil {
		return fmt.Errorf("%s: %w", f.Name, err)
	}
	return nil
}

// describe looks at a file before it is written: the manifest comes first.
func describe(s Source) (f File, err error) {
	from, err := os.Open(s.Path)
	if err != nil {
		return f, err
	}
	defer func() { err = errors.Join(err, from.Close()) }()
	info, err := from.Stat()
	if err != nil {
		return f, err
	}
	if !info.Mode().IsRegular() {
		return f, fmt.Errorf("%s is no file", s.Path)
	}
	if err := checkName(s.Name); err != nil {
		return f, err
	}
	sum := sha256.New()
	size, err := io.Copy(sum, from)
	if err != nil {
		return f, err
	}
	return File{Name: s.Name, Size: size, Mode: info.Mode().Perm(), SHA256: hex.EncodeToString(sum.Sum(nil))}, nil
}

// encrypted gives an archive of the secrets under the passphrase, nil without
// any.
func (c Content) encrypted(at time.Time) ([]byte, error) {
	if len(c.Secret) == 0 {
		return nil, nil
	}
	recipient, err := age.NewScryptRecipient(c.Passphrase)
	if err != nil {
		return nil, fmt.Errorf("taking the passphrase: %w", err)
	}
	if c.Work != 0 {
		recipient.SetWorkFactor(c.Work)
	}
	var out bytes.Buffer
	under, err := age.Encrypt(&out, recipient)
	if err != nil {
		return nil, fmt.Errorf("encrypting: %w", err)
	}
	archive := tar.NewWriter(under)
	for _, s := range c.Secret {
		if out.Len() > maxSecrets {
			break
		}
		f, err := describe(s)
		if err != nil {
			return nil, err
		}
		if f.Size > maxSecret {
			return nil, fmt.Errorf("%s is too large to be a secret", s.Path)
		}
		if err := putFile(archive, f, at, s.Path); err != nil {
			return nil, err
		}
	}
	if err := errors.Join(archive.Close(), under.Close()); err != nil {
		return nil, fmt.Errorf("encrypting: %w", err)
	}
	if out.Len() > maxSecrets { // they would not be read again
		return nil, fmt.Errorf("%w: more than %d bytes", ErrSecrets, maxSecrets)
	}
	return out.Bytes(), nil
}
