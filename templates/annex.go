package templates

import (
	"fmt"
	"slices"
	"strconv"

	"yizheng/license"
	"yizheng/templates/pdf"
)

// Where things lie on a page of the annex.
const (
	annexLeft  = 14.0
	annexWidth = pageWidth - 2*annexLeft
	annexTop   = 33.0
	annexEnd   = 194.0
	annexFoot  = 199.3
	titleSpace = 8.5 // for the title of a table
)

// Styles of the annex. All lines of a table have one leading, so that a row
// can be parted after any line.
var (
	annexText = style{size: 9.2, colour: ink, leading: 4.15}
	annexBold = style{bold: true, size: 9.2, colour: ink, leading: 4.15}
	annexSoft = style{size: 8.4, colour: soft, leading: 4.15}
	annexHead = style{bold: true, size: 9.2, colour: red, leading: 4.15}
)

// piece is something on a page of the annex: a table's heads, with or without
// its title, or a row or part of a row.
type piece struct {
	table *table
	title bool
	row   row // nil for the heads
	y     float64
}

// planAnnex lays the annex out: which rows stand on which page, and where.
func (s *setting) planAnnex() (pages [][]piece) {
	y := annexEnd // so that the first table begins the first page
	place := func(p piece, height float64) {
		p.y = y
		pages[len(pages)-1] = append(pages[len(pages)-1], p)
		y += height
	}
	for _, t := range []*table{s.permitTable(), s.remedyTable(), s.statementTable()} {
		heads := func(title bool) {
			height := t.headHeight()
			if title {
				height += titleSpace
			}
			place(piece{table: t, title: title}, height)
		}
		for i, r := range t.rows {
			for first := true; r != nil; first = false {
				need := t.rowHeight(r)
				if i == 0 && first {
					need += t.headHeight() + titleSpace
				}
				room := annexEnd - y
				whole := annexEnd - annexTop - t.headHeight() - titleSpace
				if need > room && (t.rowHeight(r) <= whole || room < whole/3) {
					pages = append(pages, nil)
					y = annexTop
					if i > 0 || !first {
						heads(false)
					}
				}
				if i == 0 && first {
					heads(true)
				}
				fits := int((annexEnd - y - 2*t.pad) / t.leading())
				head, rest := r, row(nil)
				if r.count() > fits {
					head, rest = r.part(max(1, fits))
				}
				place(piece{table: t, row: head}, t.rowHeight(head))
				r = rest
			}
		}
		y += 3
	}
	return pages
}

// annex draws one page of the annex.
func (s *setting) annex(number int, pieces []piece) {
	s.page = pdf.NewContent(pageHeight)
	if s.edgingName == "" {
		s.edgingName = s.file.XObject(s.edging)
	}
	s.page.Draw(s.edgingName, 0, 0, pageHeight)
	s.marks(bandOuter + 2.2)
	l := s.doc.License
	s.text(style{bold: true, size: 15, colour: red}, annexLeft, 23, words.title+words.annex)
	s.right(style{bold: true, size: 10, colour: ink}, annexLeft+annexWidth, 21.5, words.number+" "+l.Number)
	name := style{size: 9, colour: ink}
	s.right(name.within(s, annexWidth-60, l.Holder.Name), annexLeft+annexWidth, 27.2, l.Holder.Name)
	s.page.Stroke(red, 0.35)
	s.page.Line(annexLeft, 29.6, annexLeft+annexWidth, 29.6)

	for _, p := range pieces {
		y := p.y
		if p.row != nil {
			p.table.drawRow(s, annexLeft, y, p.row)
			continue
		}
		if p.title {
			s.text(style{bold: true, size: 11, colour: ink}, annexLeft, y+5.6, p.table.title)
			y += titleSpace
		}
		p.table.drawHead(s, annexLeft, y)
	}
	small := style{size: 7.4, colour: soft}
	if id := identifier(l); id != "" {
		s.text(small, annexLeft, annexFoot, words.identifier+" "+id)
	}
	s.right(small, annexLeft+annexWidth, annexFoot, fmt.Sprintf("第 %d 页  共 %d 页", number, s.pages))
	s.overprint()
	s.file.Page(pageWidth, pageHeight, s.page)
}

// permitTable lists every permit in full.
func (s *setting) permitTable() *table {
	t := &table{title: words.permits, heads: words.columns, head: annexHead, widths: []float64{11, 74, 48, 94, 42}, pad: 1.5}
	for i, p := range s.doc.License.Permits {
		matter := append(s.cell(annexBold, t.widths[1], p.Matter), s.cell(annexText, t.widths[1], p.Number)...)
		scope := s.cell(annexText, t.widths[3], p.Scope)
		if p.Conditions != "" {
			scope = append(scope, s.cell(annexSoft, t.widths[3], words.conditions+p.Conditions)...)
		}
		if p.Premises != "" && p.Premises != s.doc.License.Holder.Premises {
			scope = append(scope, s.cell(annexSoft, t.widths[3], words.otherPremises+p.Premises)...)
		}
		term := s.cell(annexText, t.widths[4], p.ValidFrom.String()+" 起")
		if p.ValidUntil.IsZero() {
			term = append(term, s.cell(annexText, t.widths[4], words.noTerm)...)
		} else {
			term = append(term, s.cell(annexText, t.widths[4], p.ValidUntil.String()+" 止")...)
		}
		if p.Commitment {
			term = append(term, s.cell(annexSoft, t.widths[4], words.commitment)...)
		}
		t.rows = append(t.rows, row{s.cell(annexText, t.widths[0], strconv.Itoa(i+1)), matter, s.cell(annexText, t.widths[2], p.Authority), scope, term})
	}
	return t
}

// remedyTable says whom to turn to against a permit's authority. Authorities
// with the same remedies share a row.
func (s *setting) remedyTable() *table {
	t := &table{title: words.remedies, heads: []string{words.authorities, words.reconsideration, words.litigation}, head: annexHead,
		widths: []float64{97, 86, 86}, pad: 1.5}
	var done []license.Authority
	at := map[string]int{}
	for _, a := range s.granting() {
		if slices.ContainsFunc(done, func(d license.Authority) bool { return d.Name == a.Name }) {
			continue
		}
		done = append(done, a)
		cell := s.cell(annexBold, t.widths[0], a.Name)
		if contact := contact(a.Address, a.Telephone); contact != "" {
			cell = append(cell, s.cell(annexSoft, t.widths[0], contact)...)
		}
		key := fmt.Sprintf("%q", a.Remedies)
		if i, ok := at[key]; ok {
			t.rows[i][0] = append(t.rows[i][0], cell...)
			continue
		}
		at[key] = len(t.rows)
		t.rows = append(t.rows, row{cell, s.remedies(a, license.Reconsideration, t.widths[1]), s.remedies(a, license.Litigation, t.widths[2])})
	}
	return t
}

// granting are the authorities of the permits, in their order; one that is
// not described has only its name.
func (s *setting) granting() (out []license.Authority) {
	for _, p := range s.doc.License.Permits {
		i := slices.IndexFunc(s.doc.Authorities, func(a license.Authority) bool { return a.Name == p.Authority })
		if i < 0 {
			out = append(out, license.Authority{Name: p.Authority})
		} else {
			out = append(out, s.doc.Authorities[i])
		}
	}
	return out
}

// remedies are the lines of those of one kind.
func (s *setting) remedies(a license.Authority, kind string, width float64) (lines []line) {
	for _, r := range a.Remedies {
		if r.Kind != kind {
			continue
		}
		lines = append(lines, s.cell(annexText, width, r.Organ)...)
		lines = append(lines, s.cell(annexText, width, r.Term)...)
		if r.Basis != "" {
			lines = append(lines, s.cell(annexSoft, width, words.basis+":"+r.Basis)...)
		}
		if contact := contact(r.Address, r.Telephone); contact != "" {
			lines = append(lines, s.cell(annexSoft, width, contact)...)
		}
	}
	if lines == nil {
		return s.cell(annexSoft, width, words.noRemedies)
	}
	return lines
}

func contact(address, telephone string) string {
	switch {
	case address == "" && telephone == "":
		return ""
	case telephone == "":
		return words.addressee + " " + address
	case address == "":
		return words.telephone + " " + telephone
	}
	return words.addressee + " " + address + "  " + words.telephone + " " + telephone
}

// statementTable lists the sentences of law with their sources.
func (s *setting) statementTable() *table {
	t := &table{title: words.statements, heads: []string{words.statements, words.basis}, head: annexHead, widths: []float64{172, 97}, pad: 1.5}
	for _, st := range s.doc.Statements {
		source := st.Source
		if !st.Date.IsZero() {
			source += "(" + st.Date.String() + ")"
		}
		t.rows = append(t.rows, row{s.cell(annexText, t.widths[0], st.Text), s.cell(annexSoft, t.widths[1], source)})
	}
	return t
}
