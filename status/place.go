package status

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
)

// MaxLoadPercent is how full a chunk may become. New blocks then still have
// thousands of places to fall on, so that where one lies tells nothing of when
// it came.
const MaxLoadPercent = 60

// ErrFull: the chunk has no room for the block; take another.
var ErrFull = errors.New("status chunk is full")

// Occupancy says which entries of one chunk are assigned. The zero Occupancy
// is an empty chunk. It is not safe for concurrent use.
type Occupancy struct {
	taken [ChunkSize]bool
	used  int
}

// Take marks size entries from offset on as assigned. It is false, and nothing
// changes, where one of them is so already or lies beyond the chunk.
func (o *Occupancy) Take(offset uint32, size int) bool {
	if size < 1 || size > ChunkSize || offset > ChunkSize-uint32(size) {
		return false
	}
	block := o.taken[offset:][:size]
	for _, taken := range block {
		if taken {
			return false
		}
	}
	for i := range block {
		block[i] = true
	}
	o.used += size
	return true
}

// Used is how many entries are assigned.
func (o *Occupancy) Used() int { return o.used }

// Place draws the offset for a block of size neighbouring entries, each of the
// free places as likely as any other, none across the chunk's end. It assigns
// nothing: see [Occupancy.Take]. The error is [ErrFull] where no place is free
// or the block would fill the chunk past [MaxLoadPercent].
func Place(o *Occupancy, size int, random io.Reader) (offset uint32, err error) {
	if size < 1 || size > ChunkSize {
		return 0, fmt.Errorf("placing block: %d entries", size)
	}
	if (o.used+size)*100 > ChunkSize*MaxLoadPercent {
		return 0, ErrFull
	}
	places := o.places(size, math.MaxUint32)
	if places == 0 {
		return 0, ErrFull
	}
	nth, err := uniform(uint32(places), random)
	if err != nil {
		return 0, fmt.Errorf("placing block: %w", err)
	}
	return uint32(o.places(size, nth)), nil
}

// places counts the offsets at which size entries are free; once it has
// counted nth of them, it gives the next such offset in place of the count.
func (o *Occupancy) places(size int, nth uint32) int {
	count, free := 0, 0
	for end, taken := range o.taken {
		if free++; taken {
			free = 0
		}
		if free < size {
			continue
		}
		if uint32(count) == nth {
			return end + 1 - size
		}
		count++
	}
	return count
}

// uniform draws a number below n. It throws away the numbers above the last
// multiple of n, as a mere remainder would prefer the small ones.
func uniform(n uint32, random io.Reader) (uint32, error) {
	limit := math.MaxUint32 - math.MaxUint32%n
	for range 128 { // each draw fails with less than one half
		var b [4]byte
		if _, err := io.ReadFull(random, b[:]); err != nil {
			return 0, fmt.Errorf("drawing number: %w", err)
		}
		if drawn := binary.BigEndian.Uint32(b[:]); drawn < limit {
			return drawn % n, nil
		}
	}
	return 0, errors.New("drawing number: the source of randomness is broken")
}
