package payload

import (
	"bytes"
	"compress/flate"
	"errors"
	"io"
)

// inflater undoes DEFLATE with a preset dictionary. One is large, because of
// its window, so they are used again.
type inflater struct {
	source bytes.Reader // an io.ByteReader: flate takes no byte too many from it
	flate  io.ReadCloser
	claims []byte
}

func newInflater() *inflater {
	f := &inflater{claims: make([]byte, 0, 2048)}
	f.flate = flate.NewReader(&f.source)
	return f
}

// errTooLarge ends an inflation at the limit: a few bytes can stand for
// millions.
var errTooLarge = errors.New("too large")

// inflate gives the claims of a payload. They are valid until the next call.
func (f *inflater) inflate(payload, dictionary []byte) ([]byte, error) {
	f.source.Reset(payload)
	if err := f.flate.(flate.Resetter).Reset(&f.source, dictionary); err != nil {
		return nil, malformed(ReasonDeflate, "%v", err)
	}
	if err := f.readAll(); errors.Is(err, errTooLarge) {
		return nil, malformed(ReasonSize, "claims of more than %d bytes", MaxClaims)
	} else if err != nil {
		return nil, malformed(ReasonDeflate, "%v", err)
	}
	if n := f.source.Len(); n > 0 {
		return nil, malformed(ReasonTrailing, "%d bytes after the DEFLATE stream", n)
	}
	return f.claims, nil
}

func (f *inflater) readAll() error {
	f.claims = f.claims[:0]
	for {
		if len(f.claims) == cap(f.claims) {
			f.claims = append(f.claims, 0)[:len(f.claims)]
		}
		n, err := f.flate.Read(f.claims[len(f.claims):cap(f.claims)])
		f.claims = f.claims[:len(f.claims)+n]
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
		if len(f.claims) > MaxClaims {
			return errTooLarge
		}
	}
}
