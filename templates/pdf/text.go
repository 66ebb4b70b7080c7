package pdf

import (
	"fmt"
	"math"
	"unicode/utf16"
	"unicode/utf8"

	"yizheng/templates/font"
)

// Font is a face as one file uses it: it notes which characters were set and
// embeds those alone.
type Font struct {
	Face  *font.Face
	index int
	codes map[uint64]uint16 // by character, and by its advance beyond its own
	chars []character
}

// character is one that was set. A character that is set with more space after
// it is one of its own: the space is part of it, as readers would take a gap
// for the end of a word.
type character struct {
	copied rune // what it is copied and searched as
	font.Letter
}

// Font brings a face into the file. It is embedded when text was set in it.
func (f *File) Font(face *font.Face) *Font {
	t := &Font{Face: face, index: len(f.fonts), codes: map[uint64]uint16{}}
	f.fonts = append(f.fonts, t)
	return t
}

// code gives the number in this file of a character with so many ems of space
// after it. Characters that share a glyph have numbers of their own, so that
// each is copied as what it is.
func (t *Font) code(r rune, space float64) uint16 {
	more := int(math.Round((space + Extra(r)) * float64(t.Face.UnitsPerEm)))
	key := uint64(r)<<32 | uint64(uint32(more))
	code, ok := t.codes[key]
	if !ok {
		glyph, _ := t.Face.Glyph(Shown(r))
		t.chars = append(t.chars, character{Copied(r), font.Letter{Glyph: glyph, Advance: t.Face.Advance(glyph) + more}})
		code = uint16(len(t.chars))
		t.codes[key] = code
	}
	return code
}

// drawn gives the glyph of a character's number and its advance in ems.
func (t *Font) drawn(code uint16) (glyph uint16, advance float64, ok bool) {
	if code == 0 || int(code) > len(t.chars) {
		return 0, 0, false
	}
	c := t.chars[code-1]
	return c.Glyph, float64(c.Advance) / float64(t.Face.UnitsPerEm), true
}

// Text sets s on the base line y from x on, in a font that has all of its
// characters. Spacing stands between each two of them; both are millimetres,
// the size is points.
func (c *Content) Text(t *Font, size, x, y, spacing float64, s string) {
	c.begins(t, size)
	c.op("Td", c.x(x), c.y(y))
	c.shows(t, s, func(int) float64 { return spacing * perMM / size })
}

// Spread is Text with a space of its own, in millimetres, after each character
// but the last.
func (c *Content) Spread(t *Font, size, x, y float64, spaces []float64, s string) {
	c.begins(t, size)
	c.op("Td", c.x(x), c.y(y))
	c.shows(t, s, func(i int) float64 { return spaces[i] * perMM / size })
}

// TextAt is Text with the characters turned and stretched by the linear map
// m, of a mathematician's axes (y upwards), and no spacing.
func (c *Content) TextAt(t *Font, size float64, m [4]float64, x, y float64, s string) {
	c.begins(t, size)
	c.op("Tm", m[0], m[1], m[2], m[3], c.x(x), c.y(y))
	c.shows(t, s, func(int) float64 { return 0 })
}

// begins begins a text.
func (c *Content) begins(t *Font, size float64) {
	c.painted()
	c.buf = append(c.buf, "BT\n"...)
	if c.font.to([2]float64{float64(t.index), size}) {
		c.buf = append(number(append(c.buf, "/F"...), float64(t.index)), ' ')
		c.op("Tf", size)
	}
}

// shows shows the characters, with so many ems of space after the i-th of
// them, and ends the text.
func (c *Content) shows(t *Font, s string, space func(i int) float64) {
	c.buf = append(c.buf, '(')
	i := 0
	for at, r := range s {
		after := 0.0
		if at+utf8.RuneLen(r) < len(s) {
			after = space(i)
		}
		code := t.code(r, after)
		c.buf = appendByte(appendByte(c.buf, byte(code>>8)), byte(code))
		i++
	}
	c.buf = append(c.buf, ")Tj\nET\n"...)
}

// appendByte writes a byte of a literal string (ISO 32000-1, 7.3.4.2).
func appendByte(b []byte, v byte) []byte {
	switch v {
	case '(', ')', '\\':
		return append(b, '\\', v)
	case '\r': // which would be read as the end of a line
		return append(b, '\\', 'r')
	}
	return append(b, v)
}

// Heavier makes the text that follows, until Lighter, heavier by a line of the
// given width, in millimetres, along all outlines. Text in a bold face looks
// better where it is large; where it is small, this spares the file a second
// set of outlines.
func (c *Content) Heavier(k Colour, width float64) {
	c.Save()
	c.Stroke(k, width)
	c.op("j", 1)
	c.op("Tr", 2)
}

// Lighter ends what Heavier began.
func (c *Content) Lighter() { c.Restore() }

// font writes the objects of a font: its program cut down to what was set,
// its widths, and the way back from codes to characters.
func (f *File) font(t *Font) Ref {
	face := t.Face
	letters := make([]font.Letter, len(t.chars))
	for i, c := range t.chars {
		letters[i] = c.Letter
	}
	name, program := face.Program(letters)
	em := func(v int) int { return int(math.Round(float64(v) * 1000 / float64(face.UnitsPerEm))) }
	file := f.stream(f.compress.Stream("/Subtype/CIDFontType0C", program))
	descriptor := f.add(fmt.Sprintf("<</Type/FontDescriptor/FontName/%s/Flags 4/FontBBox[%d %d %d %d]/ItalicAngle 0/Ascent %d/Descent %d/CapHeight %d/StemV 80/FontFile3 %s>>",
		name, em(face.Box[0]), em(face.Box[1]), em(face.Box[2]), em(face.Box[3]), em(face.Ascent), em(face.Descent), em(face.Ascent), file))
	descendant := f.add(fmt.Sprintf("<</Type/Font/Subtype/CIDFontType0/BaseFont/%s/CIDSystemInfo<</Registry(Adobe)/Ordering(Identity)/Supplement 0>>/FontDescriptor %s/DW 1000/W[%s]>>",
		name, descriptor, widths(letters, face)))
	unicode := f.stream(f.compress.Stream("", toUnicode(t.chars)))
	return f.add(fmt.Sprintf("<</Type/Font/Subtype/Type0/BaseFont/%s-Identity-H/Encoding/Identity-H/DescendantFonts[%s]/ToUnicode %s>>", name, descendant, unicode))
}

// widths lists the widths that are not a full em, as most are. They are what
// the font program says, to a thousandth of PDF's units.
func widths(letters []font.Letter, face *font.Face) []byte {
	var b []byte
	open := false
	for i, l := range letters {
		usual := l.Advance == face.UnitsPerEm
		switch {
		case usual && open:
			b = append(b, ']')
			open = false
		case usual:
			continue
		case open:
			b = append(b, ' ')
		default:
			b = fmt.Appendf(b, " %d[", i+1)
			open = true
		}
		if !usual {
			b = number(b, float64(l.Advance)*1000/float64(face.UnitsPerEm))
		}
	}
	if open {
		b = append(b, ']')
	}
	return b
}

// toUnicode makes the CMap by which text is copied and searched. Characters
// beyond U+FFFF are written as two surrogates.
func toUnicode(chars []character) []byte {
	b := []byte("/CIDInit/ProcSet findresource begin 12 dict begin begincmap/CIDSystemInfo<</Registry(Adobe)/Ordering(UCS)/Supplement 0>>def" +
		"/CMapName/Adobe-Identity-UCS def/CMapType 2 def 1 begincodespacerange<0000><FFFF>endcodespacerange\n")
	for from := 0; from < len(chars); from += 100 { // no more in one block
		to := min(from+100, len(chars))
		b = fmt.Appendf(b, "%d beginbfchar\n", to-from)
		for i, c := range chars[from:to] {
			b = fmt.Appendf(b, "<%04X><", from+i+1)
			for _, u := range utf16.Encode([]rune{c.copied}) {
				b = fmt.Appendf(b, "%04X", u)
			}
			b = append(b, ">\n"...)
		}
		b = append(b, "endbfchar\n"...)
	}
	return append(b, "endcmap CMapName currentdict/CMap defineresource pop end end\n"...)
}
