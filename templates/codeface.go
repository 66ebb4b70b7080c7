package templates

import (
	"yizheng/qr"
	"yizheng/templates/pdf"
)

// code draws the code with its caption; a draft shows where it will stand.
func (s *setting) code() {
	d := s.doc
	module, side := codeSize(d.Symbol.Size)
	middle, columnLeft := codeMiddle(d.Symbol.Size)
	top := codeStart(d.Symbol.Size)
	caption := style{size: 8.6, colour: ink}
	if d.Draft {
		side = codeColumn - 6
		s.page.Stroke(gold, 0.2)
		s.page.Rect(middle-side/2, top, side, side)
		s.page.PaintStroke()
		s.centred(caption, middle, top+side/2, 0, words.noCode)
		return
	}
	left := middle - side/2
	s.page.Fill(white)
	s.page.Rect(left, top, side, side)
	s.page.PaintFill()
	s.page.Fill(pdf.Colour{})
	symbol(s.page, d.Symbol, left+quietZone*module, top+quietZone*module, module)

	y := top + side + 2.2
	s.centred(caption, middle, y, 0.3, words.check)
	y += 4.1
	number := style{bold: true, size: 8.2, colour: ink}
	s.centred(number.within(s, faceRight-columnLeft, d.License.Number), middle, y, 0, d.License.Number)
	small := style{size: 7.2, colour: soft, leading: 3.3}
	for _, line := range s.lines(small, faceRight-columnLeft, d.VerifyURL) {
		y += 3.8
		s.centred(small, middle, y, 0, line)
	}
}

// symbol draws the dark modules. Those that lie side by side in a row are one
// rectangle, and a run that the next row repeats grows downwards, so that no
// seam of grey shows between them.
func symbol(c *pdf.Content, q qr.Symbol, x, y, module float64) {
	c.Save()
	c.Origin(x, y)
	c.Scale(module / perPoint) // a module is now a point, and all measures are whole
	for _, r := range runs(q) {
		c.Rect(float64(r.x)*perPoint, float64(r.y)*perPoint, float64(r.w)*perPoint, float64(r.h)*perPoint)
	}
	c.PaintFill()
	c.Restore()
}

// run is a rectangle of dark modules.
type run struct{ x, y, w, h int }

// runs parts the dark modules of a symbol into rectangles.
func runs(q qr.Symbol) []run {
	var done []run
	var open []run // those that reach the row before, by column
	for y := range q.Size {
		var row []run
		for x := 0; x < q.Size; x++ {
			if !q.At(x, y) {
				continue
			}
			r := run{x: x, y: y, w: 1, h: 1}
			for x+r.w < q.Size && q.At(x+r.w, y) {
				r.w++
			}
			x += r.w
			for _, above := range open {
				if above.x == r.x && above.w == r.w {
					r.y, r.h = above.y, above.h+1
				}
			}
			row = append(row, r)
		}
		for _, above := range open {
			if !contains(row, above) {
				done = append(done, above)
			}
		}
		open = row
	}
	return append(done, open...)
}

// contains says whether a run of the row carries on the one above.
func contains(row []run, above run) bool {
	for _, r := range row {
		if r.x == above.x && r.w == above.w && r.y == above.y {
			return true
		}
	}
	return false
}
