package status_test

import (
	"math/rand/v2"
	"testing"

	"yizheng/status"
)

// TestPast remembers what lists held, once where nothing changed, and never
// more than its bound.
func TestPast(t *testing.T) {
	t.Parallel()
	key := newKey(t, 1)
	r := rand.New(rand.NewPCG(1, 2))
	values := chunkAt(r, status.ChunkSize, 0.5, 0.02)
	var past status.Past
	var first, newest string
	size := 0
	for n := range 80 {
		c := config(values)
		c.Sequence += uint64(n)
		if n >= 3 { // the first three are one list, signed anew
			values[uint32(n)] = status.Suspended
		}
		newest = build(t, c, key)
		if first == "" {
			first = newest
		}
		for range 2 {
			if err := past.Note(newest); err != nil {
				t.Fatal(err)
			}
		}
		if n == 0 {
			size = past.Size()
		}
		if n < 3 && past.Size() != size || past.Size() > 256<<10 {
			t.Fatalf("after %d lists %d bytes", n+1, past.Size())
		}
		if n == 20 {
			d, ok := past.Since(config(nil).Sequence, newest)
			if token, err := d.Apply(first); !ok || err != nil || token != newest {
				t.Errorf("since the first: %v, %v", ok, err)
			}
		}
	}
	if _, ok := past.Since(config(nil).Sequence, newest); ok {
		t.Error("the first list is remembered beyond the bound")
	}
	if err := past.Note("a.b.c"); err == nil {
		t.Error("what is no list is noted")
	}
}
