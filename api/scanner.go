package api

import (
	"encoding/json"
	"fmt"
	"net/http"
	"time"

	"github.com/labstack/echo/v4"

	"yizheng/license"
)

// scanner answers with the offline scanner page and its parts, which set their
// own headers.
func (s *server) scanner(c echo.Context) error {
	s.c.Scanner.ServeHTTP(c.Response(), c.Request())
	return nil
}

// anchor answers with the roots that this deployment believes. A page that is
// installed from here takes them the first time, and never again: from then on
// it holds everything to those, and shows their fingerprint.
func (s *server) anchor(c echo.Context) error {
	return c.Blob(http.StatusOK, "application/json", s.c.Anchor())
}

// listsOf are all status lists of one issuer, to be fetched ahead.
type listsOf struct {
	Region license.Region `json:"region"`
	Lists  []string       `json:"lists"`
}

// copies answers with the status lists of a region's issuer in one piece, each
// signed as it is where it comes from: for a page that must not speak to other
// hosts, and for other deployments that hand them on likewise.
func (s *server) copies(c echo.Context) error {
	region, err := license.ParseRegion(c.QueryParam("region"))
	if err != nil {
		return fail(reasonParameter, err)
	}
	lists := listsOf{Region: region, Lists: []string{}}
	for _, token := range s.c.Copies(c.Request().Context(), region) {
		lists.Lists = append(lists.Lists, string(token))
	}
	b, err := json.Marshal(lists)
	if err != nil {
		return fmt.Errorf("writing status lists: %w", err)
	}
	return publish(c, "application/json", b, 10*time.Second)
}
