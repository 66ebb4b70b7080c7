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
	"yizheng/trust"
)

// Folder is the open folder of a signer. It is for one caller at a time: while
// it is open no other process opens it ([ErrLocked]). Who has it closes it.
type Folder struct {
	lock        *os.File
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

// OnlineKeys gives those of the signer's on-line keys that lie in the folder.
func (f *Folder) OnlineKeys() []*keys.Key { return slices.Clone(f.clerks) }

// The files of the folder.
const (
	signerFile      = "signer.json"      // what a root is asked to name, or the root itself
	delegatesFile   = "delegates.json"   // of a root: those that its next document names
	issuersFile     = "issuers.json"     // enrolled entries
	authoritiesFile = "authorities.json" // the directory
	policyFile      = "policy.json"      // agreements, to be edited
	rekeyedFile     = "rekeyed.json"     // by region, the newest list when its keys were last changed
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

// Open opens the folder that [Create] made. It is [ErrLocked] where another
// process has it open.
func Open(dir string, passphrase []byte) (*Folder, error) {
	if _, err := os.Stat(filepath.Join(dir, signerFile)); err != nil {
		return nil, fmt.Errorf("root: opening the folder: %w", err) // and no lock is left where there is none
	}
	return locked(dir, func(f *Folder) error { return f.load(passphrase) })
}

// locked takes a folder for this process and fills it in.
func locked(dir string, load func(*Folder) error) (*Folder, error) {
	held, err := lockFolder(dir)
	if err != nil {
		return nil, err
	}
	f := &Folder{dir: dir, lock: held}
	if err := load(f); err != nil {
		f.Close()
		return nil, err
	}
	return f, nil
}

// Close lets others open the folder. All that was done lies on the disk already.
func (f *Folder) Close() { _ = f.lock.Close() }

// load reads what lies in the folder.
func (f *Folder) load(passphrase []byte) error {
	var r request
	if err := readJSON(filepath.Join(f.dir, signerFile), &r); err != nil {
		return err
	}
	if err := r.Check(); err != nil {
		return fmt.Errorf("root: reading %s: %w", signerFile, err)
	}
	f.under, f.next = r.Under, r.Signer
	for name, into := range map[string]any{delegatesFile: &f.delegates, issuersFile: &f.issuers, authoritiesFile: &f.authorities} {
		if err := readJSON(filepath.Join(f.dir, name), into); err != nil {
			return err
		}
	}
	if err := f.loadBundle(); err != nil {
		return err
	}
	return f.loadKeys(passphrase)
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
