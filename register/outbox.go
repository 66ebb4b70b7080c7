package register

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"yizheng/issuer"
	"yizheng/library/metadata"
)

const queuedColumns = `license, sequence, kind, at, body, state, attempts, next_at, problem, receipt`

func scanQueued(rows *sql.Rows) (metadata.Queued, error) {
	var q metadata.Queued
	var at, next int64
	var body []byte
	if err := rows.Scan(&q.License, &q.Sequence, (*string)(&q.Kind), &at, &body, &q.State, &q.Attempts, &next, &q.Problem, &q.Receipt); err != nil {
		return q, err
	}
	q.ID, q.At, q.Body, q.Next = metadata.ID(q.License, q.Sequence), instant(at), body, instant(next)
	return q, nil
}

func (s *Store) queued(ctx context.Context, doing, query string, args ...any) ([]metadata.Queued, error) {
	rows, err := s.read.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", doing, err)
	}
	defer rows.Close()
	var queued []metadata.Queued
	for rows.Next() {
		q, err := scanQueued(rows)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", doing, err)
		}
		queued = append(queued, q)
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("%s: %w", doing, err)
	}
	return queued, nil
}

// Pending gives the events of a license that the library does not have yet,
// in order, dead ones too.
func (s *Store) Pending(ctx context.Context, license string, limit int) ([]metadata.Queued, error) {
	return s.queued(ctx, "reading the outbox", `SELECT `+queuedColumns+` FROM outbox
		WHERE license = ? AND state <> 'delivered' ORDER BY sequence LIMIT ?`, license, limit)
}

// Filings gives every event of a license, in order.
func (s *Store) Filings(ctx context.Context, license string) ([]metadata.Queued, error) {
	return s.queued(ctx, "reading the outbox", `SELECT `+queuedColumns+` FROM outbox WHERE license = ? ORDER BY sequence`, license)
}

// DeadLetters gives the events that were given up, up to limit.
func (s *Store) DeadLetters(ctx context.Context, limit int) ([]metadata.Queued, error) {
	return s.queued(ctx, "reading dead letters", `SELECT `+queuedColumns+` FROM outbox
		WHERE state = 'dead' ORDER BY license, sequence LIMIT ?`, limit)
}

// Backlog gives the licenses, after the given one, of which something is
// pending.
func (s *Store) Backlog(ctx context.Context, after string, limit int) ([]string, error) {
	return column[string](ctx, s.read, "reading the backlog", `SELECT DISTINCT license FROM outbox
		WHERE state <> 'delivered' AND license > ? ORDER BY license LIMIT ?`, after, limit)
}

// Idle says, within a transaction, whether nothing of the license can be
// delivered: the outbox is empty, or a dead event comes first.
func (s *Store) Idle(ctx context.Context, tx *sql.Tx, license string) (bool, error) {
	var state string
	err := tx.QueryRowContext(ctx, `SELECT state FROM outbox WHERE license = ? AND state <> 'delivered' ORDER BY sequence LIMIT 1`, license).Scan(&state)
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
	return s.writing(ctx, "recording a delivery", func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `UPDATE outbox SET state = 'delivered', receipt = ?, delivered_at = ?, attempts = attempts + 1, problem = '', next_at = 0
			WHERE license = ? AND sequence = ? AND state <> 'delivered'`, receipt, at.Unix(), license, sequence)
		return err
	})
}

// Failed records an attempt that failed: when to try again, or that the event
// is given up.
func (s *Store) Failed(ctx context.Context, license string, sequence int64, problem string, next time.Time, dead bool) error {
	state := metadata.Pending
	if dead {
		state = metadata.Dead
	}
	return s.writing(ctx, "recording a failed delivery", func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `UPDATE outbox SET state = ?, attempts = attempts + 1, problem = ?, next_at = ?
			WHERE license = ? AND sequence = ? AND state = 'pending'`, state, problem, seconds(next), license, sequence)
		return err
	})
}

// Replay makes a dead event pending again, as if it were new. One that is not
// dead is issuer.ErrMoved.
func (s *Store) Replay(ctx context.Context, license string, sequence int64, actor string, at time.Time) error {
	return s.writing(ctx, "replaying a dead letter", func(tx *sql.Tx) error {
		if err := change(ctx, tx, `UPDATE outbox SET state = 'pending', attempts = 0, next_at = 0
			WHERE license = ? AND sequence = ? AND state = 'dead'`, license, sequence); err != nil {
			return err
		}
		if err := audit(ctx, tx, at, actor, "replay", metadata.ID(license, sequence), ""); err != nil {
			return err
		}
		return s.wake(ctx, tx, license)
	})
}

// Redeliver makes every event of a license from the given sequence on pending
// again, for a library that has lost them.
func (s *Store) Redeliver(ctx context.Context, license string, from int64) error {
	return s.writing(ctx, "queueing events anew", func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `UPDATE outbox SET state = 'pending', attempts = 0, next_at = 0
			WHERE license = ? AND sequence >= ? AND state = 'delivered'`, license, from)
		if err != nil {
			return err
		}
		return s.wake(ctx, tx, license)
	})
}

// Hurry lets everything of a license be tried at once, for an operator who
// knows that the library is back.
func (s *Store) Hurry(ctx context.Context, license string) error {
	return s.writing(ctx, "hurrying a delivery", func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `UPDATE outbox SET next_at = 0 WHERE license = ? AND state = 'pending' AND next_at > 0`, license)
		if err != nil {
			return err
		}
		return s.wake(ctx, tx, license)
	})
}

// Restate queues events that say where a license stands, if its last event is
// still the given one; otherwise it is issuer.ErrMoved.
func (s *Store) Restate(ctx context.Context, license string, last int64, events []metadata.Event) error {
	return s.writing(ctx, "restating a license", func(tx *sql.Tx) error {
		var now int64
		if err := tx.QueryRowContext(ctx, `SELECT last FROM outbox_heads WHERE license = ?`, license).Scan(&now); err != nil {
			return err
		}
		if now != last {
			return issuer.ErrMoved
		}
		for _, e := range events {
			if err := s.file(ctx, tx, e); err != nil {
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
	err := s.reading(ctx, "counting the outbox", func(tx *sql.Tx) error {
		var oldest int64
		err := tx.QueryRowContext(ctx, `SELECT COUNT(*) - COUNT(CASE WHEN state = 'dead' THEN 1 END), COUNT(CASE WHEN state = 'dead' THEN 1 END), COALESCE(MIN(at), 0)
			FROM outbox WHERE state <> 'delivered'`).Scan(&f.Pending, &f.Dead, &oldest)
		f.Oldest = instant(oldest)
		return err
	})
	return f, err
}
