package status

import (
	"bytes"
	"compress/zlib"
	"encoding/base64"
	"fmt"
	"io"
	"strings"

	"yizheng/signature"
)

// packed holds the entries of a chunk, two a byte, the one with the even
// offset in the lower four bits (section 4.1 of the draft).
type packed [ChunkSize * bitsPerEntry / 8]byte

// allRevoked is a chunk in which every entry is nobody's.
func allRevoked() *packed {
	p := new(packed)
	for i := range p {
		p[i] = byte(Revoked)<<bitsPerEntry | byte(Revoked)
	}
	return p
}

func (p *packed) at(offset uint32) Value {
	return Value(p[offset/2] >> (offset % 2 * bitsPerEntry) & 0xf)
}

func (p *packed) set(offset uint32, v Value) {
	shift := offset % 2 * bitsPerEntry
	p[offset/2] = p[offset/2]&^(0xf<<shift) | byte(v)<<shift
}

// compress gives the text of the claim lst.
func (p *packed) compress() (string, error) {
	stream, err := encode(p[:])
	if err != nil {
		return "", err
	}
	return base64.RawURLEncoding.EncodeToString(stream), nil
}

// inflate reads the claim lst. It takes one chunk exactly: nothing missing,
// nothing more, inside the zlib stream or behind it. It never inflates more
// than a chunk and a byte.
func inflate(lst string) (*packed, error) {
	if strings.ContainsAny(lst, "\r\n") {
		return nil, fmt.Errorf("%w: line break in lst", signature.ErrMalformed)
	}
	compressed, err := base64.RawURLEncoding.Strict().DecodeString(lst)
	if err != nil {
		return nil, fmt.Errorf("%w: lst is not base64url", signature.ErrMalformed)
	}
	behind := bytes.NewReader(compressed)
	r, err := zlib.NewReader(behind)
	if err != nil {
		return nil, fmt.Errorf("%w: lst is not zlib", signature.ErrMalformed)
	}
	p := new(packed)
	if _, err := io.ReadFull(r, p[:]); err != nil {
		return nil, fmt.Errorf("%w: lst is not zlib of %d entries", signature.ErrMalformed, ChunkSize)
	}
	// Reading to the end also checks zlib's sum.
	if n, err := io.ReadFull(r, make([]byte, 1)); n != 0 || err != io.EOF {
		return nil, fmt.Errorf("%w: lst is not zlib of %d entries", signature.ErrMalformed, ChunkSize)
	}
	if behind.Len() != 0 {
		return nil, fmt.Errorf("%w: bytes behind lst", signature.ErrMalformed)
	}
	return p, nil
}
