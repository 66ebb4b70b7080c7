// Package root is the signing side of trust: a folder with the root keys, the
// entries of the enrolled issuers, the directory of authorities and the
// editable policy. Start with [Create] and [Open]; [Root.Enroll] takes in an
// issuer, and [Root.Bundle] signs everything and gives the trust.json of one
// verifier.
//
// The folder holds private keys and lies outside anything that a server
// reads. Nothing else of the project imports this package but the command
// line.
package root

import (
	"bytes"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"yizheng/keys"
	"yizheng/license"
	"yizheng/signature"
	"yizheng/trust"
)

// Config is what [Create] needs; all of it may be left zero.
type Config struct {
	Roots      int                 // number of root keys, default 3
	Threshold  int                 // how many must sign, default 2
	Algorithm  signature.Algorithm // of the root keys, default ES256
	Passphrase []byte              // protects the root keys on disk; none leaves them readable to the owner
	Policy     []trust.Agreement   // what policy.json begins with; nil takes DefaultPolicy
	Random     io.Reader           // default crypto/rand
}

// Root is an open root folder. It is for one process at a time.
type Root struct {
	dir     string
	keys    []*keys.Key
	anchor  trust.Anchor // without a region
	issuers []trust.Issuer
	// authorities is the directory's source.
	authorities []license.Authority
}

// The files of the folder.
const (
	anchorFile      = "anchor.json"      // public root keys and threshold
	issuersFile     = "issuers.json"     // enrolled entries
	authoritiesFile = "authorities.json" // the directory
	policyFile      = "policy.json"      // agreements, to be edited
	sequenceDir     = "sequence"         // an empty file for each sequence that was reserved
)

// Refusals of [Root.Enroll].
var (
	ErrEnrolled  = errors.New("region is enrolled already with another entry")
	ErrAbolished = errors.New("region is abolished")
	ErrRegion    = errors.New("region is not known")
	ErrAuthority = errors.New("authority is listed already with other particulars")
)

type anchorSource struct {
	Roots     []signature.PublicKey `json:"roots"`
	Threshold int                   `json:"threshold"`
}

// Create makes a root folder with fresh keys. It refuses a folder that is
// there already and not empty.
func Create(dir string, c Config) (*Root, error) {
	if c.Roots == 0 {
		c.Roots = 3
	}
	if c.Threshold == 0 {
		c.Threshold = min(2, c.Roots)
	}
	if c.Algorithm == "" {
		c.Algorithm = signature.ES256
	}
	if c.Random == nil {
		c.Random = rand.Reader
	}
	if c.Policy == nil {
		c.Policy = DefaultPolicy()
	}
	if c.Roots < 1 || c.Threshold < 1 || c.Threshold > c.Roots {
		return nil, fmt.Errorf("root: threshold %d of %d root keys", c.Threshold, c.Roots)
	}
	if err := trust.CheckAgreements(c.Policy); err != nil {
		return nil, fmt.Errorf("root: policy: %w", err)
	}
	if entries, err := os.ReadDir(dir); err == nil && len(entries) > 0 {
		return nil, fmt.Errorf("root: %s is not empty: %w", dir, os.ErrExist)
	}
	if err := os.MkdirAll(filepath.Join(dir, sequenceDir), 0o700); err != nil {
		return nil, fmt.Errorf("root: making the folder: %w", err)
	}
	var source anchorSource
	source.Threshold = c.Threshold
	for i := range c.Roots {
		key, err := keys.Generate(keys.UseRoot, c.Algorithm, c.Random)
		if err != nil {
			return nil, fmt.Errorf("root: generating a root key: %w", err)
		}
		if err := keys.Save(keyPath(dir, i), key, c.Passphrase); err != nil {
			return nil, fmt.Errorf("root: saving a root key: %w", err)
		}
		source.Roots = append(source.Roots, key.PublicKey())
	}
	if err := os.WriteFile(filepath.Join(dir, sequenceDir, sequenceName(0)), nil, 0o600); err != nil {
		return nil, fmt.Errorf("root: making the sequence: %w", err)
	}
	for _, f := range []struct {
		name  string
		value any
	}{
		{issuersFile, []trust.Issuer{}},
		{authoritiesFile, []license.Authority{}},
		{policyFile, policySource{Agreements: c.Policy}},
		{anchorFile, source}, // last: a folder without it does not open
	} {
		if err := writeJSON(filepath.Join(dir, f.name), f.value); err != nil {
			return nil, err
		}
	}
	return Open(dir, c.Passphrase)
}

// Open opens the folder that [Create] made. It fails where a root key does
// not fit its public half.
func Open(dir string, passphrase []byte) (*Root, error) {
	var source anchorSource
	if err := readJSON(filepath.Join(dir, anchorFile), &source); err != nil {
		return nil, err
	}
	r := &Root{dir: dir, anchor: trust.Anchor{Roots: source.Roots, Threshold: source.Threshold}}
	for i, public := range source.Roots {
		key, err := keys.Load(keyPath(dir, i), passphrase)
		if err != nil {
			return nil, fmt.Errorf("root: loading a root key: %w", err)
		}
		if key.Use() != keys.UseRoot || key.PublicKey().Thumbprint() != public.Thumbprint() {
			return nil, fmt.Errorf("root: %s is not the root key %s", keyPath(dir, i), public.KeyID())
		}
		r.keys = append(r.keys, key)
	}
	if err := readJSON(filepath.Join(dir, issuersFile), &r.issuers); err != nil {
		return nil, err
	}
	if err := readJSON(filepath.Join(dir, authoritiesFile), &r.authorities); err != nil {
		return nil, err
	}
	return r, nil
}

// Anchor is what is handed to a verifier that stands in region.
func (r *Root) Anchor(region license.Region) trust.Anchor {
	a := r.anchor
	a.Region = region
	return a
}

// Issuers are the enrolled entries. The caller must not change them.
func (r *Root) Issuers() []trust.Issuer { return r.issuers }

func keyPath(dir string, i int) string {
	return filepath.Join(dir, fmt.Sprintf("root-%d.jwk", i+1))
}

func readJSON(path string, into any) error {
	b, err := os.ReadFile(path)
	if err != nil {
		return fmt.Errorf("root: reading %s: %w", filepath.Base(path), err)
	}
	d := json.NewDecoder(bytes.NewReader(b))
	d.DisallowUnknownFields() // a misspelt member of an edited file must not pass for its absence
	if err := d.Decode(into); err != nil {
		return fmt.Errorf("root: reading %s: %w", filepath.Base(path), err)
	}
	if _, err := d.Token(); err != io.EOF {
		return fmt.Errorf("root: reading %s: something follows the value", filepath.Base(path))
	}
	return nil
}
