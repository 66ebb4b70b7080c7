package api

import (
	"net/http"

	"github.com/labstack/echo/v4"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/trace"
)

// traced makes a span of each request, by its route and never by its address:
// that may hold a code. It goes on with the trace that a caller names in
// traceparent (W3C Trace Context); what else he says in tracestate and baggage
// goes no further.
func (s *server) traced(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		route := c.Path()
		if probes[route] {
			return next(c)
		}
		r := c.Request()
		ctx := propagation.TraceContext{}.Extract(r.Context(), propagation.HeaderCarrier(r.Header))
		caller := trace.SpanContextFromContext(ctx).WithTraceState(trace.TraceState{})
		method := methodOf(r.Method)
		ctx, span := s.c.Tracer.Start(trace.ContextWithRemoteSpanContext(r.Context(), caller), method+" "+route,
			trace.WithSpanKind(trace.SpanKindServer),
			trace.WithAttributes(attribute.String("http.request.method", method), attribute.String("http.route", route)))
		defer span.End()
		c.SetRequest(r.WithContext(ctx))
		err := next(c)
		status := c.Response().Status
		span.SetAttributes(attribute.Int("http.response.status_code", status), attribute.String("yizheng.request", requestID(c)))
		if status >= http.StatusInternalServerError {
			span.SetStatus(codes.Error, "")
		}
		return err
	}
}
