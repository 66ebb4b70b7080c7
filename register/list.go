package register

import (
	"context"
	"database/sql"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"yizheng/license"
)

// Filter says which licenses are looked for. All that is said must hold; an
// empty filter is all of them.
type Filter struct {
	Beginnings []string           // of the holder's name, any of them
	CreditCode license.CreditCode // of the holder
	Permit     string             // number of a permit of one of Authorities, which are then required
	Industry   string             // its name
	Ends       license.Date       // a permit ends on this day or before
	EndsFrom   license.Date       // and not before this one; counts with Ends
	State      ListState
	// Authorities are those of which the license must list a permit; none for
	// whatever it lists.
	Authorities []string
}

// ListState is what a list of licenses can be narrowed to.
type ListState string

// The states of lists.
const (
	AnyState   ListState = ""
	InForce    ListState = "valid"     // not withdrawn, whatever its permits are
	TakenBack  ListState = "withdrawn" // the license was withdrawn
	PermitActs ListState = "acted"     // an authority has suspended or ended one of its permits
)

// Listed is one line of a list: the newest version of a license, or one permit
// of it.
type Listed struct {
	License  license.License
	State    license.State   // of the license: valid or withdrawn
	States   []license.State // of its permits, by act alone
	IssuedAt time.Time
	Permit   int // which of its permits was found; -1 where the license as a whole was
}

// List is one page.
type List struct {
	Lines []Listed
	Next  string // the mark at which the list goes on; empty at its end
	// Unfinished says that many licenses were looked at and the page is not
	// full: the list may go on.
	Unfinished bool
}

// ErrMark says that a mark is none of this list.
var ErrMark = errors.New("the mark belongs to another list")

// How many licenses are looked at for one page, and at once.
const (
	lookMost   = 2000
	lookAtOnce = 200
)

// List gives a page of the licenses that a filter lets through, from a mark
// on. The order depends on the filter and never on what else is written
// meanwhile, so that a page neither repeats nor leaves out what stood there
// before.
func (s *Store) List(ctx context.Context, f Filter, mark string, limit int) (page List, _ error) {
	w := f.way()
	at, err := w.parse(mark)
	if err != nil {
		return page, err
	}
	err = s.reading(ctx, "listing licenses", func(q querier) error {
		page, err = w.walk(ctx, q, f, at, limit)
		return err
	})
	return page, err
}

// line is a row of a list's statement.
type line struct {
	base, holder, text string
	state              license.State
	version            int64
	issued             sql.NullInt64
	authority, number  string // of the permit; empty where the line is a license
	place              int
	ends               string
}

func scanLine(r row) (l line, err error) {
	err = r.Scan(&l.base, &l.holder, (*string)(&l.state), &l.version, &l.text, &l.issued, &l.authority, &l.number, &l.place, &l.ends)
	return l, err
}

// walk looks at the licenses along the way, until the page is full and one
// more is known to follow, or there were many.
func (w way) walk(ctx context.Context, q querier, f Filter, at []string, limit int) (List, error) {
	var page List
	full := at
	for looked := 0; looked < lookMost; looked += lookAtOnce {
		lines, err := w.lines(ctx, q, at)
		if err != nil {
			return page, err
		}
		for _, l := range lines {
			at = w.mark(l)
			found, err := f.take(ctx, q, l)
			if err != nil {
				return page, err
			}
			if found == nil {
				continue
			}
			if len(page.Lines) == limit {
				page.Next = encodeMark(full)
				return page, nil
			}
			page.Lines, full = append(page.Lines, *found), at
		}
		if len(lines) == 0 {
			return page, nil
		}
	}
	page.Next, page.Unfinished = encodeMark(at), len(page.Lines) < limit
	return page, nil
}

// take gives the line for the page, or nil where the filter does not let it
// through.
func (f Filter) take(ctx context.Context, q querier, l line) (*Listed, error) {
	if f.State == InForce && l.state != license.Valid || f.State == TakenBack && l.state != license.Withdrawn {
		return nil, nil
	}
	if len(f.Beginnings) > 0 && !slices.ContainsFunc(f.Beginnings, func(b string) bool { return strings.HasPrefix(l.holder, b) }) {
		return nil, nil
	}
	found := Listed{State: l.state, IssuedAt: instant(l.issued.Int64), Permit: l.place}
	if err := json.Unmarshal([]byte(l.text), &found.License); err != nil {
		return nil, fmt.Errorf("reading a license: %w", err)
	}
	if !f.holds(found.License, l.place) {
		return nil, nil
	}
	var err error
	if found.States, err = statesOf(ctx, q, l.version); err != nil {
		return nil, err
	}
	if f.State == PermitActs && !slices.ContainsFunc(found.States, func(s license.State) bool { return s != license.Valid }) {
		return nil, nil
	}
	return &found, nil
}

// holds says whether a license is one that the filter lets through, as far as
// it says so itself: what holds of a permit must hold of the same one.
func (f Filter) holds(l license.License, place int) bool {
	if f.CreditCode != "" && l.Holder.CreditCode != f.CreditCode || f.Industry != "" && l.Industry != f.Industry {
		return false
	}
	if place >= 0 && place < len(l.Permits) {
		return f.holdsPermit(l.Permits[place])
	}
	return f.Permit == "" && f.Ends.IsZero() && len(f.Authorities) == 0 || slices.ContainsFunc(l.Permits, f.holdsPermit)
}

func (f Filter) holdsPermit(p license.Permit) bool {
	return (f.Permit == "" || p.Number == f.Permit) &&
		(len(f.Authorities) == 0 || slices.Contains(f.Authorities, p.Authority)) &&
		(f.Ends.IsZero() || !p.ValidUntil.IsZero() && p.ValidUntil <= f.Ends && p.ValidUntil >= f.EndsFrom)
}

func encodeMark(at []string) string {
	b, err := json.Marshal(at)
	if err != nil {
		return "" // strings always marshal
	}
	return base64.RawURLEncoding.EncodeToString(b)
}

// decodeMark reads a mark of so many parts.
func decodeMark(mark string, parts int) (at []string, _ error) {
	b, err := base64.RawURLEncoding.DecodeString(mark)
	if err != nil || json.Unmarshal(b, &at) != nil || len(at) != parts {
		return nil, ErrMark
	}
	return at, nil
}
