package register

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"

	"yizheng/issuer"
	"yizheng/license"
)

// Standing implements issuer.States.
func (s *Store) Standing(ctx context.Context, keys []issuer.PermitKey) (standing []issuer.PermitStanding, _ error) {
	err := s.reading(ctx, "reading where permits stand", func(tx *sql.Tx) error {
		standing = make([]issuer.PermitStanding, len(keys))
		for n, k := range keys {
			p := &standing[n]
			err := tx.QueryRowContext(ctx, `SELECT state FROM permit_states WHERE authority = ? AND number = ?`, k.Authority, k.Number).
				Scan((*string)(&p.State))
			p.Acted = err == nil
			if errors.Is(err, sql.ErrNoRows) {
				p.State, err = license.Valid, nil
			}
			if err != nil {
				return err
			}
			// A license that is about to list it is not yet one that does.
			err = tx.QueryRowContext(ctx, `SELECT c.base FROM claims c JOIN licenses l ON l.base = c.base
				WHERE c.authority = ?1 AND c.number = ?2 AND l.state = 'valid' AND EXISTS (
					SELECT 1 FROM version_permits p WHERE p.version = l.current AND p.authority = ?1 AND p.number = ?2)`,
				k.Authority, k.Number).Scan(&p.Held)
			if err != nil && !errors.Is(err, sql.ErrNoRows) {
				return err
			}
		}
		return nil
	})
	return standing, err
}

const carriers = `SELECT v.identifier FROM version_permits p JOIN versions v ON v.id = p.version
	JOIN licenses l ON l.base = v.base AND l.current = v.id
	WHERE p.authority = ? AND p.number = ? GROUP BY v.identifier ORDER BY v.identifier`

// Carriers implements issuer.States.
func (s *Store) Carriers(ctx context.Context, key issuer.PermitKey) ([]string, error) {
	return column[string](ctx, s.read, "finding the licenses that list a permit", carriers, key.Authority, key.Number)
}

// ActOnPermit implements issuer.States.
func (s *Store) ActOnPermit(ctx context.Context, a issuer.PermitAct) error {
	return s.writing(ctx, "writing an act", func(tx *sql.Tx) error {
		now, err := column[string](ctx, tx, "finding the licenses that list the permit", carriers, a.Key.Authority, a.Key.Number)
		if err != nil {
			return err
		}
		if !slices.Equal(now, a.Carriers) {
			return issuer.ErrMoved
		}
		if err := swapState(ctx, tx, a); err != nil {
			return err
		}
		if err := writePermitEntries(ctx, tx, a.Key, a.To); err != nil {
			return err
		}
		for _, e := range a.Events {
			if err := s.file(ctx, tx, e); err != nil {
				return err
			}
		}
		return audit(ctx, tx, a.At, a.Actor, "permit "+string(a.To), a.Key.Authority+" "+a.Key.Number, a.Reason)
	})
}

// swapState sets the state if it is still what the act follows on.
func swapState(ctx context.Context, tx *sql.Tx, a issuer.PermitAct) error {
	if a.From == license.Valid {
		// One that no act was recorded of is valid, too.
		_, err := tx.ExecContext(ctx, `INSERT INTO permit_states (authority, number, state, reason, actor, acted_at)
			VALUES (?, ?, 'valid', '', '', 0) ON CONFLICT (authority, number) DO NOTHING`, a.Key.Authority, a.Key.Number)
		if err != nil {
			return fmt.Errorf("writing the state: %w", err)
		}
	}
	return change(ctx, tx, `UPDATE permit_states SET state = ?, reason = ?, actor = ?, acted_at = ?
		WHERE authority = ? AND number = ? AND state = ?`,
		string(a.To), a.Reason, a.Actor, a.At.Unix(), a.Key.Authority, a.Key.Number, string(a.From))
}

// writePermitEntries writes the permit's entry of every version that lists it
// and is signed; one that is only prepared reads revoked until it is.
func writePermitEntries(ctx context.Context, tx *sql.Tx, key issuer.PermitKey, state license.State) error {
	rows, err := tx.QueryContext(ctx, `SELECT v.status_chunk, v.status_start, p.place
		FROM version_permits p JOIN versions v ON v.id = p.version
		WHERE p.authority = ? AND p.number = ? AND v.text IS NOT NULL`, key.Authority, key.Number)
	if err != nil {
		return fmt.Errorf("finding the versions that list the permit: %w", err)
	}
	type entry struct{ chunk, start, place uint32 }
	var entries []entry
	for rows.Next() {
		var e entry
		if err := rows.Scan(&e.chunk, &e.start, &e.place); err != nil {
			return errors.Join(fmt.Errorf("finding the versions that list the permit: %w", err), rows.Close())
		}
		entries = append(entries, e)
	}
	if err := errors.Join(rows.Err(), rows.Close()); err != nil {
		return fmt.Errorf("finding the versions that list the permit: %w", err)
	}
	for _, e := range entries {
		// The version's own entry comes first, and substr counts from 1.
		if err := change(ctx, tx, `UPDATE status_blocks SET entries = substr(entries, 1, ?1) || ?2 || substr(entries, ?1 + 2)
			WHERE chunk = ?3 AND start = ?4`, e.place+1, letter(state), e.chunk, e.start); err != nil {
			return fmt.Errorf("writing a status entry: %w", err)
		}
		if err := touchChunk(ctx, tx, e.chunk); err != nil {
			return err
		}
	}
	return nil
}

// Withdraw implements issuer.States.
func (s *Store) Withdraw(ctx context.Context, w issuer.Withdrawal) error {
	base := baseOf(w.Identifier)
	return s.writing(ctx, "withdrawing", func(tx *sql.Tx) error {
		batch, found, err := preparedBatch(ctx, tx, base)
		if err != nil {
			return err
		}
		if found {
			return &issuer.Conflict{Kind: issuer.VersionHeld, Batch: batch, Base: base, Phase: issuer.Prepared}
		}
		if err := change(ctx, tx, `UPDATE licenses SET state = 'withdrawn' WHERE base = ? AND state = 'valid'
			AND current = (SELECT id FROM versions WHERE identifier = ? AND state <> 'void' AND state = 'valid')`, base, w.Identifier); err != nil {
			return err
		}
		rows, err := tx.QueryContext(ctx, `SELECT status_chunk, status_start FROM versions WHERE base = ? AND state IN ('valid', 'superseded')`, base)
		if err != nil {
			return fmt.Errorf("finding the versions: %w", err)
		}
		var blocks [][2]uint32
		for rows.Next() {
			var b [2]uint32
			if err := rows.Scan(&b[0], &b[1]); err != nil {
				return errors.Join(fmt.Errorf("finding the versions: %w", err), rows.Close())
			}
			blocks = append(blocks, b)
		}
		if err := errors.Join(rows.Err(), rows.Close()); err != nil {
			return fmt.Errorf("finding the versions: %w", err)
		}
		for _, b := range blocks {
			if err := writeOwnEntry(ctx, tx, b[0], b[1], license.Withdrawn); err != nil {
				return err
			}
		}
		for _, statement := range []string{
			`UPDATE versions SET state = 'withdrawn' WHERE base = ? AND state IN ('valid', 'superseded')`,
			`DELETE FROM claims WHERE base = ?`,
		} {
			if _, err := tx.ExecContext(ctx, statement, base); err != nil {
				return fmt.Errorf("ending the license: %w", err)
			}
		}
		if err := s.file(ctx, tx, w.Event); err != nil {
			return err
		}
		return audit(ctx, tx, w.At, w.Actor, "withdraw", w.Identifier, w.Reason)
	})
}
