package verifier

import (
	"maps"

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

// Highest gives the highest sequence seen of every list, record and trust
// document, for a caller that keeps them from one run to the next.
func (l *Lists) Highest() map[string]uint64 {
	l.mu.RLock()
	defer l.mu.RUnlock()
	out := maps.Clone(l.highest)
	for _, p := range l.trust.Publications {
		for part, n := range p.Sequences() {
			name := documentName(p, part)
			out[name] = max(out[name], n)
		}
	}
	return out
}

// Restore brings back what Highest gave. Sequences only rise by it; what is
// held already and lies below them counts no more.
func (l *Lists) Restore(highest map[string]uint64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for name, n := range highest {
		l.highest[name] = max(l.highest[name], n)
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
		if held[part] < l.highest[documentName(p, part)] {
			return true
		}
	}
	return false
}
