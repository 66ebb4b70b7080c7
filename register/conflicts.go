package register

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"

	"yizheng/issuer"
)

// keyIsFree refuses an idempotency key that was used.
func keyIsFree(ctx context.Context, q querier, key string) error {
	held := issuer.Conflict{Kind: issuer.KeyHeld}
	err := q.queryRow(ctx, `SELECT id, phase = 'prepared' FROM batches WHERE request_key = $1`, key).Scan(&held.Batch, &held.Left)
	if errors.Is(err, sql.ErrNoRows) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("looking up the key: %w", err)
	}
	return &held
}

// contentsAtOnce is how many contents one statement asks for: as many as
// contentsHeld has parameters.
const contentsAtOnce = 16

const contentsHeld = `SELECT batch, content, state = 'prepared' FROM versions
	WHERE content IN ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16) AND state IN ('prepared', 'valid')`

// asked fills the parameters of a statement that asks for contentsAtOnce.
func asked(contents [][32]byte) []any {
	args := make([]any, contentsAtOnce)
	for n := range args {
		args[n] = contents[min(n, len(contents)-1)][:]
	}
	return args
}

// contentsAreFree refuses content that another license has, or was about to have
// when a program of before ended.
func contentsAreFree(ctx context.Context, q querier, entries []issuer.Entry) error {
	place := 0
	for some := range slices.Chunk(entries, contentsAtOnce) {
		contents := make([][32]byte, len(some))
		for n, e := range some {
			contents[n] = e.Content
		}
		type held struct {
			batch   string
			content []byte
			left    bool
		}
		found, err := list(ctx, q, "looking for the same content", func(r row) (h held, err error) {
			return h, r.Scan(&h.batch, &h.content, &h.left)
		}, contentsHeld, asked(contents)...)
		if err != nil {
			return err
		}
		for n, e := range some {
			for _, h := range found {
				if bytes.Equal(h.content, e.Content[:]) {
					return &issuer.Conflict{Kind: issuer.ContentHeld, Entry: place + n, Batch: h.batch, Left: h.left}
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
	held := issuer.Conflict{Kind: issuer.PermitHeld}
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
		held.Batch, held.Left = other, true
	}
	return &held
}

// versionIsNext refuses a change of a version that is not the current one, or
// that a program of before was changing when it ended.
func versionIsNext(ctx context.Context, q querier, place int, base, predecessor string) error {
	held := issuer.Conflict{Kind: issuer.VersionHeld, Entry: place, Base: base}
	batch, found, err := preparedBatch(ctx, q, base)
	if err != nil {
		return err
	}
	if found {
		held.Batch, held.Left = batch, true
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
