package trust

import (
	"encoding/json"
	"fmt"
)

// Sequences gives the number of each part that is held.
func (p *Publication) Sequences() map[Part]uint64 {
	numbers := map[Part]uint64{RootPart: p.Root.Version}
	if p.Freshness != nil {
		numbers[FreshnessPart] = p.Freshness.Sequence
	}
	for part, term := range p.Terms() {
		numbers[part] = term.Sequence
	}
	return numbers
}

// olderThan names the parts of p whose numbers are lower than those that are
// held, and those that are gone.
func (p *Publication) olderThan(held map[Part]uint64) (older, gone []*Error) {
	got := p.Sequences()
	for part, n := range held {
		number, there := got[part]
		if part == RootPart || number >= n {
			continue
		}
		e := faultOf(p.Path(), part, &Error{Reason: RolledBack, Err: fmt.Errorf("number %d, but %d is held", number, n)})
		if there {
			older = append(older, e)
		} else {
			gone = append(gone, e)
		}
	}
	return older, gone
}

// numbers gives the numbers of what is held of a signer: of what is believed, or,
// where nothing is, of all that those have signed who have the role.
func (p *Publication) numbers(held SignedPublication) map[Part]uint64 {
	if p.Freshness != nil {
		return p.Sequences()
	}
	return p.signedIn(held)
}

// signedIn gives the numbers of those documents that were signed by keys which have
// the role now, each by itself, whatever states that they count. What others have
// signed bars nothing: their keys may have been exchanged for a theft.
func (p *Publication) signedIn(held SignedPublication) map[Part]uint64 {
	numbers := make(map[Part]uint64)
	for _, d := range []struct {
		part   Part
		role   Role
		typ    string
		signed json.RawMessage
		into   interface {
			document
			term() Term
		}
	}{
		{FreshnessPart, p.Signer.Online.Role, TypeFreshness, held.Freshness, new(Freshness)},
		{ListPart, p.Signer.Role, TypeList, held.List, new(List)},
		{PolicyPart, p.Signer.Role, TypePolicy, held.Policy, new(Policy)},
		{AuthoritiesPart, p.Signer.Role, TypeAuthorities, held.Authorities, new(Directory)},
	} {
		if _, _, err := d.role.read(d.signed, d.typ, d.into); err == nil && d.into.term().Signer == p.Path() {
			numbers[d.part] = d.into.term().Sequence
		}
	}
	return numbers
}
