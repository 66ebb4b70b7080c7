package api

import "github.com/labstack/echo/v4"

// deskLogin is where people log in.
const deskLogin = "/desk/login"

// desk hands a request to the issuer's desk, which knows who is logged in and
// answers in its own words.
func (s *server) desk(c echo.Context) error {
	s.c.Desk.ServeHTTP(c.Response(), c.Request())
	return nil
}
