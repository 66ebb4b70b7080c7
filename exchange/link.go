package exchange

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/redis/go-redis/v9"
)

// ErrAway says that Redis does not answer, or not in time.
var ErrAway = errors.New("redis is away")

const (
	failuresToOpen = 3                      // in a row, until nobody waits for Redis any more
	probeEvery     = 250 * time.Millisecond // while Redis is away
)

// link is the connection to Redis. After a few failures in a row it counts as
// away, and every request is told so at once; in the background it is asked
// until it answers within the budget again.
type link struct {
	client redis.UniversalClient
	budget time.Duration
	log    *slog.Logger
	meter  *meter

	away     atomic.Bool
	failures atomic.Int32

	mu      sync.Mutex
	refused map[string]error // what Redis refused the last time, by operation

	probe chan struct{}
	stop  context.CancelFunc
	ended sync.WaitGroup
}

func connect(r Redis, budget time.Duration, log *slog.Logger, m *meter) (*link, error) {
	if err := r.check(); err != nil {
		return nil, fmt.Errorf("exchange: %w", err)
	}
	ctx, stop := context.WithCancel(context.Background())
	l := &link{
		client: r.client(), budget: budget, log: log, meter: m, probe: make(chan struct{}, 1), stop: stop,
		refused: make(map[string]error),
	}
	l.open() // nobody waits for the first connection
	l.ended.Go(func() { l.watch(ctx) })
	return l, nil
}

func (l *link) close() error {
	l.stop()
	l.ended.Wait()
	if err := l.client.Close(); err != nil {
		return fmt.Errorf("closing the connections to redis: %w", err)
	}
	return nil
}

// Results of an operation, as they are counted.
const (
	resultOK      = "ok"
	resultHit     = "hit"
	resultMiss    = "miss"
	resultRefused = "refused" // not written by a node of ours
	resultError   = "error"
	resultAway    = "away" // not asked
)

// do asks Redis within the budget. What ask gives is how it is counted. It
// gives [ErrAway] at once where Redis is away.
func (l *link) do(ctx context.Context, operation string, ask func(context.Context) (result string, err error)) error {
	if l.away.Load() {
		l.meter.count(operation, resultAway)
		return ErrAway
	}
	within, cancel := context.WithTimeout(ctx, l.budget)
	defer cancel()
	began := time.Now()
	result, err := ask(within)
	l.meter.took(operation, time.Since(began))
	if err != nil {
		l.meter.count(operation, resultError)
		if ctx.Err() == nil { // else it was the caller who went away
			l.failed(operation, err)
		}
		return fmt.Errorf("asking redis to %s: %w", operation, err)
	}
	l.meter.count(operation, result)
	l.failures.Store(0)
	l.note(operation, nil)
	return nil
}

// failed notes a failure. An answer that refuses costs no time, so it does not
// keep others from asking.
func (l *link) failed(operation string, err error) {
	var answer redis.Error
	if errors.As(err, &answer) {
		l.note(operation, err)
		return
	}
	if l.failures.Add(1) >= failuresToOpen && l.open() {
		l.log.Warn("redis is away: this node goes on alone", "error", err)
	}
}

// open says that Redis is away and has it looked after; false when that was
// known.
func (l *link) open() bool {
	if !l.away.CompareAndSwap(false, true) {
		return false
	}
	select {
	case l.probe <- struct{}{}:
	default:
	}
	return true
}

// watch waits for Redis to come back, whenever it is away.
func (l *link) watch(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-l.probe:
		}
		for !l.answers(ctx) {
			select {
			case <-ctx.Done():
				return
			case <-time.After(probeEvery):
			}
		}
		l.failures.Store(0)
		l.away.Store(false)
		l.log.Info("redis answers")
	}
}

// answers says whether Redis answers within the budget, once there is a
// connection.
func (l *link) answers(ctx context.Context) bool {
	ping := func(within time.Duration) error {
		ctx, cancel := context.WithTimeout(ctx, within)
		defer cancel()
		return l.client.Ping(ctx).Err()
	}
	if err := ping(dialWithin + replyWithin); err != nil {
		l.log.Debug("asking for redis", "error", err)
		return false
	}
	return ping(l.budget) == nil
}

// note remembers whether Redis refused an operation.
func (l *link) note(operation string, refused error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if refused == nil {
		delete(l.refused, operation)
		return
	}
	l.refused[operation] = refused
}

// trouble says what is wrong with Redis, as far as it was seen.
func (l *link) trouble() error {
	if l.away.Load() {
		return ErrAway
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	for operation, err := range l.refused {
		return fmt.Errorf("redis refuses to %s: %w", operation, err)
	}
	return nil
}

// quiet drops what the client library would write to standard error: each of
// its lines is also an error that it returns.
type quiet struct{}

func (quiet) Printf(context.Context, string, ...any) {}

func init() { redis.SetLogger(quiet{}) }
