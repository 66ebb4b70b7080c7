package font

import "math"

// step is a segment by whole numbers, each point relative to the one before:
// two numbers of a line, six of a curve.
type step struct {
	curve bool
	d     [6]int
}

// Encode writes outlines as one Type 2 charstring that needs no subroutines:
// points are rounded to whole units, pieces of no length are left out, and of
// all ways to write the rest one of the fewest bytes is taken. The advance
// stands in front where it is not usual, the advance that the font program
// has by default.
func Encode(contours []Contour, advance, usual int) []byte {
	var b []byte
	if advance != usual {
		b = appendNumber(b, advance)
	}
	x, y := 0, 0
	for _, c := range contours {
		steps, startX, startY, endX, endY := relative(c)
		if len(steps) == 0 {
			continue
		}
		switch dx, dy := startX-x, startY-y; {
		case dy == 0:
			b = append(appendNumber(b, dx), opHmoveto)
		case dx == 0:
			b = append(appendNumber(b, dy), opVmoveto)
		default:
			b = append(appendNumber(appendNumber(b, dx), dy), opRmoveto)
		}
		b = appendSteps(b, steps)
		x, y = endX, endY
	}
	return append(b, opEndchar)
}

// relative rounds a contour to whole units. The line back to its beginning is
// left out, as filling closes every contour.
func relative(c Contour) (steps []step, startX, startY, endX, endY int) {
	round := func(p Point) (int, int) { return int(math.Round(p.X)), int(math.Round(p.Y)) }
	startX, startY = round(c.Start)
	x, y := startX, startY
	for _, s := range c.Segments {
		ex, ey := round(s.End)
		if s.Curve {
			ax, ay := round(s.A)
			bx, by := round(s.B)
			d := [6]int{ax - x, ay - y, bx - ax, by - ay, ex - bx, ey - by}
			if d != [6]int{} {
				steps = append(steps, step{true, d})
			}
		} else if ex != x || ey != y {
			steps = append(steps, step{false, [6]int{ex - x, ey - y}})
		}
		x, y = ex, ey
	}
	if n := len(steps); n > 0 && !steps[n-1].curve && x == startX && y == startY {
		x, y = x-steps[n-1].d[0], y-steps[n-1].d[1]
		steps = steps[:n-1]
	}
	return steps, startX, startY, x, y
}

// appendNumber writes an operand.
func appendNumber(b []byte, v int) []byte {
	switch {
	case v >= -107 && v <= 107:
		return append(b, byte(v+139))
	case v >= 108 && v <= 1131:
		v -= 108
		return append(b, byte(247+v>>8), byte(v))
	case v >= -1131 && v <= -108:
		v = -v - 108
		return append(b, byte(251+v>>8), byte(v))
	}
	v = max(-32768, min(v, 32767))
	return append(b, opShortint, byte(v>>8), byte(v))
}

// appendSteps writes the steps by the operators that together take the fewest
// bytes: best[i] is what all steps from i on take.
func appendSteps(b []byte, steps []step) []byte {
	type choice struct {
		size int
		op   byte
		next int
		code []byte
	}
	best := make([]choice, len(steps)+1)
	for i := len(steps) - 1; i >= 0; i-- {
		best[i].size = math.MaxInt
		for _, op := range [...]byte{opRlineto, opHlineto, opVlineto, opRrcurveto, opHhcurveto, opVvcurveto, opHvcurveto, opVhcurveto, opRcurveline, opRlinecurve} {
			r := run{op: op}
			for j := i; j < len(steps) && r.take(steps[j]); j++ {
				if !r.complete() {
					continue
				}
				if size := len(r.code) + 1 + best[j+1].size; size < best[i].size {
					best[i] = choice{size, op, j + 1, r.code[:len(r.code):len(r.code)]}
				}
			}
		}
	}
	for i := 0; i < len(steps); i = best[i].next {
		b = append(append(b, best[i].code...), best[i].op)
	}
	return b
}

// run collects the operands of one operator.
type run struct {
	op     byte
	code   []byte
	count  int // operands
	lines  int
	curves int
	ended  bool // that nothing can follow
}

// take adds a step, and says false where the operator cannot draw it there.
func (r *run) take(s step) bool {
	d := s.d
	var out []int
	switch r.op {
	case opRlineto, opHlineto, opVlineto:
		if s.curve {
			return false
		}
		across := (r.op == opHlineto) == (r.lines%2 == 0)
		switch {
		case r.op == opRlineto:
			out = d[:2]
		case across && d[1] == 0:
			out = d[:1]
		case !across && d[0] == 0:
			out = d[1:2]
		default:
			return false
		}
	case opRrcurveto:
		if !s.curve {
			return false
		}
		out = d[:]
	case opRcurveline, opRlinecurve:
		if r.ended {
			return false
		}
		r.ended = s.curve == (r.op == opRlinecurve)
		if out = d[:2]; s.curve {
			out = d[:]
		}
	case opHhcurveto, opVvcurveto:
		if out = alongOperands(s, r.op == opHhcurveto, r.curves == 0); out == nil {
			return false
		}
	case opHvcurveto, opVhcurveto:
		across := (r.op == opHvcurveto) == (r.curves%2 == 0)
		if out = aroundOperands(s, across); out == nil || r.ended {
			return false
		}
		r.ended = len(out) == 5
	}
	if r.count += len(out); r.count > maxStack {
		return false
	}
	for _, v := range out {
		r.code = appendNumber(r.code, v)
	}
	if s.curve {
		r.curves++
	} else {
		r.lines++
	}
	return true
}

// complete says whether the operator may stand after the operands so far.
func (r *run) complete() bool {
	if r.op == opRcurveline || r.op == opRlinecurve {
		return r.ended && r.lines > 0 && r.curves > 0
	}
	return true
}

// alongOperands are those of a curve that begins and ends across, or upright;
// the first of a run may begin askew. Nil is a curve of another kind.
func alongOperands(s step, across, first bool) []int {
	d := s.d
	if !across {
		d = [6]int{d[1], d[0], d[2], d[3], d[5], d[4]}
	}
	switch {
	case !s.curve || d[5] != 0:
		return nil
	case d[1] == 0:
		return []int{d[0], d[2], d[3], d[4]}
	case first:
		return []int{d[1], d[0], d[2], d[3], d[4]}
	}
	return nil
}

// aroundOperands are those of a curve that begins across and ends upright, or
// the other way about; a fifth makes it end askew, and the run end.
func aroundOperands(s step, across bool) []int {
	d := s.d
	if !across {
		d = [6]int{d[1], d[0], d[2], d[3], d[5], d[4]}
	}
	switch {
	case !s.curve || d[1] != 0:
		return nil
	case d[4] == 0:
		return []int{d[0], d[2], d[3], d[5]}
	}
	return []int{d[0], d[2], d[3], d[5], d[4]}
}
