package exchange

import (
	"context"
	_ "embed"
	"fmt"
	"math"
	"sync"
	"time"

	"github.com/redis/go-redis/v9"
)

// Rate is how often one client may ask.
type Rate struct {
	PerSecond float64 // zero for 10: an office behind one address scans faster than a person
	Burst     int     // at once, after a pause; zero for 60
}

func (r Rate) checked() (Rate, error) {
	if r.PerSecond == 0 {
		r.PerSecond = 10
	}
	if r.Burst == 0 {
		r.Burst = 60
	}
	if !(r.PerSecond >= 1e-3 && r.PerSecond <= 1e5) || r.Burst < 1 || r.Burst > 1e6 {
		return r, fmt.Errorf("exchange: a rate of %v a second with bursts of %d is none", r.PerSecond, r.Burst)
	}
	return r, nil
}

// interval is the time that one request uses up, in microseconds.
func (r Rate) interval() int64 { return int64(math.Round(1e6 / r.PerSecond)) }

// limit is by how much a client may be ahead, in microseconds.
func (r Rate) limit() int64 { return r.interval() * int64(r.Burst) }

// conform is the generic cell rate algorithm (ITU-T I.371): due is the instant
// at which a client will have paid for what it asked, all in microseconds.
// wait is zero when it may ask now, and due then moves on. A due that cannot
// be counts for nothing. rate.lua does the same.
func (r Rate) conform(due, now int64) (next, wait int64) {
	if due < now || due > now+r.limit() {
		due = now
	}
	next = due + r.interval()
	if wait = next - r.limit() - now; wait > 0 {
		return due, wait
	}
	return next, 0
}

// Allow says whether a client may ask now, and if not, how long it is to wait.
// client is any name for it, such as its network; Redis gets to know a hash
// under the nodes' secret. Each node holds a client to the rate by itself, and
// with Redis all nodes together do: where Redis is away, or somebody clears
// it, a client has the rate of each node, and never more.
func (x *Exchange) Allow(ctx context.Context, client string) (ok bool, wait time.Duration) {
	if wait := x.rates.take(client, x.c.Clock().UnixMicro()); wait > 0 || x.link == nil {
		return wait == 0, time.Duration(wait) * time.Microsecond
	}
	asked, err := x.allowShared(ctx, client)
	if err != nil {
		return true, 0 // by what this node alone has seen
	}
	return asked.wait == 0, time.Duration(asked.wait) * time.Microsecond
}

//go:embed rate.lua
var rateScript string

var rateLua = redis.NewScript(rateScript)

// askedRate is Redis' answer, in microseconds, by its own clock.
type askedRate struct{ wait, now int64 }

func (x *Exchange) allowShared(ctx context.Context, client string) (a askedRate, err error) {
	key := x.keys + "rate:" + x.hidden("client", client)
	err = x.link.do(ctx, "rate", func(ctx context.Context) (string, error) {
		r := x.c.Rate
		got, err := rateLua.Run(ctx, x.link.client, []string{key}, r.interval(), r.limit()).Int64Slice()
		if err != nil {
			return "", err
		}
		if len(got) == 2 && got[0] >= 0 && got[0] <= r.limit() {
			a = askedRate{wait: got[0], now: got[1]}
			return resultOK, nil
		}
		return resultRefused, nil // no answer of the script's
	})
	return a, err
}

// maxClients bounds the clients that are remembered in each half.
const maxClients = 1 << 15

// rates are the clients of one node. Memory is bounded: clients are kept in
// two halves, and when the newer one is full the older one is forgotten, so
// that an active client is never among those forgotten.
type rates struct {
	rate Rate

	mu           sync.Mutex
	newer, older map[string]int64 // when a client will have paid, in microseconds
}

func newRates(r Rate) *rates { return &rates{rate: r, newer: make(map[string]int64)} }

// take gives the time to wait in microseconds, zero for none.
func (r *rates) take(client string, now int64) (wait int64) {
	r.mu.Lock()
	defer r.mu.Unlock()
	due, known := r.newer[client]
	if !known {
		due = r.older[client]
		if len(r.newer) >= maxClients {
			r.older, r.newer = r.newer, make(map[string]int64)
		}
	}
	r.newer[client], wait = r.rate.conform(due, now)
	return wait
}
