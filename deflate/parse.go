package deflate

import (
	"encoding/binary"
	"math/bits"
	"slices"
)

// sheet is what one text is worked out on. It is used again: a dictionary is
// many times as long as a text, and need not be copied for each.
type sheet struct {
	all    []byte // dictionary and data in a row
	costs  []int32
	best   []Piece
	before []int32 // where the three bytes at a place of data stood before, in places of all
	own    table   // of data
}

// take puts data on the sheet, whose dictionary stands in front.
func (s *sheet) take(dictionary int, data []byte) {
	s.all = append(s.all[:dictionary], data...)
	s.costs = slices.Grow(s.costs[:0], len(data)+1)[:len(data)+1]
	s.best = slices.Grow(s.best[:0], len(data))[:len(data)]
	s.before = slices.Grow(s.before[:0], len(data))[:len(data)]
	s.own.clear(len(data))
	s.costs[len(data)] = 0
}

// parse cuts data into the pieces that cost least: from the end to the start,
// the cheapest way on from each place is its cheapest piece and the cheapest
// way on from there.
func (e *Encoder) parse(data []byte, prices *Prices) []Piece {
	s := e.sheets.Get().(*sheet)
	defer e.sheets.Put(s)
	s.take(len(e.dictionary), data)
	e.chains(s, data)
	costs, best := s.costs, s.best
	for i := len(data) - 1; i >= 0; i-- {
		best[i] = Literal(data[i])
		costs[i] = prices.literal[data[i]] + costs[i+1]
		e.matches(s.all, s.before, i, func(longest, length, distance int32) {
			symbol, _, _ := distanceSymbol(int(distance))
			far := prices.distance[symbol]
			for n := longest + 1; n <= length; n++ {
				if cost := prices.length[n] + far + costs[int32(i)+n]; cost < costs[i] {
					costs[i], best[i] = cost, Match(int(n), int(distance))
				}
			}
		})
	}
	count := 0
	for i := 0; i < len(data); i += best[i].Len() {
		count++
	}
	pieces := make([]Piece, 0, count)
	for i := 0; i < len(data); i += best[i].Len() {
		pieces = append(pieces, best[i])
	}
	return pieces
}

// chains finds where the three bytes at each place of data stood before.
func (e *Encoder) chains(s *sheet, data []byte) {
	offset := int32(len(e.dictionary))
	for i := range data {
		s.before[i] = -1
		if i+minMatch > len(data) {
			continue
		}
		key := three(data[i:])
		if s.before[i] = s.own.put(key, offset+int32(i)); s.before[i] < 0 {
			s.before[i] = e.last.get(key)
		}
	}
}

// matches calls found for each match at place i that is longer than all
// nearer ones; longest is the length up to which a nearer one does. all is
// dictionary and data in a row.
func (e *Encoder) matches(all []byte, before []int32, i int, found func(longest, length, distance int32)) {
	offset := int32(len(e.dictionary))
	here := all[int(offset)+i:]
	here = here[:min(maxMatch, len(here))]
	longest := int32(minMatch - 1)
	for place := before[i]; place >= 0 && int(longest) < len(here); {
		distance := offset + int32(i) - place
		if distance > window {
			return
		}
		// One that is no longer most often shows at the byte that would make it so.
		if there := all[place:]; there[longest] == here[longest] {
			if n := same(here, there); n > longest {
				found(longest, n, distance)
				longest = n
			}
		}
		if place < offset {
			place = e.before[place]
		} else {
			place = before[place-offset]
		}
	}
}

// same counts the bytes at the beginning that are the same in both; there is
// as long as here, or longer.
func same(here, there []byte) int32 {
	n := 0
	for ; n+8 <= len(here); n += 8 {
		if x := binary.LittleEndian.Uint64(here[n:]) ^ binary.LittleEndian.Uint64(there[n:]); x != 0 {
			return int32(n + bits.TrailingZeros64(x)/8)
		}
	}
	for n < len(here) && here[n] == there[n] {
		n++
	}
	return int32(n)
}
