package templates

import (
	"yizheng/templates/font"
	"yizheng/templates/pdf"
)

// The page is A4 landscape. All lengths are millimetres.
const (
	pageWidth  = 297.0
	pageHeight = 210.0
	perPoint   = 25.4 / 72 // millimetres a point
)

// The inks.
var (
	ink    = pdf.Hex(0x1F1A17)
	soft   = pdf.Hex(0x6B5D4F) // labels and small print
	red    = pdf.Hex(0x9E1B22)
	gold   = pdf.Hex(0xB8924A)
	pale   = pdf.Hex(0xE9DCC0)
	faint  = pdf.Hex(0xF6EFE0)
	vermil = pdf.Hex(0xE60012) // the seal's red
	amber  = pdf.Hex(0xFFF3D6)
	white  = pdf.Hex(0xFFFFFF)
)

// setting is one document being set.
type setting struct {
	*Printer
	doc   Document
	file  *pdf.File
	fonts map[*font.Face]*pdf.Font
	page  *pdf.Content // the page being drawn
	pages int

	frameName, rosetteName, edgingName string
}

func newSetting(p *Printer, d Document) *setting {
	return &setting{Printer: p, doc: d, file: pdf.New(p.compress), fonts: map[*font.Face]*pdf.Font{}}
}

// style is how a text is set.
type style struct {
	bold    bool
	size    float64 // points
	colour  pdf.Colour
	leading float64 // from one base line to the next, millimetres
}

// faces gives those to ask for each character, in order.
func (p *Printer) faces(bold bool) []*font.Face {
	if bold {
		return p.bold
	}
	return p.regular
}

// width is how far one character reaches.
func (p *Printer) width(st style, r rune) float64 {
	f := faceOf(p.faces(st.bold), r)
	if f == nil {
		return 0
	}
	g, _ := f.Glyph(r)
	return float64(f.Advance(g)) / float64(f.UnitsPerEm) * st.size * perPoint
}

// measure is how far a text reaches on one line.
func (p *Printer) measure(st style, s string) (w float64) {
	for _, r := range s {
		w += p.width(st, r)
	}
	return w
}

// text sets one line with its base line at y, from x on.
func (s *setting) text(st style, x, y float64, line string) { s.spaced(st, x, y, 0, line) }

// spaced is text with further space after each character.
func (s *setting) spaced(st style, x, y, spacing float64, line string) {
	s.page.Fill(st.colour)
	faces := s.faces(st.bold)
	runes := []rune(line)
	for from := 0; from < len(runes); {
		face := faceOf(faces, runes[from])
		to := from + 1
		w := s.width(st, runes[from]) + spacing
		for to < len(runes) && faceOf(faces, runes[to]) == face {
			w += s.width(st, runes[to]) + spacing
			to++
		}
		if face != nil {
			s.page.Text(s.font(face), st.size, x, y, spacing, string(runes[from:to]))
		}
		x += w
		from = to
	}
}

// centred sets a line around the middle x.
func (s *setting) centred(st style, x, y, spacing float64, line string) {
	n := float64(len([]rune(line)) - 1)
	s.spaced(st, x-(s.measure(st, line)+n*spacing)/2, y, spacing, line)
}

// right sets a line that ends at x.
func (s *setting) right(st style, x, y float64, line string) {
	s.text(st, x-s.measure(st, line), y, line)
}

// spread sets a line so that it fills the width from x on.
func (s *setting) spread(st style, x, y, width float64, line string) {
	n := len([]rune(line))
	spacing := 0.0
	if n > 1 {
		spacing = max(0, (width-s.measure(st, line))/float64(n-1))
	}
	s.spaced(st, x, y, spacing, line)
}

// block sets a text in lines of at most the given width, with the first base
// line at y, and gives how many lines it took.
func (s *setting) block(st style, x, y, width float64, text string) int {
	lines := s.lines(st, width, text)
	for i, line := range lines {
		s.text(st, x, y+float64(i)*st.leading, line)
	}
	return len(lines)
}

func (s *setting) font(face *font.Face) *pdf.Font {
	f, ok := s.fonts[face]
	if !ok {
		f = s.file.Font(face)
		s.fonts[face] = f
	}
	return f
}

// within makes a style small enough for a line to fit the width.
func (st style) within(s *setting, width float64, line string) style {
	if w := s.measure(st, line); w > width {
		st.size *= width / w
	}
	return st
}
