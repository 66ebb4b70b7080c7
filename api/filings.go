package api

import (
	"errors"
	"net/http"
	"strconv"
	"time"

	"github.com/labstack/echo/v4"

	"yizheng/issuer"
	"yizheng/library/metadata"
)

// shownFiling is one event and how far it came.
type shownFiling struct {
	ID       string        `json:"id"`
	License  string        `json:"license"`
	Sequence int64         `json:"sequence"`
	Kind     metadata.Kind `json:"kind"`
	At       time.Time     `json:"at"`
	State    string        `json:"state"` // pending, delivered or dead
	Attempts int           `json:"attempts"`
	Next     time.Time     `json:"next,omitzero"`     // not to be tried before
	Problem  string        `json:"problem,omitempty"` // of the last attempt
	Receipt  string        `json:"receipt,omitempty"` // the library's
}

func shownFilings(queued []metadata.Queued) []shownFiling {
	shown := make([]shownFiling, len(queued))
	for n, q := range queued {
		shown[n] = shownFiling{q.ID, q.License, q.Sequence, q.Kind, q.At, q.State, q.Attempts, q.Next, q.Problem, q.Receipt}
	}
	return shown
}

// showEvents shows what was filed of a license, and what was not yet.
func (s *server) showEvents(c echo.Context) error {
	current, err := s.c.Register.Current(c.Request().Context(), c.Param("id"))
	if err != nil {
		return licenseError(err)
	}
	base := current.License.Identifier.Base()
	queued, err := s.c.Register.Filings(c.Request().Context(), base)
	if err != nil {
		return err
	}
	return c.JSON(http.StatusOK, map[string]any{"license": base, "events": shownFilings(queued)})
}

// outbox is what has not reached the library.
type outbox struct {
	Pending     int64         `json:"pending"`         // events
	Dead        int64         `json:"dead"`            // events
	Oldest      time.Time     `json:"oldest,omitzero"` // of the events that have not reached the library
	Licenses    []string      `json:"licenses"`        // of which something has not reached it
	Next        string        `json:"next,omitempty"`  // the page that follows: the parameter after of the next request
	DeadLetters []shownFiling `json:"deadLetters"`
}

// showOutbox shows what has not reached the library.
func (s *server) showOutbox(c echo.Context) error {
	limit, err := limitParameter(c, 50, 200)
	if err != nil {
		return err
	}
	ctx := c.Request().Context()
	state, err := s.c.Register.FilingState(ctx)
	if err != nil {
		return err
	}
	licenses, err := s.c.Register.Backlog(ctx, c.QueryParam("after"), limit+1)
	if err != nil {
		return err
	}
	dead, err := s.c.Register.DeadLetters(ctx, limit)
	if err != nil {
		return err
	}
	answer := outbox{Pending: state.Pending, Dead: state.Dead, Licenses: licenses, DeadLetters: shownFilings(dead)}
	if state.Pending+state.Dead > 0 {
		answer.Oldest = state.Oldest
	}
	if len(licenses) > limit {
		answer.Licenses, answer.Next = licenses[:limit], licenses[limit-1]
	}
	if answer.Licenses == nil {
		answer.Licenses = []string{}
	}
	return c.JSON(http.StatusOK, answer)
}

// replay sends a dead letter again.
func (s *server) replay(c echo.Context) error {
	sequence, err := strconv.ParseInt(c.Param("sequence"), 10, 64)
	if err != nil || sequence < 1 {
		return fail(reasonParameter, errors.New("sequence is no number"))
	}
	g := grantOf(c)
	actor := issuer.Department(g.Subject, g.Authority).String()
	if g.Authority == "" {
		return fail(reasonAuthority, nil)
	}
	err = s.c.Register.Replay(c.Request().Context(), c.Param("license"), sequence, actor, s.c.Clock())
	if errors.Is(err, issuer.ErrMoved) {
		return fail("not_dead", err)
	}
	if err != nil {
		return err
	}
	return c.JSON(http.StatusOK, map[string]string{"id": metadata.ID(c.Param("license"), sequence), "state": metadata.Pending})
}
