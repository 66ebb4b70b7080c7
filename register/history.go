package register

import (
	"context"
	"strings"
	"time"

	"yizheng/issuer"
	"yizheng/license"
)

// What a status list held at an instant stands in no table: it follows from
// when its versions were issued and from the audit trail, which is only added
// to. So nothing is kept for it, and it reaches back to the first license.
//
// A list is read some versions at a time, after the offset of the last one.
const (
	// versionsAt gives each version of a list that was issued by then, and what
	// had become of it.
	versionsAt = `SELECT v.status_start,
			COALESCE((SELECT 1 FROM versions n WHERE n.base = v.base AND n.version > v.version AND n.text IS NOT NULL AND n.issued_at <= $2 LIMIT 1), 0),
			COALESCE((SELECT 1 FROM versions n JOIN audit a ON a.subject = n.identifier
				WHERE n.base = v.base AND a.act = 'withdraw' AND a.at <= $2 LIMIT 1), 0)
		FROM (SELECT id, base, version, status_start FROM versions WHERE status_chunk = $1 AND text IS NOT NULL
			AND issued_at <= $2 AND status_start > $3 ORDER BY status_start LIMIT 20) v ORDER BY v.status_start`
	// permitsAt gives the last act by then on each permit of these versions.
	permitsAt = `SELECT v.status_start, COALESCE((SELECT a.act FROM audit a
			WHERE a.subject = p.authority || ' ' || p.number AND a.at <= $2 AND a.act IN
				('permit valid', 'permit suspended', 'permit revoked', 'permit withdrawn', 'permit cancelled')
			ORDER BY a.id DESC LIMIT 1), 'permit valid')
		FROM (SELECT id, base, version, status_start FROM versions WHERE status_chunk = $1 AND text IS NOT NULL
			AND issued_at <= $2 AND status_start > $3 ORDER BY status_start LIMIT 20) v JOIN version_permits p ON p.version = v.id ORDER BY v.status_start, p.place`
)

// ChunkAt implements issuer.Histories.
func (s *Store) ChunkAt(ctx context.Context, number uint32, at time.Time) (c issuer.Chunk, _ error) {
	err := s.reading(ctx, "reading a status list as it was", func(q querier) error {
		c = issuer.Chunk{Number: number}
		if err := q.queryRow(ctx, `SELECT change FROM status_chunks WHERE chunk = $1`, number).Scan(&c.Change); err != nil {
			return err
		}
		for after := int64(-1); ; {
			some, err := blocksAt(ctx, q, number, at, after)
			if err != nil || len(some) == 0 {
				return err
			}
			c.Blocks = append(c.Blocks, some...)
			after = int64(some[len(some)-1].Offset)
		}
	})
	return c, err
}

// blocksAt gives some of the blocks, after an offset.
func blocksAt(ctx context.Context, q querier, number uint32, at time.Time, after int64) ([]issuer.Block, error) {
	places := make(map[uint32]int) // of blocks, by offset
	blocks, err := list(ctx, q, "reading versions as they were", func(r row) (b issuer.Block, _ error) {
		var superseded, withdrawn int
		err := r.Scan(&b.Offset, &superseded, &withdrawn)
		own := license.Valid
		switch {
		case withdrawn == 1:
			own = license.Withdrawn
		case superseded == 1:
			own = license.Superseded
		}
		b.States = []license.State{own}
		places[b.Offset] = len(places)
		return b, err
	}, versionsAt, number, at.Unix(), after)
	if err != nil {
		return nil, err
	}
	_, err = list(ctx, q, "reading permits as they were", func(r row) (none struct{}, _ error) {
		var offset uint32
		var act string
		if err := r.Scan(&offset, &act); err != nil {
			return none, err
		}
		b := &blocks[places[offset]]
		b.States = append(b.States, license.State(strings.TrimPrefix(act, "permit ")))
		return none, nil
	}, permitsAt, number, at.Unix(), after)
	return blocks, err
}
