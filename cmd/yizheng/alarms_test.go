package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"yizheng/exchange/exchangetest"
	"yizheng/register/postgrestest"
)

// watchtower is a real Prometheus that scrapes real nodes and evaluates the
// alarms of deploy/.
type watchtower struct {
	t   *testing.T
	url string
}

func deployed(name string) string {
	return filepath.Join("..", "..", "deploy", filepath.FromSlash(name))
}

// newWatchtower starts Prometheus on the scrape targets.
func newWatchtower(t *testing.T, targets ...string) *watchtower {
	t.Helper()
	dir := t.TempDir()
	rules, err := filepath.Abs(deployed("prometheus/alerts.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	config := fmt.Sprintf("global: {scrape_interval: 1s, scrape_timeout: 1s, evaluation_interval: 1s}\nrule_files: [%s]\n"+
		"scrape_configs:\n  - job_name: yizheng\n    static_configs: [{targets: ['%s']}]\n", rules, strings.Join(targets, "', '"))
	path := filepath.Join(dir, "prometheus.yaml")
	if err := os.WriteFile(path, []byte(config), 0o644); err != nil {
		t.Fatal(err)
	}
	address := fmt.Sprintf("localhost:%d", exchangetest.FreePort(t))
	server := exec.Command("prometheus", "--config.file="+path, "--storage.tsdb.path="+dir, "--web.listen-address="+address, "--log.level=error")
	server.Stderr = os.Stderr
	if err := server.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = server.Process.Kill()
		_ = server.Wait()
	})
	w := &watchtower{t: t, url: "http://" + address}
	eventually(t, 30*time.Second, "Prometheus is not ready", func() bool {
		answer, err := http.Get(w.url + "/-/ready")
		if err != nil {
			return false
		}
		_ = answer.Body.Close()
		return answer.StatusCode == http.StatusOK
	})
	return w
}

// ask asks Prometheus' API and gives what stands in data.
func (w *watchtower) ask(path string, query url.Values, into any) error {
	answer, err := http.Get(w.url + path + "?" + query.Encode())
	if err != nil {
		return err
	}
	defer func() { _ = answer.Body.Close() }()
	var got struct {
		Status, Error string
		Data          json.RawMessage
	}
	if err := json.NewDecoder(answer.Body).Decode(&got); err != nil {
		return err
	}
	if got.Status != "success" {
		return fmt.Errorf("%s: %s", path, got.Error)
	}
	return json.Unmarshal(got.Data, into)
}

// series is how many series an expression gives now.
func (w *watchtower) series(expression string) (int, error) {
	var got struct{ Result []json.RawMessage }
	err := w.ask("/api/v1/query", url.Values{"query": {expression}}, &got)
	return len(got.Result), err
}

// labels gives the names of the labels that a metric has; none when there is no
// such metric.
func (w *watchtower) labels(metric string) []string {
	w.t.Helper()
	var names []string
	if err := w.ask("/api/v1/labels", url.Values{"match[]": {metric}}, &names); err != nil {
		w.t.Fatal(err)
	}
	return names
}

// What an expression of PromQL names. It is read well enough for ours: strings
// and durations are taken out, and what is left of names are metrics, unless a
// bracket follows or they are words of the language.
var (
	texts     = regexp.MustCompile(`"[^"]*"|\[[^\]]*\]`)
	grouping  = regexp.MustCompile(`\b(by|without|on|ignoring|group_left|group_right)\s*\(([^)]*)\)`)
	selectors = regexp.MustCompile(`([a-zA-Z_:][a-zA-Z0-9_:]*)\s*\{([^}]*)\}`)
	matchers  = regexp.MustCompile(`([a-zA-Z_][a-zA-Z0-9_]*)\s*[=!]`)
	names     = regexp.MustCompile(`[a-zA-Z_:][a-zA-Z0-9_:]*`)
	language  = []string{"and", "or", "unless", "bool", "offset"}
	functions = regexp.MustCompile(`[a-zA-Z_]+\s*\(`)
)

// named gives the metrics that an expression names, each with the labels that
// it is matched by, and the labels that are grouped by.
func named(expression string) (found map[string][]string, grouped []string) {
	found = make(map[string][]string)
	rest := texts.ReplaceAllString(expression, "")
	for _, m := range grouping.FindAllStringSubmatch(rest, -1) {
		grouped = append(grouped, names.FindAllString(m[2], -1)...)
	}
	rest = grouping.ReplaceAllString(rest, "")
	for _, m := range selectors.FindAllStringSubmatch(rest, -1) {
		for _, label := range matchers.FindAllStringSubmatch(m[2], -1) {
			found[m[1]] = append(found[m[1]], label[1])
		}
	}
	rest = selectors.ReplaceAllString(rest, "$1 ")
	rest = functions.ReplaceAllString(rest, "")
	for _, name := range names.FindAllString(rest, -1) {
		if !slices.Contains(language, name) {
			found[name] = append(found[name], "__name__")
		}
	}
	return found, grouped
}

func TestNamed(t *testing.T) {
	metrics, grouped := named(`sum by (le, route) (rate(yizheng_x_bucket{route=~"/v/.*|sum(y)", instance!="a"}[5m])) / on (le) max(up) > 3 * 86400 unless absent(z == 1)`)
	want := "map[up:[__name__] yizheng_x_bucket:[route instance __name__] z:[__name__]] [le route le]"
	if got := fmt.Sprint(metrics, grouped); got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

// dashboard gives the expressions of a Grafana dashboard by the panel's title.
func dashboard(t *testing.T, path string) map[string][]string {
	t.Helper()
	var d struct {
		Panels []struct {
			Title, Type string
			Targets     []struct{ Expr string }
		}
	}
	if err := json.Unmarshal(mustRead(t, path), &d); err != nil {
		t.Fatal(err)
	}
	all := make(map[string][]string)
	for _, p := range d.Panels {
		for _, target := range p.Targets {
			all[p.Title] = append(all[p.Title], target.Expr)
		}
		if p.Type != "row" && len(p.Targets) == 0 {
			t.Errorf("the panel %s shows nothing", p.Title)
		}
	}
	return all
}

// TestAlarms has a real Prometheus scrape a node that issues, on PostgreSQL and
// Redis, and one that only verifies, while they have something to do; then
// everything that the alarms and the dashboard name must be measured, every
// panel show something, and every rule evaluate.
func TestAlarms(t *testing.T) {
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
	busy := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusServiceUnavailable) }))
	defer busy.Close()
	redis := exchangetest.Start(t, exchangetest.Options{})
	secret := filepath.Join(dir, "secret")
	if err := os.WriteFile(secret, []byte(strings.Repeat("s", 40)), 0o600); err != nil {
		t.Fatal(err)
	}
	run("init", "--data", data, "--demonstration", "--url", "https://zheng.example", "--postgres", postgrestest.Database(t))
	shared := map[string]any{"addresses": []string{redis.Address()}, "secretFile": secret}
	configure(t, filepath.Join(data, settingsFile), map[string]any{"redis": shared, "library": map[string]any{"url": busy.URL, "tokenFile": secret}})
	verifying := filepath.Join(dir, "verifier.json")
	if err := os.WriteFile(verifying, []byte(mustJSON(t, map[string]any{"redis": shared})), 0o644); err != nil {
		t.Fatal(err)
	}
	issuer, _ := serving(t, "serve", "--data", data, "--listen", "127.0.0.1:0")
	checking := fmt.Sprintf("localhost:%d", exchangetest.FreePort(t))
	startNode(t, ourselves(t), checking, "--trust", trustPath(data), "--config", verifying)
	tower := newWatchtower(t, strings.TrimPrefix(issuer, "http://"), checking)

	token := strings.TrimSpace(run("token", "--data", data, "--scope", "license:write"))
	list := filepath.Join(dir, "list.jsonl")
	run("batch", "sample", "--rows", "20", list)
	send := func(path, media, key, body string) {
		t.Helper()
		r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, issuer+path, strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Authorization", "Bearer "+token)
		r.Header.Set("Content-Type", media)
		r.Header.Set("Idempotency-Key", key)
		answer, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = answer.Body.Close() }()
		if answer.StatusCode/100 != 2 {
			t.Fatal(path, answer.Status)
		}
	}
	send("/v1/licenses", "application/json", "one", string(mustRead(t, filepath.Join("..", "..", "examples", "bookstore-cafe-5-permits.json"))))
	send("/v1/batches", "application/x-ndjson", "rows", string(mustRead(t, list)))

	panels := dashboard(t, deployed("grafana/yizheng.json"))
	here := strings.NewReplacer("$__rate_interval", "10s", "$instance", ".*")
	eventually(t, 60*time.Second, "a panel shows nothing", func() bool {
		empty := ""
		for title, expressions := range panels {
			for _, e := range expressions {
				n, err := tower.series(here.Replace(e))
				if err != nil {
					t.Fatalf("%s: %s: %v", title, e, err)
				}
				if n == 0 {
					empty = title + ": " + e
				}
			}
		}
		if empty != "" {
			for _, at := range []string{issuer, "http://" + checking} {
				answered(t, at+"/v/8610")
			}
			t.Log("nothing yet:", empty)
			time.Sleep(time.Second) // the next scrape
		}
		return empty == ""
	})

	var rules struct {
		Groups []struct {
			Rules []struct{ Name, Query, Health, LastError string }
		}
	}
	eventually(t, 20*time.Second, "a rule was not evaluated", func() bool {
		if err := tower.ask("/api/v1/rules", nil, &rules); err != nil {
			t.Fatal(err)
		}
		for _, g := range rules.Groups {
			for _, r := range g.Rules {
				if r.Health == "err" {
					t.Fatalf("%s: %s", r.Name, r.LastError)
				}
				if r.Health != "ok" {
					return false
				}
			}
		}
		return len(rules.Groups) > 0
	})
	expressions := make(map[string]string)
	runbook := string(mustRead(t, filepath.Join("..", "..", "docs", "operations.md")))
	for _, g := range rules.Groups {
		for _, r := range g.Rules {
			expressions[r.Name] = r.Query
			if !strings.Contains(runbook, "\n### "+r.Name+"\n") {
				t.Errorf("docs/operations.md says nothing of %s", r.Name)
			}
		}
	}
	for _, m := range regexp.MustCompile(`(?m)^### (Yizheng\w+)$`).FindAllStringSubmatch(runbook, -1) {
		if expressions[m[1]] == "" {
			t.Errorf("docs/operations.md speaks of %s, which is no alarm", m[1])
		}
	}
	for title, all := range panels {
		for n, e := range all {
			expressions[fmt.Sprint(title, n)] = here.Replace(e)
		}
	}
	if len(expressions) < 50 {
		t.Errorf("only %d expressions", len(expressions))
	}
	for name, e := range expressions {
		metrics, grouped := named(e)
		var anyone []string
		for metric, labels := range metrics {
			has := tower.labels(metric)
			anyone = append(anyone, has...)
			if len(has) == 0 {
				t.Errorf("%s: nobody measures %s", name, metric)
				continue
			}
			for _, label := range labels {
				if !slices.Contains(has, label) {
					t.Errorf("%s: %s has no label %s", name, metric, label)
				}
			}
		}
		for _, label := range grouped {
			if !slices.Contains(anyone, label) {
				t.Errorf("%s: nothing of it has a label %s", name, label)
			}
		}
	}
	for _, at := range []string{issuer, "http://" + checking} {
		conventional(t, at)
	}
}

// conventional holds the names of a node's metrics to Prometheus' conventions,
// by its own linter.
func conventional(t *testing.T, node string) {
	t.Helper()
	lint := exec.Command("promtool", "check", "metrics")
	lint.Stdin = strings.NewReader(answered(t, node+"/metrics"))
	if out, err := lint.CombinedOutput(); err != nil || len(out) > 0 {
		t.Errorf("promtool: %v\n%s", err, out)
	}
}

// TestAlarmsFire runs what stands beside the alarms: for each what fires it, and
// what it keeps still at.
func TestAlarmsFire(t *testing.T) {
	t.Parallel()
	for _, args := range [][]string{
		{"check", "rules", "--lint-fatal", deployed("prometheus/alerts.yaml")},
		{"test", "rules", deployed("prometheus/alerts_test.yaml")},
		{"check", "config", deployed("prometheus/prometheus.yaml")},
	} {
		if out, err := exec.Command("promtool", args...).CombinedOutput(); err != nil {
			t.Errorf("promtool %v: %v\n%s", args, err, out)
		}
	}
	cases := string(mustRead(t, deployed("prometheus/alerts_test.yaml")))
	for _, m := range regexp.MustCompile(`- alert: (\w+)`).FindAllStringSubmatch(string(mustRead(t, deployed("prometheus/alerts.yaml"))), -1) {
		for _, of := range []string{" fires", " keeps still"} {
			if !strings.Contains(cases, "name: "+m[1]+of+"\n") {
				t.Errorf("no case for %s%s", m[1], of)
			}
		}
	}
}
