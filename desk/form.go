package desk

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"yizheng/catalog"
	"yizheng/license"
	pages "yizheng/templates/desk"
)

// permitField is the name of a permit's field in a form: its JSON path, by
// which faults name it too.
var permitField = regexp.MustCompile(`^permits\[(\d{1,2})\]\.(\w+)$`)

// readForm reads an application as it was filled in, with every row of it.
func readForm(values url.Values) pages.ApplicationForm {
	text := func(name string) string { return strings.TrimSpace(values.Get(name)) }
	f := pages.ApplicationForm{
		Key: text("key"), Seen: text("seen"), Industry: text("industry"),
		Name: text("holder.name"), CreditCode: strings.ToUpper(text("holder.creditCode")), Representative: text("holder.representative"), Premises: text("holder.premises"),
	}
	var rows [catalog.MaxPermits]pages.PermitForm
	count := 0
	for name := range values {
		m := permitField.FindStringSubmatch(name)
		if m == nil {
			continue
		}
		n, err := strconv.Atoi(m[1])
		if into := rowField(m[2]); err == nil && n < len(rows) && into != nil {
			into(&rows[n], text(name))
			count = max(count, n+1)
		}
	}
	f.Permits = append(f.Permits, rows[:count]...)
	return f
}

// rowField says where a field of a permit goes; nil where there is none of
// that name.
func rowField(name string) func(*pages.PermitForm, string) {
	switch name {
	case "matter":
		return func(p *pages.PermitForm, s string) { p.Matter = s }
	case "number":
		return func(p *pages.PermitForm, s string) { p.Number = s }
	case "authority":
		return func(p *pages.PermitForm, s string) { p.Authority = s }
	case "scope":
		return func(p *pages.PermitForm, s string) { p.Scope = s }
	case "conditions":
		return func(p *pages.PermitForm, s string) { p.Conditions = s }
	case "premises":
		return func(p *pages.PermitForm, s string) { p.Premises = s }
	case "commitment":
		return func(p *pages.PermitForm, s string) { p.Commitment = s != "" }
	case "validFrom":
		return func(p *pages.PermitForm, s string) { p.From = s }
	case "validUntil":
		return func(p *pages.PermitForm, s string) { p.Until = s }
	}
	return nil
}

// application is what a form asks for. An authority that is left open is the
// one that grants the matter. Days that are none are faults; what else is wrong
// is for the catalogue to say.
func application(f *pages.ApplicationForm, c *catalog.Catalogue) (catalog.Application, license.Faults) {
	app := catalog.Application{Industry: f.Industry, Holder: license.Holder{
		Name: f.Name, CreditCode: license.CreditCode(f.CreditCode), Representative: f.Representative, Premises: f.Premises,
	}}
	var faults license.Faults
	for n := range f.Permits {
		row := &f.Permits[n]
		if matter, known := c.Matter(row.Matter); known && row.Authority == "" {
			row.Authority = matter.Authority
		}
		day := func(name, text string) license.Date {
			if text == "" {
				return 0
			}
			d, err := license.ParseDate(text)
			if err != nil {
				faults = append(faults, license.Fault{Field: fmt.Sprintf("permits[%d].%s", n, name), Reason: "date",
					Message: "This is no day of the form 2026-01-31.", MessageZH: "日期应为2026-01-31这样的形式。"})
			}
			return d
		}
		app.Permits = append(app.Permits, license.Permit{
			Matter: row.Matter, Number: row.Number, Authority: row.Authority, Scope: flat(row.Scope), Conditions: flat(row.Conditions), Premises: row.Premises,
			Commitment: row.Commitment, ValidFrom: day("validFrom", row.From), ValidUntil: day("validUntil", row.Until),
		})
	}
	return app, faults
}

// flat takes line breaks out of a text that was written in several lines: a
// license has none.
func flat(s string) string { return strings.Join(strings.Fields(strings.ReplaceAll(s, "\r", "")), " ") }

// formOf fills a form with what a license says.
func formOf(l license.License) pages.ApplicationForm {
	f := pages.ApplicationForm{Industry: l.Industry, Name: l.Holder.Name, CreditCode: string(l.Holder.CreditCode),
		Representative: l.Holder.Representative, Premises: l.Holder.Premises}
	for _, p := range l.Permits {
		f.Permits = append(f.Permits, pages.PermitForm{Matter: p.Matter, Number: p.Number, Authority: p.Authority, Scope: p.Scope, Conditions: p.Conditions,
			Premises: p.Premises, Commitment: p.Commitment, From: p.ValidFrom.String(), Until: p.ValidUntil.String()})
	}
	return f
}

// blank says that nothing was filled in.
func blank(p pages.PermitForm) bool { return p == pages.PermitForm{} }

// withMatters adds a row for each matter that every business of the industry
// needs and that has none yet.
func withMatters(f pages.ApplicationForm, c *catalog.Catalogue, today license.Date) pages.ApplicationForm {
	industry, known := c.Industry(f.Industry)
	if !known {
		return f
	}
	f.Permits = slices.DeleteFunc(f.Permits, blank)
	for _, r := range industry.Requirements {
		has := slices.ContainsFunc(f.Permits, func(p pages.PermitForm) bool { return p.Matter == r.Matter })
		open := today >= r.From && (r.Until.IsZero() || today <= r.Until)
		if m, ok := c.Matter(r.Matter); ok && r.Need == catalog.Always && open && !has && len(f.Permits) < catalog.MaxPermits {
			f.Permits = append(f.Permits, pages.PermitForm{Matter: m.Name, Authority: m.Authority})
		}
	}
	return f
}

// digest is that of an application: what was seen is then what is issued.
func digest(app catalog.Application) string {
	b, err := json.Marshal(app)
	if err != nil {
		return "" // text and dates always marshal
	}
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:])
}
