package trust

import (
	"encoding/json"
	"fmt"
	"time"

	"yizheng/license"
)

// Publication is what one signer says, as far as it can be believed. A part
// that is missing or was refused is nil; why, the bundle's Faults say.
type Publication struct {
	Root      *Root        // the document that names the signer
	Signer    *Signer      // the root itself, or one of its delegates
	Above     *Publication // of the root, where the signer is a delegate
	Freshness *Freshness
	List      *List
	Policy    *Policy
	Directory *Directory
	Stated    bool              // whether anything of the signer was at hand, believed or not
	SignedBy  map[Part][]string // ids of the keys that have signed each of those parts that are believed

	believed Territory // of the root, by the anchor
}

// The typ of each document. Every signed thing has its own, so that none
// passes for another.
const (
	TypeRoot        = "yz-root"
	TypeFreshness   = "yz-freshness"
	TypeList        = "yz-trust-list"
	TypePolicy      = "yz-policy"
	TypeAuthorities = "yz-authorities"
	TypeRecord      = "yz-record"
)

// Path names a signer within a bundle: the name of a root, or that of a root,
// a slash and the name of its delegate.
func (p *Publication) Path() string {
	if p.Above == nil {
		return p.Root.Name
	}
	return p.Root.Name + "/" + p.Signer.Name
}

// SpeaksFor says whether the signer is the one who lists the issuer of region:
// it lies in the territories of every link from the anchor down, and no
// delegate's.
func (p *Publication) SpeaksFor(region license.Region) bool {
	return p.believed.Has(region) && p.Root.Territory.Has(region) && p.speaksFor(region)
}

// speaksFor leaves the anchor aside: what a signer may say does not depend on
// who listens.
func (p *Publication) speaksFor(region license.Region) bool {
	if !p.Signer.Territory.Has(region) {
		return false
	}
	if p.Above == nil {
		for _, d := range p.Root.Delegates {
			if d.Territory.Has(region) {
				return false
			}
		}
	}
	return true
}

// Rules says whether the signer's policy counts in region: it lies in its
// territory, delegated or not.
func (p *Publication) Rules(region license.Region) bool {
	return p.believed.Has(region) && p.Root.Territory.Has(region) && p.Signer.Territory.Has(region)
}

// Lacks says whether the document of a typ is one that the signer has, and is
// not at hand or cannot be believed.
func (p *Publication) Lacks(typ string) bool {
	if p.Freshness == nil || p.Freshness.named(typ) == nil {
		return p.Freshness == nil
	}
	switch typ {
	case TypeList:
		return p.List == nil
	case TypePolicy:
		return p.Policy == nil
	}
	return p.Directory == nil
}

// SignedAt is an instant that is past: that at which the signer's list, or its
// root document, was signed off line. The on-line key is not asked, since it
// must not be able to move a verifier's clock.
func (p *Publication) SignedAt() time.Time {
	if p.List != nil && p.List.Issued.After(p.Root.Issued) {
		return p.List.Issued
	}
	return p.Root.Issued
}

// Part is one part of what an answer rests on.
type Part string

// The parts.
const (
	RootPart        Part = "root"
	FreshnessPart   Part = "freshness"
	ListPart        Part = "list"
	PolicyPart      Part = "policy"
	AuthoritiesPart Part = "authorities"
)

// Ends gives the first instant at which a document of p counts no more, and
// the part by which it ends: its own term, the statement of freshness, the
// root document, or the root's statement.
func (p *Publication) Ends(document Term, part Part) (time.Time, Part) {
	at := document.Expires
	sooner := func(end time.Time, of Part) {
		if end.Before(at) {
			at, part = end, of
		}
	}
	sooner(p.Freshness.Expires, FreshnessPart)
	sooner(p.Root.Expires, RootPart)
	if p.Above != nil {
		sooner(p.Above.Freshness.Expires, FreshnessPart)
	}
	return at, part
}

// StatementLeeway is how far a statement of freshness may be dated ahead of a
// clock that is slow.
const StatementLeeway = 24 * time.Hour

// Ahead says whether a statement that p rests on is dated further ahead of an
// instant than [StatementLeeway]. Then it does not count yet: else one use of an
// on-line key would keep an older list in force for longer than its days.
func (p *Publication) Ahead(at time.Time) bool {
	latest := at.Add(StatementLeeway)
	return p.Freshness.Issued.After(latest) || p.Above != nil && p.Above.Freshness.Issued.After(latest)
}

// Terms gives the terms of the documents that are held and believed.
func (p *Publication) Terms() map[Part]Term {
	terms := make(map[Part]Term)
	if p.List != nil {
		terms[ListPart] = p.List.Term
	}
	if p.Policy != nil {
		terms[PolicyPart] = p.Policy.Term
	}
	if p.Directory != nil {
		terms[AuthoritiesPart] = p.Directory.Term
	}
	return terms
}

// Authority finds an authority by its full name (实施机关), as permits carry
// it: in the signer's own directory, or its root's.
func (p *Publication) Authority(name string) (license.Authority, bool) {
	for ; p != nil; p = p.Above {
		if p.Directory != nil {
			if a, ok := p.Directory.Authority(name); ok {
				return a, true
			}
		}
	}
	return license.Authority{}, false
}

// read checks what the signer has published and keeps what can be believed.
func (p *Publication) read(raw SignedPublication) (faults []*Error) {
	path := p.Path()
	fault := func(part Part, err error) { faults = append(faults, faultOf(path, part, err)) }
	if p.Stated = raw.Signer != ""; !p.Stated {
		return nil
	}
	f := new(Freshness)
	by, err := p.readFreshness(raw.Freshness, f)
	if err != nil {
		fault(FreshnessPart, err)
		return faults
	}
	p.Freshness, p.SignedBy = f, map[Part][]string{FreshnessPart: by}
	list, policy, directory := new(List), new(Policy), new(Directory)
	for _, d := range []struct {
		part   Part
		typ    string
		signed json.RawMessage
		into   interface {
			document
			term() Term
			outside(*Publication) license.Region
		}
		keep func()
	}{
		{ListPart, TypeList, raw.List, list, func() { p.List = list }},
		{PolicyPart, TypePolicy, raw.Policy, policy, func() { p.Policy = policy }},
		{AuthoritiesPart, TypeAuthorities, raw.Authorities, directory, func() { p.Directory = directory }},
	} {
		if len(d.signed) == 0 && f.named(d.typ) == nil {
			continue // the signer has none
		}
		digest, by, err := p.Signer.Role.read(d.signed, d.typ, d.into)
		term := d.into.term()
		switch {
		case err != nil:
		case term.Signer != path:
			err = breaks("it is that of signer %q", term.Signer)
		case !f.names(d.typ, term.Sequence, digest):
			err = &Error{Reason: NotNamed, Err: fmt.Errorf("the statement of freshness does not name number %d of it", term.Sequence)}
		default:
			if region := d.into.outside(p); region != "" {
				err = &Error{Reason: OutsideTerritory, Err: fmt.Errorf("it names region %s, for which %s does not speak", region, path)}
			}
		}
		if err != nil {
			fault(d.part, err)
			continue
		}
		d.keep()
		p.SignedBy[d.part] = by
	}
	return faults
}

func (p *Publication) readFreshness(signed json.RawMessage, f *Freshness) (by []string, err error) {
	role := p.Signer.Online
	if _, by, err = role.read(signed, TypeFreshness, f); err != nil {
		return nil, err
	}
	switch {
	case f.Signer != p.Path():
		return nil, breaks("it is that of signer %q", f.Signer)
	case f.Expires.Sub(f.Issued) > time.Duration(role.Days)*24*time.Hour:
		return nil, breaks("it is to last longer than the %d days that its role has", role.Days)
	case p.Above == nil && !f.names(TypeRoot, p.Root.Version, p.Root.digest):
		return nil, &Error{Reason: NotNamed, Err: fmt.Errorf("it does not name version %d of the root document", p.Root.Version)}
	case p.Above != nil && p.Above.Freshness == nil:
		return nil, &Error{Reason: Missing, Err: fmt.Errorf("nothing says whether its root still counts")}
	}
	return by, nil
}

func (t Term) term() Term { return t }

// outside gives a region that the list names and p does not speak for.
func (l *List) outside(p *Publication) license.Region {
	for i := range l.Issuers {
		if r := l.Issuers[i].Region; !p.speaksFor(r) {
			return r
		}
	}
	return ""
}

// outside gives a region of an authority that lies beyond p's territory.
func (d *Directory) outside(p *Publication) license.Region {
	for _, a := range d.Entries {
		if !p.Signer.Territory.Has(a.Region) {
			return a.Region
		}
	}
	return ""
}

// outside finds nothing: whom a signer recognises is its own affair, and what
// it decides counts in its own territory only.
func (*Policy) outside(*Publication) license.Region { return "" }
