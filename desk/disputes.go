package desk

import (
	"errors"
	"net/http"
	"strings"

	"yizheng/dispute"
	"yizheng/license"
	"yizheng/templates/answer"
	pages "yizheng/templates/desk"
)

// disputesShown is how many disputes a page lists.
const disputesShown = 100

// disputes lists those that were filed with this office and by it, what waits
// for an answer of ours first; a department sees those that it has filed.
func (d *Desk) disputes(q *request) error {
	page := pages.DisputesPage{Office: d.own(q.who.Grant) == nil}
	lists := []struct {
		filter dispute.Filter
		lines  *[]pages.DisputeLine
		shown  bool
	}{
		{dispute.Filter{Direction: dispute.Received, State: dispute.Open}, &page.Open, page.Office},
		{dispute.Filter{Direction: dispute.Received, State: dispute.Answered}, &page.Done, page.Office},
		{dispute.Filter{Direction: dispute.Sent, Organisation: strings.Join(d.own(q.who.Grant), "")}, &page.Sent, true},
	}
	for _, l := range lists {
		if !l.shown {
			continue
		}
		l.filter.Limit = disputesShown
		kept, err := d.c.Disputes.List(q.r.Context(), l.filter)
		if err != nil {
			return err
		}
		for _, k := range kept {
			*l.lines = append(*l.lines, disputeLine(k))
		}
	}
	return d.show(q, http.StatusOK, "disputes", pages.Text{ZH: "异议", EN: "Disputes"}, page)
}

// dispute shows one, with the form for its answer.
func (d *Desk) dispute(q *request) error {
	page, err := d.disputeOf(q)
	if err != nil {
		return err
	}
	return d.show(q, http.StatusOK, "dispute", pages.Text{ZH: "异议", EN: "Dispute"}, page)
}

// disputeOf finds the dispute that the path names, for those to whom it is
// listed; to others there is none.
func (d *Desk) disputeOf(q *request) (page pages.DisputePage, _ error) {
	k, err := d.c.Disputes.Find(q.r.Context(), q.r.PathValue("id"))
	if err != nil {
		return page, err
	}
	filed := k.Direction == dispute.Sent && q.who.ActsFor(k.Statement.Contact.Organisation)
	if !filed && d.own(q.who.Grant) != nil {
		return page, dispute.ErrNotFound
	}
	s := k.Statement
	page = pages.DisputePage{
		DisputeLine: disputeLine(k), Permit: s.Permit, Text: s.Text, Person: s.Contact.Name, Telephone: s.Contact.Telephone,
		Check: s.Check.ID, CheckedAt: s.Check.At, Found: answer.OutcomeVerdict(s.Check.Outcome).Word, ReceivedAt: k.ReceivedAt, Problem: k.Problem,
		Answers: k.Direction == dispute.Received && k.State == dispute.Open && d.may(q.who.Grant, toAnswer), Token: q.who.FormToken(),
		OursToSee: k.Direction == dispute.Received && d.may(q.who.Grant, toRead),
	}
	if a := k.Answer; a != nil {
		page.Answer = &pages.DisputeAnswer{Result: textOf(a.Result.Words()), Text: a.Text, Act: a.Act, By: a.By, Made: a.Made}
	}
	for _, r := range dispute.Results() {
		page.Results = append(page.Results, pages.Choice{Value: string(r), Text: textOf(r.Words())})
	}
	return page, nil
}

// answerDispute signs the answer to a dispute that was filed with this office.
func (d *Desk) answerDispute(q *request) error {
	page, err := d.disputeOf(q)
	if err != nil {
		return err
	}
	page.Written = pages.DisputeReply{Result: q.trimmed("result"), Text: q.trimmed("text"), Act: q.trimmed("act")}
	_, err = d.c.Disputes.Answer(q.r.Context(), page.ID, dispute.Reply{
		Result: dispute.Result(page.Written.Result), Text: flat(page.Written.Text), Act: page.Written.Act, By: d.c.IssuerName, Actor: q.who.Subject,
	})
	var faults license.Faults
	if errors.As(err, &faults) {
		page.Faults = faults
		return d.show(q, http.StatusUnprocessableEntity, "dispute", pages.Text{ZH: "异议", EN: "Dispute"}, page)
	}
	if err != nil {
		return err
	}
	return q.redirect(Root + "/disputes/" + page.ID + "?done=answered")
}

// disputeLine is a dispute as a list shows it.
func disputeLine(k dispute.Kept) pages.DisputeLine {
	l := pages.DisputeLine{ID: k.Statement.ID, KeptAt: k.KeptAt, License: k.Statement.License.String(), Region: string(k.Other()),
		Outward: k.Direction == dispute.Sent, Organisation: k.Statement.Contact.Organisation, Reason: textOf(k.Statement.Reason.Words()),
		State: answer.Badge{Text: textOf(k.State.Words()), Class: "warn", Icon: "clock"}}
	switch k.State {
	case dispute.Answered:
		l.State.Class, l.State.Icon = "good", "tick"
	case dispute.Refused:
		l.State.Class, l.State.Icon = "bad", "cross"
	}
	return l
}

func textOf(w dispute.Words) pages.Text { return pages.Text{ZH: w.ZH, EN: w.EN} }
