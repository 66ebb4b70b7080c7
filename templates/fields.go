package templates

import "yizheng/templates/pdf"

// field is a label and what the license says.
type field struct {
	label word
	value string
	bold  bool
}

// fieldList are the fields of a first page, without its permits.
func (s *setting) fieldList() []field {
	l := s.doc.License
	return []field{
		{words.number, s.number(), !s.doc.Draft},
		{words.name, l.Holder.Name, false},
		{words.creditCode, string(l.Holder.CreditCode), false},
		{words.representative, l.Holder.Representative, false},
		{words.premises, l.Holder.Premises, false},
		{words.industry, l.Industry, false},
	}
}

// The sizes of the fields. Where there is room they are set larger, and for
// long texts smaller.
const (
	fieldSize    = 13.5
	largestScale = 1.2
	leastScale   = leastField / fieldSize
	scaleStep    = 0.04
	labelGap     = 5.0
)

// scaleSteps is how many steps smaller than the largest scale the least is.
func scaleSteps(largest, least float64) int { return int((largest-least)/scaleStep + 1e-9) }

// fieldBlock is the fields as they are set at one size.
type fieldBlock struct {
	fields     []field
	lines      [][]string
	value      style
	label      style
	english    style
	labelWidth float64
	gap        float64
	height     float64
}

// setFields breaks the fields for the width, at a scale of their usual size.
func (s *setting) setFields(fields []field, width, scale float64) *fieldBlock {
	b := &fieldBlock{
		fields: fields, labelWidth: 36,
		value:   style{size: fieldSize * scale, colour: ink, leading: fieldSize * scale * 0.46},
		label:   style{size: max(leastField, 10.5*min(1, scale+0.1)), colour: soft},
		english: style{size: 7.2, colour: soft},
		gap:     2.3 * scale,
	}
	if s.doc.Bilingual {
		b.gap = 1.9 * scale
	}
	for _, f := range fields {
		st := b.value
		st.bold = f.bold
		lines := s.lines(st, width-b.labelWidth-labelGap, f.value)
		b.lines = append(b.lines, lines)
		b.height += b.row(s, len(lines))
	}
	return b
}

// row is how high a field of so many lines is, with the gap after it.
func (b *fieldBlock) row(s *setting, lines int) float64 {
	h := float64(max(1, lines)) * b.value.leading
	if s.doc.Bilingual {
		h = max(h, b.label.size*perPoint*1.1+englishStep)
	}
	return h + b.gap
}

const englishStep = 3.2 // from a label's base line to that of its English

// draw sets the fields from the point on.
func (b *fieldBlock) draw(s *setting, x, y float64) {
	list := s.element(nil, "L")
	for i, f := range b.fields {
		item := s.element(list, "LI")
		base := y + b.value.leading*0.76
		label := s.element(item, "Lbl")
		if s.doc.Bilingual {
			s.tag(label, func() { s.text(b.label, x, base, f.label.zh) })
			s.english(label, func() { s.text(b.english, x, base+englishStep, f.label.en) })
		} else {
			s.tag(label, func() { s.spread(b.label, x, base, b.labelWidth, f.label.zh) })
		}
		st := b.value
		st.bold = f.bold
		s.tag(s.element(item, "LBody"), func() { s.block(st, x+b.labelWidth+labelGap, base, b.lines[i]) })
		y += b.row(s, len(b.lines[i]))
	}
}

// heading sets the title and which form this is, with the base line of the
// title at y, and gives where the fields begin.
func (s *setting) heading(y, size, spacing float64, form word) float64 {
	middle := s.paper.width / 2
	h1 := s.element(nil, "H1")
	s.tag(h1, func() { s.centred(style{bold: true, size: size, colour: red}, middle, y, spacing, words.title.zh) })
	st := style{size: 13, colour: ink}
	base := y + 9.2
	p := func() *pdf.Element { return s.element(nil, "P") }
	var half float64
	if s.doc.Bilingual {
		s.english(h1, func() { s.centred(style{size: 14, colour: red}, middle, y+7.4, 0.15, words.title.en) })
		base = y + 14.4
		half = s.measure(st, s.say(form)) / 2
		s.tag(p(), func() { s.centred(st, middle, base, 0, s.say(form)) })
	} else {
		const apart = 4.0
		half = (s.measure(st, form.zh) + apart) / 2
		s.tag(p(), func() { s.centred(st, middle, base, apart, form.zh) })
	}
	s.decoration(func() { s.flourish(middle, base-1.6, half+4) })
	return base + 8
}

// flourish draws a fine rule on either side of a word, thinning outwards,
// with a small lozenge at its inner end.
func (s *setting) flourish(middle, y, half float64) {
	const length, lozenge = 30.0, 0.85
	for _, side := range []float64{-1, 1} {
		x := middle + side*half
		s.page.Fill(red)
		s.page.MoveTo(x, y)
		s.page.LineTo(x+side*lozenge, y-lozenge)
		s.page.LineTo(x+side*2*lozenge, y)
		s.page.LineTo(x+side*lozenge, y+lozenge)
		s.page.Close()
		s.page.PaintFill()
		s.page.Fill(gold)
		s.page.MoveTo(x+side*2.6*lozenge, y-0.14)
		s.page.LineTo(x+side*length, y)
		s.page.LineTo(x+side*2.6*lozenge, y+0.14)
		s.page.Close()
		s.page.PaintFill()
	}
}
