package main

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"yizheng/exchange/exchangetest"
	"yizheng/status"
	"yizheng/verifier"
	"yizheng/verifier/verifiertest"
)

// hostile is an issuer on the trust list, served over HTTP, that has a list at
// any address, a record of any license, and lists of whole regions without end.
type hostile struct {
	t      *testing.T
	issuer *verifiertest.Issuer
	world  *verifiertest.World
	asked  atomic.Int64
	parts  sync.Map // of closing lists, by digest
	slow   atomic.Bool
}

// newHostile enrolls one beside an honest district, both on trust, and gives a
// node that verifies.
func newHostile(t *testing.T) (h *hostile, honest *abroad) {
	t.Helper()
	honest = newAbroad(t, verifiertest.Now().Add(-time.Hour))
	h = &hostile{t: t, world: honest.world, issuer: honest.world.Issuer("310106")} // EdDSA: its signing is the fastest
	server := httptest.NewServer(h)
	t.Cleanup(server.Close)
	h.issuer.VerifyURL, h.issuer.StatusBase = server.URL+"/v/", server.URL+"/status/"
	honest.bundle, honest.path = honest.trust(2, verifiertest.Now().Add(-time.Hour))
	return h, honest
}

func (h *hostile) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	h.asked.Add(1)
	if h.slow.Load() {
		<-r.Context().Done()
		return
	}
	below := strings.TrimPrefix(r.URL.Path, "/status/")
	if part, found := h.parts.Load(strings.TrimPrefix(below, "closing/")); found {
		_, _ = w.Write(part.([]byte))
		return
	}
	if below == "lists" {
		_, _ = w.Write([]byte(`{"region":"310106","lists":["`))
		for n := uint32(0); r.Context().Err() == nil && n < 100_000; n++ {
			if _, err := w.Write([]byte(h.list(50_000+n) + `","`)); err != nil {
				return
			}
		}
		_, _ = w.Write([]byte(`"]}`))
		return
	}
	var chunk uint32
	if _, err := fmt.Sscanf(below, "%d", &chunk); err != nil {
		w.WriteHeader(http.StatusNotFound)
		return
	}
	_, _ = w.Write([]byte(h.list(chunk)))
}

// list is of a chunk of which every entry but the last is valid.
func (h *hostile) list(chunk uint32) string {
	values := make(map[uint32]status.Value, 8)
	for offset := range uint32(8) {
		values[offset] = status.Valid
	}
	token, err := status.Build(status.Config{
		Subject: status.Address(h.issuer.StatusBase, chunk), IssuedAt: verifiertest.Now().Add(-time.Minute),
		Lifetime: 24 * time.Hour, TTL: time.Minute, Sequence: 1, Values: values,
	}, h.issuer.Status)
	if err != nil {
		panic(err)
	}
	return token
}

// code issues a license whose entries stand in a chunk.
func (h *hostile) code(chunk uint32) string {
	h.t.Helper()
	l, err := h.issuer.License("restaurant-3-permits")
	if err != nil {
		h.t.Fatal(err)
	}
	l.StatusIndex = status.Index(chunk, 0)
	l.Identifier.Serial = fmt.Sprintf("310106%010d", chunk)
	l.Number = l.Identifier.Serial
	code, err := h.issuer.Issue(l)
	if err != nil {
		h.t.Fatal(err)
	}
	return code.Text(h.issuer.VerifyURL)
}

// TestHostileIssuer: an issuer with licenses over more lists than a node has room
// for takes its own share of the memory and no more. It is told, and another
// issuer's licenses are answered as before, by what was held before.
func TestHostileIssuer(t *testing.T) {
	h, honest := newHostile(t)
	honest.publish(honest.license("shop", status.Index(3, 100)), 5, verifiertest.Now().Add(-time.Minute), 1)
	k, _ := honest.checker("")
	var told bytes.Buffer
	k.overLimit.log = slog.New(slog.NewTextHandler(&told, nil))
	ctx := context.Background()
	good := func() {
		t.Helper()
		if r := k.Verify(ctx, honest.codes["shop"]); r.Outcome != verifier.Valid {
			t.Fatalf("the other's license is %s: %+v", r.Outcome, r.Check(verifier.StatusCheck))
		}
	}
	good()
	mine, askedBefore := k.view.Load().lists.Bytes(), honest.asked.Load()
	const room, chunks = 32 << 20, 2500 // a list has 16 KiB and more
	before := inUse()
	for chunk := range uint32(chunks) {
		if r := k.Verify(ctx, h.code(chunk)); r.Check(verifier.StatusCheck).Status != verifier.Passed {
			t.Fatalf("chunk %d: %+v", chunk, r.Check(verifier.StatusCheck))
		}
	}
	if h.asked.Load() < chunks {
		t.Fatalf("it was asked %d times only", h.asked.Load())
	}
	if held := k.view.Load().lists.Bytes(); held > mine+room || held < room/2 {
		t.Errorf("%d bytes are held", held)
	}
	if grown := inUse() - before; grown > room*3/2 {
		t.Errorf("the memory in use has grown by %d MiB", grown>>20)
	}
	if n := valueOf(t, k.overLimit.dropped); n < 100 || strings.Count(told.String(), "issuer_over_limit") != 1 || !strings.Contains(told.String(), "region=310106") {
		t.Errorf("%v dropped, told %q", n, told.String())
	}
	// All of its lists in one piece, without end: no more than that either.
	tokens := k.copies(ctx, mustMake(k.regions())(t), "310106")
	if held := k.view.Load().lists.Bytes(); held > mine+room {
		t.Errorf("%d bytes are held, %d lists handed on", held, len(tokens))
	}
	good()
	if honest.asked.Load() != askedBefore {
		t.Errorf("the other was asked %d times more", honest.asked.Load()-askedBefore)
	}
	// What was dropped is brought in again when it is wanted.
	if r := k.Verify(ctx, h.code(0)); r.Check(verifier.StatusCheck).Status != verifier.Passed {
		t.Errorf("the first license: %+v", r.Check(verifier.StatusCheck))
	}
}

// TestHostileIssuerInRedis: nor does it fill what the nodes have in common, where
// live codes and rates are counted too.
func TestHostileIssuerInRedis(t *testing.T) {
	h, honest := newHostile(t)
	redis := exchangetest.Start(t, exchangetest.Options{})
	k, x := honest.checker(redis.Address())
	ctx := context.Background()
	eventually(t, 10*time.Second, "no Redis", func() bool { return x.Ready(ctx) == nil })
	ask := func(from, to uint32) (copies int) {
		for chunk := from; chunk < to; chunk++ {
			if r := k.Verify(ctx, h.code(chunk)); r.Check(verifier.StatusCheck).Status != verifier.Passed {
				t.Fatalf("chunk %d: %+v", chunk, r.Check(verifier.StatusCheck))
			}
		}
		return len(redis.Keys())
	}
	const room, cost = 32 << 20, 16 << 10
	full := ask(0, 2500)
	if full > room/cost+100 || full < 1000 {
		t.Errorf("%d keys in Redis", full)
	}
	if more := ask(2500, 3500); more > full+100 {
		t.Errorf("%d keys in Redis, %d before", more, full)
	}
	// The other's are left there as before.
	honest.publish(honest.license("shop", status.Index(3, 100)), 5, verifiertest.Now().Add(-time.Minute), 1)
	if r := k.Verify(ctx, honest.codes["shop"]); r.Outcome != verifier.Valid {
		t.Errorf("%s", r.Outcome)
	}
	if _, _, there := x.Get(ctx, status.Address(honest.issuer.StatusBase, 3)); !there {
		t.Error("the other's list is not shared")
	}
}

// inUse is the memory that is in use.
func inUse() int {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int(m.HeapAlloc)
}

// valueOf is what a counter without labels has come to.
func valueOf(t *testing.T, c prometheus.Counter) float64 {
	t.Helper()
	registry := prometheus.NewRegistry()
	if err := registry.Register(c); err != nil {
		t.Fatal(err)
	}
	families, err := registry.Gather()
	if err != nil || len(families) != 1 {
		t.Fatal(families, err)
	}
	return families[0].GetMetric()[0].GetCounter().GetValue()
}
