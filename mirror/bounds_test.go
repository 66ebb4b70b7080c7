package mirror_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"yizheng/mirror"
)

// two are issuers on one server, below /a/ and /b/.
func two(t *testing.T, handler http.HandlerFunc, clock func() time.Time) (m *mirror.Mirror, s *shelf, base string) {
	t.Helper()
	server := httptest.NewServer(handler)
	t.Cleanup(server.Close)
	s = &shelf{}
	m, err := mirror.New(mirror.Config{
		Client: &http.Client{Timeout: 2 * time.Second, Transport: &http.Transport{MaxIdleConnsPerHost: 100}},
		Owner:  func(a string) (string, bool) { return strings.TrimPrefix(a, server.URL)[:2], true },
		Add:    s.Add, Held: s.Held, Clock: clock,
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(server.CloseClientConnections)
	return m, s, server.URL
}

// TestEndlessAddresses: what is remembered of an issuer with addresses without
// end has bounds, also where it gives nothing at any of them and a long story
// beside; what is remembered of another stays.
func TestEndlessAddresses(t *testing.T) {
	var asked sync.Map
	m, _, base := two(t, func(w http.ResponseWriter, r *http.Request) {
		n, _ := asked.LoadOrStore(r.URL.Path, new(atomic.Int32))
		n.(*atomic.Int32).Add(1)
		w.Header().Set("ETag", `"`+strings.Repeat("x", 10_000)+`"`)
		if strings.HasPrefix(r.URL.Path, "/b/") {
			w.WriteHeader(http.StatusNotFound)
			return
		}
		_, _ = w.Write([]byte("token"))
	}, func() time.Time { return time.Unix(7, 0) })
	times := func(path string) int32 {
		n, _ := asked.LoadOrStore(path, new(atomic.Int32))
		return n.(*atomic.Int32).Load()
	}
	if err := m.Fetch(t.Context(), base+"/a/0"); err != nil {
		t.Fatal(err)
	}
	for n := range 4000 {
		if err := m.Fetch(t.Context(), fmt.Sprintf("%s/b/%d", base, n)); err == nil {
			t.Fatal("there is something")
		}
	}
	if err := m.Fetch(t.Context(), base+"/a/0"); err != nil || times("/a/0") != 1 {
		t.Errorf("%v: the other was asked %d times", err, times("/a/0"))
	}
	_, _ = m.Fetch(t.Context(), base+"/b/3999"), m.Fetch(t.Context(), base+"/b/0")
	if times("/b/3999") != 1 || times("/b/0") != 2 {
		t.Errorf("asked %d times for the last, %d for the first", times("/b/3999"), times("/b/0"))
	}
}

// TestSlowIssuer: one who lets every request wait has no more than sixteen at a
// time, and nobody else waits for that.
func TestSlowIssuer(t *testing.T) {
	var now, most atomic.Int32
	end := make(chan struct{})
	m, _, base := two(t, func(w http.ResponseWriter, r *http.Request) {
		if strings.HasPrefix(r.URL.Path, "/b/") {
			for n := now.Add(1); most.Load() < n; {
				most.Store(n)
			}
			defer now.Add(-1)
			select {
			case <-end:
			case <-r.Context().Done():
			}
		}
		_, _ = w.Write([]byte("token"))
	}, time.Now)
	ctx, cancel := context.WithCancel(t.Context())
	var group sync.WaitGroup
	for n := range 100 {
		group.Go(func() { _ = m.Fetch(ctx, fmt.Sprintf("%s/b/%d", base, n)) })
		group.Go(func() { _, _ = m.Once(ctx, fmt.Sprintf("%s/b/%d?time=7", base, n)) })
	}
	for now.Load() < 16 {
		time.Sleep(time.Millisecond)
	}
	// Who waited for the other would do so until end, which is closed behind.
	if err := m.Fetch(t.Context(), base+"/a/0"); err != nil {
		t.Error(err)
	}
	if _, err := m.Once(t.Context(), base+"/a/0?time=7"); err != nil {
		t.Error(err)
	}
	close(end)
	cancel()
	group.Wait()
	if most.Load() > 16 {
		t.Errorf("%d at a time", most.Load())
	}
}

// TestDropped: what had to go is asked for in full, whatever ETag was had, and
// at once.
func TestDropped(t *testing.T) {
	var at atomic.Int64
	var whole atomic.Int32
	m, s, base := two(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("ETag", `"1"`)
		if r.Header.Get("If-None-Match") != "" {
			w.WriteHeader(http.StatusNotModified)
			return
		}
		whole.Add(1)
		_, _ = w.Write([]byte("token"))
	}, func() time.Time { return time.Unix(at.Load(), 0) })
	for _, want := range []int32{1, 1, 2, 3} {
		if err := m.Fetch(t.Context(), base+"/a/0"); err != nil || whole.Load() != want || s.Held(base+"/a/0") == nil {
			t.Errorf("%v: %d times in full, want %d; holds %q", err, whole.Load(), want, s.Held(base+"/a/0"))
		}
		if at.Load() < 10 {
			at.Add(10)
		} else {
			s.drop(base + "/a/0")
		}
	}
}
