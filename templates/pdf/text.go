package pdf

import (
	"math"
	"unicode/utf8"
)

// textObject is what text is set in (ISO 32000-1, 9.4). It goes on
// over marked content until something else is drawn, so that most places are
// written as steps from the one before: down a line, or to the next column,
// which come back where places do not.
type textObject struct {
	begun  bool
	within bool    // it began within the marked content that has begun, and ends there
	turned bool    // what was set last is turned or stretched
	x, y   float64 // where that begins
}

// Text sets s on the base line y from x on, in a font that has all of its
// characters. Spacing stands between each two of them; both are millimetres,
// the size is points.
func (c *Content) Text(t *Font, size, x, y, spacing float64, s string) {
	c.begins(t, size)
	c.goes(x, y)
	if spacing == 0 {
		c.shows(t, s)
		return
	}
	c.spaced(t, s, func(int) float64 { return spacing * perMM / size })
}

// Spread is Text with a space of its own, in millimetres, after each character
// but the last.
func (c *Content) Spread(t *Font, size, x, y float64, spaces []float64, s string) {
	c.begins(t, size)
	c.goes(x, y)
	c.spaced(t, s, func(i int) float64 { return spaces[i] * perMM / size })
}

// TextAt is Text with the characters turned and stretched by the linear map
// m, of a mathematician's axes (y upwards), and no spacing.
func (c *Content) TextAt(t *Font, size float64, m [4]float64, x, y float64, s string) {
	c.begins(t, size)
	c.op("Tm", m[0], m[1], m[2], m[3], c.x(x), c.y(y))
	c.text.turned = true
	c.shows(t, s)
}

// begins begins a text.
func (c *Content) begins(t *Font, size float64) {
	if !c.text.begun {
		last := len(c.open) - 1
		c.text = textObject{begun: true, within: last >= 0 && c.open[last].begun}
		c.op("BT")
	}
	c.painted()
	c.names = true
	if c.font.to([2]float64{float64(t.index), size}) {
		c.buf = append(number(append(c.buf, "/F"...), float64(t.index)), ' ')
		c.op("Tf", size)
	}
	mode := fill
	if c.heavier {
		mode = fillAndStroke
	}
	if c.mode.to(mode) {
		c.op("Tr", mode)
	}
}

// goes goes to where a text begins, to a tenth of a point: 0.035 mm, less than a
// dot of a printer of 600 to the inch.
func (c *Content) goes(x, y float64) {
	x, y = tenth(x), tenth(c.height-y)
	o := &c.text
	if o.turned {
		c.op("Tm", 1, 0, 0, 1, x, y)
	} else {
		c.op("Td", x-o.x, y-o.y)
	}
	o.x, o.y, o.turned = x, y, false
}

// tenth gives a length in points, rounded to tenths.
func tenth(mm float64) float64 { return math.Round(mm*perMM*10) / 10 }

// leaves ends the text object before something that it cannot hold.
func (c *Content) leaves() {
	if last := len(c.open) - 1; c.text.begun && !c.text.within && last >= 0 && c.open[last].begun {
		c.interrupt() // it began within the text object, which it cannot outlast
	}
	c.endText()
}

// endText ends the text object, if one has begun.
func (c *Content) endText() {
	if c.text.begun {
		c.op("ET")
		c.text.begun = false
	}
}

// shows shows the characters.
func (c *Content) shows(t *Font, s string) {
	from := len(c.places)
	for _, r := range s {
		c.places = append(c.places, t.place(r, 0))
	}
	c.ends(t, from)
}

// spaced is shows with so many ems of space after the i-th character, but none
// after the last.
func (c *Content) spaced(t *Font, s string, space func(i int) float64) {
	from, last := len(c.places), utf8.RuneCountInString(s)-1
	for _, r := range s {
		after := 0.0
		if i := len(c.places) - from; i < last {
			after = space(i)
		}
		c.places = append(c.places, t.place(r, after))
	}
	c.ends(t, from)
}

// ends ends a text whose characters have the places from the given one on.
func (c *Content) ends(t *Font, from int) {
	c.buf = append(c.buf, '(')
	c.texts = append(c.texts, shown{len(c.buf), t, len(c.places) - from})
	c.buf = append(c.buf, ")Tj\n"...)
}

// shown is a string of which the codes are still to be given: it stands at a
// place of the content, in a font, and has so many characters.
type shown struct {
	at    int
	font  *Font
	count int
}

// written is the content with the codes of its texts, which the fonts have
// given.
func (c *Content) written() []byte {
	if len(c.texts) == 0 {
		return c.buf
	}
	out := make([]byte, 0, len(c.buf)+2*len(c.places)+len(c.places)/8)
	from, places := 0, c.places
	for _, t := range c.texts {
		out = append(out, c.buf[from:t.at]...)
		for _, place := range places[:t.count] {
			code := t.font.codes[place]
			out = appendByte(appendByte(out, byte(code>>8)), byte(code))
		}
		from, places = t.at, places[t.count:]
	}
	out = append(out, c.buf[from:]...)
	if c.text.begun {
		out = append(out, "ET\n"...)
	}
	return out
}

// appendString writes a literal string (ISO 32000-1, 7.3.4.2).
func appendString[T string | []byte](b []byte, of T) []byte {
	b = append(b, '(')
	for i := range len(of) {
		b = appendByte(b, of[i])
	}
	return append(b, ')')
}

// appendByte writes a byte of a literal string.
func appendByte(b []byte, v byte) []byte {
	switch v {
	case '(', ')', '\\':
		return append(b, '\\', v)
	case '\r': // which would be read as the end of a line
		return append(b, '\\', 'r')
	}
	return append(b, v)
}

// Heavier makes the text that follows, until Lighter, heavier by a line of the
// given width, in millimetres, along all outlines. Text in a bold face looks
// better where it is large; where it is small, this spares the file a second
// set of outlines.
func (c *Content) Heavier(k Colour, width float64) {
	c.Stroke(k, width)
	if c.joint.to(roundJoint) {
		c.op("j", roundJoint)
	}
	c.heavier = true
}

// Lighter ends what Heavier began.
func (c *Content) Lighter() { c.heavier = false }

// Ways in which lines are joined and text is rendered.
const (
	roundJoint    = 1
	fill          = 0.0
	fillAndStroke = 2.0
)
