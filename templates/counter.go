package templates

import (
	"fmt"

	"yizheng/templates/pdf"
)

// The counter sign is A6, upright.
const (
	signWidth  = 105.0
	signHeight = 148.0
	signEdge   = 5.0 // which no printer cuts off
	signMargin = 10.0
	signCode   = 77.0 // side of the code with its quiet zone
)

// CounterSign makes a sign for the counter, one page of A6 as a PDF of
// vectors: the name, the code, the number, and how to check it. It bears no
// seal and no signature; only what the code says counts.
func (p *Printer) CounterSign(d Document) ([]byte, error) {
	if err := p.check(d); err != nil {
		return nil, err
	}
	s := newSetting(p, d)
	s.sign()
	file, _ := s.file.Bytes(pdf.Info{
		Title:      words.sign.zh + " " + s.plainNumber(),
		Author:     d.License.Issuer,
		Subject:    d.License.Holder.Name,
		Identifier: d.identifier(),
		Creator:    "yizheng " + s.version,
		Created:    d.created(),
	})
	return file, nil
}

func (s *setting) sign() {
	l := s.doc.License
	s.page = pdf.NewContent(signHeight)
	c := s.page
	const middle, width = signWidth / 2, signWidth - 2*signMargin
	const left, band, under = signEdge, signWidth - 2*signEdge, 30.0 // of the title's ground
	c.Artifact()
	c.Save()
	c.Rect(left, left, band, under-left)
	c.Clip()
	c.Fill(red)
	c.Rect(left, left, band, under-left)
	c.PaintFill()
	c.State(s.file.Opacity(0.35, false))
	c.Stroke(gold, 0.11)
	rays(c, middle, under, 25, 22.5, 44)
	rays(c, middle, under, 40, 37.5, 60)
	c.Restore()
	c.Stroke(gold, 0.5)
	c.Line(left, under, left+band, under)
	c.Stroke(gold, 0.25)
	c.Rect(left, left, band, signHeight-2*left)
	c.PaintStroke()
	c.End()

	part := func(role string, draw func()) {
		c.Tag(s.file.Element(nil, role))
		draw()
		c.End()
	}
	part("H1", func() { s.centred(style{bold: true, size: 20, colour: white}, middle, 20.4, 2.2, words.title.zh) })
	part("P", func() {
		s.centredBlock(style{bold: true, size: 14, colour: ink, leading: 6}, middle, under+2.5, width, 12.5, l.Holder.Name)
	})
	c.Tag(s.file.Element(nil, "Figure").Alt(words.check.zh))
	s.codeWithin((signWidth-signCode)/2, 45.5, signCode)
	c.End()
	part("P", func() {
		number := style{bold: true, size: 12, colour: ink}
		s.centred(number.within(s, width, s.number()), middle, 127, 0, s.number())
	})
	small := style{size: 8.2, colour: soft}
	part("P", func() { s.centred(small, middle, 133, 0, words.howToCheck.zh) })
	if address := fmt.Sprintf(words.howToTell, s.doc.VerifyURL); s.doc.VerifyURL != "" {
		part("P", func() { s.centred(small.within(s, width, address), middle, 137.4, 0, address) })
	}
	s.warnings(signWidth, signHeight, left+0.1, under-4.85)
	s.file.Page(signWidth, signHeight, c)
}
