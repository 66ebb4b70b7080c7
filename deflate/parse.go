package deflate

import (
	"encoding/binary"
	"math"
	"math/bits"
	"slices"
)

// sheet is what one text is worked out on. It is used again.
type sheet struct {
	costs  []int32 // of the cheapest way on from each place
	drops  []int32 // the first place behind each from which the way on costs less than from the one in front
	best   []Piece
	before []int32 // where the three bytes at a place stood before; -1 where they did not
	own    table   // where three bytes stand last
	far    []far
}

// far is a match in the dictionary.
type far struct{ length, distance int32 }

// take gives the sheet room for data.
func (s *sheet) take(data []byte) {
	s.costs = slices.Grow(s.costs[:0], len(data)+1)[:len(data)+1]
	s.drops = slices.Grow(s.drops[:0], len(data)+1)[:len(data)+1]
	s.best = slices.Grow(s.best[:0], len(data))[:len(data)]
	s.before = slices.Grow(s.before[:0], len(data))[:len(data)]
	s.own.clear(len(data))
	s.costs[len(data)], s.drops[len(data)] = 0, math.MaxInt32
	for i := range data {
		s.before[i] = -1
		if i+minMatch <= len(data) {
			s.before[i] = s.own.put(three(data[i:]), int32(i))
		}
	}
}

// parse cuts data into the pieces that cost least: from the end to the start,
// the cheapest way on from each place is its cheapest piece and the cheapest
// way on from there. Of pieces that cost the same it takes the nearest match,
// and the shortest of that.
func (e *Encoder) parse(data []byte, prices *Prices) []Piece {
	s := e.sheets.Get().(*sheet)
	defer e.sheets.Put(s)
	s.take(data)
	state, known := int32(empty), int32(0) // of the longest string here that the dictionary has
	w := weighing{prices: prices, costs: s.costs, drops: s.drops}
	for i := len(data) - 1; i >= 0; i-- {
		w.begin(int32(i), data[i])
		s.matches(data, i, &w)
		state, known = e.dictionary.before(data[i], state, known)
		e.matches(s, data, i, state, known, &w)
		s.costs[i], s.best[i], s.drops[i] = w.least, w.best, s.drops[i+1]
		if s.costs[i+1] < w.least {
			s.drops[i] = int32(i) + 1
		}
	}
	count := 0
	for i := 0; i < len(data); i += s.best[i].Len() {
		count++
	}
	pieces := make([]Piece, 0, count)
	for i := 0; i < len(data); i += s.best[i].Len() {
		pieces = append(pieces, s.best[i])
	}
	return pieces
}

// weighing finds the cheapest piece at one place.
type weighing struct {
	prices       *Prices
	costs, drops []int32 // of the sheet
	place        int32
	least        int32
	best         Piece
	longest      int32 // of the matches so far
}

// begin takes the byte at a place as it is.
func (w *weighing) begin(place int32, b byte) {
	w.place, w.longest = place, minMatch-1
	w.least, w.best = w.prices.literal[b]+w.costs[place+1], Literal(b)
}

// match weighs a match of every length above those of nearer ones. A length is
// not cheaper than the one before it where the way on costs no less behind it,
// unless it is itself cheaper to write.
func (w *weighing) match(length, distance int32) {
	symbol, _, _ := distanceSymbol(int(distance))
	far := w.prices.distance[symbol]
	first, least, cheapest := w.longest+1, w.least, int32(0)
	for n := first; n <= length; n = w.drops[w.place+n] - w.place {
		if cost := w.prices.length[n] + far + w.costs[w.place+n]; cost < least {
			least, cheapest = cost, n
		}
	}
	for _, n := range w.prices.falls {
		if n <= first || n > length {
			continue
		}
		if cost := w.prices.length[n] + far + w.costs[w.place+n]; cost < least || cost == least && n < cheapest {
			least, cheapest = cost, n
		}
	}
	if cheapest > 0 {
		w.least, w.best = least, Match(int(cheapest), int(distance))
	}
	w.longest = length
}

// matches weighs those that stand in data, the nearest first.
func (s *sheet) matches(data []byte, i int, w *weighing) {
	here := data[i:]
	here = here[:min(maxMatch, len(here))]
	for place := s.before[i]; place >= 0 && i-int(place) <= window && int(w.longest) < len(here); place = s.before[place] {
		// One that is no longer most often shows at the byte that would make it so.
		if there := data[place:]; there[w.longest] == here[w.longest] {
			if n := same(here, there); n > w.longest {
				w.match(n, int32(i)-place)
			}
		}
	}
}

// matches weighs those that begin in the dictionary, which has a string of the
// known length in common with data from i on, its state being given.
func (e *Encoder) matches(s *sheet, data []byte, i int, state, known int32, w *weighing) {
	s.far = s.far[:0]
	for ; known > w.longest || known >= minMatch && e.dictionary.states[state].ends; state, known = e.dictionary.nearer(state) {
		place := e.dictionary.states[state].last
		distance := e.size + int32(i) - place
		if distance > window {
			continue
		}
		length := known
		if place+length == e.size { // it may go on in data
			length += same(data[i+int(length):], data)
		}
		s.far = append(s.far, far{min(length, maxMatch), distance})
	}
	for _, m := range slices.Backward(s.far) {
		if m.length > w.longest {
			w.match(m.length, m.distance)
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
