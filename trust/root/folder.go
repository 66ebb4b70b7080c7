// Package root is the signing side of trust: the folder of a signer, which is a
// root or one of its delegates. It holds what the signer is about to sign — the
// entries of the enrolled issuers, the directory of authorities, the editable
// policy and, of a root, whom it names for delegates — and the bundle of what
// was signed. Start with [Create] and [Open].
//
// Keys may lie in the folder, and then [Folder.Update] does everything at once;
// or with people on other machines, who sign what [Folder.Draft] gives them,
// see [Sign], [Combine] and [Folder.Publish]. The folder lies outside anything
// that a server reads; only the on-line key may lie on one, see [Publish].
package root

import (
	"bytes"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"yizheng/keys"
	"yizheng/license"
	"yizheng/signature"
	"yizheng/trust"
)

// Config is what [Create] needs. Name, Title and Territory are required.
type Config struct {
	Name      string
	Title     string
	Territory trust.Territory
	Under     string // the root whose delegate it is to be; empty for a root

	Public    []signature.PublicKey // the keys, where they lie with others; none makes Keys of them in the folder
	Keys      int                   // how many to make, default 3
	Threshold int                   // how many must sign, default all but one
	Algorithm signature.Algorithm   // of keys that are made, default ES256
	Online    []signature.PublicKey // the on-line keys, where they lie elsewhere; none makes one in the folder
	Days      int                   // the longest term of an on-line statement, default 7

	Passphrase []byte            // protects keys on disk; none leaves them readable to the owner
	Policy     []trust.Agreement // what policy.json begins with
	Random     io.Reader         // default crypto/rand
}

// Folder is the open folder of a signer. It is for one process at a time.
type Folder struct {
	dir         string
	under       string       // the root above; empty for a root
	next        trust.Signer // as it is to be named
	delegates   []trust.Signer
	issuers     []trust.Issuer
	authorities []license.Authority
	keys        []*keys.Key // of next, as far as they lie here
	clerks      []*keys.Key // on-line keys, as far as they lie here
	bundle      *trust.Bundle
}

// The files of the folder.
const (
	signerFile      = "signer.json"      // what a root is asked to name, or the root itself
	delegatesFile   = "delegates.json"   // of a root: those that its next document names
	issuersFile     = "issuers.json"     // enrolled entries
	authoritiesFile = "authorities.json" // the directory
	policyFile      = "policy.json"      // agreements, to be edited
	bundleFile      = "trust.json"       // what was signed, and by which anchor it is believed
	sequenceDir     = "sequence"         // an empty file for each sequence that was reserved
)

// ErrKeys: fewer of the keys lie in the folder than must sign.
var ErrKeys = errors.New("not enough keys lie in the folder")

// request is signer.json: what a delegate hands to its root.
type request struct {
	Under string `json:"under,omitempty"`
	trust.Signer
}

// Create makes the folder of a signer. It refuses one that is there already
// and not empty.
func Create(dir string, c Config) (*Folder, error) {
	c = c.withDefaults()
	if c.Under != "" && !trust.SignerName(c.Under) {
		return nil, fmt.Errorf("root: %q is no name of a root", c.Under)
	}
	if err := trust.CheckAgreements(c.Policy); err != nil {
		return nil, fmt.Errorf("root: policy: %w", err)
	}
	if entries, err := os.ReadDir(dir); err == nil && len(entries) > 0 {
		return nil, fmt.Errorf("root: %s is not empty: %w", dir, os.ErrExist)
	}
	r := request{Under: c.Under, Signer: trust.Signer{Name: c.Name, Title: c.Title, Territory: c.Territory}}
	private, err := c.role(&r.Role, c.Public, c.Keys, c.Threshold, keys.UseRoot)
	if err != nil {
		return nil, err
	}
	clerks, err := c.role(&r.Online.Role, c.Online, 1, 0, keys.UseOnline)
	if err != nil {
		return nil, err
	}
	r.Online.Days = c.Days
	if err := r.Check(); err != nil {
		return nil, fmt.Errorf("root: %w", err)
	}
	if err := os.MkdirAll(filepath.Join(dir, sequenceDir), 0o700); err != nil {
		return nil, fmt.Errorf("root: making the folder: %w", err)
	}
	for _, k := range append(private, clerks...) {
		if err := saveKey(dir, k, c.Passphrase); err != nil {
			return nil, err
		}
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
		{delegatesFile, []trust.Signer{}},
		{signerFile, r}, // last: a folder without it does not open
	} {
		if err := writeJSON(filepath.Join(dir, f.name), f.value); err != nil {
			return nil, err
		}
	}
	return Open(dir, c.Passphrase)
}

func (c Config) withDefaults() Config {
	if c.Keys == 0 {
		c.Keys = 3
	}
	if c.Algorithm == "" {
		c.Algorithm = signature.ES256
	}
	if c.Days == 0 {
		c.Days = 7
	}
	if c.Random == nil {
		c.Random = rand.Reader
	}
	if c.Policy == nil {
		c.Policy = []trust.Agreement{}
	}
	return c
}

// role fills in a role: with the public keys of others, or else with n new ones,
// whose private halves it gives. Where threshold is zero all but one of the keys
// must sign, and a single one by itself.
func (c Config) role(r *trust.Role, public []signature.PublicKey, n, threshold int, use keys.Use) (private []*keys.Key, _ error) {
	if r.Keys = slices.Clone(public); len(public) == 0 {
		for range n {
			k, err := keys.Generate(use, c.Algorithm, c.Random)
			if err != nil {
				return nil, fmt.Errorf("root: generating a key: %w", err)
			}
			private, r.Keys = append(private, k), append(r.Keys, k.PublicKey())
		}
	}
	if r.Threshold = threshold; threshold == 0 {
		r.Threshold = max(1, len(r.Keys)-1)
	}
	return private, nil
}

// Open opens the folder that [Create] made.
func Open(dir string, passphrase []byte) (*Folder, error) {
	var r request
	if err := readJSON(filepath.Join(dir, signerFile), &r); err != nil {
		return nil, err
	}
	if err := r.Check(); err != nil {
		return nil, fmt.Errorf("root: reading %s: %w", signerFile, err)
	}
	f := &Folder{dir: dir, under: r.Under, next: r.Signer}
	for name, into := range map[string]any{delegatesFile: &f.delegates, issuersFile: &f.issuers, authoritiesFile: &f.authorities} {
		if err := readJSON(filepath.Join(dir, name), into); err != nil {
			return nil, err
		}
	}
	if err := f.loadBundle(); err != nil {
		return nil, err
	}
	return f, f.loadKeys(passphrase)
}

// loadBundle reads what was published so far, if anything was.
func (f *Folder) loadBundle() error {
	raw, err := os.ReadFile(filepath.Join(f.dir, bundleFile))
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("root: reading %s: %w", bundleFile, err)
	}
	if f.bundle, err = trust.Load(raw); err != nil {
		return fmt.Errorf("root: loading %s: %w", bundleFile, err)
	}
	return nil
}

// loadKeys loads those keys that lie in the folder, former ones too: a new
// root document is signed by the keys of the one before.
func (f *Folder) loadKeys(passphrase []byte) error {
	paths, err := filepath.Glob(filepath.Join(f.dir, "*.jwk"))
	if err != nil {
		return fmt.Errorf("root: looking for keys: %w", err)
	}
	for _, path := range paths {
		k, err := keys.Load(path, passphrase)
		if err != nil {
			return fmt.Errorf("root: loading a key: %w", err)
		}
		if k.Use() != keys.UseRoot && k.Use() != keys.UseOnline {
			return fmt.Errorf("root: %s is a key for %s", filepath.Base(path), k.Use())
		}
		f.hold(k)
	}
	return nil
}

func (f *Folder) hold(k *keys.Key) {
	if k.Use() == keys.UseOnline {
		f.clerks = append(f.clerks, k)
	} else {
		f.keys = append(f.keys, k)
	}
}

// saveKey puts a new key into the folder.
func saveKey(dir string, k *keys.Key, passphrase []byte) error {
	if err := keys.Save(filepath.Join(dir, "key-"+k.PublicKey().KeyID()+".jwk"), k, passphrase); err != nil {
		return fmt.Errorf("root: saving a key: %w", err)
	}
	return nil
}

// Path names the signer within bundles.
func (f *Folder) Path() string {
	if f.under == "" {
		return f.next.Name
	}
	return f.under + "/" + f.next.Name
}

// Signer is the signer as it is to be named in a root document.
func (f *Folder) Signer() trust.Signer { return f.next }

// Bundle is what was signed, nil where nothing was or, of a delegate, where
// [Folder.Join] has not brought its root yet.
func (f *Folder) Bundle() *trust.Bundle { return f.bundle }

// Issuers are the enrolled entries. The caller must not change them.
func (f *Folder) Issuers() []trust.Issuer { return f.issuers }

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
