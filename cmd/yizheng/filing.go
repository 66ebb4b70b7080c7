package main

import (
	"context"
	"errors"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"yizheng/library"
	"yizheng/library/metadata"
)

// filing watches what goes to the e-license library, and the jobs that take it
// there.
type filing struct {
	sent *prometheus.CounterVec
	took prometheus.Histogram
	jobs *prometheus.HistogramVec
}

func newFiling() *filing {
	f := &filing{
		sent: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "yizheng_library_requests_total",
			Help: "Events that were sent to the e-license library, by what came of it: delivered, refused, unreachable, failed.",
		}, []string{"result"}),
		took: prometheus.NewHistogram(prometheus.HistogramOpts{
			Name: "yizheng_library_request_duration_seconds", Help: "Time that the e-license library took to answer.",
			Buckets: []float64{.005, .01, .025, .05, .1, .25, 1, 5, 30},
		}),
		jobs: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "yizheng_job_duration_seconds", Help: "Time of one attempt at a job, by kind and result: done, later (it waits and is tried again), failed.",
			Buckets: []float64{.005, .01, .025, .05, .1, .25, 1, 5, 30, 120},
		}, []string{"kind", "result"}),
	}
	for _, kind := range []string{"library_deliver", "render_document", "follow_batch"} { // alarms count from 0, not from the first
		for _, result := range []string{"done", "later", "failed"} {
			f.jobs.WithLabelValues(kind, result)
		}
	}
	for _, result := range []string{"delivered", "refused", "unreachable", "failed"} {
		f.sent.WithLabelValues(result)
	}
	return f
}

func (f *filing) metrics() []prometheus.Collector {
	return []prometheus.Collector{f.sent, f.took, f.jobs}
}

// worked counts an attempt at a job.
func (f *filing) worked(kind, result string, took time.Duration) {
	f.jobs.WithLabelValues(kind, result).Observe(took.Seconds())
}

// watchedSender is a sender whose answers are counted.
type watchedSender struct {
	library.Sender
	*filing
}

// Send implements library.Sender.
func (s watchedSender) Send(ctx context.Context, f metadata.Filing) (string, error) {
	began := time.Now()
	receipt, err := s.Sender.Send(ctx, f)
	s.took.Observe(time.Since(began).Seconds())
	result := "failed"
	var refusal *library.Refusal
	switch {
	case err == nil:
		result = "delivered"
	case errors.As(err, &refusal):
		result = "refused"
	case errors.Is(err, library.ErrUnreachable):
		result = "unreachable"
	}
	s.sent.WithLabelValues(result).Inc()
	return receipt, err
}
