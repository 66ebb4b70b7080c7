package templates

import "sort"

// Where things lie on the first page of the duplicate.
const (
	duplicateLeft  = 25.0
	duplicateRight = 210 - duplicateLeft
	duplicateTitle = 44.0  // base line of the title
	duplicateFoot  = 266.0 // of what stands beneath the code
	duplicateLine  = 273.2 // base line of the foot
	duplicateGap   = 5.0   // from the permits to the code
	rosetteClear   = 1.0   // from the rosette to the code, which would cut it
	leastPermits   = 60.0  // the least height at which permits begin on the first page
)

// duplicate draws the 副本: its first page, where the permits begin, and as
// many more as they take.
func (s *setting) duplicate() {
	s.begin()
	s.page.Upon(s.paper.first)
	s.decoration(func() {
		middle := min(s.paper.height/2, s.codeStart()-rosetteClear-rosetteRadius)
		s.page.Draw(s.file.XObject(s.rosette), s.paper.width/2-rosetteRadius, middle-rosetteRadius, 2*rosetteRadius)
	})
	s.marks(bandInner+1.1, bandInner+1.1)
	top := s.heading(duplicateTitle, 36, 4.2, words.duplicate)
	end := min(s.codeStart(), s.sealPlace().y-issuerRise) - duplicateGap
	fields := s.duplicateFields(end-top, words.listed)
	tables := []*table{s.permitTable(), s.remedyTable(), s.statementList()}
	tables[0].title = word{} // the last of the fields is its title
	all := flow(tables, &region{top + fields.height + summaryGap, end}, s.laterRegion())
	if len(all.first) == 0 { // nothing stands below
		fields = s.duplicateFields(end-top, words.following)
	}
	s.pages = 1 + len(all.pages)

	fields.draw(s, duplicateLeft, top)
	s.pieces(duplicateLeft, all.first)
	if len(all.pages) == 0 {
		s.nothingBelow(words.below, all.end, end)
	}
	s.code()
	s.issuing(duplicateRight - duplicateLeft - s.codeWidth() - columnGap)
	s.tag(s.element(nil, "P"), func() { s.foot(duplicateLeft, duplicateRight, duplicateLine, s.pageOf(1)) })
	s.end()
	s.later(all, words.duplicate)
}

// duplicateFields sets the fields, with how many permits there are and where, as large
// as they leave room for permits to begin; or else as large as they fit.
func (s *setting) duplicateFields(height float64, where word) *fieldBlock {
	n := s.count()
	listed := s.say(word{n.zh + "，" + where.zh, n.en + ", " + where.en})
	fields := append(s.fieldList(), field{words.permits, listed, false})
	scale := func(step int) float64 { return 1 - float64(step)*scaleStep }
	steps := scaleSteps(1, leastScale)
	for _, room := range []float64{height - leastPermits, height} {
		step := sort.Search(steps+1, func(step int) bool {
			return s.setFields(fields, duplicateRight-duplicateLeft, scale(step)).height <= room
		})
		if step <= steps {
			return s.setFields(fields, duplicateRight-duplicateLeft, scale(step))
		}
	}
	return s.setFields(fields, duplicateRight-duplicateLeft, leastScale)
}
