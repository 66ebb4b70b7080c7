package api

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"strconv"

	"github.com/labstack/echo/v4"

	"yizheng/api/access"
	"yizheng/api/login"
	"yizheng/license"
	"yizheng/templates/showing"
)

// Login is where businesses log in. login.Provider is one; see there for each
// promise.
type Login interface {
	Begin(ctx context.Context) (string, login.Attempt, error)
	Finish(ctx context.Context, a login.Attempt, answer url.Values) (access.Grant, error)
	Goodbye(ctx context.Context, back string) string
}

// Entrance lets businesses log in to the pages that a holder link opens, at an
// OpenID Connect provider that vouches for their credit code.
type Entrance struct {
	Sessions *login.Sessions // required; of a cookie of their own
	Login    Login           // nil: nobody logs in but the accounts
	// Accounts are businesses of a demonstration, which are let in without a
	// password.
	Accounts []HolderAccount
}

// HolderAccount is a business of a demonstration.
type HolderAccount struct {
	Name string
	Code license.CreditCode
}

// check refuses an entrance that is open to all, or to nobody.
func (e *Entrance) check(demonstration bool) error {
	switch {
	case e == nil:
		return nil
	case e.Sessions == nil || e.Login == nil && len(e.Accounts) == 0:
		return errors.New("an Entrance needs Sessions, and Login or Accounts")
	case len(e.Accounts) > 0 && !demonstration:
		return errors.New("accounts without a password are for demonstrations only")
	}
	return nil
}

// mine stands in the place of a link's token in the addresses of a business
// that is logged in. No token is as short.
const mine = "me"

// Where businesses log in, and where their pages begin.
const (
	holderHome  = "/h/" + mine
	holderLogin = holderHome + "/login"
)

// HolderLoginBack is the path to which a provider sends businesses back.
const HolderLoginBack = holderLogin + "/back"

// entered finds which business is logged in.
func (s *server) entered(c echo.Context) (visitor, error) {
	if s.c.Entrance == nil {
		return visitor{}, fail(reasonNotFound, nil)
	}
	who, known, err := s.c.Entrance.Sessions.Of(c.Request())
	if err != nil {
		return visitor{}, err
	}
	if !known || who.Holder == "" {
		return visitor{}, fail(reasonHolderOut, nil)
	}
	page := showing.Page{Demonstration: s.c.Demonstration, Home: holderHome, Token: who.FormToken(), Out: holderHome + "/logout"}
	return visitor{of: license.CreditCode(who.Holder), by: "holder " + who.Holder + " by " + who.Issuer, page: page, session: &who}, nil
}

// holderLoginPage says how a business logs in.
func (s *server) holderLoginPage(c echo.Context) error {
	if _, err := s.entered(c); err == nil {
		return c.Redirect(http.StatusSeeOther, holderHome)
	}
	page := showing.LoginPage{Page: showing.Page{Demonstration: s.c.Demonstration}, Provider: s.c.Entrance.Login != nil, Out: c.QueryParam("out") != ""}
	for _, a := range s.c.Entrance.Accounts {
		page.Accounts = append(page.Accounts, a.Name)
	}
	if page.Out && page.Provider {
		page.Goodbye = s.c.Entrance.Login.Goodbye(c.Request().Context(), s.c.URL+holderLogin)
	}
	s.headShowing(c)
	return showing.Login(c.Response(), page)
}

// beginHolderLogin sends the browser to the provider.
func (s *server) beginHolderLogin(c echo.Context) error {
	if s.c.Entrance.Login == nil {
		return fail(reasonNotFound, nil)
	}
	address, attempt, err := s.c.Entrance.Login.Begin(c.Request().Context())
	if err != nil {
		return err
	}
	s.c.Entrance.Sessions.KeepAttempt(c.Response(), attempt)
	return c.Redirect(http.StatusSeeOther, address)
}

// finishHolderLogin takes the browser back from the provider. Whoever it names
// no credit code of is let in nowhere.
func (s *server) finishHolderLogin(c echo.Context) error {
	if s.c.Entrance.Login == nil {
		return fail(reasonNotFound, nil)
	}
	grant, err := s.c.Entrance.Login.Finish(c.Request().Context(), s.c.Entrance.Sessions.TakeAttempt(c.Response(), c.Request()), c.QueryParams())
	var refused *access.TokenError
	if errors.As(err, &refused) || errors.Is(err, login.ErrAttempt) || errors.Is(err, login.ErrRefused) {
		return fail(reasonLoginFailed, err)
	}
	if err != nil {
		return err
	}
	return s.enter(c, access.Grant{Issuer: grant.Issuer, Subject: grant.Subject, Holder: grant.Holder})
}

// enter begins the session of a business.
func (s *server) enter(c echo.Context, g access.Grant) error {
	code, err := license.ParseCreditCode(g.Holder)
	if err != nil {
		return fail(reasonNoHolder, err)
	}
	g.Holder = string(code)
	if err := s.c.Entrance.Sessions.Start(c.Request().Context(), c.Response(), c.Request(), g); err != nil {
		return err
	}
	return c.Redirect(http.StatusSeeOther, holderHome)
}

// takeHolderAccount lets in a business of a demonstration.
func (s *server) takeHolderAccount(c echo.Context) error {
	if err := s.foreign.Check(c.Request()); err != nil {
		return fail(reasonForeignForm, err)
	}
	n, err := strconv.Atoi(c.FormValue("account"))
	if err != nil || n < 0 || n >= len(s.c.Entrance.Accounts) || !s.c.Demonstration {
		return fail(reasonNotFound, nil)
	}
	a := s.c.Entrance.Accounts[n]
	return s.enter(c, access.Grant{Issuer: "urn:yizheng:demonstration", Subject: a.Name, Holder: string(a.Code)})
}

// leave ends the session of a business, here and on every node.
func (s *server) leave(c echo.Context) error {
	v, err := s.entered(c)
	if err == nil {
		err = v.wrote(c)
	}
	if err != nil {
		return err
	}
	if err := s.c.Entrance.Sessions.End(c.Response(), c.Request()); err != nil {
		return err
	}
	return c.Redirect(http.StatusSeeOther, holderLogin+"?out=1")
}

// wrote holds a form to the session that is logged in; where a link was opened
// its address is proof enough.
func (v visitor) wrote(c echo.Context) error {
	if v.session != nil && !v.session.Wrote(c.FormValue("token")) {
		return fail(reasonForeignForm, nil)
	}
	return nil
}
