package main

import (
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"yizheng/exchange/exchangetest"
)

// TestClientsBehindAProxy starts both kinds of node behind a proxy that the
// configuration names, and behind one that it does not.
func TestClientsBehindAProxy(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "district")
	if exit, out, complaints := runMain("", "init", "--data", dir, "--demonstration", "--url", "http://localhost:8080"); exit != 0 {
		t.Fatalf("init: exit %d, %s%s", exit, out, complaints)
	}
	verifying := filepath.Join(t.TempDir(), "verifier.json")
	if err := os.WriteFile(verifying, []byte("{}"), 0o644); err != nil {
		t.Fatal(err)
	}
	for _, node := range []struct {
		name, config string
		args         []string
	}{
		{"issuing", filepath.Join(dir, settingsFile), []string{"--data", dir}},
		{"verifying", verifying, []string{"--trust", trustPath(dir), "--config", verifying}},
	} {
		for _, c := range []struct {
			name    string
			proxies []string
			other   int // what another client behind the proxy is answered
		}{
			{"named", []string{"127.0.0.1", "::1/128"}, http.StatusOK},
			{"not named", []string{"10.0.0.0/8"}, http.StatusTooManyRequests},
		} {
			t.Run(node.name+", "+c.name, func(t *testing.T) {
				configure(t, node.config, map[string]any{"proxies": c.proxies, "rate": map[string]any{"perSecond": 0.001, "burst": 2}})
				listen := fmt.Sprintf("localhost:%d", exchangetest.FreePort(t))
				p := startNode(t, ourselves(t), listen, node.args...)
				ask := func(forwarded string, want int) {
					t.Helper()
					request, err := http.NewRequest(http.MethodGet, "http://"+listen+"/v/1", nil)
					if err != nil {
						t.Fatal(err)
					}
					request.Header.Set("X-Forwarded-For", forwarded)
					request.Close = true
					answer, err := http.DefaultClient.Do(request)
					if err != nil {
						t.Fatal(err)
					}
					_ = answer.Body.Close()
					if answer.StatusCode != want {
						t.Errorf("for %s: %d", forwarded, answer.StatusCode)
					}
				}
				for _, want := range []int{200, 200, 429} {
					ask("203.0.113.1, 198.51.100.9", want) // what the client wrote himself stands to the left
				}
				ask("198.51.100.10", c.other)
				p.end(t)
				if n := strings.Count(p.log.String(), "proxy_unknown"); n != 0 && c.other == http.StatusOK || n != 1 && c.other != http.StatusOK {
					t.Errorf("told %d times\n%s", n, p.log.String())
				}
			})
		}
	}
}

func TestProxies(t *testing.T) {
	for _, c := range []struct {
		text   string
		passes bool
	}{
		{"10.0.0.0/8", true},
		{"10.1.2.3", true},
		{"fd00:1::/32", true},
		{"::1", true},
		{"10.0.0.1/8", false},
		{"0.0.0.0/0", false},
		{"::/0", false},
		{"::ffff:10.0.0.1", false},
		{"fe80::1%eth0", false},
		{"proxy.example", false},
		{"", false},
	} {
		t.Run(c.text, func(t *testing.T) {
			if _, err := proxiesOf([]string{"127.0.0.1", c.text}); (err == nil) != c.passes {
				t.Errorf("got %v", err)
			}
		})
	}
}
