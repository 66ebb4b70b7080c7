package api

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"github.com/labstack/echo/v4"

	"yizheng/api/access"
	"yizheng/api/login"
	"yizheng/dispute"
	"yizheng/license"
	"yizheng/templates/answer"
	"yizheng/templates/pages"
	"yizheng/verifier"
)

// contestable says on the page of a recorded check which disputes came of it,
// and offers to file one to those who may.
func (s *server) contestable(c echo.Context, done *pages.Recorded, who login.Session, r verifier.Result) error {
	if s.c.Disputes == nil {
		return nil
	}
	filed, err := s.c.Disputes.List(c.Request().Context(), dispute.Filter{
		Direction: dispute.Sent, License: done.License.String(), Organisation: who.Authority, Limit: listed})
	if err != nil {
		return err
	}
	for _, k := range filed {
		if k.Statement.Check.ID != done.ID {
			continue
		}
		d := pages.Dispute{ID: k.Statement.ID, Reason: said(k.Statement.Reason.Words()), State: said(k.State.Words())}
		if who.Allows(access.DisputeRead) {
			d.Address = "/desk/disputes/" + d.ID
		}
		if k.Answer != nil {
			d.Result, d.Says = said(k.Answer.Result.Words()), k.Answer.Text
		}
		done.Disputes = append(done.Disputes, d)
	}
	if who.Allows(access.DisputeWrite) {
		done.Contest = &pages.ContestForm{Issuer: r.License.Issuer, Permits: r.License.Permits}
	}
	return nil
}

// fillInContest makes the form, with what was written so far, under a key of
// its own; form is nil for those who may not file.
func (s *server) fillInContest(form *pages.ContestForm, who login.Session, in inspection) (err error) {
	if form == nil {
		return nil
	}
	for _, r := range dispute.Reasons() {
		form.Reasons = append(form.Reasons, pages.Choice{Value: string(r), Text: said(r.Words())})
	}
	form.MostText, form.MostName, form.MostNumber = dispute.MaxText, license.MaxPurpose, dispute.MaxTelephone
	form.Name, form.Faults = who.Subject, in.faults
	if w := in.written; w != nil {
		form.Key, form.Permit, form.Reason, form.Text, form.Name, form.Telephone = w.Get("key"), w.Get("permit"), w.Get("reason"), w.Get("text"), w.Get("name"), w.Get("telephone")
	}
	form.Key, err = s.formKey(form.Key)
	return err
}

// contestOnPage files a dispute by the form of the result page, in the name of
// the authority that made the check.
func (s *server) contestOnPage(c echo.Context, who login.Session, text string, form url.Values) error {
	if s.c.Disputes == nil || !who.Allows(access.DisputeWrite) {
		return fail(reasonMayNotContest, nil)
	}
	_, _, err := s.c.Disputes.File(c.Request().Context(), dispute.Order{
		Key: fmt.Sprintf("%q %q page %s", who.Issuer, who.Subject, form.Get("key")), Check: form.Get("check"), Permit: form.Get("permit"),
		Reason: dispute.Reason(form.Get("reason")), Text: strings.Join(strings.Fields(form.Get("text")), " "),
		Contact: dispute.Contact{Organisation: who.Authority, Name: strings.TrimSpace(form.Get("name")), Telephone: strings.TrimSpace(form.Get("telephone"))},
		Actor:   who.Subject,
	})
	if err = disputeFailure(err); err != nil && !errors.Is(err, dispute.ErrReused) { // an old page with other words leads to what is on record
		faults := failureOf(err).Faults
		if len(faults) == 0 {
			return err
		}
		_, r := s.examineTexts(c, "address", handedIn{texts: []string{text}})
		return s.answerPage(c, inspection{text: text, result: r, status: http.StatusUnprocessableEntity, written: form, faults: faults})
	}
	return c.Redirect(http.StatusSeeOther, "/v/"+c.Param("*")+"?recorded="+url.QueryEscape(form.Get("check"))+"#record")
}

// said is a word of the dispute package on a page.
func said(w dispute.Words) answer.Text { return answer.Text{ZH: w.ZH, EN: w.EN} }
