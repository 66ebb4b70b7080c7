package library

import (
	"context"
	"encoding/json"
	"errors"
	"time"

	"github.com/riverqueue/river"
	"github.com/riverqueue/river/rivertype"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/trace"
)

// origin is what a job is to know of the trace that it was put in, as River
// keeps it beside the job; nil where that is not recorded.
func origin(ctx context.Context) []byte {
	if !trace.SpanContextFromContext(ctx).IsSampled() {
		return nil
	}
	from := propagation.MapCarrier{}
	propagation.TraceContext{}.Inject(ctx, from)
	b, err := json.Marshal(from)
	if err != nil {
		return nil // strings always marshal
	}
	return b
}

// watched works on a job in the trace that it was put in, and tells what came
// of it.
func (w *Workers[DB, Tx]) watched(ctx context.Context, job *rivertype.JobRow, work func(context.Context) error) error {
	began := time.Now()
	if w.c.Tracer != nil {
		var span trace.Span
		ctx, span = w.c.Tracer.Start(entering(ctx, job.Metadata), "job: "+job.Kind, trace.WithSpanKind(trace.SpanKindConsumer))
		defer span.End()
	}
	err := work(ctx)
	result := resultOf(err)
	if result == "failed" {
		trace.SpanFromContext(ctx).SetStatus(codes.Error, "")
	}
	if w.c.Worked != nil {
		w.c.Worked(job.Kind, result, time.Since(began))
	}
	return err
}

// resultOf tells a job that waits from one that failed.
func resultOf(err error) string {
	switch {
	case err == nil:
		return "done"
	case errors.Is(err, &river.JobSnoozeError{}):
		return "later"
	}
	return "failed"
}

// entering goes on with the trace that a job was put in.
func entering(ctx context.Context, metadata []byte) context.Context {
	var from struct {
		Traceparent string `json:"traceparent"`
	}
	if json.Unmarshal(metadata, &from) != nil {
		return ctx // somebody else's
	}
	return propagation.TraceContext{}.Extract(ctx, propagation.MapCarrier{"traceparent": from.Traceparent})
}
