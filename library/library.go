// Package library files licenses with the city's e-license library
// (市电子证照库): every issue, change, status, sealed document and
// verification, once each, in order for each license, even after days of
// outage. Start with [Deliverer.Deliver].
//
// What is to be filed lies in the register's outbox, where it was put by the
// transaction that made it true. A [Deliverer] takes it from there to the
// library over HTTP; [Jobs] has the River queue call it; [Reconciler] compares
// both sides. [Receiver] is a reference library for development and tests. See
// docs/decisions/outbox-and-river.md.
package library

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"time"

	"yizheng/library/metadata"
)

// Books is the outbox that is delivered from. Each method that writes is one
// transaction, and all are safe for concurrent use.
type Books interface {
	// Pending gives the events of a license that are not delivered, in order.
	Pending(ctx context.Context, license string, limit int) ([]metadata.Queued, error)
	// Delivered records the receipt; a second time it changes nothing.
	Delivered(ctx context.Context, license string, sequence int64, receipt string, at time.Time) error
	// Failed records a failed attempt: not to be repeated before next, or given up.
	Failed(ctx context.Context, license string, sequence int64, problem string, next time.Time, dead bool) error
	// Unreached records why an event waits that could not be sent at all: that is no attempt.
	Unreached(ctx context.Context, license string, sequence int64, problem string, next time.Time) error
	// Redeliver makes all events from a sequence on pending again, and sees
	// to it that they are delivered.
	Redeliver(ctx context.Context, license string, from int64) error
	// Backlog gives the licenses, after the given one, of which something is
	// pending or dead, in order.
	Backlog(ctx context.Context, after string, limit int) ([]string, error)
}

// Sender takes one filing to the library. A *Refusal says that the library
// answered and does not want it; any other error, that it may not have
// arrived.
type Sender interface {
	Send(ctx context.Context, f metadata.Filing) (receipt string, err error)
}

// Config is what a Deliverer is made of.
type Config struct {
	Books  Books
	Sender Sender
	Clock  func() time.Time // nil for the machine's
	Log    *slog.Logger     // nil for none

	First    time.Duration // wait after the first failed attempt, doubled with each; 1 s when zero
	Longest  time.Duration // and never more than this; 1 h when zero
	Attempts int           // of an event that reaches the library and is not answered, before it is given up; 200 when zero: eight days
	Refusals int           // of an event that the library refuses; 5 when zero

	PerSecond float64 // filings that are sent at most; 100 when zero
}

// Deliverer delivers the outbox. It is safe for concurrent use; that several
// deliver the same license at once does no harm, since the library knows a
// repetition by its key.
type Deliverer struct {
	c    Config
	pace pace

	mu     sync.Mutex
	silent int       // silences in a row
	until  time.Time // nothing is sent before, since the library is down
}

// perSecond is how many filings go in a second, unless told otherwise.
const perSecond = 100

// longest is the longest pause between attempts, unless told otherwise.
const longest = time.Hour

// NewDeliverer checks the configuration.
func NewDeliverer(c Config) (*Deliverer, error) {
	if c.Books == nil || c.Sender == nil {
		return nil, errors.New("a deliverer needs Books and a Sender")
	}
	if c.Clock == nil {
		c.Clock = time.Now
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	for value, otherwise := range map[*time.Duration]time.Duration{&c.First: time.Second, &c.Longest: longest} {
		if *value == 0 {
			*value = otherwise
		}
	}
	for value, otherwise := range map[*int]int{&c.Attempts: 200, &c.Refusals: 5} {
		if *value == 0 {
			*value = otherwise
		}
	}
	if c.PerSecond == 0 {
		c.PerSecond = perSecond
	}
	if c.First < 0 || c.Longest < c.First || c.Attempts < 0 || c.Refusals < 0 || c.PerSecond < 0 {
		return nil, errors.New("the bounds of waits, attempts or rate are not in order")
	}
	return &Deliverer{c: c, pace: pace{every: time.Duration(float64(time.Second) / c.PerSecond)}}, nil
}

// Progress says how far a delivery came.
type Progress struct {
	Delivered int       // events
	Next      time.Time // when to go on; zero when nothing was left that could be delivered
	Dead      string    // the event that holds the license back, if one was given up
}

// batchSize is how many events are read from the outbox at once.
const batchSize = 32

// Deliver takes what is pending for one license to the library, in order,
// until nothing is left, an attempt fails, or the next event must wait. What is
// queued while the last ones are sent may be left: whoever ends a job looks.
// Errors are of the outbox; a library that fails is no error but progress
// with a Next.
func (d *Deliverer) Deliver(ctx context.Context, license string) (Progress, error) {
	var p Progress
	rewound := false
	for {
		queued, err := d.c.Books.Pending(ctx, license, batchSize)
		if err != nil {
			return p, fmt.Errorf("reading the outbox of %s: %w", license, err)
		}
		through := len(queued) < batchSize
		for _, q := range queued {
			if q.State == metadata.Dead {
				p.Dead = q.ID
				return p, nil
			}
			if p.Next = d.wait(q); !p.Next.IsZero() {
				return p, nil
			}
			if soon(ctx) {
				p.Next = d.c.Clock()
				return p, nil
			}
			ok, err := d.attempt(ctx, q, &p, &rewound)
			if err != nil {
				return p, err
			}
			if !ok {
				through = false // something was rewound, or must wait
				break
			}
			p.Delivered++
		}
		if through || !p.Next.IsZero() || p.Dead != "" {
			return p, nil
		}
	}
}

// soon says that a context ends before an attempt might. Who has so many
// events makes room for others then, and comes back.
func soon(ctx context.Context) bool {
	end, ends := ctx.Deadline()
	return ends && time.Until(end) < answerTimeout+5*time.Second
}

// wait says when the event may be tried; zero is now. What is further ahead
// than the pause is long was said by a clock that was wrong.
func (d *Deliverer) wait(q metadata.Queued) time.Time {
	now := d.c.Clock()
	d.mu.Lock()
	defer d.mu.Unlock()
	var next time.Time
	if q.Next.After(now) && q.Next.Sub(now) <= d.backoff(q.Attempts-1) {
		next = q.Next
	}
	if d.silence(now) > 0 && d.until.After(next) {
		next = d.until
	}
	return next
}

// silence is for how long the library is left alone from now on. What is further
// ahead than that ever is was said by a clock that was wrong.
func (d *Deliverer) silence(now time.Time) time.Duration {
	left := d.until.Sub(now)
	if left < 0 || left > longestSilence {
		return 0
	}
	return left
}

// lookAgain is how often those who wait for the library look whether another has
// reached it.
const lookAgain = 200 * time.Millisecond

// awaited waits until the library may be tried. It says no when ctx ends or stop
// is closed before.
func (d *Deliverer) awaited(ctx context.Context, stop <-chan struct{}) bool {
	for {
		d.mu.Lock()
		left := d.silence(d.c.Clock())
		d.mu.Unlock()
		if left == 0 {
			return true
		}
		select {
		case <-time.After(min(left, lookAgain)):
		case <-ctx.Done():
			return false
		case <-stop:
			return false
		}
	}
}

// attempt sends one event and records what came of it.
func (d *Deliverer) attempt(ctx context.Context, q metadata.Queued, p *Progress, rewound *bool) (bool, error) {
	if err := d.pace.wait(ctx); err != nil {
		return false, fmt.Errorf("delivering %s: %w", q.ID, err)
	}
	receipt, err := d.c.Sender.Send(ctx, q.Filing)
	now := d.c.Clock().UTC().Truncate(time.Second)
	until := d.heard(err, now)
	if err == nil {
		if err := d.c.Books.Delivered(ctx, q.License, q.Sequence, writable(receipt), now); err != nil {
			return false, fmt.Errorf("recording the delivery of %s: %w", q.ID, err)
		}
		return true, nil
	}
	if ctx.Err() != nil {
		return false, fmt.Errorf("delivering %s: %w", q.ID, ctx.Err())
	}
	var refusal *Refusal
	refused := errors.As(err, &refusal)
	switch {
	case errors.Is(err, ErrUnreachable):
		p.Next = until
		return false, d.unreached(ctx, q, until, err)
	case refused && refusal.Reason == ReasonGap && refusal.Expected >= 1 && refusal.Expected < q.Sequence && !*rewound:
		*rewound = true
		return false, d.rewind(ctx, q, refusal.Expected)
	case refused:
		return false, d.failed(ctx, q, p, d.c.Refusals, now, err)
	}
	return false, d.failed(ctx, q, p, d.c.Attempts, now, err)
}

// unreached records that an event waits for a library that cannot be reached.
func (d *Deliverer) unreached(ctx context.Context, q metadata.Queued, until time.Time, cause error) error {
	problem := writable(cause.Error())
	d.c.Log.Warn("library cannot be reached", "event", q.ID, "next", until, "error", problem)
	if err := d.c.Books.Unreached(ctx, q.License, q.Sequence, problem, until); err != nil {
		return fmt.Errorf("recording why %s waits: %w", q.ID, err)
	}
	return nil
}

// rewind begins where a library stands that has lost what it acknowledged.
func (d *Deliverer) rewind(ctx context.Context, q metadata.Queued, expected int64) error {
	d.c.Log.Warn("library has lost events", "license", q.License, "expected", expected, "sequence", q.Sequence)
	if err := d.c.Books.Redeliver(ctx, q.License, expected); err != nil {
		return fmt.Errorf("queueing anew what the library has lost of %s: %w", q.License, err)
	}
	return nil
}

// failed records an attempt that failed; the event is given up at the limit.
func (d *Deliverer) failed(ctx context.Context, q metadata.Queued, p *Progress, limit int, now time.Time, cause error) error {
	problem := writable(cause.Error())
	dead := q.Attempts+1 >= limit
	next := now.Add(d.backoff(q.Attempts))
	d.c.Log.Warn("filing failed", "event", q.ID, "attempt", q.Attempts+1, "dead", dead, "error", problem)
	if err := d.c.Books.Failed(ctx, q.License, q.Sequence, problem, next, dead); err != nil {
		return fmt.Errorf("recording the failure of %s: %w", q.ID, err)
	}
	if dead {
		p.Dead = q.ID
	} else {
		p.Next = next
	}
	return nil
}

// longestText is how many bytes are kept of what the library, or somebody before
// it, has said.
const longestText = 2000

// writable makes a text of whoever answered one that every register can keep.
func writable(text string) string {
	if len(text) > longestText {
		text = text[:longestText]
	}
	return strings.ReplaceAll(strings.ToValidUTF8(text, "\uFFFD"), "\x00", "\uFFFD")
}

// backoff is the wait after an attempt, when so many failed before it.
func (d *Deliverer) backoff(before int) time.Duration {
	wait := d.c.First
	for range before {
		if wait >= d.c.Longest/2 {
			return d.c.Longest
		}
		wait *= 2
	}
	return wait
}

// longestSilence is how long a library that cannot be reached is left alone.
const longestSilence = time.Minute

// heard notes whether the library can be reached at all, and gives until when
// it is left alone. While it cannot be reached, few licenses in a while try,
// and the others do not wait for time-outs. Those who tried at the same time have
// found out the same thing once.
func (d *Deliverer) heard(err error, now time.Time) time.Time {
	d.mu.Lock()
	defer d.mu.Unlock()
	if !errors.Is(err, ErrUnreachable) {
		d.silent, d.until = 0, time.Time{}
		return d.until
	}
	if d.silence(now) > 0 {
		return d.until
	}
	pause := min(d.backoff(d.silent), longestSilence)
	d.silent++
	d.until = now.Add(pause)
	return d.until
}

// DeliverAll takes everything that is due to the library, without the job
// queue: for the command line, and for a register whose jobs were lost.
func (d *Deliverer) DeliverAll(ctx context.Context) (Progress, error) {
	var all Progress
	after := ""
	for {
		licenses, err := d.c.Books.Backlog(ctx, after, batchSize)
		if err != nil {
			return all, fmt.Errorf("reading the backlog: %w", err)
		}
		for _, license := range licenses {
			p, err := d.Deliver(ctx, license)
			all.Delivered += p.Delivered
			if err != nil {
				return all, err
			}
			if !p.Next.IsZero() && (all.Next.IsZero() || p.Next.Before(all.Next)) {
				all.Next = p.Next
			}
			if p.Dead != "" {
				all.Dead = p.Dead
			}
			after = license
		}
		if len(licenses) < batchSize {
			return all, nil
		}
	}
}
