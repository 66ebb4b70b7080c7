package pdf

import (
	"bytes"
	"hash/adler32"
	"sync"

	"github.com/klauspost/compress/flate"
)

// Compressor makes the streams of files. It keeps its working memory from one
// stream to the next, and is safe for concurrent use.
//
// The library that it stands on is pinned in go.mod, where the standard
// library's may write other bytes with the next release of Go.
type Compressor struct {
	level   int
	writers sync.Pool
}

// NewCompressor makes a compressor of a level from 1 to 9.
func NewCompressor(level int) *Compressor { return &Compressor{level: level} }

// Stream is compressed content that can be added to any number of files, so
// that what all documents share is compressed only once.
type Stream struct {
	dict   string
	packed []byte

	drawn []byte // what a form draws, as it was before
	group bool
}

// Stream compresses data; dict holds further entries of its dictionary.
func (z *Compressor) Stream(dict string, data []byte) Stream {
	var b bytes.Buffer
	b.WriteString("\x78\xda") // the zlib format of RFC 1950
	w, ok := z.writers.Get().(*flate.Writer)
	if ok {
		w.Reset(&b)
	} else {
		var err error
		if w, err = flate.NewWriter(&b, z.level); err != nil {
			panic(err) // a level that does not exist: a mistake in the program
		}
	}
	w.Write(data) // to memory, which does not fail
	w.Close()
	z.writers.Put(w)
	sum := adler32.Checksum(data)
	b.Write([]byte{byte(sum >> 24), byte(sum >> 16), byte(sum >> 8), byte(sum)})
	return Stream{dict: dict, packed: b.Bytes()}
}
