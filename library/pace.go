package library

import (
	"context"
	"sync"
	"time"
)

// pace lets filings go one by one, evenly, and no more of them than so many a
// second: a library that comes back after a day is not to fall over what has
// waited for it.
type pace struct {
	every time.Duration
	mu    sync.Mutex
	next  time.Time // when the next one may go, by the monotonic clock
}

// wait waits for its turn.
func (p *pace) wait(ctx context.Context) error {
	timer := time.NewTimer(time.Until(p.turn()))
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (p *pace) turn() time.Time {
	p.mu.Lock()
	defer p.mu.Unlock()
	turn := p.next
	if now := time.Now(); turn.Before(now) {
		turn = now
	}
	p.next = turn.Add(p.every)
	return turn
}
