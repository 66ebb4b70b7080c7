package otlp_test

import (
	"bytes"
	"context"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"yizheng/tracing/otlp"
)

// TestRefusals: what cannot be meant is refused before anything is traced.
func TestRefusals(t *testing.T) {
	for name, c := range map[string]otlp.Config{
		"no address":       {Ratio: 1},
		"no scheme":        {URL: "collector:4318", Ratio: 1},
		"another scheme":   {URL: "grpc://collector:4317", Ratio: 1},
		"a password":       {URL: "https://me:secret@collector:4318", Ratio: 1},
		"a query":          {URL: "https://collector:4318?token=secret", Ratio: 1},
		"no ratio":         {URL: "https://collector:4318"},
		"more than all":    {URL: "https://collector:4318", Ratio: 1.5},
		"less than none":   {URL: "https://collector:4318", Ratio: -0.5},
		"something silent": {URL: "https://collector:4318#spans", Ratio: 1},
	} {
		_, err := otlp.New(c)
		if err == nil {
			t.Errorf("%s is accepted", name)
		} else if strings.Contains(err.Error(), "secret") {
			t.Errorf("%s: the secret is repeated: %v", name, err)
		}
	}
}

// TestCollectorInTrouble: whatever the collector does, who is traced does not
// wait, and the end comes in time.
func TestCollectorInTrouble(t *testing.T) {
	release := make(chan struct{}) // for whoever waits for the collector: not before the end
	for name, handler := range map[string]http.HandlerFunc{
		"refuses":   func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusServiceUnavailable) },
		"redirects": func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, "/elsewhere", http.StatusFound) },
		"hangs":     func(http.ResponseWriter, *http.Request) { <-release },
	} {
		t.Run(name, func(t *testing.T) {
			collector := httptest.NewServer(handler)
			defer collector.Close()
			defer collector.CloseClientConnections()
			var log bytes.Buffer
			e, err := otlp.New(otlp.Config{URL: collector.URL + "/", Ratio: 1, Token: "secret", Log: slog.New(slog.NewTextHandler(&log, nil)),
				Client: &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}})
			if err != nil {
				t.Fatal(err)
			}
			for range 20000 { // many more than are kept
				_, span := e.Tracer().Start(context.Background(), "verify")
				span.End()
			}
			patience := time.Minute
			if name == "hangs" {
				patience = time.Second
			}
			ctx, cancel := context.WithTimeout(context.Background(), patience)
			defer cancel()
			err = e.Close(ctx)
			if name == "hangs" {
				close(release)
				if err == nil {
					t.Error("what was not sent is not said")
				}
				return
			}
			if s := log.String(); !strings.Contains(s, "traces are dropped") || strings.Contains(s, "secret") {
				t.Errorf("log %s", s)
			}
		})
	}
}
