// Package tracing makes spans of what is done for a request or a job, below the
// one that its context carries: so nothing else need be passed on, and where
// nobody asked for traces, or this request is not among those that are
// recorded, [Start] costs a look at the context and nothing more.
//
// A span says what was done, how long it took and what came of it. It never
// holds a license's code, a token, a name or the text of an error: traces are
// read by people who may not see those. Package otlp takes spans to a collector.
package tracing

import (
	"context"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/trace"
)

// instrumentation is what our spans say that they come from.
const instrumentation = "yizheng"

// Span is something that is being done. The zero Span is not recorded.
type Span struct{ of trace.Span }

// Start begins a span below the one that ctx carries. Whoever starts it ends
// it.
func Start(ctx context.Context, name string) (context.Context, Span) {
	return start(ctx, name, trace.SpanKindInternal)
}

// Call is Start for a request to somebody else.
func Call(ctx context.Context, name string) (context.Context, Span) {
	return start(ctx, name, trace.SpanKindClient)
}

func start(ctx context.Context, name string, kind trace.SpanKind) (context.Context, Span) {
	above := trace.SpanFromContext(ctx)
	if !above.IsRecording() {
		return ctx, Span{}
	}
	ctx, span := above.TracerProvider().Tracer(instrumentation).Start(ctx, name, trace.WithSpanKind(kind))
	return ctx, Span{span}
}

// Set says something about the span: a word of a small set, such as an
// outcome.
func (s Span) Set(key, word string) {
	if s.of != nil {
		s.of.SetAttributes(attribute.String(key, word))
	}
}

// Count says how many of something the span is about.
func (s Span) Count(key string, n int) {
	if s.of != nil {
		s.of.SetAttributes(attribute.Int(key, n))
	}
}

// End ends the span; with an error, it failed. Why stands in the log.
func (s Span) End(err error) {
	if s.of == nil {
		return
	}
	if err != nil {
		s.of.SetStatus(codes.Error, "")
	}
	s.of.End()
}

// ID gives the trace that ctx belongs to, for the log: 32 hex digits, empty
// where it is not recorded.
func ID(ctx context.Context) string {
	c := trace.SpanContextFromContext(ctx)
	if !c.IsSampled() {
		return ""
	}
	return c.TraceID().String()
}
