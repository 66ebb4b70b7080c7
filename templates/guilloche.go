package templates

import (
	"math"

	"yizheng/templates/pdf"
)

// The frame of a first page, and that of the others: distances from the edge
// of the paper.
const (
	bandOuter = 8.0
	bandInner = 19.0
	slimOuter = 8.5
	slimInner = 12.5
	waveWidth = 9.0 // one wave of the band, nearly: waves divide a side evenly
	slimWidth = 5.4 // one of the slim band
)

// waves are a band's, as many as the form holds: they are drawn again and
// again along the sides, where they are made a little wider or narrower.
type waves struct {
	form         pdf.Stream
	count        int
	width        float64 // of one
	outer, inner float64 // distance from the edge of the paper
}

// bands draws waves along each side of the paper between its corners.
func (p *paper) bands(g *pdf.Ground, w waves) {
	form := g.XObject(w.form)
	middle := (w.outer + w.inner) / 2
	for _, side := range []struct{ x, y, turn, length float64 }{
		{w.inner, middle, 0, p.width - 2*w.inner},
		{p.width - middle, w.inner, 90, p.height - 2*w.inner},
		{p.width - w.inner, p.height - middle, 180, p.width - 2*w.inner},
		{middle, p.height - w.inner, 270, p.height - 2*w.inner},
	} {
		n := math.Round(side.length / (w.width * float64(w.count)))
		step := w.width * float64(w.count)
		g.Save()
		g.Origin(side.x, side.y)
		g.Turn(side.turn)
		g.Scale(side.length/(n*step), 1)
		g.Origin(-rippleEnd, (w.inner-w.outer)/2) // the form's lower corner
		g.Repeat(form, int(n), step)
		g.Restore()
	}
}

// drawFirst draws the border of a first page: waves, rules, and a flower in
// each corner.
func (p *paper) drawFirst(z *pdf.Compressor) *pdf.Ground {
	c := pdf.NewGround("A", p.height)
	p.bands(c, band(z))
	const corner = bandInner - bandOuter
	petals := c.XObject(flower(corner, z))
	for _, x := range []float64{bandOuter, p.width - bandInner} {
		for _, y := range []float64{bandOuter, p.height - bandInner} {
			c.Draw(petals, x, y, corner)
		}
	}
	p.rule(c, bandOuter-1.1, 0.75, red)
	p.rule(c, bandOuter, 0.18, gold)
	p.rule(c, bandInner, 0.18, gold)
	p.rule(c, bandInner+0.9, 0.4, red)
	// The band's rules run on to the edge, so that each corner has a square
	// of its own.
	c.Stroke(gold, 0.18)
	for _, at := range []float64{bandInner, p.width - bandInner} {
		c.Line(at, bandOuter, at, bandInner)
		c.Line(at, p.height-bandInner, at, p.height-bandOuter)
	}
	for _, at := range []float64{bandInner, p.height - bandInner} {
		c.Line(bandOuter, at, bandInner, at)
		c.Line(p.width-bandInner, at, p.width-bandOuter, at)
	}
	return c.Done(z)
}

// drawLater draws the border of the other pages.
func (p *paper) drawLater(z *pdf.Compressor) *pdf.Ground {
	c := pdf.NewGround("B", p.height)
	p.bands(c, slimBand(z))
	p.rule(c, slimOuter-0.9, 0.5, red)
	p.rule(c, slimOuter, 0.15, gold)
	p.rule(c, slimInner, 0.15, gold)
	return c.Done(z)
}

// rule draws a rectangle along the edge of the paper, distance within it.
func (p *paper) rule(c *pdf.Ground, distance, width float64, k pdf.Colour) {
	c.Stroke(k, width)
	c.Rect(distance, distance, p.width-2*distance, p.height-2*distance)
	c.PaintStroke()
}

// band draws the waves of a first page: fine ones that run against each other,
// as on securities.
func band(z *pdf.Compressor) waves {
	return ripple(z, bandOuter, bandInner, waveWidth, 1, func(c *pdf.Content, half float64) {
		half -= 0.4
		c.Stroke(gold, 0.13)
		for i := range 6 {
			a := half * (1 - 0.17*float64(i))
			wave(c, waveWidth, a)
			wave(c, waveWidth, -a)
		}
		c.PaintStroke()
		c.Stroke(red, 0.1)
		for i := range 3 {
			a := half * (0.72 - 0.2*float64(i))
			shifted(c, waveWidth, a)
			shifted(c, waveWidth, -a)
		}
		c.PaintStroke()
	})
}

// slimBand draws those of the other pages, several together, as whoever reads
// the file counts forms.
func slimBand(z *pdf.Compressor) waves {
	return ripple(z, slimOuter, slimInner, slimWidth, 5, func(c *pdf.Content, half float64) {
		half -= 0.3
		c.Stroke(gold, 0.11)
		for i := range 3 {
			a := half * (1 - 0.3*float64(i))
			wave(c, slimWidth, a)
			wave(c, slimWidth, -a)
		}
		c.PaintStroke()
		c.Stroke(red, 0.1)
		shifted(c, slimWidth, half*0.6)
		shifted(c, slimWidth, -half*0.6)
		c.PaintStroke()
	})
}

// rippleEnd is by how much a form of waves is wider than they are on either
// side: a form is cut off at its edge, and lines end round.
const rippleEnd = 0.3

// ripple makes a form of so many waves, each drawn around the x axis from the
// origin on.
func ripple(z *pdf.Compressor, outer, inner, width float64, count int, draw func(c *pdf.Content, half float64)) waves {
	c := pdf.NewContent(inner - outer)
	c.RoundEnds()
	half := (inner - outer) / 2
	c.Save()
	c.Origin(rippleEnd, half)
	for i := range count {
		if i > 0 {
			c.Origin(width, 0)
		}
		draw(c, half)
	}
	c.Restore()
	return waves{c.Form(float64(count)*width+2*rippleEnd, false, z), count, width, outer, inner}
}

// halfWave is how long, in halves of a wave, the handles are at which two
// cubics come near to one wave of a sine.
const halfWave = 0.3642

// wave adds to the path one wave of width w that begins on the axis.
func wave(c *pdf.Content, w, a float64) {
	h := w / 2
	k := halfWave * h
	c.MoveTo(0, 0)
	c.CurveTo(k, -a*1.3333, h-k, -a*1.3333, h, 0)
	c.CurveTo(h+k, a*1.3333, w-k, a*1.3333, w, 0)
}

// shifted adds to the path one wave of width w that begins at its crest.
func shifted(c *pdf.Content, w, a float64) {
	h := w / 2
	k := halfWave * h
	c.MoveTo(0, -a)
	c.CurveTo(k, -a, h-k, a, h, a)
	c.CurveTo(h+k, a, w-k, -a, w, -a)
}

// flower draws what stands in a corner, a square of the given side: petals
// around its middle.
func flower(side float64, z *pdf.Compressor) pdf.Stream {
	const petals = 18
	c := pdf.NewContent(side)
	r := side/2 - 0.25
	c.Save()
	c.Origin(side/2, side/2)
	c.Save()
	for range petals {
		for _, ring := range []struct {
			colour pdf.Colour
			tips   []float64
		}{{gold, []float64{1, 0.86, 0.58}}, {red, []float64{0.72}}} {
			c.Stroke(ring.colour, 0.11)
			for _, part := range ring.tips {
				tip := r * part
				c.MoveTo(0, 0)
				c.CurveTo(-tip*0.45, -tip*0.4, -tip*0.3, -tip, 0, -tip)
				c.CurveTo(tip*0.3, -tip, tip*0.45, -tip*0.4, 0, 0)
			}
			c.PaintStroke()
		}
		c.Turn(360.0 / petals)
	}
	c.Restore()
	c.Fill(white)
	c.Circle(0, 0, r*0.2)
	c.PaintFill()
	c.Stroke(red, 0.2)
	c.Circle(0, 0, r*0.2)
	c.PaintStroke()
	c.Fill(red)
	c.Circle(0, 0, r*0.09)
	c.PaintFill()
	c.Restore()
	return c.Form(side, false, z)
}

// Where the rosette lies behind the text, and how large it is.
const rosetteRadius = 66.0

// rosette draws the pale ground of the face: the curve of a point on a circle
// that rolls within another, one arch after the other.
func rosette(z *pdf.Compressor) pdf.Stream {
	c := pdf.NewContent(2 * rosetteRadius)
	c.Save()
	c.Origin(rosetteRadius, rosetteRadius)
	c.RoundEnds()
	const arches = 48
	c.Stroke(pale, 0.1)
	for range arches {
		for i := range 7 {
			outer := rosetteRadius * (0.985 - 0.075*float64(i))
			inner := rosetteRadius * (0.24 + 0.05*float64(i))
			arch(c, inner, outer, 360.0/arches*5)
		}
		c.PaintStroke()
		c.Turn(360.0 / arches)
	}
	c.Restore()
	return c.Form(2*rosetteRadius, false, z)
}

// arch adds to the path a curve from the inner circle out to the outer one and back,
// over the given angle.
func arch(c *pdf.Content, inner, outer, degrees float64) {
	at := func(r, deg float64) (float64, float64) {
		sin, cos := math.Sincos(deg * math.Pi / 180)
		return r * sin, -r * cos
	}
	q := degrees / 4
	x0, y0 := at(inner, -2*q)
	x1, y1 := at(inner, -1.2*q)
	x2, y2 := at(outer, -0.9*q)
	x3, y3 := at(outer, 0)
	x4, y4 := at(outer, 0.9*q)
	x5, y5 := at(inner, 1.2*q)
	x6, y6 := at(inner, 2*q)
	c.MoveTo(x0, y0)
	c.CurveTo(x1, y1, x2, y2, x3, y3)
	c.CurveTo(x4, y4, x5, y5, x6, y6)
}
