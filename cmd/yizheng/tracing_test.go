package main

import (
	"bytes"
	"encoding/hex"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	wire "go.opentelemetry.io/proto/otlp/trace/v1"
	"google.golang.org/protobuf/proto"

	"yizheng/library"
)

// collector takes spans as an OpenTelemetry collector does, by the messages
// of the protocol's own definition.
type collector struct {
	t     *testing.T
	token string

	mu    sync.Mutex
	raw   []byte // everything that came
	spans []*wire.Span
}

// ServeHTTP implements http.Handler.
func (c *collector) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		c.t.Error(err)
	}
	if r.Method != http.MethodPost || r.URL.Path != "/v1/traces" || r.Header.Get("Content-Type") != "application/x-protobuf" ||
		r.Header.Get("Authorization") != "Bearer "+c.token {
		c.t.Errorf("%s %s %v", r.Method, r.URL, r.Header)
	}
	var data wire.TracesData
	if err := proto.Unmarshal(body, &data); err != nil || len(data.ProtoReflect().GetUnknown()) > 0 {
		c.t.Errorf("no spans: %v", err)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.raw = append(c.raw, body...)
	for _, of := range data.ResourceSpans {
		about := of.Resource.String()
		for _, want := range []string{"service.name", `"yizheng"`, "service.version", "yizheng.region", `"310105"`} {
			if !strings.Contains(strings.ReplaceAll(about, `: "`, `:"`), want) {
				c.t.Errorf("the resource %s lacks %s", about, want)
			}
		}
		for _, scope := range of.ScopeSpans {
			c.spans = append(c.spans, scope.Spans...)
		}
	}
}

// find gives the spans of a name in a trace.
func (c *collector) find(traceID, name string) (found []*wire.Span) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, s := range c.spans {
		if hex.EncodeToString(s.TraceId) == traceID && s.Name == name {
			found = append(found, s)
		}
	}
	return found
}

// attribute gives an attribute's text.
func attribute(s *wire.Span, key string) string {
	for _, a := range s.Attributes {
		if a.Key == key {
			return a.Value.GetStringValue()
		}
	}
	return ""
}

// TestTraces issues a license within a caller's trace and follows it through
// the register and the queue to the library; verifies it; and looks that no
// span holds what a reader of traces may not see.
func TestTraces(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	data := filepath.Join(dir, "district")
	run := func(args ...string) string {
		t.Helper()
		exit, out, problems := runMain("", args...)
		if exit != 0 {
			t.Fatalf("%v: exit %d\n%s%s", args, exit, out, problems)
		}
		return out
	}
	write := func(name, content string) string {
		t.Helper()
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	run("init", "--data", data, "--demonstration", "--url", "https://zheng.example")
	collecting := &collector{t: t, token: "collectors-secret"}
	takes := httptest.NewServer(collecting)
	defer takes.Close()

	receiver, err := library.NewReceiver(t.Context(), library.ReceiverConfig{Path: filepath.Join(dir, "library.db"), Token: "librarys-secret", Clock: time.Now})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = receiver.Close() }()
	var mu sync.Mutex
	var arrived []http.Header
	libraries := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		arrived = append(arrived, r.Header.Clone())
		mu.Unlock()
		receiver.ServeHTTP(w, r)
	}))
	defer libraries.Close()

	configure(t, filepath.Join(data, settingsFile), map[string]any{
		"tracing": map[string]any{"url": takes.URL, "tokenFile": write("collector.token", collecting.token)},
		"library": map[string]any{"url": libraries.URL, "tokenFile": write("library.token", "librarys-secret")},
	})
	node, stop := serving(t, "serve", "--data", data, "--listen", "127.0.0.1:0")
	token := strings.TrimSpace(run("token", "--data", data, "--scope", "license:write", "--scope", "license:read"))
	ask := func(method, path, body string, header ...string) (*http.Response, string) {
		t.Helper()
		r, err := http.NewRequestWithContext(t.Context(), method, node+path, strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		for i := 0; i+1 < len(header); i += 2 {
			r.Header.Set(header[i], header[i+1])
		}
		answer, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = answer.Body.Close() }()
		b, err := io.ReadAll(answer.Body)
		if err != nil {
			t.Fatal(err)
		}
		return answer, string(b)
	}

	const caller, callersSpan = "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"
	application := string(mustRead(t, filepath.Join("..", "..", "examples", "bookstore-cafe-5-permits.json")))
	answer, body := ask("POST", "/v1/licenses", application, "Authorization", "Bearer "+token, "Idempotency-Key", "traced-once",
		"Content-Type", "application/json", "traceparent", "00-"+caller+"-"+callersSpan+"-01", "tracestate", "someone=elses", "baggage", "what=ever")
	if answer.StatusCode != http.StatusCreated {
		t.Fatal(answer.Status, body)
	}
	request := answer.Header.Get("X-Request-Id")
	eventually(t, 20*time.Second, "the license and its document were not filed", func() bool {
		mu.Lock()
		defer mu.Unlock()
		return len(arrived) >= 2
	})
	_, licenses := ask("GET", "/v1/licenses", "", "Authorization", "Bearer "+token)
	found := regexp.MustCompile(`"number": ?"(310105\d+)"`).FindStringSubmatch(licenses)
	if found == nil {
		t.Fatal(licenses)
	}
	number := found[1]
	_, code := ask("GET", "/v1/licenses/"+number+"/code.txt", "", "Authorization", "Bearer "+token)
	digits := code[strings.LastIndex(code, "/")+1:]
	const checking = "4bf92f3577b34da6a3ce929d0e0e4736"
	if answer, body = ask("GET", "/v/"+digits, "", "Accept", "application/json", "traceparent", "00-"+checking+"-"+callersSpan+"-01"); answer.StatusCode != http.StatusOK {
		t.Fatal(answer.Status, body)
	}
	const quiet = "11112222333344445555666677778888"
	ask("GET", "/v/8610", "", "traceparent", "00-"+quiet+"-"+callersSpan+"-00") // a caller who records nothing
	stop()

	for _, test := range []struct{ trace, name, above string }{
		{caller, "POST /v1/licenses", ""},
		{caller, "issue", "POST /v1/licenses"},
		{caller, "register: write", "issue"},
		{caller, "job: library_deliver", "register: write"},
		{caller, "job: render_document", "register: write"},
		{caller, "library: file", "job: library_deliver"},
		{checking, "GET /v/*", ""},
		{checking, "verify", "GET /v/*"},
	} {
		above := map[string]bool{callersSpan: test.above == ""}
		for _, s := range collecting.find(test.trace, test.above) {
			above[hex.EncodeToString(s.SpanId)] = true
		}
		if !slices.ContainsFunc(collecting.find(test.trace, test.name), func(s *wire.Span) bool { return above[hex.EncodeToString(s.ParentSpanId)] }) {
			t.Errorf("no span %q lies below %q", test.name, test.above)
		}
	}
	if outcomes := collecting.find(checking, "verify"); len(outcomes) == 1 && attribute(outcomes[0], "yizheng.outcome") == "" {
		t.Error("the verification has no outcome")
	}
	if issued := collecting.find(caller, "POST /v1/licenses"); len(issued) == 1 && attribute(issued[0], "yizheng.request") != request {
		t.Errorf("the span is of the request %q, the answer of %q", attribute(issued[0], "yizheng.request"), request)
	}
	collecting.mu.Lock()
	defer collecting.mu.Unlock()
	for _, s := range collecting.spans {
		if hex.EncodeToString(s.TraceId) == quiet {
			t.Error("what the caller does not record is recorded")
		}
	}
	for what, secret := range map[string]string{
		"the code": digits[:60], "a token": token[len(token)-40:], "the library's token": "librarys-secret", "the collector's token": collecting.token,
		"the license's number": number, "an idempotency key": "traced-once", "tracestate": "elses", "the holder": "书",
	} {
		if bytes.Contains(collecting.raw, []byte(secret)) {
			t.Errorf("a span holds %s", what)
		}
	}
	mu.Lock()
	defer mu.Unlock()
	for _, h := range arrived {
		if !strings.HasPrefix(h.Get("Traceparent"), "00-"+caller+"-") || h.Get("Tracestate") != "" || h.Get("Baggage") != "" {
			t.Errorf("the library was told %q, %q, %q", h.Get("Traceparent"), h.Get("Tracestate"), h.Get("Baggage"))
		}
	}
}
