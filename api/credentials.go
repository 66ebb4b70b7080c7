package api

import (
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/labstack/echo/v4"

	"yizheng/credential"
	"yizheng/license"
)

// Credentials writes a license in the forms that programs of others read. See
// credential.Exporter for what it promises.
type Credentials interface {
	Export(f credential.Form, l license.License, at time.Time, permits ...string) (string, error)
}

// credential answers with a version as a W3C Verifiable Credential or an
// SD-JWT VC, signed now. Nothing is kept.
func (s *server) credential(c echo.Context) error {
	form, err := credential.ParseForm(c.QueryParam("as"))
	if err != nil {
		return fail(reasonParameter, err)
	}
	v, err := s.version(c)
	if err != nil {
		return err
	}
	text, err := s.c.Credentials.Export(form, v.License, s.c.Clock(), c.QueryParams()["permit"]...)
	if errors.Is(err, credential.ErrPermit) {
		return fail(reasonParameter, err)
	}
	if err != nil {
		return fmt.Errorf("exporting a license: %w", err)
	}
	return c.Blob(http.StatusOK, form.MediaType(), []byte(text))
}

// credentialIssuer answers with the keys by which exports verify.
func (s *server) credentialIssuer(c echo.Context) error {
	metadata, err := s.c.CredentialIssuer()
	if err != nil {
		return err
	}
	return publish(c, "application/json", metadata, 5*time.Minute)
}
