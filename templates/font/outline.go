package font

// Point is a point of an outline in units of the em square, y upwards.
type Point struct{ X, Y float64 }

// Segment is one step of an outline: a straight line to End, or where Curve
// is set a quadratic Bézier by way of Control.
type Segment struct {
	Curve   bool
	Control Point
	End     Point
}

// Contour is a closed line; outlines are filled by the non-zero rule.
type Contour struct {
	Start    Point
	Segments []Segment
}

// How deep composites may lie within each other, and how many parts one may
// have in all: a damaged font could ask for millions.
const (
	maxDepth = 4
	maxParts = 64
)

// Outline gives the closed lines of a glyph. It is empty where the glyph
// draws nothing or its data is damaged. Parts of composites are moved and not
// scaled, as no part is in the fonts that travel with the program.
func (f *Face) Outline(glyph uint16) []Contour {
	left := maxParts
	return f.contours(glyph, maxDepth, &left)
}

func (f *Face) contours(glyph uint16, depth int, left *int) []Contour {
	b := f.outline(glyph)
	if b == nil {
		return nil
	}
	if n := int(i16(b, 0)); n >= 0 {
		return simple(b, n)
	}
	if depth == 0 {
		return nil
	}
	var out []Contour
	for _, at := range parts(b) {
		if *left--; *left < 0 {
			break
		}
		flags := u16(b, at-2)
		var dx, dy float64
		switch p := at + 2; {
		case flags&argsAreWords != 0 && p+4 <= len(b):
			dx, dy = float64(i16(b, p)), float64(i16(b, p+2))
		case flags&argsAreWords == 0 && p+2 <= len(b):
			dx, dy = float64(int8(b[p])), float64(int8(b[p+1]))
		}
		for _, c := range f.contours(u16(b, at), depth-1, left) {
			out = append(out, c.moved(dx, dy))
		}
	}
	return out
}

func (c Contour) moved(dx, dy float64) Contour {
	m := Contour{Start: Point{c.Start.X + dx, c.Start.Y + dy}, Segments: make([]Segment, len(c.Segments))}
	for i, s := range c.Segments {
		m.Segments[i] = Segment{s.Curve, Point{s.Control.X + dx, s.Control.Y + dy}, Point{s.End.X + dx, s.End.Y + dy}}
	}
	return m
}

// Flags of a point of a simple outline.
const (
	onCurve   = 1 << 0
	xShort    = 1 << 1
	yShort    = 1 << 2
	repeated  = 1 << 3
	xSameOrUp = 1 << 4
	ySameOrUp = 1 << 5
)

// simple decodes an outline of n contours; nil where it is cut off.
func simple(b []byte, n int) []Contour {
	p := 10 + 2*n
	if n == 0 || p+2 > len(b) {
		return nil
	}
	points := int(u16(b, 10+2*(n-1))) + 1
	p += 2 + int(u16(b, p)) // past the instructions
	flags := make([]byte, 0, points)
	for len(flags) < points {
		if p+2 > len(b) {
			return nil
		}
		flag := b[p]
		p++
		flags = append(flags, flag)
		if flag&repeated != 0 {
			for range b[p] {
				flags = append(flags, flag)
			}
			p++
		}
	}
	flags = flags[:points]
	xs, p := coordinates(b, p, flags, xShort, xSameOrUp)
	ys, _ := coordinates(b, p, flags, yShort, ySameOrUp)
	if xs == nil || ys == nil {
		return nil
	}
	out := make([]Contour, 0, n)
	first := 0
	for i := range n {
		last := int(u16(b, 10+2*i))
		if last < first || last >= points {
			return nil
		}
		out = append(out, contour(xs[first:last+1], ys[first:last+1], flags[first:last+1]))
		first = last + 1
	}
	return out
}

// coordinates reads one axis of all points; nil where it is cut off.
func coordinates(b []byte, p int, flags []byte, short, sameOrUp byte) ([]float64, int) {
	out := make([]float64, len(flags))
	v := 0
	for i, flag := range flags {
		switch {
		case flag&short != 0:
			if p+1 > len(b) {
				return nil, p
			}
			if flag&sameOrUp != 0 {
				v += int(b[p])
			} else {
				v -= int(b[p])
			}
			p++
		case flag&sameOrUp == 0:
			if p+2 > len(b) {
				return nil, p
			}
			v += int(i16(b, p))
			p += 2
		}
		out[i] = float64(v)
	}
	return out, p
}

// contour joins the points of one closed line. Between two control points
// that follow each other lies, unsaid, the point half way.
func contour(xs, ys []float64, flags []byte) Contour {
	n := len(xs)
	at := func(i int) (Point, bool) { return Point{xs[i%n], ys[i%n]}, flags[i%n]&onCurve != 0 }
	middle := func(a, b Point) Point { return Point{(a.X + b.X) / 2, (a.Y + b.Y) / 2} }
	start, on := at(0)
	from := 1
	if !on {
		last, lastOn := at(n - 1)
		if from = 0; lastOn {
			start = last
		} else {
			start = middle(last, start)
		}
	}
	c := Contour{Start: start}
	for i := from; i < n; {
		p, on := at(i)
		if on {
			c.Segments = append(c.Segments, Segment{End: p})
			i++
			continue
		}
		end := start
		if i+1 < n {
			next, nextOn := at(i + 1)
			if nextOn {
				end = next
				i++
			} else {
				end = middle(p, next)
			}
		}
		c.Segments = append(c.Segments, Segment{Curve: true, Control: p, End: end})
		i++
	}
	return c
}
