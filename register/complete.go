package register

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"yizheng/issuer"
	"yizheng/license"
)

// Complete implements issuer.Journal.
func (s *Store) Complete(ctx context.Context, c issuer.Completion) error {
	return s.writing(ctx, "completing a batch", func(tx *sql.Tx) error {
		if err := change(ctx, tx, `UPDATE batches SET phase = 'issued', finished_at = ? WHERE id = ? AND phase = 'prepared'`,
			c.At.Unix(), c.Batch); err != nil {
			return err
		}
		entries, err := preparedEntries(ctx, tx, c.Batch)
		if err != nil {
			return err
		}
		if len(entries) != len(c.Entries) {
			return fmt.Errorf("the batch has %d entries, and %d were signed", len(entries), len(c.Entries))
		}
		for n, e := range entries {
			if err := s.completeEntry(ctx, tx, e, c.Entries[n], c.Actor, c.At); err != nil {
				return err
			}
		}
		return nil
	})
}

// preparedEntry is what completing needs to know of a prepared version.
type preparedEntry struct {
	id                                       int64
	identifier, base, operation, predecessor string
	holder, industry, holderName             string
	chunk, start                             uint32
}

func preparedEntries(ctx context.Context, tx *sql.Tx, batch string) ([]preparedEntry, error) {
	rows, err := tx.QueryContext(ctx, `SELECT id, identifier, base, operation, predecessor, status_chunk, status_start,
		license ->> '$.holder.creditCode', license ->> '$.holder.name', license ->> '$.industry'
		FROM versions WHERE batch = ? ORDER BY place`, batch)
	if err != nil {
		return nil, fmt.Errorf("reading the batch: %w", err)
	}
	defer rows.Close()
	var entries []preparedEntry
	for rows.Next() {
		var e preparedEntry
		if err := rows.Scan(&e.id, &e.identifier, &e.base, &e.operation, &e.predecessor, &e.chunk, &e.start, &e.holder, &e.holderName, &e.industry); err != nil {
			return nil, fmt.Errorf("reading the batch: %w", err)
		}
		entries = append(entries, e)
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("reading the batch: %w", err)
	}
	return entries, nil
}

// completeEntry makes one prepared version the current one of its license.
func (s *Store) completeEntry(ctx context.Context, tx *sql.Tx, e preparedEntry, signed issuer.Signed, actor string, at time.Time) error {
	states, err := statesOf(ctx, tx, e.id)
	if err != nil {
		return err
	}
	if !slices.Equal(states, signed.States) {
		return issuer.ErrMoved
	}
	if e.predecessor != "" {
		if err := supersede(ctx, tx, e); err != nil {
			return err
		}
	}
	if err := change(ctx, tx, `UPDATE versions SET state = 'valid', text = ?, signing_input = NULL, issued_at = ?
		WHERE id = ? AND state = 'prepared'`, signed.Text, at.Unix(), e.id); err != nil {
		return fmt.Errorf("storing the signed text: %w", err)
	}
	if err := change(ctx, tx, `UPDATE licenses SET current = ?, state = 'valid', holder_code = ?, holder_name = ?, industry = ?
		WHERE base = ? AND state IN ('prepared', 'valid')`, e.id, e.holder, e.holderName, e.industry, e.base); err != nil {
		return fmt.Errorf("making the version current: %w", err)
	}
	if err := writeBlock(ctx, tx, e.chunk, e.start, letter(license.Valid)+letters(states)); err != nil {
		return err
	}
	if _, err := tx.ExecContext(ctx, `DELETE FROM claims WHERE base = ?1 AND NOT EXISTS (SELECT 1 FROM version_permits p
		WHERE p.version = ?2 AND p.authority = claims.authority AND p.number = claims.number)`, e.base, e.id); err != nil {
		return fmt.Errorf("freeing permits that were dropped: %w", err)
	}
	if err := s.file(ctx, tx, signed.Event); err != nil {
		return err
	}
	if s.queue != nil {
		if err := s.queue.Render(ctx, tx, e.identifier); err != nil {
			return fmt.Errorf("queueing the document: %w", err)
		}
	}
	return audit(ctx, tx, at, actor, e.operation, e.identifier, e.predecessor)
}

// supersede ends the version that came before.
func supersede(ctx context.Context, tx *sql.Tx, e preparedEntry) error {
	var id int64
	var chunk, start uint32
	err := tx.QueryRowContext(ctx, `UPDATE versions SET state = 'superseded' WHERE identifier = ? AND state <> 'void' AND state = 'valid'
		RETURNING id, status_chunk, status_start`, e.predecessor).Scan(&id, &chunk, &start)
	if errors.Is(err, sql.ErrNoRows) {
		return issuer.ErrMoved
	}
	if err != nil {
		return fmt.Errorf("superseding the version before: %w", err)
	}
	if err := writeOwnEntry(ctx, tx, chunk, start, license.Superseded); err != nil {
		return err
	}
	return touchRecord(ctx, tx, e.base)
}

// touchRecord says that a license's signed record must be built anew.
func touchRecord(ctx context.Context, tx *sql.Tx, base string) error {
	_, err := tx.ExecContext(ctx, `INSERT INTO license_records (base, change) VALUES (?, 1)
		ON CONFLICT (base) DO UPDATE SET change = change + 1`, base)
	if err != nil {
		return fmt.Errorf("marking the license's record: %w", err)
	}
	return nil
}

// writeBlock writes all entries of a block.
func writeBlock(ctx context.Context, tx *sql.Tx, chunk, start uint32, entries string) error {
	if err := change(ctx, tx, `UPDATE status_blocks SET entries = ? WHERE chunk = ? AND start = ?`, entries, chunk, start); err != nil {
		return fmt.Errorf("writing status entries: %w", err)
	}
	return touchChunk(ctx, tx, chunk)
}

// writeOwnEntry writes the version's own entry, the first of its block.
func writeOwnEntry(ctx context.Context, tx *sql.Tx, chunk, start uint32, state license.State) error {
	if err := change(ctx, tx, `UPDATE status_blocks SET entries = ? || substr(entries, 2) WHERE chunk = ? AND start = ?`,
		letter(state), chunk, start); err != nil {
		return fmt.Errorf("writing a status entry: %w", err)
	}
	return touchChunk(ctx, tx, chunk)
}

func touchChunk(ctx context.Context, tx *sql.Tx, chunk uint32) error {
	if err := change(ctx, tx, `UPDATE status_chunks SET change = change + 1 WHERE chunk = ?`, chunk); err != nil {
		return fmt.Errorf("marking the status list: %w", err)
	}
	return nil
}

// statesOf gives the states of a version's permits, by act alone.
func statesOf(ctx context.Context, tx *sql.Tx, version int64) ([]license.State, error) {
	return column[license.State](ctx, tx, "reading the permits' states", `SELECT COALESCE(s.state, 'valid')
		FROM version_permits p LEFT JOIN permit_states s ON s.authority = p.authority AND s.number = p.number
		WHERE p.version = ? ORDER BY p.place`, version)
}

// lettersOfStates are the letters by which a block keeps its entries.
const lettersOfStates = "VRSPWC"

var statesOfLetters = [...]license.State{license.Valid, license.Revoked, license.Suspended, license.Superseded, license.Withdrawn, license.Cancelled}

// letter gives the letter of a state; a state that no entry can have reads
// revoked.
func letter(s license.State) string {
	n := max(slices.Index(statesOfLetters[:], s), 0)
	if statesOfLetters[n] != s {
		n = 1
	}
	return lettersOfStates[n : n+1]
}

func letters(states []license.State) string {
	var b strings.Builder
	for _, s := range states {
		b.WriteString(letter(s))
	}
	return b.String()
}

// statesFrom reads letters back.
func statesFrom(entries string) []license.State {
	states := make([]license.State, len(entries))
	for n := range states {
		states[n] = license.Revoked
		if at := strings.IndexByte(lettersOfStates, entries[n]); at >= 0 {
			states[n] = statesOfLetters[at]
		}
	}
	return states
}
