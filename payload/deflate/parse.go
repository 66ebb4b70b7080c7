package deflate

import "math"

// step is one symbol of the output: a literal, or a match of length bytes
// that stand distance bytes back.
type step struct {
	length   int32 // 1 for a literal
	distance int32
}

// parse cuts data into the steps that take the fewest bits in the fixed code:
// from the end to the start, the cheapest way on from each place is its
// cheapest step and the cheapest way on from there.
func (e *Encoder) parse(data []byte) []step {
	costs := make([]int32, len(data)+1)
	best := make([]step, len(data))
	before := e.chains(data)
	for i := len(data) - 1; i >= 0; i-- {
		best[i] = step{length: 1}
		costs[i] = literalBits(data[i]) + costs[i+1]
		e.matches(data, before, i, func(longest, length, distance int32) {
			far := distanceBits(distance)
			for n := longest + 1; n <= length; n++ {
				if cost := lengthBits[n] + far + costs[int32(i)+n]; cost < costs[i] {
					costs[i], best[i] = cost, step{n, distance}
				}
			}
		})
	}
	var steps []step
	for i := int32(0); i < int32(len(data)); i += best[i].length {
		steps = append(steps, best[i])
	}
	return steps
}

// chains gives for each place of data where its three bytes stood before, in
// places of dictionary and data in a row.
func (e *Encoder) chains(data []byte) []int32 {
	offset := int32(len(e.dictionary))
	own := make(map[[minMatch]byte]int32, len(data))
	before := make([]int32, len(data))
	for i := range data {
		before[i] = -1
		if i+minMatch > len(data) {
			continue
		}
		key := [minMatch]byte(data[i:])
		if before[i] = chain(own, key, offset+int32(i)); before[i] >= 0 {
			continue
		}
		if place, ok := e.last[key]; ok {
			before[i] = place
		}
	}
	return before
}

// matches calls found for each match at place i that is longer than all
// nearer ones; longest is the length up to which a nearer one does.
func (e *Encoder) matches(data []byte, before []int32, i int, found func(longest, length, distance int32)) {
	offset := int32(len(e.dictionary))
	longest := int32(minMatch - 1)
	most := int32(min(maxMatch, len(data)-i))
	at := func(place int32) byte {
		if place < offset {
			return e.dictionary[place]
		}
		return data[place-offset]
	}
	for place := before[i]; place >= 0 && longest < most; {
		distance := offset + int32(i) - place
		if distance > window {
			return
		}
		n := int32(0)
		for n < most && at(place+n) == data[int32(i)+n] {
			n++
		}
		if n > longest {
			found(longest, n, distance)
			longest = n
		}
		if place < offset {
			place = e.before[place]
		} else {
			place = before[place-offset]
		}
	}
}

// literalBits, lengthBits and distanceBits are what symbols take in the fixed
// code of RFC 1951, 3.2.6, with their extra bits.
func literalBits(b byte) int32 {
	if b < 144 {
		return 8
	}
	return 9
}

var lengthBits = func() (bits [maxMatch + 1]int32) {
	for n := range bits {
		if n < minMatch {
			bits[n] = math.MaxInt16
			continue
		}
		symbol, _, extra := lengthSymbol(int32(n))
		bits[n] = 7 + extra
		if symbol >= 280 {
			bits[n]++
		}
	}
	return bits
}()

func distanceBits(distance int32) int32 {
	_, _, extra := distanceSymbol(distance)
	return 5 + extra
}
