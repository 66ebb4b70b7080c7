package main

import (
	"context"
	"io"
	"net/http"
	"path/filepath"
	"regexp"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// TestClockSetBack: a node whose clock is set back before its key's first day
// signs what would verify nowhere. It refuses, says what to do, and leaves
// nothing: once the clock is right the same request issues the license.
func TestClockSetBack(t *testing.T) {
	t.Parallel()
	begin, err := time.Parse(time.RFC3339, deskDay)
	if err != nil {
		t.Fatal(err)
	}
	var ahead atomic.Int64
	log := &watched{}
	c := &console{stdin: strings.NewReader(""), stdout: io.Discard, stderr: log, now: func() time.Time { return begin.Add(time.Duration(ahead.Load())) }}
	data := filepath.Join(t.TempDir(), "district")
	if exit := c.run(t.Context(), []string{"init", "--data", data, "--demonstration", "--url", "https://zheng.example"}); exit != 0 {
		t.Fatal(log)
	}
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan int, 1)
	go func() { ended <- c.run(ctx, []string{"serve", "--data", data, "--listen", "127.0.0.1:0"}) }()
	defer func() {
		stop()
		if exit := <-ended; exit != 0 {
			t.Errorf("it ended with %d\n%s", exit, log)
		}
	}()
	var address []string
	eventually(t, 2*time.Minute, "the server did not begin", func() bool {
		address = regexp.MustCompile(`msg=serving address=(\S+)`).FindStringSubmatch(log.String())
		return address != nil
	})
	application := string(mustRead(t, filepath.Join("..", "..", "examples", "restaurant-3-permits.json")))
	for _, step := range []struct {
		ahead  time.Duration
		status int
		says   string
	}{
		{-26 * time.Hour, http.StatusServiceUnavailable, `"output_unverifiable"`},
		{time.Minute, http.StatusCreated, `"31010520260000`},
	} {
		ahead.Store(int64(step.ahead))
		var token strings.Builder
		asking := &console{stdin: c.stdin, stdout: &token, stderr: log, now: c.now}
		if exit := asking.run(t.Context(), []string{"token", "--data", data, "--scope", "license:write"}); exit != 0 {
			t.Fatal(log)
		}
		request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "http://"+address[1]+"/v1/licenses", strings.NewReader(application))
		if err != nil {
			t.Fatal(err)
		}
		for name, value := range map[string]string{"Authorization": "Bearer " + strings.TrimSpace(token.String()), "Content-Type": "application/json", "Idempotency-Key": "the-same"} {
			request.Header.Set(name, value)
		}
		answer, err := http.DefaultClient.Do(request)
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(answer.Body)
		if err != nil || answer.Body.Close() != nil {
			t.Fatal(err)
		}
		if answer.StatusCode != step.status || !strings.Contains(strings.ReplaceAll(string(body), `": "`, `":"`), step.says) {
			t.Errorf("%v: %s %s", step.ahead, answer.Status, body)
		}
		if step.status == http.StatusServiceUnavailable && answer.Header.Get("Retry-After") == "" {
			t.Error("it does not say when to try again")
		}
	}
}
