package api

import (
	"encoding/json"
	"errors"
	"net/http"
	"strconv"

	"github.com/labstack/echo/v4"

	"yizheng/license"
	"yizheng/templates/pages"
)

// shortly is after how many seconds what cannot be done now is tried again,
// where nothing tells it better.
const shortly = 5

// Problem is the body of every error response: problem details as RFC 9457
// has them, with a reason code that does not change, both languages, and the
// faults of what was handed in.
type Problem struct {
	Type      string         `json:"type"` // an address that explains the reason
	Title     string         `json:"title"`
	TitleZH   string         `json:"titleZH"`
	Status    int            `json:"status"`
	Detail    string         `json:"detail"`
	DetailZH  string         `json:"detailZH"`
	Reason    string         `json:"reason"`
	RequestID string         `json:"requestId"` // the log has it too
	Outcome   string         `json:"outcome,omitempty"`
	Faults    license.Faults `json:"faults,omitempty"`
}

const problemType = "application/problem+json"

// answerError is the one place where an error becomes a response. A person at
// a page gets a page, everybody else problem details. What is our own fault
// is logged here with its cause, and says nothing of it to the outside.
func (s *server) answerError(err error, c echo.Context) {
	id := requestID(c)
	if c.Response().Committed {
		s.log.WarnContext(c.Request().Context(), "answer broken off", "request", id, "route", c.Path(), "error", err, traceOf(c.Request().Context()))
		return
	}
	f := failureOf(err)
	k := kindOf(f.Reason)
	switch {
	case k.Status >= http.StatusInternalServerError:
		s.log.ErrorContext(c.Request().Context(), "request failed", "request", id, "route", c.Path(), "error", err, traceOf(c.Request().Context()))
	default:
		s.log.DebugContext(c.Request().Context(), "request refused", "request", id, "route", c.Path(), "reason", k.Reason)
	}
	h := c.Response().Header()
	// An error must not inherit what a handler said of a good answer.
	h.Del("ETag")
	h.Del("Content-Disposition")
	h.Set("Cache-Control", "no-store")
	if k.Status == http.StatusUnauthorized {
		h.Set("WWW-Authenticate", challenge(err))
	}
	if k.Status == http.StatusForbidden && k.Reason == reasonScope {
		h.Set("WWW-Authenticate", `Bearer realm="yizheng", error="insufficient_scope", scope="`+string(f.scope)+`"`)
	}
	retryAfter := f.retryAfter
	if retryAfter == 0 && k.Status == http.StatusServiceUnavailable {
		retryAfter = shortly
	}
	if retryAfter > 0 {
		h.Set("Retry-After", strconv.Itoa(retryAfter))
	}
	if isPage(c, k.Reason) {
		s.answerErrorPage(c, k, id)
		return
	}
	p := Problem{
		Type: s.c.URL + "/problems#" + k.Reason, Title: k.TitleEN, TitleZH: k.Title, Status: k.Status,
		Detail: k.DetailEN, DetailZH: k.Detail, Reason: k.Reason, RequestID: id, Outcome: f.outcome, Faults: f.Faults,
	}
	body, err := json.Marshal(p)
	if err != nil {
		body = nil // strings and numbers always marshal
	}
	if c.Request().Method == http.MethodHead {
		body = nil
	}
	h.Set(echo.HeaderContentType, problemType)
	c.Response().WriteHeader(p.Status)
	_, _ = c.Response().Write(body) // the client has gone: nobody is left to tell
}

func (s *server) answerErrorPage(c echo.Context, k pages.ProblemEntry, id string) {
	page := c.Response()
	s.headPage(c)
	page.WriteHeader(k.Status)
	_ = pages.Error(page, pages.ErrorPage{
		Status: k.Status, Title: k.Title, TitleEN: k.TitleEN, Detail: k.Detail, DetailEN: k.DetailEN, Do: toDo[k.Reason], Login: loginAfter[k.Reason], RequestID: id,
	})
}

// failure is an error with the reason under which it is answered.
type failure struct {
	Reason     string
	Faults     license.Faults
	cause      error
	outcome    string // of a verification that could not be recorded
	scope      scope  // that was asked for
	retryAfter int    // seconds; 0: what the status asks for
}

// Error gives the reason and the cause, for the log.
func (f *failure) Error() string {
	if f.cause == nil {
		return f.Reason
	}
	return f.Reason + ": " + f.cause.Error()
}

// Unwrap gives the cause.
func (f *failure) Unwrap() error { return f.cause }

// fail answers a request under a reason of the table; cause may be nil.
func fail(reason string, cause error) error { return &failure{Reason: reason, cause: cause} }

// failureOf finds how an error is answered. What nobody thought of is ours.
func failureOf(err error) *failure {
	var f *failure
	if errors.As(err, &f) {
		return f
	}
	var faults license.Faults
	if errors.As(err, &faults) {
		return &failure{Reason: reasonOfFaults(faults), Faults: faults, cause: err}
	}
	for _, known := range sentinels {
		if errors.Is(err, known.err) {
			return &failure{Reason: known.reason, cause: err}
		}
	}
	var tooLarge *http.MaxBytesError
	if errors.As(err, &tooLarge) {
		return &failure{Reason: reasonTooLarge, cause: err}
	}
	var ofEcho *echo.HTTPError
	if errors.As(err, &ofEcho) {
		if reason, known := ofStatus[ofEcho.Code]; known {
			return &failure{Reason: reason, cause: err}
		}
	}
	return &failure{Reason: reasonInternal, cause: err}
}
