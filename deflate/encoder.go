// Package deflate writes DEFLATE (RFC 1951), smaller than general compressors
// do, for what is written once and read for years. Any inflater reads it.
//
// There are two ways. [Encoder.Encode] makes a whole stream of a short text
// under a preset dictionary, in the format's fixed code: a license is a few
// hundred bytes, and a code of its own would cost it more than it saves.
// [Encoder.Cut] and [Writer] make the parts of a longer stream, so that what
// comes back in many streams is cut into pieces once and only written again.
//
// General compressors look a few bytes ahead and take what seems good. Here
// every way to cut the text into matches is weighed.
package deflate

import "sync"

// The limits of DEFLATE.
const (
	window   = 32 << 10
	minMatch = 3
	maxMatch = 258
)

// Window is how far back a match can stand, in bytes.
const Window = window

// Encoder compresses with one dictionary. It does not change, and is safe for
// concurrent use.
type Encoder struct {
	dictionary *suffixes
	size       int32 // of the dictionary
	sheets     sync.Pool
}

// NewEncoder takes the dictionary, of which the last 32 KiB count.
func NewEncoder(dictionary []byte) *Encoder {
	if len(dictionary) > window {
		dictionary = dictionary[len(dictionary)-window:]
	}
	e := &Encoder{dictionary: newSuffixes(dictionary), size: int32(len(dictionary))}
	e.sheets.New = func() any { return &sheet{} }
	return e
}

// Encode gives a DEFLATE stream of one final block from which data comes
// back. The same data give the same stream.
func (e *Encoder) Encode(data []byte) []byte { return writeFixed(data, e.Cut(data, fixed)) }

// Cut cuts data into the pieces that cost least by the prices. Their matches
// reach into data before them and into the dictionary, as if it stood in front
// of data. The same data and prices give the same pieces.
func (e *Encoder) Cut(data []byte, prices *Prices) []Piece { return e.parse(data, prices) }
