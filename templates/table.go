package templates

import "yizheng/templates/pdf"

// table is a ruled table. Its rows may be parted between pages, or between
// two columns. One without heads is a list.
type table struct {
	title  word // above the heads, where it has one
	heads  row
	widths []float64
	text   style   // of the cells; its leading is that of all lines
	pad    float64 // above and below the lines of a row
	rows   []row
	names  int  // the column that names the row
	counts bool // the first column counts the rows, and a row's name is followed by its number

	element *pdf.Element // in the structure, once something was drawn
	cells   []cell       // of the last row drawn
}

// row is a row of cells, each some lines.
type row [][]line

type line struct {
	style   style
	text    string
	english bool // and so in another language than the document
	begins  bool // the first of a text
}

// cell is a cell in the structure, with the paragraph of it that is being
// drawn.
type cell struct{ element, paragraph *pdf.Element }

const cellPad = 1.2 // left and right within a cell

// headed gives the table heads in its own size, in a bilingual document with
// English beneath.
func (t *table) headed(s *setting, heads ...word) *table {
	st := t.text
	st.bold, st.colour = true, red
	small := t.text.of(max(leastSize, t.text.size-1.6))
	small.colour, small.leading = soft, t.text.leading
	for i, w := range heads {
		cell := s.cell(st, t.widths[i], w.zh)
		if s.doc.Bilingual {
			cell = append(cell, s.englishCell(small, t.widths[i], w.en)...)
		}
		t.heads = append(t.heads, cell)
	}
	return t
}

// add appends a row of one text a cell.
func (t *table) add(s *setting, cells ...string) {
	var r row
	for i, text := range cells {
		r = append(r, s.cell(t.text, t.widths[i], text))
	}
	t.rows = append(t.rows, r)
}

// cell breaks a text into the lines of a cell of the given width.
func (s *setting) cell(st style, width float64, text string) (lines []line) {
	for i, l := range s.lines(st, width-2*cellPad, text) {
		lines = append(lines, line{style: st, text: l, begins: i == 0})
	}
	return lines
}

// englishCell is a cell of English words.
func (s *setting) englishCell(st style, width float64, text string) []line {
	lines := s.cell(st, width, text)
	for i := range lines {
		lines[i].english = true
	}
	return lines
}

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

func (t *table) rowHeight(r row) float64 { return float64(r.count())*t.text.leading + 2*t.pad }

func (t *table) headHeight() float64 {
	if t.heads == nil {
		return 0
	}
	return t.rowHeight(t.heads)
}

// titleHeight is the room that the title above the heads takes.
func (t *table) titleHeight() float64 {
	if t.title.zh == "" {
		return 0
	}
	return titleSpace
}

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
	for i, r := range t.rows {
		y = t.drawRow(s, x, y, r, i, false)
	}
}

// drawHead draws the heads and gives where they end. What is drawn first is
// the table's; where they are repeated they are decoration.
func (t *table) drawHead(s *setting, x, y float64) float64 {
	if t.heads == nil {
		if t.element == nil {
			t.element = s.element(nil, "L")
		}
		return y
	}
	h := t.headHeight()
	s.decoration(func() {
		s.page.Fill(faint)
		s.page.Rect(x, y, t.width(), h)
		s.page.PaintFill()
	})
	s.rule(0.35, x, x+t.width(), y)
	s.rule(0.2, x, x+t.width(), y+h)
	if t.element != nil {
		s.decoration(func() { t.lines(s, x, y, t.heads, nil) })
		return y + h
	}
	t.element = s.element(nil, "Table")
	tr := s.element(t.element, "TR")
	var cells []cell
	for range t.heads {
		cells = append(cells, cell{element: s.element(tr, "TH").Scope("Column")})
	}
	t.lines(s, x, y, t.heads, cells)
	return y + h
}

// drawRow draws the row of the given number, or a part of it, and gives where
// it ends. A part that continues the one before is of the same cells.
func (t *table) drawRow(s *setting, x, y float64, r row, number int, continues bool) float64 {
	if !continues && t.heads == nil {
		t.cells = []cell{{element: s.element(s.element(t.element, "LI"), "LBody")}}
	} else if !continues {
		tr := s.element(t.element, "TR")
		t.cells = nil
		for i := range r {
			if i == t.names {
				t.cells = append(t.cells, cell{element: s.element(tr, "TH").Scope("Row")})
			} else {
				t.cells = append(t.cells, cell{element: s.element(tr, "TD")})
			}
		}
	}
	t.lines(s, x, y, r, t.cells)
	if continues && t.counts {
		st := t.text
		st.colour = soft
		s.decoration(func() { s.text(st, x+cellPad, y+t.base(0), continued(number)) })
	}
	end := y + t.rowHeight(r)
	if t.heads != nil || number == len(t.rows)-1 {
		s.rule(0.15, x, x+t.width(), end)
	}
	return end
}

// base is how far the base line of line k lies below the top of its row.
func (t *table) base(k int) float64 { return t.pad + (float64(k)+0.76)*t.text.leading }

// lines sets the lines of a row's cells, each tagged as its cell; where there
// are no cells, they are part of what is being drawn. Where the name of a row
// is followed by something else, as a permit's number, both are paragraphs of
// their own, so that they are not read as one word.
func (t *table) lines(s *setting, x, y float64, r row, cells []cell) {
	for i, lines := range r {
		parted := i == t.names && t.counts
		for k := 0; k < len(lines); {
			from := k
			for k++; k < len(lines) && lines[k].english == lines[from].english && !(parted && lines[k].begins); k++ {
			}
			draw := func() {
				for n, l := range lines[from:k] {
					s.text(l.style, x+cellPad, y+t.base(from+n), l.text)
				}
			}
			if cells == nil {
				draw()
				continue
			}
			c := &cells[i]
			switch first := lines[from]; {
			case first.english:
				s.english(c.element, draw)
				continue
			case parted && first.begins:
				c.paragraph = s.element(c.element, "P")
			case !parted:
				c.paragraph = c.element
			}
			s.tag(c.paragraph, draw)
		}
		x += t.widths[i]
	}
}
