package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"time"

	"go.opentelemetry.io/otel/trace"

	"yizheng/keys"
	"yizheng/license"
	"yizheng/tracing/otlp"
)

// tracingSettings says where traces go. Paths are from the folder of the
// configuration.
type tracingSettings struct {
	URL       string  `json:"url"`                 // of an OpenTelemetry collector that takes OTLP over HTTP
	Ratio     float64 `json:"ratio,omitempty"`     // of the traces that begin here, how many are recorded; 1 where absent
	TokenFile string  `json:"tokenFile,omitempty"` // its bearer token, in a file that is its owner's alone
}

func (s *tracingSettings) check() error {
	u, err := url.Parse(s.URL)
	switch {
	case err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https":
		return errors.New("tracing needs url, the collector's address of the form https://host:4318")
	case s.Ratio < 0 || s.Ratio > 1:
		return errors.New("tracing: ratio is between 0 and 1")
	case s.TokenFile != "" && u.Scheme != "https" && !isLoopback(u.Hostname()):
		return errors.New("tracing: a token goes over https only")
	}
	return nil
}

// traces is how a node's traces are made and sent; the zero value makes none.
type traces struct{ exporter *otlp.Exporter }

// openTraces begins what the settings ask for; s may be nil. dir is where the
// configuration lies.
func openTraces(s *tracingSettings, dir string, region license.Region, log *slog.Logger) (traces, error) {
	if s == nil {
		return traces{}, nil
	}
	c := otlp.Config{URL: s.URL, Ratio: s.Ratio, Version: version, Region: string(region), Log: log}
	if c.Ratio == 0 {
		c.Ratio = 1
	}
	if s.TokenFile != "" {
		token, err := keys.ReadSecret(pathIn(dir, s.TokenFile))
		if err != nil {
			return traces{}, usage("tracing", fmt.Errorf("reading the collector's token: %w", err))
		}
		c.Token = string(bytes.TrimSpace(token))
	}
	c.Client = &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	exporter, err := otlp.New(c)
	if err != nil {
		return traces{}, usage("tracing", err)
	}
	return traces{exporter}, nil
}

// tracer gives nil where no traces are made.
func (t traces) tracer() trace.Tracer {
	if t.exporter == nil {
		return nil
	}
	return t.exporter.Tracer()
}

// Close sends what waits.
func (t traces) Close() error {
	if t.exporter == nil {
		return nil
	}
	ctx, cancel := context.WithTimeout(context.Background(), closeTracesWithin)
	defer cancel()
	return t.exporter.Close(ctx)
}

// closeTracesWithin is how long the end of a node waits for the collector.
const closeTracesWithin = 3 * time.Second
