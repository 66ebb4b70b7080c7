package main

import (
	"math"

	"yizheng/templates/font"
)

// astray is how far a line or curve may lie from the one that it stands for,
// in units of the grid: as far as rounding moves a point.
const astray = 0.5

// How many segments one line may stand for, and how far the handles of a
// curve are moved, in units of the grid, to find cheaper ones: a curve moves
// by less than half of that.
const (
	joined = 4
	moved  = 2
)

// outline draws a glyph, whose contours have their ends on the grid, for the
// least that can be had, and leaves out what that makes superfluous.
func (p *prices) outline(contours []font.Contour) (out []font.Contour) {
	for _, c := range contours {
		if c = tidy(p.spare(c)); len(c.Segments) > 1 {
			out = append(out, c)
		}
	}
	return out
}

// spare draws a contour, whose ends lie on the grid, by the segments that cost
// least, with handles on the grid too: a shortest path over its ends, on which
// a line may pass several of them.
func (p *prices) spare(c font.Contour) font.Contour {
	n := len(c.Segments)
	ends := append(make([]font.Point, 0, n+1), c.Start)
	paths := make([][]font.Point, n)
	for i, s := range c.Segments {
		paths[i] = path(ends[i], s)
		ends = append(ends, s.End)
	}
	type choice struct {
		cost    float64
		next    int
		segment font.Segment
	}
	best := make([]choice, n+1)
	for i := n - 1; i >= 0; i-- {
		best[i].cost = math.Inf(1)
		try := func(cost float64, next int, s font.Segment) {
			if cost += best[next].cost; cost < best[i].cost {
				best[i] = choice{cost, next, s}
			}
		}
		if s := c.Segments[i]; s.Curve {
			s = p.handles(ends[i], s, paths[i])
			try(p.curve(ends[i], s), i+1, s)
		}
		for next := i + 1; next <= min(n, i+joined); next++ {
			if passes(paths[i:next], ends[i], ends[next]) {
				try(p.line(ends[i], ends[next]), next, font.Segment{End: ends[next]})
			}
		}
	}
	out := font.Contour{Start: c.Start}
	for i := 0; i < n; i = best[i].next {
		out.Segments = append(out.Segments, best[i].segment)
	}
	return out
}

// handles gives the curve the cheapest handles on the grid with which it
// does not go astray; where there are none, the nearest.
func (p *prices) handles(from font.Point, s font.Segment, path []font.Point) font.Segment {
	round := func(p font.Point) font.Point { return font.Point{X: math.Round(p.X), Y: math.Round(p.Y)} }
	nearest := font.Segment{Curve: true, A: round(s.A), B: round(s.B), End: s.End}
	best, cost := nearest, p.curve(from, nearest)
	const side = 2*moved + 1
	at := func(p font.Point, i int) font.Point {
		return font.Point{X: p.X + float64(i%side-moved), Y: p.Y + float64(i/side-moved)}
	}
	for a := range side * side {
		for b := range side * side {
			s := font.Segment{Curve: true, A: at(nearest.A, a), B: at(nearest.B, b), End: s.End}
			if is := p.curve(from, s); is < cost && follows(from, s, path) {
				best, cost = s, is
			}
		}
	}
	return best
}

// pieces is into how many lines a curve is cut to measure how far another is
// from it.
const pieces = 8

// path is a segment as points along it.
func path(from font.Point, s font.Segment) []font.Point {
	if !s.Curve {
		return []font.Point{from, s.End}
	}
	points := make([]font.Point, 0, pieces+1)
	for i := range pieces + 1 {
		points = append(points, along(from, s, float64(i)/pieces))
	}
	return points
}

// along is a point of a curve: t goes from 0 to 1.
func along(from font.Point, s font.Segment, t float64) font.Point {
	u := 1 - t
	a, b, c, d := u*u*u, 3*u*u*t, 3*u*t*t, t*t*t
	return font.Point{X: a*from.X + b*s.A.X + c*s.B.X + d*s.End.X, Y: a*from.Y + b*s.A.Y + c*s.B.Y + d*s.End.Y}
}

// follows says whether a curve stays by that of a path, all along: neither
// goes where the other does not.
func follows(from font.Point, s font.Segment, was []font.Point) bool {
	var is [pieces + 1]font.Point
	for i := range is {
		is[i] = along(from, s, float64(i)/pieces)
	}
	return within(is[:], was) && within(was, is[:])
}

// within says whether the points of a path lie by the other.
func within(path, other []font.Point) bool {
	for _, p := range path {
		far := true
		for i := 1; i < len(other) && far; i++ {
			far = distance(p, other[i-1], other[i]) > astray
		}
		if far {
			return false
		}
	}
	return true
}

// passes says whether a straight line stays by paths.
func passes(paths [][]font.Point, from, to font.Point) bool {
	for _, path := range paths {
		for _, p := range path {
			if distance(p, from, to) > astray {
				return false
			}
		}
	}
	return true
}

// distance is that of a point from the piece of a line from a to b.
func distance(p, a, b font.Point) float64 {
	dx, dy := b.X-a.X, b.Y-a.Y
	t := 0.0
	if length := dx*dx + dy*dy; length > 0 {
		t = max(0, min(1, ((p.X-a.X)*dx+(p.Y-a.Y)*dy)/length))
	}
	return math.Hypot(p.X-a.X-t*dx, p.Y-a.Y-t*dy)
}
