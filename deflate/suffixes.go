package deflate

import (
	"math"
	"slices"
)

// suffixes knows every string of a text and where it stands last. It is the
// suffix automaton of the text read backwards: a state stands for strings that
// begin at the same places. Whoever reads other data from its end to its start
// takes one step a byte, and has at each the longest string there that the
// text has, and by links all shorter ones that stand nearer.
type suffixes struct {
	states []suffix
	steps  table // from a state by a byte in front
}

// suffix is a state.
type suffix struct {
	length int32 // of the longest of its strings
	last   int32 // where they begin last
	link   int32 // to the state of the longest string at their beginning that begins elsewhere too
	nearer int32 // to the first of those that begins nearer
	to     int32 // where one of its steps leads, most often the only one
	by     byte  // and by which byte
	ends   bool  // this, or one to which nearer leads, is the end of the text
}

// empty is the state of the empty string.
const empty = 0

// by gives the key of the step from a state by a byte. There are fewer than
// 2^16 states, as a text of n bytes has less than 2n.
func by(state int32, b byte) uint32 { return 1<<24 | uint32(state)<<8 | uint32(b) }

// newSuffixes makes it as Blumer and others do (1985).
func newSuffixes(text []byte) *suffixes {
	s := &suffixes{steps: newTable(3 * len(text))}
	type taken struct {
		b      byte
		before int32 // another step from the same state; -1 for none
	}
	var steps []taken
	var last []int32 // step from each state; -1 for none
	add := func(n suffix) int32 {
		s.states, last = append(s.states, n), append(last, -1)
		return int32(len(s.states) - 1)
	}
	step := func(from, to int32, b byte) {
		s.steps.put(by(from, b), to)
		steps = append(steps, taken{b, last[from]})
		last[from] = int32(len(steps) - 1)
	}
	add(suffix{last: math.MaxInt32, link: -1, nearer: -1})
	whole := int32(empty) // the state of all that was read
	for place, b := range slices.Backward(text) {
		longer := add(suffix{length: s.states[whole].length + 1, last: int32(place)})
		from, to := whole, int32(-1)
		for ; from >= 0; from = s.states[from].link {
			if to = s.steps.get(by(from, b)); to >= 0 {
				break
			}
			step(from, longer, b)
		}
		whole = longer
		if to < 0 {
			continue // nothing of it begins elsewhere
		}
		length := s.states[from].length + 1
		if s.states[to].length > length {
			// The shorter ones of its strings begin here too, and become a
			// state of their own.
			shorter := add(suffix{length: length, last: s.states[to].last, link: s.states[to].link})
			for n := last[to]; n >= 0; n = steps[n].before {
				step(shorter, s.steps.get(by(to, steps[n].b)), steps[n].b)
			}
			s.states[to].link = shorter
			for ; from >= 0 && s.steps.get(by(from, b)) == to; from = s.states[from].link {
				s.steps.put(by(from, b), shorter)
			}
			to = shorter
		}
		s.states[longer].link = to
	}
	for n := range s.states {
		at := s.states[n].link
		for at > empty && s.states[at].last == s.states[n].last {
			at = s.states[at].link
		}
		s.states[n].nearer = at
		s.states[n].to = -1
		if last[n] >= 0 {
			b := steps[last[n]].b
			s.states[n].by, s.states[n].to = b, s.steps.get(by(int32(n), b))
		}
	}
	for n := range s.states {
		for at := int32(n); at > empty && !s.states[n].ends; at = s.states[at].nearer {
			s.states[n].ends = s.states[at].last+s.states[at].length == int32(len(text))
		}
	}
	return s
}

// before gives the state and the length of the longest string of the text that
// b and what stood at the state begin with.
func (s *suffixes) before(b byte, state, length int32) (int32, int32) {
	for {
		if at := &s.states[state]; at.by == b && at.to >= 0 {
			return at.to, length + 1
		}
		if to := s.steps.get(by(state, b)); to >= 0 {
			return to, length + 1
		}
		if state == empty {
			return empty, 0
		}
		state = s.states[state].link
		length = s.states[state].length
	}
}

// nearer gives the state and the length of the longest string at the beginning
// of a state's that begins nearer.
func (s *suffixes) nearer(state int32) (int32, int32) {
	at := s.states[state].nearer
	return at, s.states[at].length
}
