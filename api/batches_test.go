package api_test

import (
	"bufio"
	"context"
	"encoding/json"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"yizheng/api"
	"yizheng/api/access"
	"yizheng/batch/jobs"
	"yizheng/issuer/issuertest"
	"yizheng/register"
)

// applications gives a file of applications as JSON lines.
func applications(t *testing.T, from, to int) string {
	t.Helper()
	var b strings.Builder
	for n := from; n < to; n++ {
		line, err := json.Marshal(issuertest.Numbered(t, n))
		if err != nil {
			t.Fatal(err)
		}
		b.Write(append(line, '\n'))
	}
	return b.String()
}

// work lets the node work on batches until the test ends.
func (w *world) work() {
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan struct{})
	go func() { defer close(ended); w.batches.Run(ctx) }()
	w.t.Cleanup(func() { stop(); <-ended })
}

// ended waits for a job's end.
func (w *world) ended(token, id string) jobs.Job {
	w.t.Helper()
	for deadline := time.Now().Add(30 * time.Second); time.Now().Before(deadline); time.Sleep(20 * time.Millisecond) {
		job := decoded[jobs.Job](w.t, w.want(request{method: "GET", path: "/v1/batches/" + id, token: token}, 200, ""))
		if job.State.Ended() {
			return job
		}
	}
	w.t.Fatal("the job does not end")
	return jobs.Job{}
}

func (w *world) handIn(token, key, query, media, body string, status int, reason string) jobs.Job {
	w.t.Helper()
	answer := w.want(request{method: "POST", path: "/v1/batches" + query, token: token, key: key, media: media, body: body}, status, reason)
	if reason != "" {
		return jobs.Job{}
	}
	job := decoded[jobs.Job](w.t, answer)
	if answer.Header().Get("Location") != address+"/v1/batches/"+job.ID {
		w.t.Errorf("Location is %s", answer.Header().Get("Location"))
	}
	return job
}

func (w *world) file(token, id, name string) string {
	w.t.Helper()
	return w.want(request{method: "GET", path: "/v1/batches/" + id + "/files/" + name, token: token}, 200, "").Body.String()
}

// TestBatches hands a file in: it is worked on once however often it is sent,
// and what came of it can be fetched.
func TestBatches(t *testing.T) {
	w := newWorld(t, nil)
	office := w.asOffice()
	body := applications(t, 0, 30)
	job := w.handIn(office, "k1", "", "application/jsonl", body, 202, "")
	if job.State != register.BatchWaiting || job.Work != jobs.Issue || job.Authority != w.office || len(job.Files) != 0 {
		t.Errorf("%+v", job)
	}
	if again := w.handIn(office, "k1", "", "application/jsonl", body, 200, ""); again.ID != job.ID || !again.Repeated {
		t.Errorf("sent again: %+v", again)
	}
	w.handIn(office, "k1", "", "application/jsonl", body+body, 422, "idempotency_key_reused")
	w.handIn(office, "k1", "?validateOnly=true", "application/jsonl", body, 422, "idempotency_key_reused")
	w.want(request{method: "GET", path: "/v1/batches/" + job.ID + "/files/result.csv", token: office}, 404, "not_found")
	w.work()
	job = w.ended(office, job.ID)
	if job.State != register.BatchDone || job.Outcome.Done != 30 || job.Outcome.Rows != 30 || job.EndedAt == nil || len(job.Files) != 1 {
		t.Errorf("%+v, %+v", job, job.Outcome)
	}
	if n := strings.Count(w.file(office, job.ID, "result.csv"), "\n"); n != 31 {
		t.Errorf("%d lines of results", n)
	}
	found := decoded[struct{ Batches []jobs.Job }](t, w.want(request{method: "GET", path: "/v1/batches", token: office}, 200, ""))
	if len(found.Batches) != 1 || found.Batches[0].ID != job.ID {
		t.Errorf("listed: %+v", found)
	}
	// The same rows in another request: nothing is issued twice.
	second := w.ended(office, w.handIn(office, "k2", "", "application/x-ndjson", body, 202, "").ID)
	if second.Outcome.Done != 30 || w.file(office, second.ID, "result.csv") != w.file(office, job.ID, "result.csv") {
		t.Errorf("%+v", second.Outcome)
	}
}

// TestBatchFaults wants what is wrong with a file to be said, and nothing done.
func TestBatchFaults(t *testing.T) {
	w := newWorld(t, nil)
	w.work()
	office := w.asOffice()
	bad := applications(t, 0, 3) + "{}\n"
	job := w.ended(office, w.handIn(office, "k1", "", "application/jsonl", bad, 202, "").ID)
	if job.State != register.BatchFaulty || job.Outcome.Faulty != 1 || job.Outcome.Done != 0 || strings.Join(job.Files, " ") != "faults.csv faulty.jsonl" {
		t.Errorf("%+v, %+v", job, job.Outcome)
	}
	if got := w.file(office, job.ID, "faulty.jsonl"); got != "{}\n" {
		t.Errorf("the faulty rows are %q", got)
	}
	if !strings.Contains(w.file(office, job.ID, "faults.csv"), ",missing,") {
		t.Error("the faults do not name the reason")
	}
	job = w.ended(office, w.handIn(office, "k2", "?skipFaulty=true", "application/jsonl", bad, 202, "").ID)
	if job.State != register.BatchDone || job.Outcome.Done != 3 || job.Outcome.Refused != 1 {
		t.Errorf("%+v, %+v", job, job.Outcome)
	}
	job = w.ended(office, w.handIn(office, "k3", "?validateOnly=true", "application/jsonl", applications(t, 10, 12), 202, "").ID)
	if job.State != register.BatchDone || job.Outcome.Rows != 2 || job.Outcome.Done != 0 {
		t.Errorf("%+v, %+v", job, job.Outcome)
	}
	// A file that cannot be read as a whole is no job.
	w.handIn(office, "k4", "", "text/csv", "a,b\n1,2\n", 422, "faults")
	w.want(request{method: "POST", path: "/v1/batches", token: office, key: "k5", media: "text/csv", wild: true}, 422, "faults")
	w.handIn(office, "k6", "", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "PK\x03\x04", 422, "faults")
	answer := w.want(request{method: "POST", path: "/v1/batches", token: office, key: "k7", media: "text/csv", body: "a\n"}, 422, "")
	for _, f := range decoded[api.Problem](t, answer).Faults {
		if f.File != "" {
			t.Errorf("the answer names a file of ours: %+v", f)
		}
	}
}

// TestBatchAccess wants batches to be authorized like what they do.
func TestBatchAccess(t *testing.T) {
	w := newWorld(t, nil)
	office := w.asOffice()
	body := applications(t, 0, 1)
	reader := w.token(w.office, access.LicenseRead)
	department := w.token(market, access.PermitWrite)
	other := w.token("上海市长宁区文化和旅游局", access.PermitWrite)
	post := func(token, query, media string, status int, reason string) {
		t.Helper()
		w.want(request{method: "POST", path: "/v1/batches" + query, token: token, key: "k", media: media, body: body, wild: true}, status, reason)
	}
	post("", "", "application/jsonl", 401, "token_missing")
	post(reader, "", "application/jsonl", 403, "scope_missing")
	post(department, "", "application/jsonl", 403, "scope_missing")
	post(w.token(market, access.LicenseWrite), "", "application/jsonl", 403, "not_the_issuer")
	post(w.token("", access.PermitWrite), "?work=status", "application/jsonl", 403, "authority_missing")
	post(office, "?work=all", "application/jsonl", 400, "invalid_parameter")
	post(office, "?skipFaulty=yes", "application/jsonl", 400, "invalid_parameter")
	post(office, "", "application/json", 415, "unsupported_media_type")
	w.want(request{method: "POST", path: "/v1/batches", token: office, media: "application/jsonl", body: body, wild: true}, 400, "idempotency_key_missing")

	// Acts are those of the department on its own permits, and what they came
	// to is nobody else's business.
	w.work()
	w.ended(office, w.handIn(office, "k", "", "application/jsonl", body, 202, "").ID)
	app := issuertest.Numbered(t, 0)
	found, err := w.register.ByHolder(t.Context(), app.Holder.CreditCode, 1)
	if err != nil || len(found) != 1 {
		t.Fatal(found, err)
	}
	permit := app.Permits[0]
	acts := "证照标识,许可证编号,处理,理由\n" + found[0].Number + "," + permit.Number + ",暂扣,检查\n"
	granter := w.token(permit.Authority, access.PermitWrite)
	stranger := department
	if permit.Authority == market {
		stranger = other
	}
	refused := w.ended(stranger, w.handIn(stranger, "k2", "?work=status", "text/csv", acts, 202, "").ID)
	if refused.State != register.BatchFaulty || !strings.Contains(w.file(stranger, refused.ID, "faults.csv"), "not_the_authority") {
		t.Errorf("%+v", refused)
	}
	done := w.ended(granter, w.handIn(granter, "k1", "?work=status", "text/csv", acts, 202, "").ID)
	if done.State != register.BatchDone || done.Outcome.Done != 1 {
		t.Errorf("%+v, %+v", done, done.Outcome)
	}
	for _, path := range []string{"", "/events", "/files/result.csv"} {
		w.want(request{method: "GET", path: "/v1/batches/" + done.ID + path, token: office}, 404, "not_found")
		w.want(request{method: "GET", path: "/v1/batches/none" + path, token: granter, wild: true}, 404, "not_found")
	}
	w.want(request{method: "POST", path: "/v1/batches/" + done.ID + "/cancel", token: stranger}, 404, "not_found")
}

// TestBatchSentAtOnce sends one file several times at once under one key: one
// job comes of it. A file that is too large is refused before it is read.
func TestBatchSentAtOnce(t *testing.T) {
	w := newWorld(t, nil)
	office, body := w.asOffice(), applications(t, 0, 3)
	var ids [6]string
	var statuses [6]int
	var wg sync.WaitGroup
	for n := range ids {
		wg.Go(func() {
			h := httptest.NewRequest(http.MethodPost, "/v1/batches", strings.NewReader(body))
			for name, value := range map[string]string{"Authorization": "Bearer " + office, "Content-Type": "application/jsonl", "Idempotency-Key": "k"} {
				h.Header.Set(name, value)
			}
			answer := httptest.NewRecorder()
			w.handler.ServeHTTP(answer, h)
			var job jobs.Job
			if statuses[n] = answer.Code; answer.Code < 300 && json.Unmarshal(answer.Body.Bytes(), &job) == nil {
				ids[n] = job.ID
			}
		})
	}
	wg.Wait()
	known, accepted := "", 0
	for n, status := range statuses {
		switch status {
		case http.StatusAccepted:
			accepted++
			fallthrough
		case http.StatusOK:
			if known == "" {
				known = ids[n]
			}
			if ids[n] != known {
				t.Errorf("jobs %s and %s", known, ids[n])
			}
		case http.StatusServiceUnavailable: // four at once are taken in
		default:
			t.Errorf("status %d", status)
		}
	}
	if accepted != 1 {
		t.Errorf("%d jobs were accepted", accepted)
	}
	h := httptest.NewRequest(http.MethodPost, "/v1/batches", strings.NewReader(body))
	h.ContentLength = 257 << 20
	h.Header.Set("Authorization", "Bearer "+office)
	h.Header.Set("Content-Type", "text/csv")
	h.Header.Set("Idempotency-Key", "large")
	answer := httptest.NewRecorder()
	w.handler.ServeHTTP(answer, h)
	if answer.Code != http.StatusRequestEntityTooLarge || !strings.Contains(answer.Body.String(), "body_too_large") {
		t.Errorf("%d %s", answer.Code, answer.Body)
	}
}

// TestBatchEvents follows a job over a real connection: its progress, its
// cancelling and its end; and a server that ends does not wait for who follows.
func TestBatchEvents(t *testing.T) {
	w := newWorld(t, nil)
	server := httptest.NewUnstartedServer(w.handler)
	server.Config = api.Server(w.handler, "", slog.New(slog.DiscardHandler))
	server.Start()
	defer server.Close()
	office := w.asOffice()
	job := w.handIn(office, "k", "", "application/jsonl", applications(t, 0, 4), 202, "")
	follow := func() *bufio.Scanner {
		t.Helper()
		r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, server.URL+"/v1/batches/"+job.ID+"/events", nil)
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Authorization", "Bearer "+office)
		answer, err := server.Client().Do(r)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = answer.Body.Close() })
		if answer.StatusCode != 200 || answer.Header.Get("Content-Type") != "text/event-stream" {
			t.Fatalf("%s, %s", answer.Status, answer.Header)
		}
		return bufio.NewScanner(answer.Body)
	}
	// next gives the next event.
	next := func(in *bufio.Scanner) (name string, job jobs.Job) {
		t.Helper()
		for in.Scan() {
			if value, ok := strings.CutPrefix(in.Text(), "event: "); ok {
				name = value
			}
			if value, ok := strings.CutPrefix(in.Text(), "data: "); ok {
				if err := json.Unmarshal([]byte(value), &job); err != nil {
					t.Fatal(err)
				}
				return name, job
			}
		}
		return "", job
	}
	events := follow()
	if name, seen := next(events); name != "progress" || seen.State != register.BatchWaiting || seen.ID != job.ID {
		t.Errorf("%s %+v", name, seen)
	}
	cancelled := decoded[jobs.Job](t, w.want(request{method: "POST", path: "/v1/batches/" + job.ID + "/cancel", token: office}, 200, ""))
	if cancelled.State != register.BatchCancelled {
		t.Errorf("%+v", cancelled)
	}
	if name, seen := next(events); name != "ended" || seen.State != register.BatchCancelled {
		t.Errorf("%s %+v", name, seen)
	}
	if name, _ := next(events); name != "" {
		t.Errorf("after the end: %s", name)
	}
	again := decoded[jobs.Job](t, w.want(request{method: "POST", path: "/v1/batches/" + job.ID + "/cancel", token: office}, 200, ""))
	if again.State != register.BatchCancelled {
		t.Errorf("%+v", again)
	}

	job = w.handIn(office, "k2", "", "application/jsonl", applications(t, 0, 4), 202, "")
	events = follow()
	next(events)
	ctx, stop := context.WithTimeout(t.Context(), 10*time.Second)
	defer stop()
	if err := server.Config.Shutdown(ctx); err != nil {
		t.Errorf("the server does not end: %v", err)
	}
	if name, _ := next(events); name != "" {
		t.Errorf("after the server's end: %s", name)
	}
}
