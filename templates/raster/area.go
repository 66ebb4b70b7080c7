package raster

import (
	"image"
	"math"
	"slices"

	"yizheng/templates/pdf"
)

// area gathers the edges of a shape and gives how far each pixel lies within
// it. What it costs goes by the length of the edges, not by the room around
// them, and it counts in whole numbers, so that the same edges cover the same
// on every machine.
type area struct {
	bounds    image.Rectangle
	rows      [][]cell // of each row, the pixels that an edge crosses
	low, high int      // rows with any
}

// cell is a pixel that an edge crosses: by how much the edge rises in it, and
// twice the area between the edge and the pixel's left side.
type cell struct{ x, rise, left int }

// fine is how many steps a pixel has to a side.
const fine = 256

func newArea(bounds image.Rectangle) *area {
	a := &area{bounds: bounds, rows: make([][]cell, bounds.Dy())}
	a.clear()
	return a
}

func (a *area) clear() { a.low, a.high = len(a.rows), 0 }

// path adds a path in pixels. Lines that are open are closed.
func (a *area) path(p pdf.Path) {
	var from, start pdf.Point
	for _, s := range p {
		switch s.Op {
		case 'm':
			a.line(from, start)
			start = s.Points[0]
			from = start
			continue
		case 'h':
			a.line(from, start)
			from = start
			continue
		case 'c':
			curve(from, s.Points, func(q pdf.Point) {
				a.line(from, q)
				from = q
			})
		default:
			a.line(from, s.Points[0])
		}
		from = s.End()
	}
	a.line(from, start)
}

// far is beyond every page, in pixels.
const far = 1 << 16

func steps(v float64) int { return int(math.Floor(max(-far, min(far, v))*fine + 0.5)) }

// line adds an edge, row by row.
func (a *area) line(p, q pdf.Point) {
	x0, y0, x1, y1 := steps(p.X), steps(p.Y)-a.bounds.Min.Y*fine, steps(q.X), steps(q.Y)-a.bounds.Min.Y*fine
	sign := 1
	if y0 > y1 {
		x0, y0, x1, y1, sign = x1, y1, x0, y0, -1
	}
	at := func(y int) int { return x0 + (x1-x0)*(y-y0)/(y1-y0) }
	from, to := max(y0, 0), min(y1, len(a.rows)*fine)
	for y := from; y < to; {
		row := y / fine
		next := min(to, (row+1)*fine)
		a.low, a.high = min(a.low, row), max(a.high, row+1)
		a.within(row, at(y), at(next), next-y, sign)
		y = next
	}
}

// within adds a piece of an edge in one row, pixel by pixel: from x0 to x1
// while it goes down so many steps.
func (a *area) within(row, x0, x1, down, sign int) {
	if x0 > x1 { // from left to right; which end is the upper one does not count
		x0, x1 = x1, x0
	}
	left, right := a.bounds.Min.X*fine, a.bounds.Max.X*fine
	if x0 >= right {
		return
	}
	x, done := x0, 0
	for {
		column := floored(max(x, left-fine), fine)
		edge := min((column+1)*fine, x1)
		if x < left-fine { // all that lies left of the page is as one pixel
			edge = min(left, x1)
		}
		y := down
		if edge < x1 {
			y = down * (edge - x0) / (x1 - x0)
		}
		middle := max(x, column*fine) + max(edge, column*fine) - 2*column*fine
		a.rows[row] = append(a.rows[row], cell{column, sign * (y - done), sign * (y - done) * middle})
		if done = y; edge >= x1 || edge >= right {
			return
		}
		x = edge
	}
}

func floored(v, by int) int { return (v - ((v%by)+by)%by) / by }

// cover gives the pixels of the shape, in runs of one row that are covered
// alike, by 1 to 255, and forgets the edges.
func (a *area) cover(evenOdd bool, give func(y, from, to int, by uint8)) {
	for row := a.low; row < a.high; row++ {
		cells := a.rows[row]
		slices.SortFunc(cells, func(p, q cell) int { return p.x - q.x })
		rise := 0
		for i := 0; i < len(cells); {
			x, left := cells[i].x, 0
			for ; i < len(cells) && cells[i].x == x; i++ {
				rise += cells[i].rise
				left += cells[i].left
			}
			a.give(row, x, x+1, 2*fine*rise-left, evenOdd, give)
			end := a.bounds.Max.X // beyond which no edges are kept
			if i < len(cells) {
				end = cells[i].x
			}
			a.give(row, x+1, end, 2*fine*rise, evenOdd, give)
		}
		a.rows[row] = cells[:0]
	}
	a.clear()
}

func (a *area) give(row, from, to, twice int, evenOdd bool, give func(y, from, to int, by uint8)) {
	const whole = 2 * fine * fine
	from, to = max(from, a.bounds.Min.X), min(to, a.bounds.Max.X)
	if twice < 0 {
		twice = -twice
	}
	if evenOdd {
		if twice %= 2 * whole; twice > whole {
			twice = 2*whole - twice
		}
	}
	if by := min(255, (twice*255+whole/2)/whole); by > 0 && from < to {
		give(row+a.bounds.Min.Y, from, to, uint8(by))
	}
}
