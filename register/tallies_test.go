package register_test

import (
	"context"
	"slices"
	"testing"
	"time"

	"yizheng/catalog"
	"yizheng/issuer"
	"yizheng/issuer/issuertest"
	"yizheng/license"
	"yizheng/register"
)

// TestTallies counts days while they run and when they are over: the same
// comes out, and a day that is over is not counted again.
func TestTallies(t *testing.T) {
	for name, open := range map[string]func(*testing.T) (*register.Store, string){"sqlite": create, "postgres": createPostgres} {
		t.Run(name, func(t *testing.T) {
			ctx := context.Background()
			s, _ := open(t)
			clock := issuertest.NewClock()
			i := issuertest.New(t, s, clock)
			issue := func(apps ...catalog.Application) license.License {
				t.Helper()
				issued, err := i.Issue(ctx, apps, issuer.Order{Actor: operator})
				if err != nil {
					t.Fatal(err)
				}
				return issued[0].License
			}
			first := issue(issuertest.Application(t, issuertest.Bookstore), issuertest.Numbered(t, 1), issuertest.Numbered(t, 2))
			checked := func(id, outcome string) {
				t.Helper()
				if err := s.AddVerification(ctx, license.Verification{ID: id, License: first.Identifier, Outcome: outcome, At: clock.Now(),
					Region: "310105", Purpose: "检查", Organisation: "局", Operator: "甲"}); err != nil {
					t.Fatal(err)
				}
			}
			checked("1", "valid")
			checked("2", "valid")
			checked("3", "invalid")
			day := license.DateOf(clock.Now())
			sum := func() map[string]int64 {
				t.Helper()
				tallies, err := s.Tallies(ctx, day-40, day+1, clock.Now())
				if err != nil {
					t.Fatal(err)
				}
				sums := map[string]int64{}
				for _, tally := range tallies {
					sums[tally.Day.String()+" "+tally.First+" "+tally.Second] += tally.Number
				}
				return sums
			}
			before := sum()
			key := day.String() + " issue " + first.Industry
			if before[key] == 0 || before[day.String()+" valid "+first.Identifier.Issuer] != 2 || before[day.String()+" invalid "+first.Identifier.Issuer] != 1 {
				t.Errorf("counted %v", before)
			}
			app := issuertest.Application(t, issuertest.Bookstore)
			app.Holder.Premises += "二楼"
			if _, err := i.Change(ctx, first.Number, app, issuer.Order{Actor: operator}); err != nil {
				t.Fatal(err)
			}
			running := sum()
			if running[day.String()+" change "+first.Industry] != 1 {
				t.Errorf("the day of today is not counted anew: %v", running)
			}
			clock.Advance(72 * time.Hour)
			over, again := sum(), sum()
			for key, n := range running {
				if over[key] != n || again[key] != n {
					t.Errorf("%s: %d while it ran, %d and %d when it was over", key, n, over[key], again[key])
				}
			}
			// What would now come to be dated back is not seen: the day is kept.
			kept, err := s.Tallies(ctx, day, day, clock.Now())
			if err != nil || !slices.ContainsFunc(kept, func(t register.Tally) bool { return t.Kind == register.Issued && t.Number > 0 }) {
				t.Errorf("kept %v, %v", kept, err)
			}
		})
	}
}

// TestTalliesOfToday: what happened more than an hour ago is counted once, and
// where much happens, what happened since is counted once a minute.
func TestTalliesOfToday(t *testing.T) {
	ctx := context.Background()
	s, _ := create(t)
	clock := issuertest.NewClock()
	l := issueOne(t, s, clock)
	day := license.DateOf(clock.Now())
	issued := func() (n int64) {
		t.Helper()
		tallies, err := s.Tallies(ctx, day, day, clock.Now())
		if err != nil {
			t.Fatal(err)
		}
		for _, tally := range tallies {
			n += tally.Number
		}
		return n
	}
	write := func(statement string, args ...any) {
		t.Helper()
		if _, err := s.SQLite().Exec(statement, args...); err != nil {
			t.Fatal(err)
		}
	}
	if n := issued(); n != 1 {
		t.Fatalf("%d, want 1", n)
	}
	clock.Advance(2 * time.Hour)
	if n := issued(); n != 1 {
		t.Fatalf("two hours later: %d", n)
	}
	write(`UPDATE versions SET issued_at = 1`) // who counts again misses it
	if n := issued(); n != 1 {
		t.Errorf("what was settled is counted again: %d", n)
	}
	check := func(id string) {
		t.Helper()
		if err := s.AddVerification(ctx, license.Verification{ID: id, License: l.Identifier, Outcome: "valid", At: clock.Now(),
			Region: "310105", Purpose: "检查", Organisation: "局", Operator: "甲"}); err != nil {
			t.Fatal(err)
		}
	}
	check("1")
	if n := issued(); n != 2 {
		t.Errorf("a check of this minute: %d", n)
	}
	write(`WITH RECURSIVE n (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < 10001)
		INSERT INTO verifications (id, base, record, checked_at) SELECT 'many' || n, base, record, checked_at FROM verifications, n WHERE id = '1'`)
	if n := issued(); n != 10_003 {
		t.Errorf("%d, want 10003", n)
	}
	check("2")
	if n := issued(); n != 10_003 {
		t.Errorf("within a minute: %d", n)
	}
	clock.Advance(time.Minute)
	if n := issued(); n != 10_004 {
		t.Errorf("a minute later: %d", n)
	}
}

// TestTalliesOfAClockAhead: who counted while his clock was ahead took days for
// over that were not; they are counted anew.
func TestTalliesOfAClockAhead(t *testing.T) {
	onBoth(t, func(t *testing.T, s *register.Store) {
		ctx := context.Background()
		clock := issuertest.NewClock()
		l := issueOne(t, s, clock)
		day := license.DateOf(clock.Now())
		issued := func(now time.Time) (n int64) {
			t.Helper()
			tallies, err := s.Tallies(ctx, day-1, day+1, now)
			if err != nil {
				t.Fatal(err)
			}
			for _, tally := range tallies {
				if tally.Kind == register.Issued && tally.Second == l.Industry {
					n += tally.Number
				}
			}
			return n
		}
		if n := issued(clock.Now().Add(40 * 24 * time.Hour)); n != 1 {
			t.Fatalf("%d counted by a clock that is ahead", n)
		}
		app := issuertest.Application(t, issuertest.Bookstore)
		app.Holder.Premises += "二楼"
		if _, err := issuertest.New(t, s, clock).Change(ctx, l.Number, app, issuer.Order{Actor: operator}); err != nil {
			t.Fatal(err)
		}
		for range 2 {
			if n := issued(clock.Now()); n != 2 {
				t.Errorf("%d counted on the day itself", n)
			}
			clock.Advance(48 * time.Hour)
		}
		// From now on what was counted when the day was over is kept.
		if n := issued(clock.Now().Add(60 * 24 * time.Hour)); n != 2 {
			t.Errorf("%d counted later", n)
		}
	})
}
