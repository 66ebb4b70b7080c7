package templates

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"yizheng/license"
	"yizheng/templates/pdf"
)

// Styles of the tables that hold every permit in full. All lines of a table
// have one leading, so that a row can be parted after any line.
var (
	fullText = style{size: 9.2, colour: ink, leading: 4.2}
	fullBold = style{bold: true, size: 9.2, colour: ink, leading: 4.2}
	fullSoft = style{size: 8.4, colour: soft, leading: 4.2}
)

// Those of the sentences of law, which are small print.
var (
	listText = style{size: 8.8, colour: ink, leading: 3.8}
	listSoft = style{size: 8.2, colour: soft, leading: 3.8}
)

// permitTable lists every permit in full.
func (s *setting) permitTable() *table {
	t := &table{title: words.permits, text: fullText, pad: 1.5, names: 1, counts: true}
	switch {
	case s.doc.Form == Duplicate && s.doc.Bilingual:
		t.widths = s.laterWidths(11, 46, 33, 51, 33)
	case s.doc.Form == Duplicate:
		t.widths = s.laterWidths(11, 47, 34, 56, 26)
	case s.doc.Bilingual:
		t.widths = s.laterWidths(11, 70, 49, 92, 39)
	default:
		t.widths = s.laterWidths(11, 70, 49, 97, 34)
	}
	t.headed(s, words.index, words.matterAndNumber, words.authority, words.scope, words.term)
	for i, p := range s.doc.License.Permits {
		matter := append(s.cell(fullBold, t.widths[1], p.Matter), s.cell(fullText, t.widths[1], p.Number)...)
		scope := s.cell(fullText, t.widths[3], p.Scope)
		if p.Conditions != "" {
			scope = append(scope, s.cell(fullSoft, t.widths[3], s.before(words.conditions)+p.Conditions)...)
		}
		if p.Premises != "" && p.Premises != s.doc.License.Holder.Premises {
			scope = append(scope, s.cell(fullSoft, t.widths[3], s.before(words.otherPremises)+p.Premises)...)
		}
		t.rows = append(t.rows, row{s.cell(fullText, t.widths[0], strconv.Itoa(i+1)), matter, s.cell(fullText, t.widths[2], p.Authority), scope, s.termCell(p, t.widths[4])})
	}
	return t
}

// termCell says from when until when a permit is in force, and whether it was
// granted on a commitment.
func (s *setting) termCell(p license.Permit, width float64) []line {
	from, until := p.ValidFrom.String()+words.from, p.ValidUntil.String()+words.to
	if s.doc.Bilingual { // 起 and 止 would leave no room for their English
		from, until = p.ValidFrom.String()+" "+s.say(words.dash), p.ValidUntil.String()
	}
	if p.ValidUntil.IsZero() {
		from, until = p.ValidFrom.String()+words.from, s.say(words.noTerm)
		if s.doc.Bilingual {
			from = p.ValidFrom.String()
		}
	}
	term := append(s.cell(fullText, width, from), s.cell(fullText, width, until)...)
	if p.Commitment {
		lines := s.cell(fullSoft, width, s.say(words.commitment))
		if len(lines) > 1 {
			lines = append(s.cell(fullSoft, width, words.commitment.zh), s.englishCell(fullSoft, width, words.commitment.en)...)
		}
		term = append(term, lines...)
	}
	return term
}

// remedyTable says whom to turn to against a permit's authority. Authorities
// with the same remedies share a row.
func (s *setting) remedyTable() *table {
	t := &table{title: words.remedies, text: fullText, widths: s.laterWidths(97, 86, 86), pad: 1.5}
	granting := s.granting()
	reachable := func(a license.Authority) bool { return a.Address != "" || a.Telephone != "" }
	switch {
	case !slices.ContainsFunc(granting, reachable): // names alone
		t.widths = s.laterWidths(67, 101, 101)
	case s.doc.Bilingual && s.doc.Form == Original: // address and telephone on one line
		t.widths = s.laterWidths(113, 78, 78)
	}
	t.headed(s, words.authorities, words.reconsideration, words.litigation)
	var done, rows []license.Authority // one that each row is of
	for _, a := range granting {
		if slices.ContainsFunc(done, func(d license.Authority) bool { return d.Name == a.Name }) {
			continue
		}
		done = append(done, a)
		cell := s.cell(fullBold, t.widths[0], a.Name)
		cell = append(cell, s.contact(t.widths[0], a.Address, a.Telephone)...)
		if i := slices.IndexFunc(rows, func(r license.Authority) bool { return slices.Equal(r.Remedies, a.Remedies) }); i >= 0 {
			t.rows[i][0] = append(t.rows[i][0], cell...)
			continue
		}
		rows = append(rows, a)
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
		lines = append(lines, s.cell(fullText, width, r.Organ)...)
		lines = append(lines, s.cell(fullText, width, r.Term)...)
		if s.doc.Bilingual && r.TermEN != "" {
			lines = append(lines, s.englishCell(fullSoft, width, r.TermEN)...)
		}
		if r.Basis != "" {
			lines = append(lines, s.cell(fullSoft, width, s.before(words.basis)+r.Basis)...)
		}
		lines = append(lines, s.contact(width, r.Address, r.Telephone)...)
	}
	if lines == nil {
		return s.cell(fullSoft, width, s.say(words.noRemedies))
	}
	return lines
}

// contact is an address, a telephone number, or both, on one line where that
// has room for both.
func (s *setting) contact(width float64, address, telephone string) (lines []line) {
	if address != "" {
		lines = s.cell(fullSoft, width, s.before(words.address)+address)
	}
	if telephone == "" {
		return lines
	}
	number := s.cell(fullSoft, width, s.before(words.telephone)+telephone)
	if len(lines) == 1 && len(number) == 1 {
		both := lines[0].text + "　" + number[0].text
		if s.measure(fullSoft, both) <= width-2*cellPad {
			return []line{{style: fullSoft, text: both, begins: true}}
		}
	}
	return append(lines, number...)
}

// statementList lists the sentences of law, numbered, over the whole width:
// those of one source run on, and beneath them stands where they are from.
func (s *setting) statementList() *table {
	t := &table{title: words.statements, text: listText, widths: s.laterWidths(1), pad: 1.2}
	type group struct{ source, zh, en string }
	var groups []group
	for n, st := range s.doc.Statements {
		source := st.Source
		if !st.Date.IsZero() {
			source += "（" + st.Date.String() + "）"
		}
		i := slices.IndexFunc(groups, func(g group) bool { return g.source == source })
		if i < 0 {
			i, groups = len(groups), append(groups, group{source: source})
		}
		groups[i].zh += strconv.Itoa(n+1) + string(pdf.Apart('.')) + st.Text // no line ends with the number
		if st.TextEN != "" {
			groups[i].en += fmt.Sprintf("%d. %s ", n+1, st.TextEN)
		}
	}
	for _, g := range groups {
		lines := s.cell(listText, t.widths[0], g.zh)
		if s.doc.Bilingual && g.en != "" {
			lines = append(lines, s.englishCell(listSoft, t.widths[0], strings.TrimSpace(g.en))...)
		}
		t.rows = append(t.rows, row{append(lines, s.cell(listSoft, t.widths[0], s.before(words.basis)+g.source)...)})
	}
	return t
}
