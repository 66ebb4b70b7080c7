package register

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"yizheng/library/metadata"
	"yizheng/license"
)

// Standings gives where each license after the given one stands, up to limit,
// in order, and the highest sequence up to which the library has them all.
func (s *Store) Standings(ctx context.Context, after string, limit int) (standings []metadata.Standing, _ error) {
	err := s.reading(ctx, "reading where licenses stand", func(q querier) error {
		standings = standings[:0]
		licenses, err := column[string](ctx, q, "listing", `SELECT license FROM outbox_heads WHERE license > $1 ORDER BY license LIMIT $2`, after, limit)
		if err != nil {
			return err
		}
		for _, l := range licenses {
			standing, err := standingOf(ctx, q, l)
			if err != nil {
				return fmt.Errorf("%s: %w", l, err)
			}
			standings = append(standings, standing)
		}
		return nil
	})
	return standings, err
}

func standingOf(ctx context.Context, q querier, base string) (metadata.Standing, error) {
	st := metadata.Standing{Summary: metadata.Summary{License: base}}
	err := q.queryRow(ctx, `SELECT h.last, COALESCE((SELECT o.sequence FROM outbox o
		WHERE o.license = h.license AND o.state <> 'delivered' ORDER BY o.sequence LIMIT 1) - 1, h.last)
		FROM outbox_heads h WHERE h.license = $1`, base).Scan(&st.Sequence, &st.Delivered)
	if err != nil {
		return st, err
	}
	var id int64
	var state string
	err = q.queryRow(ctx, `SELECT v.id, v.identifier, l.state, COALESCE(d.sha256, '') FROM licenses l
		JOIN versions v ON v.id = l.current LEFT JOIN documents d ON d.identifier = v.identifier AND d.form = ''
		WHERE l.base = $1`, base).Scan(&id, &st.Identifier, &state, &st.Document)
	if errors.Is(err, sql.ErrNoRows) {
		return st, nil // somebody else's license, which was checked here
	}
	if err != nil {
		return st, err
	}
	st.State = metadata.StateCode(license.State(state))
	rows, err := q.query(ctx, `SELECT p.authority, p.number, COALESCE(s.state, 'valid')
		FROM version_permits p LEFT JOIN permit_states s ON s.authority = p.authority AND s.number = p.number
		WHERE p.version = $1 ORDER BY p.place`, id)
	if err != nil {
		return st, err
	}
	defer rows.Close()
	for rows.Next() {
		var p metadata.PermitState
		if err := rows.Scan(&p.Authority, &p.Number, &state); err != nil {
			return st, err
		}
		p.State = metadata.StateCode(license.State(state))
		st.Permits = append(st.Permits, p)
	}
	return st, rows.Err()
}
