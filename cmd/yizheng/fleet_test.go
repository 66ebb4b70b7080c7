package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"yizheng/exchange/exchangetest"
	"yizheng/license"
)

// fleet is a deployment of real processes: two nodes on one register and one
// that only verifies, all of them sharing one Redis.
type fleet struct {
	t       testing.TB
	dir     string
	data    string
	redis   *exchangetest.Server
	program string
	urls    map[string]string // by the name of a node: a, b, v
	token   string            // of the department that granted the permit
	id      string            // of the one license
	permit  string            // number of one of its permits
	code    string
	shown   string // path by which the license's live codes are made; empty before it was asked for
}

// newFleet makes the district, issues a license and starts the nodes. members
// gives what the configuration says of Redis beside its address.
func newFleet(t testing.TB, redis *exchangetest.Server, members func(dir string) map[string]any) *fleet {
	t.Helper()
	f := &fleet{t: t, dir: t.TempDir(), redis: redis, urls: make(map[string]string)}
	f.data, f.program = filepath.Join(f.dir, "district"), ourselves(t)
	a := fmt.Sprintf("http://localhost:%d", exchangetest.FreePort(t))
	f.run("init", "--data", f.data, "--demonstration", "--url", a)
	f.write("secret", strings.Repeat("s", 40), 0o600)
	f.write("password", "wort", 0o600)
	shared := map[string]any{"addresses": []string{redis.Address()}, "secretFile": filepath.Join(f.dir, "secret")}
	for name, value := range members(f.dir) {
		shared[name] = value
	}
	rate := map[string]any{"perSecond": 100000, "burst": 100000}
	configure(t, filepath.Join(f.data, settingsFile), map[string]any{"redis": shared, "rate": rate})
	verifying := f.write("verifier.json", `{"region": "310105", "url": "`+a+`"}`, 0o644)
	configure(t, verifying, map[string]any{"redis": shared, "rate": rate})
	out := f.run("issue", "--data", f.data, "--out", filepath.Join(f.dir, "out"), "--json",
		filepath.Join("..", "..", "examples", "bookstore-cafe-5-permits.json"))
	f.id = regexp.MustCompile(`"number": "(310105\d+)"`).FindStringSubmatch(out)[1]
	codes, err := filepath.Glob(filepath.Join(f.dir, "out", "*.txt"))
	if err != nil || len(codes) != 1 {
		t.Fatal(codes, err)
	}
	f.code = string(mustRead(t, codes[0]))
	f.serve("a", strings.TrimPrefix(a, "http://"), "--data", f.data)
	f.serve("b", fmt.Sprintf("localhost:%d", exchangetest.FreePort(t)), "--data", f.data)
	f.serve("v", fmt.Sprintf("localhost:%d", exchangetest.FreePort(t)), "--trust", trustPath(f.data), "--config", verifying)
	permit := f.permits()[0]
	f.permit = permit.Number
	f.token = strings.TrimSpace(f.run("token", "--data", f.data, "--scope", "permit:write", "--authority", permit.Authority))
	return f
}

func (f *fleet) write(name, content string, mode os.FileMode) string {
	f.t.Helper()
	path := filepath.Join(f.dir, name)
	if err := os.WriteFile(path, []byte(content), mode); err != nil {
		f.t.Fatal(err)
	}
	return path
}

// configure adds members to a configuration.
func configure(t testing.TB, path string, members map[string]any) {
	t.Helper()
	all := make(map[string]any)
	if err := json.Unmarshal(mustRead(t, path), &all); err != nil {
		t.Fatal(err)
	}
	for name, value := range members {
		all[name] = value
	}
	if err := os.WriteFile(path, []byte(mustJSON(t, all)), 0o644); err != nil {
		t.Fatal(err)
	}
}

func (f *fleet) run(args ...string) string {
	f.t.Helper()
	exit, out, complaints := runMain("", args...)
	if exit != 0 {
		f.t.Fatalf("%v: exit %d, %s%s", args, exit, out, complaints)
	}
	return out
}

// process is a node's process.
type process struct {
	*exec.Cmd
	log   bytes.Buffer
	ready time.Duration    // from its start to the first good answer of /readyz
	end   func(testing.TB) // ends it, and looks that it ends well
}

// serve starts a node and waits until it is ready.
func (f *fleet) serve(name, listen string, args ...string) *process {
	f.t.Helper()
	f.urls[name] = "http://" + listen
	return startNode(f.t, f.program, listen, args...)
}

func startNode(t testing.TB, program, listen string, args ...string) *process {
	t.Helper()
	p := &process{Cmd: exec.Command(program, append([]string{"serve", "--listen", listen}, args...)...)}
	p.Stdout, p.Stderr = &p.log, &p.log
	began := time.Now()
	if err := p.Start(); err != nil {
		t.Fatal(err)
	}
	var once sync.Once
	p.end = func(t testing.TB) {
		once.Do(func() {
			_ = p.Process.Signal(syscall.SIGTERM)
			if err := p.Wait(); err != nil {
				t.Errorf("%v ended with %v\n%s", args, err, p.log.String())
			}
		})
	}
	t.Cleanup(func() { p.end(t) })
	// A connection kept for later would keep the node from ending.
	asking := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	for until := began.Add(time.Minute); ; time.Sleep(time.Millisecond) {
		answer, err := asking.Get("http://" + listen + "/readyz")
		if err == nil {
			_ = answer.Body.Close()
			if answer.StatusCode == http.StatusOK {
				p.ready = time.Since(began)
				return p
			}
		}
		if time.Now().After(until) {
			t.Fatalf("%v is not ready: %v", args, err)
		}
	}
}

// ask makes a request to a node and gives the answer's status and body.
func (f *fleet) ask(node, method, path, body string, header ...string) (int, string) {
	f.t.Helper()
	request, err := http.NewRequest(method, f.urls[node]+path, strings.NewReader(body))
	if err != nil {
		f.t.Fatal(err)
	}
	request.Header.Set("Accept", "application/json")
	for i := 0; i+1 < len(header); i += 2 {
		request.Header.Set(header[i], header[i+1])
	}
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		f.t.Fatal(err)
	}
	defer func() { _ = answer.Body.Close() }()
	raw, err := io.ReadAll(answer.Body)
	if err != nil {
		f.t.Fatal(err)
	}
	return answer.StatusCode, string(raw)
}

type permitAnswer struct{ Number, Authority, State string }

// permits gives the permits of the license as node a sees them.
func (f *fleet) permits() []permitAnswer {
	f.t.Helper()
	var got struct {
		License struct{ Permits []permitAnswer }
	}
	_, body := f.ask("a", "POST", "/v1/verify", f.code, "Content-Type", "text/plain")
	if err := json.Unmarshal([]byte(body), &got); err != nil || len(got.License.Permits) == 0 {
		f.t.Fatal(err, body)
	}
	return got.License.Permits
}

// state gives the state of the one permit as a node sees it.
func (f *fleet) state(node string) string {
	f.t.Helper()
	var got struct {
		License struct{ Permits []permitAnswer }
	}
	_, body := f.ask(node, "POST", "/v1/verify", f.code, "Content-Type", "text/plain")
	if err := json.Unmarshal([]byte(body), &got); err != nil {
		f.t.Fatal(err, body)
	}
	for _, p := range got.License.Permits {
		if p.Number == f.permit {
			return p.State
		}
	}
	return "none: " + body
}

// act suspends or reinstates the one permit at node a.
func (f *fleet) act(n int) (becomes string) {
	f.t.Helper()
	act, becomes := "suspend", "suspended"
	if n%2 == 1 {
		act, becomes = "reinstate", "valid"
	}
	status, body := f.ask("a", "POST", "/v1/licenses/"+f.id+"/permits/"+f.permit+"/"+act, `{"reason":"复查"}`,
		"Content-Type", "application/json", "Authorization", "Bearer "+f.token, "Idempotency-Key", fmt.Sprintf("act-%d-%d", n, time.Now().UnixNano()))
	if status != http.StatusOK {
		f.t.Fatalf("%s: %d %s", act, status, body)
	}
	return becomes
}

// seen waits until a node sees a state, and gives how long after began that
// was.
func (f *fleet) seen(node, state string, began time.Time) time.Duration {
	for {
		if f.state(node) == state {
			return time.Since(began)
		}
		if time.Since(began) > 30*time.Second {
			f.t.Errorf("node %s does not see that the permit is %s", node, state)
			return time.Since(began)
		}
		time.Sleep(500 * time.Microsecond)
	}
}

// travels makes so many acts in the district and gives how long after the
// request each was seen at the nodes, in order.
func (f *fleet) travels(acts int, nodes ...string) map[string][]time.Duration {
	took := make(map[string][]time.Duration)
	for n := range acts {
		began := time.Now()
		becomes := f.act(n)
		var group sync.WaitGroup
		var mu sync.Mutex
		for _, node := range nodes {
			group.Go(func() {
				d := f.seen(node, becomes, began)
				mu.Lock()
				defer mu.Unlock()
				took[node] = append(took[node], d)
			})
		}
		group.Wait()
	}
	for _, times := range took {
		slices.Sort(times)
	}
	return took
}

// TestFleet: what is done at one node is usually seen at the others within a
// second, also by one that has no register, which by itself looks every five; without
// Redis it takes until they look; and one client has one rate. The slowest is for
// BenchmarkActsTravel to say: news that Redis does not take at once, on a machine
// that is full, is lost.
func TestFleet(t *testing.T) {
	secure := exchangetest.NewSecure(t)
	redis := exchangetest.Start(t, exchangetest.Options{
		Secure: secure, ACL: exchangetest.UserLine(t, "../../docs/operations.md", "", "wort"),
	})
	f := newFleet(t, redis, func(dir string) map[string]any {
		return map[string]any{
			"username": "yizheng", "passwordFile": filepath.Join(dir, "password"), "tls": map[string]any{"ca": secure.CA},
		}
	})
	// Redis may have come up after the nodes; then everything is there.
	for _, node := range []string{"a", "b", "v"} {
		waitFor(t, "node "+node+" has Redis", func() bool {
			_, body := f.ask(node, "GET", "/readyz", "")
			return strings.Contains(body, `"redis":"ok"`)
		})
		f.state(node)
	}
	took := f.travels(30, "b", "v")
	for _, node := range []string{"b", "v"} {
		all := took[node]
		t.Logf("node %s sees an act after p50 %v, at most %v", node, all[len(all)/2], all[len(all)-1])
		if usual := all[len(all)/2]; usual > time.Second {
			t.Errorf("node %s sees an act after %v", node, usual)
		}
	}
	if _, metrics := f.ask("v", "GET", "/metrics", ""); !strings.Contains(metrics, `yizheng_redis_operations_total{operation="get",result="hit"}`) {
		t.Error("node v has taken nothing from Redis")
	}

	f.countsOnce(redis)

	redis.Stop()
	if presence := f.record("a", f.live("b"), "away"); presence != "not_done presentation_unchecked" {
		t.Errorf("without Redis a live code is %s", presence)
	}
	began := time.Now()
	becomes := f.act(0)
	b, v := f.seen("b", becomes, began), f.seen("v", becomes, began)
	t.Logf("without Redis: node b after %v, node v after %v", b, v)
	if b > 3*time.Second || v > 8*time.Second {
		t.Error("that is longer than between two looks")
	}
	waitFor(t, "the node says so", func() bool {
		status, body := f.ask("v", "GET", "/readyz", "")
		return status == http.StatusOK && strings.Contains(body, `"redis":"degraded"`)
	})
	redis.Restart()
	waitFor(t, "Redis is there again", func() bool {
		_, body := f.ask("v", "GET", "/readyz", "")
		_, other := f.ask("a", "GET", "/readyz", "")
		return strings.Contains(body+other, `"redis":"ok"`) && !strings.Contains(body+other, "degraded")
	})
	time.Sleep(time.Second) // by now all listen again
	if usual := f.travels(9, "b", "v")["v"][4]; usual > time.Second {
		t.Errorf("after Redis came back, node v sees an act after %v", usual)
	}
}

// live gives a live code of the license, made by a node.
func (f *fleet) live(node string) string {
	f.t.Helper()
	if f.shown == "" {
		out := f.run("holder", "link", "--data", f.data, "--license", f.id, "--json")
		f.shown = regexp.MustCompile(`/h/[\w-]+`).FindString(out)
		base := regexp.MustCompile(`"identifier":"([^"]+)"`)
		_, body := f.ask("a", "POST", "/v1/verify", f.code, "Content-Type", "text/plain")
		id, err := license.ParseIdentifier(base.FindStringSubmatch(body)[1])
		if err != nil {
			f.t.Fatal(err)
		}
		f.shown += "/" + id.Base() + "/live"
	}
	var fresh struct{ Text string }
	_, body := f.ask(node, "GET", f.shown, "")
	if err := json.Unmarshal([]byte(body), &fresh); err != nil || fresh.Text == "" {
		f.t.Fatalf("no live code: %v, %s", err, body)
	}
	return fresh.Text
}

// record has a node record a check, and gives how its check of the live code
// ended.
func (f *fleet) record(node, text, key string) string {
	f.t.Helper()
	token := strings.TrimSpace(f.run("token", "--data", f.data, "--scope", "verification:write", "--authority", "上海市长宁区市场监督管理局"))
	status, body := f.ask(node, "POST", "/v1/verifications", mustJSON(f.t, map[string]string{"text": text, "purpose": "日常检查"}),
		"Authorization", "Bearer "+token, "Content-Type", "application/json", "Idempotency-Key", key)
	ended := regexp.MustCompile(`"name":"presentation","status":"(\w+)"(?:,"reason":"(\w+)")?`).FindStringSubmatch(body)
	if status != http.StatusCreated || ended == nil {
		f.t.Fatalf("recording at node %s: %d %s", node, status, body)
	}
	return strings.TrimSpace(ended[1] + " " + ended[2])
}

// countsOnce: a live code that was recorded at one node is used at the other.
// Redis, which has just come up, cannot tell at first what was used before it.
func (f *fleet) countsOnce(redis *exchangetest.Server) {
	f.t.Helper()
	if presence := f.record("a", f.live("a"), "early"); presence != "not_done presentation_unchecked" {
		f.t.Errorf("just after Redis came up, a live code is %s", presence)
	}
	known := regexp.MustCompile(`^(.*once:\{.*).(\}:since)$`)
	for _, key := range redis.Keys() { // as if it had been up for long
		if m := known.FindStringSubmatch(key); m != nil {
			for _, part := range "0123456789abcdef" {
				if err := redis.Admin().Set(f.t.Context(), m[1]+string(part)+m[2], "1", 0).Err(); err != nil {
					f.t.Fatal(err)
				}
			}
		}
	}
	text := f.live("a")
	if first, second, again := f.record("a", text, "first"), f.record("b", text, "second"), f.record("a", text, "third"); first != "passed" ||
		second != "failed presentation_used" || again != "failed presentation_used" {
		f.t.Errorf("one live code at two nodes: %s, %s, %s", first, second, again)
	}
}

// BenchmarkActsTravel measures how long after the request an act at one node
// is seen at another on the same register, and at one that only verifies.
func BenchmarkActsTravel(b *testing.B) {
	f := newFleet(b, exchangetest.Start(b, exchangetest.Options{}), func(string) map[string]any { return nil })
	for _, node := range []string{"a", "b", "v"} {
		waitFor(b, "node "+node+" has Redis", func() bool {
			_, body := f.ask(node, "GET", "/readyz", "")
			return strings.Contains(body, `"redis":"ok"`)
		})
		f.state(node)
	}
	time.Sleep(time.Second)
	b.ResetTimer()
	took := f.travels(b.N, "b", "v")
	for node, all := range took {
		for _, p := range []int{50, 99, 100} {
			at := min(len(all)*p/100, len(all)-1)
			b.ReportMetric(float64(all[at].Microseconds())/1000, fmt.Sprintf("ms-p%d-%s", p, node))
		}
	}
}
