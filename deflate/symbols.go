package deflate

import "math/bits"

// Numbers of symbols, RFC 1951, 3.2.5 and 3.2.7.
const (
	endOfBlock = 256
	literals   = 286 // with the end and lengths
	distances  = 30
	sizes      = 19 // of the code that codes are told in
)

// symbol is that of a literal, or of the length of a match.
func (p Piece) symbol() int {
	if p < matched {
		return int(p)
	}
	return int(lengthOf[p.length()].symbol)
}

// written is how a length is written.
type written struct {
	symbol uint16
	extra  uint8 // bits
	value  uint8 // of them
}

// lengthOf says so of each length from 3 to 258: RFC 1951, 3.2.5. Four symbols
// share each number of extra bits.
var lengthOf = func() (all [maxMatch + 1]written) {
	for length := minMatch; length <= maxMatch; length++ {
		n := uint32(length - minMatch)
		switch {
		case length == maxMatch:
			all[length] = written{285, 0, 0}
		case n < 8:
			all[length] = written{uint16(257 + n), 0, 0}
		default:
			extra := bits.Len32(n) - 3
			all[length] = written{uint16(257 + 4*extra + int(n>>extra)), uint8(extra), uint8(n & (1<<extra - 1))}
		}
	}
	return all
}()

// distanceSymbol is the like for a distance from 1 to 32768; two symbols
// share each number of extra bits.
func distanceSymbol(distance int) (symbol int, value uint32, extra int32) {
	n := uint32(distance - 1)
	if n < 4 {
		return int(n), 0, 0
	}
	extra = int32(bits.Len32(n)) - 2
	return int(2*extra) + int(n>>extra), n & (1<<extra - 1), extra
}

// distanceExtra is how many bits follow the symbol of a distance.
func distanceExtra(symbol int) int32 { return max(0, int32(symbol)/2-1) }
