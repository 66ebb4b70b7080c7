package main

import (
	"math"

	"yizheng/templates/font"
)

// prices say what segments cost in a document, where charstrings are
// compressed, in bits: a number by how often it is met, and a curve no more
// than a repetition where one like it is likely to stand before it.
type prices struct {
	numbers [2*oneByte + 1]float64
	shapes  map[shape]float64
}

// What is told of the compressor and of documents: the price of a number of
// two bytes, of an operator's part in a segment, of a repetition, and how many
// characters it finds repetitions in.
const (
	oneByte    = 107 // the greatest number that takes one byte
	twoBytes   = 13.0
	operator   = 3.0
	repetition = 18.0
	rarer      = 4.0 // for each halving of the chance that there is one to repeat
	window     = 150
)

// shape is a curve without its place: its numbers as a charstring has them.
type shape [6]int

func shapeOf(from font.Point, s font.Segment) shape {
	return shape{
		int(s.A.X - from.X), int(s.A.Y - from.Y), int(s.B.X - s.A.X), int(s.B.Y - s.A.Y),
		int(s.End.X - s.B.X), int(s.End.Y - s.B.Y),
	}
}

// flat are prices from before anything was counted.
func flat() *prices {
	p := &prices{}
	for i := range p.numbers {
		p.numbers[i] = 5
	}
	return p
}

// learn counts what outlines consist of. A few times over it makes what is
// frequent more so.
func learn(glyphs [][]font.Contour) *prices {
	p := flat()
	const rounds = 3
	for range rounds {
		var numbers [len(p.numbers)]int
		total, shapes := 0, map[shape]int{}
		count := func(values ...int) {
			for _, v := range values {
				if v != 0 && v >= -oneByte && v <= oneByte {
					numbers[v+oneByte]++
				}
				total++
			}
		}
		for _, glyph := range glyphs {
			for _, c := range glyph {
				pen := c.Start
				for _, s := range p.spare(c).Segments {
					if s.Curve {
						shape := shapeOf(pen, s)
						shapes[shape]++
						count(shape[:]...)
					} else {
						count(int(s.End.X-pen.X), int(s.End.Y-pen.Y))
					}
					pen = s.End
				}
			}
		}
		p = &prices{shapes: map[shape]float64{}}
		for i, n := range numbers {
			p.numbers[i] = -math.Log2((float64(n) + 0.5) / float64(total))
		}
		for shape, n := range shapes {
			if expected := float64(n) * window / float64(len(glyphs)); expected >= 0.3 {
				p.shapes[shape] = repetition + rarer*max(0, -math.Log2(expected))
			}
		}
	}
	return p
}

func (p *prices) number(v int) float64 {
	if v < -oneByte || v > oneByte {
		return twoBytes
	}
	return p.numbers[v+oneByte]
}

// line is the price of a straight line. One that is level or upright takes one
// number, and often shares its operator with the next.
func (p *prices) line(from, to font.Point) float64 {
	dx, dy := int(to.X-from.X), int(to.Y-from.Y)
	switch {
	case dx == 0 && dy == 0:
		return 0
	case dx == 0:
		return p.number(dy) + operator/3
	case dy == 0:
		return p.number(dx) + operator/3
	}
	return p.number(dx) + p.number(dy) + operator
}

// curve is the price of a curve. Where it begins or ends level or upright, a
// number is spared.
func (p *prices) curve(from font.Point, s font.Segment) float64 {
	v := shapeOf(from, s)
	cost := operator + p.number(v[2]) + p.number(v[3])
	for _, pair := range [...][2]int{{v[0], v[1]}, {v[4], v[5]}} {
		switch {
		case pair[0] == 0:
			cost += p.number(pair[1])
		case pair[1] == 0:
			cost += p.number(pair[0])
		default:
			cost += p.number(pair[0]) + p.number(pair[1])
		}
	}
	if again, known := p.shapes[v]; known {
		return min(cost, again)
	}
	return cost
}
