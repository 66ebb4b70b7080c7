package trust

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"yizheng/license"
)

// assemble builds a bundle of the documents that are given and, where these
// are worse or there are none, of those that are held already.
func assemble(a Anchor, held *Bundle, given Documents) *Bundle {
	b := &Bundle{Anchor: a, byRegion: make(map[license.Region]*Issuer), byKey: make(map[string][]KeyOf)}
	for i, root := range a.Roots {
		r := reading{anchored: root, given: given}
		if held != nil {
			r.held, r.before = held.documents, held.Roots[i]
		}
		b.take(r.choose())
	}
	return b
}

// reading is what comes of the documents of one root and its delegates.
type reading struct {
	anchored    AnchoredRoot
	held, given Documents
	before      []*Root        // that was followed with what is held
	formerly    []*Publication // that were believed by it, where a newer one is read

	roots           []*Root
	documents       Documents
	publications    []*Publication
	faults, refused []*Error
}

// choose goes by the chain that is given, where that goes on from the one that
// is held and leaves nothing of its root worse; else by what is held.
func (r reading) choose() reading {
	name, offered := r.anchored.Name, r.given.Of(r.anchored.Name)
	roots, err := r.anchored.follow(offered)
	if len(r.before) == 0 {
		if err != nil {
			r.faults = []*Error{faultOf(name, RootPart, err)}
			return r
		}
		return r.read(roots, offered)
	}
	if err == nil {
		err = goesOn(r.before, roots)
	}
	documents := r.held.Of(name)
	if err == nil && len(roots) == len(r.before) && len(offered) >= len(documents) {
		documents = offered // the same, and perhaps without what somebody has written beside
	}
	kept := r.read(r.before, documents)
	if err == nil && len(roots) > len(r.before) {
		newer := r
		newer.formerly = kept.publications
		newer = newer.read(roots, offered)
		if err = newer.worseThan(kept); err == nil {
			return newer
		}
	}
	if err != nil && len(offered) > 0 {
		kept.refused = slices.Insert(kept.refused, 0, faultOf(name, RootPart, err))
	}
	return kept
}

// worseThan says why a newer chain is not taken in the place of the one that is
// kept: nobody states that it counts, or what its root has published with it is
// amiss or older. Whoever carries the documents could blind a verifier by such a
// mixture, or set it back.
func (r reading) worseThan(kept reading) error {
	p := r.publications[0]
	for _, fault := range slices.Concat(r.refused, r.faults) {
		if fault.Signer == p.Path() && (p.Freshness == nil || !kept.lacks(fault)) {
			return &Error{Reason: fault.Reason, Err: fmt.Errorf("what its root has published with it: %w", fault)}
		}
	}
	if p.Freshness == nil {
		return &Error{Reason: Missing, Err: errors.New("nothing states that it counts")}
	}
	return nil
}

// lacks says whether the part of a signer that a fault is about is not believed
// here either.
func (r reading) lacks(fault *Error) bool {
	return r.publications[0].Freshness == nil || slices.ContainsFunc(r.faults, func(e *Error) bool { return e.Signer == fault.Signer && e.Part == fault.Part })
}

// goesOn refuses a chain that does not go on from the one that is held: a thief
// of keys that a root has given up could make another one from an older
// version.
func goesOn(held, roots []*Root) error {
	n := len(held)
	if n > 0 && (len(roots) < n || roots[n-1].digest != held[n-1].digest) {
		return &Error{Reason: RolledBack, Err: fmt.Errorf("it does not go on from version %d, which is held", held[n-1].Version)}
	}
	return nil
}

// read reads the publications of the newest root and its delegates.
func (r reading) read(roots []*Root, documents []json.RawMessage) reading {
	r.roots, r.documents.Roots = roots, []Chain{{r.anchored.Name, documents}}
	root := roots[len(roots)-1]
	for _, s := range root.signers() {
		signer := Publication{Root: root, Signer: s, believed: r.anchored.Territory}
		if len(r.publications) > 0 {
			signer.Above = r.publications[0]
		}
		r.readSigner(signer)
	}
	return r
}

// readSigner reads what is given of a signer and what is held, and takes what
// is given if nothing is wrong with it and it is not older.
func (r *reading) readSigner(signer Publication) {
	ours, theirs := signer, signer
	raw, offered := r.held.By(signer.Path()), r.given.By(signer.Path())
	faults, refused := ours.read(raw), theirs.read(offered)
	older := theirs.olderThan(r.numbers(&ours, raw))
	p := &ours
	switch whole := len(refused) == 0; {
	case !theirs.Stated:
	case len(older) == 0 && (whole || ours.Freshness == nil):
		p, raw, faults, refused = &theirs, offered, refused, nil
	case whole:
		refused = older
	}
	r.publications = append(r.publications, p)
	r.faults, r.refused = append(r.faults, faults...), append(r.refused, refused...)
	if p.Stated {
		r.documents.Publications = append(r.documents.Publications, raw)
	}
}

// take adds what came of one root.
func (b *Bundle) take(r reading) {
	b.Roots = append(b.Roots, r.roots)
	b.Faults, b.Refused = append(b.Faults, r.faults...), append(b.Refused, r.refused...)
	b.documents.Roots = append(b.documents.Roots, r.documents.Roots...)
	b.documents.Publications = append(b.documents.Publications, r.documents.Publications...)
	b.Publications = append(b.Publications, r.publications...)
	for _, p := range r.publications {
		b.index(p)
	}
}

// index prepares the look-ups. List.check has made sure that neither regions
// nor key ids occur twice in a list, and no two signers speak for a region.
func (b *Bundle) index(p *Publication) {
	if p.List == nil {
		return
	}
	for i := range p.List.Issuers {
		issuer := &p.List.Issuers[i]
		if !p.SpeaksFor(issuer.Region) {
			continue // of a region for which the root is not believed here
		}
		b.Issuers = append(b.Issuers, issuer)
		b.byRegion[issuer.Region] = issuer
		for _, k := range issuer.Keys {
			id := k.PublicKey.KeyID()
			b.byKey[id] = append(b.byKey[id], KeyOf{Key: k, Issuer: issuer, By: p})
		}
	}
}

// Of gives the chain of a root, empty where there is none.
func (d Documents) Of(root string) []json.RawMessage {
	for _, c := range d.Roots {
		if c.Name == root {
			return c.Documents
		}
	}
	return nil
}

// By gives what a signer has published; its Signer is empty where that is
// nothing.
func (d Documents) By(path string) SignedPublication {
	for _, p := range d.Publications {
		if p.Signer == path {
			return p
		}
	}
	return SignedPublication{}
}
