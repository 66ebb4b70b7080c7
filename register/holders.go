package register

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"yizheng/holder"
	"yizheng/issuer"
	"yizheng/license"
)

var _ holder.Store = (*Store)(nil)

const linkColumns = `hash, id, holder, made_at, made_by, revoked_at, revoked_by`

func scanLink(r row) (l holder.Link, _ error) {
	var hash []byte
	var made, revoked int64
	err := r.Scan(&hash, &l.ID, (*string)(&l.Holder), &made, &l.MadeBy, &revoked, &l.RevokedBy)
	copy(l.Hash[:], hash)
	l.MadeAt = instant(made)
	if revoked > 0 {
		l.RevokedAt = instant(revoked)
	}
	return l, err
}

// AddLink implements holder.Store.
func (s *Store) AddLink(ctx context.Context, l holder.Link, most int) error {
	err := s.writing(ctx, "keeping a holder link", func(tx *transaction) error {
		if err := tx.change(ctx, "writing the link", `INSERT INTO holder_links (hash, id, holder, made_at, made_by)
			SELECT $1, $2, $3, $4, $5 WHERE (SELECT COUNT(*) FROM holder_links WHERE holder = $3 AND revoked_at = 0) < $6`,
			l.Hash[:], l.ID, string(l.Holder), l.MadeAt.Unix(), l.MadeBy, most); err != nil {
			return err
		}
		return audit(ctx, tx, l.MadeAt, l.MadeBy, "holder_link", string(l.Holder), l.ID)
	})
	if errors.Is(err, issuer.ErrMoved) {
		return fmt.Errorf("%w: %w", holder.ErrTooMany, err)
	}
	return err
}

// LinkByHash implements holder.Store.
func (s *Store) LinkByHash(ctx context.Context, hash [32]byte) (holder.Link, error) {
	l, err := scanLink(s.db.queryRow(ctx, `SELECT `+linkColumns+` FROM holder_links WHERE hash = $1`, hash[:]))
	if errors.Is(err, sql.ErrNoRows) {
		return holder.Link{}, holder.ErrNoLink
	}
	return l, answered("reading a holder link", err)
}

// Links implements holder.Store.
func (s *Store) Links(ctx context.Context, of license.CreditCode) ([]holder.Link, error) {
	return list(ctx, s.db, "listing holder links", scanLink,
		`SELECT `+linkColumns+` FROM holder_links WHERE holder = $1 ORDER BY made_at DESC, id`, string(of))
}

// RevokeLink implements holder.Store.
func (s *Store) RevokeLink(ctx context.Context, of license.CreditCode, id, by string, at time.Time) error {
	err := s.writing(ctx, "revoking a holder link", func(tx *transaction) error {
		if err := tx.change(ctx, "writing the link", `UPDATE holder_links SET revoked_at = $1, revoked_by = $2
			WHERE holder = $3 AND id = $4 AND revoked_at = 0`, at.Unix(), by, string(of), id); err != nil {
			return err
		}
		return audit(ctx, tx, at, by, "holder_link_revoked", string(of), id)
	})
	if errors.Is(err, issuer.ErrMoved) {
		return fmt.Errorf("%w: %w", holder.ErrNoLink, err)
	}
	return err
}

// NoteCopy writes into the audit trail that a derived copy of a version was
// made: for whom, why and until when.
func (s *Store) NoteCopy(ctx context.Context, identifier, actor string, w holder.Wish, at time.Time) error {
	return s.writing(ctx, "noting a derived copy", func(tx *transaction) error {
		return audit(ctx, tx, at, actor, "derived_copy", identifier, w.Recipient+"; "+w.Purpose+"; "+w.Until.String())
	})
}
