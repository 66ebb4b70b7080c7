package catalog

import (
	"slices"
	"strings"

	"yizheng/license"
)

// plainApplication reads what nearly every application is: a whole one, of
// strings without escapes and members that are known. It gives up on
// everything else, faults above all, which the slower reader says. b is valid
// UTF-8.
func plainApplication(b []byte) (a Application, ok bool) {
	p := &plainReader{rest: string(b)}
	p.application(&a)
	p.space()
	return a, !p.odd && p.rest == ""
}

// plainReader takes values off the text, until something is odd.
type plainReader struct {
	rest string
	odd  bool
}

func (p *plainReader) application(a *Application) {
	p.object(applicationMembers, func(member string) {
		switch member {
		case "industry":
			a.Industry = p.text()
		case "holder":
			p.holder(&a.Holder)
		case "permits":
			a.Permits = p.permits()
		}
	})
	p.odd = p.odd || a.Industry == "" || a.Holder.Name == "" || a.Permits == nil
}

func (p *plainReader) holder(h *license.Holder) {
	p.object(holderMembers, func(member string) {
		text := p.text()
		switch member {
		case "name":
			h.Name = text
		case "creditCode":
			h.CreditCode = license.CreditCode(text)
		case "representative":
			h.Representative = text
		case "premises":
			h.Premises = text
		}
	})
	p.odd = p.odd || h.Name == "" || h.CreditCode == "" || h.Representative == "" || h.Premises == ""
}

func (p *plainReader) permits() (all []license.Permit) {
	p.take('[')
	for !p.odd {
		if all == nil {
			all = make([]license.Permit, 0, 8)
		}
		all = append(all, license.Permit{})
		p.permit(&all[len(all)-1])
		if len(all) > MaxPermits {
			break
		}
		if p.next(']') {
			return all
		}
		p.take(',')
	}
	p.odd = true
	return nil
}

func (p *plainReader) permit(to *license.Permit) {
	p.object(permitMembers, func(member string) {
		switch member {
		case "matter":
			to.Matter = p.text()
		case "number":
			to.Number = p.text()
		case "authority":
			to.Authority = p.text()
		case "scope":
			to.Scope = p.text()
		case "conditions":
			to.Conditions = p.text()
		case "premises":
			to.Premises = p.text()
		case "commitment":
			to.Commitment = p.flag()
		case "validFrom":
			to.ValidFrom = p.day()
		case "validUntil":
			to.ValidUntil = p.day()
		}
	})
	p.odd = p.odd || to.Matter == "" || to.Number == "" || to.Authority == "" || to.Scope == "" || to.ValidFrom.IsZero()
}

// object reads an object of members that are allowed, each at most once; value
// takes the value of the one that is named.
func (p *plainReader) object(allowed []string, value func(member string)) {
	p.take('{')
	var seen uint
	for !p.odd {
		n := slices.Index(allowed, p.text())
		if n < 0 || seen&(1<<n) != 0 {
			break
		}
		seen |= 1 << n
		p.take(':')
		value(allowed[n])
		if p.next('}') {
			return
		}
		p.take(',')
	}
	p.odd = true
}

// text reads a string that is not empty.
func (p *plainReader) text() string {
	p.take('"')
	end := strings.IndexByte(p.rest, '"')
	if p.odd || end <= 0 {
		p.odd = true
		return ""
	}
	text := p.rest[:end]
	p.rest = p.rest[end+1:]
	for i := range len(text) {
		if text[i] < ' ' || text[i] == '\\' {
			p.odd = true
			return ""
		}
	}
	return text
}

func (p *plainReader) flag() bool {
	p.space()
	rest, yes := strings.CutPrefix(p.rest, "true")
	if !yes {
		var no bool
		rest, no = strings.CutPrefix(p.rest, "false")
		p.odd = p.odd || !no
	}
	p.rest = rest
	return yes
}

func (p *plainReader) day() license.Date {
	day, err := license.ParseDate(p.text())
	p.odd = p.odd || err != nil
	return day
}

// space passes over white space.
func (p *plainReader) space() {
	for p.rest != "" && (p.rest[0] == ' ' || p.rest[0] == '\n' || p.rest[0] == '\t' || p.rest[0] == '\r') {
		p.rest = p.rest[1:]
	}
}

// next says whether c comes next, and takes it.
func (p *plainReader) next(c byte) bool {
	p.space()
	if p.rest == "" || p.rest[0] != c {
		return false
	}
	p.rest = p.rest[1:]
	return true
}

// take takes c, without which the text is odd.
func (p *plainReader) take(c byte) { p.odd = !p.next(c) || p.odd }
