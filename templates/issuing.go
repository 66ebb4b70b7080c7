package templates

import "fmt"

type point struct{ x, y float64 }

// issuerRise is how far the words above the authority rise above the seal.
const issuerRise = 5.0

// issuing sets the issuing authority and the date around the middle of the
// seal, and the seal over both (骑年盖月), no wider than width.
func (s *setting) issuing(width float64) {
	place := s.sealPlace()
	middle := place.x + sealSide/2
	label := style{size: 9.5, colour: soft}
	s.tag(s.element(nil, "P"), func() {
		if s.doc.Bilingual {
			s.centred(label, middle, place.y-2, 0, s.say(words.issuer))
		} else {
			s.centred(label, middle, place.y-2, 0.6, words.issuer.zh)
		}
	})
	name, lines := s.within(style{size: 12.5, colour: ink, leading: 5.4}, leastField, width, 2, s.doc.License.Issuer)
	date := place.y + sealSide*0.68
	y := date - 8.2 - float64(len(lines)-1)*name.leading
	s.tag(s.element(nil, "P"), func() {
		for i, line := range lines {
			s.centred(name, middle, y+float64(i)*name.leading, 0, line)
		}
	})
	s.tag(s.element(nil, "P"), func() { s.centred(style{size: 12.5, colour: ink}, middle, date, 0.35, s.date()) })
	if s.doc.Draft {
		return
	}
	s.tag(s.element(nil, "Figure").Alt(s.doc.SealName), func() {
		s.page.Save()
		s.page.State(s.file.Opacity(sealOpacity, true))
		s.page.Draw(s.drawSeal(s.doc.SealName), place.x, place.y, sealSide)
		s.page.Restore()
	})
}

// sealOpacity lets the ink beneath the seal show through, as through a real
// impression.
const sealOpacity = 0.86

// date is the day of issue; a draft leaves room for it.
func (s *setting) date() string {
	if s.doc.Draft {
		return "　　　年　　月　　日"
	}
	t := s.doc.License.IssueDate.Start()
	return fmt.Sprintf("%d年%d月%d日", t.Year(), int(t.Month()), t.Day())
}
