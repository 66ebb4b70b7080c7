package font

import (
	"crypto/sha256"
	"encoding/binary"
	"strconv"
)

// Letter is a glyph as a document sets it: with an advance that need not be
// its own.
type Letter struct {
	Glyph   uint16
	Advance int // units of the em square
}

// Program is the font program that a document embeds.
type Program struct {
	// Name is that of the face with six letters in front that are told from
	// what it holds, as ISO 32000-1, 9.6.4, has it: readers and printers keep
	// fonts by their names.
	Name string
	// Head has the tables, and the outlines of the letters stand after it.
	Head, Outlines []byte
	// Drawn says where in Outlines the drawing of each letter begins, behind
	// its advance, and Ends where it ends.
	Drawn, Ends []int
}

// Program makes a bare, CID-keyed CFF font (Adobe Technical Note 5176) with
// the given letters alone. Their CIDs count from first on, which is 1 or more,
// since 0 is always the one for a missing character, which draws nothing.
// Glyphs of the faces that travel with the program are copied; those of others
// are written anew, without hints.
func (f *Face) Program(first int, letters []Letter) Program {
	p := Program{Outlines: append(make([]byte, 0, 200*(len(letters)+1)), opEndchar), Drawn: make([]int, len(letters)), Ends: make([]int, len(letters))}
	ends := make([]int, 0, len(letters)+1)
	ends = append(ends, len(p.Outlines))
	content := append(make([]byte, 0, 64+6*len(letters)), f.digest...)
	for i, l := range letters {
		if l.Advance != f.UnitsPerEm {
			p.Outlines = appendNumber(p.Outlines, l.Advance)
		}
		p.Drawn[i] = len(p.Outlines)
		p.Outlines = append(p.Outlines, f.drawn(l.Glyph)...)
		p.Ends[i] = len(p.Outlines)
		ends = append(ends, len(p.Outlines))
		content = binary.BigEndian.AppendUint16(content, l.Glyph)
		content = binary.BigEndian.AppendUint32(content, uint32(l.Advance))
	}
	sum := sha256.Sum256(content)
	tag := sum[:6]
	for i, b := range tag {
		tag[i] = 'A' + b%26
	}
	p.Name = string(tag) + "+" + f.name
	p.Head = top(p.Name, f.UnitsPerEm, f.Box, first, ends)
	return p
}

// drawn gives the charstring of a glyph without its advance, ready to be
// embedded.
func (f *Face) drawn(glyph uint16) []byte {
	if f.prepared != nil {
		if code, ok := f.prepared.at(int(glyph)); ok {
			if own := f.Advance(glyph); own != f.UnitsPerEm { // it stands in front
				code = code[len(appendNumber(nil, own)):]
			}
			return code
		}
	}
	return Encode(f.Outline(glyph), f.UnitsPerEm, f.UnitsPerEm)
}

// Strings that every font has are counted below this number.
const standardStrings = 391

// top lays out what stands before the charstrings in a CFF font whose usual
// advance is a whole em, and whose glyphs have CIDs from first on; ends says
// where each charstring ends.
func top(name string, unitsPerEm int, box [4]int, first int, ends []int) []byte {
	// Offsets are written in five bytes, so that the top dictionary is as long
	// before they are known as after.
	dictionary := func(charset, selects, charstrings, array int) []byte {
		var d []byte
		d = appendNumber(d, standardStrings)
		d = appendNumber(d, standardStrings+1)
		d = append(appendNumber(d, 0), 12, opROS&0xFF)
		if unitsPerEm != 1000 {
			scale := appendReal(nil, 1/float64(unitsPerEm))
			d = append(append(d, scale...), 139, 139) // 139 is 0
			d = append(append(d, scale...), 139, 139, 12, opFontMatrix&0xFF)
		}
		for _, v := range box {
			d = appendNumber(d, v)
		}
		d = append(d, 5) // FontBBox
		d = append(appendNumber(d, len(ends)), 12, 34)
		d = append(appendOffset(d, charset), 15)
		d = append(appendOffset(d, selects), 12, opFDSelect&0xFF)
		d = append(appendOffset(d, charstrings), opCharStrings)
		return append(appendOffset(d, array), 12, opFDArray&0xFF)
	}
	front := func(dictionary []byte) []byte {
		b := appendIndex([]byte{1, 0, 4, 4}, []byte(name))
		b = appendIndex(b, dictionary)
		b = appendIndex(b, []byte("Adobe"), []byte("Identity"))
		return appendIndex(b) // no global subroutines
	}
	n := len(ends)
	charset := len(front(dictionary(0, 0, 0, 0)))
	var b []byte
	b = append(b, 2, byte(first>>8), byte(first)) // one range of CIDs
	b = binary.BigEndian.AppendUint16(b, uint16(max(n-2, 0)))
	selects := charset + len(b)
	b = append(b, 3, 0, 1, 0, 0, 0) // all belong to the first dictionary
	b = binary.BigEndian.AppendUint16(b, uint16(n))
	private := charset + len(b)
	usual := append(appendNumber(nil, unitsPerEm), 20) // defaultWidthX
	b = append(b, usual...)
	array := charset + len(b)
	b = appendIndex(b, append(appendOffset(appendNumber(nil, len(usual)), private), opPrivate))
	charstrings := charset + len(b)
	out := append(make([]byte, 0, charstrings+4*(n+1)), front(dictionary(charset, selects, charstrings, array))...)
	return appendIndexHead(append(out, b...), ends)
}

// appendOffset writes a number of a dictionary in five bytes.
func appendOffset(b []byte, v int) []byte {
	return binary.BigEndian.AppendUint32(append(b, 29), uint32(v))
}

// appendReal writes a decimal number of a dictionary, two digits a byte.
func appendReal(b []byte, v float64) []byte {
	nibbles := []byte{}
	for _, c := range strconv.FormatFloat(v, 'f', 9, 64) {
		n := byte(10) // the point
		if c != '.' {
			n = byte(c - '0')
		}
		nibbles = append(nibbles, n)
	}
	for nibbles[len(nibbles)-1] == 0 {
		nibbles = nibbles[:len(nibbles)-1]
	}
	nibbles = append(nibbles, 15)
	if len(nibbles)%2 == 1 {
		nibbles = append(nibbles, 15)
	}
	b = append(b, 30)
	for i := 0; i < len(nibbles); i += 2 {
		b = append(b, nibbles[i]<<4|nibbles[i+1])
	}
	return b
}
