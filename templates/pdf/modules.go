package pdf

import (
	"fmt"
	"iter"
	"strconv"
)

// Run is some dark modules of a symbol side by side: the first at column X of
// row Y, counted from the top left, and Width of them.
type Run struct{ X, Y, Width int }

// widest is how wide a run can be in one piece, so that its width is a digit.
const widest = 9

// Modules makes a form of a symbol's dark modules, each one point wide, in a
// square of so many. They are one path, so that no seam shows between them.
//
// Every run is written in the same number of bytes, and the stream holds what
// is different from one to the next: random as a symbol is, it takes little
// more than half of what it would as text.
func Modules(side int, runs iter.Seq[Run], z *Compressor) Stream {
	digits := len(strconv.Itoa(side - 1))
	columns := len("0 0 0 1 re\n") + 2*digits - 2
	b := make([]byte, 0, columns*side*side/3) // a quarter of the modules begin a run
	add := func(x, y, width int) {
		b = append(decimal(b, x, digits), ' ')
		b = append(decimal(b, y, digits), ' ')
		b = append(b, '0'+byte(width), ' ', '1', ' ', 'r', 'e', '\n')
	}
	for r := range runs {
		y := side - 1 - r.Y
		for ; r.Width > widest; r.X, r.Width = r.X+widest, r.Width-widest {
			add(r.X, y, widest)
		}
		add(r.X, y, r.Width)
	}
	b = fmt.Appendf(b, "%-*s\n", columns-1, "f")
	dict := fmt.Sprintf("/Subtype/Form/BBox[0 0 %d %d]%s", side, side, rowsOf(columns))
	form := z.Stream(dict, differences(b, columns))
	form.drawn = func() []byte { return b }
	return form
}

// decimal writes a number with so many digits.
func decimal(b []byte, v, digits int) []byte {
	for range digits {
		b = append(b, '0')
	}
	for at := len(b) - 1; v > 0; at, v = at-1, v/10 {
		b[at] += byte(v % 10)
	}
	return b
}

// rowsOf are the entries of a stream's dictionary that go with differences.
func rowsOf(columns int) string {
	return "/DecodeParms<</Predictor 12/Columns " + strconv.Itoa(columns) + ">>"
}

// differences writes rows of so many bytes as what is different from the row
// before: the predictor "up" of PNG (ISO 32000-1, 7.4.4.4).
func differences(rows []byte, columns int) []byte {
	const up = 2
	out := make([]byte, 0, len(rows)+len(rows)/columns)
	before := make([]byte, columns)
	for ; len(rows) >= columns; rows = rows[columns:] {
		out = append(out, up)
		row := rows[:columns]
		for i, v := range row {
			out = append(out, v-before[i])
		}
		before = row
	}
	return out
}
