package lint

import (
	"bytes"
	"context"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"go.opentelemetry.io/collector/component/componenttest"
	"go.opentelemetry.io/collector/confmap"
	"go.opentelemetry.io/collector/consumer/consumertest"
	"go.opentelemetry.io/collector/pdata/ptrace"
	"go.opentelemetry.io/collector/receiver/otlpreceiver"
	"go.opentelemetry.io/collector/receiver/receivertest"
)

// freePort gives an address on which nobody listens.
func freePort(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	return l.Addr().String()
}

// TestCollectorTakesSpans has the OpenTelemetry collector's own receiver take
// the spans of a node that only verifies.
func TestCollectorTakesSpans(t *testing.T) {
	factory, taken, endpoint := otlpreceiver.NewFactory(), new(consumertest.TracesSink), freePort(t)
	config := factory.CreateDefaultConfig()
	protocols := map[string]any{"protocols": map[string]any{"http": map[string]any{"endpoint": endpoint}}}
	if err := confmap.NewFromStringMap(protocols).Unmarshal(config); err != nil {
		t.Fatal(err)
	}
	receiver, err := factory.CreateTraces(t.Context(), receivertest.NewNopSettings(factory.Type()), config, taken)
	if err != nil {
		t.Fatal(err)
	}
	if err := receiver.Start(t.Context(), componenttest.NewNopHost()); err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := receiver.Shutdown(context.Background()); err != nil {
			t.Error(err)
		}
	}()

	dir := t.TempDir()
	program := filepath.Join(dir, "yizheng")
	build := exec.Command("go", "build", "-trimpath", "-ldflags", "-s -w", "-o", program, "./cmd/yizheng")
	build.Dir, build.Env = filepath.Join("..", ".."), append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	data := filepath.Join(dir, "district")
	if out, err := exec.Command(program, "init", "--data", data, "--demonstration", "--url", "http://localhost:1").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	settings := filepath.Join(dir, "verifier.json")
	if err := os.WriteFile(settings, fmt.Appendf(nil, `{"tracing": {"url": "http://%s"}}`, endpoint), 0o644); err != nil {
		t.Fatal(err)
	}
	listen := freePort(t)
	node := exec.Command(program, "serve", "--trust", filepath.Join(data, "trust.json"), "--config", settings, "--listen", listen)
	var log bytes.Buffer
	node.Stderr = &log
	if err := node.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() { _ = node.Process.Kill() }()
	const caller = "0af7651916cd43dd8448eb211c80319c"
	for deadline := time.Now().Add(20 * time.Second); ; time.Sleep(20 * time.Millisecond) {
		r, err := http.NewRequest(http.MethodGet, "http://"+listen+"/v/8610", nil)
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("traceparent", "00-"+caller+"-b7ad6b7169203331-01")
		answer, err := http.DefaultClient.Do(r)
		if err == nil {
			_ = answer.Body.Close()
			break
		}
		if time.Now().After(deadline) {
			t.Fatal(err)
		}
	}
	if err := node.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	if err := node.Wait(); err != nil {
		t.Errorf("%v\n%s", err, &log)
	}
	var names []string
	for _, traces := range taken.AllTraces() {
		for _, of := range traces.ResourceSpans().All() {
			if name, _ := of.Resource().Attributes().Get("service.name"); name.AsString() != "yizheng" {
				t.Errorf("spans of %q", name.AsString())
			}
			for _, scope := range of.ScopeSpans().All() {
				for _, span := range scope.Spans().All() {
					names = append(names, span.Name())
					if span.TraceID().String() != caller || span.Kind() == ptrace.SpanKindUnspecified || span.EndTimestamp() < span.StartTimestamp() {
						t.Errorf("span %s of %s", span.Name(), span.TraceID())
					}
				}
			}
		}
	}
	if got := strings.Join(names, ", "); got != "verify, GET /v/*" {
		t.Errorf("the collector has %q\n%s", got, &log)
	}
}
