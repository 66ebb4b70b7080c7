package api

import (
	"mime"
	"net/http"
	"strconv"

	"github.com/labstack/echo/v4"

	"yizheng/issuer"
	"yizheng/license"
	"yizheng/templates"
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
	e, err := editionOf(c)
	if err != nil {
		return err
	}
	v, err := s.version(c)
	if err != nil {
		return err
	}
	file, err := s.c.Renderer.Document(c.Request().Context(), v, e)
	if err != nil {
		return err
	}
	name := v.License.Identifier.String()
	if e.Name() != "" {
		name += "." + e.Name()
	}
	c.Response().Header().Set("Content-Disposition", `inline; filename="`+name+`.pdf"`)
	return c.Blob(http.StatusOK, "application/pdf", file)
}

// inline answers with a file that a browser shows, and attached with one that
// it keeps, under its name.
func inline(c echo.Context, media, name string, file []byte) error {
	return named(c, "inline", media, name, file)
}

func attached(c echo.Context, media, name string, file []byte) error {
	return named(c, "attachment", media, name, file)
}

func named(c echo.Context, disposition, media, name string, file []byte) error {
	c.Response().Header().Set("Content-Disposition", mime.FormatMediaType(disposition, map[string]string{"filename": name}))
	return c.Blob(http.StatusOK, media, file)
}

// editionOf reads which form of a document, in which language, is asked for.
func editionOf(c echo.Context) (templates.Edition, error) {
	e, err := templates.ParseEdition(c.QueryParam("form"), c.QueryParam("language"))
	if err != nil {
		return e, fail(reasonParameter, err)
	}
	return e, nil
}

// codeText answers with the text that the code of a version holds.
func (s *server) codeText(c echo.Context) error {
	v, err := s.version(c)
	if err != nil {
		return err
	}
	return c.Blob(http.StatusOK, "text/plain; charset=utf-8", []byte(v.Text))
}

// faces are the drawings of a version that need no seal, and what they are.
var faces = map[string]string{
	"code.png": "image/png", "code.svg": "image/svg+xml",
	"face.png": "image/png", "face.svg": "image/svg+xml",
	"card.png": "image/png", "counter.pdf": "application/pdf",
}

// face answers with the drawing of a version that has the name.
func (s *server) face(name string) echo.HandlerFunc {
	return func(c echo.Context) error {
		width, err := widthOf(c, name)
		if err != nil {
			return err
		}
		e, err := editionOf(c)
		if err != nil {
			return err
		}
		v, err := s.version(c)
		if err != nil {
			return err
		}
		drawn, err := s.c.Renderer.Draw(v, name, e, width)
		if err != nil {
			return err
		}
		return c.Blob(http.StatusOK, faces[name], drawn)
	}
}

// widthOf reads how wide a first page is to be as a picture.
func widthOf(c echo.Context, name string) (int, error) {
	asked := c.QueryParam("width")
	if asked == "" || name != "face.png" {
		return 0, nil
	}
	width, err := strconv.Atoi(asked)
	if err != nil || width < templates.MinFace || width > templates.MaxFace {
		return 0, fail(reasonParameter, err)
	}
	return width, nil
}
