package exchange_test

import (
	"context"
	"math/rand/v2"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"yizheng/exchange"
	"yizheng/exchange/exchangetest"
)

// TestRate holds the algorithm in memory to a table.
func TestRate(t *testing.T) {
	now := time.Unix(1_800_000_000, 0)
	x, err := exchange.New(exchange.Config{
		Rate: exchange.Rate{PerSecond: 0.5, Burst: 2}, Clock: func() time.Time { return now },
	})
	if err != nil {
		t.Fatal(err)
	}
	for i, tt := range []struct {
		after time.Duration
		wait  time.Duration
	}{
		{0, 0}, {0, 0}, {0, 2 * time.Second}, {500 * time.Millisecond, 1500 * time.Millisecond},
		{1500 * time.Millisecond, 0}, {0, 2 * time.Second}, {time.Hour, 0}, {0, 0}, {0, 2 * time.Second},
		{-2 * time.Hour, 0}, // a clock that was set back locks nobody out
	} {
		now = now.Add(tt.after)
		if ok, wait := x.Allow(context.Background(), "c"); wait != tt.wait || ok != (wait == 0) {
			t.Errorf("request %d: %v, wait %v, want %v", i, ok, wait, tt.wait)
		}
		if ok, _ := x.Allow(context.Background(), "other"+time.Duration(i).String()); !ok {
			t.Errorf("request %d of another client is refused", i)
		}
	}
}

// TestRateIsTheSame drives the script and the algorithm in memory with the
// same requests at the same instants, and wants the same answers.
func TestRateIsTheSame(t *testing.T) {
	t.Parallel()
	server := exchangetest.Start(t, exchangetest.Options{})
	for _, r := range []exchange.Rate{{PerSecond: 50, Burst: 3}, {PerSecond: 333, Burst: 1}, {PerSecond: 7, Burst: 20}} {
		x := node(t, server.Address(), func(c *exchange.Config) { c.Rate = r })
		there(t, x)
		due, refused := int64(0), 0
		for i := range 300 {
			wait, now, err := x.AskShared(context.Background(), "client")
			if err != nil {
				t.Fatal(err)
			}
			next, want := r.Conform(due, now)
			if due = next; wait != want {
				t.Fatalf("%+v, request %d: wait %d µs, in memory %d", r, i, wait, want)
			}
			if wait > 0 {
				refused++
			}
			time.Sleep(time.Duration(rand.IntN(2000)) * time.Microsecond)
		}
		if refused == 0 {
			t.Errorf("%+v: nothing was refused", r)
		}
		server.Admin().FlushAll(context.Background())
	}
}

// TestRateAcrossNodes holds that a client that goes from node to node has one
// rate, whatever the order.
func TestRateAcrossNodes(t *testing.T) {
	server := exchangetest.Start(t, exchangetest.Options{})
	rate := func(c *exchange.Config) { c.Rate = exchange.Rate{PerSecond: 0.01, Burst: 20} }
	nodes := []*exchange.Exchange{node(t, server.Address(), rate), node(t, server.Address(), rate), node(t, server.Address(), rate)}
	there(t, nodes...)
	var passed atomic.Int32
	var group sync.WaitGroup
	for i := range 60 {
		group.Go(func() {
			ok, wait := nodes[i%len(nodes)].Allow(context.Background(), "203.0.113.7")
			if ok {
				passed.Add(1)
			} else if wait <= 0 || wait > 2000*time.Second {
				t.Errorf("wait %v", wait)
			}
		})
	}
	group.Wait()
	if passed.Load() != 20 {
		t.Errorf("%d of 60 passed, want 20", passed.Load())
	}
	for _, key := range server.Keys() {
		if strings.Contains(key, "203.0.113") || strings.Contains(server.Admin().Get(context.Background(), key).Val(), "203.0.113") {
			t.Errorf("the address is in Redis: %s", key)
		}
	}
}

// TestRateOfHostileValues: whoever writes to Redis gives a client no more than
// the rate of each node, and locks nobody out.
func TestRateOfHostileValues(t *testing.T) {
	ctx, server := context.Background(), exchangetest.Start(t, exchangetest.Options{})
	x := node(t, server.Address(), func(c *exchange.Config) { c.Rate = exchange.Rate{PerSecond: 0.01, Burst: 5} })
	there(t, x)
	admin := server.Admin()
	x.Allow(ctx, "client")
	key := server.Keys()[0]
	for _, value := range []string{"", "x", "nan", "-nan", "inf", "-inf", "1e300", "-1e300", "9223372036854775807", "0x10", "99999999999999999999"} {
		admin.Set(ctx, key, value, 0)
		if wait, _, err := x.AskShared(ctx, "client"); err != nil || wait != 0 {
			t.Errorf("%q: wait %d, %v", value, wait, err)
		}
	}
	admin.Del(ctx, key)
	admin.LPush(ctx, key, "x")
	if wait, _, err := x.AskShared(ctx, "client"); err != nil || wait != 0 {
		t.Errorf("a list: wait %d, %v", wait, err)
	}
	passed := 0
	for range 50 {
		admin.Del(ctx, key)
		if ok, _ := x.Allow(ctx, "client"); ok {
			passed++
		}
	}
	if passed != 4 { // one went before
		t.Errorf("%d passed beside somebody who clears Redis, want 4", passed)
	}
}

// BenchmarkAllow is what a request pays for its client's rate.
func BenchmarkAllow(b *testing.B) {
	most := func(c *exchange.Config) { c.Rate = exchange.Rate{PerSecond: 1e5, Burst: 1e6} }
	alone, err := exchange.New(exchange.Config{Rate: exchange.Rate{PerSecond: 1e5, Burst: 1e6}})
	if err != nil {
		b.Fatal(err)
	}
	server := exchangetest.Start(b, exchangetest.Options{})
	shared, away := node(b, server.Address(), most), node(b, "127.0.0.1:1", most)
	there(b, shared)
	for name, x := range map[string]*exchange.Exchange{"alone": alone, "shared": shared, "away": away} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				x.Allow(context.Background(), "203.0.113.7/32")
			}
		})
	}
}
