package register

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"yizheng/issuer"
	"yizheng/license"
)

// Reserve implements issuer.Journal.
func (s *Store) Reserve(ctx context.Context, year int, wants []issuer.Want, draw func() (uint32, error)) ([]issuer.Slot, error) {
	var slots []issuer.Slot
	err := s.writing(ctx, "reserving serials", func(tx *sql.Tx) error {
		slots = make([]issuer.Slot, 0, len(wants))
		for _, w := range wants {
			serial := w.Serial
			if serial == "" {
				var last int
				err := tx.QueryRowContext(ctx, `INSERT INTO serials (year, last) VALUES (?, 1)
					ON CONFLICT (year) DO UPDATE SET last = last + 1 RETURNING last`, year).Scan(&last)
				if err != nil {
					return fmt.Errorf("counting: %w", err)
				}
				serial = fmt.Sprintf("%04d%07d", year, last)
			}
			index, err := place(ctx, tx, w.Length, draw)
			if err != nil {
				return err
			}
			slots = append(slots, issuer.Slot{Serial: serial, Index: index})
		}
		return nil
	})
	return slots, err
}

// place takes a block of status entries that nobody has, and lets the chunks
// grow where they are full enough.
func place(ctx context.Context, tx *sql.Tx, length int, draw func() (uint32, error)) (uint32, error) {
	var chunks uint32
	if err := tx.QueryRowContext(ctx, `SELECT COALESCE(MAX(chunk) + 1, 0) FROM status_chunks`).Scan(&chunks); err != nil {
		return 0, fmt.Errorf("counting status lists: %w", err)
	}
	var used int64
	err := tx.QueryRowContext(ctx, `SELECT COALESCE(SUM(used), 0) FROM status_chunks WHERE chunk >= ?`,
		int64(chunks)-issuer.OpenChunks).Scan(&used)
	if err != nil {
		return 0, fmt.Errorf("counting status entries: %w", err)
	}
	for grown := issuer.Grown(chunks, used, issuer.ChunkSize); chunks < grown; chunks++ {
		if _, err := tx.ExecContext(ctx, `INSERT INTO status_chunks (chunk) VALUES (?)`, chunks); err != nil {
			return 0, fmt.Errorf("adding a status list: %w", err)
		}
	}
	index, ok, err := issuer.Place(length, chunks, issuer.ChunkSize, draw, func(chunk, offset uint32) (bool, error) {
		// No block is longer than MaxBlock, so only those that begin so near
		// before can reach in.
		var taken bool
		err := tx.QueryRowContext(ctx, `SELECT EXISTS (SELECT 1 FROM status_blocks
			WHERE chunk = ? AND start > ? AND start < ? AND start + length > ?)`,
			chunk, int64(offset)-issuer.MaxBlock, int64(offset)+int64(length), offset).Scan(&taken)
		return !taken, err
	})
	if err != nil {
		return 0, fmt.Errorf("placing status entries: %w", err)
	}
	if !ok {
		return 0, errors.New("placing status entries: no room was found")
	}
	_, err = tx.ExecContext(ctx, `INSERT INTO status_blocks (chunk, start, length, entries) VALUES (?, ?, ?, ?)`,
		index/issuer.ChunkSize, index%issuer.ChunkSize, length, strings.Repeat(letter(license.Revoked), length))
	if err != nil {
		return 0, fmt.Errorf("taking status entries: %w", err)
	}
	_, err = tx.ExecContext(ctx, `UPDATE status_chunks SET used = used + ? WHERE chunk = ?`, length, index/issuer.ChunkSize)
	if err != nil {
		return 0, fmt.Errorf("counting status entries: %w", err)
	}
	return index, nil
}

// Prepare implements issuer.Journal.
func (s *Store) Prepare(ctx context.Context, b issuer.Batch) error {
	return s.writing(ctx, "preparing", func(tx *sql.Tx) error {
		if b.Key != "" {
			if err := keyIsFree(ctx, tx, b.Key); err != nil {
				return err
			}
		}
		phase, finished := issuer.Prepared, sql.NullInt64{}
		if len(b.Entries) == 0 {
			phase, finished = issuer.IssuedAs, sql.NullInt64{Int64: b.PreparedAt.Unix(), Valid: true}
		}
		answer, err := json.Marshal(b.Answer)
		if err != nil {
			return fmt.Errorf("writing the answer: %w", err)
		}
		_, err = tx.ExecContext(ctx, `INSERT INTO batches (id, request_key, request_hash, answer, phase, actor, prepared_at, finished_at)
			VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
			b.ID, sql.NullString{String: b.Key, Valid: b.Key != ""}, b.Hash[:], string(answer), string(phase), b.Actor, b.PreparedAt.Unix(), finished)
		if err != nil {
			return fmt.Errorf("storing the batch: %w", err)
		}
		for n, e := range b.Entries {
			if err := prepareEntry(ctx, tx, b.ID, n, e); err != nil {
				return err
			}
		}
		return nil
	})
}

// keyIsFree refuses an idempotency key that was used.
func keyIsFree(ctx context.Context, tx *sql.Tx, key string) error {
	held := issuer.Conflict{Kind: issuer.KeyHeld}
	var hash []byte
	err := tx.QueryRowContext(ctx, `SELECT id, phase, request_hash FROM batches WHERE request_key = ?`, key).
		Scan(&held.Batch, (*string)(&held.Phase), &hash)
	if errors.Is(err, sql.ErrNoRows) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("looking up the key: %w", err)
	}
	copy(held.Hash[:], hash)
	return &held
}

// prepareEntry stores one version with its claims.
func prepareEntry(ctx context.Context, tx *sql.Tx, batch string, place int, e issuer.Entry) error {
	if err := claimsAreFree(ctx, tx, place, e); err != nil {
		return err
	}
	l := e.License
	base := l.Identifier.Base()
	text, err := json.Marshal(l)
	if err != nil {
		return fmt.Errorf("writing the license: %w", err)
	}
	if e.Predecessor == "" {
		_, err := tx.ExecContext(ctx, `INSERT INTO licenses (base, number, holder_code, holder_name, industry, state)
			VALUES (?, ?, ?, ?, ?, 'prepared')`, base, l.Number, string(l.Holder.CreditCode), l.Holder.Name, l.Industry)
		if err != nil {
			return fmt.Errorf("storing the license: %w", err)
		}
	}
	chunk, start := l.StatusIndex/issuer.ChunkSize, l.StatusIndex%issuer.ChunkSize
	r, err := tx.ExecContext(ctx, `INSERT INTO versions (identifier, base, version, batch, place, state, content, operation,
		predecessor, license, key_id, signing_input, status_chunk, status_start)
		VALUES (?, ?, ?, ?, ?, 'prepared', ?, ?, ?, ?, ?, ?, ?, ?)`,
		l.Identifier.String(), base, l.Identifier.Version, batch, place, e.Content[:], e.Operation,
		e.Predecessor, string(text), e.KeyID, e.SigningInput, chunk, start)
	if err != nil {
		return fmt.Errorf("storing the version: %w", err)
	}
	version, err := r.LastInsertId()
	if err != nil {
		return fmt.Errorf("storing the version: %w", err)
	}
	if err := change(ctx, tx, `UPDATE status_blocks SET version = ? WHERE chunk = ? AND start = ? AND version IS NULL AND length = ?`,
		version, chunk, start, 1+len(l.Permits)); err != nil {
		return fmt.Errorf("taking the reserved status entries: %w", err)
	}
	for n, p := range l.Permits {
		if _, err := tx.ExecContext(ctx, `INSERT INTO version_permits (version, place, authority, number) VALUES (?, ?, ?, ?)`,
			version, n, p.Authority, p.Number); err != nil {
			return fmt.Errorf("storing a permit: %w", err)
		}
		if _, err := tx.ExecContext(ctx, `INSERT INTO claims (authority, number, base) VALUES (?, ?, ?)
			ON CONFLICT (authority, number) DO NOTHING`, p.Authority, p.Number, base); err != nil {
			return fmt.Errorf("claiming a permit: %w", err)
		}
	}
	return nil
}

// claimsAreFree refuses an entry whose content, version or permits are held
// by another.
func claimsAreFree(ctx context.Context, tx *sql.Tx, place int, e issuer.Entry) error {
	held := issuer.Conflict{Entry: place}
	err := tx.QueryRowContext(ctx, `SELECT batch, CASE state WHEN 'prepared' THEN 'prepared' ELSE 'issued' END
		FROM versions WHERE content = ? AND state IN ('prepared', 'valid')`, e.Content[:]).
		Scan(&held.Batch, (*string)(&held.Phase))
	if err == nil {
		held.Kind = issuer.ContentHeld
		return &held
	}
	if !errors.Is(err, sql.ErrNoRows) {
		return fmt.Errorf("looking for the same content: %w", err)
	}
	base := e.License.Identifier.Base()
	if e.Predecessor != "" {
		if err := versionIsNext(ctx, tx, place, base, e.Predecessor); err != nil {
			return err
		}
	}
	for _, p := range e.License.Permits {
		held := issuer.Conflict{Kind: issuer.PermitHeld, Entry: place, Phase: issuer.IssuedAs,
			Key: issuer.PermitKey{Authority: p.Authority, Number: p.Number}}
		err := tx.QueryRowContext(ctx, `SELECT base FROM claims WHERE authority = ? AND number = ?`, p.Authority, p.Number).Scan(&held.Base)
		if errors.Is(err, sql.ErrNoRows) || err == nil && held.Base == base {
			continue
		}
		if err != nil {
			return fmt.Errorf("looking for the permit: %w", err)
		}
		batch, found, err := preparedBatch(ctx, tx, held.Base)
		if err != nil {
			return err
		}
		if found {
			held.Batch, held.Phase = batch, issuer.Prepared
		}
		return &held
	}
	return nil
}

// versionIsNext refuses a change of a version that is not the current one, or
// that another change of is under way.
func versionIsNext(ctx context.Context, tx *sql.Tx, place int, base, predecessor string) error {
	held := issuer.Conflict{Kind: issuer.VersionHeld, Entry: place, Base: base, Phase: issuer.IssuedAs}
	batch, found, err := preparedBatch(ctx, tx, base)
	if err != nil {
		return err
	}
	if found {
		held.Batch, held.Phase = batch, issuer.Prepared
		return &held
	}
	var current bool
	err = tx.QueryRowContext(ctx, `SELECT EXISTS (SELECT 1 FROM licenses l JOIN versions v ON v.id = l.current
		WHERE l.base = ? AND l.state = 'valid' AND v.identifier = ?)`, base, predecessor).Scan(&current)
	if err != nil {
		return fmt.Errorf("looking for the current version: %w", err)
	}
	if !current {
		return &held
	}
	return nil
}

// preparedBatch gives the batch that is at work on the license.
func preparedBatch(ctx context.Context, tx *sql.Tx, base string) (batch string, found bool, _ error) {
	err := tx.QueryRowContext(ctx, `SELECT batch FROM versions WHERE base = ? AND state = 'prepared'`, base).Scan(&batch)
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
	return s.writing(ctx, "giving a batch up", func(tx *sql.Tx) error {
		if err := change(ctx, tx, `UPDATE batches SET phase = 'void', request_key = NULL, finished_at = ? WHERE id = ? AND phase = 'prepared'`,
			at.Unix(), batch); err != nil {
			return err
		}
		// Claims of the license's current version stay; a new license's all go.
		for _, statement := range []string{
			`DELETE FROM claims WHERE base IN (SELECT base FROM versions WHERE batch = ?) AND NOT EXISTS (
				SELECT 1 FROM licenses l JOIN version_permits p ON p.version = l.current
				WHERE l.base = claims.base AND p.authority = claims.authority AND p.number = claims.number)`,
			`DELETE FROM version_permits WHERE version IN (SELECT id FROM versions WHERE batch = ?)`,
			`UPDATE licenses SET state = 'void' WHERE state = 'prepared' AND base IN (SELECT base FROM versions WHERE batch = ?)`,
			`UPDATE versions SET state = 'void', signing_input = NULL WHERE batch = ?`,
		} {
			if _, err := tx.ExecContext(ctx, statement, batch); err != nil {
				return fmt.Errorf("freeing claims: %w", err)
			}
		}
		return audit(ctx, tx, at, actor, "void", batch, reason)
	})
}

// Unfinished implements issuer.Journal.
func (s *Store) Unfinished(ctx context.Context) ([]string, error) {
	return column[string](ctx, s.read, "listing unfinished batches", `SELECT id FROM batches WHERE phase = 'prepared' ORDER BY prepared_at, id`)
}

// column reads a query's one column.
func column[T any](ctx context.Context, q interface {
	QueryContext(context.Context, string, ...any) (*sql.Rows, error)
}, doing, query string, args ...any) ([]T, error) {
	rows, err := q.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", doing, err)
	}
	defer rows.Close()
	var values []T
	for rows.Next() {
		var v T
		if err := rows.Scan(&v); err != nil {
			return nil, fmt.Errorf("%s: %w", doing, err)
		}
		values = append(values, v)
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("%s: %w", doing, err)
	}
	return values, nil
}
