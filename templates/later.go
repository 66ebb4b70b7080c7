package templates

// Where things lie on the pages after the first.
const (
	laterTitle = 24.5 // base line of the title
	nameGap    = 2.0  // from there to the holder's name, beyond its leading
	laterFoot  = 17.0 // base line of the foot, from the lower edge
	laterEnd   = 21.0 // of what stands above it, from the lower edge
)

// margin is that of the later pages, left and right: the duplicate's is that
// of its first page, since a table goes on from there.
func (s *setting) margin() float64 {
	if s.doc.Form == Duplicate {
		return duplicateLeft
	}
	return 18
}

var (
	headNumber = style{bold: true, size: 10, colour: ink, leading: 4.6}
	headName   = style{size: 9, colour: ink, leading: 4.2}
)

// head is what every page after the first begins with.
type head struct {
	number, name []string
	beside       bool // the number stands beside the title
	rule         float64
}

// laterHead lays the head out: as high as the holder's name and the number
// need it.
func (s *setting) laterHead() (h head) {
	width := s.paper.width - 2*s.margin()
	text := s.before(words.number) + s.number()
	h.beside = s.measure(headNumber, text) <= width-s.laterTitle()-8
	y := laterTitle
	if h.beside {
		h.number = []string{text}
	} else {
		h.number = s.lines(headNumber, width, text)
		y += nameGap + float64(len(h.number))*headNumber.leading
	}
	h.name = s.lines(headName, width, s.doc.License.Holder.Name)
	h.rule = y + nameGap + float64(len(h.name))*headName.leading + 2.2
	return h
}

var (
	laterStyle   = style{bold: true, size: 15, colour: red}
	laterEnglish = style{size: 9.5, colour: red}
)

// laterTitle is how far the title of a later page reaches.
func (s *setting) laterTitle() float64 {
	w := s.measure(laterStyle, words.title.zh+words.duplicate.zh)
	if s.doc.Bilingual {
		w += 3 + s.measure(laterEnglish, words.title.en+" · "+words.duplicate.en)
	}
	return w
}

// laterRegion is where on a later page tables may stand.
func (s *setting) laterRegion() region {
	return region{s.laterHead().rule + 3, s.paper.height - laterEnd}
}

// laterWidths are those of a table's columns in proportion, for the width of
// a later page.
func (s *setting) laterWidths(parts ...float64) []float64 {
	all := 0.0
	for _, p := range parts {
		all += p
	}
	for i := range parts {
		parts[i] *= (s.paper.width - 2*s.margin()) / all
	}
	return parts
}

// later draws the pages after the first. The form is what they belong to.
func (s *setting) later(p *pages, form word) {
	h := s.laterHead()
	for i, pieces := range p.pages {
		s.begin()
		s.page.Upon(s.paper.later)
		s.decoration(func() { s.drawHead(h, form) })
		s.marks(slimInner+0.6, slimInner+0.6)
		s.pieces(s.margin(), pieces)
		below, y := words.below, p.end
		if i < len(p.pages)-1 {
			below, y = words.overleaf, endOf(pieces)
		}
		s.nothingBelow(below, y, s.paper.height-laterEnd)
		s.decoration(func() { s.foot(s.margin(), s.paper.width-s.margin(), s.paper.height-laterFoot, s.pageOf(2+i)) })
		s.end()
	}
}

// drawHead draws the head of a later page.
func (s *setting) drawHead(h head, form word) {
	right := s.paper.width - s.margin()
	title := words.title.zh + form.zh
	s.text(laterStyle, s.margin(), laterTitle, title)
	if s.doc.Bilingual {
		s.text(laterEnglish, s.margin()+s.measure(laterStyle, title)+3, laterTitle, words.title.en+" · "+form.en)
	}
	y := laterTitle
	if h.beside {
		s.right(headNumber, right, y, h.number[0])
	} else {
		y += nameGap
		for _, line := range h.number {
			y += headNumber.leading
			s.text(headNumber, s.margin(), y, line)
		}
	}
	y += nameGap
	for _, line := range h.name {
		y += headName.leading
		s.text(headName, s.margin(), y, line)
	}
	s.page.Stroke(red, 0.35)
	s.page.Line(s.margin(), h.rule, right, h.rule)
}

// pieces draws what the flow put on a page, from x on.
func (s *setting) pieces(x float64, all []piece) {
	for _, p := range all {
		y := p.y
		if p.row != nil {
			p.table.drawRow(s, x, y, p.row, p.number, p.continues)
			continue
		}
		if p.title && p.table.titleHeight() > 0 {
			s.tag(s.element(nil, "H2"), func() {
				s.text(style{bold: true, size: 11, colour: ink}, x, y+5.6, s.say(p.table.title))
			})
			y += titleSpace
		}
		p.table.drawHead(s, x, y)
	}
}

// endOf is where the last of the pieces on a page ends.
func endOf(all []piece) float64 {
	last := all[len(all)-1]
	return last.y + last.table.rowHeight(last.row)
}

// nothingBelow says, where a page has room left, that nothing was left out
// and nothing may be added there: 以下空白, or 转下页.
func (s *setting) nothingBelow(w word, y, end float64) {
	const height = 9.0
	if end-y < height {
		return
	}
	st := style{size: 8.4, colour: soft}
	spacing := 2.0
	if s.doc.Bilingual {
		spacing = 0
	}
	text := s.say(w)
	middle := s.paper.width / 2
	s.tag(s.element(nil, "P"), func() { s.centred(st, middle, y+7.4, spacing, text) })
	half := (s.measure(st, text)+spacing*float64(len([]rune(text))-1))/2 + 4
	s.decoration(func() { s.flourish(middle, y+6.2, half) })
}

// foot sets the identifier and a note at the lower edge between left and
// right: where they are too long for one line without the English label, and
// beneath each other where they are still.
func (s *setting) foot(left, right, y float64, note string) {
	small := style{size: leastSize, colour: soft}
	id, down := "", 0.0
	if bare := s.doc.identifier(); bare != "" {
		wide := func() bool { return s.measure(small, id)+s.measure(small, note)+5 > right-left }
		if id = s.say(words.identifier) + " " + bare; wide() {
			id = words.identifier.zh + " " + bare
		}
		if wide() {
			down = 1.7
		}
	}
	s.text(small, left, y-down, id)
	s.right(small, right, y+down, note)
}
