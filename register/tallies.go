package register

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"yizheng/issuer"
	"yizheng/license"
)

// Tally is how often something happened on a day.
type Tally struct {
	Day    license.Date // of Asia/Shanghai
	Kind   TallyKind
	First  string // operation (issue, change, renew, reissue), or outcome of the check
	Second string // industry, or the credit code of the organ that issued what was checked
	Number int64
}

// TallyKind is what was counted.
type TallyKind string

// The kinds of tally.
const (
	Issued   TallyKind = "issued"
	Verified TallyKind = "verified"
)

// settled is how long after its end a day is counted anew: by then whatever
// was under way has been written.
const settled = time.Hour

// dayCounted is the kind of the row that a day has which was counted; its number is
// the instant when, and 0 where a program of before has counted.
const dayCounted = "day"

// Tallies counts what was issued and checked on each day from one to another.
// A day that is over is counted once, and what was counted is kept; but not what
// was counted later than now, by somebody whose clock was ahead: the day may not
// have been over.
func (s *Store) Tallies(ctx context.Context, from, to license.Date, now time.Time) ([]Tally, error) {
	kept, err := list(ctx, s.db, "reading tallies", func(r row) (t Tally, _ error) {
		var day string
		if err := r.Scan(&day, (*string)(&t.Kind), &t.First, &t.Second, &t.Number); err != nil {
			return t, err
		}
		return t, t.Day.UnmarshalText([]byte(day))
	}, `SELECT day, kind, first, second, number FROM tallies WHERE day >= $1 AND day <= $2 ORDER BY day, kind, first, second`, from.String(), to.String())
	if err != nil {
		return nil, err
	}
	known, tooEarly := map[license.Date]bool{}, map[license.Date]bool{}
	for _, t := range kept {
		if t.Kind == dayCounted {
			tooEarly[t.Day] = t.Number > now.Add(issuer.ClocksDiffer).Unix()
			known[t.Day] = !tooEarly[t.Day]
		}
	}
	var all []Tally
	for _, t := range kept {
		if t.Kind != dayCounted && known[t.Day] {
			all = append(all, t)
		}
	}
	over := license.DateOf(now.Add(-settled))
	var fresh []Tally
	for day := from; day <= to && day <= license.DateOf(now); day++ {
		if known[day] {
			continue
		}
		tallies, err := s.countDay(ctx, day, now)
		if err != nil {
			return nil, err
		}
		all = append(all, tallies...)
		if day < over {
			fresh = append(append(fresh, Tally{Day: day, Kind: dayCounted, Number: now.Unix()}), tallies...)
		}
		// A day on which much happened takes long, and is kept whatever becomes
		// of the others.
		if len(tallies) > 0 {
			if err := s.keepTallies(ctx, fresh, tooEarly); err != nil {
				return nil, err
			}
			fresh = nil
		}
	}
	return all, s.keepTallies(ctx, fresh, tooEarly)
}

// countDay counts one day that was not counted for good.
func (s *Store) countDay(ctx context.Context, day license.Date, now time.Time) ([]Tally, error) {
	if day == license.DateOf(now) {
		return s.today.count(ctx, day, now, s.count)
	}
	return s.count(ctx, day, day.Start(), day.Start().Add(24*time.Hour))
}

// count counts what happened on a day from one instant to before another.
func (s *Store) count(ctx context.Context, day license.Date, from, to time.Time) ([]Tally, error) {
	begin, end := from.Unix(), to.Unix()
	tallies, err := list(ctx, s.db, "counting licenses", func(r row) (Tally, error) {
		t := Tally{Day: day, Kind: Issued}
		return t, r.Scan(&t.First, &t.Second, &t.Number)
	}, `SELECT v.operation, (SELECT l.industry FROM licenses l WHERE l.base = v.base) AS industry, COUNT(*) FROM versions v
		WHERE v.issued_at >= $1 AND v.issued_at < $2 GROUP BY 1, 2 ORDER BY 1, 2`, begin, end)
	if err != nil {
		return nil, err
	}
	type check struct{ outcome, issuer string }
	var order []check
	times := map[check]int64{}
	_, err = list(ctx, s.db, "counting checks", func(r row) (none struct{}, _ error) {
		var text string
		if err := r.Scan(&text); err != nil {
			return none, err
		}
		var v struct { // the rest of a record is not looked at: there may be a million
			License license.Identifier
			Outcome string
		}
		if err := json.Unmarshal([]byte(text), &v); err != nil {
			return none, fmt.Errorf("reading a verification: %w", err)
		}
		c := check{v.Outcome, v.License.Issuer}
		if times[c] == 0 {
			order = append(order, c)
		}
		times[c]++
		return none, nil
	}, `SELECT record FROM verifications WHERE checked_at >= $1 AND checked_at < $2 ORDER BY checked_at`, begin, end)
	for _, c := range order {
		tallies = append(tallies, Tally{Day: day, Kind: Verified, First: c.outcome, Second: c.issuer, Number: times[c]})
	}
	return tallies, err
}

// keepTallies keeps what was counted of days that are over, in the place of what
// was counted of them too early. Another who counts the same day at this moment
// counts the same.
func (s *Store) keepTallies(ctx context.Context, tallies []Tally, tooEarly map[license.Date]bool) error {
	if len(tallies) == 0 {
		return nil
	}
	return s.writing(ctx, "keeping tallies", func(tx *transaction) error {
		for _, t := range tallies {
			if t.Kind == dayCounted && tooEarly[t.Day] {
				if err := tx.do(ctx, "forgetting what was counted", `DELETE FROM tallies WHERE day = $1`, t.Day.String()); err != nil {
					return err
				}
			}
			if err := tx.do(ctx, "writing a tally", `INSERT INTO tallies (day, kind, first, second, number) VALUES ($1, $2, $3, $4, $5)
				ON CONFLICT (day, kind, first, second) DO NOTHING`, t.Day.String(), string(t.Kind), t.First, t.Second, t.Number); err != nil {
				return err
			}
		}
		return nil
	})
}
