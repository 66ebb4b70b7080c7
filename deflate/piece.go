package deflate

// Piece is one symbol of a stream: a literal byte, or a match of so many bytes
// that stand so far back.
type Piece uint32

// A match is marked by its highest bit, and has its length and its distance
// below, less the least that each can be.
const (
	matched      Piece = 1 << 31
	distanceBits       = 15
)

// Literal gives the piece that is one byte.
func Literal(b byte) Piece { return Piece(b) }

// Match gives the piece that repeats length bytes, 3 to 258, which stand
// distance bytes back, 1 to 32768.
func Match(length, distance int) Piece {
	return matched | Piece(length-minMatch)<<distanceBits | Piece(distance-1)
}

// Match gives length and distance of a match; a literal is none.
func (p Piece) Match() (length, distance int, ok bool) {
	if p < matched {
		return 0, 0, false
	}
	return p.length(), p.distance(), true
}

// Len is how many bytes the piece stands for.
func (p Piece) Len() int {
	if p < matched {
		return 1
	}
	return p.length()
}

func (p Piece) length() int   { return int(p>>distanceBits&0xFF) + minMatch }
func (p Piece) distance() int { return int(p&(1<<distanceBits-1)) + 1 }
