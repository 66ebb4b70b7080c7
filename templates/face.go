package templates

import (
	"fmt"
	"strings"
)

// Where things lie on the face of the original.
const (
	faceLeft    = 27.0
	faceRight   = 297 - 27.0
	columnGap   = 8.0   // between the fields and the code
	faceTitle   = 42.5  // base line of the title
	codeBottom  = 122.5 // of the largest symbol, with its quiet zone
	codeTop     = 54.0  // of one that is not so large
	faceSeal    = 145.0 // top of the seal
	fieldsEnd   = 178.0
	footLine    = 186.4
	rosetteDown = 117.0 // middle of the rosette
)

// original draws the 正本: the face, and the annex behind it.
func (s *setting) original() {
	tables := []*table{s.permitTable(), s.remedyTable(), s.statementList()}
	later := flow(tables, nil, s.laterRegion())
	s.pages = 1 + len(later.pages)
	s.face()
	s.later(later, words.annex)
}

// face draws the first page of the original.
func (s *setting) face() {
	s.begin()
	columnLeft := faceRight - s.codeWidth()
	width := columnLeft - columnGap - faceLeft
	s.page.Upon(s.paper.first)
	s.decoration(func() {
		s.page.Draw(s.file.XObject(s.rosette), faceLeft+width/2-rosetteRadius, rosetteDown-rosetteRadius, 2*rosetteRadius)
	})
	s.marks(bandInner+1.1, bandInner+1.1)
	top := s.heading(faceTitle, 40, 5, s.edition(words.original))
	statements := s.statementLines(width)
	fields, permits, notes, ok := s.fitFields(width, fieldsEnd-top, statements)
	if !ok { // rather in the annex than not at all
		statements = nil
		fields, permits, notes, _ = s.fitFields(width, fieldsEnd-top, nil)
	}
	fields.draw(s, faceLeft, top)
	if permits.draw != nil {
		permits.draw(faceLeft, top+fields.height)
	}
	s.code()
	s.issuing(s.codeWidth())
	if y := fieldsEnd - notes.height; notes.draw != nil {
		if notes.height > noteRuled && y-top-fields.height-permits.height > noteClear {
			s.rule(0.15, faceLeft, faceLeft+30, y)
		}
		notes.draw(faceLeft, y)
	}
	annex := ""
	if n := s.pages - 1; n > 0 {
		pages := word{fmt.Sprintf("附页共%d页", n), fmt.Sprintf("Annex pages: %d", n)}
		if statements == nil && len(s.doc.Statements) > 0 {
			pages.zh, pages.en = pages.zh+words.andNotes.zh, pages.en+words.andNotes.en
		}
		annex = s.say(pages)
	}
	s.tag(s.element(nil, "P"), func() { s.foot(faceLeft, faceLeft+width, footLine, annex) })
	s.end()
}

// codeMiddle is the middle of the column that the code stands in.
func (s *setting) codeMiddle() float64 {
	if s.doc.Form == Duplicate {
		return duplicateLeft + s.codeWidth()/2
	}
	return faceRight - s.codeWidth()/2
}

// codeStart is where the symbol begins with its quiet zone.
func (s *setting) codeStart() float64 {
	side := s.codeSide()
	if s.doc.Form == Duplicate {
		return duplicateFoot - side - s.codeBelow()
	}
	return min(codeTop, codeBottom-side)
}

// sealPlace is the top left corner of the seal: beneath the code on the
// original, beside it on the duplicate.
func (s *setting) sealPlace() point {
	if s.doc.Form == Duplicate {
		right := duplicateLeft + s.codeWidth() + columnGap
		return point{(right+duplicateRight)/2 - sealSide/2, s.codeStart() + (s.codeSide()-sealSide)/2}
	}
	return point{s.codeMiddle() - sealSide/2, faceSeal}
}

// faceStatements is how many lines of statements the face has room for, and
// mostStatements for how many where it has much room left.
const (
	faceStatements = 5
	mostStatements = 7
)

var statementStyle = style{size: 7.6, colour: soft, leading: 3.5}

// statementLines are the statements as the face has room for them: their
// sources stand in the annex. There are none where that has no room for all.
func (s *setting) statementLines(width float64) (lines []string) {
	for _, t := range s.doc.Statements {
		lines = append(lines, s.lines(statementStyle, width, t.Text)...)
		if s.doc.Bilingual && t.TextEN != "" {
			lines = append(lines, s.lines(statementStyle, width, t.TextEN)...)
		}
	}
	if len(lines) > mostStatements {
		return nil
	}
	return lines
}

// seeAnnex says what stands in the annex and not on the face.
func (s *setting) seeAnnex(width float64, things ...word) []string {
	var zh, en []string
	for _, w := range things {
		zh, en = append(zh, w.zh), append(en, w.en)
	}
	all := word{strings.Join(zh, "、") + words.seeAnnex.zh, strings.Join(en, ", ") + ": " + words.seeAnnex.en}
	return s.lines(statementStyle, width, s.say(all)+s.stop())
}

// A short rule parts small print from what stands above it where that is so
// far away, and where the print is higher than a single line.
const (
	noteClear = 4.0
	noteRuled = 7.0
)

// notes sets small print.
func (s *setting) notes(lines []string) block {
	if len(lines) == 0 {
		return block{}
	}
	st := statementStyle
	return block{float64(len(lines))*st.leading + 3, func(x, y float64) {
		s.tag(s.element(nil, "P"), func() { s.block(st, x, y+st.leading+1, lines) })
	}}
}
