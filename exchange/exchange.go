// Package exchange is what the nodes of one deployment have in common: copies
// of signed objects with the news that one has changed, the rate at which a
// client may ask, tokens that count once, and whose turn it is. With Redis the
// nodes share them; without, a node is alone and keeps them in its memory.
// Start with [New].
//
// Nothing that is decided by goes through here. Copies are verified again by
// whoever takes them, results are never kept, and whoever can write to Redis,
// or answers in its place, can make a node slow and no more. Each method says
// what it answers when Redis is away; none waits longer than [Config.Budget].
package exchange

import (
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"strings"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// MinSecret is the shortest secret that nodes may share, in bytes.
const MinSecret = 32

// Config is what [New] needs. The zero Config makes a node that is alone.
type Config struct {
	Redis *Redis // nil: this node is alone
	// Deployment keeps apart what several deployments hold in one Redis: a
	// word of letters, digits, '-', '_' and '.'. Required with Redis.
	Deployment string
	// Secret is known to the nodes of the deployment and to nobody else, not
	// to Redis either: at least [MinSecret] bytes. By it a node knows what
	// another one wrote, and addresses of clients are hidden. Required with
	// Redis.
	Secret []byte
	// Budget is how long a request waits for Redis at most; zero for 50 ms.
	Budget time.Duration

	Rate  Rate             // at which one client may ask
	Log   *slog.Logger     // nil for none
	Clock func() time.Time // nil for the machine's
	Rand  io.Reader        // nil for the machine's
}

// Exchange is one node's part in what the nodes share. It is safe for
// concurrent use.
type Exchange struct {
	c     Config
	keys  string // what every key in Redis begins with
	rates *rates
	used  *used
	link  *link // nil for a node that is alone
	*meter
}

// New checks c and gives the node's part. It does not wait for Redis: until
// Redis has answered for the first time it counts as away. Close it in the end.
func New(c Config) (*Exchange, error) {
	if c.Budget == 0 {
		c.Budget = 50 * time.Millisecond
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	if c.Clock == nil {
		c.Clock = time.Now
	}
	if c.Rand == nil {
		c.Rand = rand.Reader
	}
	rate, err := c.Rate.checked()
	if err != nil {
		return nil, err
	}
	c.Rate = rate
	x := &Exchange{c: c, rates: newRates(rate), used: newUsed(c.Clock()), meter: newMeter()}
	if c.Redis == nil {
		return x, nil
	}
	switch {
	case c.Budget < 0:
		return nil, errors.New("exchange: the budget is negative")
	case len(c.Secret) < MinSecret:
		return nil, fmt.Errorf("exchange: the secret of the nodes has %d bytes, %d are needed", len(c.Secret), MinSecret)
	case !wellNamed(c.Deployment):
		return nil, fmt.Errorf("exchange: %q cannot name a deployment", c.Deployment)
	}
	x.keys = "yizheng:" + c.Deployment + ":"
	if x.link, err = connect(*c.Redis, c.Budget, c.Log, x.meter); err != nil {
		return nil, err
	}
	return x, nil
}

func wellNamed(deployment string) bool {
	const letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_."
	return deployment != "" && len(deployment) <= 64 && strings.Trim(deployment, letters) == ""
}

// Shared says whether this node shares anything with others.
func (x *Exchange) Shared() bool { return x.link != nil }

// Ready gives nil when the node is alone, or when Redis answers and refused
// nothing the last time it was asked; otherwise why not. A node serves as well without: this is for telling, not for deciding.
// It asks nothing.
func (x *Exchange) Ready(context.Context) error {
	if x.link == nil {
		return nil
	}
	return x.link.trouble()
}

// Collectors gives what is counted, for a Prometheus registry. It is empty for
// a node that is alone.
func (x *Exchange) Collectors() []prometheus.Collector {
	if x.link == nil {
		return nil
	}
	return x.collectors(x.link)
}

// Close ends what runs in the background and the connections.
func (x *Exchange) Close() error {
	if x.link == nil {
		return nil
	}
	return x.link.close()
}

// mark authenticates what is said about a kind of thing among the nodes.
func (x *Exchange) mark(kind string, parts ...[]byte) []byte {
	h := hmac.New(sha256.New, x.c.Secret)
	write := func(b []byte) {
		var length [8]byte
		for i, n := 0, len(b); i < len(length); i++ {
			length[i] = byte(n >> (8 * i))
		}
		h.Write(length[:])
		h.Write(b)
	}
	write([]byte(kind))
	for _, part := range parts {
		write(part)
	}
	return h.Sum(nil)
}

// hidden names a thing in a way that tells nothing of it to who lacks the
// secret, and has a well-known length.
func (x *Exchange) hidden(kind, name string) string {
	return hex.EncodeToString(x.mark(kind, []byte(name))[:16])
}
