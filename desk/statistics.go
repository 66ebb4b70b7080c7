package desk

import (
	"cmp"
	"context"
	"fmt"
	"net/http"
	"slices"
	"time"

	"yizheng/license"
	"yizheng/register"
	"yizheng/templates/answer"
	pages "yizheng/templates/desk"
	"yizheng/verifier"
)

// months is how many are counted, this one included.
const months = 12

// CountAhead counts what the statistics show, and keeps it where it is settled:
// of a million licenses and checks that takes many seconds, for which nobody
// who looks at them is to wait.
func (d *Desk) CountAhead(ctx context.Context) error {
	_, _, err := d.tallies(ctx)
	return err
}

// tallies gives what was counted within a year, and where that begins.
func (d *Desk) tallies(ctx context.Context) (first time.Time, counted []register.Tally, err error) {
	now := d.now().In(shanghai)
	first = now.AddDate(0, 0, 1-now.Day()).AddDate(0, 1-months, 0)
	counted, err = d.c.Register.Tallies(ctx, license.DateOf(first), d.today(), d.now())
	return first, counted, err
}

// statistics shows what was issued and checked within a year.
func (d *Desk) statistics(q *request) error {
	first, tallies, err := d.tallies(q.r.Context())
	if err != nil {
		return err
	}
	issued, checked := counts{}, counts{}
	industries, outcomes, organs := counts{}, counts{}, counts{}
	for _, t := range tallies {
		month := t.Day.String()[:7]
		if t.Kind == register.Issued {
			issued.add(month, t.Number)
			if t.First == "issue" {
				industries.add(t.Second, t.Number)
			}
			continue
		}
		checked.add(month, t.Number)
		outcomes.add(outcomeWord(t.First), t.Number)
		organs.add(d.organ(t.Second), t.Number)
	}
	page := pages.StatisticsPage{From: license.DateOf(first).String(), Until: d.today().String()}
	var byMonth, checksByMonth []pages.Bar
	for m := range months {
		month := first.AddDate(0, m, 0).Format("2006-01")
		byMonth = append(byMonth, pages.Bar{Label: month, Short: month[5:], Value: issued[month]})
		checksByMonth = append(checksByMonth, pages.Bar{Label: month, Short: month[5:], Value: checked[month]})
	}
	page.Plots = append(page.Plots,
		pages.Columns(pages.Text{ZH: "每月制发（含变更、延续）", EN: "Issued each month, changes and renewals too"}, byMonth),
		pages.Rows(pages.Text{ZH: "新制发，按行业", EN: "New licenses by industry"}, industries.bars()))
	if d.may(q.who.Grant, toSeeChecks) {
		page.Plots = append(page.Plots,
			pages.Columns(pages.Text{ZH: "每月登记的核验", EN: "Checks recorded each month"}, checksByMonth),
			pages.Rows(pages.Text{ZH: "核验，按结论", EN: "Checks by outcome"}, outcomes.bars()),
			pages.Rows(pages.Text{ZH: "核验，按被核验证的发证机关", EN: "Checks by the organ that issued what was checked"}, organs.bars()))
	}
	return d.show(q, http.StatusOK, "statistics", pages.Text{ZH: "统计", EN: "Statistics"}, page)
}

// counts are numbers by what they count.
type counts map[string]int64

func (c counts) add(what string, n int64) { c[what] += n }

// bars puts the largest first, and gathers the small ones after the twentieth.
func (c counts) bars() []pages.Bar {
	var all []pages.Bar
	for label, value := range c {
		all = append(all, pages.Bar{Label: label, Value: value})
	}
	slices.SortFunc(all, func(a, b pages.Bar) int { return cmp.Or(cmp.Compare(b.Value, a.Value), cmp.Compare(a.Label, b.Label)) })
	const most = 20
	if len(all) <= most {
		return all
	}
	rest := pages.Bar{Label: fmt.Sprintf("其余%d项 others", len(all)-most)}
	for _, b := range all[most:] {
		rest.Value += b.Value
	}
	return append(all[:most], rest)
}

// outcomeWord says an outcome as the result page does.
func outcomeWord(outcome string) string {
	word := answer.OutcomeWord(verifier.Outcome(outcome))
	return word.ZH + " " + word.EN
}

// organ names the organ that issued what was checked, by its credit code.
func (d *Desk) organ(code string) string {
	if name := d.c.Issuers(code); name != "" {
		return name
	}
	return code
}
