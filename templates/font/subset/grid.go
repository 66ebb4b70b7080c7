package main

import (
	"math"
	"slices"

	"yizheng/templates/font"
)

// grid rounds outlines to a coarser em square. Everything goes to the nearest
// point of the grid but the thin horizontal strokes of a Song face: their two
// edges are rounded together, so that strokes drawn equally thick stay so.
type grid struct {
	scale float64 // units of the grid for one of the outline
}

// Strokes up to this thickness, and edges from this length on, in thousandths
// of an em.
const (
	thinStroke = 50
	longEdge   = 40
)

// edge is a horizontal line of an outline.
type edge struct{ y, left, right float64 }

// outline moves the contours of one glyph to where their ends lie on the grid.
// Handles of curves move with the ends that they belong to, and are not on the
// grid yet.
func (g grid) outline(contours []font.Contour) []font.Contour {
	rows := g.rows(contours)
	scaled := func(p font.Point) font.Point { return font.Point{X: p.X * g.scale, Y: p.Y * g.scale} }
	round := func(p font.Point) font.Point {
		y, ok := rows[p.Y]
		if !ok {
			y = math.Round(p.Y * g.scale)
		}
		return font.Point{X: math.Round(p.X * g.scale), Y: y}
	}
	beside := func(handle, end font.Point) font.Point {
		h, was, is := scaled(handle), scaled(end), round(end)
		return font.Point{X: h.X + is.X - was.X, Y: h.Y + is.Y - was.Y}
	}
	var out []font.Contour
	for _, c := range contours {
		r, pen := font.Contour{Start: round(c.Start)}, c.Start
		for _, s := range c.Segments {
			on := font.Segment{Curve: s.Curve, End: round(s.End)}
			if s.Curve {
				on.A, on.B = beside(s.A, pen), beside(s.B, s.End)
			}
			r.Segments = append(r.Segments, on)
			pen = s.End
		}
		out = append(out, r)
	}
	return out
}

// rows says where the heights of thin horizontal strokes come to lie.
func (g grid) rows(contours []font.Contour) map[float64]float64 {
	var tops, bottoms []edge
	for _, c := range contours {
		pen := c.Start
		add := func(to font.Point) {
			switch {
			case to.Y != pen.Y:
			case to.X-pen.X >= longEdge: // outer contours run anticlockwise: this is a lower edge
				bottoms = append(bottoms, edge{pen.Y, pen.X, to.X})
			case pen.X-to.X >= longEdge:
				tops = append(tops, edge{pen.Y, to.X, pen.X})
			}
		}
		for _, s := range c.Segments {
			if !s.Curve {
				add(s.End)
			}
			pen = s.End
		}
		add(c.Start)
	}
	slices.SortFunc(bottoms, func(a, b edge) int { return int(2 * (a.y - b.y)) })
	rows := map[float64]float64{}
	for _, b := range bottoms {
		for _, t := range tops {
			thick := t.y - b.y
			if thick <= 0 || thick > thinStroke || t.left >= b.right || b.left >= t.right {
				continue
			}
			whole := max(1, math.Ceil(thick*g.scale-0.5)) // a half goes down
			low, lowSet := rows[b.y]
			_, topSet := rows[t.y]
			if topSet {
				continue
			}
			if !lowSet {
				low = math.Round((b.y+t.y)/2*g.scale - whole/2)
				rows[b.y] = low
			}
			rows[t.y] = low + whole
		}
	}
	return rows
}

// tidy leaves out pieces of no length, makes lines of curves that have become
// straight, and lets lines that carry each other straight on be one.
func tidy(c font.Contour) font.Contour {
	pen := c.Start
	out := font.Contour{Start: c.Start}
	from := c.Start // where the last piece in out begins
	for _, s := range c.Segments {
		if s.Curve && straight(pen, s.A, s.End) && straight(pen, s.B, s.End) {
			s = font.Segment{End: s.End}
		}
		last := len(out.Segments) - 1
		switch {
		case !s.Curve && s.End == pen:
		case !s.Curve && last >= 0 && !out.Segments[last].Curve && straight(from, pen, s.End):
			out.Segments[last].End = s.End
		default:
			out.Segments = append(out.Segments, s)
			from = pen
		}
		pen = s.End
	}
	return out
}

// straight says whether p lies on the straight line from a to b, between
// them.
func straight(a, p, b font.Point) bool {
	cross := (b.X-a.X)*(p.Y-a.Y) - (b.Y-a.Y)*(p.X-a.X)
	within := (p.X-a.X)*(p.X-b.X)+(p.Y-a.Y)*(p.Y-b.Y) <= 0
	return cross == 0 && within
}

// shortest begins every contour where the charstring becomes shortest: the
// line that closes a contour need not be written.
func shortest(contours []font.Contour, advance, usual int) []byte {
	for i, c := range contours {
		best, size := c, math.MaxInt
		for range c.Segments {
			contours[i] = c
			if n := len(font.Encode(contours[max(0, i-1):min(i+2, len(contours))], usual, usual)); n < size {
				best, size = c, n
			}
			c = turned(c)
		}
		contours[i] = best
	}
	return font.Encode(contours, advance, usual)
}

// turned is the contour begun at its second point.
func turned(c font.Contour) font.Contour {
	segments := slices.Clone(c.Segments)
	if last := segments[len(segments)-1]; last.End != c.Start {
		segments = append(segments, font.Segment{End: c.Start})
	}
	return font.Contour{Start: segments[0].End, Segments: append(segments[1:], segments[0])}
}
