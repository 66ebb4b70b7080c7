package register

import (
	"context"
	"database/sql"
	"errors"
	"time"
)

// PutSession keeps what is known of a log-in until it expires, and forgets
// those that have. id is the digest of what the browser was given.
func (s *Store) PutSession(ctx context.Context, id, content string, now, expires time.Time) error {
	return s.writing(ctx, "keeping a session", func(tx *transaction) error {
		if err := tx.do(ctx, "forgetting old sessions", `DELETE FROM sessions WHERE expires_at <= $1`, now.Unix()); err != nil {
			return err
		}
		return tx.change(ctx, "writing the session", `INSERT INTO sessions (id, content, expires_at) VALUES ($1, $2, $3)`, id, content, expires.Unix())
	})
}

// Session gives what is known of a log-in that has not expired; found is false
// where there is none.
func (s *Store) Session(ctx context.Context, id string, now time.Time) (content string, expires time.Time, found bool, _ error) {
	var at int64
	err := s.db.queryRow(ctx, `SELECT content, expires_at FROM sessions WHERE id = $1 AND expires_at > $2`, id, now.Unix()).Scan(&content, &at)
	if errors.Is(err, sql.ErrNoRows) {
		return "", time.Time{}, false, nil
	}
	return content, instant(at), err == nil, answered("reading a session", err)
}

// ExtendSession lets a session that is there live until the instant.
func (s *Store) ExtendSession(ctx context.Context, id string, expires time.Time) error {
	return s.writing(ctx, "extending a session", func(tx *transaction) error {
		return tx.do(ctx, "writing the session", `UPDATE sessions SET expires_at = $1 WHERE id = $2`, expires.Unix(), id)
	})
}

// EndSession forgets a log-in. One that is not there is forgotten already.
func (s *Store) EndSession(ctx context.Context, id string) error {
	return s.writing(ctx, "ending a session", func(tx *transaction) error {
		return tx.do(ctx, "forgetting the session", `DELETE FROM sessions WHERE id = $1`, id)
	})
}
