package main

import (
	"fmt"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"yizheng/exchange/exchangetest"
)

// newTwoDeployments makes a district with one node, a, and another deployment that
// only verifies: told, which the district tells of changed lists; beside, which
// shares a Redis with it and is not told; and untold, a node of its own.
// Every deployment has a Redis of its own where shared is true, and none else.
func newTwoDeployments(t testing.TB, shared bool) *fleet {
	t.Helper()
	f := &fleet{t: t, dir: t.TempDir(), urls: make(map[string]string)}
	f.data, f.program = filepath.Join(f.dir, "district"), ourselves(t)
	f.write("secret", strings.Repeat("s", 40), 0o600)
	rate := map[string]any{"perSecond": 100000, "burst": 100000}
	members := func() map[string]any {
		m := map[string]any{"rate": rate}
		if shared {
			redis := exchangetest.Start(t, exchangetest.Options{})
			m["redis"] = map[string]any{"addresses": []string{redis.Address()}, "secretFile": filepath.Join(f.dir, "secret")}
		}
		return m
	}
	listen := func() string { return fmt.Sprintf("localhost:%d", exchangetest.FreePort(t)) }
	a, told := listen(), listen()
	f.run("init", "--data", f.data, "--demonstration", "--url", "http://"+a)
	home := members()
	home["notify"] = []string{"http://" + told}
	configure(t, filepath.Join(f.data, settingsFile), home)
	out := f.run("issue", "--data", f.data, "--out", filepath.Join(f.dir, "out"), "--json",
		filepath.Join("..", "..", "examples", "bookstore-cafe-5-permits.json"))
	f.id = regexp.MustCompile(`"number": "(310105\d+)"`).FindStringSubmatch(out)[1]
	codes, err := filepath.Glob(filepath.Join(f.dir, "out", "*.txt"))
	if err != nil || len(codes) != 1 {
		t.Fatal(codes, err)
	}
	f.code = string(mustRead(t, codes[0]))
	f.serve("a", a, "--data", f.data)
	abroad := f.write("abroad.json", `{"region": "310105", "reach": ["127.0.0.0/8", "::1/128"]}`, 0o644)
	configure(t, abroad, members())
	f.serve("told", told, "--trust", trustPath(f.data), "--config", abroad)
	if shared {
		f.serve("beside", listen(), "--trust", trustPath(f.data), "--config", abroad)
	}
	alone := f.write("alone.json", `{"region": "310105", "reach": ["127.0.0.0/8", "::1/128"]}`, 0o644)
	configure(t, alone, map[string]any{"rate": rate})
	f.serve("untold", listen(), "--trust", trustPath(f.data), "--config", alone)
	permit := f.permits()[0]
	f.permit = permit.Number
	f.token = strings.TrimSpace(f.run("token", "--data", f.data, "--scope", "permit:write", "--authority", permit.Authority))
	for node := range f.urls {
		f.state(node)
	}
	return f
}

// TestSeenAbroad: what is done in one deployment is seen within a second in
// another that is told of it, at all of its nodes, and in one that is not told
// when it next asks. A receiver that is away costs the district nothing. Nothing
// runs beside it, and how soon says nothing under the race detector.
func TestSeenAbroad(t *testing.T) {
	f := newTwoDeployments(t, true)
	time.Sleep(time.Second) // by now all listen to their Redis
	took := f.travels(6, "told", "beside")
	for _, node := range []string{"told", "beside"} {
		all := took[node]
		t.Logf("%s: p50 %v, at most %v", node, all[len(all)/2], all[len(all)-1])
		if all[len(all)-1] > time.Second && !raced {
			t.Errorf("%s sees an act after %v", node, all[len(all)-1])
		}
	}
	taken := regexp.MustCompile(`yizheng_http_requests_total{[^}]*route="/v1/notices",status="202"} (\d+)`)
	for node, told := range map[string]bool{"told": true, "untold": false} {
		_, metrics := f.ask(node, "GET", "/metrics", "")
		if count := taken.FindStringSubmatch(metrics); told != (count != nil) || told && count[1] == "0" {
			t.Errorf("%s took notices: %v, want %v", node, count, told)
		}
	}
	untold := f.travels(1, "untold")["untold"][0]
	t.Logf("untold: %v", untold)
	if untold > 8*time.Second && !raced {
		t.Errorf("a deployment that is not told sees an act after %v", untold)
	}
}

// BenchmarkSeenAbroad measures how long after the request an act in one
// deployment is seen in others, with a Redis in each and without.
func BenchmarkSeenAbroad(b *testing.B) {
	for _, shared := range []bool{true, false} {
		b.Run(fmt.Sprintf("redis=%v", shared), func(b *testing.B) {
			f := newTwoDeployments(b, shared)
			nodes := []string{"told"}
			if shared {
				nodes = append(nodes, "beside")
			}
			time.Sleep(time.Second)
			b.ResetTimer()
			for node, all := range f.travels(b.N, nodes...) {
				for _, p := range []int{50, 99, 100} {
					at := min(len(all)*p/100, len(all)-1)
					b.ReportMetric(float64(all[at].Microseconds())/1000, fmt.Sprintf("ms-p%d-%s", p, node))
				}
			}
		})
	}
}
