package ration

import "sync"

// Turns says how many things are done at a time for one owner. The zero value
// is of no use: see [NewTurns].
type Turns struct {
	each int

	mu     sync.Mutex
	owners map[string]*line
}

// line is what is being done for an owner, and who waits or is at it.
type line struct {
	slots chan struct{}
	here  int
}

// NewTurns lets so many things be done at a time for each owner.
func NewTurns(each int) *Turns { return &Turns{each: each, owners: make(map[string]*line)} }

// Wait waits for a turn until done is closed, and gives what ends the turn. It
// says whether there is one. (No context: that would be 20 kB of each scanner
// page, which needs none of this.)
func (t *Turns) Wait(done <-chan struct{}, owner string) (end func(), mine bool) {
	l := t.join(owner)
	select {
	case l.slots <- struct{}{}:
		return func() { <-l.slots; t.leave(owner, l) }, true
	case <-done:
		t.leave(owner, l)
		return nil, false
	}
}

// Try takes a turn where there is one at once.
func (t *Turns) Try(owner string) (end func(), mine bool) {
	l := t.join(owner)
	select {
	case l.slots <- struct{}{}:
		return func() { <-l.slots; t.leave(owner, l) }, true
	default:
		t.leave(owner, l)
		return nil, false
	}
}

func (t *Turns) join(owner string) *line {
	t.mu.Lock()
	defer t.mu.Unlock()
	l := t.owners[owner]
	if l == nil {
		l = &line{slots: make(chan struct{}, t.each)}
		t.owners[owner] = l
	}
	l.here++
	return l
}

func (t *Turns) leave(owner string, l *line) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if l.here--; l.here == 0 {
		delete(t.owners, owner)
	}
}
