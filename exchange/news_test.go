package exchange_test

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"yizheng/exchange"
	"yizheng/exchange/exchangetest"
	"yizheng/faults/wiretest"
)

// ears notes what a node is told.
type ears struct {
	mu    sync.Mutex
	names []string
}

func (e *ears) heed(_ context.Context, name string) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.names = append(e.names, name)
}

// heard gives what was told since the last time.
func (e *ears) heard() []string {
	e.mu.Lock()
	defer e.mu.Unlock()
	names := e.names
	e.names = nil
	return names
}

// count says how often a name was told so far.
func (e *ears) count(name string) (n int) {
	e.mu.Lock()
	defer e.mu.Unlock()
	for _, heard := range e.names {
		if heard == name {
			n++
		}
	}
	return n
}

// listening lets a node listen until the test ends.
func listening(t *testing.T, x *exchange.Exchange) *ears {
	t.Helper()
	e := &ears{}
	ctx, cancel := context.WithCancel(context.Background())
	var ended sync.WaitGroup
	ended.Go(func() { x.Watch(ctx, e.heed) })
	t.Cleanup(func() { cancel(); ended.Wait() })
	eventually(t, "it looks at everything once", func() bool { return e.count("") > 0 })
	return e
}

func TestNews(t *testing.T) {
	t.Parallel()
	ctx, server := context.Background(), exchangetest.Start(t, exchangetest.Options{})
	a, b := node(t, server.Address(), nil), node(t, server.Address(), nil)
	there(t, a, b)
	e := listening(t, b)
	a.Announce(ctx, "before") // the first number of all: everything is looked at
	eventually(t, "the first news", func() bool { return len(e.heard()) > 0 })
	for i := range 100 {
		a.Announce(ctx, fmt.Sprint("list ", i))
	}
	eventually(t, "the last news", func() bool { return e.count("list 99") == 1 })
	got := strings.Join(e.heard(), ",")
	for i := range 100 {
		if !strings.Contains(got+",", fmt.Sprintf("list %d,", i)) {
			t.Errorf("list %d was not told", i)
		}
	}
}

// TestNewsThatWereMissed: whatever happens between two nodes, the other one
// looks at everything when it may have missed something.
func TestNewsThatWereMissed(t *testing.T) {
	t.Parallel()
	ctx, server := context.Background(), exchangetest.Start(t, exchangetest.Options{})
	between := wiretest.Between(t, "tcp", server.Address())
	a, b := node(t, server.Address(), nil), node(t, between.Address(), nil)
	there(t, a, b)
	e := listening(t, b)
	admin := server.Admin()
	key := func(t *testing.T) string {
		t.Helper()
		for _, k := range server.Keys() {
			if strings.HasSuffix(k, ":news") {
				return k
			}
		}
		t.Fatal("no number of the last news")
		return ""
	}
	a.Announce(ctx, "begin")
	tests := []struct {
		name string
		miss func(t *testing.T)
	}{
		{"broken off", func(*testing.T) { between.Mute(true); between.Cut(); a.Announce(ctx, "x"); between.Mute(false) }},
		{"silent for a while", func(*testing.T) {
			between.Mute(true)
			a.Announce(ctx, "x")
			time.Sleep(100 * time.Millisecond)
			between.Cut()
			between.Mute(false)
		}},
		{"never delivered", func(t *testing.T) { admin.Incr(ctx, key(t)) }},
		{"a number out of order", func(t *testing.T) {
			admin.IncrBy(ctx, key(t), 5)
			a.Announce(ctx, "x")
		}},
		{"flushed", func(*testing.T) { admin.FlushAll(ctx); a.Announce(ctx, "x") }},
		{"flushed and quiet", func(*testing.T) { admin.FlushAll(ctx) }},
		{"started anew, empty", func(*testing.T) {
			server.Stop()
			server.Restart()
			eventually(t, "a finds it again", func() bool { return a.Ready(ctx) == nil })
			a.Announce(ctx, "x")
		}},
		{"a number that is none", func(t *testing.T) {
			a.Announce(ctx, "y")
			admin.Set(ctx, key(t), "none", 0)
			a.Announce(ctx, "x")
		}},
		{"a lie about the number", func(t *testing.T) {
			admin.Publish(ctx, key(t), "9223372036854775807 x")
			a.Announce(ctx, "z")
			admin.Incr(ctx, key(t))
		}},
		{"nonsense", func(t *testing.T) { admin.Publish(ctx, key(t), strings.Repeat("\x00", 1<<16)); admin.Incr(ctx, key(t)) }},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			time.Sleep(20 * time.Millisecond) // what is still under way
			e.heard()
			began := time.Now()
			tt.miss(t)
			eventually(t, "everything is looked at", func() bool { return e.count("") > 0 })
			t.Logf("after %v", time.Since(began))
			eventually(t, "the node is told again", func() bool {
				e.heard()
				a.Announce(ctx, "after")
				time.Sleep(10 * time.Millisecond)
				return e.count("after") > 0
			})
		})
	}
}
