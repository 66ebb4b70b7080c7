package root

import (
	"crypto/rand"
	"fmt"
	"io"
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

// Create makes the folder of a signer, and opens it. It refuses one that is
// there already and not empty.
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
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("root: making the folder: %w", err)
	}
	return locked(dir, func(f *Folder) error {
		if err := fill(dir, r, append(private, clerks...), c); err != nil {
			return err
		}
		return f.load(c.Passphrase)
	})
}

// fill writes what is in a new folder.
func fill(dir string, r request, made []*keys.Key, c Config) error {
	if err := os.Mkdir(filepath.Join(dir, sequenceDir), 0o700); err != nil { // where another was quicker it is there
		return fmt.Errorf("root: making the folder: %w", err)
	}
	for _, k := range made {
		if err := saveKey(dir, k, c.Passphrase); err != nil {
			return err
		}
	}
	if err := os.WriteFile(filepath.Join(dir, sequenceDir, sequenceName(0)), nil, 0o600); err != nil {
		return fmt.Errorf("root: making the sequence: %w", err)
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
			return err
		}
	}
	return nil
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

// saveKey puts a new key into the folder.
func saveKey(dir string, k *keys.Key, passphrase []byte) error {
	if err := keys.Save(filepath.Join(dir, "key-"+k.PublicKey().KeyID()+".jwk"), k, passphrase); err != nil {
		return fmt.Errorf("root: saving a key: %w", err)
	}
	return nil
}
