package main

import (
	"math"
	"testing"

	"yizheng/templates/font"
)

// stroke is a horizontal stroke with its lower edge at y.
func stroke(y, thick float64) font.Contour {
	at := func(x, y float64) font.Segment { return font.Segment{End: font.Point{X: x, Y: y}} }
	return font.Contour{Start: font.Point{X: 100, Y: y}, Segments: []font.Segment{at(900, y), at(900, y+thick), at(100, y+thick)}}
}

// TestThinStrokesStayAlike rounds strokes of one thickness from everywhere on
// the em: none comes out thicker or further away than another.
func TestThinStrokesStayAlike(t *testing.T) {
	for _, thick := range []float64{28, 29, 30} {
		for y := 0.0; y < 40; y++ {
			out := flat().outline(grid{0.133}.outline([]font.Contour{stroke(y, thick)}))
			low, high := out[0].Start.Y, out[0].Segments[1].End.Y
			if high-low != 4 {
				t.Errorf("a stroke of %v at %v became %v thick", thick, y, high-low)
			}
			if off := (low+high)/2 - (y+thick/2)*0.133; math.Abs(off) > 0.5 {
				t.Errorf("a stroke of %v at %v moved by %v", thick, y, off)
			}
		}
	}
}

func TestTidy(t *testing.T) {
	p := func(x, y float64) font.Point { return font.Point{X: x, Y: y} }
	c := tidy(font.Contour{Start: p(0, 0), Segments: []font.Segment{
		{End: p(0, 0)}, {End: p(10, 0)}, {End: p(30, 0)}, // no length, then a line in two pieces
		{Curve: true, A: p(30, 10), B: p(30, 20), End: p(30, 30)}, // a straight curve
		{Curve: true, A: p(20, 40), B: p(10, 40), End: p(0, 30)},
	}})
	want := []font.Segment{{End: p(30, 0)}, {End: p(30, 30)}, {Curve: true, A: p(20, 40), B: p(10, 40), End: p(0, 30)}}
	if len(c.Segments) != len(want) {
		t.Fatalf("left are %v", c.Segments)
	}
	for i := range want {
		if c.Segments[i] != want[i] {
			t.Errorf("piece %d is %v", i, c.Segments[i])
		}
	}
}

// TestShortest begins a contour elsewhere and draws the same.
func TestShortest(t *testing.T) {
	was := []font.Contour{stroke(7, 30), stroke(300, 500)}
	usual := font.Encode(was, 1000, 1000)
	short := shortest([]font.Contour{stroke(7, 30), stroke(300, 500)}, 1000, 1000)
	if len(short) > len(usual) {
		t.Errorf("%d bytes, and %d before", len(short), len(usual))
	}
	face, err := font.Parse("Test", font.Build(model(t), 1000, []font.Glyph{{Char: 'x', Advance: 1000, Code: short}}))
	if err != nil {
		t.Fatal(err)
	}
	if d := difference(picture(was, side/1000.0), picture(face.Outline(1), side/1000.0)); d > 1e-4 {
		t.Errorf("they differ in %v of the em", d)
	}
}

func model(t *testing.T) *font.Face {
	t.Helper()
	s, err := font.Faces()
	if err != nil {
		t.Fatal(err)
	}
	return s.Regular
}
