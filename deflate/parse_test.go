package deflate

import (
	"bytes"
	"math/rand/v2"
	"slices"
	"testing"
)

// cutByAll cuts as Encoder.Cut does, by a look at every place before: at the
// nearest first, and of each at every length that no nearer one has.
func cutByAll(dictionary, data []byte, prices *Prices) (pieces []Piece) {
	all, size := append(slices.Clone(dictionary), data...), len(dictionary)
	costs, best := make([]int32, len(data)+1), make([]Piece, len(data))
	for i := len(data) - 1; i >= 0; i-- {
		costs[i], best[i] = prices.literal[data[i]]+costs[i+1], Literal(data[i])
		longest := minMatch - 1
		for place := size + i - 1; place >= max(0, size+i-window); place-- {
			if place == size-1 || place == size-2 { // what begins there is not looked for
				continue
			}
			symbol, _, _ := distanceSymbol(size + i - place)
			for n := 1; n <= maxMatch && i+n <= len(data) && all[place+n-1] == data[i+n-1]; n++ {
				if n <= longest {
					continue
				}
				longest = n
				if cost := prices.length[n] + prices.distance[symbol] + costs[i+n]; cost < costs[i] {
					costs[i], best[i] = cost, Match(n, size+i-place)
				}
			}
		}
	}
	for i := 0; i < len(data); i += best[i].Len() {
		pieces = append(pieces, best[i])
	}
	return pieces
}

// TestCutsTheSame holds the pieces to those of a look at every place, so that
// codes stay the same to the byte: also where a match runs out of the
// dictionary into data, and where the dictionary is as long as the window.
func TestCutsTheSame(t *testing.T) {
	r := rand.New(rand.NewPCG(11, 12))
	for round := range 160 {
		letters := 1 + r.IntN(5)
		random := func(n int) []byte {
			b := make([]byte, n)
			for i := range b {
				b[i] = byte(r.IntN(letters))
			}
			for range n / 50 { // pieces that come back
				from, to := r.IntN(n), r.IntN(n)
				copy(b[to:], b[from:min(n, from+r.IntN(60))])
			}
			return b
		}
		dictionary, data := random(r.IntN(500)), random(1+r.IntN(400))
		switch round % 4 {
		case 0: // the end of the dictionary, and the beginning of data behind it
			tail := dictionary[max(0, len(dictionary)-r.IntN(40)):]
			data = slices.Concat(data[:len(data)/2], tail, data[:min(len(data), 30)], data[len(data)/2:])
		case 1:
			if letters > 2 && round < 24 {
				data = data[:min(len(data), 100)]
				dictionary = append(random(window-len(dictionary)), dictionary...)
			}
		case 2:
			data = append(data, dictionary...)
		}
		prices := Learn(nil)
		if round%3 == 0 {
			prices = Learn(cutByAll(nil, data, prices))
		}
		want := cutByAll(dictionary, data, prices)
		if got := NewEncoder(dictionary).Cut(data, prices); !slices.Equal(got, want) {
			t.Fatalf("%x behind %x: %v in the place of %v", data, dictionary, got, want)
		}
	}
}

// TestSuffixes holds what is known of a text to the text.
func TestSuffixes(t *testing.T) {
	r := rand.New(rand.NewPCG(13, 14))
	for range 300 {
		letters := 1 + r.IntN(4)
		text, data := make([]byte, r.IntN(60)), make([]byte, r.IntN(60))
		for _, b := range [][]byte{text, data} {
			for i := range b {
				b[i] = byte(r.IntN(letters))
			}
		}
		s := newSuffixes(text)
		state, length := int32(empty), int32(0)
		for i := len(data) - 1; i >= 0; i-- {
			state, length = s.before(data[i], state, length)
			here := data[i:]
			for n, at, known := len(here), state, length; n > 0; n-- {
				place := bytes.LastIndex(text, here[:n])
				if place < 0 {
					if n <= int(length) {
						t.Fatalf("%x has no %x", text, here[:n])
					}
					continue
				}
				for next, shorter := s.nearer(at); n <= int(shorter); next, shorter = s.nearer(at) {
					at, known = next, shorter
				}
				if n > int(known) || place != int(s.states[at].last) {
					t.Fatalf("%x has %x at %d, not %d", text, here[:n], place, s.states[at].last)
				}
			}
		}
	}
}
