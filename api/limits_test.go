package api_test

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/prometheus/client_golang/prometheus"

	"yizheng/api"
	"yizheng/exchange"
)

func TestRateLimit(t *testing.T) {
	w := newWorld(t, func(c *api.Config) {
		limiter, err := exchange.New(exchange.Config{Rate: exchange.Rate{PerSecond: 0.5, Burst: 2}, Clock: c.Clock})
		if err != nil {
			t.Fatal(err)
		}
		c.Limiter = limiter
		c.Proxies = []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8")}
	})
	ask := func(from, forwarded string) int {
		t.Helper()
		r := request{method: "GET", path: "/v/1", accept: "application/json", from: from}
		if forwarded != "" {
			r.header = map[string]string{"X-Forwarded-For": forwarded}
		}
		return w.do(r).Code
	}
	for n, want := range []int{200, 200, 429} {
		if got := ask("192.0.2.1:1", ""); got != want {
			t.Errorf("request %d: %d", n, got)
		}
	}
	if got := ask("192.0.2.1:2", "198.51.100.7"); got != 429 {
		t.Errorf("a client that forges X-Forwarded-For: %d", got)
	}
	if got := ask("192.0.2.2:1", ""); got != 200 {
		t.Errorf("another client: %d", got)
	}
	// Behind our proxy, each client counts for itself.
	for n, want := range []int{200, 200, 429} {
		if got := ask("10.1.1.1:1", "198.51.100.9"); got != want {
			t.Errorf("behind the proxy %d: %d", n, got)
		}
	}
	if got := ask("10.1.1.1:1", "198.51.100.9, 198.51.100.10"); got != 200 {
		t.Errorf("another behind the proxy: %d", got)
	}
	// What the client wrote himself stands to the left of what the proxy wrote.
	for n, want := range []int{200, 429} {
		if got := ask("10.1.1.1:1", fmt.Sprintf("203.0.113.%d, 198.51.100.10, 10.9.9.9", n)); got != want {
			t.Errorf("a client that forges it behind two proxies %d: %d", n, got)
		}
	}
	if n := strings.Count(w.log.String(), "proxy_unknown"); n != 1 {
		t.Errorf("the log is told %d times of X-Forwarded-For from no proxy", n)
	}
	// A whole IPv6 /64 is one client.
	for n, want := range []int{200, 200, 429} {
		if got := ask("[2001:db8::"+strconv.Itoa(n+1)+"]:1", ""); got != want {
			t.Errorf("IPv6 %d: %d", n, got)
		}
	}
	answer := w.want(request{method: "POST", path: "/v1/verify", media: "text/plain", body: "x", from: "192.0.2.1:1"}, 429, "rate_limited")
	if answer.Header().Get("Retry-After") != "2" {
		t.Errorf("Retry-After %q", answer.Header().Get("Retry-After"))
	}
	if page := w.want(request{method: "POST", path: "/verify", media: "application/x-www-form-urlencoded", body: "text=x", from: "192.0.2.1:1"}, 429, ""); !strings.Contains(page.Body.String(), "请求过于频繁") {
		t.Error("a person gets no page")
	}
}

func TestPanicsAreOursAndBland(t *testing.T) {
	w := newWorld(t, func(c *api.Config) { c.Verifier = failing{} })
	for _, accept := range []string{"application/json", "text/html"} {
		answer := w.want(request{method: "GET", path: "/v/1", accept: accept}, 500, "")
		if strings.Contains(answer.Body.String(), "secret cause") {
			t.Error("the cause is told to the outside")
		}
		id := answer.Header().Get("X-Request-Id")
		if id == "" || !strings.Contains(answer.Body.String(), id) || !strings.Contains(w.log.String(), id) {
			t.Errorf("the request id %q is not in the answer and the log", id)
		}
	}
	if !strings.Contains(w.log.String(), "secret cause") {
		t.Error("the log has no cause")
	}
}

func TestReadiness(t *testing.T) {
	var broken, spared atomic.Bool
	w := newWorld(t, func(c *api.Config) {
		c.Checks = append(c.Checks, api.Check{Name: "redis", Spared: true, Ready: func(context.Context) error {
			if spared.Load() {
				return errBroken
			}
			return nil
		}}, api.Check{Name: "trust_list", Ready: func(context.Context) error {
			if broken.Load() {
				return &api.NotReady{Reason: "trust_list_expired", Cause: errBroken}
			}
			return nil
		}})
	})
	w.want(request{method: "GET", path: "/healthz"}, 200, "")
	w.want(request{method: "GET", path: "/readyz"}, 200, "")
	spared.Store(true)
	answer := w.want(request{method: "GET", path: "/readyz"}, 200, "")
	if body := answer.Body.String(); !strings.Contains(body, `"redis":"degraded"`) || !strings.Contains(body, `"status":"degraded"`) ||
		!strings.Contains(body, `"missing":{"redis":"unavailable"}`) {
		t.Errorf("answer %s", body)
	}
	broken.Store(true)
	answer = w.want(request{method: "GET", path: "/readyz"}, 503, "")
	if body := answer.Body.String(); strings.Contains(body, "secret cause") || !strings.Contains(body, `"trust_list":"failed"`) || !strings.Contains(body, `"register":"ok"`) ||
		!strings.Contains(body, `"trust_list":"trust_list_expired"`) {
		t.Errorf("answer %s", body)
	}
	body := w.want(request{method: "GET", path: "/metrics"}, 200, "").Body.String()
	for _, line := range []string{
		`yizheng_readiness_check{check="redis",spared="yes"} 0`, `yizheng_readiness_check{check="trust_list",spared="no"} 0`,
		`yizheng_readiness_check{check="register",spared="no"} 1`,
	} {
		if !strings.Contains(body, line) {
			t.Errorf("no line %s", line)
		}
	}
	w.want(request{method: "GET", path: "/healthz"}, 200, "")
	if err := w.register.Close(); err != nil {
		t.Fatal(err)
	}
	w.want(request{method: "GET", path: "/readyz"}, 503, "")
	w.want(request{method: "GET", path: "/v1/licenses", token: w.asOffice()}, 500, "internal")
}

// TestRequestIDs: a proxy's id is taken over, so that both logs can be laid side
// by side, and nothing else that somebody writes there.
func TestRequestIDs(t *testing.T) {
	w := newWorld(t, nil)
	for _, test := range []struct {
		given string
		kept  bool
	}{
		{"0af7651916cd43dd8448eb211c80319c", true},
		{"5f3c9a2e-1b7d-4e60-9c1f-0a2b3c4d5e6f", true},
		{"", false},
		{"5F3C9A2E1B7D4E609C1F0A2B3C4D5E6F", false},
		{"0af7651916cd43dd8448eb211c80319c level=ERROR", false},
		{"JY13101050042467", false},
		{"91310000631696382C", false},
		{strings.Repeat("31", 2000), false},
	} {
		w.log.Reset()
		answer := w.want(request{method: "GET", path: "/v1/licenses", header: map[string]string{"X-Request-Id": test.given}}, 401, "token_missing")
		id := answer.Header().Get("X-Request-Id")
		if (id == test.given) != test.kept || id == "" {
			t.Errorf("for %.40q the id is %q", test.given, id)
		}
		if log := w.log.String(); !strings.Contains(log, `"request":"`+id) || !test.kept && test.given != "" && strings.Contains(log, test.given) {
			t.Errorf("for %.40q the log says %s", test.given, log)
		}
	}
}

// TestProbesAreQuiet: what machines ask every few seconds fills no log, unless
// the answer is a bad one.
func TestProbesAreQuiet(t *testing.T) {
	var broken atomic.Bool
	w := newWorld(t, func(c *api.Config) {
		c.Checks = append(c.Checks, api.Check{Name: "trust", Ready: func(context.Context) error {
			if broken.Load() {
				return errBroken
			}
			return nil
		}})
	})
	for _, test := range []struct {
		path, level string
		broken      bool
	}{
		{"/healthz", "DEBUG", true}, {"/readyz", "DEBUG", false}, {"/readyz", "INFO", true}, {"/metrics", "DEBUG", false}, {"/robots.txt", "INFO", false},
	} {
		broken.Store(test.broken)
		w.log.Reset()
		w.do(request{method: "GET", path: test.path})
		if log := w.log.String(); !strings.Contains(log, `"level":"`+test.level+`","msg":"request"`) {
			t.Errorf("%s, broken %t: log %s", test.path, test.broken, log)
		}
	}
}

func TestMetrics(t *testing.T) {
	others := prometheus.NewGauge(prometheus.GaugeOpts{Name: "yizheng_outbox_pending", Help: "Events."})
	w := newWorld(t, func(c *api.Config) { c.Metrics = []prometheus.Collector{others} })
	w.want(request{method: "GET", path: "/v/8610", accept: "application/json"}, 200, "")
	w.want(request{method: "GET", path: "/nowhere/8610", accept: "application/json", wild: true}, 404, "")
	body := w.want(request{method: "GET", path: "/metrics"}, 200, "").Body.String()
	for _, line := range []string{
		`yizheng_http_requests_total{method="GET",route="/v/*",status="200"} 1`,
		`yizheng_http_requests_total{method="GET",route="none",status="404"} 1`,
		`yizheng_verifications_total{outcome="not_a_license",way="address"} 1`,
		`yizheng_outbox_pending 0`,
	} {
		if !strings.Contains(body, line) {
			t.Errorf("no line %s", line)
		}
	}
	if strings.Contains(body, "8610") {
		t.Error("a path stands in the metrics")
	}
}

func TestServerHasEveryLimit(t *testing.T) {
	s := api.Server(http.NotFoundHandler(), ":0", nil)
	if s.ReadHeaderTimeout <= 0 || s.ReadTimeout <= 0 || s.WriteTimeout <= 0 || s.IdleTimeout <= 0 || s.MaxHeaderBytes <= 0 {
		t.Errorf("server %+v", s)
	}
}

func TestConfigurationsThatAreRefused(t *testing.T) {
	good := newWorld(t, nil).config
	for name, change := range map[string]func(*api.Config){
		"no verifier":             func(c *api.Config) { c.Verifier = nil },
		"no documents":            func(c *api.Config) { c.Documents = nil },
		"no address":              func(c *api.Config) { c.URL = "zheng.example" },
		"address with a slash":    func(c *api.Config) { c.URL += "/" },
		"issuer without access":   func(c *api.Config) { c.Access = nil },
		"issuer without register": func(c *api.Config) { c.Register, c.Renderer = nil, nil },
		"issuer without a name":   func(c *api.Config) { c.IssuerName = "" },
		"no region":               func(c *api.Config) { c.Region = "" },
		"negative limit":          func(c *api.Config) { c.Scans = -1 },
	} {
		c := good
		change(&c)
		if _, err := api.New(c); err == nil {
			t.Errorf("%s is accepted", name)
		}
	}
}

// TestTooLargeIsTold holds that a client which writes all of a file that is too
// large before it reads gets the whole answer.
func TestTooLargeIsTold(t *testing.T) {
	w := newWorld(t, nil)
	server := httptest.NewUnstartedServer(nil)
	server.Config = api.Server(w.handler, "", nil)
	server.Start()
	defer server.Close()
	file := make([]byte, 30<<20)
	for _, path := range []string{"/verify", "/v1/verify"} {
		for name, body := range map[string]string{
			"of a stated size": fmt.Sprintf("Content-Length: %d\r\n\r\n%s", len(file), file),
			"in chunks":        fmt.Sprintf("Transfer-Encoding: chunked\r\n\r\n%x\r\n%s\r\n0\r\n\r\n", len(file), file),
		} {
			t.Run(path+" "+name, func(t *testing.T) {
				connection, err := net.Dial("tcp", server.Listener.Addr().String())
				if err != nil {
					t.Fatal(err)
				}
				defer func() { _ = connection.Close() }()
				if _, err := fmt.Fprintf(connection, "POST %s HTTP/1.1\r\nHost: localhost\r\nContent-Type: image/png\r\n%s", path, body); err != nil {
					t.Fatal(err)
				}
				answer, err := http.ReadResponse(bufio.NewReader(connection), nil)
				if err != nil {
					t.Fatal(err)
				}
				defer func() { _ = answer.Body.Close() }()
				if _, err := io.ReadAll(answer.Body); err != nil || answer.StatusCode != http.StatusRequestEntityTooLarge {
					t.Errorf("%d, %v", answer.StatusCode, err)
				}
			})
		}
	}
}
