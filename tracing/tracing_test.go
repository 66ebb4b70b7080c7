package tracing_test

import (
	"context"
	"errors"
	"testing"

	"go.opentelemetry.io/otel/codes"
	sdk "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"

	"yizheng/tracing"
)

// TestOffCostsNothing: where nothing is traced, a span is a look at the context.
func TestOffCostsNothing(t *testing.T) {
	ctx := context.Background()
	failed := errors.New("failed")
	if n := testing.AllocsPerRun(100, func() {
		below, span := tracing.Start(ctx, "verify")
		span.Set("yizheng.outcome", "valid")
		span.Count("yizheng.many", 3)
		span.End(failed)
		if below != ctx || tracing.ID(below) != "" {
			t.Error("something is recorded")
		}
	}); n != 0 {
		t.Errorf("%g allocations", n)
	}
}

// TestSpans looks at what is recorded below a span, and that the text of an
// error is not.
func TestSpans(t *testing.T) {
	recorded := tracetest.NewSpanRecorder()
	provider := sdk.NewTracerProvider(sdk.WithSpanProcessor(recorded))
	ctx, root := provider.Tracer("test").Start(context.Background(), "request")
	within, span := tracing.Start(ctx, "issue")
	span.Count("yizheng.many", 3)
	_, call := tracing.Call(within, "library: file")
	call.Set("yizheng.event", "issued")
	call.End(errors.New("token secret-of-the-library was refused"))
	span.End(nil)
	root.End()
	spans := recorded.Ended()
	if len(spans) != 3 {
		t.Fatalf("%d spans", len(spans))
	}
	file, issue, request := spans[0], spans[1], spans[2]
	if file.Parent().SpanID() != issue.SpanContext().SpanID() || issue.Parent().SpanID() != request.SpanContext().SpanID() {
		t.Error("the spans do not lie one below the other")
	}
	if tracing.ID(within) != request.SpanContext().TraceID().String() {
		t.Errorf("trace %q", tracing.ID(within))
	}
	if s := file.Status(); s.Code != codes.Error || s.Description != "" || len(file.Events()) != 0 {
		t.Errorf("status %+v, events %v", s, file.Events())
	}
	if issue.Status().Code == codes.Error {
		t.Error("what went well failed")
	}
}

func BenchmarkOff(b *testing.B) {
	ctx := context.Background()
	for b.Loop() {
		_, span := tracing.Start(ctx, "verify")
		span.End(nil)
	}
}
