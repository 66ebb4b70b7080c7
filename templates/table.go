package templates

// table is a ruled table. Its rows may be parted between pages.
type table struct {
	title  string // above the heads, where it has one
	heads  []string
	head   style
	widths []float64
	pad    float64 // above and below the lines of a row
	rows   []row
}

// row is a row of cells, each some lines.
type row [][]line

type line struct {
	style style
	text  string
}

const cellPad = 1.2 // left and right within a cell

// add appends a row of one text a cell.
func (t *table) add(s *setting, st style, cells ...string) {
	var r row
	for i, text := range cells {
		r = append(r, s.cell(st, t.widths[i], text))
	}
	t.rows = append(t.rows, r)
}

// cell breaks a text into the lines of a cell of the given width.
func (s *setting) cell(st style, width float64, text string) (lines []line) {
	for _, l := range s.lines(st, width-2*cellPad, text) {
		lines = append(lines, line{st, l})
	}
	return lines
}

func (t *table) leading() float64 { return t.head.leading }

// count is how many lines the highest cell has.
func (r row) count() (n int) {
	for _, cell := range r {
		n = max(n, len(cell))
	}
	return n
}

// part splits a row after n lines of each cell.
func (r row) part(n int) (first, rest row) {
	for _, cell := range r {
		at := min(n, len(cell))
		first, rest = append(first, cell[:at]), append(rest, cell[at:])
	}
	return first, rest
}

func (t *table) rowHeight(r row) float64 { return float64(r.count())*t.leading() + 2*t.pad }

func (t *table) headHeight() float64 { return t.leading() + 2*t.pad }

func (t *table) height() float64 {
	h := t.headHeight()
	for _, r := range t.rows {
		h += t.rowHeight(r)
	}
	return h
}

func (t *table) width() (w float64) {
	for _, v := range t.widths {
		w += v
	}
	return w
}

// draw draws the whole table with its top left corner at x, y.
func (t *table) draw(s *setting, x, y float64) {
	y = t.drawHead(s, x, y)
	for _, r := range t.rows {
		y = t.drawRow(s, x, y, r)
	}
}

// drawHead draws the heads and gives where they end.
func (t *table) drawHead(s *setting, x, y float64) float64 {
	h := t.headHeight()
	s.page.Fill(faint)
	s.page.Rect(x, y, t.width(), h)
	s.page.PaintFill()
	s.page.Stroke(gold, 0.35)
	s.page.Line(x, y, x+t.width(), y)
	at := x
	for i, head := range t.heads {
		s.text(t.head, at+cellPad, y+t.pad+t.leading()*0.76, head)
		at += t.widths[i]
	}
	s.page.Stroke(gold, 0.2)
	s.page.Line(x, y+h, x+t.width(), y+h)
	return y + h
}

// drawRow draws a row, or a part of one, and gives where it ends.
func (t *table) drawRow(s *setting, x, y float64, r row) float64 {
	at := x
	for i, cell := range r {
		for k, l := range cell {
			s.text(l.style, at+cellPad, y+t.pad+(float64(k)+0.76)*t.leading(), l.text)
		}
		at += t.widths[i]
	}
	end := y + t.rowHeight(r)
	s.page.Stroke(gold, 0.15)
	s.page.Line(x, end, x+t.width(), end)
	return end
}
