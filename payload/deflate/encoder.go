// Package deflate writes DEFLATE (RFC 1951) for short texts with a preset
// dictionary, as small as the format's fixed code allows. Start with
// [NewEncoder] and [Encoder.Encode]. Any inflater reads what it writes.
//
// General compressors look a few bytes ahead and take what seems good. A
// license is a few hundred bytes and is written once to be scanned for years,
// so here every way to cut the text into matches is weighed. A code of its own
// (a dynamic block) would cost a license more than it saves.
package deflate

// The limits of DEFLATE.
const (
	window   = 32 << 10
	minMatch = 3
	maxMatch = 258
)

// Encoder compresses with one dictionary. It does not change, and is safe for
// concurrent use.
type Encoder struct {
	dictionary []byte
	last       table   // where three bytes stand last in the dictionary
	before     []int32 // where the three bytes at a place stood before it; -1 where they did not
}

// NewEncoder takes the dictionary, of which the last 32 KiB count, and which
// must not change afterwards.
func NewEncoder(dictionary []byte) *Encoder {
	if len(dictionary) > window {
		dictionary = dictionary[len(dictionary)-window:]
	}
	e := &Encoder{
		dictionary: dictionary,
		last:       newTable(len(dictionary)),
		before:     make([]int32, len(dictionary)),
	}
	for i := range len(dictionary) - minMatch + 1 {
		e.before[i] = e.last.put(three(dictionary[i:]), int32(i))
	}
	return e
}

// Encode gives a DEFLATE stream of one final block from which data comes
// back. The same data give the same stream.
func (e *Encoder) Encode(data []byte) []byte { return writeFixed(data, e.parse(data)) }
