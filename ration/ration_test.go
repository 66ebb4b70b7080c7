package ration_test

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"time"

	"yizheng/ration"
)

// shelf keeps things by name, as those do who use a Book.
type shelf struct {
	book    *ration.Book
	entries map[string]*ration.Entry
	dropped []string // owners, once for each thing
}

func newShelf(limits ration.Limits, spared string) *shelf {
	s := &shelf{entries: make(map[string]*ration.Entry)}
	s.book = ration.New(limits, spared, func(owner string) { s.dropped = append(s.dropped, owner) })
	return s
}

func (s *shelf) put(owner string, from, to int) {
	for n := from; n < to; n++ {
		name := fmt.Sprint(owner, n)
		s.entries[name] = s.book.Keep(owner, 10, func() { delete(s.entries, name) })
	}
}

func (s *shelf) has(owner string) (n int) {
	for name := range s.entries {
		if name[0] == owner[0] {
			n++
		}
	}
	return n
}

// TestEach: one who is over his own limit loses what was used longest ago, and
// nobody else loses anything.
func TestEach(t *testing.T) {
	s := newShelf(ration.Limits{Each: 100, All: 1000}, "")
	s.put("a", 0, 5)
	s.put("b", 0, 10)
	s.entries["b0"].Use()
	s.put("b", 10, 11)
	if s.entries["b0"] == nil || s.entries["b1"] != nil || s.entries["b10"] == nil {
		t.Errorf("kept %v", s.entries)
	}
	s.put("b", 11, 5000)
	if s.has("a") != 5 || s.has("b") > 10 || s.has("b") < 8 || slices.Contains(s.dropped, "a") {
		t.Errorf("%d of a, %d of b", s.has("a"), s.has("b"))
	}
	if s.entries["b4999"] == nil {
		t.Error("the newest is gone")
	}
	if want := 10 * len(s.entries); s.book.Bytes() != want {
		t.Errorf("%d bytes on the book, %d kept", s.book.Bytes(), want)
	}
}

// TestAll: where it is too much in all, whoever has most loses; who has no more
// than an equal part never does, whoever comes last.
func TestAll(t *testing.T) {
	s := newShelf(ration.Limits{Each: 1000, All: 300}, "")
	s.put("a", 0, 9) // an equal part of three is 10
	s.put("b", 0, 200)
	s.put("c", 0, 200)
	s.put("a", 9, 10)
	if s.has("a") != 10 || slices.Contains(s.dropped, "a") || s.book.Bytes() > 300 {
		t.Errorf("%d of a, %d bytes", s.has("a"), s.book.Bytes())
	}
	if s.has("b") == 0 || s.has("c") == 0 {
		t.Errorf("%d of b, %d of c", s.has("b"), s.has("c"))
	}
}

// TestMany: whoever has others enrolled gains nothing by the number of them: where
// it is too much in all, the parts of those who let them in are compared first.
func TestMany(t *testing.T) {
	s := newShelf(ration.Limits{Each: 1000, All: 300}, "")
	s.put("x a", 0, 15)
	for n := range 500 {
		s.put(fmt.Sprintf("y b%d ", n), 0, 3)
	}
	if s.has("x") != 15 || slices.Contains(s.dropped, "x a") {
		t.Errorf("%d of x", s.has("x"))
	}
	if s.book.Bytes() > 300 || s.has("y") == 0 {
		t.Errorf("%d bytes, %d of y", s.book.Bytes(), s.has("y"))
	}
}

// TestTooLarge: what is too much by itself is not kept, and takes nothing of
// anybody else's with it.
func TestTooLarge(t *testing.T) {
	s := newShelf(ration.Limits{Each: 100, All: 120}, "")
	s.put("a", 0, 3)
	if s.book.Keep("b", 101, func() { t.Error("it was never kept") }) != nil || s.has("a") != 3 || s.book.Bytes() != 30 {
		t.Errorf("over the limit for one: %d bytes, %d of a", s.book.Bytes(), s.has("a"))
	}
	if s.book.Keep("b", 95, func() { t.Error("it was never kept") }) != nil || s.has("a") != 3 {
		t.Errorf("over the limit for all: %d bytes, %d of a", s.book.Bytes(), s.has("a"))
	}
	large := false
	if s.book.Keep("b", 80, func() { large = true }) == nil || large {
		t.Error("what has room is not kept")
	}
	s.put("b", 0, 3)
	if !large || s.has("b") != 3 || s.has("a") != 3 {
		t.Errorf("dropped %v, %d of b, %d of a", large, s.has("b"), s.has("a"))
	}
}

func TestSparedAndReleased(t *testing.T) {
	s := newShelf(ration.Limits{Each: 100, All: 100}, "o")
	s.put("o", 0, 1000)
	if s.has("o") != 1000 || s.book.Bytes() != 0 {
		t.Errorf("%d kept, %d bytes", s.has("o"), s.book.Bytes())
	}
	s.entries["o1"].Release()
	s.put("b", 0, 10)
	for _, e := range s.entries {
		e.Release()
		e.Release()
	}
	if s.book.Bytes() != 0 || len(s.dropped) != 0 {
		t.Errorf("%d bytes, dropped of %v", s.book.Bytes(), s.dropped)
	}
	var none *ration.Entry
	none.Release()
}

// TestTurns: one who takes all of his turns keeps nobody else waiting.
func TestTurns(t *testing.T) {
	turns := ration.NewTurns(2)
	soon, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	var ends []func()
	for range 2 {
		end, mine := turns.Wait(nil, "b")
		if !mine {
			t.Fatal("no turn")
		}
		ends = append(ends, end)
	}
	if _, mine := turns.Wait(soon.Done(), "b"); mine {
		t.Error("a third turn")
	}
	if _, mine := turns.Try("b"); mine {
		t.Error("a third turn at once")
	}
	end, mine := turns.Try("a")
	if !mine {
		t.Fatal("another has to wait")
	}
	end()
	ends[0]()
	if _, mine := turns.Wait(t.Context().Done(), "b"); !mine {
		t.Error("no turn after one has ended")
	}
}
