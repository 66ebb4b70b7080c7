package desk

import (
	"net/http"
	"strconv"
	"strings"

	pages "yizheng/templates/desk"
)

// script answers with the desk's one script, without which everything works
// as well.
func (d *Desk) script(q *request) error {
	h := q.w.Header()
	h.Set("Content-Type", "text/javascript; charset=utf-8")
	h.Set("Cache-Control", "public, max-age=300")
	q.written = true
	_, err := q.w.Write(pages.Script())
	return err
}

// loginPage says how to log in.
func (d *Desk) loginPage(q *request) error {
	if q.known {
		return q.redirect(target(q))
	}
	page := pages.LoginPage{Provider: d.c.Login != nil}
	if to := target(q); to != Root {
		page.To = to
	}
	for _, a := range d.c.Accounts {
		page.Accounts = append(page.Accounts, pages.Account{Name: pages.Text{ZH: a.Name, EN: a.NameEN}, Authority: a.Grant.Authority})
	}
	if q.r.URL.Query().Get("out") != "" && d.c.Login != nil {
		page.Goodbye = d.c.Login.Goodbye(q.r.Context(), d.c.URL+Root+"/login")
	}
	page.Out, page.Ended = q.r.URL.Query().Get("out") != "", q.r.URL.Query().Get("ended") != ""
	return d.show(q, http.StatusOK, "login", pages.Text{ZH: "登录", EN: "Log in"}, page)
}

// target is where somebody wanted to go before they were asked to log in; the
// desk itself where that is neither on it nor a result page.
func target(q *request) string {
	to := q.r.FormValue("to")
	if !local(to) {
		return Root
	}
	return to
}

// beginLogin sends the browser to the provider.
func (d *Desk) beginLogin(q *request) error {
	if d.c.Login == nil {
		return refuse(http.StatusNotFound, noPage, nil)
	}
	address, attempt, err := d.c.Login.Begin(q.r.Context())
	if err != nil {
		return err
	}
	attempt.To = target(q)
	d.c.Sessions.KeepAttempt(q.w, attempt)
	return q.redirect(address)
}

// finishLogin takes the browser back from the provider.
func (d *Desk) finishLogin(q *request) error {
	if d.c.Login == nil {
		return refuse(http.StatusNotFound, noPage, nil)
	}
	attempt := d.c.Sessions.TakeAttempt(q.w, q.r)
	grant, err := d.c.Login.Finish(q.r.Context(), attempt, q.r.URL.Query())
	if err != nil {
		return err
	}
	if err := d.c.Sessions.Start(q.r.Context(), q.w, q.r, grant); err != nil {
		return err
	}
	d.log.InfoContext(q.r.Context(), "logged in", "subject", grant.Subject, "authority", grant.Authority)
	if local(attempt.To) {
		return q.redirect(attempt.To)
	}
	return q.redirect(Root)
}

// takeAccount logs in as somebody of a demonstration. There are no such people
// elsewhere: New refuses them.
func (d *Desk) takeAccount(q *request) error {
	n, err := strconv.Atoi(q.r.PostForm.Get("account"))
	if err != nil || n < 0 || n >= len(d.c.Accounts) || !d.c.Demonstration {
		return refuse(http.StatusNotFound, noPage, nil)
	}
	if err := d.c.Sessions.Start(q.r.Context(), q.w, q.r, d.c.Accounts[n].Grant); err != nil {
		return err
	}
	return q.redirect(target(q))
}

// logout ends the session, here and on every node.
func (d *Desk) logout(q *request) error {
	if err := d.c.Sessions.End(q.w, q.r); err != nil {
		return err
	}
	return q.redirect(Root + "/login?out=1")
}

// trimmed gives a field of a form without white space around it.
func (q *request) trimmed(name string) string { return strings.TrimSpace(q.r.FormValue(name)) }
