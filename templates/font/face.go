// Package font reads TrueType fonts and cuts them down to the characters that
// are wanted, once into the files beside this package and again for every
// document. Start with [Faces], the fonts that travel with the program, or
// with [Parse], for a font of the operator's own.
//
// Only what setting Chinese and Latin text in lines needs is here: outlines
// of the glyf table, widths, and the map from characters to glyphs. There is
// no shaping, no kerning and no hinting.
package font

import (
	"encoding/binary"
	"errors"
	"fmt"
	"sort"
)

// ErrFont marks bytes that are no TrueType font of the kind that is read here.
var ErrFont = errors.New("not a usable TrueType font")

// Face is one font, parsed. It holds on to the bytes that it was parsed from
// and is safe for concurrent use.
type Face struct {
	name     string
	head     []byte
	hhea     []byte
	maxp     []byte
	hmtx     []byte
	glyf     []byte
	loca     []byte
	names    []byte
	longLoca bool
	glyphs   int // how many there are
	metrics  int // how many of them hmtx gives a width of its own
	ranges   []charRange

	// UnitsPerEm is the side of the em square that all measures refer to.
	UnitsPerEm int
	// Ascent and Descent reach from the base line to the top and the bottom
	// of a line; Descent is negative.
	Ascent, Descent int
	// Box is the smallest rectangle around all outlines: left, bottom, right
	// and top.
	Box [4]int
}

// charRange maps the characters first to last to glyphs that follow each
// other.
type charRange struct {
	first, last rune
	glyph       uint16
}

// Parse reads a TrueType font (glyf outlines, one font in the file). The name
// is what a document calls it: letters, digits and hyphens.
func Parse(name string, b []byte) (*Face, error) {
	t, err := tables(b)
	if err != nil {
		return nil, err
	}
	f := &Face{name: name, head: t["head"], hhea: t["hhea"], maxp: t["maxp"], hmtx: t["hmtx"], glyf: t["glyf"], loca: t["loca"], names: t["name"]}
	if len(f.head) < 54 || len(f.hhea) < 36 || len(f.maxp) < 6 || f.glyf == nil || f.loca == nil {
		return nil, fmt.Errorf("%w: a table is missing or short", ErrFont)
	}
	f.UnitsPerEm = int(u16(f.head, 18))
	for i := range f.Box {
		f.Box[i] = int(i16(f.head, 36+2*i))
	}
	f.longLoca = u16(f.head, 50) == 1
	f.Ascent, f.Descent = int(i16(f.hhea, 4)), int(i16(f.hhea, 6))
	f.metrics, f.glyphs = int(u16(f.hhea, 34)), int(u16(f.maxp, 4))
	entry := 2
	if f.longLoca {
		entry = 4
	}
	switch {
	case f.UnitsPerEm < 16:
		return nil, fmt.Errorf("%w: %d units to the em", ErrFont, f.UnitsPerEm)
	case f.metrics == 0 || f.metrics > f.glyphs || len(f.hmtx) < 4*f.metrics+2*(f.glyphs-f.metrics):
		return nil, fmt.Errorf("%w: hmtx does not fit %d glyphs", ErrFont, f.glyphs)
	case len(f.loca) < entry*(f.glyphs+1):
		return nil, fmt.Errorf("%w: loca does not fit %d glyphs", ErrFont, f.glyphs)
	}
	if f.ranges, err = characters(t["cmap"], f.glyphs); err != nil {
		return nil, err
	}
	return f, nil
}

// Name is what the face was parsed under.
func (f *Face) Name() string { return f.name }

// Glyph gives the glyph that draws r, and false where the font has none.
func (f *Face) Glyph(r rune) (uint16, bool) {
	i := sort.Search(len(f.ranges), func(i int) bool { return f.ranges[i].last >= r })
	if i == len(f.ranges) || f.ranges[i].first > r {
		return 0, false
	}
	return f.ranges[i].glyph + uint16(r-f.ranges[i].first), true
}

// Advance is the width of a glyph in units of the em square, and 0 where
// there is no such glyph.
func (f *Face) Advance(glyph uint16) int {
	i := int(glyph)
	if i >= f.glyphs {
		return 0
	}
	return int(u16(f.hmtx, 4*min(i, f.metrics-1)))
}

// bearing is the distance from the origin to the left edge of the outline.
func (f *Face) bearing(glyph uint16) uint16 {
	if i := int(glyph); i >= f.metrics {
		return u16(f.hmtx, 4*f.metrics+2*(i-f.metrics))
	}
	return u16(f.hmtx, 4*int(glyph)+2)
}

// outline gives the glyf entry of a glyph, nil where it draws nothing or lies
// outside the table.
func (f *Face) outline(glyph uint16) []byte {
	if int(glyph) >= f.glyphs {
		return nil
	}
	var from, to int
	if f.longLoca {
		from, to = int(u32(f.loca, 4*int(glyph))), int(u32(f.loca, 4*int(glyph)+4))
	} else {
		from, to = 2*int(u16(f.loca, 2*int(glyph))), 2*int(u16(f.loca, 2*int(glyph)+2))
	}
	if from < 0 || to > len(f.glyf) || to-from < 10 {
		return nil
	}
	return f.glyf[from:to]
}

// tables finds the tables of a font file.
func tables(b []byte) (map[string][]byte, error) {
	if len(b) < 12 || (u32(b, 0) != 0x00010000 && string(b[:4]) != "true") {
		return nil, fmt.Errorf("%w: no TrueType outlines", ErrFont)
	}
	n := int(u16(b, 4))
	if len(b) < 12+16*n {
		return nil, fmt.Errorf("%w: table directory is cut off", ErrFont)
	}
	t := make(map[string][]byte, n)
	for i := range n {
		e := b[12+16*i:]
		from, size := int(u32(e, 8)), int(u32(e, 12))
		if from > len(b) || size > len(b)-from {
			return nil, fmt.Errorf("%w: table %q lies outside the file", ErrFont, e[:4])
		}
		t[string(e[:4])] = b[from : from+size]
	}
	return t, nil
}

func u16(b []byte, at int) uint16 { return binary.BigEndian.Uint16(b[at:]) }
func i16(b []byte, at int) int16  { return int16(u16(b, at)) }
func u32(b []byte, at int) uint32 { return binary.BigEndian.Uint32(b[at:]) }
