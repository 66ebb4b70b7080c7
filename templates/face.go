package templates

import (
	"fmt"
	"strconv"

	"yizheng/license"
	"yizheng/templates/pdf"
)

// Where things lie on the face.
const (
	faceLeft   = 27.0
	faceRight  = pageWidth - 27.0
	columnGap  = 8.0   // between the fields and the code
	codeBottom = 119.0 // of the largest symbol, with its quiet zone
	codeTop    = 53.0  // of one that is not so large
	codeModule = 0.62  // a module, where the symbol is not too large for it
	codeSide   = 72.5  // the most that a symbol may take with its quiet zone
	codeColumn = 62.0  // the least width of the column that the code stands in
	quietZone  = 4     // modules of white around a symbol, by ISO/IEC 18004
	fieldsTop  = 63.0
	fieldsEnd  = 176.0
	footLine   = 186.6
	labelWidth = 37.0
	labelGap   = 5.0
)

// By how much the type of the fields grows where there is room, and shrinks
// for long texts, with the table of permits and without.
const (
	largestFit    = 1.2
	smallestTable = 0.72
	smallestFit   = 0.5
)

type point struct{ x, y float64 }

// codeSize gives the side of a module and of the whole symbol with its quiet
// zone.
func codeSize(modules int) (module, side float64) {
	n := float64(modules + 2*quietZone)
	module = min(codeModule, codeSide/n)
	return module, module * n
}

// codeStart is where the symbol begins with its quiet zone.
func codeStart(modules int) float64 {
	_, side := codeSize(modules)
	return min(codeTop, codeBottom-side)
}

// codeMiddle is the middle of the column that the code and the seal stand in,
// columnLeft where that column begins.
func codeMiddle(modules int) (middle, columnLeft float64) {
	_, side := codeSize(modules)
	width := max(codeColumn, side)
	return faceRight - width/2, faceRight - width
}

// sealPlace is the top left corner of the seal: over the issuing authority
// and the date (骑年盖月), clear of the code.
func sealPlace(modules int) point {
	middle, _ := codeMiddle(modules)
	_, side := codeSize(modules)
	top := max(136, codeStart(modules)+side+17)
	return point{middle - sealSide/2, min(top, footLine+2-sealSide)}
}

// face draws the first page.
func (s *setting) face() {
	s.page = pdf.NewContent(pageHeight)
	s.frameName, s.rosetteName = s.file.XObject(s.frame), s.file.XObject(s.rosette)
	_, columnLeft := codeMiddle(s.doc.Symbol.Size)
	s.page.Draw(s.frameName, 0, 0, pageHeight)
	s.page.Draw(s.rosetteName, (faceLeft+columnLeft)/2-rosetteRadius, 118-rosetteRadius, 2*rosetteRadius)
	s.marks(bandInner + 1.1)
	s.heading()
	s.fields(columnLeft - columnGap - faceLeft)
	s.code()
	s.issuing()
	s.foot()
	s.overprint()
	s.file.Page(pageWidth, pageHeight, s.page)
}

// heading sets the title, that this is the original, and the number.
func (s *setting) heading() {
	s.centred(style{bold: true, size: 37, colour: red}, pageWidth/2, 42.5, 4.6, words.title)
	s.centred(style{size: 13, colour: ink}, pageWidth/2, 50.5, 1.5, words.original)
	label := style{size: 11, colour: soft}
	s.text(label, faceLeft, 56, words.number)
	number := style{bold: true, size: 11.5, colour: ink}
	x := faceLeft + s.measure(label, words.number) + 3
	_, columnLeft := codeMiddle(s.doc.Symbol.Size)
	s.text(number.within(s, columnLeft-columnGap-x, s.doc.License.Number), x, 56, s.doc.License.Number)
}

// fields sets the holder and the permits within the width, as large as they
// fit between the heading and the foot.
func (s *setting) fields(width float64) {
	l := s.doc.License
	rows := [][2]string{
		{words.name, l.Holder.Name},
		{words.creditCode, string(l.Holder.CreditCode)},
		{words.representative, l.Holder.Representative},
		{words.premises, l.Holder.Premises},
		{words.industry, l.Industry},
	}
	end := fieldsEnd - s.statementsHeight(width)
	for scale := largestFit; scale > smallestTable; scale -= 0.05 {
		table := summaryTable(s, width, scale)
		if s.rowsHeight(rows, width, scale)+2+table.height() <= end-fieldsTop {
			y := s.rows(rows, width, scale)
			table.draw(s, faceLeft, y+2)
			return
		}
	}
	rows = append(rows, [2]string{words.permits, s.joined()})
	scale := largestFit
	for scale > smallestFit && s.rowsHeight(rows, width, scale) > end-fieldsTop {
		scale -= 0.05
	}
	s.rows(rows, width, scale)
}

// joined are the matters in one sentence, for licenses of very many permits.
func (s *setting) joined() (all string) {
	for i, p := range s.doc.License.Permits {
		if i > 0 {
			all += "、"
		}
		all += p.Matter
	}
	return fmt.Sprintf("%s(共%d项,%s)", all, len(s.doc.License.Permits), words.more)
}

// fieldStyles are those of a field's label and its value.
func fieldStyles(scale float64) (label, value style) {
	return style{size: 11 * min(1, scale+0.1), colour: soft},
		style{size: 13.5 * scale, colour: ink, leading: 6.1 * scale}
}

const fieldGap = 2.6 // between two fields, beyond the leading

func (s *setting) rowsHeight(rows [][2]string, width, scale float64) (h float64) {
	_, value := fieldStyles(scale)
	for _, r := range rows {
		n := max(1, len(s.lines(value, width-labelWidth-labelGap, r[1])))
		h += float64(n)*value.leading + fieldGap*scale
	}
	return h
}

// rows sets the fields and gives where they end.
func (s *setting) rows(rows [][2]string, width, scale float64) float64 {
	label, value := fieldStyles(scale)
	y := fieldsTop
	for _, r := range rows {
		base := y + value.leading*0.78
		s.spread(label, faceLeft, base, labelWidth, r[0])
		n := max(1, s.block(value, faceLeft+labelWidth+labelGap, base, width-labelWidth-labelGap, r[1]))
		y += float64(n)*value.leading + fieldGap*scale
	}
	return y
}

// summaryTable lists the permits on the face: what, which number, whose, and
// until when.
func summaryTable(s *setting, width, scale float64) *table {
	scale = min(scale, 1) // larger, the numbers would break
	cell := style{size: 8.8 * scale, colour: ink, leading: 3.75 * scale}
	head := cell
	head.bold, head.colour = true, red
	rest := width - 9.5 - 20
	t := &table{heads: words.summary, head: head, widths: []float64{9.5, rest * 0.35, rest * 0.345, rest * 0.305, 20}, pad: 1.3 * scale}
	for i, p := range s.doc.License.Permits {
		t.add(s, cell, strconv.Itoa(i+1), p.Matter, p.Number, p.Authority, until(p))
	}
	return t
}

func until(p license.Permit) string {
	if p.ValidUntil.IsZero() {
		return words.noTerm
	}
	return p.ValidUntil.String()
}

// issuing sets the issuing authority and the date, and the seal over both.
func (s *setting) issuing() {
	middle, columnLeft := codeMiddle(s.doc.Symbol.Size)
	place := sealPlace(s.doc.Symbol.Size)
	label := style{size: 9.5, colour: soft}
	name := style{size: 12.5, colour: ink, leading: 5.6}
	lines := s.lines(name, faceRight-columnLeft, s.doc.License.Issuer)
	for len(lines) > 2 && name.size > 8 {
		name.size -= 0.5
		name.leading = name.size * 0.45
		lines = s.lines(name, faceRight-columnLeft, s.doc.License.Issuer)
	}
	date := place.y + sealSide*0.665
	y := date - 7.8 - float64(len(lines)-1)*name.leading
	s.centred(label, middle, place.y-2.2, 0.6, words.issuer)
	for i, line := range lines {
		s.centred(name, middle, y+float64(i)*name.leading, 0, line)
	}
	s.centred(name.of(12.5), middle, date, 0.35, chineseDate(s.doc.License.IssueDate))
	if s.doc.SealName == "" || s.doc.Draft {
		return
	}
	s.page.Save()
	s.page.State(s.file.Opacity(0.86, true))
	s.page.Instead(s.doc.SealName)
	s.page.Draw(s.file.XObject(s.drawSeal(s.doc.SealName)), place.x, place.y, sealSide)
	s.page.EndInstead()
	s.page.Restore()
}

func (st style) of(size float64) style {
	st.size = size
	return st
}

func chineseDate(d license.Date) string {
	t := d.Start()
	return fmt.Sprintf("%d年%d月%d日", t.Year(), int(t.Month()), t.Day())
}

// foot sets the statements and, in small print, the identifier.
func (s *setting) foot() {
	_, columnLeft := codeMiddle(s.doc.Symbol.Size)
	width := columnLeft - columnGap - faceLeft
	st := statementStyle
	y := fieldsEnd - s.statementsHeight(width) + st.leading + 2.6
	if len(s.doc.Statements) > 0 {
		s.page.Stroke(gold, 0.15)
		s.page.Line(faceLeft, y-st.leading-0.4, faceLeft+width, y-st.leading-0.4)
	}
	for _, line := range s.statementLines(width) {
		s.text(st, faceLeft, y, line)
		y += st.leading
	}
	small := style{size: 7, colour: soft}
	note := ""
	if id := identifier(s.doc.License); id != "" {
		note = words.identifier + " " + id
	}
	s.text(small, faceLeft, footLine, note)
	if s.pages > 1 {
		s.right(small, columnLeft-columnGap, footLine, fmt.Sprintf("%s %d 页", words.annex, s.pages-1))
	}
}

// faceStatements is how many lines of statements the face has room for.
const faceStatements = 5

var statementStyle = style{size: 7.6, colour: soft, leading: 3.5}

// statementLines are the statements as the face has room for them: their
// sources stand in the annex.
func (s *setting) statementLines(width float64) (lines []string) {
	for _, t := range s.doc.Statements {
		lines = append(lines, s.lines(statementStyle, width, t.Text)...)
	}
	if len(lines) > faceStatements {
		return s.lines(statementStyle, width, words.statements+words.more)
	}
	return lines
}

func (s *setting) statementsHeight(width float64) float64 {
	n := len(s.statementLines(width))
	if n == 0 {
		return 0
	}
	return float64(n)*statementStyle.leading + 2
}
