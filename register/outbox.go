package register

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"yizheng/library/metadata"
)

const queuedColumns = `license, sequence, kind, at, body, state, attempts, next_at, problem, receipt`

func scanQueued(r row) (metadata.Queued, error) {
	var q metadata.Queued
	var at, next int64
	var body []byte
	if err := r.Scan(&q.License, &q.Sequence, (*string)(&q.Kind), &at, &body, &q.State, &q.Attempts, &next, &q.Problem, &q.Receipt); err != nil {
		return q, err
	}
	q.ID, q.At, q.Body, q.Next = metadata.ID(q.License, q.Sequence), instant(at), body, instant(next)
	return q, nil
}

func (s *Store) queued(ctx context.Context, doing, query string, args ...any) ([]metadata.Queued, error) {
	return list(ctx, s.db, doing, scanQueued, query, args...)
}

// Pending gives the events of a license that the library does not have yet,
// in order, dead ones too.
func (s *Store) Pending(ctx context.Context, license string, limit int) ([]metadata.Queued, error) {
	return s.queued(ctx, "reading the outbox", `SELECT `+queuedColumns+` FROM outbox
		WHERE license = $1 AND state <> 'delivered' ORDER BY sequence LIMIT $2`, license, limit)
}

// Filings gives every event of a license, in order.
func (s *Store) Filings(ctx context.Context, license string) ([]metadata.Queued, error) {
	return s.queued(ctx, "reading the outbox", `SELECT `+queuedColumns+` FROM outbox WHERE license = $1 ORDER BY sequence`, license)
}

// DeadLetters gives the events that were given up, up to limit.
func (s *Store) DeadLetters(ctx context.Context, limit int) ([]metadata.Queued, error) {
	return s.queued(ctx, "reading dead letters", `SELECT `+queuedColumns+` FROM outbox
		WHERE state = 'dead' ORDER BY license, sequence LIMIT $1`, limit)
}

// Backlog gives the licenses, after the given one, of which something is
// pending.
func (s *Store) Backlog(ctx context.Context, after string, limit int) ([]string, error) {
	return column[string](ctx, s.db, "reading the backlog", `SELECT DISTINCT license FROM outbox
		WHERE state <> 'delivered' AND license > $1 ORDER BY license LIMIT $2`, after, limit)
}

func idle(ctx context.Context, q querier, license string) (bool, error) {
	var state string
	err := q.queryRow(ctx, `SELECT state FROM outbox WHERE license = $1 AND state <> 'delivered' ORDER BY sequence LIMIT 1`, license).Scan(&state)
	if errors.Is(err, sql.ErrNoRows) {
		return true, nil
	}
	if err != nil {
		return false, fmt.Errorf("reading the outbox: %w", err)
	}
	return state == metadata.Dead, nil
}

// Delivered records the library's receipt. An event that was delivered by
// another meanwhile keeps the receipt that it has.
func (s *Store) Delivered(ctx context.Context, license string, sequence int64, receipt string, at time.Time) error {
	return s.alone(ctx, "recording a delivery", `UPDATE outbox SET state = 'delivered', receipt = $1, delivered_at = $2, attempts = attempts + 1, problem = '', next_at = 0
		WHERE license = $3 AND sequence = $4 AND state <> 'delivered'`, receipt, at.Unix(), license, sequence)
}

// Failed records an attempt that failed: when to try again, or that the event
// is given up.
func (s *Store) Failed(ctx context.Context, license string, sequence int64, problem string, next time.Time, dead bool) error {
	state := metadata.Pending
	if dead {
		state = metadata.Dead
	}
	return s.alone(ctx, "recording a failed delivery", `UPDATE outbox SET state = $1, attempts = attempts + 1, problem = $2, next_at = $3
		WHERE license = $4 AND sequence = $5 AND state = 'pending'`, state, problem, seconds(next), license, sequence)
}

// Unreached records why an event waits, and until when, without an attempt.
func (s *Store) Unreached(ctx context.Context, license string, sequence int64, problem string, next time.Time) error {
	return s.alone(ctx, "recording why an event waits", `UPDATE outbox SET problem = $1, next_at = $2
		WHERE license = $3 AND sequence = $4 AND state = 'pending'`, problem, seconds(next), license, sequence)
}

// Replay makes a dead event pending again, as if it were new. One that is not
// dead is issuer.ErrMoved.
func (s *Store) Replay(ctx context.Context, license string, sequence int64, actor string, at time.Time) error {
	return s.writing(ctx, "replaying a dead letter", func(tx *transaction) error {
		if err := tx.change(ctx, "finding the dead letter", `UPDATE outbox SET state = 'pending', attempts = 0, next_at = 0
			WHERE license = $1 AND sequence = $2 AND state = 'dead'`, license, sequence); err != nil {
			return err
		}
		if err := audit(ctx, tx, at, actor, "replay", metadata.ID(license, sequence), ""); err != nil {
			return err
		}
		tx.licenses = append(tx.licenses, license)
		return nil
	})
}

// Redeliver makes every event of a license from the given sequence on pending
// again, for a library that has lost them.
func (s *Store) Redeliver(ctx context.Context, license string, from int64) error {
	return s.writing(ctx, "queueing events anew", func(tx *transaction) error {
		err := tx.do(ctx, "writing the outbox", `UPDATE outbox SET state = 'pending', attempts = 0, next_at = 0
			WHERE license = $1 AND sequence >= $2 AND state = 'delivered'`, license, from)
		if err != nil {
			return err
		}
		tx.licenses = append(tx.licenses, license)
		return nil
	})
}

// Hurry lets everything of a license be tried at once, for an operator who
// knows that the library is back.
func (s *Store) Hurry(ctx context.Context, license string) error {
	return s.writing(ctx, "hurrying a delivery", func(tx *transaction) error {
		err := tx.do(ctx, "writing the outbox", `UPDATE outbox SET next_at = 0 WHERE license = $1 AND state = 'pending' AND next_at > 0`, license)
		if err != nil {
			return err
		}
		tx.licenses = append(tx.licenses, license)
		return nil
	})
}

// Restate queues events that say where a license stands, if its last event is
// still the given one; otherwise it is issuer.ErrMoved.
func (s *Store) Restate(ctx context.Context, license string, last int64, events []metadata.Event) error {
	return s.writing(ctx, "restating a license", func(tx *transaction) error {
		// Written, so that nobody else numbers an event until the end.
		err := tx.change(ctx, "holding the license's events", `UPDATE outbox_heads SET last = last WHERE license = $1 AND last = $2`, license, last)
		if err != nil {
			return err
		}
		for _, e := range events {
			if err := file(ctx, tx, e); err != nil {
				return err
			}
		}
		return nil
	})
}

// FilingState counts the outbox, for those who watch it.
type FilingState struct {
	Pending int64     // events
	Dead    int64     // events
	Oldest  time.Time // instant of the oldest event that is not delivered; zero when all are
}

// FilingState counts what has not reached the library.
func (s *Store) FilingState(ctx context.Context) (f FilingState, _ error) {
	var oldest int64
	err := s.db.queryRow(ctx, `SELECT COUNT(*) - COUNT(CASE WHEN state = 'dead' THEN 1 END), COUNT(CASE WHEN state = 'dead' THEN 1 END), COALESCE(MIN(at), 0)
		FROM outbox WHERE state <> 'delivered'`).Scan(&f.Pending, &f.Dead, &oldest)
	f.Oldest = instant(oldest)
	return f, answered("counting the outbox", err)
}
