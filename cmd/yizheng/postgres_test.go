package main

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"yizheng/library"
	"yizheng/library/metadata"
	"yizheng/register/postgrestest"
)

// TestTwoNodesOnPostgres serves one register from two nodes and changes it from
// the command line: both nodes show it within two seconds, and between them
// they file everything once, with its document.
func TestTwoNodesOnPostgres(t *testing.T) {
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
	run("init", "--data", data, "--demonstration", "--url", "https://zheng.example", "--postgres", postgrestest.Database(t))
	receiver, err := library.NewReceiver(t.Context(), library.ReceiverConfig{Path: filepath.Join(dir, "library.db"), Token: "secret", Clock: time.Now})
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(receiver)
	token := filepath.Join(dir, "token")
	if err := os.WriteFile(token, []byte("secret"), 0o600); err != nil {
		t.Fatal(err)
	}
	var nodes []string
	stop := make([]func(), 2)
	for n := range stop {
		var address string
		address, stop[n] = serving(t, "serve", "--data", data, "--listen", "127.0.0.1:0", "--library", server.URL, "--library-token-file", token)
		nodes = append(nodes, address)
	}
	out := filepath.Join(dir, "out")
	examples := filepath.Join("..", "..", "examples")
	run("issue", "--data", data, "--out", out, filepath.Join(examples, "restaurant-3-permits.json"), filepath.Join(examples, "bookstore-cafe-5-permits.json"))
	texts, err := filepath.Glob(filepath.Join(out, "*00001.001.?.txt"))
	if err != nil || len(texts) != 1 {
		t.Fatalf("issued %v, %v", texts, err)
	}
	text, err := os.ReadFile(texts[0])
	if err != nil {
		t.Fatal(err)
	}
	_, code, _ := strings.Cut(strings.TrimSpace(string(text)), "/v/")
	run("permit", "suspend", "--data", data, "--license", "31010520260000001", "--permit", "JY23101050077811", "--reason", "抽检不合格")
	for _, node := range nodes {
		eventually(t, 2*time.Second, "the suspension is not seen", func() bool {
			return strings.Contains(answered(t, node+"/v/"+code), `"state":"suspended"`)
		})
	}
	client, err := library.NewClient(server.URL, "secret", nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	var summaries []metadata.Summary
	eventually(t, 30*time.Second, "not everything is filed", func() bool {
		if summaries, err = client.Summaries(t.Context(), "", 10); err != nil || len(summaries) != 2 {
			return false
		}
		return summaries[0].Document != "" && summaries[1].Document != "" && summaries[0].Sequence == 3 && summaries[1].Sequence == 2
	})
	for _, end := range stop {
		end()
	}
	server.Close()
	if err := receiver.Close(); err != nil {
		t.Error(err)
	}
}

// eventually waits until something is so.
func eventually(t *testing.T, within time.Duration, otherwise string, so func() bool) {
	t.Helper()
	for deadline := time.Now().Add(within); !so(); time.Sleep(20 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal(otherwise)
		}
	}
}

// answered gets a page for a program.
func answered(t *testing.T, address string) string {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, address, nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Accept", "application/json")
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return strings.ReplaceAll(string(body), `": "`, `":"`)
}

// serving runs a server until it is stopped, and gives its address.
func serving(t *testing.T, args ...string) (address string, stop func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	log := &watched{}
	done := make(chan int, 1)
	go func() { done <- Main(ctx, args, strings.NewReader(""), io.Discard, log) }()
	stop = sync.OnceFunc(func() {
		cancel()
		select {
		case exit := <-done:
			if exit != 0 {
				t.Errorf("the server ended with %d\n%s", exit, log)
			}
		case <-time.After(time.Minute):
			t.Error("the server did not end")
		}
	})
	t.Cleanup(stop)
	listening := regexp.MustCompile(`msg=serving address=(\S+)`)
	eventually(t, 2*time.Minute, "the server did not begin", func() bool {
		m := listening.FindStringSubmatch(log.String())
		if m != nil {
			address = "http://" + m[1]
		}
		return m != nil
	})
	return address, stop
}

// watched is a log that is read while it is written.
type watched struct {
	mu   sync.Mutex
	text bytes.Buffer
}

// Write implements io.Writer.
func (w *watched) Write(p []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.text.Write(p)
}

// String gives what was written so far.
func (w *watched) String() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.text.String()
}
