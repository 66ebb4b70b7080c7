package templates

import "fmt"

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
	tables := []*table{s.permitTable(), s.remedyTable(), s.statementTable()}
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
	s.decoration(func() {
		s.bands(s.band, s.file.XObject(s.band.form))
		s.page.Draw(s.file.XObject(s.paper.frame), 0, 0, s.paper.height)
		s.page.Draw(s.file.XObject(s.rosette), faceLeft+width/2-rosetteRadius, rosetteDown-rosetteRadius, 2*rosetteRadius)
	})
	s.marks(bandInner+1.1, bandInner+1.1)
	top := s.heading(faceTitle, 40, 5, words.original)
	notes := s.statementLines(width)
	fields, permits, ok := s.fitFields(width, fieldsEnd-notes.height-top)
	if !ok { // rather in the annex than not at all
		notes = s.seeStatements(width)
		fields, permits, _ = s.fitFields(width, fieldsEnd-notes.height-top)
	}
	fields.draw(s, faceLeft, top)
	if permits.draw != nil {
		permits.draw(faceLeft, top+fields.height)
	}
	s.code()
	s.issuing(s.codeWidth())
	if y := fieldsEnd - notes.height; notes.draw != nil {
		if y-top-fields.height-permits.height > noteClear {
			s.decoration(func() {
				s.page.Stroke(gold, 0.15)
				s.page.Line(faceLeft, y, faceLeft+30, y)
			})
		}
		notes.draw(faceLeft, y)
	}
	annex := ""
	if n := s.pages - 1; n > 0 {
		annex = s.say(word{fmt.Sprintf("附页共%d页", n), fmt.Sprintf("Annex pages: %d", n)})
	}
	s.tag(s.element(nil, "P"), func() { s.foot(faceLeft, faceLeft+width, footLine, annex) })
	s.overprint()
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

// faceStatements is how many lines of statements the face has room for.
const faceStatements = 5

var statementStyle = style{size: 7.6, colour: soft, leading: 3.5}

// statementLines are the statements as the face has room for them: their
// sources stand in the annex.
func (s *setting) statementLines(width float64) block {
	var lines []string
	for _, t := range s.doc.Statements {
		lines = append(lines, s.lines(statementStyle, width, t.Text)...)
		if s.doc.Bilingual && t.TextEN != "" {
			lines = append(lines, s.lines(statementStyle, width, t.TextEN)...)
		}
	}
	if len(lines) > faceStatements {
		return s.seeStatements(width)
	}
	return s.notes(lines)
}

// seeStatements says that the statements stand in the annex.
func (s *setting) seeStatements(width float64) block {
	see := word{words.statements.zh + words.seeAnnex.zh, words.statements.en + ": " + words.seeAnnex.en}
	return s.notes(s.lines(statementStyle, width, s.say(see)+s.stop()))
}

// noteClear is how far what stands above the small print must be for a short
// rule to part them.
const noteClear = 4.0

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
