package register

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"yizheng/issuer"
	"yizheng/library/metadata"
	"yizheng/license"
)

// Complete implements issuer.Journal.
func (s *Store) Complete(ctx context.Context, c issuer.Completion) error {
	err := s.writing(ctx, "completing a batch", func(tx *transaction) error {
		if err := tx.plansFor(ctx, len(c.Entries)); err != nil {
			return err
		}
		if err := tx.change(ctx, "ending the batch", `UPDATE batches SET phase = 'issued', finished_at = $1 WHERE id = $2 AND phase = 'prepared'
			AND NOT EXISTS (SELECT 1 FROM closed_keys k JOIN versions v ON k.key_id IN (v.key_id, '') WHERE v.batch = $2)`,
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
			if !slices.Equal(e.states, c.Entries[n].States) {
				return issuer.ErrMoved
			}
			if e.predecessor != "" {
				if err := supersede(ctx, tx, e); err != nil {
					return err
				}
			}
		}
		if err := completeVersions(ctx, tx, entries, c); err != nil {
			return err
		}
		for _, e := range entries {
			if e.predecessor != "" {
				if err := succeed(ctx, tx, e); err != nil {
					return err
				}
			}
		}
		return record(ctx, tx, entries, c)
	})
	return s.closedMeanwhile(ctx, c.Batch, err)
}

// preparedEntry is what completing needs to know of a prepared version.
type preparedEntry struct {
	id                                       int64
	identifier, base, operation, predecessor string
	chunk, start                             uint32
	license                                  struct { // of one that has a predecessor
		Industry string `json:"industry"`
		Holder   struct {
			Name       string `json:"name"`
			CreditCode string `json:"creditCode"`
		} `json:"holder"`
	}
	states []license.State // of the permits, by act alone
}

// preparedEntries holds the licenses and the permits of a batch, so that
// nobody changes or acts on them until the end, and reads its entries.
func preparedEntries(ctx context.Context, tx *transaction, batch string) ([]preparedEntry, error) {
	if err := holdBatch(ctx, tx, batch); err != nil {
		return nil, err
	}
	type held struct {
		version int64
		key     issuer.PermitKey
	}
	permits, err := list(ctx, tx, "reading the batch's permits", func(r row) (h held, err error) {
		return h, r.Scan(&h.version, &h.key.Authority, &h.key.Number)
	}, `SELECT p.version, p.authority, p.number FROM versions v JOIN version_permits p ON p.version = v.id WHERE v.batch = $1
		ORDER BY v.place, p.place`, batch)
	if err != nil {
		return nil, err
	}
	keys := make([]issuer.PermitKey, len(permits))
	for n, p := range permits {
		keys[n] = p.key
	}
	if err := tx.holdPermits(ctx, keys, false); err != nil {
		return nil, err
	}
	entries, err := list(ctx, tx, "reading the batch", func(r row) (e preparedEntry, _ error) {
		var text string
		if err := r.Scan(&e.id, &e.identifier, &e.base, &e.operation, &e.predecessor, &e.chunk, &e.start, &text); err != nil {
			return e, err
		}
		if e.predecessor == "" {
			return e, nil
		}
		return e, json.Unmarshal([]byte(text), &e.license)
	}, `SELECT id, identifier, base, operation, predecessor, status_chunk, status_start, CASE predecessor WHEN '' THEN '' ELSE license END
		FROM versions WHERE batch = $1 ORDER BY place`, batch)
	if err != nil {
		return nil, err
	}
	// Asked now that they are held, and in the order of the permits above.
	states, err := column[license.State](ctx, tx, "reading the permits' states", `SELECT COALESCE(s.state, 'valid')
		FROM versions v JOIN version_permits p ON p.version = v.id
		LEFT JOIN permit_states s ON s.authority = p.authority AND s.number = p.number
		WHERE v.batch = $1 ORDER BY v.place, p.place`, batch)
	if err != nil {
		return nil, err
	}
	if len(states) != len(permits) {
		return nil, fmt.Errorf("the batch has %d permits, and %d states", len(permits), len(states))
	}
	for n := range entries {
		for ; len(permits) > 0 && permits[0].version == entries[n].id; permits, states = permits[1:], states[1:] {
			entries[n].states = append(entries[n].states, states[0])
		}
	}
	return entries, nil
}

// completeVersions makes prepared versions those that stand, and the current
// ones of licenses that are new.
func completeVersions(ctx context.Context, tx *transaction, entries []preparedEntry, c issuer.Completion) error {
	var texts, currents, blocks [][]any
	for n, e := range entries {
		texts = append(texts, []any{e.id, c.Entries[n].Text, c.At.Unix()})
		if e.predecessor == "" {
			currents = append(currents, []any{e.base, e.id})
		}
		blocks = append(blocks, []any{e.chunk, e.start, letter(license.Valid) + letters(e.states)})
		tx.chunks = append(tx.chunks, e.chunk)
	}
	err := changeEach(ctx, tx, "storing the signed text", "id BIGINT, text TEXT, at BIGINT",
		`UPDATE versions SET state = 'valid', text = g.text, signing_input = NULL, issued_at = g.at FROM given g
		WHERE versions.id = g.id AND versions.state = 'prepared'`, texts)
	if err != nil {
		return err
	}
	err = changeEach(ctx, tx, "making the version current", "base TEXT, id BIGINT",
		`UPDATE licenses SET current = g.id, state = 'valid' FROM given g WHERE licenses.base = g.base AND licenses.state = 'prepared'`, currents)
	if err != nil {
		return err
	}
	return changeEach(ctx, tx, "writing status entries", "chunk BIGINT, start BIGINT, entries TEXT",
		`UPDATE status_blocks SET entries = g.entries FROM given g WHERE status_blocks.chunk = g.chunk AND status_blocks.start = g.start`, blocks)
}

// succeed makes a version the current one of a license that had another.
func succeed(ctx context.Context, tx *transaction, e preparedEntry) error {
	if e.operation == "reissue" {
		// Now that the version before has ended, the content is this one's.
		if err := tx.change(ctx, "taking the content over", `UPDATE versions SET content = (SELECT p.content FROM versions p
			WHERE p.identifier = $1 AND p.state <> 'void') WHERE id = $2`, e.predecessor, e.id); err != nil {
			return err
		}
	}
	if err := tx.change(ctx, "making the version current", `UPDATE licenses SET current = $1, holder_code = $2, holder_name = $3, industry = $4
		WHERE base = $5 AND state = 'valid'`, e.id, e.license.Holder.CreditCode, e.license.Holder.Name, e.license.Industry, e.base); err != nil {
		return err
	}
	return tx.do(ctx, "freeing permits that were dropped", `DELETE FROM claims WHERE base = $1 AND NOT EXISTS (SELECT 1 FROM version_permits p
		WHERE p.version = $2 AND p.authority = claims.authority AND p.number = claims.number)`, e.base, e.id)
}

// record queues the filings and documents of what was issued, and writes the
// audit trail.
func record(ctx context.Context, tx *transaction, entries []preparedEntry, c issuer.Completion) error {
	var events []metadata.Event
	var lines [][]any
	for n, e := range entries {
		events = append(events, c.Entries[n].Event)
		lines = append(lines, []any{c.At.Unix(), c.Actor, e.operation, e.identifier, e.predecessor})
	}
	if len(entries) > 1 {
		tx.batch = c.Batch
	} else {
		for _, e := range entries {
			tx.licenses, tx.drawn = append(tx.licenses, e.base), append(tx.drawn, e.identifier)
		}
	}
	if err := enqueue(ctx, tx, events...); err != nil {
		return err
	}
	return addEach(ctx, tx, "writing the audit trail", `INSERT INTO audit (at, actor, act, subject, detail)`, "", lines)
}

// supersede ends the version that came before.
func supersede(ctx context.Context, tx *transaction, e preparedEntry) error {
	var chunk, start uint32
	err := tx.queryRow(ctx, `UPDATE versions SET state = 'superseded' WHERE identifier = $1 AND state <> 'void' AND state = 'valid'
		RETURNING status_chunk, status_start`, e.predecessor).Scan(&chunk, &start)
	if errors.Is(err, sql.ErrNoRows) {
		return issuer.ErrMoved
	}
	if err != nil {
		return fmt.Errorf("superseding the version before: %w", err)
	}
	if err := writeOwnEntry(ctx, tx, chunk, start, license.Superseded); err != nil {
		return err
	}
	return tx.do(ctx, "marking the license's record", `INSERT INTO license_records (base, change) VALUES ($1, 1)
		ON CONFLICT (base) DO UPDATE SET change = license_records.change + 1`, e.base)
}

// writeOwnEntry writes the version's own entry, the first of its block.
func writeOwnEntry(ctx context.Context, tx *transaction, chunk, start uint32, state license.State) error {
	tx.chunks = append(tx.chunks, chunk)
	return tx.change(ctx, "writing a status entry", `UPDATE status_blocks SET entries = $1 || substr(entries, 2) WHERE chunk = $2 AND start = $3`,
		letter(state), chunk, start)
}

// statesOf gives the states of a version's permits, by act alone.
func statesOf(ctx context.Context, q querier, version int64) ([]license.State, error) {
	return column[license.State](ctx, q, "reading the permits' states", `SELECT COALESCE(s.state, 'valid')
		FROM version_permits p LEFT JOIN permit_states s ON s.authority = p.authority AND s.number = p.number
		WHERE p.version = $1 ORDER BY p.place`, version)
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
