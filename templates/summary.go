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
// their count alone. It gives false where not even that fits.
func (s *setting) fitFields(width, height float64) (*fieldBlock, block, bool) {
	fields := s.fieldList()
	for _, try := range []struct {
		permits func(width, scale float64) (field, block)
		least   float64 // scale of the fields at which the next is better
	}{
		{s.summaryTable, 0.78},
		{s.summaryColumns, 0.74},
		{s.summarySentence, leastScale},
		{s.summaryCount, leastScale},
	} {
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
			return b.height+permits.height <= height
		})
		if best <= steps {
			b, permits := at(scale(best))
			return b, permits, true
		}
	}
	return nil, block{}, false
}

// summaryTable lists the permits on the face: what, which number, whose, and
// until when.
func (s *setting) summaryTable(width, scale float64) (field, block) {
	t := &table{text: summaryStyle(scale), pad: 1.25 * min(1, scale), names: 1}
	last := 19.5
	if s.doc.Bilingual {
		last = 23
	}
	rest := width - 9.5 - last
	t.widths = []float64{9.5, rest * 0.325, rest * 0.335, rest * 0.34, last}
	t.headed(s, words.index, words.matter, words.permitNumber, words.authority, words.until)
	for i, p := range s.doc.License.Permits {
		t.add(s, strconv.Itoa(i+1), p.Matter, p.Number, p.Authority, s.until(p))
	}
	return field{}, block{t.height() + summaryGap, func(x, y float64) { t.draw(s, x, y+summaryGap) }}
}

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
	last := 19.5
	if s.doc.Bilingual {
		last = 23
	}
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
	note := sides[0].text.of(leastTable)
	note.colour = soft
	lines := s.lines(note, width, s.say(words.inAnnex)+s.stop())
	high := max(sides[0].height(), sides[1].height())
	return field{}, block{high + summaryGap + 1.4 + float64(len(lines))*note.leading, func(x, y float64) {
		sides[0].draw(s, x, y+summaryGap)
		sides[1].element = sides[0].element // the same table goes on
		sides[1].draw(s, x+column+between, y+summaryGap)
		s.tag(s.element(nil, "P"), func() { s.block(note, x, y+summaryGap+high+note.leading+0.6, lines) })
	}}
}

// stop ends a sentence, which in a bilingual line ends in English.
func (s *setting) stop() string {
	if s.doc.Bilingual {
		return "."
	}
	return "。"
}

// summarySentence names the permits one after the other.
func (s *setting) summarySentence(float64, float64) (field, block) {
	var all []string
	for _, p := range s.doc.License.Permits {
		all = append(all, p.Matter)
	}
	return field{label: words.permits, value: strings.Join(all, "、") + "（" + s.counted() + "）"}, block{}
}

// summaryCount says how many there are.
func (s *setting) summaryCount(float64, float64) (field, block) {
	return field{label: words.permits, value: s.counted()}, block{}
}

// counted says how many permits there are, and where.
func (s *setting) counted() string {
	n := s.count()
	return s.say(word{n.zh + "，" + words.seeAnnex.zh, n.en + ", " + words.seeAnnex.en})
}

// until says how long a permit is in force.
func (s *setting) until(p license.Permit) string {
	if p.ValidUntil.IsZero() {
		return s.say(words.noTerm)
	}
	return p.ValidUntil.String()
}
