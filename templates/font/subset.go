package font

import (
	"encoding/binary"
	"slices"
)

// Flags of a part of a composite glyph.
const (
	argsAreWords = 1 << 0
	hasScale     = 1 << 3
	moreParts    = 1 << 5
	hasTwoScales = 1 << 6
	hasMatrix    = 1 << 7
)

// Subset makes a font file of the given glyphs alone, in the given order: the
// first becomes glyph 1, since glyph 0 is always the one for a missing
// character. Parts of composite glyphs follow at the end. The file has no
// character map and is meant to be embedded in a document that names glyphs
// by their number.
func (f *Face) Subset(glyphs []uint16) []byte { return f.cut(glyphs, nil) }

// SubsetCharacters makes a font file of the given characters, as far as the
// font has them, with a character map; [Parse] reads it again. The name table,
// with the author's notice and the license, stays as it is.
func (f *Face) SubsetCharacters(chars []rune) []byte {
	chars = slices.Clone(chars)
	slices.Sort(chars)
	var glyphs []uint16
	var ranges []charRange
	at := map[uint16]uint16{}
	for _, r := range slices.Compact(chars) {
		g, ok := f.Glyph(r)
		if !ok {
			continue
		}
		if at[g] == 0 {
			glyphs = append(glyphs, g)
			at[g] = uint16(len(glyphs))
		}
		ranges = appendChar(ranges, r, at[g])
	}
	// A post table of version 3 names no glyphs; readers ask for one.
	post := append([]byte{0, 3, 0, 0}, make([]byte, 28)...)
	return f.cut(glyphs, map[string][]byte{"cmap": writeCmap(ranges), "name": f.names, "post": post})
}

// cut writes the glyphs, renumbered, and the tables that describe them.
func (f *Face) cut(glyphs []uint16, more map[string][]byte) []byte {
	order := append([]uint16{0}, glyphs...)
	number := make(map[uint16]uint16, len(order))
	for i, g := range order {
		if _, ok := number[g]; !ok {
			number[g] = uint16(i)
		}
	}
	var glyf []byte
	loca := binary.BigEndian.AppendUint32(nil, 0)
	var hmtx []byte
	for i := 0; i < len(order); i++ { // order grows by the parts of composites
		outline := f.outline(order[i])
		start := len(glyf)
		glyf = append(glyf, outline...)
		for _, at := range parts(outline) {
			part := u16(outline, at)
			if _, ok := number[part]; !ok {
				number[part] = uint16(len(order))
				order = append(order, part)
			}
			binary.BigEndian.PutUint16(glyf[start+at:], number[part])
		}
		for len(glyf)%4 != 0 {
			glyf = append(glyf, 0)
		}
		loca = binary.BigEndian.AppendUint32(loca, uint32(len(glyf)))
		hmtx = binary.BigEndian.AppendUint16(hmtx, uint16(f.Advance(order[i])))
		hmtx = binary.BigEndian.AppendUint16(hmtx, f.bearing(order[i]))
	}
	head, hhea, maxp := slices.Clone(f.head), slices.Clone(f.hhea), slices.Clone(f.maxp)
	binary.BigEndian.PutUint32(head[8:], 0)  // checksum of the whole, which no reader of an embedded font asks for
	binary.BigEndian.PutUint16(head[50:], 1) // long loca
	binary.BigEndian.PutUint16(hhea[34:], uint16(len(order)))
	binary.BigEndian.PutUint16(maxp[4:], uint16(len(order)))
	t := map[string][]byte{"glyf": glyf, "head": head, "hhea": hhea, "hmtx": hmtx, "loca": loca, "maxp": maxp}
	for tag, b := range more {
		t[tag] = b
	}
	return assemble(t)
}

// parts finds where a composite outline names its parts. It is empty for
// simple outlines and stops at the first part that is cut off.
func parts(outline []byte) []int {
	if len(outline) < 10 || i16(outline, 0) >= 0 {
		return nil
	}
	var at []int
	for p := 10; p+4 <= len(outline); {
		flags := u16(outline, p)
		at = append(at, p+2)
		p += 6
		if flags&argsAreWords != 0 {
			p += 2
		}
		switch {
		case flags&hasScale != 0:
			p += 2
		case flags&hasTwoScales != 0:
			p += 4
		case flags&hasMatrix != 0:
			p += 8
		}
		if flags&moreParts == 0 {
			break
		}
	}
	return at
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
	b := binary.BigEndian.AppendUint32(nil, 0x00010000)
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
