package register

import (
	"bytes"
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"yizheng/issuer"
	"yizheng/license"
)

// Prepare implements issuer.Journal.
func (s *Store) Prepare(ctx context.Context, b issuer.Batch) error {
	return s.writing(ctx, "preparing", func(tx *transaction) error {
		if err := tx.plansFor(ctx, len(b.Entries)); err != nil {
			return err
		}
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
		err = tx.do(ctx, "storing the batch", `INSERT INTO batches (id, request_key, request_hash, answer, phase, actor, prepared_at, finished_at, ends_known)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 1)`,
			b.ID, sql.NullString{String: b.Key, Valid: b.Key != ""}, b.Hash[:], string(answer), string(phase), b.Actor, b.PreparedAt.Unix(), finished)
		if err != nil {
			return err
		}
		var bases []string // of licenses that are there already
		for _, e := range b.Entries {
			if e.Predecessor != "" {
				bases = append(bases, e.License.Identifier.Base())
			}
		}
		if err := tx.holdLicenses(ctx, sorted(bases)); err != nil {
			return err
		}
		if err := contentsAreFree(ctx, tx, b.Entries); err != nil {
			return err
		}
		if err := prepareEntries(ctx, tx, b); err != nil {
			return err
		}
		return permitsAreHeld(ctx, tx, b.ID)
	})
}

// keyIsFree refuses an idempotency key that was used.
func keyIsFree(ctx context.Context, q querier, key string) error {
	held := issuer.Conflict{Kind: issuer.KeyHeld}
	var hash []byte
	err := q.queryRow(ctx, `SELECT id, phase, request_hash FROM batches WHERE request_key = $1`, key).
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

// prepareEntries stores the versions of a batch with their claims.
func prepareEntries(ctx context.Context, tx *transaction, b issuer.Batch) error {
	var licenses, versions [][]any
	for place, e := range b.Entries {
		l := e.License
		base := l.Identifier.Base()
		text, err := json.Marshal(l)
		if err != nil {
			return fmt.Errorf("writing the license: %w", err)
		}
		if e.Predecessor == "" {
			licenses = append(licenses, []any{base, l.Number, string(l.Holder.CreditCode), l.Holder.Name, l.Industry, "prepared"})
		} else if err := versionIsNext(ctx, tx, place, base, e.Predecessor); err != nil {
			return err
		}
		versions = append(versions, []any{l.Identifier.String(), base, l.Identifier.Version, b.ID, place, "prepared", e.Content[:], e.Operation,
			e.Predecessor, string(text), e.KeyID, e.SigningInput, l.StatusIndex / issuer.ChunkSize, l.StatusIndex % issuer.ChunkSize})
	}
	err := addEach(ctx, tx, "storing the license", `INSERT INTO licenses (base, number, holder_code, holder_name, industry, state)`, "", licenses)
	if err != nil {
		return err
	}
	// With RETURNING id SQLite would look through every license for one whose
	// current version this is to be.
	err = addEach(ctx, tx, "storing the version", `INSERT INTO versions (identifier, base, version, batch, place, state, content, operation,
		predecessor, license, key_id, signing_input, status_chunk, status_start)`, "", versions)
	if err != nil {
		return err
	}
	ids, err := column[int64](ctx, tx, "reading the versions", `SELECT id FROM versions WHERE batch = $1 ORDER BY place`, b.ID)
	if err != nil {
		return err
	}
	if len(ids) != len(b.Entries) {
		return fmt.Errorf("the batch has %d versions in the place of %d", len(ids), len(b.Entries))
	}
	return claim(ctx, tx, ids, b.Entries)
}

// claim takes what versions were promised, their status entries, and what they
// list, their permits.
func claim(ctx context.Context, tx *transaction, ids []int64, entries []issuer.Entry) error {
	var blocks, permits, claims [][]any
	for n, e := range entries {
		l := e.License
		blocks = append(blocks, []any{ids[n], l.StatusIndex / issuer.ChunkSize, l.StatusIndex % issuer.ChunkSize, 1 + len(l.Permits)})
		for place, p := range l.Permits {
			permits = append(permits, []any{ids[n], place, p.Authority, p.Number, ends(p.ValidUntil)})
			claims = append(claims, []any{p.Authority, p.Number, l.Identifier.Base()})
		}
	}
	err := changeEach(ctx, tx, "taking the reserved status entries", "version BIGINT, chunk BIGINT, start BIGINT, length BIGINT",
		`UPDATE status_blocks SET version = g.version FROM given g
		WHERE status_blocks.chunk = g.chunk AND status_blocks.start = g.start AND status_blocks.version IS NULL AND status_blocks.length = g.length`, blocks)
	if err != nil {
		return err
	}
	err = addEach(ctx, tx, "storing a permit", `INSERT INTO version_permits (version, place, authority, number, valid_until)`, "", permits)
	if err != nil {
		return err
	}
	return addEach(ctx, tx, "claiming a permit", `INSERT INTO claims (authority, number, base)`, ` ON CONFLICT (authority, number) DO NOTHING`, claims)
}

// ends is the column of a permit's last day: nothing where it has none.
func ends(d license.Date) any {
	if d.IsZero() {
		return nil
	}
	return d.String()
}

// contentsAtOnce is how many contents one statement asks for: as many as
// contentsHeld has parameters.
const contentsAtOnce = 16

const contentsHeld = `SELECT batch, content, CASE state WHEN 'prepared' THEN 'prepared' ELSE 'issued' END FROM versions
	WHERE content IN ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16) AND state IN ('prepared', 'valid')`

// asked fills the parameters of a statement that asks for contentsAtOnce.
func asked(contents [][32]byte) []any {
	args := make([]any, contentsAtOnce)
	for n := range args {
		args[n] = contents[min(n, len(contents)-1)][:]
	}
	return args
}

// contentsAreFree refuses content that another license has, or is about to
// have.
func contentsAreFree(ctx context.Context, q querier, entries []issuer.Entry) error {
	place := 0
	for some := range slices.Chunk(entries, contentsAtOnce) {
		contents := make([][32]byte, len(some))
		for n, e := range some {
			contents[n] = e.Content
		}
		type held struct {
			batch, phase string
			content      []byte
		}
		found, err := list(ctx, q, "looking for the same content", func(r row) (h held, err error) {
			return h, r.Scan(&h.batch, &h.content, &h.phase)
		}, contentsHeld, asked(contents)...)
		if err != nil {
			return err
		}
		for n, e := range some {
			for _, h := range found {
				if bytes.Equal(h.content, e.Content[:]) {
					return &issuer.Conflict{Kind: issuer.ContentHeld, Entry: place + n, Batch: h.batch, Phase: issuer.Phase(h.phase)}
				}
			}
		}
		place += len(some)
	}
	return nil
}

// permitsAreHeld refuses a batch of which a permit is claimed by another
// license. It asks after the claims were made: a claim that was in the making
// elsewhere has been waited for. One that was in the way and is gone by now
// has left the permit to nobody, and the transaction begins anew.
func permitsAreHeld(ctx context.Context, q querier, batch string) error {
	held := issuer.Conflict{Kind: issuer.PermitHeld, Phase: issuer.IssuedAs}
	var base sql.NullString
	err := q.queryRow(ctx, `SELECT v.place, p.authority, p.number, c.base FROM versions v
		JOIN version_permits p ON p.version = v.id
		LEFT JOIN claims c ON c.authority = p.authority AND c.number = p.number
		WHERE v.batch = $1 AND (c.base IS NULL OR c.base <> v.base) ORDER BY v.place, p.place LIMIT 1`, batch).
		Scan(&held.Entry, &held.Key.Authority, &held.Key.Number, &base)
	if errors.Is(err, sql.ErrNoRows) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("looking for the permits: %w", err)
	}
	if !base.Valid {
		return errRaced
	}
	held.Base = base.String
	other, found, err := preparedBatch(ctx, q, held.Base)
	if err != nil {
		return err
	}
	if found {
		held.Batch, held.Phase = other, issuer.Prepared
	}
	return &held
}

// versionIsNext refuses a change of a version that is not the current one, or
// that another change of is under way.
func versionIsNext(ctx context.Context, q querier, place int, base, predecessor string) error {
	held := issuer.Conflict{Kind: issuer.VersionHeld, Entry: place, Base: base, Phase: issuer.IssuedAs}
	batch, found, err := preparedBatch(ctx, q, base)
	if err != nil {
		return err
	}
	if found {
		held.Batch, held.Phase = batch, issuer.Prepared
		return &held
	}
	var current bool
	err = q.queryRow(ctx, `SELECT EXISTS (SELECT 1 FROM licenses l JOIN versions v ON v.id = l.current
		WHERE l.base = $1 AND l.state = 'valid' AND v.identifier = $2)`, base, predecessor).Scan(&current)
	if err != nil {
		return fmt.Errorf("looking for the current version: %w", err)
	}
	if !current {
		return &held
	}
	return nil
}

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
