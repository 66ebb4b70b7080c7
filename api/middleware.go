package api

import (
	"bytes"
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"regexp"
	"runtime/debug"
	"strconv"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"yizheng/templates/pages"
	"yizheng/tracing"
)

const (
	headerRequestID = "X-Request-Id"
	keyRequestID    = "request"
	keyPage         = "page"
	keyFile         = "file" // a picture or a PDF was read
)

// foreignID is the form of a request id that is taken over: a UUID, or a
// number as long, as proxies draw them. Nothing else that a client writes is to
// stand in our log: no code, no permit's number, no line of its own.
var foreignID = regexp.MustCompile(`^[0-9a-f]{32}$|^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$`)

// identified gives each request an id: the proxy's, so that its log and ours
// can be laid side by side, or one of our own.
func (s *server) identified(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		id := c.Request().Header.Get(headerRequestID)
		if !foreignID.MatchString(id) {
			var b [8]byte
			if _, err := io.ReadFull(s.c.Rand, b[:]); err != nil {
				return fmt.Errorf("drawing a request id: %w", err)
			}
			id = hex.EncodeToString(b[:])
		}
		c.Set(keyRequestID, id)
		c.Response().Header().Set(headerRequestID, id)
		return next(c)
	}
}

func requestID(c echo.Context) string {
	id, _ := c.Get(keyRequestID).(string)
	return id
}

// observed logs and counts each request by its route. Path and query are
// never written down: a path may hold a license's code, under a wrong address
// as well as under the right one.
func (s *server) observed(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		began := time.Now()
		s.metrics.running.Inc()
		defer s.metrics.running.Dec()
		err := next(c)
		// What has begun can no longer become an error: so that half of it does not
		// look whole, the connection breaks off.
		broken := err != nil && c.Response().Committed
		if err != nil {
			s.answerError(err, c)
		}
		route := c.Path()
		if route == "" {
			route = "none"
		}
		took := time.Since(began)
		status := c.Response().Status
		s.metrics.requests.WithLabelValues(route, methodOf(c.Request().Method), strconv.Itoa(status)).Inc()
		s.metrics.durations.WithLabelValues(timedAs(c, route)).Observe(took.Seconds())
		level := slog.LevelInfo
		if probes[route] && status < http.StatusInternalServerError {
			level = slog.LevelDebug
		}
		s.log.Log(c.Request().Context(), level, "request",
			"request", requestID(c), "method", methodOf(c.Request().Method), "route", route, "status", status,
			"bytes", c.Response().Size, "took", took, "client", c.RealIP(), "subject", grantOf(c).Subject,
			traceOf(c.Request().Context()))
		if broken {
			panic(http.ErrAbortHandler)
		}
		return nil
	}
}

// timedAs is as what a request's time is counted: reading a picture or a PDF
// takes a second, beside which nobody would see that verifying is slow.
func timedAs(c echo.Context, route string) string {
	if file, _ := c.Get(keyFile).(bool); file {
		return route + " file"
	}
	return route
}

// traceOf is what a line of the log says of the trace that it belongs to.
func traceOf(ctx context.Context) slog.Attr {
	if id := tracing.ID(ctx); id != "" {
		return slog.String("trace", id)
	}
	return slog.Attr{} // is left out
}

// probes are asked every few seconds by machines; while they are answered
// well, that would only fill the log.
var probes = map[string]bool{"/healthz": true, "/readyz": true, "/metrics": true}

// methodOf keeps made-up methods out of log and metrics.
func methodOf(method string) string {
	switch method {
	case http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut, http.MethodDelete, http.MethodOptions, http.MethodPatch:
		return method
	}
	return "other"
}

// recovered turns a panic into an error, so that it ends in a 500 and the log
// like any other.
func recovered(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) (err error) {
		defer func() {
			switch r := recover(); {
			case r == nil:
			case r == http.ErrAbortHandler:
				err = http.ErrAbortHandler // an answer of the desk has broken off
			default:
				err = fmt.Errorf("panic: %v\n%s", r, debug.Stack())
			}
		}()
		return next(c)
	}
}

// guarded sets what every response carries. Handlers loosen what they must.
func (s *server) guarded(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		h := c.Response().Header()
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "no-referrer")
		h.Set("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'")
		h.Set("Cross-Origin-Resource-Policy", "same-origin")
		h.Set("Cross-Origin-Opener-Policy", "same-origin")
		h.Set("Permissions-Policy", "camera=(), microphone=(), geolocation=()")
		h.Set("Cache-Control", "no-store")
		if strings.HasPrefix(s.c.URL, "https://") {
			h.Set("Strict-Transport-Security", "max-age=31536000")
		}
		return next(c)
	}
}

// page marks a route that answers a person, errors included.
func page(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		c.Set(keyPage, true)
		return next(c)
	}
}

// negotiated marks a route that answers a person or a program, as the client
// prefers, errors included.
func negotiated(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		c.Set(keyPage, prefersPage(c.Request()))
		return next(c)
	}
}

// isPage says whether the answer under a reason is to be a page: on a person's
// route, and where there is no route or none for this method, if the client
// prefers it and is not looking for what programs use.
func isPage(c echo.Context, reason string) bool {
	if marked, ok := c.Get(keyPage).(bool); ok {
		return marked
	}
	r := c.Request()
	return (c.Path() == "" || reason == reasonMethod) && !strings.HasPrefix(r.URL.Path, "/v1/") && prefersPage(r)
}

// headPage sets the headers of a page, under which its own style shows and
// nothing else runs.
func (s *server) headPage(c echo.Context) {
	h := c.Response().Header()
	h.Set("Content-Security-Policy", pages.Policy())
	h.Set(echo.HeaderContentType, "text/html; charset=utf-8")
}

// readBody reads the whole body, within the limit that its route has.
func readBody(c echo.Context) ([]byte, error) {
	r := c.Request()
	var b bytes.Buffer
	if 0 < r.ContentLength && r.ContentLength <= verifyBody {
		b.Grow(int(r.ContentLength) + bytes.MinRead) // it looks for the end as well
	}
	if _, err := b.ReadFrom(r.Body); err != nil {
		var tooLarge *http.MaxBytesError
		if errors.As(err, &tooLarge) {
			return nil, err
		}
		return nil, fail(reasonMalformed, fmt.Errorf("reading the body: %w", err))
	}
	return b.Bytes(), nil
}
