package keys

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"yizheng/signature"
)

// A folder of keys holds
//
//	license.jwk, status.jwk, …    the active key of each use
//	next/license.jwk, …           keys that are announced and do not sign yet
//	retired/license.<kid>.jwk, …  keys that signed once
//
// The names are the uses; whether a file is encrypted shows in its content.
const (
	nextFolder    = "next"
	retiredFolder = "retired"
	extension     = ".jwk"
)

// ActivePath is where the folder keeps the active key of the use.
func ActivePath(folder string, use Use) string {
	return filepath.Join(folder, string(use)+extension)
}

// NextPath is where the folder keeps the key that will follow the active one.
// A key saved here is published with the others, so that it is on every
// verifier's trust list before it signs; [Activate] brings it into use.
func NextPath(folder string, use Use) string {
	return filepath.Join(folder, nextFolder, string(use)+extension)
}

// Ring holds the keys of one issuer: of each use the active one, and the next
// where one is announced. It is immutable.
type Ring struct {
	active, next map[Use]*Key
}

// LoadRing loads the keys of a folder, at least one, by one passphrase (or
// none). It refuses a folder that others than its owner can open, and a file
// whose key has another use than its name says. Uses without a file are left
// out: see [Ring.Key].
func LoadRing(folder string, passphrase []byte) (*Ring, error) {
	info, err := os.Stat(folder)
	if err != nil {
		return nil, fmt.Errorf("loading keys: %w", err)
	}
	if loose := info.Mode().Perm() & 0o077; !info.IsDir() || loose != 0 {
		return nil, fmt.Errorf("loading keys: %w: %s has mode %#o, must be a folder of 0700",
			ErrPermissions, folder, info.Mode().Perm())
	}
	r := &Ring{active: map[Use]*Key{}, next: map[Use]*Key{}}
	for _, use := range Uses() {
		if err := loadInto(r.active, ActivePath(folder, use), use, passphrase); err != nil {
			return nil, err
		}
		if err := loadInto(r.next, NextPath(folder, use), use, passphrase); err != nil {
			return nil, err
		}
	}
	if len(r.active) == 0 {
		return nil, fmt.Errorf("loading keys: %w in %s", ErrMissing, folder)
	}
	return r, nil
}

func loadInto(keys map[Use]*Key, path string, use Use, passphrase []byte) error {
	key, err := Load(path, passphrase)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case err != nil:
		return err
	case key.Use() != use:
		return fmt.Errorf("loading key %s: %w: it is for %q", path, ErrUse, key.Use())
	}
	keys[use] = key
	return nil
}

// NewRing takes keys as the active ones, one for each use, wherever they come
// from.
func NewRing(keys ...*Key) (*Ring, error) {
	r := &Ring{active: map[Use]*Key{}, next: map[Use]*Key{}}
	for _, key := range keys {
		if _, found := r.active[key.use]; found {
			return nil, fmt.Errorf("%w: two keys for %q", ErrUse, key.use)
		}
		r.active[key.use] = key
	}
	return r, nil
}

// Key gives the active key of the use, or [ErrMissing].
func (r *Ring) Key(use Use) (*Key, error) {
	if key, found := r.active[use]; found {
		return key, nil
	}
	return nil, fmt.Errorf("%w for %q", ErrMissing, use)
}

// Next gives the key that will follow the active one of the use, if announced.
func (r *Ring) Next(use Use) (*Key, bool) {
	key, found := r.next[use]
	return key, found
}

// Activate makes the next key of the use the active one and puts the active
// one, if there is any, among the retired. A crash leaves either the old key
// active or the new one, and never loses a file. Running issuers see it when
// they load the ring again.
func Activate(folder string, use Use, passphrase []byte) error {
	next, err := Load(NextPath(folder, use), passphrase)
	if err != nil {
		return fmt.Errorf("activating next key: %w", err)
	}
	if next.Use() != use {
		return fmt.Errorf("activating next key: %w: it is for %q", ErrUse, next.Use())
	}
	old, err := Load(ActivePath(folder, use), passphrase)
	switch {
	case errors.Is(err, fs.ErrNotExist):
	case err != nil:
		return fmt.Errorf("retiring key: %w", err)
	default:
		if err := retire(folder, old); err != nil {
			return fmt.Errorf("retiring key: %w", err)
		}
	}
	if err := os.Rename(NextPath(folder, use), ActivePath(folder, use)); err != nil {
		return fmt.Errorf("activating next key: %w", err)
	}
	return errors.Join(syncFolder(folder), syncFolder(filepath.Join(folder, nextFolder)))
}

// retire gives the active file a second name; the first is then taken by the
// next key in one step.
func retire(folder string, old *Key) error {
	retired := filepath.Join(folder, retiredFolder)
	if err := os.MkdirAll(retired, 0o700); err != nil {
		return err
	}
	name := retiredName(old.use, old.public.KeyID())
	err := os.Link(ActivePath(folder, old.use), filepath.Join(retired, name))
	if err != nil && !errors.Is(err, fs.ErrExist) { // there from an attempt that crashed
		return err
	}
	return syncFolder(retired)
}

// RetiredUse says what a key among the retired of a folder was for.
func RetiredUse(folder, keyID string) (Use, bool) {
	for _, use := range Uses() {
		if _, err := os.Stat(filepath.Join(folder, retiredFolder, retiredName(use, keyID))); err == nil {
			return use, true
		}
	}
	return "", false
}

func retiredName(use Use, keyID string) string { return string(use) + "." + keyID + extension }

// JWKS gives the public halves of the ring's keys, active and next, as a JWK
// Set (RFC 7517, 5). Each has "use":"sig" and its own use as the member
// yizheng_use.
func (r *Ring) JWKS() ([]byte, error) {
	set := struct {
		Keys []publicJWK `json:"keys"`
	}{Keys: []publicJWK{}}
	for _, use := range Uses() {
		for _, key := range []*Key{r.active[use], r.next[use]} {
			if key == nil {
				continue
			}
			m := publicJWK{Sig: "sig", Use: use}
			b, err := key.public.MarshalJSON()
			if err != nil {
				return nil, fmt.Errorf("publishing %s: %w", key, err)
			}
			if err := json.Unmarshal(b, &m); err != nil {
				return nil, fmt.Errorf("publishing %s: %w", key, err)
			}
			set.Keys = append(set.Keys, m)
		}
	}
	return json.Marshal(set)
}

// publicJWK has no member that could hold a private key.
type publicJWK struct {
	Algorithm signature.Algorithm `json:"alg"`
	Curve     string              `json:"crv"`
	KeyID     string              `json:"kid"`
	Kind      string              `json:"kty"`
	Sig       string              `json:"use"`
	X         string              `json:"x"`
	Y         string              `json:"y,omitempty"`
	Use       Use                 `json:"yizheng_use"`
}
