package register

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"
)

// preparedBatch gives the batch that is at work on the license.
func preparedBatch(ctx context.Context, q querier, base string) (batch string, found bool, _ error) {
	err := q.queryRow(ctx, `SELECT batch FROM versions WHERE base = $1 AND state = 'prepared'`, base).Scan(&batch)
	if errors.Is(err, sql.ErrNoRows) {
		return "", false, nil
	}
	if err != nil {
		return "", false, fmt.Errorf("looking for work under way: %w", err)
	}
	return batch, true, nil
}

// Void implements issuer.Journal.
func (s *Store) Void(ctx context.Context, batch, actor, reason string, at time.Time) error {
	return s.writing(ctx, "giving a batch up", func(tx *transaction) error {
		if err := tx.change(ctx, "ending the batch", `UPDATE batches SET phase = 'void', request_key = NULL, finished_at = $1 WHERE id = $2 AND phase = 'prepared'`,
			at.Unix(), batch); err != nil {
			return err
		}
		if err := holdBatch(ctx, tx, batch); err != nil {
			return err
		}
		// Claims of the license's current version stay; a new license's all go.
		for _, statement := range []string{
			`DELETE FROM claims WHERE base IN (SELECT base FROM versions WHERE batch = $1) AND NOT EXISTS (
				SELECT 1 FROM licenses l JOIN version_permits p ON p.version = l.current
				WHERE l.base = claims.base AND p.authority = claims.authority AND p.number = claims.number)`,
			`DELETE FROM version_permits WHERE version IN (SELECT id FROM versions WHERE batch = $1)`,
			`UPDATE licenses SET state = 'void' WHERE state = 'prepared' AND base IN (SELECT base FROM versions WHERE batch = $1)`,
			`UPDATE versions SET state = 'void', signing_input = NULL WHERE batch = $1`,
		} {
			if err := tx.do(ctx, "freeing claims", statement, batch); err != nil {
				return err
			}
		}
		return audit(ctx, tx, at, actor, "void", batch, reason)
	})
}

// Unfinished implements issuer.Journal.
func (s *Store) Unfinished(ctx context.Context) ([]string, error) {
	return column[string](ctx, s.db, "listing unfinished batches", `SELECT id FROM batches WHERE phase = 'prepared' ORDER BY prepared_at, id`)
}

// holdBatch holds the licenses of a batch.
func holdBatch(ctx context.Context, tx *transaction, batch string) error {
	bases, err := column[string](ctx, tx, "reading the batch", `SELECT base FROM versions WHERE batch = $1`, batch)
	if err != nil {
		return err
	}
	return tx.holdLicenses(ctx, sorted(bases))
}
