package api

import (
	"errors"
	"net/http"

	"github.com/labstack/echo/v4"

	"yizheng/holder"
	"yizheng/issuer"
	"yizheng/license"
	"yizheng/templates"
	"yizheng/templates/showing"
)

// showCopyForm answers with the form for a derived copy.
func (s *server) showCopyForm(c echo.Context) error {
	v, version, err := s.ownLicense(c)
	if err != nil {
		return err
	}
	return s.copyForm(c, v, version, showing.Wish{}, nil)
}

func (s *server) copyForm(c echo.Context, v visitor, version issuer.Version, w showing.Wish, faults license.Faults) error {
	today := license.DateOf(s.c.Clock())
	s.headShowing(c)
	if faults != nil {
		c.Response().WriteHeader(http.StatusUnprocessableEntity)
	}
	return showing.Copy(c.Response(), showing.CopyPage{
		Page: v.page, License: s.shownAs(c.Request().Context(), v, version),
		Wish: w, Faults: faults, Today: today, Latest: today + holder.MostDays - 1,
	})
}

// makeOwnCopy makes the derived copy that the form asks for.
func (s *server) makeOwnCopy(c echo.Context) error {
	v, version, err := s.ownLicense(c)
	if err != nil {
		return err
	}
	if err := c.Request().ParseForm(); err != nil {
		return formError(err)
	}
	if err := v.wrote(c); err != nil {
		return err
	}
	form := c.Request().PostForm
	asked := showing.Wish{Recipient: form.Get("recipient"), Purpose: form.Get("purpose"), Until: form.Get("until")}
	w := holder.Wish{Recipient: asked.Recipient, Purpose: asked.Purpose}
	w.Until, _ = license.ParseDate(asked.Until) // what is no day is missing, and is said to be
	err = s.makeCopy(c, version, w, v.by, form.Get("format") == "png")
	var faults license.Faults
	if errors.As(err, &faults) {
		return s.copyForm(c, v, version, asked, faults)
	}
	return err
}

// copyRequest is what the office says of a derived copy that it makes.
type copyRequest struct {
	Recipient string `json:"recipient"`
	Purpose   string `json:"purpose"`
	Until     string `json:"until"`
	Format    string `json:"format"` // pdf, which is the usual one, or png
}

// makeOfficeCopy makes a derived copy in the name of the office.
func (s *server) makeOfficeCopy(c echo.Context) error {
	if _, err := s.office(c); err != nil {
		return err
	}
	var r copyRequest
	if err := decodeJSON(c, &r); err != nil {
		return err
	}
	if r.Format != "" && r.Format != "pdf" && r.Format != "png" {
		return fail(reasonMalformed, errors.New("the format is pdf or png"))
	}
	version, err := s.version(c)
	if err != nil {
		return err
	}
	w := holder.Wish{Recipient: r.Recipient, Purpose: r.Purpose, Maker: s.c.IssuerName}
	w.Until, _ = license.ParseDate(r.Until)
	return s.makeCopy(c, version, w, grantOf(c).Subject, r.Format == "png")
}

// makeCopy signs, draws and notes a derived copy, and answers with it. It is
// noted before it leaves.
func (s *server) makeCopy(c echo.Context, version issuer.Version, w holder.Wish, by string, picture bool) error {
	ctx := c.Request().Context()
	shown, err := s.c.Presenter.Copy(version.Text, w)
	if err != nil {
		return err
	}
	drawn := templates.Copy{Recipient: w.Recipient, Purpose: w.Purpose, Until: w.Until, Maker: w.Maker, Made: shown.Made}
	if drawn.Maker == "" {
		drawn.Maker = version.License.Holder.Name
	}
	media, name := "application/pdf", version.License.Number+" 加注件.pdf"
	var file []byte
	if picture {
		media, name = "image/png", version.License.Number+" 加注件.png"
		file, err = s.c.Renderer.CopyPicture(version, shown.Text, drawn)
	} else {
		file, err = s.c.Renderer.Copy(ctx, version, shown.Text, drawn)
	}
	if err != nil {
		return err
	}
	if err := s.c.Register.NoteCopy(ctx, version.License.Identifier.String(), by, w, shown.Made); err != nil {
		return err
	}
	return attached(c, media, name, file)
}
