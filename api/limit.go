package api

import (
	"context"
	"io"
	"math"
	"net/http"
	"net/netip"
	"time"

	"github.com/labstack/echo/v4"
)

// Limiter holds clients to a rate. exchange.Exchange is one, for this node or
// for all nodes of a deployment.
type Limiter interface {
	// Allow says whether the client may ask now, and if not, how long it is to
	// wait. It answers in any case, and soon. It is used by many goroutines.
	Allow(ctx context.Context, client string) (ok bool, wait time.Duration)
}

// clientOf names a client by its network: an IPv6 client by its /64, since
// whoever has one address has all of them. What is no address is one client.
func clientOf(address string) string {
	ip, err := netip.ParseAddr(address)
	if err != nil {
		return ""
	}
	ip = ip.Unmap().WithZone("")
	bits := ip.BitLen()
	if ip.Is6() {
		bits = 64
	}
	return netip.PrefixFrom(ip, bits).Masked().String()
}

// limited refuses clients that ask too often.
func (s *server) limited(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		if ok, wait := s.c.Limiter.Allow(c.Request().Context(), clientOf(c.RealIP())); !ok {
			s.metrics.limited.Inc()
			return &failure{Reason: reasonRate, retryAfter: max(1, int(math.Ceil(wait.Seconds())))}
		}
		return next(c)
	}
}

// dropped is how much of a body that is too large is read all the same, in
// bytes: a browser writes all of a file before it reads an answer, and says that
// the connection was reset where nobody takes it.
const dropped = 64 << 20

// bounded caps the request's body. A body that says its size is refused before
// any of it is looked at; whoever sent one that is too large, said or not, gets
// to read why, also from a handler that answers by itself: the body is read away
// before the answer begins, since what stands between would give up on either.
func bounded(limit int64) echo.MiddlewareFunc {
	return func(next echo.HandlerFunc) echo.HandlerFunc {
		return func(c echo.Context) error {
			r, answer := c.Request(), c.Response()
			if r.ContentLength == 0 { // as of nearly every GET
				return next(c)
			}
			sent := r.Body
			answer.Before(func() {
				if answer.Status == http.StatusRequestEntityTooLarge {
					_, _ = io.CopyN(io.Discard, sent, dropped) // whoever has gone is answered no worse
				}
			})
			if r.ContentLength > limit {
				return fail(reasonTooLarge, nil)
			}
			r.Body = http.MaxBytesReader(answer, sent, limit)
			return next(c)
		}
	}
}
