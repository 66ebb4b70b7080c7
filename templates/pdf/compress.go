package pdf

import (
	"bytes"
	"hash/adler32"
	"sync"

	"github.com/klauspost/compress/flate"
)

// Compressor makes the streams of files. It keeps its working memory from one
// stream to the next, and is safe for concurrent use: every call takes memory
// that no other has.
//
// The library that it stands on is pinned in go.mod, where the standard
// library's may write other bytes with the next release of Go.
type Compressor struct {
	level  int
	spaces sync.Pool // of *space
}

// space is what compressing a stream works in.
type space struct {
	out    bytes.Buffer
	writer *flate.Writer
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
	m, ok := z.spaces.Get().(*space)
	if !ok {
		m = &space{}
		var err error
		if m.writer, err = flate.NewWriter(&m.out, z.level); err != nil {
			panic(err) // a level that does not exist: a mistake in the program
		}
	}
	m.out.Reset()
	m.writer.Reset(&m.out)
	m.out.WriteString("\x78\xda") // the zlib format of RFC 1950
	m.writer.Write(data)          // to memory, which does not fail
	m.writer.Close()
	sum := adler32.Checksum(data)
	m.out.Write([]byte{byte(sum >> 24), byte(sum >> 16), byte(sum >> 8), byte(sum)})
	s := Stream{dict: dict, packed: bytes.Clone(m.out.Bytes())}
	z.spaces.Put(m)
	return s
}
