package register

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"math"
	"strconv"
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

	version int64 // the row of the newest version
}

// Mark is where [Store.RecentAfter] goes on after the license.
func (f Found) Mark() string {
	return encodeMark([]string{strconv.FormatInt(f.IssuedAt.Unix(), 10), strconv.FormatInt(f.version, 10)})
}

// MarkOfHolder is where [Store.ByHolderAfter] goes on after the license.
func (f Found) MarkOfHolder() string {
	return encodeMark([]string{string(f.State), baseOf(f.Identifier)})
}

const foundColumns = `v.identifier, l.number, l.holder_name, l.holder_code, l.industry, l.state, v.issued_at, v.id`

const (
	byHolder = `SELECT ` + foundColumns + ` FROM licenses l JOIN versions v ON v.id = l.current
		WHERE l.holder_code = $1 AND l.state = $2 AND l.base < $3 ORDER BY l.base DESC LIMIT $4`
	byNumber = `SELECT ` + foundColumns + ` FROM licenses l JOIN versions v ON v.id = l.current WHERE l.number = $1 LIMIT $2`
	// No version after the current one is issued, so <= says = here; and
	// PostgreSQL does not take what it finds for so rare that it had better
	// look through everything.
	recent = `SELECT ` + foundColumns + ` FROM versions v JOIN licenses l ON l.base = v.base AND l.current <= v.id
		WHERE v.issued_at IS NOT NULL AND v.issued_at <= $1 AND (v.issued_at, v.id) < ($1, $2) ORDER BY v.issued_at DESC, v.id DESC LIMIT $3`
	after = `SELECT v.identifier, l.number, l.industry, l.state, v.issued_at, v.key_id, v.license FROM licenses l JOIN versions v ON v.id = l.current
		WHERE l.base > $1 ORDER BY l.base LIMIT $2`
	byPermit = `SELECT ` + foundColumns + ` FROM version_permits p JOIN versions v ON v.id = p.version
		JOIN licenses l ON l.base = v.base AND l.current = v.id
		WHERE p.authority = $1 AND p.number = $2 ORDER BY l.base LIMIT $3`
)

// ByHolder lists the licenses of a holder: before those that were withdrawn the
// others, each the newest first.
func (s *Store) ByHolder(ctx context.Context, code license.CreditCode, limit int) ([]Found, error) {
	return s.ofHolder(ctx, code, license.Valid, last, limit)
}

// ByHolderAfter goes on with [Store.ByHolder] from a mark on. One that was
// withdrawn meanwhile stands among the withdrawn. A mark of anything else is
// [ErrMark].
func (s *Store) ByHolderAfter(ctx context.Context, code license.CreditCode, mark string, limit int) ([]Found, error) {
	at, err := decodeMark(mark, 2)
	if err != nil {
		return nil, err
	}
	state := license.State(at[0])
	if state != license.Valid && state != license.Withdrawn {
		return nil, ErrMark
	}
	return s.ofHolder(ctx, code, state, at[1], limit)
}

func (s *Store) ofHolder(ctx context.Context, code license.CreditCode, state license.State, before string, limit int) ([]Found, error) {
	found, err := s.find(ctx, byHolder, string(code), string(state), before, limit)
	if err != nil || state == license.Withdrawn || len(found) == limit {
		return found, err
	}
	rest, err := s.find(ctx, byHolder, string(code), string(license.Withdrawn), last, limit-len(found))
	return append(found, rest...), err
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
	return s.find(ctx, recent, until.Unix(), int64(math.MaxInt64), limit)
}

// RecentAfter goes on with [Store.Recent] from a mark on: what is issued or
// changed meanwhile moves nothing that is still to come. A mark of anything else
// is [ErrMark].
func (s *Store) RecentAfter(ctx context.Context, mark string, limit int) ([]Found, error) {
	at, err := decodeMark(mark, 2)
	if err != nil {
		return nil, err
	}
	second, secondErr := strconv.ParseInt(at[0], 10, 64)
	version, versionErr := strconv.ParseInt(at[1], 10, 64)
	if secondErr != nil || versionErr != nil {
		return nil, ErrMark
	}
	return s.find(ctx, recent, second, version, limit)
}

// Current is the current version of a license, and how it was issued.
type Current struct {
	Identifier string
	Number     string
	Holder     string
	Industry   string
	State      license.State // of the license: valid or withdrawn
	IssuedAt   time.Time
	KeyID      string
	Catalogue  string // its version
}

// After lists the licenses that come after the given one, in the order of
// their identifiers: all of them, from the empty string on, a few at a time.
// The license may be named by the identifier of any of its versions.
func (s *Store) After(ctx context.Context, id string, limit int) ([]Current, error) {
	return list(ctx, s.db, "listing licenses", func(r row) (c Current, _ error) {
		var issued sql.NullInt64
		var text string
		if err := r.Scan(&c.Identifier, &c.Number, &c.Industry, (*string)(&c.State), &issued, &c.KeyID, &text); err != nil {
			return c, err
		}
		c.IssuedAt = instant(issued.Int64)
		var says struct {
			Catalogue string `json:"catalogue"`
			Holder    struct {
				Name string `json:"name"`
			} `json:"holder"`
		}
		if err := json.Unmarshal([]byte(text), &says); err != nil {
			return c, fmt.Errorf("reading a license: %w", err)
		}
		c.Catalogue, c.Holder = says.Catalogue, says.Holder.Name
		return c, nil
	}, after, baseOf(id), limit)
}

func (s *Store) find(ctx context.Context, query string, args ...any) ([]Found, error) {
	return list(ctx, s.db, "searching", func(r row) (f Found, _ error) {
		var issued sql.NullInt64
		err := r.Scan(&f.Identifier, &f.Number, &f.Holder, &f.CreditCode, &f.Industry, (*string)(&f.State), &issued, &f.version)
		f.IssuedAt = instant(issued.Int64)
		return f, err
	}, query, args...)
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
	return list(ctx, s.db, "reading the audit trail", func(r row) (a Audited, _ error) {
		var at int64
		err := r.Scan(&at, &a.Actor, &a.Act, &a.Subject, &a.Detail)
		a.At = instant(at)
		return a, err
	}, `SELECT at, actor, act, subject, detail FROM audit WHERE subject = $1 ORDER BY id`, subject)
}
