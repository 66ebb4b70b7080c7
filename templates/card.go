package templates

import "yizheng/templates/pdf"

// The card is a page that is shown on a telephone, 1080 by 1920 pixels of a
// sixteenth of a millimetre. Its upper quarter is for the clock and its foot
// for the buttons that a lock screen has there. A longer screen fills its
// height and crops the sides: at 9 to 19.5 the middle 860 pixels or so remain,
// and text and code keep within them.
const (
	cardWidth  = 67.5
	cardHeight = 120.0
	cardPixels = 1080
	cardHead   = 27.5 // of colour, for the clock
	cardMargin = 7.0
	cardCode   = 53.5 // side of the code with its quiet zone
	cardFoot   = 115.4
)

// CardPNG draws a card for the lock screen of a telephone: name, industry,
// number and the code, as a PNG picture of 1080 by 1920 pixels.
func (p *Printer) CardPNG(d Document) ([]byte, error) {
	if err := p.check(d); err != nil {
		return nil, err
	}
	s := newSetting(p, d)
	s.card()
	return s.picture(cardPixels)
}

func (s *setting) card() {
	l := s.doc.License
	s.page = pdf.NewContent(cardHeight)
	c := s.page
	c.Artifact()
	c.Fill(white)
	c.Rect(0, 0, cardWidth, cardHeight)
	c.PaintFill()
	c.Save()
	c.Rect(0, 0, cardWidth, cardHead)
	c.Clip()
	c.Fill(red)
	c.Rect(0, 0, cardWidth, cardHead)
	c.PaintFill()
	c.State(s.file.Opacity(0.4, false))
	c.Stroke(gold, 0.09)
	rays(c, cardWidth/2, cardHead, 17, 15, 40)
	rays(c, cardWidth/2, cardHead, 27, 25, 56)
	c.Restore()
	c.Fill(gold)
	c.Rect(0, cardHead, cardWidth, 0.5)
	c.PaintFill()

	const middle, width = cardWidth / 2, cardWidth - 2*cardMargin
	const code = cardFoot - 7.8 - cardCode // where the code begins
	s.centred(style{bold: true, size: 11, colour: red}, middle, cardHead+6, 1.3, words.title.zh)
	s.centredBlock(style{bold: true, size: 12, colour: ink, leading: 5.2}, middle, cardHead+7.2, width, code-cardHead-11.4, l.Holder.Name)
	industry := style{size: 9, colour: soft}
	s.centred(industry.within(s, width, l.Industry), middle, code-0.6, 0, l.Industry)
	s.codeWithin((cardWidth-cardCode)/2, code, cardCode)
	number := style{bold: true, size: 9.5, colour: ink}
	s.centred(number.within(s, width, s.number()), middle, cardFoot-4.2, 0, s.number())
	if !s.doc.Draft {
		s.centred(style{size: 7, colour: soft}, middle, cardFoot, 0.2, words.check.zh)
	}
	c.End()
	s.warnings(cardWidth, cardHeight, 0, cardHead-4.6)
	s.file.Page(cardWidth, cardHeight, c)
}

// warnings mark what is no license: a draft across the page, a demonstration
// in a band so far from its sides, with its top at the given height.
func (s *setting) warnings(width, height, inset, top float64) {
	if s.doc.Demonstration {
		s.page.Artifact()
		s.page.Fill(amber)
		s.page.Rect(inset, top, width-2*inset, 4.6)
		s.page.PaintFill()
		st := style{bold: true, size: 7.4, colour: red}
		s.centred(st.within(s, width-2*inset-2*cardMargin, words.demonstration.both()), width/2, top+3.2, 0, words.demonstration.both())
		s.page.End()
	}
	if s.doc.Draft {
		s.page.Artifact()
		s.across(width, height, words.specimen.zh)
		s.page.End()
	}
}
