package templates

import (
	"cmp"
	"slices"
	"strings"
	"unicode/utf8"

	"yizheng/templates/font"
	"yizheng/templates/pdf"
)

const perPoint = 25.4 / 72 // millimetres a point

// The least sizes of type, in points. Whatever does not fit at them stands on
// a further page instead.
const (
	// leastField is that of what the license says of its holder: 小五, the
	// size of newspaper text, to be read at arm's length from the wall.
	leastField = 9.0
	// leastTable is that of the permits on the face: 六号, the smallest size
	// that Chinese official printing sets tables in.
	leastTable = 7.5
	// leastSize is that of everything else: what is set so small is Latin
	// letters and digits, or a hint that somebody holding the paper reads.
	leastSize = 7.0
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
	blue   = pdf.Hex(0x1F4E8C) // of what was written on a copy, as with a stamp
	amber  = pdf.Hex(0xFFF3D6)
	white  = pdf.Hex(0xFFFFFF)
)

// setting is one document being set.
type setting struct {
	*Printer
	version string // of the template and the fonts of this document
	doc     Document
	paper   *paper
	file    *pdf.File
	fonts   map[*font.Face]*pdf.Font
	stocked bool         // that the file begins its regular font with the stock
	page    *pdf.Content // the page being drawn
	rules   []rule       // of that page
	pages   int
}

func newSetting(p *Printer, d Document) *setting {
	return &setting{Printer: p, doc: d, version: p.versionOf(d), paper: p.paper(d.Form), file: pdf.New(p.compress), fonts: map[*font.Face]*pdf.Font{}}
}

// begin starts a page.
func (s *setting) begin() { s.page = pdf.NewContent(s.paper.height) }

// end draws what lies over the page, and adds it to the file.
func (s *setting) end() {
	s.ruled()
	s.overprint()
	s.file.Page(s.paper.width, s.paper.height, s.page)
}

// rule is a level gold line, such as tables have.
type rule struct{ width, left, right, y float64 }

// rule draws a line. All of a page are drawn at its end, those of a width as one
// path: between the texts of rows each would interrupt them.
func (s *setting) rule(width, left, right, y float64) {
	s.rules = append(s.rules, rule{width, left, right, y})
}

// ruled draws the rules of the page.
func (s *setting) ruled() {
	slices.SortStableFunc(s.rules, func(a, b rule) int { return cmp.Compare(a.width, b.width) })
	s.decoration(func() {
		for i, r := range s.rules {
			s.page.Stroke(gold, r.width)
			s.page.MoveTo(r.left, r.y)
			s.page.LineTo(r.right, r.y)
			if i == len(s.rules)-1 || s.rules[i+1].width != r.width {
				s.page.PaintStroke()
			}
		}
	})
	s.rules = s.rules[:0]
}

// element adds an element to the document's structure, below a parent or, where
// that is nil, at the top.
func (s *setting) element(parent *pdf.Element, role string) *pdf.Element {
	return s.file.Element(parent, role)
}

// tag draws what an element consists of.
func (s *setting) tag(e *pdf.Element, draw func()) {
	s.page.Tag(e)
	draw()
	s.page.End()
}

// english draws English words that stand beside the Chinese ones of an
// element.
func (s *setting) english(e *pdf.Element, draw func()) {
	s.page.TagIn(e, "en")
	draw()
	s.page.End()
}

// decoration draws what is not read aloud.
func (s *setting) decoration(draw func()) {
	s.page.Artifact()
	draw()
	s.page.End()
}

// style is how a text is set.
type style struct {
	bold    bool
	size    float64 // points
	colour  pdf.Colour
	leading float64 // from one base line to the next, millimetres
}

// Bold text of this size, in points, and larger is set in the bold face: the
// title and the number. Smaller text has the regular
// outlines with a line along them, of so many ems: it looks alike, and the
// document need not carry two sets of outlines of the same characters.
const (
	boldFrom = 17.0
	boldLine = 0.024
)

// faces gives those to ask for each character, in order.
func (p *Printer) faces(st style) []*font.Face {
	if st.bold && st.size >= boldFrom {
		return p.bold
	}
	return p.regular
}

// width is how far one character reaches.
func (p *Printer) width(st style, r rune) float64 {
	for _, f := range p.faces(st) {
		if g, ok := f.Glyph(pdf.Shown(r)); ok {
			return (float64(f.Advance(g))/float64(f.UnitsPerEm) + pdf.Extra(r)) * st.size * perPoint
		}
	}
	return 0
}

// measure is how far a text reaches on one line.
func (p *Printer) measure(st style, s string) (w float64) {
	for _, r := range s {
		w += p.width(st, r)
	}
	return w
}

// text sets one line with its base line at y, from x on.
func (s *setting) text(st style, x, y float64, line string) { s.run(st, x, y, 0, line) }

// run draws a line, of as many fonts as it takes, with space between its
// characters.
func (s *setting) run(st style, x, y, spacing float64, line string) {
	s.page.Fill(st.colour)
	if st.bold && st.size < boldFrom && line != "" {
		s.page.Heavier(st.colour, boldLine*st.size*perPoint)
		defer s.page.Lighter()
	}
	faces := s.faces(st)
	for line != "" {
		face, end := together(faces, line)
		if face != nil {
			s.page.Text(s.font(face), st.size, x, y, spacing, line[:end])
		}
		if end < len(line) {
			x += s.measure(st, line[:end]) + float64(utf8.RuneCountInString(line[:end]))*spacing
		}
		line = line[end:]
	}
}

// together gives the face of the first character of a text, nil where none has
// it, and where the characters end that have the same.
func together(faces []*font.Face, text string) (face *font.Face, end int) {
	for at, r := range text {
		switch f := faceOf(faces, r); {
		case at == 0:
			face = f
		case f != face:
			return face, at
		}
	}
	return face, len(text)
}

// centred sets a line around the middle x.
func (s *setting) centred(st style, x, y, spacing float64, line string) {
	seen := strings.TrimRight(line, " ")
	n := float64(utf8.RuneCountInString(seen) - 1)
	s.run(st, x-(s.measure(st, seen)+n*spacing)/2, y, spacing, line)
}

// right sets a line that ends at x.
func (s *setting) right(st style, x, y float64, line string) {
	s.text(st, x-s.measure(st, line), y, line)
}

// block sets lines, with the first base line at y.
func (s *setting) block(st style, x, y float64, lines []string) {
	for i, line := range lines {
		s.text(st, x, y+float64(i)*st.leading, line)
	}
}

func (s *setting) font(face *font.Face) *pdf.Font {
	f, ok := s.fonts[face]
	if !ok {
		if s.stocked && face == s.regular[0] {
			f = s.file.Stocked(s.stock)
		} else {
			f = s.file.Font(face)
		}
		s.fonts[face] = f
	}
	return f
}

// of is the style in another size.
func (st style) of(size float64) style {
	if st.size > 0 {
		st.leading *= size / st.size
	}
	st.size = size
	return st
}

// within makes a style small enough for a text to take no more lines than
// given at the width, but never smaller than least; the lines are those that
// it takes then.
func (s *setting) within(st style, least, width float64, most int, text string) (style, []string) {
	for {
		lines := s.lines(st, width, text)
		if len(lines) <= most || st.size <= least {
			return st, lines
		}
		st = st.of(max(least, st.size-0.5))
	}
}

// within makes a style small enough for a line to fit the width.
func (st style) within(s *setting, width float64, line string) style {
	if w := s.measure(st, line); w > width {
		st.size *= width / w
	}
	return st
}
