package api_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"yizheng/api"
	"yizheng/exchange"
	"yizheng/issuer"
)

// TestClosingPart: a part of a closing list is read once, kept for ever by
// whoever has it, and asked for at the usual rate.
func TestClosingPart(t *testing.T) {
	read := make(map[string]int)
	held, away, unknown := strings.Repeat("a1", 32), strings.Repeat("b2", 32), strings.Repeat("c3", 32)
	w := newWorld(t, func(c *api.Config) {
		c.Closing = func(_ context.Context, digest string) ([]byte, error) {
			read[digest]++
			switch digest {
			case held:
				return []byte("sixteen bytes of"), nil
			case away:
				return nil, fmt.Errorf("%w: no route", api.ErrIssuerAway)
			}
			return nil, issuer.ErrNotFound
		}
		limiter, err := exchange.New(exchange.Config{Rate: exchange.Rate{PerSecond: 0.5, Burst: 9}, Clock: c.Clock})
		if err != nil {
			t.Fatal(err)
		}
		c.Limiter = limiter
	})
	ask := func(digest string, status int, reason string) {
		t.Helper()
		wild := len(digest) != 64 || digest != strings.ToLower(digest)
		w.want(request{method: "GET", path: "/status/closing/" + digest, wild: wild}, status, reason)
	}
	answer := w.want(request{method: "GET", path: "/status/closing/" + held}, 200, "")
	if answer.Body.String() != "sixteen bytes of" || answer.Header().Get("Cache-Control") != "public, max-age=31536000, immutable" || answer.Header().Get("ETag") != `"`+held+`"` {
		t.Errorf("%v %s", answer.Header(), answer.Body)
	}
	again := w.want(request{method: "GET", path: "/status/closing/" + held, header: map[string]string{"If-None-Match": `"` + held + `"`}}, 304, "")
	if again.Body.Len() != 0 || read[held] != 1 {
		t.Errorf("read %d times", read[held])
	}
	ask(away, 503, "issuer_unavailable")
	ask(away, 503, "issuer_unavailable")
	if read[away] != 2 {
		t.Error("what could not be had is not asked for again")
	}
	ask(unknown, 404, "not_found")
	for _, bad := range []string{"x", held[:62], strings.ToUpper(held)} {
		ask(bad, 404, "not_found")
		if read[bad] > 0 {
			t.Errorf("%q is looked for", bad)
		}
	}
	ask(held, 200, "")
	ask(held, 429, "rate_limited")
	without := newWorld(t, func(c *api.Config) { c.Closing = nil })
	without.want(request{method: "GET", path: "/status/closing/" + held, wild: true}, 404, "not_found")
}

// TestClosingPartsBounded gives out more than is kept at hand.
func TestClosingPartsBounded(t *testing.T) {
	read := 0
	w := newWorld(t, func(c *api.Config) {
		c.Closing = func(context.Context, string) ([]byte, error) { read++; return make([]byte, 20<<20), nil }
	})
	for _, digest := range []string{"a1", "b2", "b2", "a1"} {
		w.want(request{method: "GET", path: "/status/closing/" + strings.Repeat(digest, 32)}, 200, "")
	}
	if read != 3 {
		t.Errorf("read %d times; two of them do not fit together", read)
	}
}
