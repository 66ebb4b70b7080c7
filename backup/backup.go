// Package backup is the form in which a data directory is kept elsewhere: one
// file that says what is in it, and that is read back only as a whole. Start
// with [Write] and [Read].
//
// The file is a tar archive under gzip, so that it opens without this program
// too. Its first entry is manifest.json ([Manifest]), which names each further
// entry with its size and digest. What is secret lies in one entry,
// secrets.tar.age, encrypted to a passphrase in the form of age
// (age-encryption.org/v1), or is not there at all.
package backup

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"strings"
	"time"
)

// Version is that of the archive's form. A reader refuses one that it does not
// know.
const Version = 1

const (
	format       = "yizheng-backup"
	manifestName = "manifest.json"
	// Secrets names the entry that is encrypted.
	Secrets = "secrets.tar.age"
)

// Bounds on what is read. A register may be large, all else is not.
const (
	maxManifest = 4 << 20
	maxEntries  = 10_000
	maxSecret   = 16 << 20 // one file among the secrets
	maxSecrets  = 64 << 20 // all of them together, encrypted; a district has some ten of a few kilobytes
)

// Sentinels of reading.
var (
	ErrBroken     = errors.New("the backup is broken")
	ErrVersion    = errors.New("the backup has a form that this program does not know")
	ErrSecrets    = errors.New("the secrets take more room than those of an installation can")
	ErrPassphrase = errors.New("the passphrase does not open the backup's secrets")
)

// Manifest says what is in an archive. Names are slash-separated paths below
// the data directory.
type Manifest struct {
	Format  string    `json:"format"`
	Version int       `json:"version"`
	At      time.Time `json:"at"` // the register is as it was at this instant or a little later
	Program string    `json:"program"`
	Region  string    `json:"region"`
	// Register says where the register is: "sqlite" is in the archive,
	// "postgresql" has to be brought along by PostgreSQL's own means.
	Register string           `json:"register"`
	Rows     map[string]int64 `json:"rows,omitempty"` // of the register's tables
	Files    []File           `json:"files"`
}

// File is one entry of an archive.
type File struct {
	Name   string      `json:"name"`
	Size   int64       `json:"size"`
	Mode   fs.FileMode `json:"mode"`
	SHA256 string      `json:"sha256"`
}

// HasSecrets says whether keys and the like are in the archive, encrypted.
func (m Manifest) HasSecrets() bool {
	for _, f := range m.Files {
		if f.Name == Secrets {
			return true
		}
	}
	return false
}

// parseManifest reads and checks a manifest.
func parseManifest(raw []byte) (m Manifest, _ error) {
	if err := json.Unmarshal(raw, &m); err != nil || m.Format != format {
		return m, fmt.Errorf("%w: its first entry is no manifest", ErrBroken)
	}
	if m.Version != Version {
		return m, fmt.Errorf("%w: version %d", ErrVersion, m.Version)
	}
	if len(m.Files) > maxEntries {
		return m, fmt.Errorf("%w: it names %d files", ErrBroken, len(m.Files))
	}
	seen := map[string]bool{manifestName: true}
	for _, f := range m.Files {
		if err := checkName(f.Name); err != nil || seen[f.Name] || f.Size < 0 || f.Mode&^0o777 != 0 {
			return m, fmt.Errorf("%w: it names the file %q", ErrBroken, f.Name)
		}
		seen[f.Name] = true
	}
	return m, nil
}

// checkName refuses what would be written elsewhere than below the directory.
func checkName(name string) error {
	if !fs.ValidPath(name) || name == "." || strings.ContainsAny(name, "\\\x00") || path.Clean(name) != name {
		return fmt.Errorf("%w: %q is no name of a file", ErrBroken, name)
	}
	return nil
}
