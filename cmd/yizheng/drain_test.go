package main

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"yizheng/exchange/exchangetest"
)

// ourselves is the test's own binary, which is the program when it is called by
// its name.
func ourselves(t testing.TB) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "yizheng")
	self, err := os.Executable()
	if err == nil {
		err = os.Symlink(self, path)
	}
	if err != nil {
		t.Fatal(err)
	}
	return path
}

// onDay is [ourselves] with a clock that stands at an instant.
func onDay(t testing.TB, instant string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "yizheng")
	script := "#!/bin/sh\nCLOCK=" + instant + " exec " + ourselves(t) + ` "$@"` + "\n"
	if err := os.WriteFile(path, []byte(script), 0o755); err != nil {
		t.Fatal(err)
	}
	return path
}

// TestDrain ends a node of either kind as a load balancer's is ended: it says
// first that it is not ready, answers as before for as long as --drain says,
// and ends with 0.
func TestDrain(t *testing.T) {
	data := filepath.Join(t.TempDir(), "district")
	if exit, out, problems := runMain("", "init", "--data", data, "--demonstration", "--url", "http://localhost:1"); exit != 0 {
		t.Fatal(out, problems)
	}
	for name, args := range map[string][]string{
		"issuing":   {"--data", data},
		"verifying": {"--trust", trustPath(data)},
	} {
		t.Run(name, func(t *testing.T) {
			listen := fmt.Sprintf("localhost:%d", exchangetest.FreePort(t))
			node := exec.Command(ourselves(t), append([]string{"serve", "--listen", listen, "--drain", "2s", "--log-format", "json"}, args...)...)
			var log bytes.Buffer
			node.Stderr = &log
			if err := node.Start(); err != nil {
				t.Fatal(err)
			}
			ended := make(chan error, 1)
			go func() { ended <- node.Wait() }()
			t.Cleanup(func() { _ = node.Process.Kill() })
			var kept http.Client // keeps its connection open, as a load balancer does
			get := func(path string) (status int, body string, closes bool) {
				answer, err := kept.Get("http://" + listen + path)
				if err != nil {
					return 0, err.Error(), false
				}
				defer func() { _ = answer.Body.Close() }()
				b, err := io.ReadAll(answer.Body)
				if err != nil {
					t.Error(err)
				}
				return answer.StatusCode, string(b), answer.Close
			}
			eventually(t, 20*time.Second, "the node is not ready", func() bool {
				status, _, _ := get("/readyz")
				return status == http.StatusOK
			})
			if _, _, closes := get("/healthz"); closes {
				t.Error("a node that stays closes the connection")
			}
			probed := func() int {
				exit, _, _ := runMain("", "probe", "--address", "http://"+listen)
				return exit
			}
			if exit := probed(); exit != 0 {
				t.Errorf("a probe of a node that is ready ends with %d", exit)
			}
			began := time.Now()
			if err := node.Process.Signal(syscall.SIGTERM); err != nil {
				t.Fatal(err)
			}
			eventually(t, time.Second, "the node still says that it is ready", func() bool {
				status, body, _ := get("/readyz")
				return status == http.StatusServiceUnavailable && strings.Contains(body, `"staying":"draining"`)
			})
			if exit := probed(); exit != exitInternal {
				t.Errorf("a probe of a node that drains ends with %d", exit)
			}
			if _, body, _ := get("/metrics"); !strings.Contains(body, `yizheng_readiness_check{check="staying",spared="no"} 0`) {
				t.Error("the metrics do not say that the node drains")
			}
			if status, _, closes := get("/healthz"); status != http.StatusOK || !closes {
				t.Errorf("status %d, connection closed %t; the node lives, and lets its clients go", status, closes)
			}
			if status, body, _ := get("/v/8610"); status != http.StatusOK {
				t.Errorf("while draining a code is answered with %d: %s", status, body)
			}
			select {
			case err := <-ended:
				if took := time.Since(began); err != nil || took < 2*time.Second {
					t.Errorf("ended with %v after %v\n%s", err, took, &log)
				}
			case <-time.After(20 * time.Second):
				t.Error("the node did not end")
			}
			for line := range strings.Lines(log.String()) {
				if !strings.HasPrefix(line, `{"time":"`) || !strings.HasSuffix(line, "}\n") {
					t.Errorf("a line of the log is no object: %s", line)
				}
			}
		})
	}
}

// TestServeRefusesFlags: what cannot be meant is refused at once.
func TestServeRefusesFlags(t *testing.T) {
	for _, args := range [][]string{
		{"--log-format", "xml"}, {"--drain", "-1s"}, {"--drain", "11m"}, {"--drain", "soon"},
	} {
		if exit, _, problems := runMain("", append([]string{"serve", "--trust", "none.json"}, args...)...); exit != exitUsage || problems == "" {
			t.Errorf("%v: exit %d, %s", args, exit, problems)
		}
	}
}
