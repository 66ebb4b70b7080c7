package main

import (
	"context"
	"errors"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"yizheng/api"
	"yizheng/batch"
	"yizheng/catalog"
	"yizheng/issuer"
	"yizheng/license"
	"yizheng/tracing"
)

// issuing is the district's issuer, watched: what it did and how long that took
// is counted, whether it was asked for over HTTP or by a batch.
type issuing struct {
	*issuer.Issuer
	done *prometheus.CounterVec
	took *prometheus.HistogramVec
}

var (
	_ api.Issuer   = (*issuing)(nil)
	_ batch.Issuer = (*issuing)(nil)
	_ batch.Acts   = (*issuing)(nil)
)

func newIssuing(i *issuer.Issuer) *issuing {
	w := &issuing{Issuer: i,
		done: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "yizheng_issuing_total",
			Help: "Licenses and permits that something was to be done with, by operation (issue, change, renew, withdraw, permit_act) and result: done, refused by a rule, failed by our own fault.",
		}, []string{"operation", "result"}),
		took: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "yizheng_issuing_duration_seconds", Help: "Time of an operation of the issuer; of one that issues many licenses together, for all of them.",
			Buckets: []float64{.001, .0025, .005, .01, .025, .05, .1, .25, 1, 5},
		}, []string{"operation"}),
	}
	for _, operation := range []string{"issue", "change", "renew", "withdraw", "permit_act"} { // alarms count from 0, not from the first
		for _, result := range []string{"done", "refused", "failed"} {
			w.done.WithLabelValues(operation, result)
		}
	}
	return w
}

func (i *issuing) metrics() []prometheus.Collector { return []prometheus.Collector{i.done, i.took} }

// counted does an operation on so many licenses or permits.
func counted[T any](ctx context.Context, i *issuing, operation string, many int, do func(context.Context) (T, error)) (T, error) {
	began := time.Now()
	ctx, span := tracing.Start(ctx, operation)
	span.Count("yizheng.many", many)
	result, err := do(ctx)
	span.End(err)
	i.took.WithLabelValues(operation).Observe(time.Since(began).Seconds())
	i.done.WithLabelValues(operation, cameTo(err)).Add(float64(many))
	return result, err
}

// cameTo tells a rule that was against it, and a client that left, from what is
// our own fault.
func cameTo(err error) string {
	var faults license.Faults
	switch {
	case err == nil:
		return "done"
	case errors.As(err, &faults), errors.Is(err, issuer.ErrNotFound), errors.Is(err, context.Canceled):
		return "refused"
	}
	return "failed"
}

// Issue implements api.Issuer and batch.Issuer.
func (i *issuing) Issue(ctx context.Context, apps []catalog.Application, o issuer.Order) ([]issuer.Issued, error) {
	return counted(ctx, i, "issue", len(apps), func(ctx context.Context) ([]issuer.Issued, error) { return i.Issuer.Issue(ctx, apps, o) })
}

// Change implements api.Issuer.
func (i *issuing) Change(ctx context.Context, id string, app catalog.Application, o issuer.Order) (issuer.Issued, error) {
	return counted(ctx, i, "change", 1, func(ctx context.Context) (issuer.Issued, error) { return i.Issuer.Change(ctx, id, app, o) })
}

// Renew implements api.Issuer.
func (i *issuing) Renew(ctx context.Context, id string, app catalog.Application, o issuer.Order) (issuer.Issued, error) {
	return counted(ctx, i, "renew", 1, func(ctx context.Context) (issuer.Issued, error) { return i.Issuer.Renew(ctx, id, app, o) })
}

// Withdraw implements api.Issuer.
func (i *issuing) Withdraw(ctx context.Context, id, reason string, o issuer.Order) (issuer.LicenseWithdrawn, error) {
	return counted(ctx, i, "withdraw", 1, func(ctx context.Context) (issuer.LicenseWithdrawn, error) {
		return i.Issuer.Withdraw(ctx, id, reason, o)
	})
}

// SetPermit implements api.Issuer and batch.Acts.
func (i *issuing) SetPermit(ctx context.Context, id, number string, act issuer.Act, reason string, o issuer.Order) (issuer.PermitActed, error) {
	return counted(ctx, i, "permit_act", 1, func(ctx context.Context) (issuer.PermitActed, error) {
		return i.Issuer.SetPermit(ctx, id, number, act, reason, o)
	})
}
