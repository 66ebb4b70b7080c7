package verifiertest

import (
	"fmt"

	"yizheng/license"
	"yizheng/signature"
	"yizheng/trust"
)

// Root is a root with its delegates. Three keys of each version stand in its
// document, and the first and the last of them sign.
type Root struct {
	Signers  []*Signer // the root itself, then its delegates
	Versions [][]*Key  // the keys of each version of the root, from 1
	Anchored int       // the version that a verifier is given by hand
	// Sign changes a document of the chain, and who signs it; nil changes
	// nothing.
	Sign func(d *trust.Root, by *[]*Key)
}

// Signer is a root or a delegate, with what is needed to sign for it.
type Signer struct {
	trust.Signer
	Path    string
	Private []*Key // those of the newest version; the first and the last sign
	Clerk   *Key   // of the on-line role
	// What is changed before it is signed; nil changes nothing.
	List      func(*trust.List)
	Statement func(*trust.Freshness)
}

func newRoots() ([]*Root, error) {
	delta, err := newRoot("delta", "长三角信任根(演示)", "31", "32", "33", "34")
	if err != nil {
		return nil, err
	}
	for _, d := range []struct{ name, title, territory string }{
		{"shanghai", "上海市(演示)", "31"}, {"zhejiang", "浙江省(演示)", "33"},
	} {
		s, err := newSigner("delta/"+d.name, d.name, d.title, 7, d.territory)
		if err != nil {
			return nil, err
		}
		delta.Signers = append(delta.Signers, s)
	}
	beijing, err := newRoot("beijing", "北京市信任根(演示)", "11")
	return []*Root{delta, beijing}, err
}

func newRoot(name, title string, territory ...string) (*Root, error) {
	s, err := newSigner(name, name, title, 30, territory...)
	if err != nil {
		return nil, err
	}
	return &Root{Signers: []*Signer{s}, Versions: [][]*Key{s.Private}, Anchored: 1}, nil
}

func newSigner(path, name, title string, days int, territory ...string) (*Signer, error) {
	s := &Signer{Path: path, Signer: trust.Signer{Name: name, Title: title, Territory: territory}}
	private, err := threeKeys(path, 1)
	if err != nil {
		return nil, err
	}
	s.Private, s.Role = private, roleOf(private)
	if s.Clerk, err = NewKey(signature.ES256, path+" online"); err != nil {
		return nil, err
	}
	s.Signer.Online = trust.Online{Role: trust.Role{Keys: []signature.PublicKey{s.Clerk.PublicKey()}, Threshold: 1}, Days: days}
	return s, nil
}

// threeKeys makes the keys of a version of a signer.
func threeKeys(path string, version int) (keys []*Key, _ error) {
	for i := range 3 {
		k, err := NewKey(signature.ES256, fmt.Sprintf("%s %d %d", path, version, i+1))
		if err != nil {
			return nil, err
		}
		keys = append(keys, k)
	}
	return keys, nil
}

func roleOf(keys []*Key) trust.Role {
	r := trust.Role{Threshold: 2}
	for _, k := range keys {
		r.Keys = append(r.Keys, k.PublicKey())
	}
	return r
}

func firstAndLast(keys []*Key) []*Key { return []*Key{keys[0], keys[len(keys)-1]} }

// Root finds a root by its name; nil where there is none.
func (w *World) Root(name string) *Root {
	for _, r := range w.Roots {
		if r.Signers[0].Name == name {
			return r
		}
	}
	return nil
}

// Signer finds a signer by its path; nil where there is none.
func (w *World) Signer(path string) *Signer {
	for _, r := range w.Roots {
		for _, s := range r.Signers {
			if s.Path == path {
				return s
			}
		}
	}
	return nil
}

// Rotate gives the root a new version with keys of its own.
func (r *Root) Rotate() error {
	s := r.Signers[0]
	keys, err := threeKeys(s.Path, len(r.Versions)+1)
	if err != nil {
		return err
	}
	r.Versions = append(r.Versions, keys)
	s.Private, s.Role = keys, roleOf(keys)
	return nil
}

// Usurp gives every signer other keys under the same names, as somebody would
// who sets up roots of his own.
func (w *World) Usurp() error {
	for _, r := range w.Roots {
		for _, s := range r.Signers {
			keys, err := threeKeys(s.Path, 99)
			if err != nil {
				return err
			}
			s.Private, s.Role = keys, roleOf(keys)
		}
		r.Versions = [][]*Key{r.Signers[0].Private}
	}
	return nil
}

// speaker is the nearest of a root's signers, a delegate before the root
// itself, whose territory has all the prefixes; nil where there is none.
func (r *Root) speaker(prefixes ...string) *Signer {
	for i := len(r.Signers) - 1; i >= 0; i-- {
		if trust.Territory(prefixes).Within(r.Signers[i].Territory) {
			return r.Signers[i]
		}
	}
	return nil
}

// directoryOf are the authorities that s lists.
func (w *World) directoryOf(r *Root, s *Signer) []license.Authority {
	all := []license.Authority{}
	for _, a := range w.Authorities {
		if r.speaker(string(a.Region)) == s {
			all = append(all, a)
		}
	}
	return all
}

// issuersOf are the entries that s lists.
func (w *World) issuersOf(r *Root, s *Signer) []trust.Issuer {
	all := []trust.Issuer{}
	for _, i := range w.Issuers {
		if r.speaker(string(i.Region)) == s {
			all = append(all, i.Issuer)
		}
	}
	return all
}

// agreementsOf are the agreements that s signs.
func (w *World) agreementsOf(r *Root, s *Signer) []trust.Agreement {
	all := []trust.Agreement{}
	for _, a := range w.Agreements {
		if r.speaker(a.Members...) == s {
			all = append(all, a)
		}
	}
	return all
}
