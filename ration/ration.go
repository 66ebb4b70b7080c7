// Package ration divides a node's memory among those whose data it keeps, so
// that one of them who sends without end takes nothing from the others. A
// [Book] counts what each has; whoever is over loses what of his own was used
// longest ago. [Turns] counts likewise what is being done for each.
//
// An owner may belong to a group, whose name stands before his and a blank:
// "delta/zhejiang 330402". What all have together is divided among groups first.
package ration

import (
	"cmp"
	"slices"
	"strings"
	"sync/atomic"
)

// Limits are in bytes, as whoever keeps something counts them.
type Limits struct {
	Each int // for one owner
	All  int // for all of them
}

// Book counts what is kept, by owner. Its methods are not for several
// goroutines at once, but for [Entry.Use].
type Book struct {
	limits  Limits
	spared  string
	dropped func(owner string)

	owners map[string]*account
	groups map[string]int // bytes
	bytes  int
	clock  atomic.Uint64 // moves at each use
}

type account struct {
	group   string
	entries map[*Entry]struct{}
	bytes   int
}

// Entry stands for one thing that is kept.
type Entry struct {
	book  *Book
	owner string
	bytes int
	drop  func()
	used  atomic.Uint64
}

// New makes an empty book. What belongs to the owner named spared is not
// counted; empty for nobody. dropped is told of each thing that had to go; nil
// where nobody wants to know.
func New(limits Limits, spared string, dropped func(owner string)) *Book {
	return &Book{limits: limits, spared: spared, dropped: dropped, owners: make(map[string]*account), groups: make(map[string]int)}
}

// Keep notes something of so many bytes. Where its owner is over the limit,
// drop is called of things of his that were used longest ago. Where all are
// over, it is called of things of whoever has most, in the group that has most.
// So who has no more than an equal part of an equal part of a group loses
// nothing, whatever the others do. It gives nil, and calls no drop of it, for
// what is too much by itself: that is not to be kept.
func (b *Book) Keep(owner string, bytes int, drop func()) *Entry {
	e := &Entry{book: b, owner: owner, bytes: bytes, drop: drop}
	if b.spared != "" && owner == b.spared {
		return e
	}
	e.Use()
	a := b.owners[owner]
	if a == nil {
		group, _, _ := strings.Cut(owner, " ")
		a = &account{group: group, entries: make(map[*Entry]struct{})}
		b.owners[owner] = a
	}
	a.entries[e] = struct{}{}
	b.add(a, bytes)
	if a.bytes > b.limits.Each {
		b.shrink(a, a.bytes-b.limits.Each, e)
	}
	for b.bytes > b.limits.All {
		b.shrink(b.largest(), b.bytes-b.limits.All, e)
	}
	if _, kept := a.entries[e]; !kept {
		return nil
	}
	return e
}

// Use notes that something was used just now. It is for any goroutine.
func (e *Entry) Use() { e.used.Store(e.book.clock.Add(1)) }

// Release takes something off the book that is kept no more.
func (e *Entry) Release() {
	if e == nil {
		return
	}
	a := e.book.owners[e.owner]
	if a == nil {
		return
	}
	if _, kept := a.entries[e]; !kept {
		return
	}
	delete(a.entries, e)
	e.book.add(a, -e.bytes)
	if len(a.entries) == 0 {
		delete(e.book.owners, e.owner)
	}
}

func (b *Book) add(a *account, bytes int) {
	a.bytes += bytes
	b.bytes += bytes
	if b.groups[a.group] += bytes; b.groups[a.group] == 0 {
		delete(b.groups, a.group)
	}
}

// Bytes gives how many bytes are counted.
func (b *Book) Bytes() int { return b.bytes }

// largest finds who has most, in the group that has most.
func (b *Book) largest() (a *account) {
	for _, other := range b.owners {
		if a == nil || cmp.Or(cmp.Compare(b.groups[other.group], b.groups[a.group]), cmp.Compare(other.bytes, a.bytes)) > 0 {
			a = other
		}
	}
	return a
}

// shrink drops so many bytes of an owner's, up to all that he has, and an eighth
// of it at least: sorting is not to be done for each new thing. That one goes
// last, and only where it must.
func (b *Book) shrink(a *account, bytes int, added *Entry) {
	entries := make([]*Entry, 0, len(a.entries))
	for e := range a.entries {
		entries = append(entries, e)
	}
	slices.SortFunc(entries, func(x, y *Entry) int { return cmp.Compare(x.used.Load(), y.used.Load()) })
	spare := max(0, a.bytes/8-bytes)
	for _, e := range entries {
		if bytes+spare <= 0 || e == added && bytes <= 0 {
			return
		}
		bytes -= e.bytes
		e.Release()
		if e != added {
			e.drop()
		}
		if b.dropped != nil {
			b.dropped(e.owner)
		}
	}
}
