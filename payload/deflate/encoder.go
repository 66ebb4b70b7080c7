// Package deflate writes DEFLATE (RFC 1951) for short texts with a preset
// dictionary.
package deflate

import (
	"bytes"
	"compress/flate"
)

// Encoder compresses with one dictionary.
type Encoder struct{ dictionary []byte }

// NewEncoder takes the dictionary, which must not change afterwards.
func NewEncoder(dictionary []byte) *Encoder { return &Encoder{dictionary} }

// Encode gives a DEFLATE stream from which data comes back.
func (e *Encoder) Encode(data []byte) []byte {
	var out bytes.Buffer
	w, err := flate.NewWriterDict(&out, flate.BestCompression, e.dictionary)
	if err != nil {
		return nil
	}
	if _, err := w.Write(data); err != nil {
		return nil
	}
	if err := w.Close(); err != nil {
		return nil
	}
	return out.Bytes()
}
