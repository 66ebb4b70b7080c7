package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"yizheng/exchange"
	"yizheng/exchange/exchangetest"
	"yizheng/faults/wiretest"
	"yizheng/license"
	"yizheng/status"
	"yizheng/trust"
	"yizheng/verifier"
	"yizheng/verifier/verifiertest"
)

// abroad is an issuer elsewhere that publishes over HTTP, and the codes that
// it issued.
type abroad struct {
	t      testing.TB
	world  *verifiertest.World
	issuer *verifiertest.Issuer
	bundle *trust.Bundle
	path   string // of the trust bundle
	codes  map[string]string

	mu     sync.Mutex
	tokens map[string]string // by path
	asked  atomic.Int32
	down   atomic.Bool
	now    atomic.Int64 // nanoseconds since the world's now
}

func newAbroad(t testing.TB, at time.Time) *abroad {
	t.Helper()
	a := &abroad{t: t, tokens: make(map[string]string), codes: make(map[string]string)}
	server := httptest.NewServer(a)
	t.Cleanup(server.Close)
	var err error
	if a.world, err = verifiertest.New(); err != nil {
		t.Fatal(err)
	}
	a.issuer = a.world.Issuer("310105")
	a.issuer.VerifyURL, a.issuer.StatusBase = server.URL+"/v/", server.URL+"/status/"
	a.bundle, a.path = a.trust(1, at)
	return a
}

// trust signs a bundle of a sequence and writes it to a file.
func (a *abroad) trust(sequence uint64, at time.Time) (*trust.Bundle, string) {
	a.t.Helper()
	raw, err := a.world.Bundle("310105", sequence, at.UTC())
	if err != nil {
		a.t.Fatal(err)
	}
	bundle, err := trust.Load(raw)
	if err != nil {
		a.t.Fatal(err)
	}
	path := filepath.Join(a.t.TempDir(), "trust.json")
	if err := os.WriteFile(path, raw, 0o644); err != nil {
		a.t.Fatal(err)
	}
	return bundle, path
}

func (a *abroad) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	a.asked.Add(1)
	a.mu.Lock()
	token, ok := a.tokens[r.URL.Path]
	a.mu.Unlock()
	if a.down.Load() || !ok {
		http.Error(w, "not now", http.StatusServiceUnavailable)
		return
	}
	_, _ = w.Write([]byte(token))
}

// publish signs a list, or a record of so many versions, and serves it.
func (a *abroad) publish(l *license.License, sequence uint64, at time.Time, versions int, values ...status.Value) {
	a.t.Helper()
	list, err := a.issuer.List(l, sequence, at, values...)
	if err != nil {
		a.t.Fatal(err)
	}
	record, err := a.issuer.Versions(l, sequence, at, versions)
	if err != nil {
		a.t.Fatal(err)
	}
	chunk, _ := status.Locate(l.StatusIndex)
	a.mu.Lock()
	defer a.mu.Unlock()
	a.tokens[fmt.Sprintf("/status/%d", chunk)] = list
	a.tokens["/status/records/"+l.Identifier.Base()] = record
}

// license issues a license whose entries begin at an index.
func (a *abroad) license(name string, index uint32) *license.License {
	a.t.Helper()
	l, err := a.issuer.License("restaurant-3-permits")
	if err != nil {
		a.t.Fatal(err)
	}
	l.StatusIndex = index
	l.Identifier.Serial = fmt.Sprintf("310105%010d", index)
	l.Number = l.Identifier.Serial
	code, err := a.issuer.Issue(l)
	if err != nil {
		a.t.Fatal(err)
	}
	a.codes[name] = code.Text(a.issuer.VerifyURL)
	return l
}

func (a *abroad) clock() time.Time { return verifiertest.Now().Add(time.Duration(a.now.Load())) }

// checker makes a node that only verifies; redis is empty for one that is
// alone.
func (a *abroad) checker(redis string) (*checker, *exchange.Exchange) {
	a.t.Helper()
	config := exchange.Config{Clock: a.clock}
	if redis != "" {
		config.Redis, config.Deployment = &exchange.Redis{Addresses: []string{redis}}, "310105"
		config.Secret = bytes.Repeat([]byte("s"), exchange.MinSecret)
	}
	x, err := exchange.New(config)
	if err != nil {
		a.t.Fatal(err)
	}
	k, err := newChecker(checkerConfig{
		trustFile: a.path, region: "310105", client: &http.Client{Timeout: time.Second},
		shared: x, clock: a.clock, log: slog.New(slog.DiscardHandler),
	}, a.bundle)
	if err != nil {
		a.t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	var ended sync.WaitGroup
	ended.Go(func() { k.run(ctx) })
	a.t.Cleanup(func() { cancel(); ended.Wait(); _ = x.Close() })
	return k, x
}

// TestAnswersAreTheSame compares what a node answers whose Redis is in trouble
// with what one answers that has none: code by code, to the last byte.
func TestAnswersAreTheSame(t *testing.T) {
	type trouble struct {
		server  *exchangetest.Server
		between *wiretest.Wire
		keep    map[string]string // what was in Redis before
	}
	everyKey := func(tr *trouble, write func(key string)) {
		for _, key := range tr.server.Keys() {
			write(key)
		}
	}
	ctx := context.Background()
	tests := []struct {
		name  string
		begin func(*trouble)
	}{
		{"none", func(*trouble) {}},
		{"killed", func(tr *trouble) { tr.server.Stop() }},
		{"connections broken off", func(tr *trouble) { tr.between.Cut() }},
		{"silent", func(tr *trouble) { tr.between.Mute(true) }},
		{"slow, within the budget", func(tr *trouble) { tr.between.Delay(30 * time.Millisecond) }},
		{"slower than that", func(tr *trouble) { tr.between.Delay(200 * time.Millisecond) }},
		{"full", func(tr *trouble) {
			tr.server.Admin().ConfigSet(ctx, "maxmemory-policy", "noeviction")
			tr.server.Admin().ConfigSet(ctx, "maxmemory", "1")
		}},
		{"evicting", func(tr *trouble) {
			tr.server.Admin().ConfigSet(ctx, "maxmemory-policy", "allkeys-random")
			tr.server.Admin().ConfigSet(ctx, "maxmemory", "1")
		}},
		{"flushed", func(tr *trouble) { tr.server.Admin().FlushAll(ctx) }},
		{"started anew", func(tr *trouble) { tr.server.Stop(); tr.server.Restart() }},
		{"read only", func(tr *trouble) { tr.server.Admin().ReplicaOf(ctx, "127.0.0.1", "1") }},
		{"garbage", func(tr *trouble) {
			everyKey(tr, func(key string) { tr.server.Admin().Set(ctx, key, "\x00garbage\xff", 0) })
		}},
		{"other types", func(tr *trouble) {
			everyKey(tr, func(key string) { tr.server.Admin().Del(ctx, key); tr.server.Admin().LPush(ctx, key, "x") })
		}},
		{"huge", func(tr *trouble) {
			everyKey(tr, func(key string) { tr.server.Admin().Set(ctx, key, strings.Repeat("x", 4<<20), 0) })
		}},
		{"put back", func(tr *trouble) {
			for key, raw := range tr.keep {
				tr.server.Admin().Set(ctx, key, raw, 0)
			}
		}},
		{"exchanged", func(tr *trouble) {
			keys := tr.server.Keys()
			for i, key := range keys {
				tr.server.Admin().Set(ctx, key, tr.keep[keys[(i+1)%len(keys)]], 0)
			}
		}},
		{"every turn taken", func(tr *trouble) {
			everyKey(tr, func(key string) {
				tr.server.Admin().Set(ctx, strings.Replace(key, "copy:", "turn:fetch:", 1), "x", 0)
			})
		}},
		{"loud", func(tr *trouble) {
			everyKey(tr, func(key string) {
				_, address, _ := strings.Cut(key, "copy:")
				for i := range 200 {
					tr.server.Admin().Publish(ctx, "yizheng:310105:news", fmt.Sprintf("%d %s", i*7, address))
				}
			})
		}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			tr := &trouble{server: exchangetest.Start(t, exchangetest.Options{})}
			tr.between = wiretest.Between(t, "tcp", tr.server.Address())
			a := newAbroad(t, verifiertest.Now())
			one, two, three := a.license("good", 34567), a.license("acted on", 70000), a.license("changed", 100000)
			a.license("without a list", 200000)
			a.codes["cut off"] = a.codes["good"][:60]
			a.codes["nonsense"] = "https://example.com/"
			for _, l := range []*license.License{one, two, three} {
				a.publish(l, 1, a.clock(), 1)
			}
			alone, _ := a.checker("")
			shared, x := a.checker(tr.between.Address())
			waitFor(t, "redis is there", func() bool { return x.Ready(ctx) == nil })
			if outcomes := compare(t, a, "before", shared, alone); !outcomes[verifier.Valid] {
				t.Fatalf("nothing is valid: %v", outcomes)
			}

			tr.keep = make(map[string]string)
			everyKey(tr, func(key string) { tr.keep[key] = tr.server.Admin().Get(ctx, key).Val() })
			tt.begin(tr)
			a.now.Add(int64(time.Minute))
			a.publish(one, 2, a.clock(), 1)
			a.publish(two, 2, a.clock(), 1, status.Valid, status.Suspended, status.Revoked, status.Revoked)
			a.publish(three, 2, a.clock(), 2, status.Superseded)
			compare(t, a, "after acts", shared, alone)

			// Nodes that are started now know nothing but what they are told.
			if tt.name == "put back" {
				tt.begin(tr)
			}
			a.now.Add(int64(6 * time.Second))
			fresh, _ := a.checker(tr.between.Address())
			freshAlone, _ := a.checker("")
			compare(t, a, "started in the trouble", fresh, freshAlone)
			compare(t, a, "once more", shared, alone)

			a.down.Store(true)
			a.now.Add(int64(6 * time.Second))
			compare(t, a, "issuer away", shared, alone)
			a.now.Add(int64(2 * time.Hour))
			compare(t, a, "lists too old", shared, alone)
		})
	}
}

// compare holds the answers of two nodes to each other.
func compare(t *testing.T, a *abroad, when string, node, reference *checker) (outcomes map[verifier.Outcome]bool) {
	t.Helper()
	outcomes = map[verifier.Outcome]bool{}
	for name, code := range a.codes {
		began := time.Now()
		got := node.Verify(context.Background(), code)
		took := time.Since(began)
		want := reference.Verify(context.Background(), code)
		outcomes[want.Outcome] = true
		g, w := mustJSON(t, got), mustJSON(t, want)
		if g != w {
			t.Errorf("%s, %s: the answer is another\n%s\nwithout redis\n%s", when, name, g, w)
		}
		if took > 10*time.Second {
			t.Errorf("%s, %s: took %v", when, name, took)
		}
	}
	if len(outcomes) < 3 {
		t.Errorf("%s: only the outcomes %v occur", when, outcomes)
	}
	return outcomes
}

func mustJSON(t testing.TB, v any) string {
	t.Helper()
	raw, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(raw)
}

func waitFor(t testing.TB, what string, is func() bool) {
	t.Helper()
	for until := time.Now().Add(20 * time.Second); !is(); time.Sleep(2 * time.Millisecond) {
		if time.Now().After(until) {
			t.Fatalf("not within 20 s: %s", what)
		}
	}
}

// TestTrustIsShared: one node is given a newer trust bundle, the other takes
// it over; none goes back, and none takes what another root signed.
func TestTrustIsShared(t *testing.T) {
	server := exchangetest.Start(t, exchangetest.Options{})
	a := newAbroad(t, verifiertest.Now())
	sequence := func(k *checker) uint64 { return sequenceOf(k.view.Load().bundle) }
	first, x := a.checker(server.Address())
	second, y := a.checker(server.Address())
	waitFor(t, "redis is there", func() bool { return x.Ready(context.Background()) == nil && y.Ready(context.Background()) == nil })
	waitFor(t, "the documents are left", func() bool { return len(server.Keys()) > 0 })
	newer, path := a.trust(2, verifiertest.Now().Add(time.Hour))
	raw := mustRead(t, path)
	if err := os.WriteFile(first.trustFile, raw, 0o644); err != nil {
		t.Fatal(err)
	}
	if err := first.reloadTrust(context.Background()); err != nil {
		t.Fatal(err)
	}
	waitFor(t, "the other node goes by it", func() bool { return sequence(second) == sequenceOf(newer) })
	a.bundle, a.path = a.trust(1, verifiertest.Now())
	third, _ := a.checker(server.Address())
	waitFor(t, "a node that is started with an older one does", func() bool { return sequence(third) == 2 })

	// What is new while Redis is away, the others get when it is back.
	server.Stop()
	_, path = a.trust(3, verifiertest.Now().Add(2*time.Hour))
	if err := os.WriteFile(first.trustFile, mustRead(t, path), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := first.reloadTrust(context.Background()); err != nil {
		t.Fatal(err)
	}
	server.Restart()
	waitFor(t, "they have what was missed", func() bool { return sequence(second) == 3 && sequence(third) == 3 })

	// A node whose roots are others goes by its own.
	strangers := newAbroad(t, verifiertest.Now())
	if err := strangers.world.Usurp(); err != nil {
		t.Fatal(err)
	}
	strangers.bundle, strangers.path = strangers.trust(1, verifiertest.Now())
	stranger, _ := strangers.checker(server.Address())
	time.Sleep(300 * time.Millisecond)
	if sequence(stranger) != 1 || sequence(first) != 3 || sequence(third) != 3 {
		t.Errorf("sequences %d, %d, %d", sequence(stranger), sequence(first), sequence(third))
	}
}

// sequenceOf is that of the list by which Changning is believed.
func sequenceOf(b *trust.Bundle) uint64 { return b.SpeakerOf("310105").List.Sequence }

func mustRead(t testing.TB, path string) []byte {
	t.Helper()
	raw, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return raw
}
