package templates

import (
	"math"
	"time"

	"yizheng/license"
)

// Copy makes a document a derived copy (加注件): for whom it was made, why and
// until when stands across every page.
type Copy struct {
	Recipient string
	Purpose   string
	Until     license.Date
	Maker     string
	Made      time.Time
}

// texts are those of the annotation.
func (c *Copy) texts() []string {
	if c == nil {
		return nil
	}
	return []string{c.Recipient, c.Purpose, c.Maker}
}

// lines are the annotation as it stands across a page. The day of its making
// is that of Shanghai.
func (s *setting) annotation() []string {
	c := s.doc.Copy
	return []string{
		words.derived.zh + "　" + words.onlyFor + c.Recipient,
		words.forPurpose + c.Purpose + "，" + words.until.zh + c.Until.String(),
		c.Maker + " " + words.madeOn + license.DateOf(c.Made).String(),
	}
}

// edition is the word for what a document is: of a copy, that it is one, since
// an original has no purpose and no last day.
func (s *setting) edition(usual word) word {
	if s.doc.Copy != nil {
		return words.derived
	}
	return usual
}

// How the annotation stands across a page: three times, beside where the code
// of the face is, and so light that what lies beneath can be read.
const (
	annotationSize    = 14.0 // points
	annotationOpacity = 0.27
	annotationTilt    = 0.3 // radians
	annotationRows    = 3
	annotationMiddle  = 0.39 // of the width of the page
	annotationWidth   = 0.6  // likewise
)

// annotate sets the annotation across a page.
func (s *setting) annotate() {
	st := style{bold: true, size: annotationSize, colour: blue, leading: 7}
	var lines []string
	alt := ""
	for _, said := range s.annotation() {
		alt += said + s.stop()
		lines = append(lines, s.lines(st, annotationWidth*s.paper.width, said)...)
	}
	sin, cos := math.Sincos(annotationTilt)
	s.tag(s.element(nil, "Figure").Alt(alt), func() {
		s.page.Save()
		s.page.State(s.file.Opacity(annotationOpacity, false))
		s.page.Fill(st.colour)
		for row := range annotationRows {
			x, y := s.paper.width*annotationMiddle, s.paper.height*(float64(row)+0.5)/annotationRows
			for i, line := range lines {
				down := (float64(i) - float64(len(lines)-1)/2) * st.leading
				s.slanted(st, x+down*sin, y+down*cos, sin, cos, line)
			}
		}
		s.page.Restore()
	})
}

// slanted sets a line around a point, rising with the given sine and cosine.
func (s *setting) slanted(st style, x, y, sin, cos float64, line string) {
	half := s.measure(st, line) / 2
	x, y = x-half*cos, y+half*sin
	for _, r := range line {
		if face := faceOf(s.faces(st), r); face != nil {
			s.page.TextAt(s.font(face), st.size, [4]float64{cos, sin, -sin, cos}, x, y, string(r))
		}
		step := s.width(st, r)
		x, y = x+step*cos, y-step*sin
	}
}
