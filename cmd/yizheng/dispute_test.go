package main

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"yizheng/dispute"
	"yizheng/exchange/exchangetest"
	"yizheng/register/postgrestest"
)

// TestDisputeBetweenDeployments has an inspector in Jiaxing contest a license
// of Changning: two servers, each with keys and a register of its own, on
// either database. The issuer's server is away at first.
func TestDisputeBetweenDeployments(t *testing.T) {
	for name, database := range map[string]func(*testing.T) []string{
		"sqlite":   func(*testing.T) []string { return nil },
		"postgres": func(t *testing.T) []string { return []string{"--postgres", postgrestest.Database(t)} },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			contest(t, database)
		})
	}
}

func contest(t *testing.T, database func(*testing.T) []string) {
	dir := t.TempDir()
	run := func(args ...string) string {
		t.Helper()
		exit, out, problems := runMain("", args...)
		if exit != 0 {
			t.Fatalf("%v: exit %d\n%s%s", args, exit, out, problems)
		}
		return out
	}
	root, changning, jiaxing := filepath.Join(dir, "root"), filepath.Join(dir, "changning"), filepath.Join(dir, "jiaxing")
	run("trust", "create", "--root", root, "--name", "delta", "--title", "长三角信任根", "--territory", "31", "--territory", "33")
	address := make(map[string]string)
	for data, region := range map[string]string{changning: "310105", jiaxing: "330402"} {
		address[data] = fmt.Sprintf("localhost:%d", exchangetest.FreePort(t))
		run(append([]string{"init", "--data", data, "--demonstration", "--root", root, "--region", region, "--url", "http://" + address[data]}, database(t)...)...)
	}
	run("trust", "update", "--root", root, "--out", trustPath(changning))
	run("trust", "update", "--root", root, "--out", trustPath(jiaxing))
	run("issue", "--data", changning, "--out", filepath.Join(dir, "out"), filepath.Join("..", "..", "examples", "bookstore-cafe-5-permits.json"))
	codes, err := filepath.Glob(filepath.Join(dir, "out", "*.txt"))
	if err != nil || len(codes) != 1 {
		t.Fatal(codes, err)
	}
	code := strings.TrimSpace(string(mustRead(t, codes[0])))

	_, stop := serving(t, "serve", "--data", changning, "--listen", address[changning])
	serving(t, "serve", "--data", jiaxing, "--listen", address[jiaxing])
	token := strings.TrimSpace(run("token", "--data", jiaxing, "--scope", "verification:write,dispute:write,dispute:read", "--authority", "嘉兴市南湖区市场监督管理局", "--subject", "王"))
	post := func(path, key, body string) string {
		t.Helper()
		r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "http://"+address[jiaxing]+path, strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Authorization", "Bearer "+token)
		r.Header.Set("Content-Type", "application/json")
		r.Header.Set("Idempotency-Key", key)
		answer, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		defer answer.Body.Close()
		read, err := io.ReadAll(answer.Body)
		if err != nil || answer.StatusCode/100 != 2 {
			t.Fatalf("%s: %s %s %v", path, answer.Status, read, err)
		}
		return string(read)
	}
	check := post("/v1/verifications", "check", mustJSON(t, map[string]string{"text": code, "purpose": "日常检查"}))
	id := regexp.MustCompile(`"verification":{"id":"([0-9a-f]+)"`).FindStringSubmatch(check)[1]
	stop()

	filed := post("/v1/disputes", "dispute", mustJSON(t, map[string]string{"check": id, "reason": "premises_differ", "text": "现场为另一门牌。", "name": "王", "telephone": "0573-1"}))
	number := regexp.MustCompile(`"id":"([0-9a-f]{32})"`).FindStringSubmatch(filed)[1]
	shown := func(data string) (k dispute.Kept) {
		t.Helper()
		if err := json.Unmarshal([]byte(run("dispute", "show", "--data", data, "--json", number)), &k); err != nil {
			t.Fatal(err)
		}
		return k
	}
	eventually(t, 20*time.Second, "nothing is told of an issuer who is away", func() bool {
		k := shown(jiaxing)
		return k.State == dispute.Waiting && k.Problem == "unreachable"
	})
	serving(t, "serve", "--data", changning, "--listen", address[changning])
	eventually(t, 30*time.Second, "the dispute does not arrive", func() bool { return shown(jiaxing).State == dispute.Open })
	if out := run("dispute", "list", "--data", changning); !strings.Contains(out, number) || !strings.Contains(out, "← 330402") || !strings.Contains(out, "待答复") {
		t.Errorf("list: %s", out)
	}
	out := run("dispute", "answer", "--data", changning, number, "--result", "upheld", "--text", "经查属实。", "--act", "责令变更地址")
	if !strings.Contains(out, "异议成立") || !strings.Contains(out, "责令变更地址") {
		t.Errorf("answer: %s", out)
	}
	if exit, _, problems := runMain("", "dispute", "answer", "--data", changning, number, "--result", "rejected", "--text", "不实。"); exit != exitUsage || !strings.Contains(problems, "dispute_answered") {
		t.Errorf("answered in another way: %d, %s", exit, problems)
	}
	run("dispute", "send", "--data", jiaxing)
	here, there := shown(jiaxing), shown(changning)
	if here.State != dispute.Answered || here.Signed != there.Signed || here.Answering != there.Answering || !here.ReceivedAt.Equal(there.ReceivedAt) {
		t.Errorf("two records:\n%+v\n%+v", here, there)
	}
	for address, want := range map[string]string{address[jiaxing]: `yizheng_disputes{state="open"} 0`, address[changning]: `yizheng_disputes{state="received"} 0`} {
		if metrics := answered(t, "http://"+address+"/metrics"); !strings.Contains(metrics, want) {
			t.Errorf("%s is not measured", want)
		}
	}
}
