// Package svg draws pages of a document as one SVG picture (SVG 1.1, and
// mix-blend-mode where something is multiplied) that needs no font: glyphs
// are outlines, each defined once. Start with [New]; draw with pdf.File's
// Replay, and end with [Drawing.Bytes].
package svg

import (
	"encoding/xml"
	"fmt"
	"strings"

	"yizheng/templates/font"
	"yizheng/templates/pdf"
)

// Drawing is a page being drawn. It is for one goroutine.
type Drawing struct {
	width, height float64 // points
	items         []item
	glyphs        map[glyphKey]int
	outlines      []string // of the glyphs, in the order of their use
	clips         []string
	open          []int // for each Save, the groups that its Restore ends
}

var _ pdf.Surface = (*Drawing)(nil)

type glyphKey struct {
	face  *font.Face
	glyph uint16
}

// item is something drawn: a path, a run of glyphs, or where neither is set
// bare markup.
type item struct {
	path   string
	look   string
	matrix pdf.Matrix
	run    []use
	markup string
}

// use is a glyph within a run, at a place in units of its em square.
type use struct {
	glyph int
	x     float64
}

// New begins a drawing of a page of the given size in points.
func New(width, height float64) *Drawing {
	return &Drawing{width: width, height: height, glyphs: map[glyphKey]int{}}
}

// Fill implements pdf.Surface.
func (d *Drawing) Fill(p pdf.Path, evenOdd bool, s pdf.State) {
	look := ` fill="` + hex(s.Ink) + `"`
	if evenOdd {
		look += ` fill-rule="evenodd"`
	}
	if p.Modules() {
		look += ` shape-rendering="crispEdges"`
	}
	d.items = append(d.items, item{path: data(p), look: look + above(s), matrix: s.Matrix})
}

// Stroke implements pdf.Surface.
func (d *Drawing) Stroke(p pdf.Path, s pdf.State) {
	look := ` fill="none" stroke="` + hex(s.Line) + `" stroke-width="` + number(s.Width, 3) + `"`
	if s.Round {
		look += ` stroke-linecap="round" stroke-linejoin="round"`
	}
	look += above(s)
	if n := len(d.items); n > 0 && s.Opacity == 1 && d.items[n-1].look == look && d.items[n-1].matrix == s.Matrix {
		d.items[n-1].path += data(p) // one path of them all
		return
	}
	d.items = append(d.items, item{path: data(p), look: look, matrix: s.Matrix})
}

// Glyph implements pdf.Surface.
func (d *Drawing) Glyph(face *font.Face, glyph uint16, em pdf.Matrix, s pdf.State) {
	key := glyphKey{face, glyph}
	n, ok := d.glyphs[key]
	if !ok {
		n = len(d.outlines)
		d.glyphs[key] = n
		d.outlines = append(d.outlines, data(pdf.Outline(face, glyph)))
	}
	if d.outlines[n] == "" {
		return
	}
	k := 1 / float64(face.UnitsPerEm)
	m := pdf.Matrix{k, 0, 0, k, 0, 0}.Times(em)
	look := ` fill="` + hex(s.Ink) + `"` + above(s)
	if s.Heavier > 0 {
		look += ` stroke="` + hex(s.Ink) + `" stroke-linejoin="round" stroke-width="` + number(s.Heavier/m.Scale(), 2) + `"`
	}
	if last := len(d.items) - 1; last >= 0 && d.items[last].run != nil && d.items[last].look == look {
		if x, ok := along(d.items[last].matrix, m); ok {
			d.items[last].run = append(d.items[last].run, use{n, x})
			return
		}
	}
	d.items = append(d.items, item{run: []use{{glyph: n}}, look: look, matrix: m})
}

// along gives how far, in its own units, the second map lies along the base
// line of the first; it is false where it lies anywhere else.
func along(first, second pdf.Matrix) (float64, bool) {
	for i := range 4 {
		if first[i] != second[i] {
			return 0, false
		}
	}
	dx, dy := second[4]-first[4], second[5]-first[5]
	length := first[0]*first[0] + first[1]*first[1]
	x := (dx*first[0] + dy*first[1]) / length
	off := (dy*first[0] - dx*first[1]) / length
	return x, off > -0.05 && off < 0.05
}

// Save implements pdf.Surface.
func (d *Drawing) Save() { d.open = append(d.open, 0) }

// Restore implements pdf.Surface.
func (d *Drawing) Restore() {
	last := len(d.open) - 1
	if n := d.open[last]; n > 0 {
		d.items = append(d.items, item{markup: strings.Repeat("</g>\n", n)})
	}
	d.open = d.open[:last]
}

// Clip implements pdf.Surface.
func (d *Drawing) Clip(p pdf.Path, s pdf.State) {
	if len(d.open) == 0 {
		d.open = []int{0}
	}
	d.open[len(d.open)-1]++
	d.items = append(d.items, item{markup: fmt.Sprintf("<g clip-path=\"url(#c%d)\">\n", len(d.clips))})
	d.clips = append(d.clips, fmt.Sprintf(`<path d="%s"%s/>`, data(p), transform(s.Matrix)))
}

// Group implements pdf.Surface.
func (d *Drawing) Group(s pdf.State) {
	d.items = append(d.items, item{markup: "<g" + above(s) + ">\n"})
}

// EndGroup implements pdf.Surface.
func (d *Drawing) EndGroup() { d.items = append(d.items, item{markup: "</g>\n"}) }

// Bytes gives the drawing with a title and a description, which stand for it
// where it is read aloud, in a language such as zh-CN. It is as large as the
// page was, where nothing else is asked for.
func (d *Drawing) Bytes(title, description, language string) []byte {
	b := fmt.Appendf(nil, `<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" viewBox="0 0 %s %s"`+
		` width="%smm" height="%smm" role="img" aria-labelledby="title desc" xml:lang="%s">`+"\n",
		number(d.width, 3), number(d.height, 3), number(d.width*25.4/72, 2), number(d.height*25.4/72, 2), escaped(language))
	b = fmt.Appendf(b, "<title id=\"title\">%s</title>\n<desc id=\"desc\">%s</desc>\n", escaped(title), escaped(description))
	repeated := d.repeated()
	b = d.definitions(b, repeated)
	b = fmt.Appendf(b, "<rect width=\"100%%\" height=\"100%%\" fill=\"#fff\"/>\n<g transform=\"matrix(1 0 0 -1 0 %s)\">\n", number(d.height, 3))
	for _, it := range d.items {
		b = it.draw(b, repeated)
	}
	return append(b, "</g>\n</svg>\n"...)
}

func escaped(s string) string {
	var b strings.Builder
	xml.EscapeText(&b, []byte(s))
	return b.String()
}
