package verifier

import (
	"maps"
	"slices"
	"strings"

	"yizheng/license"
	"yizheng/trust"
)

// documentName is under which the sequence of a trust document is remembered,
// such as trust:delta/shanghai:list. No list and no license begins like this.
func documentName(p *trust.Publication, part trust.Part) string {
	signer := p.Path()
	if part == trust.RootPart {
		signer = p.Root.Name
	}
	return "trust:" + signer + ":" + string(part)
}

// memory is the highest sequences that were seen, by the name of what has them
// and the id of the key that signed it. So a thief who signed a very high one
// bars nothing any more once his key is exchanged. The id is empty for root
// documents, whose numbers leave none out, and for what was remembered before
// keys were.
type memory map[string]map[string]uint64

// byKey stands between name and key where both are one text; no name has blanks
// around a word.
const byKey = " by "

func (m memory) note(name string, sequence uint64, by ...string) {
	if m[name] == nil {
		m[name] = make(map[string]uint64)
	}
	for _, id := range by {
		m[name][id] = max(m[name][id], sequence)
	}
}

// least gives the sequence that what has a name may not be below: the highest
// that as many as must sign it have signed, of those keys that count.
func (m memory) least(name string, counts func(id string) bool, threshold int) uint64 {
	seen := m[name]
	var unknown uint64 // by whichever key
	var signed []uint64
	for id, n := range seen {
		switch {
		case id == "":
			unknown = n
		case counts(id):
			signed = append(signed, n)
		}
	}
	for id, n := range seen {
		if id != "" && n >= unknown {
			unknown = 0 // since then it is known whose it was, or somebody's was as high
		}
	}
	if len(signed) < threshold {
		return unknown
	}
	slices.Sort(signed)
	return max(unknown, signed[len(signed)-threshold])
}

// flat gives all as texts and numbers, for those who keep them.
func (m memory) flat() map[string]uint64 {
	out := make(map[string]uint64)
	for name, seen := range m {
		for id, n := range seen {
			if id != "" {
				id = byKey + id
			}
			out[name+id] = n
		}
	}
	return out
}

// least gives the sequence that the list or record of a name may not be below,
// by the keys of a use that the entry of a region has now. The caller holds the
// lock.
func (l *Lists) least(name string, region license.Region, use trust.Use) uint64 {
	if kept := l.remembered[name]; kept != nil {
		kept.Use()
	}
	return l.highest.least(name, func(id string) bool {
		k, listed := l.trust.KeyIn(region, id)
		return listed && k.Signs(use)
	}, 1)
}

// Highest gives the highest sequence seen of every list, record and trust
// document, by name and key, for a caller that keeps them from one run to the
// next.
func (l *Lists) Highest() map[string]uint64 {
	l.mu.RLock()
	all := make(memory, len(l.highest))
	for name, seen := range l.highest {
		all[name] = maps.Clone(seen)
	}
	l.mu.RUnlock()
	for _, p := range l.trust.Publications {
		for part, n := range p.Sequences() {
			by := p.SignedBy[part]
			if part == trust.RootPart {
				by = []string{""}
			}
			all.note(documentName(p, part), n, by...)
		}
	}
	return all.flat()
}

// Restore brings back what Highest gave. Sequences only rise by it; what is
// held already and lies below them counts no more.
func (l *Lists) Restore(highest map[string]uint64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for name, n := range highest {
		name, id, _ := strings.Cut(name, byKey)
		l.noteSequence(name, n, id)
	}
}

// rolledBack says whether a newer document of p was seen before, a newer
// statement of freshness or a newer root document.
func (l *Lists) rolledBack(p *trust.Publication, part trust.Part) bool {
	if l == nil {
		return false
	}
	l.mu.RLock()
	defer l.mu.RUnlock()
	held := p.Sequences()
	for _, part := range []trust.Part{part, trust.FreshnessPart, trust.RootPart} {
		role := p.Signer.Role
		if part == trust.FreshnessPart {
			role = p.Signer.Online.Role
		}
		if held[part] < l.highest.least(documentName(p, part), role.HasID, role.Threshold) {
			return true
		}
	}
	return false
}
