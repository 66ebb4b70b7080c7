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
