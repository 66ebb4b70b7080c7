package pdf

import (
	"math"

	"yizheng/templates/font"
)

// Path is a list of steps.
type Path []Step

// Step is one step of a path: Op is 'm' (move), 'l' (line), 'c' (cubic
// Bézier) or 'h' (close), with none to three points.
type Step struct {
	Op     byte
	Points [3]Point
}

// Point is a point of a path.
type Point struct{ X, Y float64 }

// End is where the step ends.
func (s Step) End() Point {
	if s.Op == 'c' {
		return s.Points[2]
	}
	return s.Points[0]
}

// Outline gives the outline of a glyph in units of its face's em square, y
// upwards; it is filled by the non-zero rule.
func Outline(face *font.Face, glyph uint16) Path {
	var p Path
	for _, c := range face.Outline(glyph) {
		p = append(p, Step{'m', [3]Point{Point(c.Start)}})
		for _, s := range c.Segments {
			end := Point(s.End)
			if s.Curve {
				p = append(p, Step{'c', [3]Point{Point(s.A), Point(s.B), end}})
			} else {
				p = append(p, Step{'l', [3]Point{end}})
			}
		}
		p = append(p, Step{Op: 'h'})
	}
	return p
}

// fewest is how many rectangles a path of modules has at least: a QR symbol
// has more in its finder patterns alone.
const fewest = 30

// Modules says whether a path is a symbol of modules: very many rectangles
// whose corners are all whole numbers. Such a path should be drawn on whole
// pixels.
func (p Path) Modules() bool {
	if len(p) < 5*fewest || len(p)%5 != 0 {
		return false
	}
	for i, s := range p {
		if s.Op != "mlllh"[i%5] || s.Points[0] != (Point{math.Round(s.Points[0].X), math.Round(s.Points[0].Y)}) {
			return false
		}
	}
	return true
}
