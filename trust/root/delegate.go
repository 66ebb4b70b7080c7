package root

import (
	"encoding/json"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"yizheng/trust"
)

// Delegate names a delegate in the root's next document, or names it anew. What
// is given is the signer.json of its folder.
func (f *Folder) Delegate(requested []byte) (trust.Signer, error) {
	if f.under != "" {
		return trust.Signer{}, errors.New("root: only a root names delegates")
	}
	var r request
	if err := json.Unmarshal(requested, &r); err != nil {
		return trust.Signer{}, fmt.Errorf("root: reading the request of a delegate: %w", err)
	}
	if r.Under != f.next.Name {
		return trust.Signer{}, fmt.Errorf("root: %s asks root %q to name it, and this is %s", r.Name, r.Under, f.next.Name)
	}
	delegates := slices.DeleteFunc(slices.Clone(f.delegates), func(d trust.Signer) bool { return d.Name == r.Name })
	delegates = append(delegates, r.Signer)
	slices.SortFunc(delegates, func(a, b trust.Signer) int { return strings.Compare(a.Name, b.Name) })
	for _, issuer := range f.issuers {
		if r.Territory.Has(issuer.Region) {
			return trust.Signer{}, fmt.Errorf("root: %s is enrolled here, and %s is to speak for it: take it out first", issuer.Region, r.Name)
		}
	}
	return r.Signer, f.setDelegates(delegates)
}

// Dismiss takes a delegate out of the root's next document.
func (f *Folder) Dismiss(name string) error {
	delegates := slices.DeleteFunc(slices.Clone(f.delegates), func(d trust.Signer) bool { return d.Name == name })
	if len(delegates) == len(f.delegates) {
		return fmt.Errorf("root: %s has no delegate %q", f.next.Name, name)
	}
	return f.setDelegates(delegates)
}

// Delegates are those that the next root document names.
func (f *Folder) Delegates() []trust.Signer { return f.delegates }

func (f *Folder) setDelegates(delegates []trust.Signer) error {
	r := trust.Root{Version: 1, Signer: f.next, Delegates: delegates}
	if err := r.Check(); err != nil {
		return fmt.Errorf("root: %w", err)
	}
	if err := writeJSON(filepath.Join(f.dir, delegatesFile), delegates); err != nil {
		return err
	}
	f.delegates = delegates
	return nil
}
