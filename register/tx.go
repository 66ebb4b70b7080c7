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

// writing runs f in one transaction of the one writer.
func (s *Store) writing(ctx context.Context, doing string, f func(tx *sql.Tx) error) error {
	tx, err := s.write.BeginTx(ctx, nil)
	if err != nil {
		return fmt.Errorf("%s: beginning: %w", doing, err)
	}
	if err := f(tx); err != nil {
		// The rollback's own error says nothing that err does not.
		_ = tx.Rollback()
		return fmt.Errorf("%s: %w", doing, err)
	}
	if err := tx.Commit(); err != nil {
		return fmt.Errorf("%s: committing: %w", doing, err)
	}
	return nil
}

// reading runs f in one read transaction, so that all it reads is of one
// moment.
func (s *Store) reading(ctx context.Context, doing string, f func(tx *sql.Tx) error) error {
	tx, err := s.read.BeginTx(ctx, &sql.TxOptions{ReadOnly: true})
	if err != nil {
		return fmt.Errorf("%s: beginning: %w", doing, err)
	}
	err = f(tx)
	_ = tx.Rollback() // nothing was written
	if errors.Is(err, sql.ErrNoRows) {
		err = issuer.ErrNotFound
	}
	if err != nil {
		return fmt.Errorf("%s: %w", doing, err)
	}
	return nil
}

// change runs a statement that must change exactly one row: a
// compare-and-swap whose WHERE says what the row must be. Otherwise the
// register has moved on.
func change(ctx context.Context, tx *sql.Tx, query string, args ...any) error {
	r, err := tx.ExecContext(ctx, query, args...)
	if err != nil {
		return err
	}
	n, err := r.RowsAffected()
	if err != nil {
		return err
	}
	if n != 1 {
		return issuer.ErrMoved
	}
	return nil
}

// audit adds one line to the audit trail.
func audit(ctx context.Context, tx *sql.Tx, at time.Time, actor, act, subject, detail string) error {
	_, err := tx.ExecContext(ctx, `INSERT INTO audit (at, actor, act, subject, detail) VALUES (?, ?, ?, ?, ?)`,
		at.Unix(), actor, act, subject, detail)
	if err != nil {
		return fmt.Errorf("writing the audit trail: %w", err)
	}
	return nil
}

// file gives the event its place in its license's order, and queues it.
func (s *Store) file(ctx context.Context, tx *sql.Tx, e metadata.Event) error {
	var sequence int64
	err := tx.QueryRowContext(ctx, `INSERT INTO outbox_heads (license, last) VALUES (?, 1)
		ON CONFLICT (license) DO UPDATE SET last = last + 1 RETURNING last`, e.License).Scan(&sequence)
	if err != nil {
		return fmt.Errorf("numbering the event: %w", err)
	}
	_, err = tx.ExecContext(ctx, `INSERT INTO outbox (license, sequence, kind, at, body) VALUES (?, ?, ?, ?, ?)`,
		e.License, sequence, string(e.Kind), e.At.Unix(), []byte(e.Body))
	if err != nil {
		return fmt.Errorf("queueing the event: %w", err)
	}
	return s.wake(ctx, tx, e.License)
}

func (s *Store) wake(ctx context.Context, tx *sql.Tx, license string) error {
	if s.queue == nil {
		return nil
	}
	if err := s.queue.Wake(ctx, tx, license); err != nil {
		return fmt.Errorf("queueing the delivery: %w", err)
	}
	return nil
}

// seconds and instant keep the zero time as 0.
func seconds(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.Unix()
}

func instant(seconds int64) time.Time {
	if seconds == 0 {
		return time.Time{}
	}
	return time.Unix(seconds, 0).UTC()
}
