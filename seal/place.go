package seal

import (
	"bytes"
	"encoding/hex"
	"errors"
	"fmt"
)

// place is where a signature lies in a file: what it covers is everything to
// from, and what lies between to and end.
type place struct {
	from, to, end int
	cms           []byte
}

// maxRanges is how many byte ranges of a file are looked at. A document of
// ours has one; each honest update of someone else's adds one.
const maxRanges = 64

// find finds the signature that covers the most of a file. It looks for byte
// ranges in the text of the file, and takes those for real that leave out one
// hexadecimal string and nothing else.
func find(pdf []byte) (place, error) {
	var best place
	seen, malformed := 0, error(nil)
	for at := 0; seen < maxRanges; seen++ {
		i := bytes.Index(pdf[at:], []byte("/ByteRange"))
		if i < 0 {
			break
		}
		at += i + len("/ByteRange")
		p, err := read(pdf, at)
		if err != nil {
			malformed = err
			continue
		}
		if p.end > best.end {
			best = p
		}
	}
	switch {
	case best.end > 0:
		return best, nil
	case malformed != nil:
		return place{}, fmt.Errorf("%w: %w", ErrMalformed, malformed)
	}
	return place{}, ErrUnsigned
}

// read reads one byte range, of which the numbers begin at offset.
func read(pdf []byte, offset int) (place, error) {
	window := pdf[offset:min(len(pdf), offset+200)]
	end := bytes.IndexByte(window, ']')
	open := bytes.IndexByte(window, '[')
	if open < 0 || end < open || len(bytes.TrimSpace(window[:open])) > 0 {
		return place{}, fmt.Errorf("no byte range at %d", offset)
	}
	fields := bytes.Fields(window[open+1 : end])
	if len(fields) != 4 {
		return place{}, fmt.Errorf("a byte range of %d numbers", len(fields))
	}
	var n [4]int
	for i, f := range fields {
		v, ok := natural(f)
		if !ok {
			return place{}, fmt.Errorf("a byte range with %q", f)
		}
		n[i] = v
	}
	p := place{from: n[1], to: n[2], end: n[2] + n[3]}
	if n[0] != 0 || p.from >= p.to || p.end > len(pdf) {
		return place{}, fmt.Errorf("a byte range %v in a file of %d", n, len(pdf))
	}
	gap := pdf[p.from:p.to]
	if len(gap) < 4 || gap[0] != '<' || gap[len(gap)-1] != '>' {
		return place{}, errors.New("what the byte range leaves out is no signature")
	}
	gap = gap[1 : len(gap)-1]
	if len(gap) > 2*maxSignature {
		return place{}, fmt.Errorf("room for a signature of %d bytes, %d at most", len(gap)/2, maxSignature)
	}
	p.cms = make([]byte, len(gap)/2)
	if n, err := hex.Decode(p.cms, gap); err != nil || n != len(p.cms) || !bytes.Equal(gap, bytes.ToLower(gap)) {
		return place{}, errors.New("the signature is not hexadecimal in lower case")
	}
	return p, nil
}

// natural reads at most ten decimal digits.
func natural(b []byte) (n int, ok bool) {
	if len(b) == 0 || len(b) > 10 {
		return 0, false
	}
	for _, c := range b {
		if c < '0' || c > '9' {
			return 0, false
		}
		n = 10*n + int(c-'0')
	}
	return n, true
}
