// Package otlp takes spans to an OpenTelemetry collector, by OTLP over HTTP
// with protocol buffers. Start with [New].
//
// The library's own client for this brings gRPC into the program, which nothing
// here speaks; so the request is made here, and all else is the library's.
package otlp

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace"
	"go.opentelemetry.io/otel/sdk/resource"
	sdk "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"
	wire "go.opentelemetry.io/proto/otlp/trace/v1"
	"google.golang.org/protobuf/proto"
)

// Config says where spans go.
type Config struct {
	URL     string       // of the collector, such as http://collector:4318; spans go to /v1/traces below it
	Token   string       // bearer token; empty for none
	Client  *http.Client // nil for http.DefaultClient
	Ratio   float64      // of the traces that begin here, how many are recorded: above 0, at most 1
	Version string       // of this program
	Region  string       // that it serves
	Log     *slog.Logger // nil for none
}

// Exporter records spans and takes them to the collector, some at a time, in
// the background. While the collector is away, spans are dropped; nothing else
// waits for it.
type Exporter struct{ provider *sdk.TracerProvider }

// How many spans wait at most, how many go together, and for how long.
const (
	waiting   = 4096
	together  = 512
	every     = 2 * time.Second
	sentIn    = 5 * time.Second
	maxAnswer = 64 << 10
)

// New checks the configuration and begins.
func New(c Config) (*Exporter, error) {
	u, err := url.Parse(c.URL)
	switch {
	case err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" || u.User != nil || u.RawQuery != "" || u.Fragment != "":
		return nil, errors.New("the collector's address is not of the form https://host:4318")
	case !(c.Ratio > 0 && c.Ratio <= 1):
		return nil, fmt.Errorf("the ratio of traces is %g, and must be above 0 and at most 1", c.Ratio)
	}
	if c.Client == nil {
		c.Client = http.DefaultClient
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	c.URL = strings.TrimSuffix(c.URL, "/") + "/v1/traces"
	exporter := otlptrace.NewUnstarted(&client{c})
	// A trace that somebody else began is recorded when they record it.
	return &Exporter{sdk.NewTracerProvider(
		sdk.WithSampler(sdk.ParentBased(sdk.TraceIDRatioBased(c.Ratio))),
		sdk.WithResource(resource.NewSchemaless(
			attribute.String("service.name", "yizheng"), attribute.String("service.version", c.Version), attribute.String("yizheng.region", c.Region))),
		sdk.WithBatcher(exporter, sdk.WithMaxQueueSize(waiting), sdk.WithMaxExportBatchSize(together), sdk.WithBatchTimeout(every), sdk.WithExportTimeout(sentIn)),
	)}, nil
}

// Tracer makes the first span of what is done here.
func (e *Exporter) Tracer() trace.Tracer { return e.provider.Tracer("yizheng") }

// Close takes what waits to the collector, and ends.
func (e *Exporter) Close(ctx context.Context) error {
	if err := e.provider.Shutdown(ctx); err != nil {
		return fmt.Errorf("ending the traces: %w", err)
	}
	return nil
}

// client makes the requests. A failed one is logged and dropped.
type client struct{ c Config }

// Start implements otlptrace.Client.
func (*client) Start(context.Context) error { return nil }

// Stop implements otlptrace.Client.
func (*client) Stop(context.Context) error { return nil }

// UploadTraces implements otlptrace.Client.
func (l *client) UploadTraces(ctx context.Context, spans []*wire.ResourceSpans) error {
	if err := l.send(ctx, spans); err != nil {
		l.c.Log.WarnContext(ctx, "traces are dropped", "error", err)
	}
	return nil // the library would print it
}

func (l *client) send(ctx context.Context, spans []*wire.ResourceSpans) error {
	// On the wire an ExportTraceServiceRequest is the same as this.
	body, err := proto.Marshal(&wire.TracesData{ResourceSpans: spans})
	if err != nil {
		return fmt.Errorf("writing spans: %w", err)
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, l.c.URL, bytes.NewReader(body))
	if err != nil {
		return fmt.Errorf("asking the collector: %w", err)
	}
	request.Header.Set("Content-Type", "application/x-protobuf")
	if l.c.Token != "" {
		request.Header.Set("Authorization", "Bearer "+l.c.Token)
	}
	answer, err := l.c.Client.Do(request)
	if err != nil {
		return fmt.Errorf("asking the collector: %w", err)
	}
	defer answer.Body.Close()
	_, _ = io.Copy(io.Discard, io.LimitReader(answer.Body, maxAnswer)) // so that the connection is used again
	if answer.StatusCode/100 != 2 {
		return fmt.Errorf("the collector answered %s", answer.Status)
	}
	return nil
}
