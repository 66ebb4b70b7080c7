package raster

import (
	"math"

	"yizheng/templates/pdf"
)

// polyline is a path made of straight pieces.
type polyline struct {
	points []pdf.Point
	closed bool
}

// lines breaks a path into polylines.
func lines(path pdf.Path) []polyline {
	var out []polyline
	var now polyline
	end := func() {
		if len(now.points) > 1 {
			out = append(out, now)
		}
		now = polyline{}
	}
	for _, s := range path {
		switch s.Op {
		case 'm':
			end()
			now.add(s.Points[0])
		case 'l':
			now.add(s.Points[0])
		case 'c':
			if n := len(now.points); n > 0 {
				curve(now.points[n-1], s.Points, now.add)
			}
		case 'h':
			now.closed = true
			if n := len(now.points); n > 1 && near(now.points[0], now.points[n-1]) {
				now.points = now.points[:n-1]
			}
			end()
		}
	}
	end()
	return out
}

// near says whether two points are one, for all that can be seen.
func near(a, b pdf.Point) bool { return math.Hypot(a.X-b.X, a.Y-b.Y) < 1e-3 }

func (l *polyline) add(q pdf.Point) {
	if n := len(l.points); n == 0 || !near(l.points[n-1], q) {
		l.points = append(l.points, q)
	}
}

// curve gives the points of a cubic Bézier after the first, so many that the
// straight pieces between them cannot be told from it.
func curve(from pdf.Point, c [3]pdf.Point, give func(pdf.Point)) {
	length := math.Hypot(c[0].X-from.X, c[0].Y-from.Y) + math.Hypot(c[1].X-c[0].X, c[1].Y-c[0].Y) + math.Hypot(c[2].X-c[1].X, c[2].Y-c[1].Y)
	n := 2 + int(min(200, 1.5*math.Sqrt(length)))
	for i := 1; i < n; i++ {
		t := float64(i) / float64(n)
		u := 1 - t
		a, b, d, e := u*u*u, 3*u*u*t, 3*u*t*t, t*t*t
		give(pdf.Point{X: a*from.X + b*c[0].X + d*c[1].X + e*c[2].X, Y: a*from.Y + b*c[0].Y + d*c[1].Y + e*c[2].Y})
	}
	give(c[2])
}

// sharpest is by how much of half the width a corner may stick out before it
// is cut off.
const sharpest = 4

// widened adds the area of a line of twice half the width to a path. All
// areas run round the same way, so that they add up where they cross.
func (l polyline) widened(area pdf.Path, half float64, round bool) pdf.Path {
	n := len(l.points)
	left, right := make([]pdf.Point, 0, n+8), make([]pdf.Point, 0, n+8)
	for i, q := range l.points {
		before, after := l.direction(i-1), l.direction(i)
		if !l.closed && i == 0 {
			before = after
		}
		if !l.closed && i == n-1 {
			after = before
		}
		for _, out := range corner(before, after) {
			left = append(left, pdf.Point{X: q.X - out.Y*half, Y: q.Y + out.X*half})
			right = append(right, pdf.Point{X: q.X + out.Y*half, Y: q.Y - out.X*half})
		}
	}
	if l.closed {
		return ring(ring(area, left), backwards(right))
	}
	if round {
		left = append(left, halfCircle(l.points[n-1], l.direction(n-2), half)...)
		first := l.direction(0)
		right = append(backwards(right), halfCircle(l.points[0], pdf.Point{X: -first.X, Y: -first.Y}, half)...)
		return ring(area, append(left, right...))
	}
	return ring(area, append(left, backwards(right)...))
}

// direction is that of the piece that begins at point i.
func (l polyline) direction(i int) pdf.Point {
	n := len(l.points)
	a, b := l.points[(i+n)%n], l.points[(i+1+n)%n]
	d := math.Hypot(b.X-a.X, b.Y-a.Y)
	return pdf.Point{X: (b.X - a.X) / d, Y: (b.Y - a.Y) / d}
}

// corner gives the direction whose normal leads to the corner of the area, as
// long as it must be; both directions where the corner is cut off.
func corner(before, after pdf.Point) []pdf.Point {
	sum := pdf.Point{X: before.X + after.X, Y: before.Y + after.Y}
	k := 2 / (sum.X*sum.X + sum.Y*sum.Y)
	if !(k*math.Hypot(sum.X, sum.Y) < sharpest) {
		return []pdf.Point{before, after}
	}
	return []pdf.Point{{X: sum.X * k, Y: sum.Y * k}}
}

// halfCircle gives half a circle around the end of a line, from its left side to its
// right.
func halfCircle(end, direction pdf.Point, half float64) (arc []pdf.Point) {
	const steps = 8
	for i := 1; i < steps; i++ {
		sin, cos := math.Sincos(math.Pi * float64(i) / steps)
		arc = append(arc, pdf.Point{
			X: end.X + half*(direction.X*sin-direction.Y*cos),
			Y: end.Y + half*(direction.Y*sin+direction.X*cos),
		})
	}
	return arc
}

func ring(area pdf.Path, points []pdf.Point) pdf.Path {
	op := byte('m')
	for _, q := range points {
		area = append(area, pdf.Step{Op: op, Points: [3]pdf.Point{q}})
		op = 'l'
	}
	return append(area, pdf.Step{Op: 'h'})
}

func backwards(points []pdf.Point) []pdf.Point {
	out := make([]pdf.Point, len(points))
	for i, q := range points {
		out[len(points)-1-i] = q
	}
	return out
}
