package font

import "fmt"

// Flags of a point of a simple outline.
const (
	onCurve   = 1 << 0
	xShort    = 1 << 1
	yShort    = 1 << 2
	repeated  = 1 << 3
	xSameOrUp = 1 << 4
	ySameOrUp = 1 << 5
)

var errCutOff = fmt.Errorf("%w: an outline is cut off", ErrFont)

// simple decodes a glyf outline of n contours.
func simple(b []byte, n int) ([]Contour, error) {
	p := 10 + 2*n
	if n == 0 {
		return nil, nil
	}
	if p+2 > len(b) {
		return nil, errCutOff
	}
	points := int(u16(b, 10+2*(n-1))) + 1
	if points > maxSegments {
		return nil, fmt.Errorf("%w: an outline of %d points", ErrFont, points)
	}
	p += 2 + int(u16(b, p)) // past the instructions
	flags := make([]byte, 0, points)
	for len(flags) < points {
		if p >= len(b) {
			return nil, errCutOff
		}
		flag := b[p]
		p++
		flags = append(flags, flag)
		if flag&repeated != 0 {
			if p >= len(b) {
				return nil, errCutOff
			}
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
		return nil, errCutOff
	}
	out := make([]Contour, 0, n)
	first := 0
	for i := range n {
		last := int(u16(b, 10+2*i))
		if last < first || last >= points {
			return nil, fmt.Errorf("%w: contours are not in order", ErrFont)
		}
		out = append(out, contour(xs[first:last+1], ys[first:last+1], flags[first:last+1]))
		first = last + 1
	}
	return out, nil
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
	pen := start
	for i := from; i < n; {
		p, on := at(i)
		if on {
			c.Segments = append(c.Segments, line(p))
			pen = p
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
		c.Segments = append(c.Segments, quadratic(pen, p, end))
		pen = end
		i++
	}
	return c
}
