package main

import (
	"math/rand/v2"
	"testing"

	"yizheng/templates/font"
)

// TestSpareStaysBy draws contours at random for less: they begin and end where
// they did, nothing of them goes astray, and none costs more than before.
func TestSpareStaysBy(t *testing.T) {
	r := rand.New(rand.NewPCG(4, 2026))
	whole := func(span int) font.Point { return font.Point{X: float64(r.IntN(span)), Y: float64(r.IntN(span))} }
	near := func(p font.Point) font.Point {
		return font.Point{X: p.X + 8*r.Float64() - 4, Y: p.Y + 8*r.Float64() - 4}
	}
	bowed := func(a, b font.Point, t float64) font.Point { // as the curves of letters are
		bow := 3*r.Float64() - 1.5
		return font.Point{X: a.X + t*(b.X-a.X) + bow, Y: a.Y + t*(b.Y-a.Y) + bow}
	}
	p, curves := flat(), 0
	for range 300 {
		c := font.Contour{Start: whole(60)}
		pen := c.Start
		for range 3 + r.IntN(6) {
			s := font.Segment{End: near(pen)}
			s.End = font.Point{X: float64(int(s.End.X)), Y: float64(int(s.End.Y))}
			if s.Curve = r.IntN(2) == 0; s.Curve {
				s.A, s.B = bowed(pen, s.End, 1.0/3), bowed(pen, s.End, 2.0/3)
			}
			c.Segments, pen = append(c.Segments, s), s.End
		}
		out := p.spare(c)
		if out.Start != c.Start || out.Segments[len(out.Segments)-1].End != pen {
			t.Fatalf("%v became %v, which begins or ends elsewhere", c, out)
		}
		var is [][2]font.Point // what was drawn, as short lines
		at := out.Start
		for _, s := range out.Segments {
			if s.Curve {
				curves++
				if s.A.X != float64(int(s.A.X)) || s.B.Y != float64(int(s.B.Y)) {
					t.Fatalf("the handles of %v are not on the grid", s)
				}
			}
			points := path(at, s)
			for i := 1; i < len(points); i++ {
				is = append(is, [2]font.Point{points[i-1], points[i]})
			}
			at = s.End
		}
		at = c.Start
		for _, s := range c.Segments {
			for _, p := range path(at, s) {
				nearest := 99.0
				for _, piece := range is {
					nearest = min(nearest, distance(p, piece[0], piece[1]))
				}
				// Rounded to the nearest, handles go up to 0.71 astray, and
				// pieces of a curve lie a little inside of it.
				if nearest > 0.9 {
					t.Fatalf("a point of %v lies %.2f from %v", c, nearest, out)
				}
			}
			at = s.End
		}
	}
	if curves == 0 {
		t.Error("no curve was kept")
	}
}

// TestSpareOfShallowCurves holds that curves as good as straight become lines,
// one line where they go on, and others stay.
func TestSpareOfShallowCurves(t *testing.T) {
	p := func(x, y float64) font.Point { return font.Point{X: x, Y: y} }
	c := flat().spare(font.Contour{Start: p(0, 0), Segments: []font.Segment{
		{Curve: true, A: p(3, 0.4), B: p(6, 0.4), End: p(10, 0)},
		{Curve: true, A: p(13, -0.4), B: p(16, -0.4), End: p(20, 0)},
		{Curve: true, A: p(26, 0), B: p(30, 4), End: p(30, 10)},
	}})
	if len(c.Segments) != 2 || c.Segments[0] != (font.Segment{End: p(20, 0)}) || !c.Segments[1].Curve {
		t.Errorf("drawn is %+v", c)
	}
}

// TestLearned holds that what is frequent becomes cheap.
func TestLearned(t *testing.T) {
	s := font.Segment{Curve: true, A: font.Point{X: 5, Y: 1}, B: font.Point{X: 9, Y: 4}, End: font.Point{X: 11, Y: 9}}
	var glyphs [][]font.Contour
	for range 40 {
		glyphs = append(glyphs, []font.Contour{{Segments: []font.Segment{s}}})
	}
	p := learn(glyphs)
	drawn := p.spare(glyphs[0][0])
	if price := p.curve(drawn.Start, drawn.Segments[0]); !drawn.Segments[0].Curve || price > repetition {
		t.Errorf("a curve that is met everywhere costs %v", price)
	}
	if often, seldom := p.number(int(drawn.Segments[0].A.X)), p.number(77); often >= seldom {
		t.Errorf("a frequent number costs %v, one that is never met %v", often, seldom)
	}
}
