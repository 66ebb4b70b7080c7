package register

import (
	"context"
	"fmt"

	"yizheng/issuer"
)

var _ issuer.Closings = (*Store)(nil)

// CloseKey implements issuer.Closings.
func (s *Store) CloseKey(ctx context.Context, k issuer.ClosedKey) error {
	return s.writing(ctx, "closing a key", func(tx *transaction) error {
		if s.Postgres() != nil {
			// Whoever issues reads this table. So this waits for those
			// that are about to, and those that come after see the key closed.
			if err := tx.do(ctx, "waiting for what is being issued", `LOCK TABLE closed_keys IN ACCESS EXCLUSIVE MODE`); err != nil {
				return err
			}
		}
		held, err := column[int64](ctx, tx, "looking for the key", `SELECT since FROM closed_keys WHERE key_id = $1`, k.KeyID)
		switch {
		case err != nil:
			return err
		case len(held) == 1 && held[0] == seconds(k.Since):
			return nil
		case len(held) == 1:
			return fmt.Errorf("%w: since %s", issuer.ErrClosed, instant(held[0]))
		}
		if err := tx.do(ctx, "closing the key", `INSERT INTO closed_keys (key_id, since, closed_at, closed_by) VALUES ($1, $2, $3, $4)`,
			k.KeyID, seconds(k.Since), k.At.Unix(), k.Actor); err != nil {
			return err
		}
		return audit(ctx, tx, k.At, k.Actor, "close_key", k.KeyID, "")
	})
}

// ClosedKeys implements issuer.Closings.
func (s *Store) ClosedKeys(ctx context.Context) ([]issuer.ClosedKey, error) {
	return list(ctx, s.db, "listing closed keys", func(r row) (k issuer.ClosedKey, _ error) {
		var since, at int64
		err := r.Scan(&k.KeyID, &since, &at, &k.Actor, &k.List)
		k.Since, k.At = instant(since), instant(at)
		return k, err
	}, `SELECT key_id, since, closed_at, closed_by, list FROM closed_keys ORDER BY key_id`)
}

// signedAtOnce is how many licenses are read at once.
const signedAtOnce = 5000

// EachSigned implements issuer.Closings.
func (s *Store) EachSigned(ctx context.Context, keyID string, yield func(text string) error) error {
	var last int64
	if err := s.db.queryRow(ctx, `SELECT COALESCE(MAX(id), 0) FROM versions`).Scan(&last); err != nil {
		return fmt.Errorf("counting versions: %w", err)
	}
	for after := int64(0); after < last; after += signedAtOnce {
		some, err := column[string](ctx, s.db, "reading what was signed", `SELECT text FROM versions
			WHERE id > $1 AND id <= $2 AND text IS NOT NULL AND ($3 = '' OR key_id = $3) ORDER BY id`, after, after+signedAtOnce, keyID)
		if err != nil {
			return err
		}
		for _, text := range some {
			if err := yield(text); err != nil {
				return err
			}
		}
	}
	return nil
}

// PutClosing implements issuer.Closings.
func (s *Store) PutClosing(ctx context.Context, keyID, digest string, parts map[string][]byte) error {
	return s.writing(ctx, "keeping a closing list", func(tx *transaction) error {
		for name, content := range parts {
			if content == nil {
				content = []byte{} // not NULL
			}
			if err := tx.do(ctx, "writing a part", `INSERT INTO closing_parts (digest, content) VALUES ($1, $2) ON CONFLICT (digest) DO NOTHING`, name, content); err != nil {
				return err
			}
		}
		return tx.change(ctx, "naming the list", `UPDATE closed_keys SET list = $1 WHERE key_id = $2 AND list IN ('', $1)`, digest, keyID)
	})
}

// ClosingPart implements issuer.Lists.
func (s *Store) ClosingPart(ctx context.Context, digest string) (content []byte, _ error) {
	err := s.db.queryRow(ctx, `SELECT content FROM closing_parts WHERE digest = $1`, digest).Scan(&content)
	return content, answered("reading a closing list", err)
}

// EachClosingPart implements issuer.Lists.
func (s *Store) EachClosingPart(ctx context.Context, yield func(digest string, content []byte) error) error {
	digests, err := column[string](ctx, s.db, "listing closing lists", `SELECT digest FROM closing_parts ORDER BY digest`)
	if err != nil {
		return err
	}
	for _, digest := range digests {
		content, err := s.ClosingPart(ctx, digest)
		if err != nil {
			return err
		}
		if err := yield(digest, content); err != nil {
			return err
		}
	}
	return nil
}

// SignAnew implements issuer.Closings.
func (s *Store) SignAnew(ctx context.Context) error {
	return s.writing(ctx, "having everything signed anew", func(tx *transaction) error {
		if err := tx.do(ctx, "marking the status lists", `UPDATE status_chunks SET change = change + 1`); err != nil {
			return err
		}
		return tx.do(ctx, "marking the records", `UPDATE license_records SET change = change + 1 WHERE sequence > 0`)
	})
}
