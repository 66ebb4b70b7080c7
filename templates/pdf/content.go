package pdf

import (
	"math"
	"strconv"
)

// perMM is how many points a millimetre has.
const perMM = 72 / 25.4

// Colour is red, green and blue, each from 0 to 1.
type Colour [3]float64

// Hex makes a colour of 0xRRGGBB.
func Hex(rgb uint32) Colour {
	return Colour{float64(rgb>>16&0xFF) / 255, float64(rgb>>8&0xFF) / 255, float64(rgb&0xFF) / 255}
}

// Content is what is drawn on one page or in one form. Its height turns
// measures from the top into PDF's from the bottom.
type Content struct {
	buf    []byte
	texts  []shown
	places []uint16 // of the characters of all texts in their fonts
	saved  []pen    // to come back to
	pen

	text    textObject
	heavier bool // the text that follows has a line along its outlines
	names   bool // it names something of the file's: a font, a form or a state

	ground *Ground    // on which it lies, nil for none
	page   Ref        // on which it is drawn, once that is known
	open   []span     // what Tag and Artifact began
	marked []*Element // to whom each sequence of marked content belongs
	loose  bool       // something was drawn within neither
}

// pen is what Save keeps: where the origin lies, and what was set so far, so
// that it is not set again.
type pen struct {
	height float64
	fill   setting[Colour]
	line   setting[Colour]
	width  setting[float64]    // of lines
	joint  setting[float64]    // of lines
	font   setting[[2]float64] // its index, and its size
	mode   setting[float64]    // of rendering text
}

// setting is what was set last, if anything was.
type setting[T comparable] struct {
	value T
	known bool
}

// to sets a value and says whether that is something new.
func (s *setting[T]) to(v T) bool {
	if s.known && s.value == v {
		return false
	}
	s.value, s.known = v, true
	return true
}

// What all pages of a file share, and what forms do that name anything: these draw
// no forms themselves, and a reader that looks through their resources comes to
// an end.
var (
	pageResources = "/Resources " + pageResourcesRef.String()
	formResources = "/Resources " + formResourcesRef.String()
)

// NewContent begins the drawing of a page or form that is height millimetres
// high.
func NewContent(height float64) *Content {
	return &Content{buf: make([]byte, 0, 8<<10), places: make([]uint16, 0, 512), texts: make([]shown, 0, 64), pen: pen{height: height}}
}

// Upon lays the content of a page on a ground.
func (c *Content) Upon(ground *Ground) { c.ground = ground }

// Form makes what was drawn, without text, a form XObject of the given width
// that many files can share; there are no other forms in it. A form that is a
// group is put onto the page as a whole, so that a transparency applies to it
// as to one drop of ink.
func (c *Content) Form(width float64, group bool, z *Compressor) Stream {
	return c.form(best, width, group, z)
}

func (c *Content) form(level int, width float64, group bool, z *Compressor) Stream {
	dict := formDict(width, c.height)
	if c.names {
		dict += formResources
	}
	if group {
		dict += "/Group<</Type/Group/S/Transparency/CS/DeviceRGB/I true>>"
	}
	drawn := c.written()
	form := z.stream(level, dict, drawn)
	form.drawn, form.group = func() []byte { return drawn }, group
	return form
}

// formDict are the entries of the dictionary of every form.
func formDict(width, height float64) string {
	return "/Subtype/Form/BBox[0 0 " + string(number(nil, width*perMM)) + " " + string(number(nil, height*perMM)) + "]"
}

// number writes v with at most three decimals and no more digits than needed.
func number(b []byte, v float64) []byte {
	n := int64(math.Round(v * 1000))
	if n < 0 {
		b, n = append(b, '-'), -n
	}
	b = strconv.AppendInt(b, n/1000, 10)
	if rest := n % 1000; rest != 0 {
		b = append(b, '.', byte('0'+rest/100))
		if rest %= 100; rest != 0 {
			b = append(b, byte('0'+rest/10))
			if rest %= 10; rest != 0 {
				b = append(b, byte('0'+rest))
			}
		}
	}
	return b
}

// op writes an operator after its numbers.
func (c *Content) op(name string, numbers ...float64) {
	for _, v := range numbers {
		c.buf = append(number(c.buf, v), ' ')
	}
	c.buf = append(append(c.buf, name...), '\n')
}

// Places are written to a hundredth of a point, which is 0.0035 mm: a third of
// a dot of 2400 to the inch.
func place(mm float64) float64 { return math.Round(mm*perMM*100) / 100 }

func (c *Content) x(x float64) float64 { return place(x) }
func (c *Content) y(y float64) float64 { return place(c.height - y) }

// Save and Restore enclose changes of colour, width, clip, transparency and
// origin.
func (c *Content) Save() {
	c.leaves()
	c.mark()
	c.saved = append(c.saved, c.pen)
	c.op("q")
}

// Restore ends what the last Save began.
func (c *Content) Restore() {
	c.leaves()
	last := len(c.saved) - 1
	c.pen, c.saved = c.saved[last], c.saved[:last]
	c.op("Q")
}

// Origin makes the point the one from which everything after it is measured.
func (c *Content) Origin(x, y float64) {
	c.matrix(1, 0, 0, 1, c.x(x), c.y(y))
	c.height = 0
}

// Turn turns everything after it around the origin, which must have been set,
// by an angle in degrees, clockwise.
func (c *Content) Turn(degrees float64) {
	sin, cos := math.Sincos(-degrees * math.Pi / 180)
	c.matrix(cos, sin, -sin, cos, 0, 0)
}

// Scale makes everything after it so many times as wide and as high.
func (c *Content) Scale(x, y float64) { c.matrix(x, 0, 0, y, 0, 0) }

// Instead begins a part that is read aloud, copied and searched as the text
// and not as what is drawn, until EndInstead.
func (c *Content) Instead(s string) {
	c.leaves()
	c.mark()
	c.buf = append(text(append(c.buf, "/Span<</ActualText"...), s), ">>BDC\n"...)
}

// EndInstead ends what Instead began.
func (c *Content) EndInstead() {
	c.leaves()
	c.op("EMC")
}

// matrix changes the coordinates. It keeps six decimals, because turns add
// up.
func (c *Content) matrix(m ...float64) {
	c.leaves()
	for _, v := range m {
		c.buf = append(strconv.AppendFloat(c.buf, math.Round(v*1e6)/1e6, 'f', -1, 64), ' ')
	}
	c.buf = append(c.buf, "cm\n"...)
}

// Fill sets the colour of fills and of text.
func (c *Content) Fill(k Colour) {
	if c.fill.to(k) {
		c.op("rg", k[:]...)
	}
}

// Stroke sets the colour and the width, in millimetres, of lines.
func (c *Content) Stroke(k Colour, width float64) {
	if c.line.to(k) {
		c.op("RG", k[:]...)
	}
	if c.width.to(width) {
		c.op("w", width*perMM)
	}
}

// State applies a graphics state that [File.Opacity] named.
func (c *Content) State(name string) {
	c.names = true
	c.buf = append(append(append(c.buf, '/'), name...), " gs\n"...)
}

// Draw puts a form with its top left corner at x and y; height is the form's.
func (c *Content) Draw(name string, x, y, height float64) {
	c.painted()
	c.Save()
	c.matrix(1, 0, 0, 1, c.x(x), c.y(y+height))
	c.do(name)
	c.Restore()
}

// Repeat draws a form n times, the first with its lower left corner at the
// origin, which must have been set, and each further one a step to the right.
func (c *Content) Repeat(name string, n int, step float64) {
	c.leaves()
	c.painted()
	for i := range n {
		if i > 0 {
			c.matrix(1, 0, 0, 1, step*perMM, 0) // exactly, as steps add up
		}
		c.do(name)
	}
}

func (c *Content) do(name string) {
	c.names = true
	c.buf = append(append(append(c.buf, '/'), name...), " Do\n"...)
}

// MoveTo begins a line at a point.
func (c *Content) MoveTo(x, y float64) {
	c.leaves()
	c.mark()
	c.op("m", c.x(x), c.y(y))
}

// LineTo draws the line on, straight.
func (c *Content) LineTo(x, y float64) { c.op("l", c.x(x), c.y(y)) }

// CurveTo draws the line on as a cubic Bézier with two control points.
func (c *Content) CurveTo(x1, y1, x2, y2, x, y float64) {
	c.op("c", c.x(x1), c.y(y1), c.x(x2), c.y(y2), c.x(x), c.y(y))
}

// Rect adds a rectangle, top left corner and size, to the path.
func (c *Content) Rect(x, y, w, h float64) {
	c.leaves()
	c.mark()
	c.op("re", c.x(x), c.y(y+h), place(w), place(h))
}

// Circle adds a circle to the path.
func (c *Content) Circle(x, y, r float64) {
	const k = 0.5522847498 // handle length at which four cubics come nearest to a circle
	c.MoveTo(x+r, y)
	c.CurveTo(x+r, y+k*r, x+k*r, y+r, x, y+r)
	c.CurveTo(x-k*r, y+r, x-r, y+k*r, x-r, y)
	c.CurveTo(x-r, y-k*r, x-k*r, y-r, x, y-r)
	c.CurveTo(x+k*r, y-r, x+r, y-k*r, x+r, y)
	c.Close()
}

// Close draws a line back to where the path began.
func (c *Content) Close() { c.op("h") }

// PaintFill fills the path by the non-zero rule.
func (c *Content) PaintFill() {
	c.painted()
	c.op("f")
}

// PaintEvenOdd fills the path by the even-odd rule: what lies within two lines
// is a hole.
func (c *Content) PaintEvenOdd() {
	c.painted()
	c.op("f*")
}

// PaintStroke draws the path as a line.
func (c *Content) PaintStroke() {
	c.painted()
	c.op("S")
}

// RoundEnds gives lines round ends and joints.
func (c *Content) RoundEnds() { c.op("1 J 1 j") }

// Clip keeps what is drawn until Restore within the path.
func (c *Content) Clip() { c.op("W n") }

// Line draws one straight line.
func (c *Content) Line(x1, y1, x2, y2 float64) {
	c.MoveTo(x1, y1)
	c.LineTo(x2, y2)
	c.PaintStroke()
}
