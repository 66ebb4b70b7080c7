package register

import (
	"context"
	"encoding/json"
	"fmt"

	"yizheng/license"
)

// FillEnds finds licenses that a program issued which did not yet keep the last
// days of permits, as an older node does while nodes are upgraded one by one,
// and writes those days beside the permits, from the licenses themselves. It
// takes those of one batch at a time, and says whether there was one.
func (s *Store) FillEnds(ctx context.Context) (filled bool, _ error) {
	err := s.writing(ctx, "filling in when permits end", func(tx *transaction) error {
		filled = false
		batches, err := column[string](ctx, tx, "finding licenses without", `SELECT id FROM batches WHERE ends_known IS NULL ORDER BY id LIMIT 1`)
		if err != nil || len(batches) == 0 {
			return err
		}
		filled = true
		if err := fillEnds(ctx, tx, batches[0]); err != nil {
			return err
		}
		return tx.do(ctx, "noting it", `UPDATE batches SET ends_known = 1 WHERE id = $1`, batches[0])
	})
	return filled, err
}

func fillEnds(ctx context.Context, tx *transaction, batch string) error {
	type version struct {
		id      int64
		Permits []struct {
			ValidUntil license.Date `json:"validUntil"`
		} `json:"permits"`
	}
	versions, err := list(ctx, tx, "reading the licenses", func(r row) (v version, _ error) {
		var text string
		if err := r.Scan(&v.id, &text); err != nil {
			return v, err
		}
		return v, json.Unmarshal([]byte(text), &v)
	}, `SELECT id, license FROM versions WHERE batch = $1 ORDER BY place`, batch)
	if err != nil {
		return err
	}
	for _, v := range versions {
		for place, p := range v.Permits {
			if p.ValidUntil.IsZero() {
				continue
			}
			err := tx.do(ctx, "writing when a permit ends", `UPDATE version_permits SET valid_until = $1
				WHERE version = $2 AND place = $3 AND valid_until IS NULL`, p.ValidUntil.String(), v.id, place)
			if err != nil {
				return fmt.Errorf("of version %d: %w", v.id, err)
			}
		}
	}
	return nil
}
