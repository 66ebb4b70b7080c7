package root

import (
	"encoding/json"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"yizheng/license"
	"yizheng/signature"
	"yizheng/trust"
)

// ErrUnknown: no root document names the signer.
var ErrUnknown = errors.New("the signer is named by no root document that is held")

// Publish puts newly signed documents of one signer in the place of those that
// held has, and states with the on-line keys that they count from now on. With
// no documents it lengthens what is there. All the keys sign, also those that
// have the role only from the root's next document on. What comes out was opened
// by the verifier's own code.
func Publish(held *trust.Bundle, path string, clerks []signature.Signer, now time.Time, documents ...[]byte) (*trust.Bundle, error) {
	name, _, delegate := strings.Cut(path, "/")
	p := held.Of(path)
	if p == nil {
		return nil, fmt.Errorf("root: publishing for %s: %w", path, ErrUnknown)
	}
	next := desk{root: trust.Chain{Name: name, Documents: held.Documents().Of(name)}, signed: held.Documents().By(path), online: p.Signer.Online}
	if p.Freshness != nil {
		next.sequence = p.Freshness.Sequence
	}
	for _, b := range documents {
		if err := next.put(b); err != nil {
			return nil, err
		}
	}
	newer, err := next.state(path, !delegate, clerks, now)
	if err != nil {
		return nil, err
	}
	n, err := held.Update(newer)
	if err == nil && len(n.Refused) > 0 {
		err = n.Refused[0]
	}
	if err != nil {
		return nil, fmt.Errorf("root: checking what was signed: %w", err)
	}
	if after := n.Of(path); p.List != nil && after != nil {
		if err := stayClosed(p.List.Issuers, after.List); err != nil {
			return nil, err
		}
	}
	return n, nil
}

// ErrReopened: a list would make good again what a published list has closed.
var ErrReopened = errors.New("what was closed stays closed, by the same closing list")

// stayClosed refuses a list after which a key or an entry that was closed would
// not be: one that was drawn up before it was closed, and is signed only now.
// An entry may go as a whole, since nothing by its keys counts then.
func stayClosed(before []trust.Issuer, after *trust.List) error {
	for _, was := range before {
		i := -1
		if after != nil {
			i = slices.IndexFunc(after.Issuers, func(is trust.Issuer) bool { return is.Region == was.Region })
		}
		if i < 0 {
			continue
		}
		is := after.Issuers[i]
		if was.Closing != "" && is.Closing != was.Closing {
			return fmt.Errorf("root: publishing for %s: %w", was.Region, ErrReopened)
		}
		for _, key := range was.Keys {
			if next := keyOf(is.Keys, key); key.Closing != "" && next != nil && next.Closing != key.Closing {
				return fmt.Errorf("root: publishing key %s of %s: %w; ask for the district's keys again (yizheng keys compromise)",
					key.PublicKey.KeyID(), was.Region, ErrReopened)
			}
		}
	}
	return nil
}

// begin publishes the first version of a root, and gives the bundle of who
// believes it by that version.
func begin(path string, clerks []signature.Signer, now time.Time, documents ...[]byte) (*trust.Bundle, error) {
	next := desk{root: trust.Chain{Name: path}}
	for _, b := range documents {
		if err := next.put(b); err != nil {
			return nil, err
		}
	}
	if next.newest == nil {
		return nil, errors.New("root: the first thing to be published is a root document")
	}
	newer, err := next.state(path, true, clerks, now)
	if err != nil {
		return nil, err
	}
	anchor := trust.Anchor{Region: placeOf(next.newest.Territory), Roots: []trust.AnchoredRoot{trust.AnchorOf(next.newest)}}
	n, err := anchor.Open(newer)
	if err == nil && len(n.Faults) > 0 {
		err = n.Faults[0]
	}
	if err != nil {
		return nil, fmt.Errorf("root: checking what was signed: %w", err)
	}
	return n, nil
}

// placeOf is the first region of a territory: where a signer itself stands.
func placeOf(t trust.Territory) license.Region { return license.Region((t[0] + "0000")[:6]) }

// desk is what is about to be published.
type desk struct {
	root     trust.Chain
	signed   trust.SignedPublication
	online   trust.Online
	sequence uint64      // of the last statement
	newest   *trust.Root // where a root document was put
}

// put takes a signed document.
func (d *desk) put(b []byte) error {
	m, err := signature.ParseMulti(b)
	if err != nil {
		return fmt.Errorf("root: reading what is to be published: %w", err)
	}
	switch typ := m.Signatures[0].Header.Type; typ {
	case trust.TypeRoot:
		d.newest = new(trust.Root)
		if err := json.Unmarshal(m.Payload, d.newest); err != nil {
			return fmt.Errorf("root: reading a root document: %w", err)
		}
		d.root.Documents = append(d.root.Documents[:len(d.root.Documents):len(d.root.Documents)], b)
		d.online = d.newest.Online
	case trust.TypeList:
		d.signed.List = b
	case trust.TypePolicy:
		d.signed.Policy = b
	case trust.TypeAuthorities:
		d.signed.Authorities = b
	default:
		return fmt.Errorf("root: a document of typ %q is not published", typ)
	}
	return nil
}

// state signs the statement of freshness for what lies on the desk.
func (d *desk) state(path string, isRoot bool, clerks []signature.Signer, now time.Time) ([]byte, error) {
	issued := now.UTC().Truncate(time.Second)
	f := trust.Freshness{Term: trust.Term{
		Signer: path, Issued: issued, Expires: issued.Add(time.Duration(d.online.Days) * 24 * time.Hour),
		// A number that rises without anybody keeping it: several nodes may state.
		Sequence: max(d.sequence+1, uint64(issued.Unix())),
	}}
	documents := []json.RawMessage{d.signed.List, d.signed.Policy, d.signed.Authorities}
	if n := len(d.root.Documents); isRoot && n > 0 {
		documents = append([]json.RawMessage{d.root.Documents[n-1]}, documents...)
	}
	for _, b := range documents {
		if len(b) == 0 {
			continue
		}
		named, err := nameOf(b)
		if err != nil {
			return nil, err
		}
		f.Documents = append(f.Documents, named)
	}
	if able := within(clerks, d.online.Role); len(able) < d.online.Threshold {
		return nil, fmt.Errorf("root: stating that documents of %s count: %w: %d of its on-line keys, and %d must sign", path, ErrKeys, len(able), d.online.Threshold)
	}
	payload, err := json.Marshal(f)
	if err != nil {
		return nil, fmt.Errorf("root: encoding: %w", err)
	}
	d.signed.Signer = path
	if d.signed.Freshness, err = signature.SignMulti(clerks, signature.Header{Type: trust.TypeFreshness}, payload); err != nil {
		return nil, fmt.Errorf("root: stating that documents count: %w", err)
	}
	return json.Marshal(trust.Documents{Roots: []trust.Chain{d.root}, Publications: []trust.SignedPublication{d.signed}})
}

// nameOf is how a statement names a signed document.
func nameOf(signed []byte) (trust.Named, error) {
	m, err := signature.ParseMulti(signed)
	if err != nil {
		return trust.Named{}, err
	}
	var number struct{ Sequence, Version uint64 }
	if err := json.Unmarshal(m.Payload, &number); err != nil {
		return trust.Named{}, fmt.Errorf("root: reading the number of a document: %w", err)
	}
	return trust.Named{Type: m.Signatures[0].Header.Type, Sequence: number.Sequence + number.Version, SHA256: trust.Digest(m.Payload)}, nil
}

// within are those signers whose keys have the role.
func within(signers []signature.Signer, role trust.Role) (able []signature.Signer) {
	for _, s := range signers {
		if role.Has(s.PublicKey()) {
			able = append(able, s)
		}
	}
	return able
}

// Publish puts newly signed documents into the folder's bundle, and states with
// the on-line keys that lie in the folder that they count.
func (f *Folder) Publish(now time.Time, documents ...[]byte) error {
	var clerks []signature.Signer
	for _, k := range f.clerks {
		clerks = append(clerks, k)
	}
	if err := f.loadBundle(); err != nil { // somebody else may have published since the folder was opened
		return err
	}
	var n *trust.Bundle
	var err error
	if f.bundle == nil && f.under == "" {
		n, err = begin(f.Path(), clerks, now, documents...)
	} else if f.bundle == nil {
		err = fmt.Errorf("root: publishing for %s: %w", f.Path(), ErrUnknown)
	} else {
		n, err = Publish(f.bundle, f.Path(), clerks, now, documents...)
	}
	if err != nil {
		return err
	}
	return f.keep(n)
}

// Take takes in what others have published: the root's newest document, its
// delegates' lists.
func (f *Folder) Take(published []byte) error {
	if f.bundle == nil {
		return fmt.Errorf("root: taking in documents: %w", ErrUnknown)
	}
	n, err := f.bundle.Update(published)
	if err != nil {
		return err
	}
	return f.keep(n)
}

// Join gives a delegate's folder the anchor of its root, and what the root has
// published. The root must have named the delegate.
func (f *Folder) Join(trustFile []byte) error {
	n, err := trust.Load(trustFile)
	if err != nil {
		return err
	}
	if n.Of(f.Path()) == nil {
		return fmt.Errorf("root: %s: %w", f.Path(), ErrUnknown)
	}
	if f.bundle != nil {
		if merged, err := n.Update(f.bundle.Published()); err == nil {
			n = merged
		}
	}
	return f.keep(n)
}

func (f *Folder) keep(n *trust.Bundle) error {
	raw, err := n.Marshal()
	if err != nil {
		return err
	}
	if err := replaceFile(filepath.Join(f.dir, bundleFile), raw); err != nil {
		return fmt.Errorf("root: writing %s: %w", bundleFile, err)
	}
	f.bundle = n
	return nil
}
