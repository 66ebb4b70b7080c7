package root

import (
	"fmt"
	"path/filepath"

	"yizheng/keys"
)

// Rotate gives the signer other keys, from the next document on in which it is
// named. Of c it takes Public or Keys, Threshold, and what making keys needs.
// Former keys stay where they are: until then what is signed bears both.
func (f *Folder) Rotate(c Config) error {
	c, next := c.withDefaults(), f.next
	made, err := c.role(&next.Role, c.Public, c.Keys, c.Threshold, keys.UseRoot)
	if err != nil {
		return err
	}
	return f.rename(request{f.under, next}, made, c.Passphrase)
}

// RotateOnline gives the signer other on-line keys, from the next document on
// in which it is named. Of c it takes Online, Days, and what making a key
// needs.
func (f *Folder) RotateOnline(c Config) error {
	c, next := c.withDefaults(), f.next
	made, err := c.role(&next.Online.Role, c.Online, 1, 0, keys.UseOnline)
	if err != nil {
		return err
	}
	next.Online.Days = c.Days
	return f.rename(request{f.under, next}, made, c.Passphrase)
}

// rename keeps what the signer is to be named as next.
func (f *Folder) rename(r request, made []*keys.Key, passphrase []byte) error {
	if err := r.Check(); err != nil {
		return fmt.Errorf("root: %w", err)
	}
	for _, k := range made {
		if err := saveKey(f.dir, k, passphrase); err != nil {
			return err
		}
	}
	if err := writeJSON(filepath.Join(f.dir, signerFile), r); err != nil {
		return err
	}
	f.next = r.Signer
	for _, k := range made {
		f.hold(k)
	}
	return nil
}
