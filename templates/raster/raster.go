// Package raster draws pages of a document as a picture: lines, glyphs and
// what lies translucent above them, smoothed, and codes on whole pixels.
// Start with [New]; draw with pdf.File's Replay, and end with [Picture.PNG].
package raster

import (
	"image"
	"math"

	"yizheng/templates/font"
	"yizheng/templates/pdf"
)

// Picture is a page being drawn on white ground. It is for one goroutine.
type Picture struct {
	toPixels pdf.Matrix
	perPoint float64 // pixels a point
	bounds   image.Rectangle
	layers   []*layer
	clips    []*image.Alpha // one for each Save, nil where nothing is clipped
	area     *area          // being painted
}

var _ pdf.Surface = (*Picture)(nil)

// New begins a picture of a page of the given size in points, so many pixels
// wide.
func New(width, height float64, pixels int) *Picture {
	k := float64(pixels) / width
	p := &Picture{
		toPixels: pdf.Matrix{k, 0, 0, -k, 0, height * k}, perPoint: k,
		bounds: image.Rect(0, 0, pixels, int(math.Round(height*k))),
		clips:  []*image.Alpha{nil},
	}
	ground := newLayer(p.bounds)
	for i := range ground.pix {
		ground.pix[i] = 255
	}
	p.layers = []*layer{ground}
	p.area = newArea(p.bounds)
	return p
}

// Fill implements pdf.Surface.
func (p *Picture) Fill(path pdf.Path, evenOdd bool, s pdf.State) {
	m := s.Matrix.Times(p.toPixels)
	if path.Modules() {
		m = whole(path, m)
	}
	p.area.path(mapped(path, m))
	p.paint(s.Ink, evenOdd, s)
}

// Stroke implements pdf.Surface.
func (p *Picture) Stroke(path pdf.Path, s pdf.State) {
	m := s.Matrix.Times(p.toPixels)
	half := s.Width * m.Scale() / 2
	for _, l := range lines(mapped(path, m)) {
		p.area.path(l.widened(nil, half, s.Round))
	}
	p.paint(s.Line, false, s)
}

// Glyph implements pdf.Surface.
func (p *Picture) Glyph(face *font.Face, glyph uint16, em pdf.Matrix, s pdf.State) {
	k := 1 / float64(face.UnitsPerEm)
	m := pdf.Matrix{k, 0, 0, k, 0, 0}.Times(em)
	outline := pdf.Outline(face, glyph)
	p.area.path(mapped(outline, m.Times(p.toPixels)))
	p.paint(s.Ink, false, s)
	if s.Heavier > 0 {
		s.Matrix, s.Width, s.Line, s.Round = m, s.Heavier/m.Scale(), s.Ink, true
		p.Stroke(outline, s)
	}
}

// Save implements pdf.Surface.
func (p *Picture) Save() { p.clips = append(p.clips, p.clips[len(p.clips)-1]) }

// Restore implements pdf.Surface.
func (p *Picture) Restore() { p.clips = p.clips[:len(p.clips)-1] }

// Clip implements pdf.Surface.
func (p *Picture) Clip(path pdf.Path, s pdf.State) {
	last := len(p.clips) - 1
	within, clip := p.clips[last], image.NewAlpha(p.bounds)
	p.area.path(mapped(path, s.Matrix.Times(p.toPixels)))
	p.area.cover(false, func(y, from, to int, by uint8) {
		for x := from; x < to; x++ {
			clip.Pix[clip.PixOffset(x, y)] = limited(by, within, x, y)
		}
	})
	p.clips[last] = clip
}

// Group implements pdf.Surface.
func (p *Picture) Group(s pdf.State) {
	l := newLayer(p.bounds)
	l.opacity, l.multiply = s.Opacity, s.Multiply
	p.layers = append(p.layers, l)
}

// EndGroup implements pdf.Surface.
func (p *Picture) EndGroup() {
	last := len(p.layers) - 1
	p.layers[last-1].lay(p.layers[last])
	p.layers = p.layers[:last]
}

// paint puts an ink onto the page where the area is.
func (p *Picture) paint(ink pdf.Colour, evenOdd bool, s pdf.State) {
	within, to := p.clips[len(p.clips)-1], p.layers[len(p.layers)-1]
	drop := to.drop(ink, s.Opacity, s.Multiply)
	p.area.cover(evenOdd, func(y, from, end int, by uint8) {
		for x := from; x < end; x++ {
			drop(x, y, limited(by, within, x, y))
		}
	})
}

// limited is how far a pixel is covered, within a clip if there is one.
func limited(by uint8, within *image.Alpha, x, y int) uint8 {
	if within == nil {
		return by
	}
	return uint8(product(uint32(by), uint32(within.Pix[within.PixOffset(x, y)])))
}

// mapped gives a path in pixels.
func mapped(path pdf.Path, m pdf.Matrix) pdf.Path {
	out := make(pdf.Path, len(path))
	for i, s := range path {
		out[i] = pdf.Step{Op: s.Op}
		for k, q := range s.Points {
			out[i].Points[k] = m.Of(q)
		}
	}
	return out
}

// whole changes a map a little so that modules of side one fall on whole
// pixels: none larger than it was, around the same middle.
func whole(path pdf.Path, m pdf.Matrix) pdf.Matrix {
	side := math.Floor(m.Scale() + 1e-6)
	if m[1] != 0 || m[2] != 0 || side < 1 {
		return m
	}
	low, high := path[0].Points[0], path[0].Points[0]
	for _, s := range path {
		if s.Op != 'h' {
			low = pdf.Point{X: min(low.X, s.Points[0].X), Y: min(low.Y, s.Points[0].Y)}
			high = pdf.Point{X: max(high.X, s.Points[0].X), Y: max(high.Y, s.Points[0].Y)}
		}
	}
	middle := pdf.Point{X: (low.X + high.X) / 2, Y: (low.Y + high.Y) / 2}
	at := m.Of(middle)
	a, d := math.Copysign(side, m[0]), math.Copysign(side, m[3])
	return pdf.Matrix{a, 0, 0, d, math.Round(at.X - a*middle.X), math.Round(at.Y - d*middle.Y)}
}
