package register

import (
	"context"
	"fmt"

	"yizheng/issuer"
)

// Done implements issuer.States.
func (s *Store) Done(ctx context.Context, key string) (issuer.Done, error) {
	d := issuer.Done{Key: key}
	err := s.reading(ctx, "reading what was done under a key", func(q querier) error {
		var hash []byte
		var at int64
		err := q.queryRow(ctx, `SELECT request_hash, identifier, authority, number, state, at FROM acts_done WHERE request_key = $1`, key).
			Scan(&hash, &d.Identifier, &d.Permit.Authority, &d.Permit.Number, (*string)(&d.State), &at)
		copy(d.Hash[:], hash)
		d.At = instant(at)
		return err
	})
	return d, err
}

// Remember implements issuer.States.
func (s *Store) Remember(ctx context.Context, d issuer.Done) error {
	return s.writing(ctx, "remembering what was done", func(tx *transaction) error { return remember(ctx, tx, &d) })
}

// remember keeps what a request came to, if there is something to keep. A key
// that was used meanwhile is issuer.ErrMoved; of two who use it at once on
// PostgreSQL, the second waits for the first, and then finds it.
func remember(ctx context.Context, tx *transaction, d *issuer.Done) error {
	if d == nil {
		return nil
	}
	var used bool
	if err := tx.queryRow(ctx, `SELECT EXISTS (SELECT 1 FROM acts_done WHERE request_key = $1)`, d.Key).Scan(&used); err != nil {
		return fmt.Errorf("looking up the key: %w", err)
	}
	if used {
		return issuer.ErrMoved
	}
	return tx.do(ctx, "remembering what was done", `INSERT INTO acts_done (request_key, request_hash, identifier, authority, number, state, at)
		VALUES ($1, $2, $3, $4, $5, $6, $7)`, d.Key, d.Hash[:], d.Identifier, d.Permit.Authority, d.Permit.Number, string(d.State), d.At.Unix())
}
