package desk

import (
	"net/http"
	"slices"
	"strconv"

	pages "yizheng/templates/desk"
)

// spans are the days ahead that can be looked at.
var spans = []int{30, 60, 90, 180}

// expiring lists the permits that end soon, the first ones first.
func (d *Desk) expiring(q *request) error {
	days, err := strconv.Atoi(q.trimmed("days"))
	if err != nil || !slices.Contains(spans, days) {
		days = spans[0]
	}
	mark := q.r.URL.Query().Get("after")
	found, err := d.c.Register.List(q.r.Context(), d.ending(q, days), mark, pageSize)
	if err != nil {
		return err
	}
	page := pages.ExpiringPage{Days: days, Spans: spans, Issues: d.may(q.who.Grant, toIssue), Unfinished: found.Unfinished}
	for _, l := range found.Lines {
		page.Lines = append(page.Lines, d.line(l))
	}
	if found.Next != "" {
		page.Next = pageAt(q, found.Next)
	}
	if mark != "" {
		page.First = pageAt(q, "")
	}
	return d.show(q, http.StatusOK, "expiring", pages.Text{ZH: "即将到期", EN: "Ending soon"}, page)
}
