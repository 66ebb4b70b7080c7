package pdf

import (
	"math"
	"slices"

	"yizheng/templates/font"
)

// Font is a face as one file uses it: it notes which characters were set and
// embeds those alone.
type Font struct {
	Face   *font.Face
	stock  *Stock // nil for none
	index  int
	usual  [256][]uint16     // by the two bytes of a character, with no more space after it: one more than its place in set
	others map[uint64]uint16 // those that are not there: by character, and by its advance beyond its own
	set    []character       // in the order of setting
	codes  []uint16          // of set, once they are given
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
	t := &Font{Face: face, index: len(f.fonts), others: map[uint64]uint16{}}
	f.fonts = append(f.fonts, t)
	return t
}

// Stocked brings the face of a stock into the file, with all of its
// characters.
func (f *File) Stocked(s *Stock) *Font {
	t := f.Font(s.face)
	t.stock, t.set = s, append(make([]character, 0, 2*len(s.characters)), s.characters...)
	return t
}

// place notes that a character was set with so many ems of space after it, and
// gives its place among the font's. Characters that share a glyph have places
// of their own, so that each is copied as what it is.
func (t *Font) place(r rune, space float64) uint16 {
	if space += Extra(r); space == 0 && r <= 0xFFFF {
		if place, ok := t.stock.place(r); ok {
			return place
		}
		page := &t.usual[r>>8]
		if *page == nil {
			*page = make([]uint16, 256)
		}
		place := &(*page)[r&0xFF]
		if *place == 0 {
			*place = t.add(r, 0) + 1
		}
		return *place - 1
	}
	more := int(math.Round(space * float64(t.Face.UnitsPerEm)))
	key := uint64(r)<<32 | uint64(uint32(more))
	place, ok := t.others[key]
	if !ok {
		place = t.add(r, more)
		t.others[key] = place
	}
	return place
}

// add appends a character with so many units of space after it.
func (t *Font) add(r rune, more int) (place uint16) {
	glyph, _ := t.Face.Glyph(Shown(r))
	t.set = append(t.set, character{Copied(r), font.Letter{Glyph: glyph, Advance: t.Face.Advance(glyph) + more}})
	return uint16(len(t.set) - 1)
}

// characters gives all characters their codes, of which the first is 1, and
// the characters in that order. Those of a font follow those of the one
// before, so that one map leads back to all of them. The codes are given when
// everything is set: in the order of Unicode outlines and that map become
// smallest, as what is alike comes to stand together. A stock, which is in that
// order by itself, stands before the others.
func (f *File) characters() []character {
	var all []character
	for _, t := range f.fonts {
		const advanceBits, placeBits = 27, 16
		order := make([]uint64, len(t.set))
		stocked := 0
		if t.stock != nil {
			stocked = len(t.stock.characters)
		}
		for i, c := range t.set {
			order[i] = uint64(i)
			if i >= stocked {
				advance := min(max(c.Advance, 0), 1<<advanceBits-1)
				order[i] |= uint64(c.copied)<<(advanceBits+placeBits) | uint64(advance)<<placeBits
			}
		}
		slices.Sort(order[stocked:])
		all = slices.Grow(all, len(order))
		t.codes = make([]uint16, len(order))
		for _, key := range order {
			place := key & (1<<placeBits - 1)
			all = append(all, t.set[place])
			t.codes[place] = uint16(len(all))
		}
	}
	return all
}
