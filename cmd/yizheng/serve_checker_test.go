package main

import (
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"yizheng/exchange/exchangetest"
	"yizheng/license"
	"yizheng/status"
)

const (
	mostMemory = 40 << 20 // bytes of its own that a node which only verifies may take, with the lists of a million entries
	million    = 1_000_000
)

// TestVerifyingNode starts one as a process of its own, lets it bring in the
// lists of a million entries, one in twenty of them not valid, and looks at
// what it takes.
func TestVerifyingNode(t *testing.T) {
	a := newAbroad(t, time.Now().Add(-time.Minute).Truncate(time.Second))
	chunks := uint32((million + status.ChunkSize - 1) / status.ChunkSize)
	for chunk := range chunks {
		l := a.license(fmt.Sprint("chunk ", chunk), status.Index(chunk, 100))
		a.fill(l, chunk)
	}
	config := filepath.Join(t.TempDir(), "verifier.json")
	if err := os.WriteFile(config, []byte(`{"rate": {"perSecond": 100000, "burst": 100000}, "reach": ["127.0.0.0/8", "::1/128"]}`), 0o644); err != nil {
		t.Fatal(err)
	}
	listen := fmt.Sprintf("localhost:%d", exchangetest.FreePort(t))
	p := startNode(t, ourselves(t), listen, "--trust", a.path, "--config", config)
	asked := time.Now()
	var group sync.WaitGroup
	requests := make(chan string)
	for range 8 {
		group.Go(func() {
			for code := range requests {
				if answer := verifyAt(t, listen, code); !strings.Contains(answer, `"name":"status","status":"passed"`) {
					t.Errorf("answer %.400s", answer)
				}
			}
		})
	}
	for range 40 {
		for _, code := range a.codes {
			requests <- code
		}
	}
	close(requests)
	group.Wait()
	// The pages of the program's file, which are the rest of what is resident, the
	// kernel shares and takes back as it likes.
	own, peak := memory(t, p.Process.Pid, "RssAnon:"), memory(t, p.Process.Pid, "VmHWM:")
	t.Logf("ready after %v; %d verifications in %v, lists of %d entries; %.1f MiB of its own, with the program's pages at most %.1f MiB",
		p.ready, 40*chunks, time.Since(asked).Round(time.Millisecond), chunks*status.ChunkSize, float64(own)/(1<<20), float64(peak)/(1<<20))
	if raced {
		return // the race detector takes many times as much
	}
	if own > mostMemory {
		t.Errorf("it took %d bytes, and may take %d", own, mostMemory)
	}
}

// BenchmarkReady takes the time from the start of a process that only verifies
// to its first 200 of /readyz; goal: 300 ms at most.
func BenchmarkReady(b *testing.B) {
	a := newAbroad(b, time.Now().Add(-time.Minute).Truncate(time.Second))
	program := ourselves(b)
	var ready time.Duration
	for b.Loop() {
		p := startNode(b, program, fmt.Sprintf("localhost:%d", exchangetest.FreePort(b)), "--trust", a.path)
		ready += p.ready
		p.end(b)
	}
	b.ReportMetric(ready.Seconds()*1000/float64(b.N), "ms/ready")
}

// fill publishes a chunk in which every entry is assigned, and one in twenty
// of them not valid, beside those of the license.
func (a *abroad) fill(l *license.License, chunk uint32) {
	a.t.Helper()
	random := rand.New(rand.NewPCG(uint64(chunk), 7))
	bad := []status.Value{status.Revoked, status.Suspended, status.Superseded, status.Withdrawn, status.Cancelled}
	values := make(map[uint32]status.Value, status.ChunkSize)
	_, first := status.Locate(l.StatusIndex)
	for offset := range uint32(status.ChunkSize) {
		values[offset] = status.Valid
		if own := offset >= first && offset <= first+uint32(len(l.Permits)); !own && random.IntN(20) == 0 {
			values[offset] = bad[random.IntN(len(bad))]
		}
	}
	token, err := status.Build(status.Config{
		Subject: status.Address(a.issuer.StatusBase, chunk), IssuedAt: time.Now(), Lifetime: 7 * 24 * time.Hour,
		TTL: time.Hour, Sequence: 1, Values: values,
	}, a.issuer.Status)
	if err != nil {
		a.t.Fatal(err)
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	a.tokens[fmt.Sprintf("/status/%d", chunk)] = token
}

func verifyAt(t testing.TB, listen, code string) string {
	answer, err := http.Post("http://"+listen+"/v1/verify", "text/plain", strings.NewReader(code))
	if err != nil {
		t.Error(err)
		return ""
	}
	defer func() { _ = answer.Body.Close() }()
	body, err := io.ReadAll(answer.Body)
	if err != nil {
		t.Error(err)
	}
	return string(body)
}

// memory reads a line of a process's status, in bytes.
func memory(t testing.TB, pid int, name string) int64 {
	t.Helper()
	for line := range strings.Lines(string(mustRead(t, fmt.Sprintf("/proc/%d/status", pid)))) {
		if fields := strings.Fields(line); len(fields) == 3 && fields[0] == name {
			n, err := strconv.ParseInt(fields[1], 10, 64)
			if err != nil {
				t.Fatal(err)
			}
			return n << 10
		}
	}
	t.Fatalf("no line %s", name)
	return 0
}

// TestServeIsOneOrTheOther holds the flags of the two kinds of nodes apart.
func TestServeIsOneOrTheOther(t *testing.T) {
	a := newAbroad(t, time.Now().Truncate(time.Second))
	bad := filepath.Join(t.TempDir(), "bad.json")
	if err := os.WriteFile(bad, []byte(`{"library": {}}`), 0o644); err != nil {
		t.Fatal(err)
	}
	wide := filepath.Join(t.TempDir(), "wide.json")
	if err := os.WriteFile(wide, []byte(`{"reach": ["10.0.0.1/8"]}`), 0o644); err != nil {
		t.Fatal(err)
	}
	for name, args := range map[string][]string{
		"neither":              {},
		"both":                 {"--data", "x", "--trust", a.path},
		"configuration beside": {"--data", "x", "--config", bad},
		"library":              {"--trust", a.path, "--library", "http://localhost/", "--library-token-file", bad},
		"passphrase":           {"--trust", a.path, "--passphrase-file", bad},
		"reach":                {"--trust", a.path, "--config", wide},
		"unknown member":       {"--trust", a.path, "--config", bad},
		"no configuration":     {"--trust", a.path, "--config", bad + "x"},
		"no trust":             {"--trust", bad},
	} {
		if exit, out, complaints := runMain("", append([]string{"serve"}, args...)...); exit != exitUsage {
			t.Errorf("%s: exit %d, %s%s", name, exit, out, complaints)
		}
	}
}
