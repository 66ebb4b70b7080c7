package api

import (
	"encoding/json"
	"sync"

	"yizheng/status"
)

// lineage remembers what this node has given out of each status list, so that
// whoever comes back with one of those is told what has changed since and no
// more. It is lost at the end of the process, and other nodes have their own:
// then the whole list is given.
type lineage struct {
	mu    sync.Mutex
	past  map[string]*line // by address
	bytes int
}

// line is the past of one list, and the deltas to its newest sequence that
// were asked for.
type line struct {
	status.Past
	newest string
	deltas map[uint64][]byte // nil where there is none
}

// Bounds: beyond them all is forgotten.
const (
	lineageBytes  = 64 << 20
	lineageDeltas = 1024 // of one list
)

func newLineage() *lineage { return &lineage{past: make(map[string]*line)} }

// note remembers a list that is given out, by its address. What is no list is
// passed over.
func (l *lineage) note(address, token string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.noted(address, token)
}

// noted is note for one who holds the lock.
func (l *lineage) noted(address, token string) *line {
	of := l.past[address]
	if of == nil {
		of = &line{}
		l.past[address] = of
	}
	if of.newest == token {
		return of
	}
	before := of.Size()
	if of.Note(token) != nil {
		return of
	}
	of.newest, of.deltas = token, make(map[uint64][]byte)
	if l.bytes += of.Size() - before; l.bytes > lineageBytes {
		clear(l.past)
		l.bytes = 0
	}
	return of
}

// since gives the delta from the list of an earlier sequence to token, if it
// is shorter than the list.
func (l *lineage) since(address, token string, sequence uint64) ([]byte, bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	of := l.noted(address, token)
	if delta, known := of.deltas[sequence]; known {
		return delta, delta != nil
	}
	delta, known := of.Since(sequence, token)
	if !known { // any number may be asked for: only those that were given out are remembered
		return nil, false
	}
	var written []byte
	if b, err := json.Marshal(delta); err == nil && len(b) < len(token) {
		written = b
	}
	if len(of.deltas) < lineageDeltas {
		of.deltas[sequence] = written
	}
	return written, written != nil
}
