package templates

import (
	"math"
	"strings"

	"yizheng/templates/pdf"
)

// The round seal, after 国发〔1999〕25号 as it is for a special seal (专用章): the
// organ's name on the upper arc, a five-pointed star, and below it in a
// straight line what the seal is for.
const (
	sealSide   = 42.0 // diameter
	sealRing   = 1.2
	starRadius = 7.0
	arcMargin  = 1.0 // from the ring to the characters on the arc
)

// inscription parts the name of a seal into the organ and the purpose. Where
// no organ can be told from a purpose, all is on the arc.
func inscription(name string) (organ, purpose string) {
	stem, ok := strings.CutSuffix(name, "专用章")
	if !ok {
		return name, ""
	}
	at := strings.LastIndexAny(stem, "省市区县旗州局委办厅署所院会室队处府心站")
	if at < 0 {
		return name, ""
	}
	at += len("省") // all of them are as long
	if at == len(stem) {
		return stem, "专用章"
	}
	return stem[:at], stem[at:] + "专用章"
}

// drawSeal makes the seal as one group, so that it lies on the paper like one
// impression. Its characters are those of the bold face, stretched.
func (s *setting) drawSeal(name string) pdf.Stream {
	page := s.page
	defer func() { s.page = page }()
	c := pdf.NewContent(sealSide)
	s.page = c
	c.Save()
	c.Origin(sealSide/2, sealSide/2)
	c.Fill(vermil)
	c.Circle(0, 0, sealSide/2)
	c.Circle(0, 0, sealSide/2-sealRing)
	c.PaintEvenOdd()
	star(c, starRadius)
	organ, purpose := inscription(name)
	s.arc([]rune(organ))
	s.straight([]rune(purpose))
	c.Restore()
	return c.Form(sealSide, true, s.compress)
}

// star fills a five-pointed star that stands upright around the origin.
func star(c *pdf.Content, r float64) {
	inner := r * math.Sin(18*math.Pi/180) / math.Sin(54*math.Pi/180)
	for i := range 10 {
		radius := r
		if i%2 == 1 {
			radius = inner
		}
		sin, cos := math.Sincos(float64(i) * math.Pi / 5)
		if i == 0 {
			c.MoveTo(0, -radius)
		} else {
			c.LineTo(radius*sin, -radius*cos)
		}
	}
	c.Close()
	c.PaintFill()
}

// arc sets the characters along the upper arc, left to right, their feet
// towards the middle. Long names are set narrower, and over more of the
// circle.
func (s *setting) arc(text []rune) {
	n := float64(len(text))
	if n == 0 {
		return
	}
	height := 5.6 - 0.06*max(0, n-8)
	radius := sealSide/2 - sealRing - arcMargin - height/2
	span := min(245.0, 26*n) // degrees from the first character's edge to the last one's
	step := span / n
	room := step * math.Pi / 180 * (radius - height/2) // at the feet, where it is narrowest
	width := min(height*0.86, room*0.94)
	for i, r := range text {
		angle := (float64(i) - (n-1)/2) * step * math.Pi / 180
		sin, cos := math.Sincos(angle)
		s.stamp(r, width, height, radius*sin, -radius*cos, angle)
	}
}

// straight sets the purpose below the star.
func (s *setting) straight(text []rune) {
	n := float64(len(text))
	if n == 0 {
		return
	}
	const below, height = 11.6, 3.9
	half := sealSide/2 - sealRing - arcMargin
	room := 2 * math.Sqrt(half*half-(below+height/2)*(below+height/2))
	step := min(height*1.05, room/n)
	for i, r := range text {
		s.stamp(r, step*0.95, height, (float64(i)-(n-1)/2)*step, below, 0)
	}
}

// stamp sets one character, its em box fitted to width and height around the
// point x, y, and turned clockwise by an angle in radians.
func (s *setting) stamp(r rune, width, height, x, y, angle float64) {
	face := faceOf(s.bold, r)
	if face == nil {
		return
	}
	g, _ := face.Glyph(r)
	em := height / perPoint // the size at which the em box is as high as asked for
	stretch := width / height
	sin, cos := math.Sincos(angle)
	// From the middle of the em box back to where the base line begins.
	u := -float64(face.Advance(g)) / float64(face.UnitsPerEm) * width / 2
	v := ideographMiddle * height
	s.page.TextAt(s.font(face), em, [4]float64{stretch * cos, -stretch * sin, sin, cos},
		x+u*cos-v*sin, y+u*sin+v*cos, 0, string(r))
}

// ideographMiddle is how far the middle of an ideograph lies above the base
// line, in ems: the em box reaches from -0.12 to 0.88.
const ideographMiddle = 0.38
