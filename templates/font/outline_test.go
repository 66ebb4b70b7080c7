package font_test

import (
	"errors"
	"math"
	"os"
	"testing"

	"golang.org/x/image/font/gofont/goregular"
	"golang.org/x/image/font/sfnt"
	"golang.org/x/image/math/fixed"

	"yizheng/templates/font"
)

// TestOutlines compares the outlines of fonts as they are sold, with hints,
// subroutines and composites, with those that another reader finds: both fill
// the same area. testdata/hinted.otf is a subset of Noto Serif CJK SC made by
// pyftsubset, which keeps its hints and subroutines.
func TestOutlines(t *testing.T) {
	hinted, err := os.ReadFile("testdata/hinted.otf")
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name  string
		file  []byte
		chars string
	}{
		{"CFF, CID-keyed", hinted, "证许国家A9g龘行业"},
		{"TrueType", goregular.TTF, "AgQ@&é½Åñ§8"},
	} {
		t.Run(c.name, func(t *testing.T) {
			f, err := font.Parse("Test", c.file)
			if err != nil {
				t.Fatal(err)
			}
			if err := f.Check(); err != nil {
				t.Fatal(err)
			}
			other, err := sfnt.Parse(c.file)
			if err != nil {
				t.Fatal(err)
			}
			var buf sfnt.Buffer
			for _, r := range c.chars {
				g, ok := f.Glyph(r)
				segments, err := other.LoadGlyph(&buf, sfnt.GlyphIndex(g), fixed.I(f.UnitsPerEm), nil)
				if !ok || err != nil {
					t.Fatalf("%c is glyph %d, and to another reader: %v", r, g, err)
				}
				was, is := areaOf(segments), area(f.Outline(g))
				if math.Abs(was-is) > 0.002*math.Abs(was) {
					t.Errorf("%c fills %.0f square units, and %.0f to another reader", r, is, was)
				}
				again, err := font.Parse("Again", font.Build(f, f.UnitsPerEm, []font.Glyph{
					{Char: r, Advance: f.Advance(g), Code: font.Encode(f.Outline(g), f.Advance(g), f.UnitsPerEm)}}))
				if err != nil {
					t.Fatal(err)
				}
				// Thirds of a unit, which cubics of TrueType curves have, are rounded.
				if is := area(again.Outline(1)); math.Abs(was-is) > 0.005*math.Abs(was) {
					t.Errorf("%c fills %.0f square units when it is written anew, and filled %.0f", r, is, was)
				}
			}
		})
	}
}

// area is what contours enclose, parts that run the other way taken off.
func area(contours []font.Contour) (sum float64) {
	for _, c := range contours {
		pen := c.Start
		to := func(p font.Point) {
			sum += (pen.X*p.Y - p.X*pen.Y) / 2
			pen = p
		}
		for _, s := range c.Segments {
			from := pen
			for i := 1; s.Curve && i < 16; i++ {
				to(onCubic(from, s.A, s.B, s.End, float64(i)/16))
			}
			to(s.End)
		}
		to(c.Start)
	}
	return sum
}

func onCubic(a, b, c, d font.Point, t float64) font.Point {
	u := 1 - t
	k := [4]float64{u * u * u, 3 * u * u * t, 3 * u * t * t, t * t * t}
	return font.Point{X: k[0]*a.X + k[1]*b.X + k[2]*c.X + k[3]*d.X, Y: k[0]*a.Y + k[1]*b.Y + k[2]*c.Y + k[3]*d.Y}
}

func areaOf(segments sfnt.Segments) float64 {
	var contours []font.Contour
	at := func(p fixed.Point26_6) font.Point { return font.Point{X: float64(p.X) / 64, Y: -float64(p.Y) / 64} }
	var pen font.Point
	for _, s := range segments {
		if s.Op == sfnt.SegmentOpMoveTo {
			pen = at(s.Args[0])
			contours = append(contours, font.Contour{Start: pen})
			continue
		}
		c := &contours[len(contours)-1]
		var next font.Segment
		switch s.Op {
		case sfnt.SegmentOpLineTo:
			next = font.Segment{End: at(s.Args[0])}
		case sfnt.SegmentOpQuadTo:
			q, end := at(s.Args[0]), at(s.Args[1])
			third := func(p font.Point) font.Point {
				return font.Point{X: p.X + 2*(q.X-p.X)/3, Y: p.Y + 2*(q.Y-p.Y)/3}
			}
			next = font.Segment{Curve: true, A: third(pen), B: third(end), End: end}
		case sfnt.SegmentOpCubeTo:
			next = font.Segment{Curve: true, A: at(s.Args[0]), B: at(s.Args[1]), End: at(s.Args[2])}
		}
		c.Segments = append(c.Segments, next)
		pen = next.End
	}
	return area(contours)
}

// TestCharstrings runs charstrings written by hand. Numbers are written as
// 139 and the number.
func TestCharstrings(t *testing.T) {
	f := faces(t).Regular
	n := func(v int) byte { return byte(139 + v) }
	many := make([]byte, 0, 49)
	for range 49 {
		many = append(many, n(1))
	}
	square := []byte{n(10), n(10), 21, n(30), n(30), n(-30), 6, 14}
	for _, c := range []struct {
		name  string
		code  []byte
		steps int // contours and segments, -1 where it is refused
	}{
		{"nothing", []byte{14}, 0},
		{"a square", square, 4},
		{"a width before it", append([]byte{n(50)}, square...), 4},
		{"hints before it", append([]byte{n(50), n(1), n(2), 1, n(3), n(4), 19, 0xFF}, square...), 4},
		{"a flex", []byte{n(0), 22, n(1), n(2), n(3), n(4), n(5), n(6), n(7), 12, 34, 14}, 3},
		{"a fixed number", []byte{255, 0, 10, 128, 0, 22, n(5), 6, 14}, 2},
		{"no end", square[:len(square)-1], -1},
		{"a line without a beginning", []byte{n(1), n(1), 5, 14}, -1},
		{"an odd number of operands", []byte{n(1), 22, n(1), n(1), n(1), 5, 14}, -1},
		{"too many operands", append(many, 5, 14), -1},
		{"a number cut off", []byte{28, 1}, -1},
		{"a mask cut off", []byte{n(1), n(2), 19}, -1},
		{"a subroutine that is not there", []byte{n(0), 10, 14}, -1},
		{"arithmetic", []byte{n(1), n(1), 12, 10, 14}, -1},
		{"an accent", []byte{n(1), n(1), n(1), n(1), 14}, -1},
		{"an operator of old", []byte{n(1), n(1), 21, 15, 14}, -1},
	} {
		t.Run(c.name, func(t *testing.T) {
			b := font.Build(f, f.UnitsPerEm, []font.Glyph{{Char: 'x', Advance: f.UnitsPerEm, Code: c.code}})
			cut, err := font.Parse("Cut", b)
			if err != nil {
				t.Fatal(err)
			}
			err = cut.Check()
			if refused := errors.Is(err, font.ErrFont); refused != (c.steps < 0) {
				t.Fatalf("error is %v", err)
			}
			if steps := len(flatten(cut.Outline(1))); c.steps >= 0 && steps != c.steps {
				t.Errorf("it has %d steps", steps)
			}
		})
	}
}

// FuzzCharstring holds that any charstring is either refused or drawn, and
// what is drawn can be written and read again. The seeds are real ones.
func FuzzCharstring(f *testing.F) {
	regular := faces(f).Regular
	for _, r := range sample {
		g, _ := regular.Glyph(r)
		f.Add(font.Encode(regular.Outline(g), regular.Advance(g), regular.UnitsPerEm))
	}
	f.Fuzz(func(t *testing.T, code []byte) {
		read := func(code []byte) []font.Contour {
			b := font.Build(regular, 1000, []font.Glyph{{Char: 'x', Advance: 1000, Code: code}})
			face, err := font.Parse("Fuzz", b)
			if err != nil {
				t.Fatal(err)
			}
			return face.Outline(1)
		}
		was := read(code)
		for _, c := range was {
			for _, s := range append(c.Segments, font.Segment{End: c.Start}) {
				for _, v := range []float64{s.A.X, s.A.Y, s.B.X, s.B.Y, s.End.X, s.End.Y} {
					if v != math.Round(v) || math.Abs(v) > 8000 {
						return // fractions are rounded when it is written, and the far away is brought nearer
					}
				}
			}
		}
		first := font.Encode(was, 1000, 1000)
		if again := font.Encode(read(first), 1000, 1000); string(again) != string(first) {
			t.Errorf("written %x, and then %x", first, again)
		}
	})
}

// FuzzParse holds that any file is either refused or read, without taking
// time or memory.
func FuzzParse(f *testing.F) {
	f.Add(small(f, faces(f)))
	f.Add(goregular.TTF)
	hinted, err := os.ReadFile("testdata/hinted.otf")
	if err != nil {
		f.Fatal(err)
	}
	f.Add(hinted)
	f.Add(collection(hinted))
	f.Fuzz(func(t *testing.T, b []byte) {
		face, err := font.Parse("Fuzz", b)
		if err != nil {
			return
		}
		face.Check()
		for _, r := range sample + "A9g行" {
			if g, ok := face.Glyph(r); ok {
				face.Advance(g)
				face.Program(1, []font.Letter{{Glyph: g, Advance: face.Advance(g) + 1}})
			}
		}
	})
}
