package templates

import "yizheng/templates/pdf"

// rays draws a rosette of circles that all touch the origin's surroundings: n
// of radius r, their middles at a distance d around the point x, y.
func rays(c *pdf.Content, x, y, r, d float64, n int) {
	c.Save()
	c.Origin(x, y)
	for range n {
		c.Circle(d, 0, r)
		c.PaintStroke()
		c.Turn(360 / float64(n))
	}
	c.Restore()
}

// centredBlock sets a text around the middle x within an area, as large as
// the style asks or smaller, so that it fits: on one line where it does not
// become much smaller for it, else on lines of nearly one length.
func (s *setting) centredBlock(st style, x, top, width, height float64, text string) {
	largest, ratio := st.size, st.leading/st.size
	one := st.within(s, width, text)
	lines := []string{text}
	if one.size < largest*0.8 {
		for lines = s.lines(st, width, text); float64(len(lines))*st.leading > height && st.size > 4; lines = s.lines(st, width, text) {
			st.size -= 0.25
			st.leading = st.size * ratio
		}
		for w := width; len(s.lines(st, w, text)) == len(lines); w *= 0.98 {
			lines = s.lines(st, w, text)
		}
	} else {
		st.size, st.leading = one.size, one.size*ratio
	}
	y := top + (height-float64(len(lines))*st.leading)/2 + 0.76*st.leading
	for i, line := range lines {
		s.centred(st, x, y+float64(i)*st.leading, 0, line)
	}
}

// draftInset is how far within the place of the code lies the frame that a
// draft has there.
const draftInset = 3.0

// codeWithin draws the code with its quiet zone in the middle of a square of
// white; a draft has words there instead.
func (s *setting) codeWithin(x, y, side float64) {
	c := s.page
	c.Fill(white)
	c.Rect(x, y, side, side)
	c.PaintFill()
	if s.doc.Draft {
		c.Stroke(gold, 0.2)
		c.Rect(x+draftInset, y+draftInset, side-2*draftInset, side-2*draftInset)
		c.PaintStroke()
		s.centred(style{size: 8.6, colour: ink}, x+side/2, y+side/2, 0, words.noCode.zh)
		return
	}
	module := side / float64(s.doc.Symbol.Size+2*quietZone)
	c.Fill(pdf.Colour{})
	s.symbol(s.doc.Symbol, x+quietZone*module, y+quietZone*module, module)
}

// across sets a word across a page of the given size, faintly, from the lower
// left to the upper right.
func (s *setting) across(width, height float64, word string) {
	const size = 90.0
	s.page.Save()
	s.page.State(s.file.Opacity(0.14, false))
	s.page.Origin(width/2, height/2)
	s.page.Turn(-35)
	st := style{bold: true, size: size, colour: red}
	s.centred(st, 0, size*perPoint*ideographMiddle, 6, word)
	s.page.Restore()
}
