package api

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/labstack/echo/v4"

	"yizheng/exchange"
	"yizheng/payload"
	"yizheng/verifier"
)

// Once says which live codes have counted already. exchange.Exchange is one,
// for this node or for all nodes of a deployment.
type Once interface {
	// Once says whether owner is the first who asks about a token that lives
	// for ttl, as often as he asks, and gives exchange.ErrUnknown where that
	// cannot be told.
	Once(ctx context.Context, token, owner string, ttl time.Duration) (first bool, err error)
}

// presentationTTL is how long a live code must be remembered: from the moment
// that a clock ahead of ours may have made it to its end.
const presentationTTL = payload.PresentationLife + 2*payload.PresentationLeeway

// useUp lets a live code count for one recorded check. It counts once among
// all nodes, so a second holder of the same picture is found out, and the
// result says so. Looking at a code by its address uses nothing up: link
// previews do that. It is used up by the record that is made under a key: the
// same request again, since the record could not be stored or its answer was
// lost, finds the same.
func (s *server) useUp(c echo.Context, key string, r *verifier.Result) error {
	if r.Presentation == nil || r.Check(verifier.PresentationCheck).Status != verifier.Passed {
		return nil
	}
	first, err := s.c.Once.Once(c.Request().Context(), "presentation:"+r.Presentation.ID, key, presentationTTL)
	switch {
	case errors.Is(err, exchange.ErrUnknown):
		setPresence(r, verifier.NotDone, verifier.PresentationUnchecked)
	case err != nil:
		return fmt.Errorf("using up a live code: %w", err)
	case !first:
		setPresence(r, verifier.Failed, verifier.PresentationUsed)
	}
	return nil
}

func setPresence(r *verifier.Result, status verifier.CheckStatus, reason verifier.Reason) {
	r.Checks = slices.Clone(r.Checks)
	for i := range r.Checks {
		if r.Checks[i].Name == verifier.PresentationCheck {
			r.Checks[i].Status, r.Checks[i].Reason = status, reason
		}
	}
}

// presenceOf is what a record says of a live code: the server's own finding,
// or, of a check that was made off line, whether the code was fresh when the
// device found it. It is empty for every other code.
func presenceOf(r verifier.Result, foundAt time.Time) string {
	check := r.Check(verifier.PresentationCheck)
	if check.Reason == verifier.StaticCode || check.Status == verifier.NotDone && check.Reason == "" {
		return ""
	}
	if p := r.Presentation; p != nil && check.Reason == verifier.PresentationStale && !foundAt.IsZero() {
		if age := foundAt.Sub(p.At); age >= -payload.PresentationLeeway && age < payload.PresentationLife+payload.PresentationLeeway {
			return string(verifier.Passed)
		}
	}
	return string(check.Status)
}
