package api

import (
	"context"
	"net/http"

	"github.com/labstack/echo/v4"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"yizheng/verifier"
)

var everyOutcome = []verifier.Outcome{
	verifier.NotALicense, verifier.Unreadable, verifier.NotGenuine, verifier.Invalid,
	verifier.NotRecognised, verifier.Unknown, verifier.PartiallyValid, verifier.Valid,
}

// metrics are the counters of one server.
type metrics struct {
	handler       http.Handler
	requests      *prometheus.CounterVec
	durations     *prometheus.HistogramVec
	running       prometheus.Gauge
	verifications *prometheus.CounterVec
	limited       prometheus.Counter
}

func newMetrics(checks []Check, others []prometheus.Collector) (*metrics, error) {
	m := &metrics{
		requests: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "yizheng_http_requests_total", Help: "Requests by route, method and status.",
		}, []string{"route", "method", "status"}),
		durations: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "yizheng_http_request_duration_seconds", Help: "Time to answer, by route.",
			Buckets: []float64{.0005, .001, .0025, .005, .01, .025, .05, .1, .25, 1, 5},
		}, []string{"route"}),
		running: prometheus.NewGauge(prometheus.GaugeOpts{
			Name: "yizheng_http_requests_in_flight", Help: "Requests that are being answered.",
		}),
		verifications: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "yizheng_verifications_total", Help: "Verifications by the way they came in and their outcome.",
		}, []string{"way", "outcome"}),
		limited: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "yizheng_http_rate_limited_total", Help: "Requests refused since their client asks too often.",
		}),
	}
	for _, way := range []string{"address", "api", "form", "record"} { // alarms count from 0, not from the first
		for _, outcome := range everyOutcome {
			m.verifications.WithLabelValues(way, string(outcome))
		}
	}
	registry := prometheus.NewRegistry()
	all := append([]prometheus.Collector{
		m.requests, m.durations, m.running, m.verifications, m.limited, readinessCollector(checks),
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

// readinessCollector asks the checks of /readyz whenever it is collected.
type readinessCollector []Check

var readinessDesc = prometheus.NewDesc("yizheng_readiness_check",
	"1 when the check of /readyz is good, 0 when it is not; a node that can spare the thing is degraded only.", []string{"check", "spared"}, nil)

// Describe implements prometheus.Collector.
func (readinessCollector) Describe(out chan<- *prometheus.Desc) { out <- readinessDesc }

// Collect implements prometheus.Collector.
func (checks readinessCollector) Collect(out chan<- prometheus.Metric) {
	ctx, cancel := context.WithTimeout(context.Background(), readyWithin)
	defer cancel()
	for _, check := range checks {
		good, spared := 1.0, "no"
		if check.Ready(ctx) != nil {
			good = 0
		}
		if check.Spared {
			spared = "yes"
		}
		out <- prometheus.MustNewConstMetric(readinessDesc, prometheus.GaugeValue, good, check.Name, spared)
	}
}
