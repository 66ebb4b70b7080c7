package font

import "fmt"

// glyf are the outlines of a TrueType font: points on and off quadratic
// curves, and composites of other glyphs.
type glyf struct {
	data, loca []byte
	long       bool // loca has four bytes an entry
	glyphs     int
}

func parseGlyf(data, loca []byte, glyphs int, long bool) (*glyf, error) {
	entry := 2
	if long {
		entry = 4
	}
	if len(loca) < entry*(glyphs+1) {
		return nil, fmt.Errorf("%w: loca does not fit %d glyphs", ErrFont, glyphs)
	}
	return &glyf{data, loca, long, glyphs}, nil
}

// entry gives the bytes of a glyph, none where it draws nothing.
func (t *glyf) entry(glyph uint16) ([]byte, error) {
	if int(glyph) >= t.glyphs {
		return nil, fmt.Errorf("%w: there is no glyph %d", ErrFont, glyph)
	}
	var from, to int
	if t.long {
		from, to = int(u32(t.loca, 4*int(glyph))), int(u32(t.loca, 4*int(glyph)+4))
	} else {
		from, to = 2*int(u16(t.loca, 2*int(glyph))), 2*int(u16(t.loca, 2*int(glyph)+2))
	}
	if from > to || to > len(t.data) {
		return nil, fmt.Errorf("%w: glyph %d lies outside the table", ErrFont, glyph)
	}
	if to-from < 10 {
		return nil, nil
	}
	return t.data[from:to], nil
}

// How deep composites may lie within each other, and how many parts one may
// have in all: a damaged font could ask for millions. For all of them together
// maxSegments holds.
const (
	maxDepth = 6
	maxParts = 128
)

// allowance is what may still be drawn of a glyph.
type allowance struct{ parts, segments int }

// contours implements outlines. Parts of composites are moved, and scaled
// where they say so.
func (t *glyf) contours(glyph uint16) ([]Contour, error) {
	return t.composed(glyph, maxDepth, &allowance{maxParts, maxSegments})
}

func (t *glyf) composed(glyph uint16, depth int, left *allowance) ([]Contour, error) {
	b, err := t.entry(glyph)
	if err != nil || b == nil {
		return nil, err
	}
	if n := int(i16(b, 0)); n >= 0 {
		out, err := simple(b, n)
		for _, c := range out {
			left.segments -= len(c.Segments)
		}
		if left.segments < 0 {
			return nil, fmt.Errorf("%w: glyph %d has too many lines", ErrFont, glyph)
		}
		return out, err
	}
	if depth == 0 {
		return nil, fmt.Errorf("%w: parts of glyph %d lie too deep within each other", ErrFont, glyph)
	}
	all, err := parts(b)
	if err != nil {
		return nil, err
	}
	var out []Contour
	for _, p := range all {
		if left.parts--; left.parts < 0 {
			return nil, fmt.Errorf("%w: glyph %d has too many parts", ErrFont, glyph)
		}
		contours, err := t.composed(p.glyph, depth-1, left)
		if err != nil {
			return nil, err
		}
		for _, c := range contours {
			out = append(out, p.placed(c))
		}
	}
	return out, nil
}

// Flags of a part of a composite glyph.
const (
	argsAreWords  = 1 << 0
	argsAreXY     = 1 << 1
	hasScale      = 1 << 3
	moreParts     = 1 << 5
	hasTwoScales  = 1 << 6
	hasMatrix     = 1 << 7
	scalesOffsets = 1 << 11
)

// part is another glyph within a composite: turned and scaled by m, then
// moved.
type part struct {
	glyph  uint16
	m      [4]float64
	dx, dy float64
}

func (p part) placed(c Contour) Contour {
	if p.m == [4]float64{1, 0, 0, 1} {
		return c.moved(p.dx, p.dy)
	}
	place := func(q Point) Point {
		return Point{p.m[0]*q.X + p.m[2]*q.Y + p.dx, p.m[1]*q.X + p.m[3]*q.Y + p.dy}
	}
	out := Contour{Start: place(c.Start), Segments: make([]Segment, len(c.Segments))}
	for i, s := range c.Segments {
		out.Segments[i] = Segment{s.Curve, place(s.A), place(s.B), place(s.End)}
	}
	return out
}

// parts reads the parts of a composite. Those set by matching points, and
// those whose offsets are scaled, are refused: no font of today has them.
func parts(b []byte) ([]part, error) {
	var all []part
	for p := 10; ; {
		if p+6 > len(b) {
			return nil, fmt.Errorf("%w: a composite glyph is cut off", ErrFont)
		}
		flags := u16(b, p)
		if flags&argsAreXY == 0 || flags&scalesOffsets != 0 {
			return nil, fmt.Errorf("%w: a composite glyph is set by points or scaled offsets", ErrFont)
		}
		size, scales := 6, 0
		if flags&argsAreWords != 0 {
			size = 8
		}
		switch {
		case flags&hasScale != 0:
			scales = 1
		case flags&hasTwoScales != 0:
			scales = 2
		case flags&hasMatrix != 0:
			scales = 4
		}
		if p+size+2*scales > len(b) {
			return nil, fmt.Errorf("%w: a composite glyph is cut off", ErrFont)
		}
		q := part{glyph: u16(b, p+2), m: [4]float64{1, 0, 0, 1}}
		if size == 8 {
			q.dx, q.dy = float64(i16(b, p+4)), float64(i16(b, p+6))
		} else {
			q.dx, q.dy = float64(int8(b[p+4])), float64(int8(b[p+5]))
		}
		scale := func(i int) float64 { return float64(i16(b, p+size+2*i)) / (1 << 14) }
		switch scales {
		case 1:
			q.m[0], q.m[3] = scale(0), scale(0)
		case 2:
			q.m[0], q.m[3] = scale(0), scale(1)
		case 4:
			q.m = [4]float64{scale(0), scale(1), scale(2), scale(3)}
		}
		all = append(all, q)
		if flags&moreParts == 0 {
			return all, nil
		}
		p += size + 2*scales
	}
}
