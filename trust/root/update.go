package root

import (
	"bytes"
	"encoding/json"
	"fmt"
	"time"

	"yizheng/license"
	"yizheng/signature"
	"yizheng/trust"
)

// renewal is how long before its end a document is signed anew though nothing
// has changed.
const renewal = trust.Lifetime / 2

// Update signs what has changed, or is half a year old, with the keys that lie
// in the folder, and states that everything counts. Where too few keys lie
// there and something is to be signed, it is [ErrKeys].
func (f *Folder) Update(now time.Time) error {
	var documents [][]byte
	for _, kind := range Kinds() {
		if kind == "root" && f.under != "" {
			continue
		}
		due, err := f.Due(kind, now)
		if err != nil {
			return err
		}
		if !due {
			continue
		}
		draft, err := f.Draft(kind, now)
		if err != nil {
			return err
		}
		signed, err := f.sign(draft)
		if err != nil {
			return fmt.Errorf("root: signing %s: %w", kind, err)
		}
		documents = append(documents, signed)
	}
	return f.Publish(now, documents...)
}

// BundleFor signs as [Folder.Update] does and gives the trust.json of a verifier
// that stands in region.
func (f *Folder) BundleFor(region license.Region, now time.Time) ([]byte, error) {
	if err := f.Update(now); err != nil {
		return nil, err
	}
	return f.bundle.In(region).Marshal()
}

// Due says whether a document of a kind is to be signed: there is none, the
// folder holds something else, the keys that are to be named next have not
// signed it, or it will end before long.
func (f *Folder) Due(kind string, now time.Time) (bool, error) {
	p := f.published()
	if p == nil {
		return true, nil
	}
	if kind == "root" {
		return f.rootDue(p.Root, now), nil
	}
	held, term, raw := partOf(p, f.bundle.Documents().By(f.Path()), kind)
	if held == nil || now.Add(renewal).After(term.Expires) || !signedBy(raw, f.next.Role, kinds[kind]) {
		return true, nil
	}
	content, err := f.content(kind)
	if err != nil {
		return false, err
	}
	return !same(content(term), held), nil
}

func (f *Folder) rootDue(held *trust.Root, now time.Time) bool {
	return now.Add(renewal).After(held.Expires) || !same(held.Signer, f.next) || !same(append([]trust.Signer{}, held.Delegates...), f.delegates)
}

// partOf is a document of p with its term, and as it was signed.
func partOf(p *trust.Publication, signed trust.SignedPublication, kind string) (document any, term trust.Term, raw json.RawMessage) {
	switch {
	case kind == "list" && p.List != nil:
		return p.List, p.List.Term, signed.List
	case kind == "policy" && p.Policy != nil:
		return p.Policy, p.Policy.Term, signed.Policy
	case kind == "authorities" && p.Directory != nil:
		return p.Directory, p.Directory.Term, signed.Authorities
	}
	return nil, term, nil
}

func signedBy(raw json.RawMessage, role trust.Role, typ string) bool {
	m, err := signature.ParseMulti(raw)
	return err == nil && m.Verify(role.Keys, role.Threshold, typ) == nil
}

// roles are those who must sign a document: the signer as it is named now and
// as it is to be named next, so that nothing breaks while its keys change.
func (f *Folder) roles() []trust.Role {
	roles := []trust.Role{f.next.Role}
	if p := f.published(); p != nil && !same(p.Signer.Role, f.next.Role) {
		roles = append(roles, p.Signer.Role)
	}
	return roles
}

// sign signs a draft with the keys that lie in the folder.
func (f *Folder) sign(d Draft) ([]byte, error) {
	var here, signers []signature.Signer
	for _, k := range f.keys {
		here = append(here, k)
	}
	for _, role := range f.roles() {
		able := within(here, role)
		if len(able) < role.Threshold {
			return nil, fmt.Errorf("%w: %d, and %d must sign", ErrKeys, len(able), role.Threshold)
		}
		for _, s := range able {
			if len(within(signers, trust.Role{Keys: []signature.PublicKey{s.PublicKey()}})) == 0 {
				signers = append(signers, s)
			}
		}
	}
	return Sign(d, signers...)
}

// Signatures says of each key that must sign a document of the signer whether
// it has, and how many are lacking still.
func (f *Folder) Signatures(signed []byte) (by, lacking []string, missing int, err error) {
	m, err := signature.ParseMulti(signed)
	if err != nil {
		return nil, nil, 0, err
	}
	typ := m.Signatures[0].Header.Type
	for _, role := range f.roles() {
		have := 0
		for _, k := range role.Keys {
			if m.Verify([]signature.PublicKey{k}, 1, typ) == nil {
				have++
				by = append(by, k.KeyID())
			} else {
				lacking = append(lacking, k.KeyID())
			}
		}
		missing += max(0, role.Threshold-have)
	}
	return by, lacking, missing, nil
}

// same compares two values by their JSON form, which is what is signed.
func same(a, b any) bool {
	x, errX := json.Marshal(a)
	y, errY := json.Marshal(b)
	return errX == nil && errY == nil && bytes.Equal(x, y)
}
