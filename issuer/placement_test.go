package issuer_test

import (
	"math/rand/v2"
	"testing"

	"yizheng/issuer"
)

// TestPlacement fills chunks by the rules and looks at where blocks fall.
func TestPlacement(t *testing.T) {
	const size = 4096
	r := rand.New(rand.NewPCG(1, 2))
	taken := map[uint32]bool{}
	used := map[uint32]int64{}
	var chunks uint32
	after := 0 // how often a block lies behind the one before
	var last uint32
	const blocks = 3000
	for range blocks {
		var open int64
		for c := range uint32(issuer.OpenChunks) {
			if chunks > c {
				open += used[chunks-1-c]
			}
		}
		chunks = issuer.Grown(chunks, open, size)
		length := 3 + r.IntN(8)
		index, ok, err := issuer.Place(length, chunks, size, func() (uint32, error) { return r.Uint32(), nil },
			func(chunk, offset uint32) (bool, error) {
				for n := range uint32(length) {
					if taken[chunk*size+offset+n] {
						return false, nil
					}
				}
				return true, nil
			})
		if err != nil || !ok {
			t.Fatalf("no place: %v, %v", ok, err)
		}
		if index/size != (index+uint32(length)-1)/size {
			t.Fatalf("block at %d of %d lies in two chunks", index, length)
		}
		for n := range uint32(length) {
			taken[index+n] = true
		}
		used[index/size] += int64(length)
		if index > last {
			after++
		}
		last = index
	}
	if after < blocks*45/100 || after > blocks*55/100 {
		t.Errorf("%d of %d blocks lie behind the one before: the order of issue shows", after, blocks)
	}
	for c, n := range used {
		if n*100 > size*70 {
			t.Errorf("chunk %d is full to %d of %d", c, n, size)
		}
	}
	if _, ok, err := issuer.Place(issuer.MaxBlock+1, 4, size, nil, nil); ok || err != nil {
		t.Errorf("a block that is too long was placed: %v", err)
	}
}
