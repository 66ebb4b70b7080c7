package scan

import (
	"image"
	"image/color"
	"image/draw"
	"math"

	"github.com/pdfcpu/pdfcpu/pkg/pdfcpu/model"
	"github.com/pdfcpu/pdfcpu/pkg/pdfcpu/types"
	"golang.org/x/image/vector"
)

const (
	maxDepth    = 4         // forms within forms
	maxSegments = 120_000   // of dark paths on a page: the largest symbol, each module a rectangle of its own, has 63 thousand
	curveCost   = 16        // segments that a curve counts for: it is drawn as that many lines
	maxDrawn    = 300_000   // the same, of all pages of a document
	maxWork     = 2_000_000 // operators that the pages and forms of a document may take in all
	formCost    = 1000      // operators that drawing a form counts for
	darkest     = 0.4       // brightness up to which a fill counts as dark
	paintedSide = 1600      // pixels of the longer side of what is painted
)

// matrix maps points as in PDF: x' = a·x + c·y + e, y' = b·x + d·y + f.
type matrix [6]float64

var identity = matrix{1, 0, 0, 1, 0, 0}

// times gives the map that applies m first and then n.
func (m matrix) times(n matrix) matrix {
	return matrix{
		m[0]*n[0] + m[1]*n[2], m[0]*n[1] + m[1]*n[3],
		m[2]*n[0] + m[3]*n[2], m[2]*n[1] + m[3]*n[3],
		m[4]*n[0] + m[5]*n[2] + n[4], m[4]*n[1] + m[5]*n[3] + n[5],
	}
}

func (m matrix) at(x, y float64) point {
	return point{m[0]*x + m[2]*y + m[4], m[1]*x + m[3]*y + m[5]}
}

type point struct{ x, y float64 }

// segment is a step of a path: to a point, by way of control points for a
// curve. A move begins a new closed line.
type segment struct {
	move, curve bool
	c1, c2, to  point
}

// graphics is what q saves and Q brings back.
type graphics struct {
	matrix matrix
	light  bool // the fill is not dark
}

// painter collects the dark fills and the pictures of one page.
type painter struct {
	ctx      *model.Context
	page     int
	state    graphics
	saved    []graphics
	path     []segment     // being made
	dark     []segment     // that were filled
	pictures []*image.Gray // no larger than they are worked on
	left     *left
	cost     int // of the dark paths, in segments
}

// left is what the pages of a document may still cost, all together.
type left struct {
	pictures, pixels int // to look at
	work             int // operators to carry out
	drawn            int // segments to draw
}

// run interprets content: paths, colours, the state, and what it draws by
// name. Text, shadings and clips are passed over.
func (p *painter) run(content []byte, resources types.Dict, depth int) {
	floor := len(p.saved) // a form cannot bring back more than it saved
	lex := lexer{b: content}
	for {
		op, args, name, ok := lex.next()
		if p.left.work--; !ok || p.left.work < 0 || p.cost > maxSegments {
			break
		}
		switch op {
		case "q":
			if len(p.saved) < 256 {
				p.saved = append(p.saved, p.state)
			}
		case "Q":
			if n := len(p.saved); n > floor {
				p.state, p.saved = p.saved[n-1], p.saved[:n-1]
			}
		case "Do":
			p.object(name, resources, depth)
		default:
			p.draw(op, args)
		}
	}
	p.saved = p.saved[:min(len(p.saved), floor)]
}

// draw carries out an operator that takes numbers alone.
func (p *painter) draw(op string, a []float64) {
	need, known := operands[op]
	if !known || len(a) < need {
		return
	}
	if op != "sc" && op != "scn" { // these take as many as the colour space has
		a = a[len(a)-need:]
	}
	at := p.state.matrix.at
	switch op {
	case "cm":
		p.state.matrix = matrix(a).times(p.state.matrix)
	case "g":
		p.state.light = a[0] > darkest
	case "rg":
		p.state.light = brightness(a) > darkest
	case "k":
		p.state.light = cmyk(a) > darkest
	case "sc", "scn":
		p.state.light = components(a) > darkest
	case "m":
		p.path = append(p.path, segment{move: true, to: at(a[0], a[1])})
	case "l":
		p.path = append(p.path, segment{to: at(a[0], a[1])})
	case "c":
		p.path = append(p.path, segment{curve: true, c1: at(a[0], a[1]), c2: at(a[2], a[3]), to: at(a[4], a[5])})
	case "v":
		if n := len(p.path); n > 0 {
			p.path = append(p.path, segment{curve: true, c1: p.path[n-1].to, c2: at(a[0], a[1]), to: at(a[2], a[3])})
		}
	case "y":
		p.path = append(p.path, segment{curve: true, c1: at(a[0], a[1]), c2: at(a[2], a[3]), to: at(a[2], a[3])})
	case "re":
		x, y, w, h := a[0], a[1], a[2], a[3]
		p.path = append(p.path, segment{move: true, to: at(x, y)}, segment{to: at(x+w, y)}, segment{to: at(x+w, y+h)}, segment{to: at(x, y+h)})
	case "f", "F", "f*", "B", "B*", "b", "b*":
		if !p.state.light {
			p.fill()
		}
		p.path = p.path[:0]
	case "S", "s", "n":
		p.path = p.path[:0]
	}
	if len(p.path) > maxSegments {
		p.path = p.path[:0]
	}
}

// fill adds the path to what is dark, unless it is too much to be a symbol.
func (p *painter) fill() {
	cost := len(p.path)
	for _, s := range p.path {
		if s.curve {
			cost += curveCost
		}
	}
	p.cost += cost
	p.left.drawn -= cost
	if p.cost <= maxSegments && p.left.drawn >= 0 {
		p.dark = append(p.dark, p.path...)
	}
}

// operands says how many numbers an operator takes.
var operands = map[string]int{
	"cm": 6, "g": 1, "rg": 3, "k": 4, "sc": 1, "scn": 1,
	"m": 2, "l": 2, "c": 6, "v": 4, "y": 4, "re": 4,
	"f": 0, "F": 0, "f*": 0, "B": 0, "B*": 0, "b": 0, "b*": 0, "S": 0, "s": 0, "n": 0,
}

// components judges a colour by how many numbers it has, since its colour
// space is not looked up.
func components(a []float64) float64 {
	switch len(a) {
	case 3:
		return brightness(a)
	case 4:
		return cmyk(a)
	}
	return a[len(a)-1]
}

func brightness(a []float64) float64 { return 0.299*a[0] + 0.587*a[1] + 0.114*a[2] }

func cmyk(a []float64) float64 {
	return (1 - a[3]) * brightness([]float64{1 - a[0], 1 - a[1], 1 - a[2]})
}

// paint draws the dark fills, and a margin of white, as large as is good for
// reading. It is nil where there are none.
func (p *painter) paint() image.Image {
	low, high := point{math.Inf(1), math.Inf(1)}, point{math.Inf(-1), math.Inf(-1)}
	for _, s := range p.dark {
		points := []point{s.to}
		if s.curve { // its control points too, or a far one would take for ever to draw
			points = append(points, s.c1, s.c2)
		}
		for _, q := range points {
			low = point{min(low.x, q.x), min(low.y, q.y)}
			high = point{max(high.x, q.x), max(high.y, q.y)}
		}
	}
	side := max(high.x-low.x, high.y-low.y)
	if !(side > 0) || math.IsInf(side, 0) {
		return nil
	}
	const margin = paintedSide / 12
	k := (paintedSide - 2*margin) / side
	w, h := int((high.x-low.x)*k)+2*margin, int((high.y-low.y)*k)+2*margin
	r := vector.NewRasterizer(w, h)
	at := func(q point) (float32, float32) {
		return float32((q.x-low.x)*k + margin), float32((high.y-q.y)*k + margin)
	}
	for _, s := range p.dark {
		x, y := at(s.to)
		switch {
		case s.move:
			r.ClosePath()
			r.MoveTo(x, y)
		case s.curve:
			x1, y1 := at(s.c1)
			x2, y2 := at(s.c2)
			r.CubeTo(x1, y1, x2, y2, x, y)
		default:
			r.LineTo(x, y)
		}
	}
	r.ClosePath()
	img := image.NewGray(image.Rect(0, 0, w, h))
	draw.Draw(img, img.Rect, image.NewUniform(color.White), image.Point{}, draw.Src)
	r.Draw(img, img.Rect, image.NewUniform(color.Black), image.Point{})
	return img
}
