package templates

import (
	"iter"
	"math/bits"

	"yizheng/qr"
	"yizheng/templates/pdf"
)

// How large a code is. A module is half a millimetre and more, whatever the
// version: the largest symbol, version 30, has 137 of them on a side.
const (
	codeModule = 0.62 // a module, where the symbol is not too large for it
	codeLeast  = 57.0 // the side of a small symbol with its quiet zone: its modules grow
	codeSide   = 72.5 // the most that a symbol may take with its quiet zone
	codeColumn = 62.0 // the least width of the column that the code stands in
	quietZone  = 4    // modules of white around a symbol, by ISO/IEC 18004
	draftSide  = 57.0 // of the empty place on a draft
)

// codeSize gives the side of a module and of the whole symbol with its quiet
// zone.
func codeSize(modules int) (module, side float64) {
	n := float64(modules + 2*quietZone)
	module = min(max(codeModule, codeLeast/n), codeSide/n)
	return module, module * n
}

// codeSide is the side of the symbol with its quiet zone, or of the place that
// a draft has for it.
func (s *setting) codeSide() float64 {
	if s.doc.Draft {
		return draftSide
	}
	_, side := codeSize(s.doc.Symbol.Size)
	return side
}

// codeWidth is that of the column that the code stands in.
func (s *setting) codeWidth() float64 {
	return max(codeColumn, s.codeSide())
}

// The styles of what stands beneath a code.
var (
	captionStyle = style{size: 8.4, colour: ink, leading: 3.9}
	numberStyle  = style{bold: true, size: 8.4, colour: ink, leading: 3.7}
	urlStyle     = style{size: leastSize, colour: soft, leading: 3.2}
)

const (
	urlLines   = 2   // the most that the address may take
	codeGap    = 3.4 // from the quiet zone to the first base line beneath it
	englishGap = 3.3
)

// codeBelow is how high what stands beneath the code is, with the gap.
func (s *setting) codeBelow() float64 {
	h := codeGap + captionStyle.leading
	if s.doc.Bilingual {
		h += englishGap
	}
	_, number := s.within(numberStyle, leastSize, s.codeWidth(), 1, grouped(s.doc.License.Number))
	h += float64(max(1, len(number))-1) * numberStyle.leading
	return h + float64(len(s.lines(urlStyle, s.codeWidth(), s.doc.VerifyURL)))*urlStyle.leading + 0.2
}

// code draws the code, with what it is and how to check it beneath. A draft
// shows where it will stand.
func (s *setting) code() {
	middle, top := s.codeMiddle(), s.codeStart()
	if s.doc.Draft {
		s.noCode(middle, top)
		return
	}
	d := s.doc
	module, side := codeSize(d.Symbol.Size)
	left := middle - side/2
	s.decoration(func() {
		s.page.Fill(white)
		s.page.Rect(left, top, side, side)
		s.page.PaintFill()
	})
	s.tag(s.element(nil, "Figure").Alt(s.say(words.check)+s.stop()+" "+d.VerifyURL), func() {
		s.page.Fill(pdf.Colour{})
		s.symbol(d.Symbol, left+quietZone*module, top+quietZone*module, module)
	})
	width := s.codeWidth()
	y := top + side + codeGap
	p := s.element(nil, "P")
	caption, _ := s.within(captionStyle, leastSize, width, 1, words.check.zh)
	s.tag(p, func() { s.centred(caption, middle, y, 0, words.check.zh) })
	if d.Bilingual {
		y += englishGap
		small, _ := s.within(urlStyle, leastSize, width, 1, words.check.en)
		s.english(p, func() { s.centred(small, middle, y, 0, words.check.en) })
	}
	y += captionStyle.leading
	number, lines := s.within(numberStyle, leastSize, width, 1, grouped(d.License.Number))
	s.tag(s.element(nil, "P"), func() {
		for i, line := range lines {
			if i > 0 {
				y += number.leading
			}
			s.centred(number, middle, y, 0, line)
		}
	})
	s.tag(s.element(nil, "P"), func() {
		for i, line := range s.lines(urlStyle, width, d.VerifyURL) {
			y += urlStyle.leading
			if i == 0 {
				y += 0.2
			}
			s.centred(urlStyle, middle, y, 0, line)
		}
	})
}

// noCode shows where a code will stand, and that a draft has none.
func (s *setting) noCode(middle, top float64) {
	const corner = 7.0
	left, right, bottom := middle-draftSide/2, middle+draftSide/2, top+draftSide
	s.decoration(func() {
		s.page.Stroke(gold, 0.3)
		for _, at := range [][4]float64{{left, top, 1, 1}, {right, top, -1, 1}, {right, bottom, -1, -1}, {left, bottom, 1, -1}} {
			s.page.Line(at[0], at[1], at[0]+corner*at[2], at[1])
			s.page.Line(at[0], at[1], at[0], at[1]+corner*at[3])
		}
	})
	y := top + draftSide/2 - 4
	s.tag(s.element(nil, "P"), func() {
		s.centred(style{bold: true, size: 13, colour: red}, middle, y, 2, words.specimen.zh)
	})
	s.tag(s.element(nil, "P"), func() {
		y += 7
		s.centred(captionStyle, middle, y, 0, words.noCode.zh)
		if s.doc.Bilingual {
			s.centred(urlStyle, middle, y+englishGap, 0, words.specimen.en+": "+words.noCode.en)
		}
	})
}

// symbol draws the dark modules of a symbol.
func (s *setting) symbol(q qr.Symbol, x, y, module float64) {
	name := s.file.XObject(pdf.Modules(q.Size, runs(q), s.compress))
	s.page.Save()
	s.page.Origin(x, y+float64(q.Size)*module)
	s.page.Scale(module/perPoint, module/perPoint) // a module is now a point, and all measures are whole
	s.page.Repeat(name, 1, 0)
	s.page.Restore()
}

// runs are the dark modules of a symbol, those that lie side by side in one.
func runs(q qr.Symbol) iter.Seq[pdf.Run] {
	return func(yield func(pdf.Run) bool) {
		for y := range q.Size {
			all := q.Row(y)
			row := all[:]
			for x := next(row, 0, q.Size, 0); x < q.Size; {
				end := next(row, x, q.Size, ^uint64(0))
				if !yield(pdf.Run{X: x, Y: y, Width: end - x}) {
					return
				}
				x = next(row, end, q.Size, 0)
			}
		}
	}
}

// next gives the first module of a row from x on that is dark, or, where invert
// is all ones, light; and size where there is none.
func next(row []uint64, x, size int, invert uint64) int {
	for x < size {
		if ahead := (row[x/64] ^ invert) >> (x % 64); ahead != 0 {
			return min(x+bits.TrailingZeros64(ahead), size)
		}
		x = (x/64 + 1) * 64
	}
	return size
}
