package exchange_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"yizheng/exchange"
	"yizheng/exchange/exchangetest"
)

const ttl = 200 * time.Millisecond

var strangers atomic.Int64

// stranger is an owner who has not asked before.
func stranger() string { return fmt.Sprint("stranger ", strangers.Add(1)) }

// reaching waits until Redis remembers as far back as a token may be old.
func reaching(t *testing.T, x *exchange.Exchange) {
	t.Helper()
	for i := range 16 * 8 { // each of the sixteen slots
		probe := "probe " + string(rune('a'+i))
		eventually(t, "memory reaches back", func() bool {
			_, err := x.Once(context.Background(), probe, stranger(), ttl)
			return err == nil
		})
	}
}

func TestOnceAlone(t *testing.T) {
	ctx, now := context.Background(), time.Unix(1_800_000_000, 0)
	x, err := exchange.New(exchange.Config{Clock: func() time.Time { return now }})
	if err != nil {
		t.Fatal(err)
	}
	if first, err := x.Once(ctx, "a", stranger(), time.Minute); first || !errors.Is(err, exchange.ErrUnknown) {
		t.Errorf("just started: %v, %v", first, err)
	}
	now = now.Add(time.Minute)
	for i, want := range []bool{true, false, false} {
		if first, err := x.Once(ctx, "a", stranger(), time.Minute); first != want || err != nil {
			t.Errorf("time %d: %v, %v", i, first, err)
		}
	}
	for i, want := range []bool{true, true, true} {
		if first, err := x.Once(ctx, "owned", "me", time.Minute); first != want || err != nil {
			t.Errorf("the owner, time %d: %v, %v", i, first, err)
		}
		if first, err := x.Once(ctx, "owned", stranger(), time.Minute); first || err != nil {
			t.Errorf("another after the owner: %v, %v", first, err)
		}
	}
	if first, err := x.Once(ctx, "c", "", time.Minute); first || err == nil {
		t.Errorf("nobody: %v, %v", first, err)
	}
	if first, err := x.Once(ctx, "b", stranger(), time.Minute); !first || err != nil {
		t.Errorf("another token: %v, %v", first, err)
	}
	for _, life := range []time.Duration{0, -1, time.Microsecond, 2 * time.Hour} {
		if first, err := x.Once(ctx, "c", stranger(), life); first || err == nil {
			t.Errorf("a life of %v: %v, %v", life, first, err)
		}
	}
}

// TestOnceIsBounded holds that a full memory refuses, and forgets nothing that
// still counts.
func TestOnceIsBounded(t *testing.T) {
	ctx, now := context.Background(), time.Unix(1_800_000_000, 0)
	x, err := exchange.New(exchange.Config{Clock: func() time.Time { return now }})
	if err != nil {
		t.Fatal(err)
	}
	now = now.Add(time.Hour)
	n := 0
	for ; n < 1<<20; n++ {
		if _, err := x.Once(ctx, strings.Repeat("x", n%97)+string(rune(n)), stranger(), time.Minute); err != nil {
			break
		}
	}
	if n == 1<<20 {
		t.Fatal("memory is not bounded")
	}
	if first, err := x.Once(ctx, string(rune(0)), stranger(), time.Minute); first || err != nil {
		t.Errorf("the oldest token: %v, %v", first, err)
	}
	now = now.Add(time.Minute)
	if first, err := x.Once(ctx, "new", stranger(), time.Minute); !first || err != nil {
		t.Errorf("after all have ended: %v, %v", first, err)
	}
}

func TestOnceAcrossNodes(t *testing.T) {
	t.Parallel()
	ctx, server := context.Background(), exchangetest.Start(t, exchangetest.Options{})
	nodes := []*exchange.Exchange{node(t, server.Address(), nil), node(t, server.Address(), nil)}
	there(t, nodes...)
	if first, err := nodes[0].Once(ctx, "early", stranger(), ttl); first || !errors.Is(err, exchange.ErrUnknown) {
		t.Errorf("an empty Redis: %v, %v", first, err)
	}
	reaching(t, nodes[0])
	for range 20 {
		var accepted atomic.Int32
		var group sync.WaitGroup
		for i := range 8 {
			group.Go(func() {
				first, err := nodes[i%2].Once(ctx, "token", stranger(), 10*time.Second)
				if err == nil && first {
					accepted.Add(1)
				}
			})
		}
		group.Wait()
		if accepted.Load() > 1 {
			t.Fatalf("accepted %d times", accepted.Load())
		}
	}
	if first, err := nodes[0].Once(ctx, "short", stranger(), ttl); !first || err != nil {
		t.Errorf("first: %v, %v", first, err)
	}
	if first, err := nodes[1].Once(ctx, "short", stranger(), ttl); first || err != nil {
		t.Errorf("on the other node: %v, %v", first, err)
	}
	const owned = 2 * time.Second
	eventually(t, "memory reaches back", func() bool { first, _ := nodes[0].Once(ctx, "owned", "me", owned); return first })
	for i := range 4 { // whoever has asked asks again, at the same node and at the other
		if first, err := nodes[i%2].Once(ctx, "owned", "me", owned); !first || err != nil {
			t.Errorf("the owner, time %d: %v, %v", i, first, err)
		}
		if first, err := nodes[i/2].Once(ctx, "owned", stranger(), owned); first || err != nil {
			t.Errorf("another after the owner: %v, %v", first, err)
		}
	}
	// What is of another type than ours is used, and no owner's.
	for _, key := range server.Keys() {
		if strings.Contains(key, ":once:") && !strings.HasSuffix(key, ":since") {
			server.Admin().Del(ctx, key)
			server.Admin().LPush(ctx, key, "me")
		}
	}
	if first, err := nodes[1].Once(ctx, "owned", "me", owned); first || err != nil {
		t.Errorf("a list in place of the token: %v, %v", first, err)
	}
	for _, key := range server.Keys() {
		if strings.Contains(key, "short") {
			t.Errorf("the token is in Redis: %s", key)
		}
	}
	// A flush forgets what was used: until every such token has ended, nobody
	// is told that one is new.
	server.Admin().FlushAll(ctx)
	if first, err := nodes[1].Once(ctx, "token", stranger(), 10*time.Second); first {
		t.Errorf("after a flush, the token again: %v, %v", first, err)
	}
	for _, token := range []string{"u1", "u2", "u3"} {
		if first, err := nodes[0].Once(ctx, token, stranger(), time.Minute); first || !errors.Is(err, exchange.ErrUnknown) {
			t.Errorf("after a flush: %v, %v", first, err)
		}
	}
	// What is no instant, or lies ahead, is no memory.
	for _, since := range []string{"x", "-5", "nan", "9999999999999999"} {
		for _, key := range server.Keys() {
			server.Admin().Set(ctx, key, since, 0)
		}
		if first, err := nodes[0].Once(ctx, "u1", stranger(), time.Minute); first || !errors.Is(err, exchange.ErrUnknown) {
			t.Errorf("remembered since %q: %v, %v", since, first, err)
		}
	}
}
