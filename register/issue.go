package register

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"slices"

	"yizheng/issuer"
	"yizheng/library/metadata"
	"yizheng/license"
)

// Issue implements issuer.Journal. Locks are taken in the order of all writes:
// licenses, permits, rows, and at the end jobs and marks on status lists.
func (s *Store) Issue(ctx context.Context, b issuer.Batch) error {
	return s.writing(ctx, "issuing", func(tx *transaction) error {
		if err := tx.plansFor(ctx, len(b.Entries)); err != nil {
			return err
		}
		if b.Key != "" {
			if err := keyIsFree(ctx, tx, b.Key); err != nil {
				return err
			}
		}
		if err := storeBatch(ctx, tx, b); err != nil || len(b.Entries) == 0 {
			return err
		}
		if err := keysAreOpen(ctx, tx, b.Entries); err != nil {
			return err
		}
		if err := statesStand(ctx, tx, b.Entries); err != nil {
			return err
		}
		if err := endPredecessors(ctx, tx, b.Entries); err != nil {
			return err
		}
		if err := contentsAreFree(ctx, tx, b.Entries); err != nil {
			return err
		}
		ids, err := storeVersions(ctx, tx, b)
		if err != nil {
			return err
		}
		if err := claim(ctx, tx, ids, b.Entries); err != nil {
			return err
		}
		if err := permitsAreHeld(ctx, tx, b.ID); err != nil {
			return err
		}
		if err := makeCurrent(ctx, tx, ids, b.Entries); err != nil {
			return err
		}
		return record(ctx, tx, b)
	})
}

// storeBatch stores who asked for what, and the answer.
func storeBatch(ctx context.Context, tx *transaction, b issuer.Batch) error {
	answer, err := json.Marshal(b.Answer)
	if err != nil {
		return fmt.Errorf("writing the answer: %w", err)
	}
	return tx.do(ctx, "storing the batch", `INSERT INTO batches (id, request_key, request_hash, answer, phase, actor, prepared_at, finished_at, ends_known)
		VALUES ($1, $2, $3, $4, 'issued', $5, $6, $6, 1)`,
		b.ID, sql.NullString{String: b.Key, Valid: b.Key != ""}, b.Hash[:], string(answer), b.Actor, b.At.Unix())
}

// keysAreOpen refuses what was signed by a key that is closed. On PostgreSQL
// whoever closes one waits until this transaction has ended, as it has read the
// table: see CloseKey.
func keysAreOpen(ctx context.Context, tx *transaction, entries []issuer.Entry) error {
	var asked string
	for n, e := range entries {
		if n > 0 && e.KeyID == asked {
			continue
		}
		asked = e.KeyID
		closed, err := column[string](ctx, tx, "looking for a closed key", `SELECT key_id FROM closed_keys WHERE key_id IN ($1, '')`, asked)
		if err != nil {
			return err
		}
		if len(closed) > 0 {
			return fmt.Errorf("%w: %s", issuer.ErrKeyClosed, asked)
		}
	}
	return nil
}

// statesStand holds the licenses that are there already and all permits, so
// that nobody changes or acts on them until the end, and refuses entries that
// say of a permit what is no longer so.
func statesStand(ctx context.Context, tx *transaction, entries []issuer.Entry) error {
	var bases []string
	var keys []issuer.PermitKey
	var permits [][]any
	var said []license.State
	for _, e := range entries {
		if e.Predecessor != "" {
			bases = append(bases, e.License.Identifier.Base())
		}
		if len(e.States) != len(e.License.Permits) {
			return fmt.Errorf("%s has %d permits, and %d states", e.License.Identifier, len(e.License.Permits), len(e.States))
		}
		for n, p := range e.License.Permits {
			permits = append(permits, []any{len(permits), p.Authority, p.Number})
			keys = append(keys, issuer.PermitKey{Authority: p.Authority, Number: p.Number})
			said = append(said, e.States[n])
		}
	}
	if err := tx.holdLicenses(ctx, sorted(bases)); err != nil {
		return err
	}
	if err := tx.holdPermits(ctx, keys, false); err != nil {
		return err
	}
	states := make([]license.State, len(said))
	for n := range states {
		states[n] = license.Valid // of which no act was recorded
	}
	err := askEach(ctx, tx, "reading the permits' states", "n BIGINT, authority TEXT, number TEXT", `SELECT g.n, s.state FROM given g
		JOIN permit_states s ON s.authority = g.authority AND s.number = g.number`, permits, func(r row) error {
		var n int
		var state string
		err := r.Scan(&n, &state)
		states[n] = license.State(state)
		return err
	})
	if err != nil {
		return err
	}
	if !slices.Equal(states, said) {
		return issuer.ErrMoved
	}
	return nil
}

// storeVersions stores licenses and versions as they stand from now on, and
// gives the versions' ids.
func storeVersions(ctx context.Context, tx *transaction, b issuer.Batch) ([]int64, error) {
	var licenses, versions [][]any
	for place, e := range b.Entries {
		l := e.License
		base := l.Identifier.Base()
		text, err := json.Marshal(l)
		if err != nil {
			return nil, fmt.Errorf("writing the license: %w", err)
		}
		if e.Predecessor == "" {
			licenses = append(licenses, []any{base, l.Number, string(l.Holder.CreditCode), l.Holder.Name, l.Industry, "valid"})
		}
		versions = append(versions, []any{l.Identifier.String(), base, l.Identifier.Version, b.ID, place, "valid", e.Content[:], e.Operation,
			e.Predecessor, string(text), e.KeyID, e.Text, b.At.Unix(), l.StatusIndex / issuer.ChunkSize, l.StatusIndex % issuer.ChunkSize})
	}
	// A serial that is there was given again, after a crash of the database took
	// our reservation of it away.
	err := addNew(ctx, tx, "storing the license", `INSERT INTO licenses (base, number, holder_code, holder_name, industry, state)`, licenses)
	if err != nil {
		return nil, err
	}
	// With RETURNING id SQLite would look through every license for one whose
	// current version this is to be.
	err = addEach(ctx, tx, "storing the version", `INSERT INTO versions (identifier, base, version, batch, place, state, content, operation,
		predecessor, license, key_id, text, issued_at, status_chunk, status_start)`, "", versions)
	if err != nil {
		return nil, err
	}
	ids, err := column[int64](ctx, tx, "reading the versions", `SELECT id FROM versions WHERE batch = $1 ORDER BY place`, b.ID)
	if err != nil {
		return nil, err
	}
	if len(ids) != len(b.Entries) {
		return nil, fmt.Errorf("the batch has %d versions in the place of %d", len(ids), len(b.Entries))
	}
	return ids, nil
}

// claim takes what versions were promised, their status entries, and what they
// list, their permits.
func claim(ctx context.Context, tx *transaction, ids []int64, entries []issuer.Entry) error {
	var blocks, permits, claims [][]any
	for n, e := range entries {
		l := e.License
		chunk := l.StatusIndex / issuer.ChunkSize
		tx.chunks = append(tx.chunks, chunk)
		blocks = append(blocks, []any{ids[n], chunk, l.StatusIndex % issuer.ChunkSize, 1 + len(l.Permits), letter(license.Valid) + letters(e.States)})
		for place, p := range l.Permits {
			permits = append(permits, []any{ids[n], place, p.Authority, p.Number, ends(p.ValidUntil)})
			claims = append(claims, []any{p.Authority, p.Number, l.Identifier.Base()})
		}
	}
	err := changeEach(ctx, tx, "taking the reserved status entries", "version BIGINT, chunk BIGINT, start BIGINT, length BIGINT, entries TEXT",
		`UPDATE status_blocks SET version = g.version, entries = g.entries FROM given g
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

// makeCurrent makes each version the current one of its license.
func makeCurrent(ctx context.Context, tx *transaction, ids []int64, entries []issuer.Entry) error {
	var currents [][]any
	for n, e := range entries {
		if e.Predecessor == "" {
			currents = append(currents, []any{e.License.Identifier.Base(), ids[n]})
			continue
		}
		if err := succeed(ctx, tx, ids[n], e.License); err != nil {
			return err
		}
	}
	return changeEach(ctx, tx, "making the version current", "base TEXT, id BIGINT",
		`UPDATE licenses SET current = g.id FROM given g WHERE licenses.base = g.base AND licenses.current IS NULL`, currents)
}

// record queues the filings and documents of what was issued, and writes the
// audit trail.
func record(ctx context.Context, tx *transaction, b issuer.Batch) error {
	var events []metadata.Event
	var lines [][]any
	for _, e := range b.Entries {
		events = append(events, e.Event)
		lines = append(lines, []any{b.At.Unix(), b.Actor, e.Operation, e.License.Identifier.String(), e.Predecessor})
	}
	if len(b.Entries) > 1 {
		tx.batch = b.ID
	} else {
		for _, e := range b.Entries {
			tx.licenses, tx.drawn = append(tx.licenses, e.License.Identifier.Base()), append(tx.drawn, e.License.Identifier.String())
		}
	}
	if err := enqueue(ctx, tx, events...); err != nil {
		return err
	}
	return addEach(ctx, tx, "writing the audit trail", `INSERT INTO audit (at, actor, act, subject, detail)`, "", lines)
}
