package status_test

import (
	"bytes"
	"errors"
	"io"
	"math/rand/v2"
	"testing"

	"yizheng/status"
)

// seeded is randomness that each run repeats.
func seeded(n byte) io.Reader { return rand.NewChaCha8([32]byte{n}) }

// TestPlaceFillsAChunk draws blocks of the sizes that licenses have until the
// chunk is full: none overlap, none cross the end, and it is full at the limit.
func TestPlaceFillsAChunk(t *testing.T) {
	var o status.Occupancy
	random := seeded(1)
	owner := map[uint32]int{}
	for block := 0; ; block++ {
		size := 2 + block%11
		offset, err := status.Place(&o, size, random)
		if errors.Is(err, status.ErrFull) {
			load := o.Used() * 100 / status.ChunkSize
			if load < status.MaxLoadPercent-1 || load > status.MaxLoadPercent {
				t.Errorf("full at %d %%", load)
			}
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		if !o.Take(offset, size) {
			t.Fatalf("block %d: %d entries at %d are not free", block, size, offset)
		}
		for i := offset; i < offset+uint32(size); i++ {
			if other, taken := owner[i]; taken || i >= status.ChunkSize {
				t.Fatalf("entry %d of block %d is that of %d", i, block, other)
			}
			owner[i] = block
		}
	}
	if len(owner) != o.Used() {
		t.Errorf("%d entries used, %d counted", len(owner), o.Used())
	}
}

// TestPlaceIsUniform leaves seven places for a block of five, in the middle and
// at both ends of the chunk, and counts how often each is drawn. The randomness
// is fixed; of any, one in a thousand strays further than 22.46 (chi-squared
// with six degrees of freedom).
func TestPlaceIsUniform(t *testing.T) {
	const size = 5
	gaps := map[uint32]uint32{0: 5, 20000: 7, 30000: 5, status.ChunkSize - 6: 6} // offset: length
	var o status.Occupancy
	wall := uint32(0) // every third entry outside the gaps is taken: no room for five
	places := map[uint32]bool{}
	for offset, length := range gaps {
		for at := offset; at+size <= offset+length; at++ {
			places[at] = true
		}
	}
	for ; wall < status.ChunkSize; wall++ {
		inGap, beside := false, false
		for offset, length := range gaps {
			inGap = inGap || wall >= offset && wall < offset+length
			beside = beside || wall+1 == offset || wall == offset+length
		}
		if !inGap && (beside || wall%3 == 0) {
			o.Take(wall, 1)
		}
	}
	const draws = 7000
	counts := map[uint32]int{}
	random := seeded(2)
	for range draws {
		offset, err := status.Place(&o, size, random)
		if err != nil {
			t.Fatal(err)
		}
		if !places[offset] {
			t.Fatalf("%d is no free place", offset)
		}
		counts[offset]++
	}
	expected := float64(draws) / float64(len(places))
	chi := 0.0
	for at := range places {
		difference := float64(counts[at]) - expected
		chi += difference * difference / expected
	}
	if len(places) != 7 || chi > 22.46 {
		t.Errorf("%d places, chi-squared %.1f: %v", len(places), chi, counts)
	}
}

func TestTake(t *testing.T) {
	var o status.Occupancy
	for _, test := range []struct {
		offset uint32
		size   int
		want   bool
	}{
		{10, 5, true}, {10, 5, false}, {14, 1, false}, {9, 2, false}, {15, 1, true}, {8, 2, true},
		{status.ChunkSize - 1, 1, true}, {status.ChunkSize - 2, 2, false}, {status.ChunkSize, 1, false},
		{status.ChunkSize - 2, 3, false}, {1<<32 - 1, 2, false}, {0, 0, false}, {0, -1, false}, {0, status.ChunkSize + 1, false},
	} {
		used := o.Used()
		if got := o.Take(test.offset, test.size); got != test.want {
			t.Errorf("%d at %d: %v, want %v", test.size, test.offset, got, test.want)
		} else if !got && o.Used() != used {
			t.Errorf("%d at %d: refused and counted", test.size, test.offset)
		}
	}
}

func TestPlaceRefuses(t *testing.T) {
	var empty status.Occupancy
	if _, err := status.Place(&empty, 0, seeded(1)); err == nil {
		t.Error("a block of none")
	}
	if _, err := status.Place(&empty, status.ChunkSize+1, seeded(1)); err == nil {
		t.Error("a block of more than a chunk")
	}
	if _, err := status.Place(&empty, status.ChunkSize, seeded(1)); !errors.Is(err, status.ErrFull) {
		t.Errorf("a block of a whole chunk: %v", err)
	}
	if _, err := status.Place(&empty, 2, bytes.NewReader([]byte{1, 2, 3})); !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Errorf("short randomness: %v", err)
	}
	if _, err := status.Place(&empty, 2, bytes.NewReader(bytes.Repeat([]byte{0xff}, 4096))); err == nil {
		t.Error("randomness of ones only")
	}
	// Half full, but in crumbs: no room for three neighbours.
	var crumbs status.Occupancy
	for at := uint32(0); at < status.ChunkSize; at += 2 {
		crumbs.Take(at, 1)
	}
	if _, err := status.Place(&crumbs, 2, seeded(1)); !errors.Is(err, status.ErrFull) {
		t.Errorf("crumbs: %v", err)
	}
}

func BenchmarkPlace(b *testing.B) {
	var o status.Occupancy
	random := seeded(3)
	for o.Used() < status.ChunkSize/2 {
		offset, err := status.Place(&o, 9, random)
		if err != nil {
			b.Fatal(err)
		}
		o.Take(offset, 9)
	}
	for b.Loop() {
		if _, err := status.Place(&o, 9, random); err != nil {
			b.Fatal(err)
		}
	}
}
