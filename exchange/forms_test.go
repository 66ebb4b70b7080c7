package exchange_test

import (
	"context"
	"fmt"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"
	"github.com/prometheus/client_golang/prometheus/testutil/promlint"

	"yizheng/exchange"
	"yizheng/exchange/exchangetest"
)

// works puts two nodes through everything that goes over Redis.
func works(t *testing.T, change func(*exchange.Config)) (a, b *exchange.Exchange) {
	t.Helper()
	ctx := context.Background()
	a, b = node(t, "127.0.0.1:1", change), node(t, "127.0.0.1:1", change)
	there(t, a, b)
	e := listening(t, b)
	for i := range 20 { // of a cluster, every node gets some
		name := fmt.Sprint("https://zheng.example/status/", i)
		a.Put(ctx, name, []byte("token"), time.Now(), time.Now().Add(time.Hour))
		if _, _, ok := b.Get(ctx, name); !ok {
			t.Errorf("copy %d is not shared", i)
		}
		if wait, _, err := a.AskShared(ctx, name); err != nil || wait != 0 {
			t.Errorf("rate: wait %d, %v", wait, err)
		}
		end, mine := a.Turn(ctx, name, time.Minute)
		if _, others := b.Turn(ctx, name, time.Minute); !mine || others {
			t.Errorf("turn: %v, %v", mine, others)
		}
		end()
	}
	a.Announce(ctx, "first of all")
	a.Announce(ctx, "news")
	eventually(t, "the news are told", func() bool { return e.count("news") > 0 })
	eventually(t, "a token is new", func() bool { first, _ := a.Once(ctx, "token", stranger(), ttl); return first })
	if first, err := b.Once(ctx, "token", stranger(), ttl); first || err != nil {
		t.Errorf("the token again: %v, %v", first, err)
	}
	for name, x := range map[string]*exchange.Exchange{"a": a, "b": b} {
		if err := x.Ready(ctx); err != nil {
			t.Errorf("node %s: %v", name, err)
		}
	}
	return a, b
}

const operations = "../docs/operations.md"

// TestPermissions runs with the documented user and nothing more.
func TestPermissions(t *testing.T) {
	t.Parallel()
	line := exchangetest.UserLine(t, operations, "", "wort")
	server := exchangetest.Start(t, exchangetest.Options{ACL: line})
	with := func(deployment, password string) func(*exchange.Config) {
		return func(c *exchange.Config) {
			c.Deployment = deployment
			c.Redis = &exchange.Redis{Addresses: []string{server.Address()}, Username: "yizheng", Password: password}
		}
	}
	works(t, with("310105", "wort"))
	used := server.Admin().Info(context.Background(), "commandstats").Val()
	for _, word := range strings.Fields(line) {
		if command, ok := strings.CutPrefix(word, "+"); ok && !strings.Contains(used, "cmdstat_"+command+":") {
			t.Errorf("the user may %s, and needs not", command)
		}
	}
	for name, change := range map[string]func(*exchange.Config){
		"a wrong password": with("310105", "falsch"), "no password": with("310105", ""),
	} {
		x := node(t, "", change)
		time.Sleep(50 * time.Millisecond)
		if x.Ready(context.Background()) == nil {
			t.Errorf("%s: it says that all is well", name)
		}
	}
	// Another deployment's keys are out of reach.
	other := node(t, "", with("310106", "wort"))
	there(t, other)
	other.Put(context.Background(), list, []byte("x"), time.Now(), time.Now().Add(time.Hour))
	for _, key := range server.Keys() {
		if strings.Contains(key, "310106") {
			t.Errorf("it wrote %s", key)
		}
	}
	if err := other.Ready(context.Background()); err == nil || !strings.Contains(err.Error(), "NOPERM") {
		t.Errorf("Ready: %v", err)
	}
}

func TestSecure(t *testing.T) {
	t.Parallel()
	secure := exchangetest.NewSecure(t)
	server := exchangetest.Start(t, exchangetest.Options{Secure: secure})
	r := exchange.Redis{Addresses: []string{server.Address()}, TLS: secure.Client()}
	works(t, func(c *exchange.Config) { c.Redis = &r })
	stranger := exchange.Redis{Addresses: r.Addresses, TLS: exchangetest.NewSecure(t).Client()}
	named := exchange.Redis{Addresses: r.Addresses, TLS: secure.Client()}
	named.TLS.ServerName = "redis.example"
	for name, other := range map[string]exchange.Redis{
		"another authority": stranger, "another name": named, "no TLS": {Addresses: r.Addresses},
	} {
		x := node(t, "", func(c *exchange.Config) { c.Redis = &other })
		time.Sleep(100 * time.Millisecond)
		if x.Ready(context.Background()) == nil {
			t.Errorf("%s: it says that all is well", name)
		}
	}
}

func TestCluster(t *testing.T) {
	t.Parallel()
	servers := exchangetest.Cluster(t, exchangetest.UserLine(t, operations, "cluster", "wort"))
	works(t, func(c *exchange.Config) {
		c.Redis = &exchange.Redis{Addresses: []string{servers[0].Address(), servers[1].Address()}, Cluster: true, Username: "yizheng", Password: "wort"}
	})
	for i, s := range servers {
		if len(s.Keys()) == 0 {
			t.Errorf("node %d of the cluster holds nothing", i)
		}
	}
}

// TestSentinel takes the master away and goes on with what was its replica.
func TestSentinel(t *testing.T) {
	t.Parallel()
	master := exchangetest.Start(t, exchangetest.Options{})
	replica := exchangetest.Start(t, exchangetest.Options{More: []string{"--replicaof", "127.0.0.1 " + fmt.Sprint(master.Port), "--repl-diskless-sync-delay", "0"}})
	sentinel := exchangetest.Sentinel(t, master)
	ctx := context.Background()
	a, b := works(t, func(c *exchange.Config) {
		c.Redis = &exchange.Redis{Addresses: []string{sentinel}, Master: "yizheng"}
	})
	e := listening(t, b)
	eventually(t, "the replica follows", func() bool { return len(replica.Keys()) > 0 })
	exchangetest.Knows(t, sentinel, 1)
	master.Stop()
	began := time.Now()
	eventually(t, "the replica took over", func() bool {
		a.Put(ctx, "after", []byte("token"), time.Now(), time.Now().Add(time.Hour))
		_, _, ok := b.Get(ctx, "after")
		return ok
	})
	t.Logf("the replica had taken over after %v", time.Since(began))
	eventually(t, "news arrive again", func() bool {
		a.Announce(ctx, "after")
		time.Sleep(5 * time.Millisecond)
		return e.count("after") > 0
	})
}

// TestMetrics holds the metrics to the conventions of Prometheus.
func TestMetrics(t *testing.T) {
	server := exchangetest.Start(t, exchangetest.Options{})
	x := node(t, server.Address(), nil)
	there(t, x)
	x.Get(context.Background(), list)
	registry := prometheus.NewRegistry()
	for _, c := range x.Collectors() {
		registry.MustRegister(c)
	}
	answer := httptest.NewRecorder()
	promhttp.HandlerFor(registry, promhttp.HandlerOpts{}).ServeHTTP(answer, httptest.NewRequest("GET", "/metrics", nil))
	text := answer.Body.String()
	problems, err := promlint.New(strings.NewReader(text)).Lint()
	if err != nil || len(problems) > 0 {
		t.Errorf("%v, %v", problems, err)
	}
	for _, line := range []string{
		`yizheng_redis_operations_total{operation="get",result="miss"} 1`,
		`yizheng_redis_operation_duration_seconds_count{operation="get"} 1`,
		`yizheng_redis_up 1`,
	} {
		if !strings.Contains(text, line) {
			t.Errorf("no line %s in\n%s", line, text)
		}
	}
}
