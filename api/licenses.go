package api

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"time"

	"github.com/labstack/echo/v4"

	"yizheng/catalog"
	"yizheng/issuer"
	"yizheng/license"
	"yizheng/register"
)

// office gives the actor for what only the issuing office does. A token that
// acts for anybody else is refused, whatever its scopes.
func (s *server) office(c echo.Context) (issuer.Actor, error) {
	g := grantOf(c)
	if !g.ActsFor(s.c.IssuerName) {
		return issuer.Actor{}, fail("not_the_issuer", nil)
	}
	return issuer.Operator(g.Subject), nil
}

// application reads the body as an application, with every fault of it.
func application(c echo.Context) (catalog.Application, error) {
	b, err := jsonBody(c)
	if err != nil {
		return catalog.Application{}, err
	}
	return catalog.ParseApplication(b)
}

// preview shows what an application would become; it writes nothing.
func (s *server) preview(c echo.Context) error {
	draft, err := s.draft(c)
	if err != nil {
		return err
	}
	return c.JSON(http.StatusOK, draft)
}

// specimen shows the document that an application would become.
func (s *server) specimen(c echo.Context) error {
	e, err := editionOf(c)
	if err != nil {
		return err
	}
	draft, err := s.draft(c)
	if err != nil {
		return err
	}
	file, err := s.c.Renderer.Specimen(draft.License, e)
	if err != nil {
		return err
	}
	return c.Blob(http.StatusOK, "application/pdf", file)
}

func (s *server) draft(c echo.Context) (issuer.Draft, error) {
	if _, err := s.office(c); err != nil {
		return issuer.Draft{}, err
	}
	app, err := application(c)
	if err != nil {
		return issuer.Draft{}, err
	}
	return s.c.Issuer.Preview(c.Request().Context(), app)
}

// order says who asks for a new version, and under which key.
func (s *server) order(c echo.Context) (issuer.Order, error) {
	actor, err := s.office(c)
	if err != nil {
		return issuer.Order{}, err
	}
	key, err := idempotencyKey(c)
	return issuer.Order{Actor: actor, Key: key}, err
}

// issue issues a license.
func (s *server) issue(c echo.Context) error {
	o, err := s.order(c)
	if err != nil {
		return err
	}
	app, err := application(c)
	if err != nil {
		return err
	}
	issued, err := s.c.Issuer.Issue(c.Request().Context(), []catalog.Application{app}, o)
	if err != nil {
		return err
	}
	if len(issued) != 1 {
		return fmt.Errorf("issuing one license gave %d", len(issued))
	}
	return s.answerIssued(c, issued[0])
}

// change makes a new version: by default a change, with operation=renew a
// renewal.
func (s *server) change(c echo.Context) error {
	o, err := s.order(c)
	if err != nil {
		return err
	}
	supersede := s.c.Issuer.Change
	switch c.QueryParam("operation") {
	case "", "change":
	case "renew":
		supersede = s.c.Issuer.Renew
	default:
		return fail(reasonParameter, errors.New("operation is neither change nor renew"))
	}
	app, err := application(c)
	if err != nil {
		return err
	}
	issued, err := supersede(c.Request().Context(), c.Param("id"), app, o)
	if err != nil {
		return err
	}
	return s.answerIssued(c, issued)
}

func (s *server) answerIssued(c echo.Context, issued issuer.Issued) error {
	if !issued.Repeated {
		s.c.Changed()
	}
	c.Response().Header().Set("Location", s.c.URL+"/v1/licenses/"+url.PathEscape(issued.License.Identifier.String()))
	return c.JSON(created(issued.Repeated), issued)
}

// actRequest is the body of an act: its reason, which is recorded.
type actRequest struct {
	Reason string `json:"reason"`
}

// withdraw withdraws the integrated license. Its permits stay in force, and
// the answer says so. Asking again changes nothing.
func (s *server) withdraw(c echo.Context) error {
	actor, err := s.office(c)
	if err != nil {
		return err
	}
	key, err := keyOfAct(c)
	if err != nil {
		return err
	}
	var request actRequest
	if err := decodeJSON(c, &request); err != nil {
		return err
	}
	withdrawn, err := s.c.Issuer.Withdraw(c.Request().Context(), c.Param("id"), request.Reason, issuer.Order{Actor: actor, Key: key})
	if err != nil {
		return err
	}
	if !withdrawn.Repeated {
		s.c.Changed()
	}
	return c.JSON(http.StatusOK, withdrawn)
}

// actOnPermit carries out an authority's act on its own permit. The issuing
// office has no say here: whoever granted a permit answers for it (谁审批、
// 谁负责). Asking for the state that stands already changes nothing, and neither
// does asking again under the same key, whatever was done since.
func (s *server) actOnPermit(c echo.Context) error {
	g := grantOf(c)
	if g.Authority == "" {
		return fail(reasonAuthority, nil)
	}
	number, err := url.PathUnescape(c.Param("number"))
	if err != nil {
		return fail(reasonParameter, err)
	}
	key, err := keyOfAct(c)
	if err != nil {
		return err
	}
	var request actRequest
	if err := decodeJSON(c, &request); err != nil {
		return err
	}
	acted, err := s.c.Issuer.SetPermit(c.Request().Context(), c.Param("id"), number,
		issuer.Act(c.Param("act")), request.Reason, issuer.Order{Actor: issuer.Department(g.Subject, g.Authority), Key: key})
	if err != nil {
		return err
	}
	if !acted.Repeated {
		s.c.Changed()
	}
	return c.JSON(http.StatusOK, acted)
}

// shownLicense is the newest version of a license and the list of all.
type shownLicense struct {
	issuer.Issued
	IssuedAt time.Time      `json:"issuedAt"`
	Versions []shownVersion `json:"versions"`
}

type shownVersion struct {
	Identifier string        `json:"identifier"`
	State      license.State `json:"state"`
	IssuedAt   time.Time     `json:"issuedAt"`
}

// showLicense shows the newest version of a license.
func (s *server) showLicense(c echo.Context) error {
	current, err := s.c.Register.Current(c.Request().Context(), c.Param("id"))
	if err != nil {
		return licenseError(err)
	}
	id := current.License.Identifier
	versions := []issuer.RecordedVersion{{Identifier: id.String(), IssuedAt: current.IssuedAt, State: current.State}}
	if id.Version > 1 { // most licenses are at their first, which has none before it
		if versions, err = s.c.Register.Versions(c.Request().Context(), id.Base()); err != nil {
			return licenseError(err)
		}
	}
	shown := shownLicense{IssuedAt: current.IssuedAt, Issued: issuer.Issued{
		License: current.License, Text: current.Text, State: current.State, Permits: current.States,
	}}
	for _, v := range versions {
		shown.Versions = append(shown.Versions, shownVersion{v.Identifier, v.State, v.IssuedAt})
	}
	return c.JSON(http.StatusOK, shown)
}

// licenseError names what was not found.
func licenseError(err error) error {
	if errors.Is(err, issuer.ErrNotFound) {
		return fail("license_not_found", err)
	}
	return err
}

// foundLicenses is one page of a list.
type foundLicenses struct {
	Licenses []register.Found `json:"licenses"`
	Next     string           `json:"next,omitempty"` // the page that follows: the parameter after of the next request
}

// listLicenses lists by holder, by number, by permit, or the newest first.
func (s *server) listLicenses(c echo.Context) error {
	limit, err := limitParameter(c, 50, 200)
	if err != nil {
		return err
	}
	ctx := c.Request().Context()
	var page foundLicenses
	switch {
	case c.QueryParam("holder") != "":
		page, err = s.ofHolder(ctx, license.CreditCode(c.QueryParam("holder")), c.QueryParam("after"), limit)
	case c.QueryParam("number") != "":
		page.Licenses, err = s.c.Register.ByNumber(ctx, c.QueryParam("number"))
	case c.QueryParam("permit") != "":
		page.Licenses, err = s.c.Register.ByPermit(ctx, c.QueryParam("authority"), c.QueryParam("permit"), limit)
	default:
		page, err = s.recent(c, limit)
	}
	if err != nil {
		return err
	}
	if page.Licenses == nil {
		page.Licenses = []register.Found{}
	}
	return c.JSON(http.StatusOK, page)
}

// ofHolder gives a page of a holder's licenses, from a mark on.
func (s *server) ofHolder(ctx context.Context, code license.CreditCode, mark string, limit int) (foundLicenses, error) {
	var found []register.Found
	var err error
	if mark != "" {
		found, err = s.c.Register.ByHolderAfter(ctx, code, mark, limit+1)
	} else {
		found, err = s.c.Register.ByHolder(ctx, code, limit+1)
	}
	return pageOf(found, limit, register.Found.MarkOfHolder), err
}

// recent gives a page of the newest licenses.
func (s *server) recent(c echo.Context, limit int) (foundLicenses, error) {
	ctx := c.Request().Context()
	var found []register.Found
	var err error
	if mark := c.QueryParam("after"); mark != "" {
		found, err = s.c.Register.RecentAfter(ctx, mark, limit+1)
	} else {
		found, err = s.c.Register.Recent(ctx, s.c.Clock(), limit+1)
	}
	return pageOf(found, limit, register.Found.Mark), err
}

// pageOf is a page of what was found, which is one more where others follow.
func pageOf(found []register.Found, limit int, mark func(register.Found) string) foundLicenses {
	if len(found) <= limit {
		return foundLicenses{Licenses: found}
	}
	return foundLicenses{Licenses: found[:limit], Next: mark(found[limit-1])}
}
