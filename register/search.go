package register

import (
	"context"
	"database/sql"
	"fmt"
	"time"

	"yizheng/license"
)

// Found is one license in a list.
type Found struct {
	Identifier string        `json:"identifier"` // of the newest version
	Number     string        `json:"number"`
	Holder     string        `json:"holder"`
	CreditCode string        `json:"creditCode"`
	Industry   string        `json:"industry"`
	State      license.State `json:"state"` // valid or withdrawn
	IssuedAt   time.Time     `json:"issuedAt"`
}

const foundColumns = `v.identifier, l.number, l.holder_name, l.holder_code, l.industry, l.state, v.issued_at`

const (
	byHolder = `SELECT ` + foundColumns + ` FROM licenses l JOIN versions v ON v.id = l.current
		WHERE l.holder_code = ? ORDER BY l.base LIMIT ?`
	byNumber = `SELECT ` + foundColumns + ` FROM licenses l JOIN versions v ON v.id = l.current WHERE l.number = ? LIMIT ?`
	recent   = `SELECT ` + foundColumns + ` FROM versions v JOIN licenses l ON l.base = v.base AND l.current = v.id
		WHERE v.issued_at IS NOT NULL AND v.issued_at <= ? ORDER BY v.issued_at DESC LIMIT ?`
	byPermit = `SELECT ` + foundColumns + ` FROM version_permits p JOIN versions v ON v.id = p.version
		JOIN licenses l ON l.base = v.base AND l.current = v.id
		WHERE p.authority = ? AND p.number = ? ORDER BY l.base LIMIT ?`
)

// ByHolder lists the licenses of a holder.
func (s *Store) ByHolder(ctx context.Context, code license.CreditCode, limit int) ([]Found, error) {
	return s.find(ctx, byHolder, string(code), limit)
}

// ByNumber gives the license of a number, or none.
func (s *Store) ByNumber(ctx context.Context, number string) ([]Found, error) {
	return s.find(ctx, byNumber, number, 1)
}

// ByPermit lists the licenses whose newest version lists the permit.
func (s *Store) ByPermit(ctx context.Context, authority, number string, limit int) ([]Found, error) {
	return s.find(ctx, byPermit, authority, number, limit)
}

// Recent lists the licenses whose newest version was issued at the instant or
// before, the newest first.
func (s *Store) Recent(ctx context.Context, until time.Time, limit int) ([]Found, error) {
	return s.find(ctx, recent, until.Unix(), limit)
}

func (s *Store) find(ctx context.Context, query string, args ...any) ([]Found, error) {
	rows, err := s.read.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, fmt.Errorf("searching: %w", err)
	}
	defer rows.Close()
	var found []Found
	for rows.Next() {
		var f Found
		var issued sql.NullInt64
		if err := rows.Scan(&f.Identifier, &f.Number, &f.Holder, &f.CreditCode, &f.Industry, (*string)(&f.State), &issued); err != nil {
			return nil, fmt.Errorf("searching: %w", err)
		}
		f.IssuedAt = instant(issued.Int64)
		found = append(found, f)
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("searching: %w", err)
	}
	return found, nil
}

// Audited is one line of the audit trail.
type Audited struct {
	At      time.Time `json:"at"`
	Actor   string    `json:"actor"`
	Act     string    `json:"act"`
	Subject string    `json:"subject"`
	Detail  string    `json:"detail"`
}

// Audit gives the audit trail of one subject (a version's identifier, or a
// permit's authority and number with a space between), the oldest first.
func (s *Store) Audit(ctx context.Context, subject string) ([]Audited, error) {
	rows, err := s.read.QueryContext(ctx, `SELECT at, actor, act, subject, detail FROM audit WHERE subject = ? ORDER BY id`, subject)
	if err != nil {
		return nil, fmt.Errorf("reading the audit trail: %w", err)
	}
	defer rows.Close()
	var trail []Audited
	for rows.Next() {
		var a Audited
		var at int64
		if err := rows.Scan(&at, &a.Actor, &a.Act, &a.Subject, &a.Detail); err != nil {
			return nil, fmt.Errorf("reading the audit trail: %w", err)
		}
		a.At = instant(at)
		trail = append(trail, a)
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("reading the audit trail: %w", err)
	}
	return trail, nil
}
