package root

import (
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

// ErrVoid: what was stated last of a signer is not believed any more, so that
// nothing says which of the documents that lie there count.
var ErrVoid = errors.New("no statement that is believed says which of its documents count: all of them are to be published again, together")

// Publish puts newly signed documents of one signer in the place of those that
// held has, and states with the on-line keys that they count from now on. With
// no documents it lengthens what was stated before, of which nothing may be amiss.
// All the keys sign, also those that have the role only from the root's next
// document on. What comes out was opened by the verifier's own code.
func Publish(held *trust.Bundle, path string, clerks []signature.Signer, now time.Time, documents ...[]byte) (*trust.Bundle, error) {
	name, _, delegate := strings.Cut(path, "/")
	p := held.Of(path)
	if p == nil {
		return nil, fmt.Errorf("root: publishing for %s: %w", path, ErrUnknown)
	}
	next := desk{root: trust.Chain{Name: name, Documents: held.Documents().Of(name)}, signed: held.Documents().By(path), online: p.Signer.Online, stated: p.Freshness}
	for _, b := range documents {
		if err := next.lay(b); err != nil {
			return nil, err
		}
	}
	if p.Freshness != nil && next.online.MetBy(p.SignedBy[trust.FreshnessPart]) {
		next.sequence = p.Freshness.Sequence
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
	if fault := faultIn(n, path); fault != nil {
		return nil, fmt.Errorf("root: checking what was signed: %w", fault)
	}
	if after := n.Of(path); p.List != nil && after != nil {
		if err := stayClosed(p.List.Issuers, after.List); err != nil {
			return nil, err
		}
	}
	return n, nil
}

// faultIn gives the first thing of a signer that is left out of a bundle; nil
// where all of it is believed.
func faultIn(b *trust.Bundle, path string) *trust.Error {
	if i := slices.IndexFunc(b.Faults, func(fault *trust.Error) bool { return fault.Signer == path }); i >= 0 {
		return b.Faults[i]
	}
	return nil
}

// begin publishes the first version of a root, and gives the bundle of who
// believes it by that version.
func begin(path string, clerks []signature.Signer, now time.Time, documents ...[]byte) (*trust.Bundle, error) {
	next := desk{root: trust.Chain{Name: path}}
	for _, b := range documents {
		if err := next.lay(b); err != nil {
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
