package api

import (
	"context"
	"errors"
	"net/http"
	"time"

	"github.com/labstack/echo/v4"

	"yizheng/api/login"
	"yizheng/holder"
	"yizheng/issuer"
	"yizheng/license"
	"yizheng/payload"
	"yizheng/qr"
	"yizheng/templates"
	"yizheng/templates/answer"
	"yizheng/templates/showing"
)

// visitor is who opened a holder's page, and may show the holder's licenses.
type visitor struct {
	of   license.CreditCode
	by   string // for the audit trail
	page showing.Page

	session *login.Session // of a business that is logged in; nil where a link was opened
}

// visitor finds who the path's token lets in.
func (s *server) visitor(c echo.Context) (visitor, error) {
	c.Response().Header().Set("X-Robots-Tag", "noindex, nofollow")
	if c.Param("token") == mine {
		return s.entered(c)
	}
	token := holder.Token(c.Param("token"))
	link, err := s.c.Links.Open(c.Request().Context(), token)
	if err != nil {
		return visitor{}, err
	}
	return visitor{of: link.Holder, by: "holder link " + link.ID, page: showing.Page{Demonstration: s.c.Demonstration, Home: "/h/" + token.Secret()}}, nil
}

// address is that of the page of one of the visitor's licenses.
func (v visitor) address(l license.License) string { return v.page.Home + "/" + l.Identifier.Base() }

// mostLicenses is how many licenses of one holder a page lists.
const mostLicenses = 50

// licenses lists the visitor's licenses, from a mark on, with the state that each
// is in, and gives the mark at which the list goes on.
func (s *server) licenses(ctx context.Context, v visitor, mark string) (some []showing.License, next string, _ error) {
	found, err := s.ofHolder(ctx, v.of, mark, mostLicenses)
	if err != nil {
		return nil, "", err
	}
	for _, f := range found.Licenses {
		version, err := s.c.Register.Version(ctx, f.Identifier)
		if err != nil {
			return nil, "", err
		}
		some = append(some, s.shownAs(ctx, v, version))
	}
	return some, found.Next, nil
}

// shownAs puts a version into the words of a page.
func (s *server) shownAs(ctx context.Context, v visitor, version issuer.Version) showing.License {
	l := version.License
	return showing.License{
		Address: v.address(l), Holder: l.Holder, Number: l.Number, Matter: l.Industry,
		Verdict: answer.VerdictOf(s.c.Verifier.Verify(ctx, version.Text)),
	}
}

// ownLicense finds the license that the path names, if it is the visitor's.
// Another holder's is not there, whoever asks.
func (s *server) ownLicense(c echo.Context) (visitor, issuer.Version, error) {
	v, err := s.visitor(c)
	if err != nil {
		return v, issuer.Version{}, err
	}
	version, err := s.c.Register.Current(c.Request().Context(), c.Param("license"))
	if errors.Is(err, issuer.ErrNotFound) || err == nil && version.License.Holder.CreditCode != v.of {
		return v, version, fail("license_not_found", err)
	}
	return v, version, err
}

// showHolder answers the holder's link: with the live code of the only
// license, or with the list of several.
func (s *server) showHolder(c echo.Context) error {
	v, err := s.visitor(c)
	if failureOf(err).Reason == reasonHolderOut {
		return c.Redirect(http.StatusSeeOther, holderLogin)
	}
	if err != nil {
		return err
	}
	mark := c.QueryParam("after")
	some, next, err := s.licenses(c.Request().Context(), v, mark)
	if err != nil {
		return err
	}
	if len(some) == 1 && mark == "" && v.session == nil {
		return c.Redirect(http.StatusSeeOther, some[0].Address)
	}
	s.headShowing(c)
	return showing.List(c.Response(), showing.ListPage{Page: v.page, Licenses: some, Next: next})
}

// headShowing sets the headers of a holder's page.
func (s *server) headShowing(c echo.Context) {
	h := c.Response().Header()
	h.Set("Content-Security-Policy", showing.Policy())
	h.Set(echo.HeaderContentType, "text/html; charset=utf-8")
}

// showLive answers with the page of a live code.
func (s *server) showLive(c echo.Context) error {
	v, version, err := s.ownLicense(c)
	if err != nil {
		return err
	}
	ctx := c.Request().Context()
	live, code, err := s.live(version)
	if errors.Is(err, payload.ErrMalformed) || errors.Is(err, qr.ErrTooLarge) {
		live, code, err = holder.Shown{Text: version.Text, Made: s.c.Clock()}, showing.Code{}, nil
	}
	if err != nil {
		return err
	}
	some, next, err := s.licenses(ctx, v, "")
	if err != nil {
		return err
	}
	page := showing.LivePage{
		Page: v.page, License: s.shownAs(ctx, v, version), View: answer.Of(s.c.Verifier.Verify(ctx, live.Text)), Code: code, Licenses: some, More: next != "",
		Every: int(holder.Interval / time.Second), Lives: int(payload.PresentationLife / time.Second), Clock: clockText(live.Made),
	}
	for i := range page.Licenses {
		page.Licenses[i].Current = page.Licenses[i].Address == page.License.Address
	}
	s.headShowing(c)
	return showing.Live(c.Response(), page)
}

// live makes a live code of a version, and draws it.
func (s *server) live(version issuer.Version) (holder.Shown, showing.Code, error) {
	live, err := s.c.Presenter.Live(version.Text)
	if err != nil {
		return live, showing.Code{}, err
	}
	prefix, code, err := payload.Find(live.Text)
	if err != nil {
		return live, showing.Code{}, err
	}
	symbol, err := qr.Encode(prefix, code.Digits())
	if err != nil {
		return live, showing.Code{}, err
	}
	side, path := templates.CodePath(symbol)
	return live, showing.Code{Side: side, Path: path}, nil
}

// china is the zone in which people are told the time.
var china = time.FixedZone("UTC+8", 8*60*60)

func clockText(t time.Time) string { return t.In(china).Format(time.TimeOnly) }

// freshCode is a live code as the page's script takes it.
type freshCode struct {
	showing.Code
	Text  string    `json:"text"`
	Made  time.Time `json:"made"`
	Clock string    `json:"clock"` // the same in Shanghai, HH:MM:SS
}

// renewLive answers with a new live code. It is the one thing that a page
// fetches, so it says no more than that.
func (s *server) renewLive(c echo.Context) error {
	_, version, err := s.ownLicense(c)
	if err != nil {
		return err
	}
	live, code, err := s.live(version)
	if err != nil {
		return err
	}
	return c.JSON(http.StatusOK, freshCode{code, live.Text, live.Made, clockText(live.Made)})
}

// liveScript answers with what the page of a live code runs.
func (s *server) liveScript(c echo.Context) error {
	return publish(c, "text/javascript; charset=utf-8", showing.Script(), 5*time.Minute)
}

// ownDocument answers with the sealed PDF.
func (s *server) ownDocument(c echo.Context) error {
	_, version, err := s.ownLicense(c)
	if err != nil {
		return err
	}
	file, err := s.c.Renderer.Document(c.Request().Context(), version, templates.Edition{})
	if err != nil {
		return err
	}
	return inline(c, "application/pdf", version.License.Number+".pdf", file)
}

// ownFace answers with the first page as a picture.
func (s *server) ownFace(c echo.Context) error {
	_, version, err := s.ownLicense(c)
	if err != nil {
		return err
	}
	picture, err := s.c.Renderer.Draw(version, "face.png", templates.Edition{}, 0)
	if err != nil {
		return err
	}
	return inline(c, "image/png", version.License.Number+".png", picture)
}

// shownChecks is how many checks of a license its holder is shown.
const shownChecks = 100

// showChecks answers with who has checked the license. The names of those who
// did are left out: what is a holder's to know is which authority, and why.
func (s *server) showChecks(c echo.Context) error {
	v, version, err := s.ownLicense(c)
	if err != nil {
		return err
	}
	ctx := c.Request().Context()
	records, err := s.c.Register.Verifications(ctx, version.License.Identifier.String(), shownChecks+1)
	if err != nil {
		return err
	}
	page := showing.ChecksPage{Page: v.page, License: s.shownAs(ctx, v, version), More: len(records) > shownChecks}
	for _, r := range records[:min(len(records), shownChecks)] {
		page.Checks = append(page.Checks, showing.Check{
			At: r.At.In(china).Format("2006-01-02 15:04"), Organisation: r.Organisation, Place: r.Place, Purpose: r.Purpose,
			Verdict: answer.OutcomeVerdict(r.Outcome), Presence: answer.PresenceWord(r.Presentation),
		})
	}
	s.headShowing(c)
	return showing.Checks(c.Response(), page)
}
