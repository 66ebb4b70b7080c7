package api

import (
	"context"
	"net/http"
	"time"

	"github.com/labstack/echo/v4"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// Check is one thing that this node needs, or is better off with.
type Check struct {
	Name string // in snake_case: stands in the answer of /readyz
	// Spared says that the node serves as well without, only slower: it is
	// then degraded, and ready.
	Spared bool
	// Ready returns nil when the thing is there. It is asked often and from
	// many goroutines, and gives up when the context does.
	Ready func(context.Context) error
}

// readyWithin is how long all checks may take together.
const readyWithin = 2 * time.Second

// healthy says that the process runs, and nothing more.
func (s *server) healthy(c echo.Context) error {
	return c.JSON(http.StatusOK, map[string]string{"status": "ok"})
}

// readiness is the answer of /readyz.
type readiness struct {
	Status string            `json:"status"` // ok, degraded or not_ready
	Checks map[string]string `json:"checks"` // ok, degraded or failed; why stands in the log only
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
		switch {
		case err == nil:
		case check.Spared:
			s.log.WarnContext(ctx, "degraded", "check", check.Name, "error", err)
			answer.Checks[check.Name] = degraded
			if status == http.StatusOK {
				answer.Status = degraded
			}
		default:
			s.log.ErrorContext(ctx, "not ready", "check", check.Name, "error", err)
			answer.Checks[check.Name] = "failed"
			answer.Status, status = reasonNotReady, http.StatusServiceUnavailable
		}
	}
	return c.JSON(status, answer)
}

// metrics are the counters of one server.
type metrics struct {
	handler       http.Handler
	requests      *prometheus.CounterVec
	durations     *prometheus.HistogramVec
	verifications *prometheus.CounterVec
	limited       prometheus.Counter
}

func newMetrics(others []prometheus.Collector) (*metrics, error) {
	m := &metrics{
		requests: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "yizheng_http_requests_total", Help: "Requests by route, method and status.",
		}, []string{"route", "method", "status"}),
		durations: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "yizheng_http_request_seconds", Help: "Time to answer, by route.",
			Buckets: []float64{.0005, .001, .0025, .005, .01, .025, .05, .1, .25, 1, 5},
		}, []string{"route"}),
		verifications: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "yizheng_verifications_total", Help: "Verifications by the way they came in and their outcome.",
		}, []string{"way", "outcome"}),
		limited: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "yizheng_http_rate_limited_total", Help: "Requests refused since their client asks too often.",
		}),
	}
	registry := prometheus.NewRegistry()
	all := append([]prometheus.Collector{
		m.requests, m.durations, m.verifications, m.limited,
		collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}),
	}, others...)
	for _, c := range all {
		if err := registry.Register(c); err != nil {
			return nil, err
		}
	}
	m.handler = promhttp.HandlerFor(registry, promhttp.HandlerOpts{})
	return m, nil
}

// measure answers a Prometheus scrape.
func (s *server) measure(c echo.Context) error {
	s.metrics.handler.ServeHTTP(c.Response(), c.Request())
	return nil
}
