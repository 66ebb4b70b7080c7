package templates

import "math"

// marks draws the band that says, at the top of a page, that a demonstration
// document is worth nothing.
func (s *setting) marks(top, inset float64) {
	if !s.doc.Demonstration {
		return
	}
	const height = 5.2
	s.decoration(func() {
		s.page.Fill(amber)
		s.page.Rect(inset, top, s.paper.width-2*inset, height)
		s.page.PaintFill()
	})
	s.tag(s.element(nil, "P"), func() {
		st := style{bold: true, size: 8.2, colour: red}
		s.centred(st, s.paper.width/2, top+height*0.7, 0, words.demonstration.both())
	})
}

// overprint sets across a page what it is not good for: 样本 for a draft, its
// annotation for a derived copy.
func (s *setting) overprint() {
	switch {
	case s.doc.Draft:
		s.specimen()
	case s.doc.Copy != nil:
		s.annotate()
	}
}

// specimen sets 样本 across a page of a draft, corner to corner.
func (s *setting) specimen() {
	const apart = 30.0 // between the characters
	st := style{bold: true, size: 150, colour: red}
	angle := math.Atan2(s.paper.height, s.paper.width) * 0.6
	sin, cos := math.Sincos(angle)
	along := -apart
	for _, r := range words.specimen.zh {
		along += s.width(st, r) + apart
	}
	// The line of the characters' middles passes through the page's.
	x := s.paper.width/2 - along/2*cos + ideographMiddle*st.size*perPoint*sin
	y := s.paper.height/2 + along/2*sin + ideographMiddle*st.size*perPoint*cos
	s.tag(s.element(nil, "Figure").Alt(s.say(words.specimen)), func() {
		s.page.Save()
		s.page.State(s.file.Opacity(0.13, false))
		s.page.Fill(st.colour)
		for _, r := range words.specimen.zh {
			s.page.TextAt(s.font(faceOf(s.bold, r)), st.size, [4]float64{cos, sin, -sin, cos}, x, y, string(r))
			step := s.width(st, r) + apart
			x, y = x+step*cos, y-step*sin
		}
		s.page.Restore()
	})
}
