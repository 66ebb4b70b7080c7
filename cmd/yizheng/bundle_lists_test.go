package main

import (
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"yizheng/api"
	"yizheng/bundle"
	"yizheng/license"
	"yizheng/status"
	"yizheng/verifier"
	"yizheng/verifier/verifiertest"
)

// TestListsOfTheBusy: another district that is busy, or slow, when a bundle is
// made is asked again, and all its lists go along. Where they cannot be had, the
// bundle does not claim to have them; once had, they go along while they count.
func TestListsOfTheBusy(t *testing.T) {
	t.Parallel()
	a := newAbroad(t, verifiertest.Now().Add(-time.Hour))
	var troubles atomic.Int32 // answers that are still to be none
	trouble := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusServiceUnavailable) })
	slow := http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() })
	var is atomic.Pointer[http.HandlerFunc]
	is.Store(&trouble)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if troubles.Add(-1) >= 0 {
			(*is.Load())(w, r)
			return
		}
		a.ServeHTTP(w, r)
	}))
	t.Cleanup(server.Close)
	a.issuer.StatusBase = server.URL + "/status/"
	own := a.world.Issuer("310106")
	a.bundle, a.path = a.trust(2, verifiertest.Now().Add(-time.Hour))
	l := a.license("shop", status.Index(3, 100))
	a.publish(l, 5, verifiertest.Now().Add(-time.Minute), 1)
	all, err := json.Marshal(map[string]any{"region": "310105", "lists": []string{a.tokens["/status/3"]}})
	if err != nil {
		t.Fatal(err)
	}
	a.tokens["/status/lists"] = string(all)

	both := []license.Region{"310105", "310106"}
	make := func() *bundler {
		k, _ := a.checker("")
		k.own = "310106"
		m, err := k.regions()
		if err != nil {
			t.Fatal(err)
		}
		return newBundler(k, m, own.Status)
	}
	opened := func(b *bundler) *bundle.Bundle {
		t.Helper()
		raw, err := b.bundle(t.Context(), both)
		if err != nil {
			t.Fatal(err)
		}
		o, err := bundle.Open(raw, a.bundle)
		if err != nil {
			t.Fatal(err)
		}
		return o
	}
	for name, handler := range map[string]http.HandlerFunc{"busy": trouble, "slow": slow} {
		is.Store(&handler)
		troubles.Store(2)
		if o := opened(make()); !slices.Equal(o.Regions, both) || len(o.Lists.Held()) != 1 {
			t.Errorf("%s: regions %v, %d lists", name, o.Regions, len(o.Lists.Held()))
		}
	}
	gone := http.HandlerFunc(http.NotFound) // which nobody asks for twice
	is.Store(&gone)
	troubles.Store(1000)
	b := make()
	if o := opened(b); !slices.Equal(o.Regions, both[1:]) {
		t.Errorf("of one that gives none: regions %v", o.Regions)
	}
	if _, err := b.bundle(t.Context(), both[:1]); !errors.Is(err, api.ErrIssuerAway) {
		t.Errorf("nothing is left, and it says %v", err)
	}
	away := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusServiceUnavailable)
		_, _ = w.Write([]byte(`{"reason":"issuer_unavailable","detail":"Its issuer gives no answer."}`))
	}))
	t.Cleanup(away.Close)
	if _, err := downloadBundle(away.URL, []string{"310105"}); err == nil || !strings.Contains(err.Error(), "issuer_unavailable Its issuer gives no answer.") {
		t.Errorf("whoever fetches is told %v", err)
	}
	troubles.Store(0)
	had := make()
	for _, step := range []struct {
		after time.Duration
		want  []license.Region
	}{{0, both}, {time.Hour, both}, {verifier.OfflineMaxAge + time.Minute, both[1:]}} {
		a.now.Store(int64(step.after))
		clear(had.made)
		if o := opened(had); !slices.Equal(o.Regions, step.want) {
			t.Errorf("%s after they were had: regions %v", step.after, o.Regions)
		}
		troubles.Store(1000)
	}
}
