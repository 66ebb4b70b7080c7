package pdf

import (
	"math"

	"yizheng/templates/font"
)

// Surface is anything that a page can be drawn on besides a file: a picture,
// or another vector format. Paths and glyphs come in their own coordinates,
// with the map to the page's in the state: points from the bottom left
// corner, y upwards.
type Surface interface {
	Fill(p Path, evenOdd bool, s State)
	Stroke(p Path, s State)
	// Glyph draws one glyph of a face; the matrix maps its em square, of side
	// one, to the page.
	Glyph(face *font.Face, glyph uint16, em Matrix, s State)
	// Save and Restore enclose what Clip holds for.
	Save()
	Restore()
	Clip(p Path, s State)
	// Group begins what is put onto the page as a whole, with the opacity and
	// the blending of the state, until EndGroup.
	Group(s State)
	EndGroup()
}

// State is how something is drawn.
type State struct {
	Matrix       Matrix
	Ink          Colour // of fills and glyphs
	Line         Colour // of strokes
	Width        float64
	Round        bool // ends and joints of lines
	Opacity      float64
	Multiply     bool
	Heavier      float64 // width of a line, in points, along the outlines of glyphs
	font         *Font
	size, spaced float64 // of text
	outlined     bool    // text has a line along its outlines
}

// Matrix maps x to a·x + c·y + e and y to b·x + d·y + f.
type Matrix [6]float64

var identity = Matrix{1, 0, 0, 1, 0, 0}

// Times gives the map that applies m first and n then.
func (m Matrix) Times(n Matrix) Matrix {
	return Matrix{
		m[0]*n[0] + m[1]*n[2], m[0]*n[1] + m[1]*n[3],
		m[2]*n[0] + m[3]*n[2], m[2]*n[1] + m[3]*n[3],
		m[4]*n[0] + m[5]*n[2] + n[4], m[4]*n[1] + m[5]*n[3] + n[5],
	}
}

// Of maps a point.
func (m Matrix) Of(p Point) Point {
	return Point{m[0]*p.X + m[2]*p.Y + m[4], m[1]*p.X + m[3]*p.Y + m[5]}
}

// Scale is by how much lengths grow; parts of maps that stretch are taken
// together.
func (m Matrix) Scale() float64 { return math.Sqrt(math.Abs(m[0]*m[3] - m[1]*m[2])) }
