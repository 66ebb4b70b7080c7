package font

import (
	"fmt"
	"strconv"
)

// dict is a DICT of a CFF font: the numbers before each operator.
type dict map[int][]float64

// maxOperands is how many numbers may stand before an operator.
const maxOperands = 48

// offset gives an operand that says where something lies, 0 where it is not
// stated or no whole number.
func (d dict) offset(op int) int {
	v := d[op]
	if len(v) != 1 || v[0] < 0 || v[0] > 1<<31-1 || v[0] != float64(int(v[0])) {
		return 0
	}
	return int(v[0])
}

func readDict(b []byte) (dict, error) {
	d := dict{}
	var stack []float64
	for len(b) > 0 {
		if len(stack) > maxOperands {
			return nil, fmt.Errorf("%w: too many numbers in a dictionary", ErrFont)
		}
		first := int(b[0])
		switch {
		case first <= 21:
			op, size := first, 1
			if first == 12 {
				if len(b) < 2 {
					return nil, errDict
				}
				op, size = 12<<8|int(b[1]), 2
			}
			d[op], stack, b = stack, nil, b[size:]
		case first == 28 && len(b) >= 3:
			stack, b = append(stack, float64(i16(b, 1))), b[3:]
		case first == 29 && len(b) >= 5:
			stack, b = append(stack, float64(int32(u32(b, 1)))), b[5:]
		case first == 30:
			v, size, err := readReal(b[1:])
			if err != nil {
				return nil, err
			}
			stack, b = append(stack, v), b[1+size:]
		case first >= 32 && first <= 246:
			stack, b = append(stack, float64(first-139)), b[1:]
		case first >= 247 && first <= 250 && len(b) >= 2:
			stack, b = append(stack, float64((first-247)*256+int(b[1])+108)), b[2:]
		case first >= 251 && first <= 254 && len(b) >= 2:
			stack, b = append(stack, float64(-(first-251)*256-int(b[1])-108)), b[2:]
		default:
			return nil, errDict
		}
	}
	return d, nil
}

var errDict = fmt.Errorf("%w: a dictionary is damaged", ErrFont)

// readReal reads a decimal number of half-bytes.
func readReal(b []byte) (v float64, size int, err error) {
	var s []byte
	for size < len(b) && size < 16 {
		pair := b[size]
		size++
		for _, n := range [2]byte{pair >> 4, pair & 15} {
			switch {
			case n <= 9:
				s = append(s, '0'+n)
			case n == 10:
				s = append(s, '.')
			case n == 11:
				s = append(s, 'E')
			case n == 12:
				s = append(s, 'E', '-')
			case n == 14:
				s = append(s, '-')
			case n == 15:
				v, err := strconv.ParseFloat(string(s), 64)
				if err != nil {
					return 0, 0, errDict
				}
				return v, size, nil
			default:
				return 0, 0, errDict
			}
		}
	}
	return 0, 0, errDict
}
