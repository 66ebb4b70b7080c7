package templates

import (
	"sort"
	"strconv"
	"strings"

	"yizheng/license"
)

// block is something of a known height that is drawn from a point on.
type block struct {
	height float64
	draw   func(x, y float64)
}

// fitFields sets the fields and the permits on the face of the original, as
// much of the permits and as large as they fit the height: in a table; in two
// columns, without what stands in the annex anyway; as a sentence; or as
// their count alone. Beneath stand the statements, or where there are none,
// and something of the permits is left out, that it stands in the annex. It gives false where
// not even that fits.
func (s *setting) fitFields(width, height float64, statements []string) (*fieldBlock, block, block, bool) {
	fields := s.fieldList()
	var left []word // for the annex
	if statements == nil && len(s.doc.Statements) > 0 {
		left = []word{words.statements}
	}
	type attempt struct {
		permits func(width, scale float64) (field, block)
		least   float64 // scale of the fields at which the next is better
		left    []word
	}
	attempts := []attempt{
		{s.summaryTable, 0.78, nil}, // the foot says that the annex has the statements
		{s.summaryColumns, 0.74, append([]word{words.permitNumber, words.authority, words.scope}, left...)},
		{s.summarySentence(len(left) > 0), leastScale, nil},
		{s.summaryCount(len(left) > 0), leastScale, nil},
	}
	if len(statements) > faceStatements { // so much small print is for where there is room
		attempts = []attempt{{s.summaryTable, roomyScale, nil}}
	}
	for _, try := range attempts {
		lines := statements
		if len(try.left) > 0 {
			lines = append(s.seeAnnex(width, try.left...), statements...)
		}
		notes := s.notes(lines)
		// Heights shrink with the scale, so the largest scale that fits is
		// found by halving.
		scale := func(step int) float64 { return largestScale - float64(step)*scaleStep }
		steps := scaleSteps(largestScale, try.least)
		at := func(scale float64) (*fieldBlock, block) {
			more, permits := try.permits(width, scale)
			all := fields
			if more.value != "" {
				all = append(fields[:len(fields):len(fields)], more)
			}
			return s.setFields(all, width, scale), permits
		}
		best := sort.Search(steps+1, func(step int) bool {
			b, permits := at(scale(step))
			return b.height+permits.height <= height-notes.height
		})
		if best <= steps {
			b, permits := at(scale(best))
			return b, permits, notes, true
		}
	}
	return nil, block{}, block{}, false
}

// summaryTable lists the permits on the face: what, which number, whose, and
// until when.
func (s *setting) summaryTable(width, scale float64) (field, block) {
	t := &table{text: summaryStyle(scale), pad: 1.25 * min(1, scale), names: 1}
	last := s.untilWidth()
	rest := width - 9.5 - last
	t.widths = []float64{9.5, rest * 0.325, rest * 0.335, rest * 0.34, last}
	t.headed(s, words.index, words.matter, words.permitNumber, words.authority, words.until)
	for i, p := range s.doc.License.Permits {
		t.add(s, strconv.Itoa(i+1), p.Matter, p.Number, p.Authority, s.until(p))
	}
	return field{}, block{t.height() + summaryGap, func(x, y float64) { t.draw(s, x, y+summaryGap) }}
}

// roomyScale is the scale of the fields at which there is room left.
const roomyScale = 0.95

const summaryGap = 2.0 // from the fields to a table beneath them

// summaryStyle is that of a table on the face; it does not grow, because
// numbers would break.
func summaryStyle(scale float64) style {
	return style{size: 8.8, colour: ink, leading: 3.8}.of(max(leastTable, 8.8*min(1, scale)))
}

// summaryColumns lists the permits in two columns: what, and until when.
func (s *setting) summaryColumns(width, scale float64) (field, block) {
	const between = 6.0
	column := (width - between) / 2
	last := s.untilWidth()
	permits := s.doc.License.Permits
	half := (len(permits) + 1) / 2
	var sides [2]*table
	for i := range sides {
		sides[i] = &table{text: summaryStyle(scale), pad: 0.75 * min(1, scale), names: 1, widths: []float64{9.5, column - 9.5 - last, last}}
		sides[i].headed(s, words.index, words.matter, words.until)
	}
	for i, p := range permits {
		sides[i/half].add(s, strconv.Itoa(i+1), p.Matter, s.until(p))
	}
	high := max(sides[0].height(), sides[1].height())
	return field{}, block{high + summaryGap, func(x, y float64) {
		sides[0].draw(s, x, y+summaryGap)
		sides[1].element = sides[0].element // the same table goes on
		sides[1].draw(s, x+column+between, y+summaryGap)
	}}
}

// stop ends a sentence, which in a bilingual line ends in English.
func (s *setting) stop() string {
	if s.doc.Bilingual {
		return "."
	}
	return "。"
}

// summarySentence names the permits one after the other, and summaryCount says
// how many there are; both say that they stand in the annex, with the
// statements where these do.
func (s *setting) summarySentence(notes bool) func(width, scale float64) (field, block) {
	var all []string
	for _, p := range s.doc.License.Permits {
		all = append(all, p.Matter)
	}
	value := strings.Join(all, "、") + "（" + s.counted(notes) + "）"
	return func(float64, float64) (field, block) { return field{label: words.permits, value: value}, block{} }
}

func (s *setting) summaryCount(notes bool) func(width, scale float64) (field, block) {
	return func(float64, float64) (field, block) {
		return field{label: words.permits, value: s.counted(notes)}, block{}
	}
}

// counted says how many permits there are, and where.
func (s *setting) counted(notes bool) string {
	n, see := s.count(), words.seeAnnex
	if notes {
		see = words.withNotes
	}
	return s.say(word{n.zh + "，" + see.zh, n.en + ", " + see.en})
}

// untilWidth is that of the column that says it.
func (s *setting) untilWidth() float64 {
	if s.doc.Bilingual {
		return 30
	}
	return 19.5
}

// until says how long a permit is in force, in each language on a line.
func (s *setting) until(p license.Permit) string {
	switch {
	case p.ValidUntil.IsZero() && s.doc.Bilingual:
		return words.noTerm.zh + "\n" + words.noTerm.en
	case p.ValidUntil.IsZero():
		return words.noTerm.zh
	}
	return p.ValidUntil.String()
}
