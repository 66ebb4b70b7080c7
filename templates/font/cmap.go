package font

import "fmt"

// characters reads the character map of a font: format 12, which reaches
// beyond U+FFFF, where there is one, and format 4 otherwise.
func characters(cmap []byte, glyphs int) ([]charRange, error) {
	if len(cmap) < 4 {
		return nil, fmt.Errorf("%w: no character map", ErrFont)
	}
	var best []byte
	for i := range int(u16(cmap, 2)) {
		e := 4 + 8*i
		if e+8 > len(cmap) {
			break
		}
		at := int(u32(cmap, e+4))
		if at+16 > len(cmap) {
			continue
		}
		sub := cmap[at:]
		switch format := u16(sub, 0); {
		case format == 12:
			best = sub
		case format == 4 && (best == nil || u16(best, 0) != 12):
			best = sub
		}
	}
	switch {
	case best == nil:
		return nil, fmt.Errorf("%w: no Unicode character map", ErrFont)
	case u16(best, 0) == 12:
		return format12(best, glyphs)
	}
	return format4(best, glyphs)
}

func format12(sub []byte, glyphs int) ([]charRange, error) {
	n := int(u32(sub, 12))
	if n > (len(sub)-16)/12 {
		return nil, fmt.Errorf("%w: character map is cut off", ErrFont)
	}
	ranges := make([]charRange, 0, n)
	next := uint32(0)
	for i := range n {
		g := sub[16+12*i:]
		first, last, glyph := u32(g, 0), u32(g, 4), u32(g, 8)
		if first < next || last < first || last > 0x10FFFF || int(glyph)+int(last-first) >= glyphs {
			return nil, fmt.Errorf("%w: character map is not in order", ErrFont)
		}
		ranges = append(ranges, charRange{rune(first), rune(last), uint16(glyph)})
		next = last + 1
	}
	return ranges, nil
}

func format4(sub []byte, glyphs int) ([]charRange, error) {
	segments := int(u16(sub, 6)) / 2
	if len(sub) < 16+8*segments {
		return nil, fmt.Errorf("%w: character map is cut off", ErrFont)
	}
	ends, starts, deltas, offsets := 14, 16+2*segments, 16+4*segments, 16+6*segments
	var ranges []charRange
	for i := range segments {
		first, last := rune(u16(sub, starts+2*i)), rune(u16(sub, ends+2*i))
		delta, offset := u16(sub, deltas+2*i), int(u16(sub, offsets+2*i))
		for r := first; r <= last && r != 0xFFFF; r++ {
			glyph := uint16(r) + delta
			if offset != 0 {
				at := offsets + 2*i + offset + 2*int(r-first)
				if at+2 > len(sub) {
					return nil, fmt.Errorf("%w: character map is cut off", ErrFont)
				}
				if glyph = u16(sub, at); glyph != 0 {
					glyph += delta
				}
			}
			if glyph == 0 || int(glyph) >= glyphs {
				continue
			}
			if k := len(ranges); k > 0 && ranges[k-1].last >= r {
				return nil, fmt.Errorf("%w: character map is not in order", ErrFont)
			}
			ranges = appendChar(ranges, r, glyph)
		}
	}
	return ranges, nil
}

// appendChar adds one character, joining it to the range before where it
// carries that on.
func appendChar(ranges []charRange, r rune, glyph uint16) []charRange {
	if k := len(ranges); k > 0 {
		p := &ranges[k-1]
		if p.last+1 == r && p.glyph+uint16(r-p.first) == glyph {
			p.last = r
			return ranges
		}
	}
	return append(ranges, charRange{r, r, glyph})
}

// page are the glyphs of neighbouring characters, 0 for one that has none.
type page [1 << pageBits]uint16

const pageBits = 8

// paged makes the table by which a character's glyph is found at once.
func paged(ranges []charRange) (pages []*page) {
	if n := len(ranges); n > 0 {
		pages = make([]*page, ranges[n-1].last>>pageBits+1)
	}
	for _, g := range ranges {
		for r := g.first; r <= g.last; r++ {
			p := &pages[r>>pageBits]
			if *p == nil {
				*p = new(page)
			}
			(*p)[r&(1<<pageBits-1)] = g.glyph + uint16(r-g.first)
		}
	}
	return pages
}
