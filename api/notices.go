package api

import (
	"errors"
	"net/http"

	"github.com/labstack/echo/v4"

	"yizheng/notice"
	"yizheng/signature"
)

// takeNotice takes an issuer's word that its lists have changed. The lists are
// fetched behind the answer, so the sender waits for nothing of ours.
func (s *server) takeNotice(c echo.Context) error {
	media, err := mediaType(c)
	if err != nil {
		return err
	}
	if media != "application/jwt" {
		return fail(reasonMediaType, errors.New("a notice is application/jwt"))
	}
	b, err := readBody(c)
	if err != nil {
		return err
	}
	switch err := s.c.Noticed(c.Request().Context(), string(b)); {
	case errors.Is(err, notice.ErrMalformed):
		return fail(reasonMalformed, err)
	case errors.Is(err, signature.ErrKey), errors.Is(err, signature.ErrSignature), errors.Is(err, signature.ErrType), errors.Is(err, signature.ErrAlgorithm):
		return fail(reasonNotice, err)
	case err != nil:
		return err
	}
	return c.NoContent(http.StatusAccepted)
}
