package api

import (
	"math"
	"net/http"
	"net/netip"
	"sync"
	"time"

	"github.com/labstack/echo/v4"
	"golang.org/x/time/rate"
)

// Rate is how often one client may ask for what everybody may ask for.
type Rate struct {
	PerSecond float64 // zero for 10: an office behind one address scans faster than a person
	Burst     int     // zero for 60
}

// maxClients bounds the clients that are remembered in each half.
const maxClients = 1 << 15

// limiter allows each client so many requests. Memory is bounded: clients
// are kept in two halves, and when the newer one is full the older one is
// forgotten, so that an active client is never among those forgotten.
type limiter struct {
	rate Rate
	now  func() time.Time

	mu           sync.Mutex
	newer, older map[netip.Addr]*rate.Limiter
}

func newLimiter(r Rate, now func() time.Time) *limiter {
	if r.PerSecond == 0 {
		r.PerSecond = 10
	}
	if r.Burst == 0 {
		r.Burst = 60
	}
	return &limiter{rate: r, now: now, newer: map[netip.Addr]*rate.Limiter{}}
}

// allow says whether the client may go on, and if not, in how many seconds.
func (l *limiter) allow(address string) (ok bool, retryAfter int) {
	now := l.now()
	bucket := l.bucket(clientOf(address))
	if bucket.AllowN(now, 1) {
		return true, 0
	}
	missing := 1 - bucket.TokensAt(now)
	return false, max(1, int(math.Ceil(missing/l.rate.PerSecond)))
}

func (l *limiter) bucket(client netip.Addr) *rate.Limiter {
	l.mu.Lock()
	defer l.mu.Unlock()
	bucket := l.newer[client]
	if bucket != nil {
		return bucket
	}
	if bucket = l.older[client]; bucket == nil {
		bucket = rate.NewLimiter(rate.Limit(l.rate.PerSecond), l.rate.Burst)
	}
	if len(l.newer) >= maxClients {
		l.older, l.newer = l.newer, make(map[netip.Addr]*rate.Limiter)
	}
	l.newer[client] = bucket
	return bucket
}

// clientOf takes an IPv6 client by its /64, since whoever has one address has
// all of them. What is no address is one client.
func clientOf(address string) netip.Addr {
	ip, err := netip.ParseAddr(address)
	if err != nil {
		return netip.Addr{}
	}
	ip = ip.Unmap().WithZone("")
	if ip.Is6() {
		if prefix, err := ip.Prefix(64); err == nil {
			return prefix.Addr()
		}
	}
	return ip
}

// limited refuses clients that ask too often.
func (s *server) limited(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		if ok, after := s.limiter.allow(c.RealIP()); !ok {
			s.metrics.limited.Inc()
			return &failure{Reason: reasonRate, retryAfter: after}
		}
		return next(c)
	}
}

// bounded caps the request's body. A body that says its size is refused
// before any of it is read.
func bounded(limit int64) echo.MiddlewareFunc {
	return func(next echo.HandlerFunc) echo.HandlerFunc {
		return func(c echo.Context) error {
			r := c.Request()
			if r.ContentLength > limit {
				c.Response().Header().Set("Connection", "close")
				return fail(reasonTooLarge, nil)
			}
			r.Body = http.MaxBytesReader(c.Response(), r.Body, limit)
			return next(c)
		}
	}
}
