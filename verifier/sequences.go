package verifier

import (
	"maps"

	"yizheng/trust"
)

// The names under which the sequences of the three documents are remembered.
// No address and no license begins like this.
const (
	listName      = "trust:list"
	policyName    = "trust:policy"
	directoryName = "trust:authorities"
)

// Highest gives the highest sequence seen of every list, record and trust
// document, for a caller that keeps them from one run to the next.
func (l *Lists) Highest() map[string]uint64 {
	l.mu.RLock()
	defer l.mu.RUnlock()
	out := maps.Clone(l.highest)
	for name, n := range documentSequences(l.trust) {
		out[name] = max(out[name], n)
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

// rolledBack says whether a newer document of that name was seen before.
func (l *Lists) rolledBack(name string, sequence uint64) bool {
	if l == nil {
		return false
	}
	l.mu.RLock()
	defer l.mu.RUnlock()
	return sequence < l.highest[name]
}

func documentSequences(b *trust.Bundle) map[string]uint64 {
	return map[string]uint64{
		listName:      b.List.Sequence,
		policyName:    b.Policy.Sequence,
		directoryName: b.Directory.Sequence,
	}
}
