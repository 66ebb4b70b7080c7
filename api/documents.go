package api

import (
	"net/http"

	"github.com/labstack/echo/v4"

	"yizheng/issuer"
	"yizheng/license"
)

// version finds the version that the path names: that very one by its full
// identifier, else the newest of the license.
func (s *server) version(c echo.Context) (issuer.Version, error) {
	id := c.Param("id")
	find := s.c.Register.Current
	if _, err := license.ParseIdentifier(id); err == nil {
		find = s.c.Register.Version
	}
	v, err := find(c.Request().Context(), id)
	if err != nil {
		return issuer.Version{}, licenseError(err)
	}
	return v, nil
}

// document answers with the sealed PDF of a version.
func (s *server) document(c echo.Context) error {
	v, err := s.version(c)
	if err != nil {
		return err
	}
	file, err := s.c.Renderer.Document(c.Request().Context(), v)
	if err != nil {
		return err
	}
	c.Response().Header().Set("Content-Disposition", `inline; filename="`+v.License.Identifier.String()+`.pdf"`)
	return c.Blob(http.StatusOK, "application/pdf", file)
}

// codeText answers with the text that the code of a version holds.
func (s *server) codeText(c echo.Context) error {
	v, err := s.version(c)
	if err != nil {
		return err
	}
	return c.Blob(http.StatusOK, "text/plain; charset=utf-8", []byte(v.Text))
}

// codePNG answers with the code of a version as a picture.
func (s *server) codePNG(c echo.Context) error {
	return s.code(c, "image/png", s.c.Renderer.CodePNG)
}

// codeSVG answers with the code of a version as a drawing.
func (s *server) codeSVG(c echo.Context) error {
	return s.code(c, "image/svg+xml", s.c.Renderer.CodeSVG)
}

func (s *server) code(c echo.Context, media string, draw func(string) ([]byte, error)) error {
	v, err := s.version(c)
	if err != nil {
		return err
	}
	picture, err := draw(v.Text)
	if err != nil {
		return err
	}
	return c.Blob(http.StatusOK, media, picture)
}
