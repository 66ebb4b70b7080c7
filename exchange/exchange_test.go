package exchange_test

import (
	"bytes"
	"context"
	"crypto/tls"
	"fmt"
	"strings"
	"testing"
	"time"

	"yizheng/exchange"
	"yizheng/exchange/exchangetest"
)

// patience is a budget for tests of what is answered, on a busy machine.
const patience = time.Second

var secret = bytes.Repeat([]byte("s"), exchange.MinSecret)

// node makes one node of a deployment. change may alter its configuration.
func node(t testing.TB, address string, change func(*exchange.Config)) *exchange.Exchange {
	t.Helper()
	c := exchange.Config{
		Redis: &exchange.Redis{Addresses: []string{address}}, Deployment: "310105", Secret: secret, Budget: patience,
	}
	if change != nil {
		change(&c)
	}
	x, err := exchange.New(c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := x.Close(); err != nil {
			t.Error(err)
		}
	})
	return x
}

// there waits until Redis counts as there for a node.
func there(t testing.TB, nodes ...*exchange.Exchange) {
	t.Helper()
	for _, x := range nodes {
		eventually(t, "redis is there", func() bool { return x.Ready(context.Background()) == nil })
	}
}

func eventually(t testing.TB, what string, is func() bool) {
	t.Helper()
	for until := time.Now().Add(15 * time.Second); !is(); time.Sleep(2 * time.Millisecond) {
		if time.Now().After(until) {
			t.Fatalf("not within 15 s: %s", what)
		}
	}
}

const list = "https://zheng.example/status/0"

func TestCopiesAreShared(t *testing.T) {
	ctx, server := context.Background(), exchangetest.Start(t, exchangetest.Options{})
	a, b := node(t, server.Address(), nil), node(t, server.Address(), nil)
	there(t, a, b)
	if _, _, ok := b.Get(ctx, list); ok {
		t.Fatal("a copy before anybody left one")
	}
	at := time.Now().Truncate(time.Millisecond)
	for _, size := range []int{1, 20 << 10, exchange.MaxObject} {
		object := bytes.Repeat([]byte("x"), size)
		a.Put(ctx, list, object, at, at.Add(time.Hour))
		got, when, ok := b.Get(ctx, list)
		if !ok || !bytes.Equal(got, object) || !when.Equal(at) {
			t.Errorf("%d bytes: %d, %v, %v", size, len(got), when, ok)
		}
	}
	a.Put(ctx, "large", make([]byte, exchange.MaxObject+1), at, at.Add(time.Hour))
	a.Put(ctx, strings.Repeat("n", 600), []byte("x"), at, at.Add(time.Hour))
	if keys := server.Keys(); len(keys) != 1 {
		t.Errorf("keys %q: too large an object or name was kept", keys)
	}
	for _, tt := range []struct {
		until      time.Duration
		from, most time.Duration
	}{
		{time.Hour, 59 * time.Minute, time.Hour},
		{-time.Hour, 50 * time.Second, time.Minute},
		{1000 * time.Hour, 743 * time.Hour, 744 * time.Hour},
	} {
		a.Put(ctx, list, []byte("x"), at, at.Add(tt.until))
		if got := server.Admin().PTTL(ctx, server.Keys()[0]).Val(); got < tt.from || got > tt.most {
			t.Errorf("of use for %v, kept for %v", tt.until, got)
		}
	}
}

// TestOnlyNodesAreBelieved holds that what somebody else wrote is no copy.
func TestOnlyNodesAreBelieved(t *testing.T) {
	ctx, server := context.Background(), exchangetest.Start(t, exchangetest.Options{})
	a := node(t, server.Address(), nil)
	stranger := node(t, server.Address(), func(c *exchange.Config) { c.Secret = bytes.Repeat([]byte("other"), 10) })
	elsewhere := node(t, server.Address(), func(c *exchange.Config) { c.Deployment = "310106" })
	there(t, a, stranger, elsewhere)
	now := time.Now()
	a.Put(ctx, list, []byte("token"), now, now.Add(time.Hour))
	key, admin := server.Keys()[0], server.Admin()
	raw := admin.Get(ctx, key).Val()
	if _, _, ok := elsewhere.Get(ctx, list); ok {
		t.Error("deployments share a copy")
	}
	tests := map[string]func(){
		"another secret":      func() { stranger.Put(ctx, list, []byte("token"), now, now.Add(time.Hour)) },
		"changed":             func() { admin.Set(ctx, key, raw[:len(raw)-1]+"N", 0) },
		"dated":               func() { admin.SetRange(ctx, key, 32, "\xff\xff") },
		"cut off":             func() { admin.Set(ctx, key, raw[:39], 0) },
		"under another name":  func() { admin.Rename(ctx, key, strings.Replace(key, "/0", "/1", 1)) },
		"empty":               func() { admin.Set(ctx, key, "", 0) },
		"larger than allowed": func() { admin.Set(ctx, key, strings.Repeat("x", 8<<20), 0) },
		"another type":        func() { admin.Del(ctx, key); admin.LPush(ctx, key, "x") },
	}
	for name, write := range tests {
		t.Run(name, func(t *testing.T) {
			admin.Set(ctx, key, raw, 0)
			write()
			for _, asked := range []string{list, strings.Replace(list, "/0", "/1", 1)} {
				if got, _, ok := a.Get(ctx, asked); ok {
					t.Errorf("taken: %.20q", got)
				}
			}
			admin.FlushAll(ctx)
		})
	}
}

func TestConfigurationsThatAreRefused(t *testing.T) {
	one := []string{"127.0.0.1:6379"}
	good := exchange.Config{Redis: &exchange.Redis{Addresses: one}, Deployment: "310105", Secret: secret}
	for name, change := range map[string]func(*exchange.Config){
		"no secret":                   func(c *exchange.Config) { c.Secret = nil },
		"short secret":                func(c *exchange.Config) { c.Secret = secret[1:] },
		"no deployment":               func(c *exchange.Config) { c.Deployment = "" },
		"deployment of a pattern":     func(c *exchange.Config) { c.Deployment = "a*" },
		"deployment with a brace":     func(c *exchange.Config) { c.Deployment = "{a}" },
		"no address":                  func(c *exchange.Config) { c.Redis = &exchange.Redis{} },
		"no port":                     func(c *exchange.Config) { c.Redis = &exchange.Redis{Addresses: []string{"localhost"}} },
		"two servers":                 func(c *exchange.Config) { c.Redis = &exchange.Redis{Addresses: append(one, one...)} },
		"sentinels and a cluster":     func(c *exchange.Config) { c.Redis = &exchange.Redis{Addresses: one, Master: "m", Cluster: true} },
		"password for no sentinel":    func(c *exchange.Config) { c.Redis = &exchange.Redis{Addresses: one, SentinelPassword: "p"} },
		"negative rate":               func(c *exchange.Config) { c.Rate.PerSecond = -1 },
		"negative burst":              func(c *exchange.Config) { c.Rate.Burst = -1 },
		"rate that cannot be counted": func(c *exchange.Config) { c.Rate.PerSecond = 1e9 },
		"negative budget":             func(c *exchange.Config) { c.Budget = -1 },
	} {
		c := good
		change(&c)
		if x, err := exchange.New(c); err == nil {
			t.Errorf("%s is accepted", name)
			_ = x.Close()
		}
	}
}

func TestPasswordsAreNotPrinted(t *testing.T) {
	r := exchange.Redis{Addresses: []string{"h:1"}, Password: "geheim", SentinelPassword: "geheim", TLS: &tls.Config{}}
	if s := fmt.Sprintf("%v %+v %#v %s", r, &r, r, r); strings.Contains(s, "geheim") {
		t.Errorf("printed %s", s)
	}
}

// TestAlone holds what a node without Redis answers.
func TestAlone(t *testing.T) {
	ctx := context.Background()
	x, err := exchange.New(exchange.Config{})
	if err != nil {
		t.Fatal(err)
	}
	x.Put(ctx, list, []byte("x"), time.Now(), time.Now().Add(time.Hour))
	if _, _, ok := x.Get(ctx, list); ok {
		t.Error("there is a copy")
	}
	if _, mine := x.Turn(ctx, "sign", time.Second); !mine {
		t.Error("it is not its turn")
	}
	x.Announce(ctx, list)
	short, cancel := context.WithTimeout(ctx, 10*time.Millisecond)
	defer cancel()
	x.Watch(short, func(_ context.Context, name string) { t.Errorf("news of %q", name) })
	if x.Shared() || x.Ready(ctx) != nil || x.Collectors() != nil || x.Close() != nil {
		t.Error("it is not alone")
	}
}
