package api_test

import (
	"context"
	"fmt"
	"net/http"
	"testing"
	"time"

	"yizheng/api"
	"yizheng/exchange"
	"yizheng/issuer"
	"yizheng/license"
)

// asked counts how often the register is asked for what is published.
type asked struct {
	api.Register
	lists, records int
}

func (a *asked) Chunk(ctx context.Context, number uint32) (issuer.Chunk, error) {
	a.lists++
	return a.Register.Chunk(ctx, number)
}

func (a *asked) Record(ctx context.Context, base string) (issuer.Record, error) {
	a.records++
	return a.Register.Record(ctx, base)
}

// TestMissesAreHeld: what is not there costs the register no more than what is,
// and what no license is called costs it nothing.
func TestMissesAreHeld(t *testing.T) {
	a := &asked{}
	w := newWorld(t, func(c *api.Config) { a.Register = c.Register; c.Register = a })
	unknown := license.IdentifierRoot + ".11310105MB2F30402R.11310105MB2F30402R.310105209912319999"
	for range 3 {
		w.want(request{method: "GET", path: "/status/999999"}, 404, "not_found")
		w.want(request{method: "GET", path: "/status/records/" + unknown}, 404, "not_found")
		w.want(request{method: "GET", path: "/status/records/anything", wild: true}, 404, "not_found")
	}
	if a.lists != 1 || a.records != 1 {
		t.Errorf("the register was asked for %d lists and %d records", a.lists, a.records)
	}
	w.clock.Advance(2 * time.Second)
	w.want(request{method: "GET", path: "/status/999999"}, 404, "not_found")
	if a.lists != 2 {
		t.Error("it is not there for ever")
	}
	// Many that are not there do not drive out what is.
	w.issued("restaurant-3-permits.json")
	w.publish()
	w.want(request{method: "GET", path: "/status/0"}, 200, "")
	before := a.lists
	for n := range 5000 {
		w.do(request{method: "GET", path: fmt.Sprint("/status/", 100_000+n)})
	}
	w.want(request{method: "GET", path: "/status/0"}, 200, "")
	if a.lists != before+5000 {
		t.Errorf("the list was read anew: %d", a.lists-before)
	}
}

// TestLoginIsLimited: logging in asks the identity provider, so it is as rare for
// one client as verifying is.
func TestLoginIsLimited(t *testing.T) {
	w := newWorld(t, func(c *api.Config) {
		limiter, err := exchange.New(exchange.Config{Rate: exchange.Rate{PerSecond: 0.5, Burst: 2}, Clock: c.Clock})
		if err != nil {
			t.Fatal(err)
		}
		c.Limiter, c.Desk = limiter, http.HandlerFunc(func(http.ResponseWriter, *http.Request) {})
	})
	for _, path := range []string{"/desk/login/back?state=s&code=x", "/desk/login"} {
		for n, want := range []int{200, 200, 429} {
			if got := w.do(request{method: "GET", path: path, wild: true}).Code; got != want {
				t.Errorf("%s, time %d: %d", path, n, got)
			}
		}
		w.clock.Advance(time.Minute)
	}
	for range 5 {
		w.want(request{method: "GET", path: "/desk/licenses", wild: true}, 200, "")
	}
}
