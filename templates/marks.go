package templates

import "math"

// marks draws the band that says, at the top of a page, that a demonstration
// document is worth nothing.
func (s *setting) marks(top float64) {
	if !s.doc.Demonstration {
		return
	}
	const height = 5.2
	inset := top
	s.page.Fill(amber)
	s.page.Rect(inset, top, pageWidth-2*inset, height)
	s.page.PaintFill()
	s.centred(style{bold: true, size: 8.2, colour: red}, pageWidth/2, top+height*0.7, 0.5, words.demonstration)
}

// overprint sets 样本 across a draft.
func (s *setting) overprint() {
	if !s.doc.Draft {
		return
	}
	st := style{bold: true, size: 150, colour: red}
	s.page.Save()
	s.page.State(s.file.Opacity(0.13, false))
	s.page.Fill(st.colour)
	sin, cos := math.Sincos(18 * math.Pi / 180)
	w := s.measure(st, words.draft) + 30
	x, y := pageWidth/2-w/2*cos, pageHeight/2+w/2*sin+15
	for _, r := range words.draft {
		s.page.TextAt(s.font(faceOf(s.bold, r)), st.size, [4]float64{cos, sin, -sin, cos}, x, y, 0, string(r))
		step := s.width(st, r) + 30
		x, y = x+step*cos, y-step*sin
	}
	s.page.Restore()
}
