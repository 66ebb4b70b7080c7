package templates

import (
	"bytes"
	"compress/zlib"
	_ "embed"
	"errors"
	"fmt"
	"io"
	"sync"

	deflating "github.com/klauspost/compress/zlib"

	"yizheng/templates/pdf"
)

// usualWords are words that most documents keep of themselves. They are part of
// the template: other ones make other bytes.
//
//go:embed usual.txt
var usualWords []byte

// brief writes what a document keeps of itself as what is different from the
// usual words (RFC 1950 with a preset dictionary): most of it is sentences of law,
// which are the same everywhere. It is safe for concurrent use.
type brief struct{ writers sync.Pool }

// pack gives the version, a line of its own, and data in brief. Whoever has other
// words can still read the version.
func (p *brief) pack(version string, data []byte) []byte {
	b := bytes.NewBufferString(version + "\n")
	w, ok := p.writers.Get().(*deflating.Writer)
	if !ok {
		var err error
		if w, err = deflating.NewWriterLevelDict(b, compression, usualWords); err != nil {
			panic(err) // a level that does not exist: a mistake in the program
		}
	}
	defer p.writers.Put(w)
	w.Reset(b)
	_, _ = w.Write(data) // to memory, which does not fail
	_ = w.Close()
	return b.Bytes()
}

// unpack reads what pack has written behind the version.
func unpack(packed []byte) ([]byte, error) {
	r, err := zlib.NewReaderDict(bytes.NewReader(packed), usualWords)
	if err != nil {
		return nil, fmt.Errorf("unpacking: %w", err)
	}
	b, err := io.ReadAll(io.LimitReader(r, pdf.MaxPrivate+1))
	if err != nil {
		return nil, fmt.Errorf("unpacking: %w", err)
	}
	if len(b) > pdf.MaxPrivate {
		return nil, errors.New("unpacking: it is too large")
	}
	return b, nil
}
