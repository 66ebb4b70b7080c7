package register

import (
	"context"
	"fmt"
	"math"
	"time"

	"yizheng/issuer"
)

// endless is an instant that never comes. SQLite takes a range of two ends for
// smaller than one of one, and then uses the index.
const endless = math.MaxInt64

// Due implements issuer.Lists.
func (s *Store) Due(ctx context.Context, expiring, ahead time.Time, limit int) (d issuer.Due, _ error) {
	err := s.reading(ctx, "finding what is to be built", func(q querier) (err error) {
		d.Chunks, err = column[uint32](ctx, q, "status lists", `SELECT chunk FROM status_chunks WHERE built < change
			UNION SELECT chunk FROM status_chunks WHERE expires_at BETWEEN 1 AND $1
			UNION SELECT chunk FROM status_chunks WHERE issued_at BETWEEN $2 AND $3 ORDER BY 1 LIMIT $4`, expiring.Unix(), ahead.Unix()+1, endless, limit)
		if err != nil {
			return err
		}
		d.Records, err = column[string](ctx, q, "records", `SELECT base FROM license_records WHERE built < change
			UNION SELECT base FROM license_records WHERE issued_at BETWEEN $1 AND $2 ORDER BY 1 LIMIT $3`, ahead.Unix()+1, endless, limit)
		return err
	})
	return d, err
}

// firstSequence is the sequence that a list or record goes on from which has
// none: 0, and in a register that was restored the milliseconds since 1970 of
// the last time. No list is signed a thousand times in a second, so whatever was
// published before, by what was lost or after an earlier restoration of the same
// copy, is below that; and it is far below 2^53.
const firstSequence = `(SELECT COALESCE(MAX(at), 0) * 1000 FROM audit WHERE subject = 'register' AND act = 'restored')`

const publishedColumns = `CASE sequence WHEN 0 THEN ` + firstSequence + ` ELSE sequence END, built, token, issued_at, expires_at`

func scanPublished(r row, p *issuer.Published, before ...any) error {
	var issued, expires int64
	if err := r.Scan(append(before, &p.Sequence, &p.Built, &p.Token, &issued, &expires)...); err != nil {
		return err
	}
	p.IssuedAt, p.ExpiresAt = instant(issued), instant(expires)
	return nil
}

// Chunk implements issuer.Lists.
func (s *Store) Chunk(ctx context.Context, number uint32) (c issuer.Chunk, _ error) {
	err := s.reading(ctx, "reading a status list", func(q querier) error {
		c = issuer.Chunk{Number: number}
		row := q.queryRow(ctx, `SELECT change, `+publishedColumns+` FROM status_chunks WHERE chunk = $1`, number)
		if err := scanPublished(row, &c.Published, &c.Change); err != nil {
			return err
		}
		rows, err := q.query(ctx, `SELECT start, entries FROM status_blocks WHERE chunk = $1 AND version IS NOT NULL ORDER BY start`, number)
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			var b issuer.Block
			var entries string
			if err := rows.Scan(&b.Offset, &entries); err != nil {
				return err
			}
			b.States = statesFrom(entries)
			c.Blocks = append(c.Blocks, b)
		}
		return rows.Err()
	})
	return c, err
}

// Record implements issuer.Lists.
func (s *Store) Record(ctx context.Context, base string) (r issuer.Record, _ error) {
	err := s.reading(ctx, "reading a license's record", func(q querier) error {
		r = issuer.Record{Base: base}
		row := q.queryRow(ctx, `SELECT change, `+publishedColumns+` FROM license_records WHERE base = $1`, base)
		if err := scanPublished(row, &r.Published, &r.Change); err != nil {
			return err
		}
		var err error
		r.Versions, err = versionsOf(ctx, q, base)
		return err
	})
	return r, err
}

// versionsOf gives every issued version of a license, the first one first.
func versionsOf(ctx context.Context, q querier, base string) ([]issuer.RecordedVersion, error) {
	return list(ctx, q, "listing versions", func(r row) (v issuer.RecordedVersion, _ error) {
		var issued int64
		err := r.Scan(&v.Identifier, (*string)(&v.State), &issued)
		v.IssuedAt = instant(issued)
		return v, err
	}, `SELECT identifier, state, issued_at FROM versions WHERE base = $1 AND text IS NOT NULL ORDER BY version`, base)
}

// PutList implements issuer.Lists.
func (s *Store) PutList(ctx context.Context, number uint32, p issuer.Published) error {
	return s.writing(ctx, "storing a status list", func(tx *transaction) error {
		return tx.change(ctx, "writing the token", `UPDATE status_chunks SET built = $1, sequence = $2, token = $3, issued_at = $4, expires_at = $5
			WHERE chunk = $6 AND (sequence = $7 OR sequence = 0 AND $7 = `+firstSequence+`)`, p.Built, p.Sequence, p.Token, seconds(p.IssuedAt), seconds(p.ExpiresAt), number, p.Sequence-1)
	})
}

// PutRecord implements issuer.Lists.
func (s *Store) PutRecord(ctx context.Context, base string, p issuer.Published) error {
	return s.writing(ctx, "storing a license's record", func(tx *transaction) error {
		return tx.change(ctx, "writing the token", `UPDATE license_records SET built = $1, sequence = $2, token = $3, issued_at = $4, expires_at = $5
			WHERE base = $6 AND (sequence = $7 OR sequence = 0 AND $7 = `+firstSequence+`)`, p.Built, p.Sequence, p.Token, seconds(p.IssuedAt), seconds(p.ExpiresAt), base, p.Sequence-1)
	})
}

// pageSize is how many rows a walk reads at once, so that no read holds the
// register's log back for long.
const pageSize = 256

// EachList implements issuer.Lists.
func (s *Store) EachList(ctx context.Context, yield func(uint32, issuer.Published) error) error {
	return each(ctx, s.db, `SELECT chunk, `+publishedColumns+` FROM status_chunks WHERE chunk > $1 AND sequence > 0 ORDER BY chunk LIMIT $2`, int64(-1),
		func(chunk int64, p issuer.Published) error { return yield(uint32(chunk), p) })
}

// EachRecord implements issuer.Lists.
func (s *Store) EachRecord(ctx context.Context, yield func(string, issuer.Published) error) error {
	return each(ctx, s.db, `SELECT base, `+publishedColumns+` FROM license_records WHERE base > $1 AND sequence > 0 ORDER BY base LIMIT $2`, "", yield)
}

// each walks what is published, page by page after the key before.
func each[K any](ctx context.Context, q querier, query string, after K, yield func(K, issuer.Published) error) error {
	for {
		keys, published, err := page(ctx, q, query, after)
		if err != nil {
			return fmt.Errorf("reading what is published: %w", err)
		}
		for n, k := range keys {
			if err := yield(k, published[n]); err != nil {
				return err
			}
			after = k
		}
		if len(keys) < pageSize {
			return nil
		}
	}
}

func page[K any](ctx context.Context, q querier, query string, after K) ([]K, []issuer.Published, error) {
	rows, err := q.query(ctx, query, after, pageSize)
	if err != nil {
		return nil, nil, err
	}
	defer rows.Close()
	var keys []K
	var published []issuer.Published
	for rows.Next() {
		var k K
		var p issuer.Published
		if err := scanPublished(rows, &p, &k); err != nil {
			return nil, nil, err
		}
		keys, published = append(keys, k), append(published, p)
	}
	return keys, published, rows.Err()
}
