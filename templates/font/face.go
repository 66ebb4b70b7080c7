// Package font reads TrueType and OpenType fonts, gives the outlines and the
// widths of their characters, and makes of any of them the small font program
// that a document embeds. Start with [Faces], the fonts that travel with the
// program, or with [Open], for a font of the operator's own.
//
// Only what setting Chinese and Latin text in lines needs is here: outlines
// of the glyf and the CFF table, widths, and the map from characters to
// glyphs. There is no shaping, no kerning and no hinting.
package font

import (
	"encoding/binary"
	"errors"
	"fmt"
)

// ErrFont marks bytes that are no font of a kind that is read here.
var ErrFont = errors.New("not a usable font")

// Face is one font, parsed. It holds on to the bytes that it was parsed from
// and is safe for concurrent use.
type Face struct {
	name    string
	digest  string // of the file that it was opened from
	hmtx    []byte
	names   []byte // the name table
	glyphs  int    // how many there are
	metrics int    // how many of them hmtx gives a width of its own
	ranges  []charRange
	pages   []*page // the same, by the character's upper bits
	drawing outlines
	// prepared are charstrings that can be embedded as they are: the faces
	// that travel with the program have them, others have none.
	prepared *index

	// UnitsPerEm is the side of the em square that all measures refer to.
	UnitsPerEm int
	// Ascent and Descent reach from the base line to the top and the bottom
	// of a line; Descent is negative.
	Ascent, Descent int
	// Box is the smallest rectangle around all outlines: left, bottom, right
	// and top.
	Box [4]int
}

// outlines is a table of glyphs, glyf or CFF.
type outlines interface {
	// contours gives the closed lines of a glyph, none for one that draws
	// nothing.
	contours(glyph uint16) ([]Contour, error)
}

// charRange maps the characters first to last to glyphs that follow each
// other.
type charRange struct {
	first, last rune
	glyph       uint16
}

// Parse reads a TrueType or OpenType font, of a collection the first. The
// name is what a document calls it: letters, digits and hyphens. Outlines are
// read when they are asked for; [Face.Check] reads them all.
func Parse(name string, b []byte) (*Face, error) { return ParseMember(name, b, 0) }

// ParseMember is Parse for a font of a collection (.ttc, .otc), counted from
// 0. A file of one font has the member 0.
func ParseMember(name string, b []byte, member int) (*Face, error) {
	t, err := tables(b, member)
	if err != nil {
		return nil, err
	}
	head, hhea, maxp := t["head"], t["hhea"], t["maxp"]
	if len(head) < 54 || len(hhea) < 36 || len(maxp) < 6 {
		return nil, fmt.Errorf("%w: a table is missing or short", ErrFont)
	}
	f := &Face{name: name, hmtx: t["hmtx"], names: t["name"], metrics: int(u16(hhea, 34)), glyphs: int(u16(maxp, 4))}
	f.UnitsPerEm = int(u16(head, 18))
	for i := range f.Box {
		f.Box[i] = int(i16(head, 36+2*i))
	}
	f.Ascent, f.Descent = int(i16(hhea, 4)), int(i16(hhea, 6))
	switch {
	case f.UnitsPerEm < 16 || f.UnitsPerEm > 16384:
		return nil, fmt.Errorf("%w: %d units to the em", ErrFont, f.UnitsPerEm)
	case f.metrics == 0 || f.metrics > f.glyphs || len(f.hmtx) < 4*f.metrics+2*(f.glyphs-f.metrics):
		return nil, fmt.Errorf("%w: hmtx does not fit %d glyphs", ErrFont, f.glyphs)
	}
	switch {
	case t["CFF "] != nil:
		f.drawing, err = parseCFF(t["CFF "], f.glyphs, f.UnitsPerEm)
	case t["glyf"] != nil:
		f.drawing, err = parseGlyf(t["glyf"], t["loca"], f.glyphs, u16(head, 50) == 1)
	default:
		err = fmt.Errorf("%w: it has neither glyf nor CFF outlines", ErrFont)
	}
	if err != nil {
		return nil, err
	}
	if f.ranges, err = characters(t["cmap"], f.glyphs); err != nil {
		return nil, err
	}
	f.pages = paged(f.ranges)
	return f, nil
}

// Name is what the face was parsed under.
func (f *Face) Name() string { return f.name }

// Glyph gives the glyph that draws r, and false where the font has none.
func (f *Face) Glyph(r rune) (uint16, bool) {
	i := int(r >> pageBits)
	if i < 0 || i >= len(f.pages) || f.pages[i] == nil {
		return 0, false
	}
	glyph := f.pages[i][r&(1<<pageBits-1)]
	return glyph, glyph != 0
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

// Outline gives the closed lines of a glyph. It is empty where the glyph
// draws nothing or its data is damaged.
func (f *Face) Outline(glyph uint16) []Contour {
	c, err := f.drawing.contours(glyph)
	if err != nil {
		return nil
	}
	return c
}

// maxDrawn is how many lines the outlines of all characters may have
// together. The largest of fonts has some three million.
const maxDrawn = 20_000_000

// Check reads the outline of every character and gives the first fault, so
// that a damaged font is refused when it is loaded, and no character of it is
// ever printed as an empty space. It takes half a second for the largest of
// fonts.
func (f *Face) Check() error {
	drawn := 0
	for _, g := range f.ranges {
		for r := g.first; r <= g.last; r++ {
			contours, err := f.drawing.contours(g.glyph + uint16(r-g.first))
			if err != nil {
				return fmt.Errorf("reading the outline of %U: %w", r, err)
			}
			for _, c := range contours {
				drawn += 1 + len(c.Segments)
			}
			if drawn > maxDrawn {
				return fmt.Errorf("%w: its outlines have too many lines", ErrFont)
			}
		}
	}
	return nil
}

// tables finds the tables of a font file, or of one member of a collection.
func tables(b []byte, member int) (map[string][]byte, error) {
	at := 0
	if len(b) >= 12 && string(b[:4]) == "ttcf" {
		n := int(u32(b, 8))
		if member < 0 || member >= n || len(b) < 12+4*(member+1) {
			return nil, fmt.Errorf("%w: there is no font %d in the collection of %d", ErrFont, member, n)
		}
		at = int(u32(b, 12+4*member))
	} else if member != 0 {
		return nil, fmt.Errorf("%w: there is no font %d, as it is no collection", ErrFont, member)
	}
	if at > len(b)-12 {
		return nil, fmt.Errorf("%w: it is cut off", ErrFont)
	}
	switch u32(b, at) {
	case 0x00010000, 0x74727565, 0x4F54544F: // TrueType, "true", "OTTO"
	default:
		return nil, fmt.Errorf("%w: neither TrueType nor OpenType", ErrFont)
	}
	n := int(u16(b, at+4))
	if len(b) < at+12+16*n {
		return nil, fmt.Errorf("%w: table directory is cut off", ErrFont)
	}
	t := make(map[string][]byte, n)
	for i := range n {
		e := b[at+12+16*i:]
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
