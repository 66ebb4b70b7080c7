package api

import (
	"errors"
	"slices"

	"github.com/labstack/echo/v4"

	"yizheng/api/access"
)

// scope is the ability that a route asks for; empty for none.
type scope = access.Scope

const keyGrant = "grant"

// authorized lets a request pass whose token grants one of the scopes.
func (s *server) authorized(want ...scope) echo.MiddlewareFunc {
	return func(next echo.HandlerFunc) echo.HandlerFunc {
		return func(c echo.Context) error {
			values := c.Request().Header.Values(echo.HeaderAuthorization)
			if len(values) > 1 {
				return fail(reasonBadToken, errors.New("two Authorization headers"))
			}
			grant, err := s.c.Access.Authenticate(c.Request().Context(), c.Request().Header.Get(echo.HeaderAuthorization))
			var refused *access.TokenError
			if errors.As(err, &refused) {
				return fail(reasonBadToken, err)
			}
			if err != nil {
				return err
			}
			c.Set(keyGrant, grant)
			if !slices.ContainsFunc(want, grant.Allows) {
				return &failure{Reason: reasonScope, scope: want[0]}
			}
			return next(c)
		}
	}
}

// grantOf gives what the request's token grants: nothing where it has none.
func grantOf(c echo.Context) access.Grant {
	grant, _ := c.Get(keyGrant).(access.Grant)
	return grant
}
