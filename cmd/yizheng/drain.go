package main

import (
	"context"
	"net/http"
	"sync/atomic"
	"time"

	"yizheng/api"
)

// drain is the end of a node: first it says that it is not ready, while it
// still answers; only when whoever spreads the requests has had the time to see
// that does it close the door.
type drain struct {
	wait  time.Duration // between the two; zero where nobody spreads requests
	begun atomic.Bool
}

// check is what /readyz asks.
func (d *drain) check() api.Check {
	return api.Check{Name: "staying", Ready: func(context.Context) error {
		if d.begun.Load() {
			return &api.NotReady{Reason: "draining"}
		}
		return nil
	}}
}

// after gives a context that ends d.wait after ctx does.
func (d *drain) after(ctx context.Context) (context.Context, context.CancelFunc) {
	later, cancel := context.WithCancel(context.WithoutCancel(ctx))
	context.AfterFunc(ctx, func() {
		d.begun.Store(true)
		pause(later, d.wait)
		cancel()
	})
	return later, cancel
}

// around lets clients that keep their connection open go, with the answer to
// what they asked: one that is closed while it lies idle may have a request on
// its way.
func (d *drain) around(handler http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if d.begun.Load() {
			w.Header().Set("Connection", "close")
		}
		handler.ServeHTTP(w, r)
	})
}
