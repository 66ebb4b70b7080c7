package font

// Point is a point of an outline in units of the em square, y upwards.
type Point struct{ X, Y float64 }

// Segment is one step of an outline: a straight line to End, or where Curve
// is set a cubic Bézier by way of A and B.
type Segment struct {
	Curve bool
	A, B  Point
	End   Point
}

// Contour is a closed line; outlines are filled by the non-zero rule.
type Contour struct {
	Start    Point
	Segments []Segment
}

// line and curve are the two kinds of segments; quadratic raises a curve of
// one control point to one of two.
func line(end Point) Segment        { return Segment{End: end} }
func curve(a, b, end Point) Segment { return Segment{Curve: true, A: a, B: b, End: end} }
func quadratic(from, by, to Point) Segment {
	third := func(p Point) Point { return Point{p.X + 2*(by.X-p.X)/3, p.Y + 2*(by.Y-p.Y)/3} }
	return curve(third(from), third(to), to)
}

func (c Contour) moved(dx, dy float64) Contour {
	move := func(p Point) Point { return Point{p.X + dx, p.Y + dy} }
	m := Contour{Start: move(c.Start), Segments: make([]Segment, len(c.Segments))}
	for i, s := range c.Segments {
		m.Segments[i] = Segment{s.Curve, move(s.A), move(s.B), move(s.End)}
	}
	return m
}
