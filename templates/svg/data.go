package svg

import (
	"math"
	"strconv"

	"yizheng/templates/pdf"
)

// fine is how many steps a unit has in the data of a path.
const fine = 100

// pen writes the data of a path: relative steps between points of a fine
// grid, so that what is rounded off does not add up.
type pen struct {
	b            []byte
	op           byte
	x, y         int // where it is
	fromX, fromY int // where the line began
}

// data gives a path as SVG has it.
func data(p pdf.Path) string {
	var d pen
	for _, s := range p {
		end := s.End()
		x, y := grid(end.X), grid(end.Y)
		switch s.Op {
		case 'm':
			d.step('M', x, y)
			d.fromX, d.fromY = x, y
		case 'l':
			d.line(x, y)
		case 'c':
			x1, y1 := grid(s.Points[0].X), grid(s.Points[0].Y)
			x2, y2 := grid(s.Points[1].X), grid(s.Points[1].Y)
			d.step('c', x1-d.x, y1-d.y, x2-d.x, y2-d.y, x-d.x, y-d.y)
		case 'h':
			x, y = d.fromX, d.fromY
			d.step('z')
		}
		d.x, d.y = x, y
	}
	return string(d.b)
}

func grid(v float64) int { return int(math.Round(v * fine)) }

// line draws a straight line in the shortest way.
func (d *pen) line(x, y int) {
	switch {
	case y == d.y:
		d.step('h', x-d.x)
	case x == d.x:
		d.step('v', y-d.y)
	default:
		d.step('l', x-d.x, y-d.y)
	}
}

// step writes a command with its numbers. A command that is the one before is
// not said again.
func (d *pen) step(op byte, numbers ...int) {
	first := op != d.op || op == 'M' || op == 'z'
	if first {
		d.b = append(d.b, op)
	}
	d.op = op
	for i, n := range numbers {
		if n >= 0 && (i > 0 || !first) {
			d.b = append(d.b, ' ')
		}
		d.b = decimal(d.b, n)
	}
}

// decimal writes a number of fine steps.
func decimal(b []byte, n int) []byte {
	if n < 0 {
		b, n = append(b, '-'), -n
	}
	rest := n % fine
	if n >= fine || rest == 0 {
		b = strconv.AppendInt(b, int64(n/fine), 10)
	}
	if rest != 0 {
		b = append(b, '.', byte('0'+rest/10))
		if rest %= 10; rest != 0 {
			b = append(b, byte('0'+rest))
		}
	}
	return b
}
