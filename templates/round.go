package templates

import (
	"math"
	"slices"
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
	arcMargin  = 1.0  // from the ring to the characters on the arc
	sealLine   = 0.12 // along the outlines of the letters
)

// organEnds are the characters that the names of organs end with, and
// ordinary those words of a purpose that begin with one of them.
const organEnds = "省市区县旗州局委办厅署所院会室队处府心站社部"

var ordinary = []string{"市场", "区域", "办学", "办案", "办理", "所有", "会计", "会议", "会务", "室内", "处罚", "处理", "心理", "社会", "社团", "部分", "州际"}

// inscription parts the name of a seal into the organ and the purpose. Where
// no organ can be told from a purpose, all is on the arc.
func inscription(name string) (organ, purpose string) {
	stem, ok := strings.CutSuffix(name, "专用章")
	if !ok {
		return name, ""
	}
	for at := strings.LastIndexAny(stem, organEnds); at >= 0; at = strings.LastIndexAny(stem[:at], organEnds) {
		if !slices.ContainsFunc(ordinary, func(w string) bool { return strings.HasPrefix(stem[at:], w) }) {
			at += len("省") // all of them are as long
			return stem[:at], stem[at:] + "专用章"
		}
	}
	return name, ""
}

// drawSeal draws the seal as a form, and gives its name: as one group, so that it lies on the paper like one
// impression. Its characters are those of the bold face, stretched.
func (s *setting) drawSeal(name string) string {
	page := s.page
	defer func() { s.page = page }()
	c := pdf.NewContent(sealSide)
	s.page = c
	c.Save()
	c.Origin(sealSide/2, sealSide/2)
	c.Instead(name) // the letters are copied in one piece
	c.Fill(vermil)
	c.Circle(0, 0, sealSide/2)
	c.Circle(0, 0, sealSide/2-sealRing)
	c.PaintEvenOdd()
	star(c, starRadius)
	c.Heavier(vermil, sealLine)
	organ, purpose := inscription(name)
	s.arc(s.letters(organ), purpose == "")
	s.straight(s.letters(purpose))
	c.Lighter()
	c.EndInstead()
	c.Restore()
	return s.file.Drawing(c, sealSide, true)
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

// letter is a character of the seal, with its width in ems.
type letter struct {
	char rune
	em   float64
}

type letters []letter

// letters measures a text of the seal.
func (s *setting) letters(text string) (all letters) {
	st := style{size: 1}
	for _, r := range text {
		all = append(all, letter{r, s.width(st, r) / (st.size * perPoint)})
	}
	return all
}

// em is how wide the letters are together.
func (l letters) em() (all float64) {
	for _, v := range l {
		all += v.em
	}
	return all
}

// How the letters of a seal are fitted: they grow narrower first, to
// narrowest of their height, and then lower.
const (
	widest    = 0.86 // of the height
	narrowest = 0.54
	spaceBy   = 0.93 // how much of its room a letter takes where there is little
	arcTall   = 5.6
	arcLow    = 3.3
	lineTall  = 3.9
	lineLow   = 3.0
)

// arc sets the letters along the upper arc, left to right, their feet towards
// the middle: a usual angle apart, or as close as it takes to end above the
// date; where they would become too narrow for that, as close as the opening
// below allows, which a seal without a purpose needs less of. Each takes the
// share of the arc that is its own by its width.
func (s *setting) arc(text letters, alone bool) {
	total := text.em()
	if total == 0 {
		return
	}
	most := 236.0 // degrees
	if alone {
		most = 285
	}
	const apart, aboveDate = 25.5, 205.0 // degrees an em, and in all
	top := sealSide/2 - sealRing - arcMargin
	var span, height, room float64 // room is that for an em at the feet, where it is narrowest
	for _, span = range []float64{aboveDate, most} {
		span = min(span, apart*total) * math.Pi / 180
		for height = arcTall; ; height -= 0.1 {
			if room = spaceBy * span / total * (top - height); room >= narrowest*height || height <= arcLow {
				break
			}
		}
		if room >= narrowest*height {
			break
		}
	}
	width := min(widest*height, room)
	angle := -span / 2
	for _, l := range text {
		share := span * l.em / total
		sin, cos := math.Sincos(angle + share/2)
		radius := top - height/2
		s.stamp(l.char, width, height, radius*sin, -radius*cos, angle+share/2)
		angle += share
	}
}

// straight sets the purpose in a line below the star.
func (s *setting) straight(text letters) {
	total := text.em()
	if total == 0 {
		return
	}
	const below = 11.6
	height, room := lineTall, 0.0
	for ; ; height -= 0.1 {
		half := sealSide/2 - sealRing - arcMargin
		edge := below + height/2
		if room = 2 * (math.Sqrt(half*half-edge*edge) - 0.5) / total; spaceBy*room >= narrowest*height || height <= lineLow {
			break
		}
	}
	step := min(height*1.12, room)
	width := min(widest*height, spaceBy*step)
	x := -step * total / 2
	for _, l := range text {
		s.stamp(l.char, width, height, x+step*l.em/2, below, 0)
		x += step * l.em
	}
}

// stamp sets one character, a full em box fitted to width and height around
// the point x, y, and turned clockwise by an angle in radians.
func (s *setting) stamp(r rune, width, height, x, y, angle float64) {
	face := faceOf(s.regular, r)
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
		x+u*cos-v*sin, y+u*sin+v*cos, string(r))
}

// ideographMiddle is how far the middle of an ideograph lies above the base
// line, in ems: the em box reaches from -0.12 to 0.88.
const ideographMiddle = 0.38
