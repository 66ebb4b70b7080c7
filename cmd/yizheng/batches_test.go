package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"yizheng/batch/jobs"
	"yizheng/register/postgrestest"
)

// TestBatchesOverHTTP hands a file in at one node, follows it at another one,
// where there is another, and fetches what came of it: on SQLite and with two
// nodes on PostgreSQL.
func TestBatchesOverHTTP(t *testing.T) {
	t.Parallel()
	for _, nodes := range []int{1, 2} {
		t.Run([]string{"", "sqlite", "postgres"}[nodes], func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			data := filepath.Join(dir, "district")
			run := func(args ...string) string {
				t.Helper()
				var out, problems bytes.Buffer
				if exit := Main(t.Context(), args, strings.NewReader(""), &out, &problems); exit != 0 {
					t.Fatalf("%v: exit %d\n%s%s", args, exit, &out, &problems)
				}
				return out.String()
			}
			begin := []string{"init", "--data", data, "--demonstration", "--url", "https://zheng.example"}
			if nodes == 2 {
				begin = append(begin, "--postgres", postgrestest.Database(t))
			}
			run(begin...)
			list := filepath.Join(dir, "list.xlsx")
			run("batch", "sample", "--rows", "60", list)
			rows, err := os.ReadFile(list)
			if err != nil {
				t.Fatal(err)
			}
			token := strings.TrimSpace(run("token", "--data", data, "--scope", "license:write"))
			var at []string
			for range nodes {
				address, _ := serving(t, "serve", "--data", data, "--listen", "127.0.0.1:0")
				at = append(at, address)
			}
			ask := func(method, address string, body []byte) *http.Response {
				t.Helper()
				r, err := http.NewRequestWithContext(t.Context(), method, address, bytes.NewReader(body))
				if err != nil {
					t.Fatal(err)
				}
				r.Header.Set("Authorization", "Bearer "+token)
				r.Header.Set("Content-Type", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet")
				r.Header.Set("Idempotency-Key", "once")
				answer, err := http.DefaultClient.Do(r)
				if err != nil {
					t.Fatal(err)
				}
				t.Cleanup(func() { _ = answer.Body.Close() })
				return answer
			}
			var job jobs.Job
			for n, status := range []int{http.StatusAccepted, http.StatusOK} {
				answer := ask(http.MethodPost, at[n%nodes]+"/v1/batches", rows)
				if answer.StatusCode != status {
					b, _ := io.ReadAll(answer.Body)
					t.Fatalf("sent %d times: %s %s", n+1, answer.Status, b)
				}
				if err := json.NewDecoder(answer.Body).Decode(&job); err != nil {
					t.Fatal(err)
				}
			}
			events := bufio.NewScanner(ask(http.MethodGet, at[nodes-1]+"/v1/batches/"+job.ID+"/events", nil).Body)
			for events.Scan() {
				if data, ok := strings.CutPrefix(events.Text(), "data: "); ok {
					if err := json.Unmarshal([]byte(data), &job); err != nil {
						t.Fatal(err)
					}
				}
			}
			if job.State != "done" || job.Outcome.Done != 60 {
				t.Fatalf("%+v, %+v", job, job.Outcome)
			}
			answer := ask(http.MethodGet, at[0]+"/v1/batches/"+job.ID+"/files/result.csv", nil)
			result, err := io.ReadAll(answer.Body)
			if err != nil || bytes.Count(result, []byte("\n")) != 61 || !strings.Contains(answer.Header.Get("Content-Disposition"), "result.csv") {
				t.Errorf("%s: %v, %d lines", answer.Status, err, bytes.Count(result, []byte("\n")))
			}
			// The same file from the command line finds everything there.
			run("batch", "issue", "--data", data, list)
			local, err := os.ReadFile(list + ".result.csv")
			if err != nil || !bytes.Equal(local, result) {
				t.Errorf("the command line comes to something else: %v", err)
			}
		})
	}
}
