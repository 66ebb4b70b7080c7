package mirror_test

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"yizheng/mirror"
)

// shelf is an Add that remembers, and refuses what begins with "forged".
type shelf struct {
	mu     sync.Mutex
	tokens []string
	held   map[string][]byte // by address
}

func (s *shelf) Add(address string, token []byte) (time.Time, error) {
	if strings.HasPrefix(string(token), "forged") {
		return time.Time{}, errors.New("not signed by the issuer")
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.tokens = append(s.tokens, string(token))
	if s.held == nil {
		s.held = make(map[string][]byte)
	}
	s.held[address] = token
	return time.Unix(7, 0), nil
}

func (s *shelf) Held(address string) []byte {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.held[address]
}

// drop is what Add does elsewhere when there is no more room.
func (s *shelf) drop(address string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.held, address)
}

// anybodys is an Owner to whom every address belongs.
func anybodys(string) (string, bool) { return "310105", true }

// newest gives the token that was added last.
func (s *shelf) newest() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.tokens) == 0 {
		return ""
	}
	return s.tokens[len(s.tokens)-1]
}

func newMirror(t *testing.T, handler http.HandlerFunc, clock func() time.Time) (*mirror.Mirror, *shelf, string) {
	t.Helper()
	server := httptest.NewServer(handler)
	t.Cleanup(server.Close)
	s := &shelf{}
	m, err := mirror.New(mirror.Config{
		Client: &http.Client{Timeout: 2 * time.Second},
		Owner:  func(a string) (string, bool) { return "310105", strings.HasPrefix(a, server.URL+"/status/") },
		Add:    s.Add, Held: s.Held,
		Clock: clock,
	})
	if err != nil {
		t.Fatal(err)
	}
	return m, s, server.URL + "/status/0"
}

func TestFetchOutcomes(t *testing.T) {
	tests := []struct {
		name   string
		answer http.HandlerFunc
		want   string // part of the error; empty for success
		added  int
	}{
		{"a token", func(w http.ResponseWriter, _ *http.Request) { w.Write([]byte("token")) }, "", 1},
		{"not the issuer's", func(w http.ResponseWriter, _ *http.Request) { w.Write([]byte("forged")) }, "not signed", 0},
		{"server error", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(500) }, "status 500", 0},
		{"redirect elsewhere", func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "http://127.0.0.1:1/", http.StatusFound)
		}, "status 302", 0},
		{"endless", func(w http.ResponseWriter, _ *http.Request) { w.Write(make([]byte, 1<<20)) }, "more than", 0},
		{"half an answer", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", "100")
			w.Write([]byte("tok"))
		}, "reading", 0},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			m, s, address := newMirror(t, tt.answer, time.Now)
			err := m.Fetch(context.Background(), address)
			if (err == nil) != (tt.want == "") || err != nil && !strings.Contains(err.Error(), tt.want) {
				t.Errorf("Fetch: %v, want %q", err, tt.want)
			}
			if len(s.tokens) != tt.added {
				t.Errorf("added %d tokens, want %d", len(s.tokens), tt.added)
			}
		})
	}
}

func TestFetchRefusesOtherAddresses(t *testing.T) {
	var asked atomic.Int32
	m, _, address := newMirror(t, func(http.ResponseWriter, *http.Request) { asked.Add(1) }, time.Now)
	for _, other := range []string{"http://169.254.169.254/", strings.Replace(address, "/status/", "/admin/", 1), ""} {
		if err := m.Fetch(context.Background(), other); !errors.Is(err, mirror.ErrNotAllowed) {
			t.Errorf("Fetch(%q): %v, want ErrNotAllowed", other, err)
		}
	}
	if asked.Load() != 0 {
		t.Errorf("%d requests were made, want none", asked.Load())
	}
}

// TestOnce gets what is there each time, goes nowhere else, and adds nothing.
func TestOnce(t *testing.T) {
	asked := 0
	m, s, address := newMirror(t, func(w http.ResponseWriter, r *http.Request) {
		if asked++; r.URL.RawQuery == "time=9" {
			http.Redirect(w, r, "http://127.0.0.1:1/", http.StatusFound)
			return
		}
		w.Write([]byte(r.URL.RawQuery))
	}, time.Now)
	for _, query := range []string{"time=7", "time=7", "time=8"} {
		if got, err := m.Once(context.Background(), address+"?"+query); err != nil || string(got) != query {
			t.Errorf("%s: %q, %v", query, got, err)
		}
	}
	if _, err := m.Once(context.Background(), address+"?time=9"); err == nil {
		t.Error("a redirect is followed")
	}
	if _, err := m.Once(context.Background(), "http://169.254.169.254/?time=7"); !errors.Is(err, mirror.ErrNotAllowed) {
		t.Errorf("another address: %v", err)
	}
	if asked != 4 || len(s.tokens) != 0 || m.Added() != 0 {
		t.Errorf("asked %d times, holds %v", asked, s.tokens)
	}
}

func TestFetchSharesAndPauses(t *testing.T) {
	var asked atomic.Int32
	var now atomic.Int64
	clock := func() time.Time { return time.Unix(now.Load(), 0) }
	m, _, address := newMirror(t, func(w http.ResponseWriter, r *http.Request) {
		asked.Add(1)
		if r.Header.Get("If-None-Match") == `"1"` {
			w.WriteHeader(http.StatusNotModified)
			return
		}
		w.Header().Set("ETag", `"1"`)
		w.Write([]byte("token"))
	}, clock)
	var group sync.WaitGroup
	for range 50 {
		group.Go(func() {
			if err := m.Fetch(context.Background(), address); err != nil {
				t.Error(err)
			}
		})
	}
	group.Wait()
	if asked.Load() != 1 {
		t.Errorf("50 callers made %d requests, want 1", asked.Load())
	}
	now.Store(6)
	if err := m.Fetch(context.Background(), address); err != nil {
		t.Error(err)
	}
	if asked.Load() != 2 {
		t.Errorf("after the pause %d requests in all, want 2", asked.Load())
	}
}

// TestForget holds that what was forgotten is asked for again in full, at
// once, and added again.
func TestForget(t *testing.T) {
	var whole atomic.Int32
	m, s, address := newMirror(t, func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("If-None-Match") != "" {
			w.WriteHeader(http.StatusNotModified)
			return
		}
		whole.Add(1)
		w.Header().Set("ETag", `"1"`)
		w.Write([]byte("token"))
	}, time.Now)
	for n := int32(1); n <= 3; n++ {
		if err := m.Fetch(context.Background(), address); err != nil || whole.Load() != n || len(s.tokens) != int(n) {
			t.Errorf("time %d: %v, asked %d times, %d added", n, err, whole.Load(), len(s.tokens))
		}
		m.Forget()
	}
}

// TestRenew asks although the pause is not over, once for callers at the same
// moment, and nobody who is not allowed.
func TestRenew(t *testing.T) {
	var asked atomic.Int32
	m, s, address := newMirror(t, func(w http.ResponseWriter, _ *http.Request) {
		if asked.Add(1) > 1 {
			time.Sleep(50 * time.Millisecond)
		}
		w.Write([]byte("token"))
	}, time.Now)
	if err := m.Fetch(context.Background(), address); err != nil {
		t.Fatal(err)
	}
	var group sync.WaitGroup
	for range 20 {
		group.Go(func() {
			if err := m.Renew(context.Background(), address); err != nil {
				t.Error(err)
			}
		})
	}
	group.Wait()
	if n := asked.Load(); n < 2 || n > 4 || len(s.tokens) != int(n) {
		t.Errorf("asked %d times, added %d", n, len(s.tokens))
	}
	if err := m.Renew(context.Background(), "http://169.254.169.254/"); !errors.Is(err, mirror.ErrNotAllowed) {
		t.Error(err)
	}
}
