package exchange_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"yizheng/exchange"
	"yizheng/exchange/exchangetest"
	"yizheng/faults/wiretest"
)

// TestTroubles holds what each use answers when something is wrong with Redis,
// and that it takes no longer than it may.
func TestTroubles(t *testing.T) {
	t.Parallel()
	const budget = 50 * time.Millisecond
	trouble := func(make func(t *testing.T) (address string, begin func())) func(*testing.T) (string, func()) {
		return make
	}
	absurd := func(answer string) func(*testing.T) (string, func()) {
		return func(t *testing.T) (string, func()) { return wiretest.Absurd(t, answer), func() {} }
	}
	tests := []struct {
		name  string
		start func(*testing.T) (address string, begin func())
		// stays says that Redis goes on answering, with refusals or emptily.
		stays   bool
		refuses bool
	}{
		{"nobody there", trouble(func(t *testing.T) (string, func()) { return "127.0.0.1:1", func() {} }), false, false},
		{"killed", trouble(func(t *testing.T) (string, func()) {
			s := exchangetest.Start(t, exchangetest.Options{})
			return s.Address(), s.Stop
		}), false, false},
		{"silent", trouble(func(t *testing.T) (string, func()) {
			b := wiretest.Between(t, "tcp", exchangetest.Start(t, exchangetest.Options{}).Address())
			return b.Address(), func() { b.Mute(true) }
		}), false, false},
		{"slow", trouble(func(t *testing.T) (string, func()) {
			b := wiretest.Between(t, "tcp", exchangetest.Start(t, exchangetest.Options{}).Address())
			return b.Address(), func() { b.Delay(3 * budget) }
		}), false, false},
		{"full", trouble(func(t *testing.T) (string, func()) {
			s := exchangetest.Start(t, exchangetest.Options{})
			return s.Address(), func() {
				admin := s.Admin()
				admin.ConfigSet(context.Background(), "maxmemory-policy", "noeviction")
				admin.ConfigSet(context.Background(), "maxmemory", "1")
			}
		}), true, true},
		{"read only", trouble(func(t *testing.T) (string, func()) {
			s := exchangetest.Start(t, exchangetest.Options{})
			return s.Address(), func() { s.Admin().ReplicaOf(context.Background(), "127.0.0.1", "1") }
		}), true, true},
		{"flushed", trouble(func(t *testing.T) (string, func()) {
			s := exchangetest.Start(t, exchangetest.Options{})
			return s.Address(), func() { s.Admin().FlushAll(context.Background()) }
		}), true, false},
		{"no permission", trouble(func(t *testing.T) (string, func()) {
			s := exchangetest.Start(t, exchangetest.Options{})
			return s.Address(), func() {
				s.Admin().Do(context.Background(), "ACL", "SETUSER", "admin", "on", "nopass", "~*", "&*", "+@all")
				s.Admin().Do(context.Background(), "ACL", "SETUSER", "default", "-@all", "+ping", "+hello")
			}
		}), true, true},
		{"garbage", absurd("\x00\xff{}\r\n"), false, false},
		{"says OK to everything", absurd("+OK\r\n"), true, false},
		{"says PONG to everything", absurd("+PONG\r\n"), true, false},
		{"says 1 to everything", absurd(":1\r\n"), true, false},
		{"an array of everything", absurd("*2\r\n:0\r\n:0\r\n"), true, false},
		{"empty strings", absurd("$0\r\n\r\n"), true, false},
		{"two answers for one", absurd("+OK\r\n+OK\r\n$5\r\nfirst\r\n"), true, false},
		{"a string of exabytes", absurd("$9000000000000000000\r\n"), false, false},
		{"an array of exabytes", absurd("*9000000000000000000\r\n"), false, false},
		{"endless nesting", absurd(strings.Repeat("*1\r\n", 1000)), false, false},
		{"an endless line", absurd("+" + strings.Repeat("a", 100<<10)), false, false},
		{"closes", absurd(""), false, false},
		{"loading", absurd("-LOADING Redis is loading the dataset in memory\r\n"), false, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			ctx := context.Background()
			address, begin := tt.start(t)
			x := node(t, address, func(c *exchange.Config) {
				c.Budget = budget
				c.Rate = exchange.Rate{PerSecond: 0.001, Burst: 1000}
			})
			early := time.Now().Add(100 * time.Millisecond)
			for x.Ready(ctx) != nil && time.Now().Before(early) {
				time.Sleep(time.Millisecond)
			}
			x.Put(ctx, list, []byte("token"), time.Now(), time.Now().Add(time.Hour))
			begin()

			calls, began := 0, time.Now()
			for range 40 {
				calls++
				if got, _, ok := x.Get(ctx, list); ok && string(got) != "token" {
					t.Fatalf("a copy that nobody left: %q", got)
				}
				x.Put(ctx, list, []byte("token"), time.Now(), time.Now().Add(time.Hour))
				x.Announce(ctx, list)
				if first, err := x.Once(ctx, "token", stranger(), time.Minute); first || err == nil {
					t.Fatalf("Once: %v, %v: a token was taken for new or used", first, err)
				} else if !errors.Is(err, exchange.ErrUnknown) {
					t.Fatalf("Once: %v", err)
				}
				if ok, wait := x.Allow(ctx, "client"); !ok && (!tt.stays || wait > 1000*1000*time.Second) {
					t.Fatalf("a client is to wait %v", wait)
				}
				if end, mine := x.Turn(ctx, "sign", time.Second); mine {
					end()
				} else if !tt.stays {
					t.Fatal("there is no turn to be had")
				}
			}
			// Seven questions a round: were each to wait, it would be 14 s.
			if took := time.Since(began); took > 10*time.Second {
				t.Errorf("%d rounds took %v", calls, took)
			}
			if tt.refuses != strings.Contains(fmt.Sprint(x.Ready(ctx)), "refuses") || !tt.stays && x.Ready(ctx) == nil {
				t.Errorf("Ready: %v", x.Ready(ctx))
			}
			passed := 0
			for range 2000 {
				if ok, _ := x.Allow(ctx, "another"); ok {
					passed++
				}
			}
			if passed > 1000 {
				t.Errorf("%d requests of one client passed, the rate is 1000", passed)
			}
		})
	}
}

// TestRedisComesBack holds that a node asks Redis again when it is back, and
// that it costs nothing while it is not.
func TestRedisComesBack(t *testing.T) {
	ctx, server := context.Background(), exchangetest.Start(t, exchangetest.Options{})
	between := wiretest.Between(t, "tcp", server.Address())
	x := node(t, between.Address(), func(c *exchange.Config) { c.Budget = 50 * time.Millisecond })
	there(t, x)
	between.Mute(true)
	for range 10 {
		x.Get(ctx, list)
	}
	began := time.Now()
	for range 10000 {
		x.Get(ctx, list)
	}
	if took := time.Since(began); took > time.Minute { // were each to wait, it would be eight
		t.Errorf("10000 questions while Redis is away took %v", took)
	}
	if err := x.Ready(ctx); !errors.Is(err, exchange.ErrAway) {
		t.Errorf("Ready: %v", err)
	}
	between.Mute(false)
	there(t, x)
	x.Put(ctx, list, []byte("token"), time.Now(), time.Now().Add(time.Hour))
	if _, _, ok := x.Get(ctx, list); !ok {
		t.Error("nothing is shared after Redis came back")
	}
}
