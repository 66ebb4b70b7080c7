package font

// operate carries out an operator that hints, moves or draws.
func (m *machine) operate(op byte) error {
	s := m.stack
	switch op {
	case opHstem, opVstem, opHstemhm, opVstemhm:
		return m.stem()
	case opRmoveto, opHmoveto, opVmoveto:
		return m.move(op)
	}
	if !m.open || len(s) == 0 {
		return m.fault("a line that begins nowhere, or leads nowhere")
	}
	n := len(s)
	fits := true // that the operator takes so many operands
	switch op {
	case opRlineto:
		if fits = n%2 == 0; fits {
			m.lines(s)
		}
	case opHlineto, opVlineto:
		across := op == opHlineto
		for _, d := range s {
			if across {
				m.lineTo(d, 0)
			} else {
				m.lineTo(0, d)
			}
			across = !across
		}
	case opRrcurveto:
		if fits = n%6 == 0; fits {
			m.curves(s)
		}
	case opRcurveline:
		if fits = n >= 8 && n%6 == 2; fits {
			m.curves(s[:n-2])
			m.lines(s[n-2:])
		}
	case opRlinecurve:
		if fits = n >= 8 && n%2 == 0; fits {
			m.lines(s[:n-6])
			m.curves(s[n-6:])
		}
	case opHhcurveto, opVvcurveto:
		fits = m.along(s, op == opHhcurveto)
	case opHvcurveto, opVhcurveto:
		fits = m.around(s, op == opHvcurveto)
	default:
		return m.fault("an operator that draws nothing")
	}
	if !fits {
		return m.fault("an operator with other operands than it takes")
	}
	if m.segments > maxSegments {
		return m.fault("too many lines")
	}
	m.stack = m.stack[:0]
	return nil
}

// move begins a contour.
func (m *machine) move(op byte) error {
	want := 1
	if op == opRmoveto {
		want = 2
	}
	if err := m.begin(want); err != nil {
		return err
	}
	switch op {
	case opRmoveto:
		m.pen.X += m.stack[0]
		m.pen.Y += m.stack[1]
	case opHmoveto:
		m.pen.X += m.stack[0]
	default:
		m.pen.Y += m.stack[0]
	}
	if m.segments++; m.segments > maxSegments {
		return m.fault("too many lines")
	}
	m.out = append(m.out, Contour{Start: m.pen})
	m.open = true
	m.stack = m.stack[:0]
	return nil
}

func (m *machine) add(s Segment) {
	m.segments++
	c := &m.out[len(m.out)-1]
	c.Segments = append(c.Segments, s)
	m.pen = s.End
}

func (m *machine) lineTo(dx, dy float64) { m.add(line(Point{m.pen.X + dx, m.pen.Y + dy})) }

func (m *machine) curveTo(ax, ay, bx, by, ex, ey float64) {
	a := Point{m.pen.X + ax, m.pen.Y + ay}
	b := Point{a.X + bx, a.Y + by}
	m.add(curve(a, b, Point{b.X + ex, b.Y + ey}))
}

func (m *machine) lines(s []float64) {
	for ; len(s) >= 2; s = s[2:] {
		m.lineTo(s[0], s[1])
	}
}

func (m *machine) curves(s []float64) {
	for ; len(s) >= 6; s = s[6:] {
		m.curveTo(s[0], s[1], s[2], s[3], s[4], s[5])
	}
}

// along draws curves that begin and end in the same direction, across or
// upright; the first may begin askew.
func (m *machine) along(s []float64, across bool) bool {
	if len(s) < 4 || len(s)%4 > 1 {
		return false
	}
	askew := 0.0
	if len(s)%4 == 1 {
		askew, s = s[0], s[1:]
	}
	for ; len(s) >= 4; s = s[4:] {
		if across {
			m.curveTo(s[0], askew, s[1], s[2], s[3], 0)
		} else {
			m.curveTo(askew, s[0], s[1], s[2], 0, s[3])
		}
		askew = 0
	}
	return true
}

// around draws curves that begin in one direction, across or upright, and
// end in the other, in turn; the last may end askew.
func (m *machine) around(s []float64, across bool) bool {
	if len(s) < 4 || len(s)%4 > 1 {
		return false
	}
	for ; len(s) >= 4; s = s[4:] {
		askew := 0.0
		if len(s) == 5 {
			askew = s[4]
		}
		if across {
			m.curveTo(s[0], 0, s[1], s[2], askew, s[3])
		} else {
			m.curveTo(0, s[0], s[1], s[2], s[3], askew)
		}
		across = !across
	}
	return true
}

// flex carries out the operators of two bytes that draw: two curves that are
// nearly a line.
func (m *machine) flex(op byte) error {
	s := m.stack
	want := map[byte]int{opHflex: 7, opFlex: 13, opHflex1: 9, opFlex1: 11}[op]
	if want == 0 || len(s) != want || !m.open {
		return m.fault("an operator that is not read, or with other operands than it takes")
	}
	switch op {
	case opHflex:
		m.curveTo(s[0], 0, s[1], s[2], s[3], 0)
		m.curveTo(s[4], 0, s[5], -s[2], s[6], 0)
	case opFlex:
		m.curves(s[:12])
	case opHflex1:
		m.curveTo(s[0], s[1], s[2], s[3], s[4], 0)
		m.curveTo(s[5], 0, s[6], s[7], s[8], -(s[1] + s[3] + s[7]))
	case opFlex1:
		dx, dy := s[0]+s[2]+s[4]+s[6]+s[8], s[1]+s[3]+s[5]+s[7]+s[9]
		m.curves(s[:6])
		if max(dx, -dx) > max(dy, -dy) {
			m.curveTo(s[6], s[7], s[8], s[9], s[10], -dy)
		} else {
			m.curveTo(s[6], s[7], s[8], s[9], -dx, s[10])
		}
	}
	m.stack = m.stack[:0]
	return nil
}
