package api

import (
	"context"
	"errors"
	"net/http"
	"time"

	"github.com/labstack/echo/v4"
)

// Check is one thing that this node needs, or is better off with.
type Check struct {
	Name string // in snake_case: stands in the answer of /readyz and in the metrics
	// Spared says that the node serves as well without, only slower: it is
	// then degraded, and ready.
	Spared bool
	// Ready returns nil when the thing is there, and a [NotReady] to say what
	// is missing. It is asked often and from many goroutines, and gives up when
	// the context does.
	Ready func(context.Context) error
}

// NotReady is why a check is not good, in a word that everybody may read. Its
// cause stands in the log only.
type NotReady struct {
	Reason string // stable snake_case code
	Cause  error  // nil where the reason says it all
}

// Error gives reason and cause.
func (n *NotReady) Error() string {
	if n.Cause == nil {
		return n.Reason
	}
	return n.Reason + ": " + n.Cause.Error()
}

// Unwrap gives the cause.
func (n *NotReady) Unwrap() error { return n.Cause }

// readyWithin is how long all checks may take together.
const readyWithin = 2 * time.Second

// healthy says that the process runs, and nothing more.
func (s *server) healthy(c echo.Context) error {
	return c.JSON(http.StatusOK, map[string]string{"status": "ok"})
}

// readiness is the answer of /readyz.
type readiness struct {
	Status  string            `json:"status"`            // ok, degraded or not_ready
	Checks  map[string]string `json:"checks"`            // ok, degraded or failed
	Missing map[string]string `json:"missing,omitempty"` // a reason for each that is not ok
}

// degraded is said of a node that serves without something, and of the thing.
const degraded = "degraded"

// ready says whether this node can serve: 200 when every check is good, but for
// those of things that can be spared.
func (s *server) ready(c echo.Context) error {
	ctx, cancel := context.WithTimeout(c.Request().Context(), readyWithin)
	defer cancel()
	answer, status := readiness{Status: "ok", Checks: map[string]string{}}, http.StatusOK
	for _, check := range s.c.Checks {
		answer.Checks[check.Name] = "ok"
		err := check.Ready(ctx)
		if err == nil {
			continue
		}
		if answer.Missing == nil {
			answer.Missing = make(map[string]string)
		}
		answer.Missing[check.Name] = missing(err)
		if check.Spared {
			s.log.WarnContext(ctx, "degraded", "check", check.Name, "error", err)
			answer.Checks[check.Name] = degraded
			if status == http.StatusOK {
				answer.Status = degraded
			}
			continue
		}
		s.log.ErrorContext(ctx, "not ready", "check", check.Name, "error", err)
		answer.Checks[check.Name] = "failed"
		answer.Status, status = reasonNotReady, http.StatusServiceUnavailable
	}
	return c.JSON(status, answer)
}

// missing gives the reason of a check that failed.
func missing(err error) string {
	var n *NotReady
	if errors.As(err, &n) {
		return n.Reason
	}
	return "unavailable"
}
