package api

import (
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"

	"github.com/labstack/echo/v4"

	"yizheng/api/access"
	"yizheng/api/login"
	"yizheng/license"
	"yizheng/payload"
	"yizheng/qr"
	"yizheng/templates"
	"yizheng/templates/pages"
	"yizheng/verifier"
)

// inspection is what somebody who is logged in has before them: a result, and
// what was written into its form so far.
type inspection struct {
	text    string // of the code
	result  verifier.Result
	method  string // how it was read
	status  int
	written url.Values
	faults  license.Faults
}

// answerPage answers a person with a result. Whoever is logged in at the desk
// may record the check on it; everybody else leaves nothing behind.
func (s *server) answerPage(c echo.Context, in inspection) error {
	recording, err := s.recording(c, in)
	if err != nil {
		return err
	}
	s.headPage(c)
	page := pages.ResultPage{Result: in.result, Address: addressOf(in.text), Site: s.c.URL, Code: s.codeAgain(in), Recording: recording}
	if recording == nil || recording.Login != "" {
		return s.compressed(c, in.status, func(w io.Writer) error { return pages.Result(w, page) })
	}
	c.Response().Header().Set("Referrer-Policy", "same-origin") // else its form would not say where it comes from
	c.Response().WriteHeader(in.status)
	return pages.Result(c.Response(), page)
}

// codeAgain is the symbol by which a result that was printed is verified again
// here: that of the license itself where it was shown live, since by then it is
// not. There is none where the text is no code, or too long for this host's
// name, nor of a document that lies: the code in it would not.
func (s *server) codeAgain(in inspection) pages.Code {
	_, code, err := payload.Find(in.text)
	if err != nil || in.result.Document.Lies() {
		return pages.Code{}
	}
	if code.Statement != nil {
		if _, live := code.Statement.Content.(payload.Presentation); live {
			code = code.Plain()
		}
	}
	symbol, err := qr.Encode(s.c.URL+"/v/", code.Digits())
	if err != nil {
		return pages.Code{}
	}
	side, path := templates.CodePath(symbol)
	return pages.Code{Side: side, Path: path}
}

// addressOf is where the page of a code stands; empty where the text is none.
func addressOf(text string) string {
	_, code, err := payload.Find(text)
	if err != nil {
		return ""
	}
	return "/v/" + code.Digits()
}

// recording is what the page of a result offers to those who record checks:
// nothing where nobody logs in, and where there is no license to speak of.
func (s *server) recording(c echo.Context, in inspection) (*pages.Recording, error) {
	if s.c.Sessions == nil || in.result.License == nil || !in.result.AsOf.IsZero() {
		return nil, nil // of an answer about the past nothing is recorded
	}
	address := addressOf(in.text)
	who, known, err := s.c.Sessions.Of(c.Request())
	switch {
	case err != nil:
		s.log.ErrorContext(c.Request().Context(), "looking for a session", "request", requestID(c), "error", err)
		return &pages.Recording{Away: true}, nil
	case !known:
		return &pages.Recording{Login: loginAddress(address)}, nil
	}
	page := &pages.Recording{Who: who.Subject, Authority: who.Authority, Token: who.FormToken(), Address: address, Method: in.method}
	if page.MayNot = !mayRecord(who.Grant); page.MayNot {
		return page, nil
	}
	if err := s.lookBack(c, page, who, in.result); err != nil {
		s.log.ErrorContext(c.Request().Context(), "looking for recorded checks", "request", requestID(c), "error", err)
		page.Away = true
		return page, nil
	}
	if page.Done != nil {
		return page, s.fillInContest(page.Done.Contest, who, in)
	}
	return page, s.fillIn(page, in)
}

// mayRecord says whether somebody may record a check: by the scope that a
// program's token needs, and for an authority.
func mayRecord(g access.Grant) bool {
	return g.Allows(access.VerificationWrite) && g.Authority != ""
}

// loginAddress is where somebody logs in who then comes back to a result.
func loginAddress(back string) string { return deskLogin + "?to=" + url.QueryEscape(back) }

// lookBack finds what the same person has recorded of the license: the record
// that the address names, and the last one.
func (s *server) lookBack(c echo.Context, page *pages.Recording, who login.Session, r verifier.Result) error {
	records, err := s.c.Register.Verifications(c.Request().Context(), r.License.Identifier.String(), listed)
	if err != nil {
		return err
	}
	named := c.QueryParam("recorded")
	if named == "" {
		named = c.Request().PostForm.Get("check") // of a dispute that has to be mended
	}
	for _, v := range records {
		if v.Organisation != who.Authority || v.Operator != who.Subject {
			continue
		}
		found := &pages.Recorded{Verification: v, Again: page.Address}
		if page.Before == nil {
			page.Before = found
		}
		if v.ID == named {
			page.Done = found
		}
	}
	if page.Done == nil {
		return nil
	}
	return s.contestable(c, page.Done, who, r)
}

// fillIn makes the form, under a key of its own: however often it is sent, it
// is recorded once.
func (s *server) fillIn(page *pages.Recording, in inspection) error {
	l := in.result.License
	place, purpose, matter := l.Holder.Premises, "", ""
	if in.written != nil {
		place, purpose, matter = in.written.Get("place"), in.written.Get("purpose"), in.written.Get("matter")
		page.Key = in.written.Get("key")
	}
	var err error
	if page.Key, err = s.formKey(page.Key); err != nil {
		return err
	}
	matters := make([]string, len(l.Permits))
	for i, p := range l.Permits {
		matters[i] = p.Matter
	}
	page.Fields = pages.Fields(place, purpose, matter, matters, in.faults)
	return nil
}

// formKey gives the key that a form has already, or draws one.
func (s *server) formKey(has string) (string, error) {
	if has != "" {
		return has, nil
	}
	var b [16]byte
	if _, err := io.ReadFull(s.c.Rand, b[:]); err != nil {
		return "", fmt.Errorf("drawing the key of a form: %w", err)
	}
	return hex.EncodeToString(b[:]), nil
}

// recordOnPage records a check by the form of the result page, and shows the
// page again, by an address that can be loaded as often as one likes.
func (s *server) recordOnPage(c echo.Context) error {
	if err := s.foreign.Check(c.Request()); err != nil {
		return fail(reasonForeignForm, err)
	}
	text := s.opened(c)
	who, known, err := s.c.Sessions.Of(c.Request())
	if err != nil {
		return err
	}
	if !known { // the log-in has run out; nothing was recorded
		return c.Redirect(http.StatusSeeOther, loginAddress("/v/"+c.Param("*"))+"&ended=yes")
	}
	c.Set(keyGrant, who.Grant)
	if err := c.Request().ParseForm(); err != nil {
		return formError(err)
	}
	form := c.Request().PostForm
	switch {
	case !who.Wrote(form.Get("token")):
		return fail(reasonForeignForm, nil)
	case !mayRecord(who.Grant):
		return fail(reasonMayNotRecord, nil)
	case form.Get("key") == "" || len(form.Get("key")) > maxKey:
		return fail(reasonMalformed, errors.New("the form has no key"))
	case form.Get("check") != "":
		return s.contestOnPage(c, who, text, form)
	}
	request := verificationRequest{Text: text, Place: form.Get("place"), Purpose: form.Get("purpose"), Matter: form.Get("matter"), Method: form.Get("method")}
	request.trim()
	key := fmt.Sprintf("%q %q page %s", who.Issuer, who.Subject, form.Get("key"))
	done, err := s.record(c, who.Grant, key, request)
	var faults license.Faults
	if errors.As(err, &faults) {
		_, r := s.examineTexts(c, "address", handedIn{texts: []string{text}})
		return s.answerPage(c, inspection{text: text, result: r, method: request.Method, status: http.StatusUnprocessableEntity, written: form, faults: faults})
	}
	if failureOf(err).Reason == reasonKeyReused { // sent again from an old page, with other words: what counts is on record
		done.Verification.ID, err = recordID(key), nil
	}
	if err != nil {
		return err
	}
	return c.Redirect(http.StatusSeeOther, "/v/"+c.Param("*")+"?recorded="+done.Verification.ID+"#record")
}

// opened is the address that a code holds, as the phone opened it, whatever
// stands between it and us.
func (s *server) opened(c echo.Context) string {
	text := s.c.URL + "/v/" + c.Param("*")
	return text[:min(len(text), maxText)]
}
