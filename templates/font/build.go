package font

import (
	"encoding/binary"
	"math"
	"slices"
)

// Glyph is one glyph of a font that is built: the character that it draws,
// and its charstring as [Encode] writes it, with a whole em as the usual
// advance.
type Glyph struct {
	Char    rune
	Advance int
	Code    []byte
}

// Build makes an OpenType font file of the glyphs, which must be of different
// characters, with unitsPerEm units to the em. Its lines are as high as those
// of the model, whose name table, with the author's notice and the license,
// it takes over. [Parse] reads it again, and so do other readers of fonts.
func Build(model *Face, unitsPerEm int, glyphs []Glyph) []byte {
	glyphs = slices.Clone(glyphs)
	narrow := func(g Glyph) int { // glyphs of the usual advance stand last, where hmtx can leave it out
		if g.Advance == unitsPerEm {
			return 1
		}
		return 0
	}
	slices.SortFunc(glyphs, func(a, b Glyph) int {
		if d := narrow(a) - narrow(b); d != 0 {
			return d
		}
		return int(a.Char - b.Char)
	})
	scale := func(v int) int { return int(math.Round(float64(v) * float64(unitsPerEm) / float64(model.UnitsPerEm))) }
	metrics := 1
	codes := []byte{opEndchar}
	ends := []int{len(codes)}
	bearings := []int{0}
	var box [4]int
	numbers := make(map[rune]uint16, len(glyphs))
	for i, g := range glyphs {
		numbers[g.Char] = uint16(i + 1)
		codes = append(codes, g.Code...)
		ends = append(ends, len(codes))
		if g.Advance != unitsPerEm {
			metrics = i + 2
		}
		b := extent(g.Code)
		box = [4]int{min(box[0], b[0]), min(box[1], b[1]), max(box[2], b[2]), max(box[3], b[3])}
		bearings = append(bearings, b[0])
	}
	metrics = min(metrics+1, len(ends))

	u16s := func(b []byte, values ...int) []byte {
		for _, v := range values {
			b = binary.BigEndian.AppendUint16(b, uint16(v))
		}
		return b
	}
	head := u16s(nil, 1, 0, 1, 0, 0, 0, 0x5F0F, 0x3CF5, 0, unitsPerEm)
	head = append(head, make([]byte, 16)...) // of no date
	head = u16s(head, box[0], box[1], box[2], box[3], 0, 8, 2, 0, 0)
	hhea := u16s(nil, 1, 0, scale(model.Ascent), scale(model.Descent), 0, unitsPerEm, 0, 0, box[2], 1, 0, 0, 0, 0, 0, 0, 0, metrics)
	var hmtx []byte
	for i, bearing := range bearings {
		advance := unitsPerEm
		if i > 0 {
			advance = glyphs[i-1].Advance
		}
		if i < metrics {
			hmtx = u16s(hmtx, advance)
		}
		hmtx = u16s(hmtx, bearing)
	}
	return assemble(map[string][]byte{
		"CFF ": append(top(model.name, unitsPerEm, box, 1, ends), codes...), "cmap": writeCmap(numbers), "head": head, "hhea": hhea, "hmtx": hmtx,
		"maxp": u16s(nil, 0, 0x5000, len(ends)), "name": model.names,
		"post": append([]byte{0, 3, 0, 0}, make([]byte, 28)...), // version 3 names no glyphs
	})
}

// extent is the smallest rectangle around the points of a charstring.
func extent(code []byte) (box [4]int) {
	contours, err := interpret(code, &index{}, &index{})
	if err != nil || len(contours) == 0 {
		return box
	}
	box = [4]int{math.MaxInt16, math.MaxInt16, math.MinInt16, math.MinInt16}
	add := func(p Point) {
		x, y := int(math.Round(p.X)), int(math.Round(p.Y))
		box = [4]int{min(box[0], x), min(box[1], y), max(box[2], x), max(box[3], y)}
	}
	for _, c := range contours {
		add(c.Start)
		for _, s := range c.Segments {
			if s.Curve {
				add(s.A)
				add(s.B)
			}
			add(s.End)
		}
	}
	return box
}

// writeCmap makes a cmap table of one format 12 map.
func writeCmap(numbers map[rune]uint16) []byte {
	chars := make([]rune, 0, len(numbers))
	for r := range numbers {
		chars = append(chars, r)
	}
	slices.Sort(chars)
	var ranges []charRange
	for _, r := range chars {
		ranges = appendChar(ranges, r, numbers[r])
	}
	b := binary.BigEndian.AppendUint32(nil, 1)     // version 0, one map
	b = binary.BigEndian.AppendUint32(b, 3<<16|10) // Windows, full Unicode
	b = binary.BigEndian.AppendUint32(b, 12)       // where it begins
	b = binary.BigEndian.AppendUint32(b, 12<<16)
	b = binary.BigEndian.AppendUint32(b, uint32(16+12*len(ranges)))
	b = binary.BigEndian.AppendUint32(b, 0)
	b = binary.BigEndian.AppendUint32(b, uint32(len(ranges)))
	for _, r := range ranges {
		b = binary.BigEndian.AppendUint32(b, uint32(r.first))
		b = binary.BigEndian.AppendUint32(b, uint32(r.last))
		b = binary.BigEndian.AppendUint32(b, uint32(r.glyph))
	}
	return b
}

// assemble writes a font file: its directory, then the tables by name.
func assemble(t map[string][]byte) []byte {
	tags := make([]string, 0, len(t))
	for tag := range t {
		tags = append(tags, tag)
	}
	slices.Sort(tags)
	log := 0
	for 2<<log <= len(tags) {
		log++
	}
	b := []byte("OTTO")
	for _, v := range []int{len(tags), 16 << log, log, 16*len(tags) - 16<<log} {
		b = binary.BigEndian.AppendUint16(b, uint16(v))
	}
	at := len(b) + 16*len(tags)
	for _, tag := range tags {
		b = append(b, tag...)
		b = binary.BigEndian.AppendUint32(b, checksum(t[tag]))
		b = binary.BigEndian.AppendUint32(b, uint32(at))
		b = binary.BigEndian.AppendUint32(b, uint32(len(t[tag])))
		at += (len(t[tag]) + 3) &^ 3
	}
	for _, tag := range tags {
		b = append(b, t[tag]...)
		for len(b)%4 != 0 {
			b = append(b, 0)
		}
	}
	return b
}

func checksum(b []byte) uint32 {
	var sum uint32
	for ; len(b) >= 4; b = b[4:] {
		sum += u32(b, 0)
	}
	var rest [4]byte
	copy(rest[:], b)
	return sum + u32(rest[:], 0)
}
