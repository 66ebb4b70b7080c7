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
// held, or which are gone.
func (p *Publication) olderThan(held map[Part]uint64) (faults []*Error) {
	got := p.Sequences()
	for part, n := range held {
		if part != RootPart && got[part] < n {
			faults = append(faults, faultOf(p.Path(), part, &Error{Reason: RolledBack, Err: fmt.Errorf("number %d, but %d is held", got[part], n)}))
		}
	}
	return faults
}

// numbers gives the numbers of what is held of a signer: of what is believed, or,
// where nothing is, of all that those have signed who have the role. A statement
// that was believed by a key which has the role no more bars nothing, though a newer
// key has signed beside: it had to go on from whatever number a thief had stated.
func (r *reading) numbers(p *Publication, held SignedPublication) map[Part]uint64 {
	numbers := p.Sequences()
	if p.Freshness == nil {
		numbers = p.signedIn(held)
	}
	for _, before := range r.formerly {
		if before.Path() == p.Path() && !p.Signer.Online.MetBy(before.SignedBy[FreshnessPart]) {
			delete(numbers, FreshnessPart)
		}
	}
	return numbers
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
