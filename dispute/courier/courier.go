// Package courier carries disputes that were filed here to the issuers of the
// licenses, and brings their answers back. Start with [New].
package courier

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"sync"
	"time"

	"yizheng/dispute"
	"yizheng/reach"
	"yizheng/trust"
)

// A dispute is sent, and asked about, whenever its age has grown by an eighth,
// within these bounds: soon at first, and every hour after a day. So nothing
// has to be kept of attempts, and an issuer who was away for days is found
// within the hour.
const (
	soonest = 2 * time.Second
	latest  = time.Hour
)

// carriedAtOnce is how many disputes are carried side by side, so that one
// issuer who does not answer keeps nobody else waiting.
const carriedAtOnce = 8

// Config is what a [Courier] needs.
type Config struct {
	Store  dispute.Store        // required
	Trust  func() *trust.Bundle // what counts now; required
	Client *http.Client         // with a Timeout, which bounds one attempt; required
	Clock  func() time.Time     // required
	Log    *slog.Logger         // required
}

// Courier carries what was filed here to the issuers, and brings answers back.
// Any number of them, on any number of nodes, may do so at once.
type Courier struct{ c Config }

// New checks the configuration.
func New(c Config) (*Courier, error) {
	if c.Store == nil || c.Trust == nil || c.Client == nil || c.Client.Timeout <= 0 || c.Clock == nil || c.Log == nil {
		return nil, errors.New("configuring the carrying of disputes: Store, Trust, Client with a Timeout, Clock and Log are required")
	}
	client := *c.Client
	client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	c.Client = &client
	return &Courier{c}, nil
}

// Run carries until ctx ends.
func (c *Courier) Run(ctx context.Context) {
	ticker := time.NewTicker(time.Second)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
			if _, err := c.Carry(ctx); err != nil && ctx.Err() == nil {
				c.c.Log.Error("carrying disputes", "error", err)
				select {
				case <-ctx.Done():
				case <-time.After(10 * time.Second):
				}
			}
		}
	}
}

// Carry sends what is due and asks about what is with its issuer, once each,
// and says how many that were. That an issuer cannot be reached is no error:
// the dispute says so, and is tried again.
func (c *Courier) Carry(ctx context.Context) (int, error) {
	now := c.c.Clock()
	due, err := c.c.Store.DueDisputes(ctx, now, now.Add(latest+time.Minute), carriedAtOnce)
	if err != nil {
		return 0, err
	}
	return c.each(ctx, due)
}

// CarryAll does the same for every dispute that is not answered, due or not:
// for an operator who knows that an issuer is back.
func (c *Courier) CarryAll(ctx context.Context) (carried int, _ error) {
	for _, state := range []dispute.State{dispute.Waiting, dispute.Open} {
		all, err := c.c.Store.Disputes(ctx, dispute.Filter{Direction: dispute.Sent, State: state, Limit: 1000})
		if err != nil {
			return carried, err
		}
		n, err := c.each(ctx, all)
		carried += n
		if err != nil {
			return carried, err
		}
	}
	return carried, nil
}

// each carries disputes side by side.
func (c *Courier) each(ctx context.Context, all []dispute.Kept) (carried int, _ error) {
	var running sync.WaitGroup
	var mu sync.Mutex
	var failed []error
	room := make(chan struct{}, carriedAtOnce)
	for _, k := range all {
		room <- struct{}{}
		running.Go(func() {
			defer func() { <-room }()
			mine, err := c.carry(ctx, k)
			mu.Lock()
			defer mu.Unlock()
			if err != nil {
				failed = append(failed, fmt.Errorf("carrying dispute %s: %w", k.Statement.ID, err))
			}
			if mine {
				carried++
			}
		})
	}
	running.Wait()
	return carried, errors.Join(failed...)
}

// carry sends one dispute, unless somebody else is at it, and keeps what comes
// of it.
func (c *Courier) carry(ctx context.Context, k dispute.Kept) (mine bool, _ error) {
	now := c.c.Clock()
	mine, err := c.c.Store.ClaimDispute(ctx, k.Statement.ID, k.Next, now.Add(pause(now.Sub(k.Statement.Made))))
	if err != nil || !mine {
		return false, err
	}
	got, err := c.send(ctx, k)
	if ctx.Err() != nil {
		return true, ctx.Err()
	}
	return true, c.keep(ctx, k, got, err)
}

// keep records what came of an attempt.
func (c *Courier) keep(ctx context.Context, k dispute.Kept, got dispute.Receipt, failed error) error {
	id, now := k.Statement.ID, c.c.Clock().UTC().Truncate(time.Second)
	var refusal *Refusal
	switch {
	case errors.As(failed, &refusal) && refusal.Final:
		c.c.Log.Warn("dispute refused", "dispute", id, "region", k.Statement.To, "reason", refusal.Reason)
		return c.c.Store.DisputeRefused(ctx, id, refusal.Reason, now)
	case failed != nil:
		c.c.Log.Info("dispute not delivered", "dispute", id, "region", k.Statement.To, "error", failed)
		return c.c.Store.DisputeHeld(ctx, id, problemOf(failed))
	}
	if k.State == dispute.Waiting {
		if err := c.c.Store.DisputeArrived(ctx, id, got.ReceivedAt, now); err != nil {
			return err
		}
	} else if k.Problem != "" {
		if err := c.c.Store.DisputeHeld(ctx, id, ""); err != nil {
			return err
		}
	}
	if got.Answer == "" {
		return nil
	}
	a, err := dispute.OpenAnswer(got.Answer, k, c.c.Trust(), now)
	if err != nil {
		c.c.Log.Warn("answer to a dispute not believed", "dispute", id, "region", k.Statement.To, "error", err)
		return c.c.Store.DisputeHeld(ctx, id, problemOf(err))
	}
	err = c.c.Store.AnswerDispute(ctx, dispute.Sent, id, got.Answer, "region "+string(a.From), a.Received, now)
	if errors.Is(err, dispute.ErrAnswered) {
		return nil // by another node of ours
	}
	return err
}

// pause is how long a dispute of some age is left alone.
func pause(age time.Duration) time.Duration { return min(max(age/8, soonest), latest) }

// problemOf names in a stable word what stood in the way.
func problemOf(err error) string {
	var refusal *Refusal
	switch {
	case errors.As(err, &refusal):
		return refusal.Reason
	case errors.Is(err, dispute.ErrMalformed):
		return "answer_malformed"
	case errors.Is(err, dispute.ErrStranger):
		return "answer_not_of_issuer"
	case errors.Is(err, dispute.ErrStale):
		return "trust_list_expired"
	case errors.Is(err, errNoAddress):
		return "no_address"
	case errors.Is(err, reach.ErrRefused):
		return "address_refused"
	}
	return "unreachable"
}
