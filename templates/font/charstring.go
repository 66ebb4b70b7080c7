package font

import "fmt"

// Limits of the interpreter. The stack and the depth are those of Adobe
// Technical Note 5177, appendix B; the others are far above what any glyph
// needs and keep a damaged font from taking time or memory.
const (
	maxStack    = 48
	maxSubrs    = 10
	maxSteps    = 100_000 // bytes read, subroutines included
	maxSegments = 20_000
)

// Operators of Type 2 charstrings; those of two bytes begin with 12.
const (
	opHstem      = 1
	opVstem      = 3
	opVmoveto    = 4
	opRlineto    = 5
	opHlineto    = 6
	opVlineto    = 7
	opRrcurveto  = 8
	opCallsubr   = 10
	opReturn     = 11
	opEscape     = 12
	opEndchar    = 14
	opHstemhm    = 18
	opHintmask   = 19
	opCntrmask   = 20
	opRmoveto    = 21
	opHmoveto    = 22
	opVstemhm    = 23
	opRcurveline = 24
	opRlinecurve = 25
	opVvcurveto  = 26
	opHhcurveto  = 27
	opShortint   = 28
	opCallgsubr  = 29
	opVhcurveto  = 30
	opHvcurveto  = 31
	opFixed      = 255

	opHflex  = 34
	opFlex   = 35
	opHflex1 = 36
	opFlex1  = 37
)

// machine runs one charstring. It knows the operators that draw and those
// that hint, and no others: arithmetic, storage and the accents of endchar
// are refused.
type machine struct {
	local, global *index
	stack         []float64
	stems         int
	steps         int
	segments      int
	width         bool // that the width, which may stand first, was dealt with
	open          bool // that a contour has begun
	pen           Point
	out           []Contour
}

// interpret runs a charstring and gives the closed lines that it draws.
func interpret(code []byte, local, global *index) ([]Contour, error) {
	m := &machine{local: local, global: global, stack: make([]float64, 0, maxStack)}
	ended, err := m.run(code, 0)
	if err != nil {
		return nil, err
	}
	if !ended {
		return nil, fmt.Errorf("%w: a charstring does not end", ErrFont)
	}
	return m.out, nil
}

func (m *machine) fault(what string) error {
	return fmt.Errorf("%w: a charstring has %s", ErrFont, what)
}

// run reads a charstring or subroutine and says whether endchar was met.
func (m *machine) run(code []byte, depth int) (bool, error) {
	if depth > maxSubrs {
		return false, m.fault("too many subroutines within each other")
	}
	for len(code) > 0 {
		if m.steps++; m.steps > maxSteps {
			return false, m.fault("too many steps")
		}
		b := code[0]
		if b == opShortint || b >= 32 {
			v, size := number(code)
			if size == 0 || len(m.stack) == maxStack {
				return false, m.fault("a number cut off, or too many")
			}
			m.stack = append(m.stack, v)
			code = code[size:]
			continue
		}
		code = code[1:]
		switch b {
		case opReturn:
			return false, nil
		case opEndchar:
			if err := m.begin(0); err != nil {
				return false, err
			}
			return true, nil
		case opCallsubr, opCallgsubr:
			subrs := m.local
			if b == opCallgsubr {
				subrs = m.global
			}
			sub, err := m.subr(subrs)
			if err != nil {
				return false, err
			}
			if ended, err := m.run(sub, depth+1); ended || err != nil {
				return ended, err
			}
		case opHintmask, opCntrmask:
			if err := m.stem(); err != nil {
				return false, err
			}
			size := (m.stems + 7) / 8
			if size > len(code) {
				return false, m.fault("a hint mask cut off")
			}
			code = code[size:]
		case opEscape:
			if len(code) == 0 {
				return false, m.fault("an operator cut off")
			}
			if err := m.flex(code[0]); err != nil {
				return false, err
			}
			code = code[1:]
		default:
			if err := m.operate(b); err != nil {
				return false, err
			}
		}
	}
	return false, nil
}

// number reads an operand; size is 0 where it is cut off.
func number(b []byte) (v float64, size int) {
	switch first := int(b[0]); {
	case first == opShortint && len(b) >= 3:
		return float64(i16(b, 1)), 3
	case first >= 32 && first <= 246:
		return float64(first - 139), 1
	case first >= 247 && first <= 250 && len(b) >= 2:
		return float64((first-247)*256 + int(b[1]) + 108), 2
	case first >= 251 && first <= 254 && len(b) >= 2:
		return float64(-(first-251)*256 - int(b[1]) - 108), 2
	case first == opFixed && len(b) >= 5:
		return float64(int32(u32(b, 1))) / 65536, 5
	}
	return 0, 0
}

// subr takes the number of a subroutine off the stack and finds it.
func (m *machine) subr(x *index) ([]byte, error) {
	if len(m.stack) == 0 {
		return nil, m.fault("a call of no subroutine")
	}
	bias := 107
	if x.count >= 33900 {
		bias = 32768
	} else if x.count >= 1240 {
		bias = 1131
	}
	last := len(m.stack) - 1
	n := m.stack[last]
	m.stack = m.stack[:last]
	sub, ok := x.at(int(n) + bias)
	if !ok || n != float64(int(n)) {
		return nil, m.fault("a call of a subroutine that is not there")
	}
	return sub, nil
}

// begin drops the width, which may stand before the operands of the first
// operator that clears the stack, and refuses any but want operands.
func (m *machine) begin(want int) error {
	if !m.width && len(m.stack) == want+1 {
		m.stack = m.stack[1:]
	}
	m.width = true
	if len(m.stack) != want {
		return m.fault("an operator with other operands than it takes")
	}
	return nil
}

// stem counts hints, which come in pairs, and clears them away.
func (m *machine) stem() error {
	if !m.width && len(m.stack)%2 == 1 {
		m.stack = m.stack[1:]
	}
	m.width = true
	if len(m.stack)%2 != 0 {
		return m.fault("an odd number of hints")
	}
	m.stems += len(m.stack) / 2
	m.stack = m.stack[:0]
	return nil
}
