package api

import (
	"context"
	"net/http"

	"github.com/labstack/echo/v4"

	"yizheng/holder"
	"yizheng/license"
)

// Links gives holders links and takes them back. holder.Links is one.
type Links interface {
	Make(ctx context.Context, of license.CreditCode, by string) (holder.Token, holder.Link, error)
	Open(ctx context.Context, t holder.Token) (holder.Link, error)
	Of(ctx context.Context, of license.CreditCode) ([]holder.Link, error)
	Revoke(ctx context.Context, of license.CreditCode, id, by string) error
}

// Presenter makes live codes and derived copies. holder.Presenter is one.
type Presenter interface {
	Live(text string) (holder.Shown, error)
	Copy(text string, w holder.Wish) (holder.Shown, error)
}

// newLink is a link as it is given out, once: the register keeps no address.
type newLink struct {
	holder.Link
	URL string `json:"url"`
}

// linkAddress is the address that a holder opens.
func (s *server) linkAddress(t holder.Token) string { return s.c.URL + "/h/" + t.Secret() }

// holderOf reads whose links are meant: somebody who has a license here, so
// that a slip of the pen gives nobody a link.
func (s *server) holderOf(c echo.Context) (license.CreditCode, error) {
	code, err := license.ParseCreditCode(c.Param("code"))
	if err != nil {
		return "", fail(reasonParameter, err)
	}
	found, err := s.c.Register.ByHolder(c.Request().Context(), code, 1)
	if err != nil {
		return "", err
	}
	if len(found) == 0 {
		return "", fail("license_not_found", nil)
	}
	return code, nil
}

// makeLink gives a holder a link. It is told this once.
func (s *server) makeLink(c echo.Context) error {
	if _, err := s.office(c); err != nil {
		return err
	}
	code, err := s.holderOf(c)
	if err != nil {
		return err
	}
	token, link, err := s.c.Links.Make(c.Request().Context(), code, grantOf(c).Subject)
	if err != nil {
		return err
	}
	return c.JSON(http.StatusCreated, newLink{link, s.linkAddress(token)})
}

// listLinks shows the links of a holder, without what opens them.
func (s *server) listLinks(c echo.Context) error {
	if _, err := s.office(c); err != nil {
		return err
	}
	code, err := s.holderOf(c)
	if err != nil {
		return err
	}
	links, err := s.c.Links.Of(c.Request().Context(), code)
	if err != nil {
		return err
	}
	if links == nil {
		links = []holder.Link{}
	}
	return c.JSON(http.StatusOK, map[string]any{"links": links})
}

// revokeLink takes a link back, at once and for good.
func (s *server) revokeLink(c echo.Context) error {
	if _, err := s.office(c); err != nil {
		return err
	}
	code, err := s.holderOf(c)
	if err != nil {
		return err
	}
	if err := s.c.Links.Revoke(c.Request().Context(), code, c.Param("link"), grantOf(c).Subject); err != nil {
		return err
	}
	return c.NoContent(http.StatusNoContent)
}
