package main

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"yizheng/bundle"
	"yizheng/license"
	"yizheng/trust"
	"yizheng/verifier/verifiertest"
)

// closeKey closes a key of an issuer by a list of so many entries, and gives what
// its server is to have.
func closeKey(t *testing.T, i *verifiertest.Issuer, key, entries int) (digest string, parts map[string][]byte) {
	t.Helper()
	sums := make([][sha256.Size]byte, entries)
	for n := range sums {
		sums[n] = sha256.Sum256(fmt.Append(nil, i.Region, key, n))
	}
	list, chunks, err := trust.BuildClosing(trust.ClosingList{Region: i.Region, Key: i.Keys[key].PublicKey.KeyID(), Issued: verifiertest.Now().UTC()}, sums)
	if err != nil {
		t.Fatal(err)
	}
	parts = make(map[string][]byte)
	for _, part := range append(chunks, list) {
		parts[trust.Digest(part)] = part
	}
	i.Keys[key].Closing = trust.Digest(list)
	return trust.Digest(list), parts
}

// TestClosingsOfTheBusy: another district that answers that it is busy, or not in
// time, when a bundle is made, is asked again, and its closing list goes along.
// How often and how long it is asked has an end.
func TestClosingsOfTheBusy(t *testing.T) {
	t.Parallel()
	answers := func(status int) func(http.ResponseWriter, *http.Request) {
		return func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(status) }
	}
	silent := func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }
	for _, tt := range []struct {
		name    string
		trouble func(http.ResponseWriter, *http.Request)
		times   int32 // that each part is answered so, before it is there
		within  time.Duration
		got     bool
		asked   int32 // for the first part, at most
	}{
		{"busy", answers(http.StatusServiceUnavailable), 2, 30 * time.Second, true, 3},
		{"asked too often", answers(http.StatusTooManyRequests), 1, 30 * time.Second, true, 2},
		{"slow", silent, 1, 30 * time.Second, true, 2},
		{"busy all the time", answers(http.StatusServiceUnavailable), 1000, time.Minute, false, busyTries},
		{"busy for longer than there is time", answers(http.StatusServiceUnavailable), 1000, 2 * time.Second, false, 3},
		{"it has no such list", answers(http.StatusNotFound), 1000, time.Minute, false, 1},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			a := newAbroad(t, verifiertest.Now())
			digest, parts := closeKey(t, a.issuer, 0, 3000)
			asked := make(map[string]int32)
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				part := r.URL.Path[strings.LastIndex(r.URL.Path, "/")+1:]
				a.mu.Lock()
				asked[part]++
				n := asked[part]
				a.mu.Unlock()
				if n <= tt.times {
					tt.trouble(w, r)
					return
				}
				_, _ = w.Write(parts[part])
			}))
			t.Cleanup(server.Close)
			a.issuer.StatusBase = server.URL + "/status/"
			a.bundle, a.path = a.trust(2, verifiertest.Now())
			k, _ := a.checker("")
			began := time.Now()
			whole := k.closings(t.Context(), []license.Region{a.issuer.Region}, k.patiently, tt.within)
			if took := time.Since(began); took > tt.within+10*time.Second {
				t.Errorf("it took %s", took)
			}
			if got := len(whole) == 1 && len(whole[0]) == len(parts) && trust.Digest(whole[0][0]) == digest; got != tt.got {
				t.Errorf("%d lists", len(whole))
			}
			a.mu.Lock()
			defer a.mu.Unlock()
			if n := asked[digest]; n > tt.asked || n == 0 || tt.got && n != tt.asked {
				t.Errorf("asked %d times, %d are meant", n, tt.asked)
			}
		})
	}
}

// TestClosingsBesideASlowOne: a district that never answers, and has many closed
// keys, keeps no other's closing lists out of a bundle.
func TestClosingsBesideASlowOne(t *testing.T) {
	t.Parallel()
	h, a := newHostile(t)
	h.slow.Store(true)
	h.issuer.Keys[0].Closing = strings.Repeat("00", 32)
	h.issuer.Keys[1].Closing = strings.Repeat("11", 32)
	digest, parts := closeKey(t, a.issuer, 0, 3000)
	for d, part := range parts {
		a.tokens["/status/closing/"+d] = string(part)
	}
	a.bundle, a.path = a.trust(3, verifiertest.Now())
	k, _ := a.checker("")
	var told bytes.Buffer
	k.log = slog.New(slog.NewTextHandler(&told, nil))
	whole := k.closings(t.Context(), []license.Region{h.issuer.Region, a.issuer.Region}, k.patiently, 4*time.Second)
	if len(whole) != 1 || trust.Digest(whole[0][0]) != digest || len(whole[0]) != len(parts) {
		t.Errorf("%d lists", len(whole))
	}
	if !strings.Contains(told.String(), "left out of a bundle") || !strings.Contains(told.String(), "region=310106") {
		t.Errorf("told %q", told.String())
	}
}

// TestChooseClosings: a region whose closing lists take no more than an equal
// part has all of them, whatever another has.
func TestChooseClosings(t *testing.T) {
	heads := func(sizes ...int) (all []closingHead) {
		for _, size := range sizes {
			all = append(all, closingHead{size: size})
		}
		return all
	}
	const mib = 1 << 20
	many := make([]int, 100)
	for n := range many {
		many[n] = mib
	}
	chosen := chooseClosings([][]closingHead{heads(many...), heads(2*mib, 6*mib), heads(20 * mib), nil})
	total := 0
	for _, of := range chosen {
		for _, head := range of {
			total += head.size
		}
	}
	if len(chosen[0]) != 8 || len(chosen[1]) != 2 || len(chosen[2]) != 0 || len(chosen[3]) != 0 || total > bundle.MaxClosing {
		t.Errorf("%d, %d and %d lists, %d bytes", len(chosen[0]), len(chosen[1]), len(chosen[2]), total)
	}
}
