package desk

import (
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"unicode/utf8"

	"yizheng/issuer"
	"yizheng/license"
	"yizheng/register"
	pages "yizheng/templates/desk"
)

// pageSize is how many lines a list has on one page.
const pageSize = 30

// search lists licenses by what somebody knows of them.
func (d *Desk) search(q *request) error {
	page := pages.SearchPage{Issues: d.may(q.who.Grant, toIssue)}
	page.Form = pages.SearchForm{Text: q.trimmed("q"), Industry: q.trimmed("industry"), State: q.trimmed("state"), From: q.trimmed("from"), Until: q.trimmed("until")}
	page.Asked, page.Narrowed = page.Form != pages.SearchForm{}, page.Form != pages.SearchForm{Text: page.Form.Text}
	today, err := d.c.Catalogue.On(d.today())
	if err != nil {
		return err
	}
	for _, i := range today.Industries {
		page.Industries = append(page.Industries, i.Name)
	}
	title, status := pages.Text{ZH: "查证", EN: "Licenses"}, http.StatusOK
	filter, fault := d.filter(q, page.Form)
	if fault != nil {
		page.Fault, status = fault, http.StatusUnprocessableEntity
		return d.show(q, status, "search", title, page)
	}
	if one, err := d.named(q, page.Form); err != nil || one != "" {
		if err == nil {
			return q.redirect(Root + "/licenses/" + url.PathEscape(one))
		}
		return err
	}
	mark := q.r.URL.Query().Get("after")
	list, err := d.c.Register.List(q.r.Context(), filter, mark, pageSize)
	if err != nil {
		return err
	}
	for _, l := range list.Lines {
		page.Lines = append(page.Lines, d.line(l))
	}
	page.Unfinished = list.Unfinished
	if list.Next != "" {
		page.Next = pageAt(q, list.Next)
	}
	if mark != "" {
		page.First = pageAt(q, "")
	}
	return d.show(q, status, "search", title, page)
}

// pageAt gives the address of the same list at another mark.
func pageAt(q *request, mark string) string {
	query := q.r.URL.Query()
	query.Del("done")
	query.Set("after", mark)
	if mark == "" {
		query.Del("after")
	}
	for name, values := range query {
		if len(values) == 1 && values[0] == "" {
			query.Del(name)
		}
	}
	return q.r.URL.Path + "?" + query.Encode()
}

// filter reads what is looked for. A text is taken for what it has the form of.
func (d *Desk) filter(q *request, f pages.SearchForm) (register.Filter, *pages.Text) {
	filter := register.Filter{Industry: f.Industry, State: register.ListState(f.State), Authorities: d.own(q.who.Grant)}
	if !slices.Contains([]register.ListState{register.AnyState, register.InForce, register.TakenBack, register.PermitActs}, filter.State) {
		filter.State = register.AnyState
	}
	for _, day := range []struct {
		text string
		into *license.Date
	}{{f.From, &filter.EndsFrom}, {f.Until, &filter.Ends}} {
		if day.text == "" {
			continue
		}
		var err error
		if *day.into, err = license.ParseDate(day.text); err != nil {
			return filter, &pages.Text{ZH: "日期应为2026-01-31这样的形式。", EN: "A day has the form 2026-01-31."}
		}
	}
	if !filter.EndsFrom.IsZero() && filter.Ends.IsZero() {
		filter.Ends = latest
	}
	if f.Text == "" {
		return filter, nil
	}
	if license.CheckText(f.Text) != nil || utf8.RuneCountInString(f.Text) > 120 {
		return filter, &pages.Text{ZH: "文字过长，或含有不能查找的字符。", EN: "The text is too long, or has characters that nothing is found by."}
	}
	if code, err := license.ParseCreditCode(strings.ToUpper(f.Text)); err == nil {
		filter.CreditCode = code
		return filter, nil
	}
	if utf8.RuneCountInString(f.Text) < 2 {
		return filter, &pages.Text{ZH: "请至少输入两个字。", EN: "Write two characters at least."}
	}
	if hasDigits(f.Text) && d.permitNumbered(q, &filter, f.Text) {
		return filter, nil
	}
	filter.Beginnings = d.beginnings(f.Text)
	return filter, nil
}

// latest is the last day there is.
const latest = license.Date(1<<16 - 1)

func hasDigits(s string) bool { return strings.ContainsAny(s, "0123456789") }

// named gives the number of the license that the text names whole: by its
// number or an identifier. Nothing where it names none that may be seen.
func (d *Desk) named(q *request, f pages.SearchForm) (string, error) {
	text := strings.ToUpper(f.Text)
	if !hasDigits(text) || q.r.URL.Query().Get("after") != "" {
		return "", nil
	}
	v, err := d.c.Register.Current(q.r.Context(), text)
	if errors.Is(err, issuer.ErrNotFound) || err == nil && !d.sees(q, v.License) {
		return "", nil
	}
	return v.License.Number, err
}

// sees says whether somebody sees a license: the office all of them, a
// department those that list a permit of its own.
func (d *Desk) sees(q *request, l license.License) bool {
	own := d.own(q.who.Grant)
	return own == nil || slices.ContainsFunc(l.Permits, func(p license.Permit) bool { return slices.Contains(own, p.Authority) })
}

// permitNumbered looks whether a permit has that number, with any authority of
// the catalogue that somebody may see.
func (d *Desk) permitNumbered(q *request, filter *register.Filter, number string) bool {
	authorities := filter.Authorities
	if authorities == nil {
		today, err := d.c.Catalogue.On(d.today())
		if err != nil {
			return false
		}
		for _, a := range today.Authorities {
			authorities = append(authorities, a.Name)
		}
	}
	by := register.Filter{Permit: number, Authorities: authorities}
	found, err := d.c.Register.List(q.r.Context(), by, "", 1)
	if err != nil || len(found.Lines) == 0 {
		return false
	}
	filter.Permit, filter.Authorities = number, authorities
	return true
}

// beginnings are the ways in which the name of a business begins whose trade
// name does: names of businesses put the region before it, in full or short.
func (d *Desk) beginnings(text string) []string {
	district := d.c.Region.Name()
	short := func(s string) string { return strings.TrimRight(s, "省市区县") }
	before := []string{"", d.c.Region.FullName(), district, short(district)}
	for _, prefix := range []string{d.c.Region.Province(), d.c.Region.City()} {
		above := (license.Region(prefix) + "000000")[:6].Name()
		before = append(before, above, short(above), above+district, short(above)+short(district), above+short(district))
	}
	slices.Sort(before)
	all := make([]string, 0, len(before))
	for _, b := range slices.Compact(before) {
		all = append(all, b+text)
	}
	return all
}
