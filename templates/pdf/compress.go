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
	level   int
	spaces  [best + 1]sync.Pool // of *space, by level
	profile func() Stream       // of the colours, which all files have
}

// best is the level at which is compressed what many files share, and outlines
// that of the programs of fonts: it takes two thirds of the time of the next,
// for some hundred bytes.
const (
	best     = 9
	outlines = 3
)

// space is what compressing a stream works in.
type space struct {
	out    bytes.Buffer
	writer *flate.Writer
}

// NewCompressor makes a compressor of a level from 1 to 9.
func NewCompressor(level int) *Compressor {
	z := &Compressor{level: level}
	z.profile = sync.OnceValue(func() Stream { return z.stream(best, "/N 3", sRGB()) })
	return z
}

// Stream is compressed content that can be added to any number of files, so
// that what all documents share is compressed only once.
type Stream struct {
	dict   string
	packed []byte

	drawn func() []byte // what a form draws, as it was before
	group bool
}

// Stream compresses what consists of some parts, of which each is compressed
// by codes of its own: parts of different kinds, such as tables and texts,
// become smaller so. The dict holds further entries of its dictionary.
func (z *Compressor) Stream(dict string, parts ...[]byte) Stream {
	return z.stream(z.level, dict, parts...)
}

func (z *Compressor) stream(level int, dict string, parts ...[]byte) Stream {
	m := z.space(level)
	defer z.spaces[level].Put(m)
	m.out.WriteString("\x78\xda") // the zlib format of RFC 1950
	sum := adler32.New()
	for i, part := range parts {
		if i > 0 {
			m.writer.Flush()
		}
		m.writer.Write(part) // to memory, which does not fail
		sum.Write(part)
	}
	m.writer.Close()
	packed := append(make([]byte, 0, m.out.Len()+4), m.out.Bytes()...)
	return Stream{dict: dict, packed: sum.Sum(packed)}
}

// space gives working memory, empty.
func (z *Compressor) space(level int) *space {
	m, ok := z.spaces[level].Get().(*space)
	if !ok {
		m = &space{}
		var err error
		if m.writer, err = flate.NewWriter(&m.out, level); err != nil {
			panic(err) // a level that does not exist: a mistake in the program
		}
	}
	m.out.Reset()
	m.writer.Reset(&m.out)
	return m
}
