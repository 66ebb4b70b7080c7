package register

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"strings"

	"yizheng/issuer"
	"yizheng/license"
)

// standing asks of each key for its state, and for the license that lists it
// now; a license that is about to is not yet one that does.
const standing = `SELECT k.n, s.state, (SELECT c.base FROM claims c JOIN licenses l ON l.base = c.base
		WHERE c.authority = k.authority AND c.number = k.number AND l.state = 'valid' AND EXISTS (
			SELECT 1 FROM version_permits p WHERE p.version = l.current AND p.authority = k.authority AND p.number = k.number))
	FROM keys k LEFT JOIN permit_states s ON s.authority = k.authority AND s.number = k.number`

// keysAtOnce is how many permits one statement asks for.
const keysAtOnce = 100

// Standing implements issuer.States.
func (s *Store) Standing(ctx context.Context, keys []issuer.PermitKey) ([]issuer.PermitStanding, error) {
	all := make([]issuer.PermitStanding, 0, len(keys))
	for some := range slices.Chunk(keys, keysAtOnce) {
		var values strings.Builder
		args := make([]any, 0, 2*len(some))
		for n, k := range some {
			fmt.Fprintf(&values, ", (%d, CAST($%d AS TEXT), CAST($%d AS TEXT))", n, 2*n+1, 2*n+2)
			args = append(args, k.Authority, k.Number)
		}
		found := make([]issuer.PermitStanding, len(some))
		_, err := list(ctx, s.db, "reading where permits stand", func(r row) (none struct{}, _ error) {
			var n int
			var state, held sql.NullString
			err := r.Scan(&n, &state, &held)
			found[n] = issuer.PermitStanding{State: license.Valid, Acted: state.Valid, Held: held.String}
			if state.Valid {
				found[n].State = license.State(state.String)
			}
			return none, err
		}, `WITH keys (n, authority, number) AS (VALUES `+values.String()[2:]+`) `+standing, args...)
		if err != nil {
			return nil, err
		}
		all = append(all, found...)
	}
	return all, nil
}

const carriers = `SELECT v.identifier FROM version_permits p JOIN versions v ON v.id = p.version
	JOIN licenses l ON l.base = v.base AND l.current = v.id
	WHERE p.authority = $1 AND p.number = $2 GROUP BY v.identifier ORDER BY v.identifier`

// Carriers implements issuer.States.
func (s *Store) Carriers(ctx context.Context, key issuer.PermitKey) ([]string, error) {
	return column[string](ctx, s.db, "finding the licenses that list a permit", carriers, key.Authority, key.Number)
}

// ActOnPermit implements issuer.States.
func (s *Store) ActOnPermit(ctx context.Context, a issuer.PermitAct) error {
	bases := make([]string, len(a.Carriers))
	for n, carrier := range a.Carriers {
		bases[n] = baseOf(carrier)
	}
	return s.writing(ctx, "writing an act", func(tx *transaction) error {
		if err := remember(ctx, tx, a.Done); err != nil {
			return err
		}
		if err := tx.holdLicenses(ctx, sorted(bases)); err != nil {
			return err
		}
		if err := tx.holdPermits(ctx, []issuer.PermitKey{a.Key}, true); err != nil {
			return err
		}
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
			if err := file(ctx, tx, e); err != nil {
				return err
			}
		}
		return audit(ctx, tx, a.At, a.Actor, "permit "+string(a.To), a.Key.Authority+" "+a.Key.Number, a.Reason)
	})
}

// swapState sets the state if it is still what the act follows on.
func swapState(ctx context.Context, tx *transaction, a issuer.PermitAct) error {
	if a.From == license.Valid {
		// One that no act was recorded of is valid, too.
		err := tx.do(ctx, "writing the state", `INSERT INTO permit_states (authority, number, state, reason, actor, acted_at)
			VALUES ($1, $2, 'valid', '', '', 0) ON CONFLICT (authority, number) DO NOTHING`, a.Key.Authority, a.Key.Number)
		if err != nil {
			return err
		}
	}
	return tx.change(ctx, "writing the state", `UPDATE permit_states SET state = $1, reason = $2, actor = $3, acted_at = $4
		WHERE authority = $5 AND number = $6 AND state = $7`,
		string(a.To), a.Reason, a.Actor, a.At.Unix(), a.Key.Authority, a.Key.Number, string(a.From))
}

// block is where the entries of a version lie.
type block struct{ chunk, start, place uint32 }

// writePermitEntries writes the permit's entry of every version that lists it
// and is issued; what a program of before has left half-way reads revoked.
func writePermitEntries(ctx context.Context, tx *transaction, key issuer.PermitKey, state license.State) error {
	entries, err := list(ctx, tx, "finding the versions that list the permit", func(r row) (b block, err error) {
		return b, r.Scan(&b.chunk, &b.start, &b.place)
	}, `SELECT v.status_chunk, v.status_start, p.place
		FROM version_permits p JOIN versions v ON v.id = p.version
		WHERE p.authority = $1 AND p.number = $2 AND v.text IS NOT NULL ORDER BY v.status_chunk, v.status_start`, key.Authority, key.Number)
	if err != nil {
		return err
	}
	for _, e := range entries {
		// The version's own entry comes first, and substr counts from 1.
		if err := tx.change(ctx, "writing a status entry", `UPDATE status_blocks SET entries = substr(entries, 1, $1) || $2 || substr(entries, $1 + 2)
			WHERE chunk = $3 AND start = $4`, e.place+1, letter(state), e.chunk, e.start); err != nil {
			return err
		}
		tx.chunks = append(tx.chunks, e.chunk)
	}
	return nil
}

// Withdraw implements issuer.States.
func (s *Store) Withdraw(ctx context.Context, w issuer.Withdrawal) error {
	base := baseOf(w.Identifier)
	return s.writing(ctx, "withdrawing", func(tx *transaction) error {
		if err := remember(ctx, tx, w.Done); err != nil {
			return err
		}
		if err := tx.holdLicenses(ctx, []string{base}); err != nil {
			return err
		}
		batch, found, err := preparedBatch(ctx, tx, base)
		if err != nil {
			return err
		}
		if found {
			return &issuer.Conflict{Kind: issuer.VersionHeld, Batch: batch, Base: base, Left: true}
		}
		if err := tx.change(ctx, "ending the license", `UPDATE licenses SET state = 'withdrawn' WHERE base = $1 AND state = 'valid'
			AND current = (SELECT id FROM versions WHERE identifier = $2 AND state <> 'void' AND state = 'valid')`, base, w.Identifier); err != nil {
			return err
		}
		blocks, err := list(ctx, tx, "finding the versions", func(r row) (b block, err error) {
			return b, r.Scan(&b.chunk, &b.start)
		}, `SELECT status_chunk, status_start FROM versions WHERE base = $1 AND state IN ('valid', 'superseded')
			ORDER BY status_chunk, status_start`, base)
		if err != nil {
			return err
		}
		for _, b := range blocks {
			if err := writeOwnEntry(ctx, tx, b.chunk, b.start, license.Withdrawn); err != nil {
				return err
			}
		}
		for _, statement := range []string{
			`UPDATE versions SET state = 'withdrawn' WHERE base = $1 AND state IN ('valid', 'superseded')`,
			`DELETE FROM claims WHERE base = $1`,
		} {
			if err := tx.do(ctx, "ending the license", statement, base); err != nil {
				return err
			}
		}
		if err := file(ctx, tx, w.Event); err != nil {
			return err
		}
		return audit(ctx, tx, w.At, w.Actor, "withdraw", w.Identifier, w.Reason)
	})
}
