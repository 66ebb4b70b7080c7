package pdf

import (
	"bytes"
	"hash/adler32"
	"sync"

	"github.com/klauspost/compress/flate"

	"yizheng/deflate"
	"yizheng/templates/font"
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
	joined  sync.Pool           // of *joint
	profile func() Stream       // of the colours, which all files have

	mu   sync.Mutex
	kept map[string]Stream // by their dictionary and data
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

// joint is what a stream is joined in that consists of pieces.
type joint struct {
	writer deflate.Writer
	pieces []deflate.Piece
}

// NewCompressor makes a compressor of a level from 1 to 9.
func NewCompressor(level int) *Compressor {
	z := &Compressor{level: level, kept: map[string]Stream{}}
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

// zlibHead begins a stream in the format of RFC 1950.
const zlibHead = "\x78\xda"

func (z *Compressor) stream(level int, dict string, parts ...[]byte) Stream {
	m := z.space(level)
	defer z.spaces[level].Put(m)
	m.out.WriteString(zlibHead)
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

// apartFrom is the size of outlines, in bytes, from which it pays to compress
// the tables before them by codes of their own.
const apartFrom = 8 << 10

// recurring is stream for what is small and the same in many files, such as the
// font of a title: what was compressed before is given again.
func (z *Compressor) recurring(level int, dict string, data []byte) Stream {
	key := dict + string(data)
	z.mu.Lock()
	s, ok := z.kept[key]
	z.mu.Unlock()
	if !ok {
		s = z.stream(level, dict, data)
		z.mu.Lock()
		if len(z.kept) >= mostKept {
			clear(z.kept)
		}
		z.kept[key] = s
		z.mu.Unlock()
	}
	return s
}

// mostKept is how many recurring streams are kept, of apartFrom bytes and less.
const mostKept = 32

// program compresses the program of a font, which may begin with a stock.
func (z *Compressor) program(s *Stock, p font.Program, letters []font.Letter) Stream {
	const dict = "/Subtype/CIDFontType0C"
	switch {
	case s == nil && len(p.Outlines) < apartFrom:
		return z.recurring(outlines, dict, append(p.Head, p.Outlines...))
	case s == nil:
		return z.stream(outlines, dict, p.Head, p.Outlines)
	}
	m, ok := z.joined.Get().(*joint)
	if !ok {
		m = &joint{}
	}
	defer z.joined.Put(m)
	m.writer.Reset()
	m.pieces = literally(m.pieces[:0], p.Head)
	m.writer.Block(m.pieces, false)
	m.writer.Append(s.block)
	m.pieces = s.pieces(m.pieces[:0], p, letters)
	m.writer.Block(m.pieces, true)
	sum := adler32.New()
	sum.Write(p.Head)
	sum.Write(p.Outlines)
	deflated := m.writer.Bytes()
	packed := append(make([]byte, 0, len(zlibHead)+len(deflated)+adler32.Size), zlibHead...)
	return Stream{dict: dict, packed: sum.Sum(append(packed, deflated...))}
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
