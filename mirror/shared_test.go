package mirror_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"yizheng/mirror"
)

// commons is a Shared in memory.
type commons struct {
	mu     sync.Mutex
	copies map[string]copied
	turns  map[string]bool
	told   []string
	never  bool // it is never anybody's turn
}

type copied struct {
	token     string
	at, until time.Time
}

func newCommons() *commons {
	return &commons{copies: make(map[string]copied), turns: make(map[string]bool)}
}

func (c *commons) Get(_ context.Context, address string) ([]byte, time.Time, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	held, ok := c.copies[address]
	return []byte(held.token), held.at, ok
}

func (c *commons) Put(_ context.Context, address string, token []byte, at, until time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.copies[address] = copied{string(token), at, until}
}

func (c *commons) Announce(_ context.Context, address string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.told = append(c.told, address)
}

func (c *commons) Turn(_ context.Context, what string, _ time.Duration) (func(), bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.never || c.turns[what] {
		return func() {}, false
	}
	c.turns[what] = true
	return func() {
		c.mu.Lock()
		defer c.mu.Unlock()
		delete(c.turns, what)
	}, true
}

// district publishes one token and counts who asks for it.
type district struct {
	asked atomic.Int32
	token atomic.Pointer[string]
	slow  time.Duration
}

func newDistrict(t *testing.T, token string) (*district, string) {
	t.Helper()
	d := &district{}
	d.token.Store(&token)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		d.asked.Add(1)
		time.Sleep(d.slow)
		token := *d.token.Load()
		w.Header().Set("ETag", `"`+token+`"`)
		if r.Header.Get("If-None-Match") == `"`+token+`"` {
			w.WriteHeader(http.StatusNotModified)
			return
		}
		_, _ = w.Write([]byte(token))
	}))
	t.Cleanup(server.Close)
	return d, server.URL + "/status/0"
}

func newSharing(t *testing.T, shared mirror.Shared, clock func() time.Time) (*mirror.Mirror, *shelf) {
	t.Helper()
	s := &shelf{}
	m, err := mirror.New(mirror.Config{
		Client: &http.Client{Timeout: 2 * time.Second}, Owner: anybodys,
		Add: s.Add, Held: s.Held, Clock: clock, Shared: shared,
	})
	if err != nil {
		t.Fatal(err)
	}
	return m, s
}

// TestNodesShareARequest: however many nodes want a list at once, its source
// is asked once.
func TestNodesShareARequest(t *testing.T) {
	d, address := newDistrict(t, "token")
	d.slow = 100 * time.Millisecond
	shared := newCommons()
	var group sync.WaitGroup
	for range 5 {
		m, s := newSharing(t, shared, time.Now)
		for range 3 {
			group.Go(func() {
				if err := m.Fetch(context.Background(), address); err != nil || s.newest() != "token" {
					t.Errorf("%v, holds %q", err, s.newest())
				}
			})
		}
	}
	group.Wait()
	if d.asked.Load() != 1 {
		t.Errorf("the source was asked %d times", d.asked.Load())
	}
	if got := shared.copies[address]; got.until != time.Unix(7, 0) || len(shared.told) != 1 {
		t.Errorf("left %+v, told %q", got, shared.told)
	}
}

// TestCopiesSpareNothingForEver: another node's word holds for the pause, and
// nobody's turn keeps a node from asking.
func TestCopiesSpareNothingForEver(t *testing.T) {
	var now atomic.Int64
	clock := func() time.Time { return time.Unix(1_800_000_000+now.Load(), 0) }
	tests := []struct {
		name   string
		copied copied
		never  bool
		want   string
		asked  int32
	}{
		{"fresh", copied{token: "copy", at: clock().Add(-4 * time.Second)}, false, "copy", 0},
		{"old", copied{token: "copy", at: clock().Add(-6 * time.Second)}, false, "token", 1},
		{"dated ahead", copied{token: "copy", at: clock().Add(time.Hour)}, false, "token", 1},
		{"not the issuer's", copied{token: "forged", at: clock()}, false, "token", 1},
		{"empty", copied{at: clock()}, false, "token", 1},
		{"never our turn", copied{token: "copy", at: clock().Add(-6 * time.Second)}, true, "token", 1},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			d, address := newDistrict(t, "token")
			shared := newCommons()
			shared.copies[address], shared.never = tt.copied, tt.never
			m, s := newSharing(t, shared, clock)
			if err := m.Fetch(context.Background(), address); err != nil || s.newest() != tt.want || d.asked.Load() != tt.asked {
				t.Errorf("%v, holds %q, asked %d times", err, s.newest(), d.asked.Load())
			}
		})
	}
}

// TestNewsAreLoaded: a node takes over what others left of the addresses that
// it knows, and asks nobody.
func TestNewsAreLoaded(t *testing.T) {
	ctx := context.Background()
	var now atomic.Int64
	clock := func() time.Time { return time.Unix(1_800_000_000+now.Load(), 0) }
	d, address := newDistrict(t, "one")
	shared := newCommons()
	a, _ := newSharing(t, shared, clock)
	b, held := newSharing(t, shared, clock)
	if err := a.Fetch(ctx, address); err != nil {
		t.Fatal(err)
	}
	b.LoadAll(ctx)
	if b.Load(ctx, address); held.newest() != "" {
		t.Errorf("it took %q, of which it knew nothing", held.newest())
	}
	if err := b.Fetch(ctx, address); err != nil {
		t.Fatal(err)
	}
	now.Add(6)
	two := "two"
	d.token.Store(&two)
	if err := a.Fetch(ctx, address); err != nil {
		t.Fatal(err)
	}
	before := b.Added()
	if b.LoadAll(ctx); held.newest() != "two" || b.Added() != before+1 {
		t.Errorf("holds %q, %d added", held.newest(), b.Added()-before)
	}
	if err := b.Fetch(ctx, address); err != nil || d.asked.Load() != 2 {
		t.Errorf("%v, asked %d times", err, d.asked.Load())
	}
	// What has not changed is left again as had now, and not announced.
	now.Add(6)
	if err := b.Fetch(ctx, address); err != nil || !shared.copies[address].at.Equal(clock()) || len(shared.told) != 2 {
		t.Errorf("%v, left %+v, told %q", err, shared.copies[address], shared.told)
	}
}
