package register_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"yizheng/batch/sample"
	"yizheng/catalog"
	"yizheng/issuer"
	"yizheng/issuer/issuertest"
	"yizheng/license"
	"yizheng/register"
)

const market = "上海市长宁区市场监督管理局"

// district fills a register with licenses of which some were changed, some
// withdrawn, and some have a permit that was acted on.
func district(t *testing.T, s *register.Store) {
	t.Helper()
	ctx := context.Background()
	clock := issuertest.NewClock()
	config := issuertest.Config(t, s, clock)
	i := issuertest.New(t, s, clock)
	c, err := config.Catalogue.On(license.DateOf(clock.Now()))
	if err != nil {
		t.Fatal(err)
	}
	maker, err := sample.New(c)
	if err != nil {
		t.Fatal(err)
	}
	var apps []catalog.Application
	for app := range maker.All(60) {
		apps = append(apps, app)
	}
	issued, err := i.Issue(ctx, apps, issuer.Order{Actor: operator})
	if err != nil {
		t.Fatal(err)
	}
	for n, one := range issued {
		number := one.License.Number
		var err error
		switch {
		case n%10 == 3:
			_, err = i.Withdraw(ctx, number, "test", issuer.Order{Actor: operator})
		case n%10 == 5:
			_, err = i.SetPermit(ctx, number, one.License.Permits[n%2].Number, issuer.Suspend, "test", issuer.Order{Actor: operator})
		case n%10 == 7:
			app := apps[n]
			app.Holder.Name = "新" + app.Holder.Name
			_, err = i.Change(ctx, number, app, issuer.Order{Actor: operator})
		}
		if err != nil {
			t.Fatal(err)
		}
	}
}

// pages walks a list to its end, and holds every page to its promises.
func pages(t *testing.T, s *register.Store, f register.Filter, limit int) []register.Listed {
	t.Helper()
	var all []register.Listed
	for mark := ""; ; {
		page, err := s.List(context.Background(), f, mark, limit)
		if err != nil {
			t.Fatal(err)
		}
		if len(page.Lines) > limit || page.Next != "" && !page.Unfinished && len(page.Lines) != limit {
			t.Fatalf("a page of %d lines, of %d, next %q", len(page.Lines), limit, page.Next)
		}
		all = append(all, page.Lines...)
		if mark = page.Next; mark == "" {
			return all
		}
	}
}

func TestListsOnSQLite(t *testing.T) {
	s, _ := create(t)
	lists(t, s)
}

func TestListsOnPostgres(t *testing.T) {
	s, _ := createPostgres(t)
	lists(t, s)
}

// lists compares what each filter gives, page by page, with what holds of each
// license by itself.
func lists(t *testing.T, s *register.Store) {
	district(t, s)
	whole := pages(t, s, register.Filter{}, 7)
	if len(whole) != 60 || !slices.IsSortedFunc(whole, func(a, b register.Listed) int {
		return strings.Compare(b.License.Number, a.License.Number)
	}) {
		t.Fatalf("%d licenses, or not the newest first", len(whole))
	}
	one := whole[13].License
	day := func(s string) license.Date {
		d, err := license.ParseDate(s)
		if err != nil {
			t.Fatal(err)
		}
		return d
	}
	acted := func(l register.Listed) bool {
		return slices.ContainsFunc(l.States, func(s license.State) bool { return s != license.Valid })
	}
	permits := func(f register.Filter) func(register.Listed) int {
		return func(l register.Listed) (n int) {
			for _, p := range l.License.Permits {
				if (f.Ends.IsZero() || !p.ValidUntil.IsZero() && p.ValidUntil >= f.EndsFrom && p.ValidUntil <= f.Ends) &&
					(len(f.Authorities) == 0 || slices.Contains(f.Authorities, p.Authority)) && (f.Permit == "" || f.Permit == p.Number) {
					n++
				}
			}
			return n
		}
	}
	once := func(holds func(register.Listed) bool) func(register.Listed) int {
		return func(l register.Listed) int {
			if holds(l) {
				return 1
			}
			return 0
		}
	}
	ending := register.Filter{EndsFrom: day("2026-01-01"), Ends: day("2029-12-31")}
	endingHere := ending
	endingHere.Authorities = []string{market}
	granted := register.Filter{Authorities: []string{market}}
	numbered := register.Filter{Authorities: []string{"上海市", market, "中国"}, Permit: one.Permits[0].Number}
	for name, test := range map[string]struct {
		filter register.Filter
		times  func(register.Listed) int // how often a license stands in the list
	}{
		"industry":           {register.Filter{Industry: one.Industry}, once(func(l register.Listed) bool { return l.License.Industry == one.Industry })},
		"holder":             {register.Filter{CreditCode: one.Holder.CreditCode}, once(func(l register.Listed) bool { return l.License.Holder == one.Holder })},
		"name":               {register.Filter{Beginnings: []string{"长宁", "新"}}, once(func(register.Listed) bool { return true })},
		"changed name":       {register.Filter{Beginnings: []string{"新", "没有"}}, once(func(l register.Listed) bool { return l.License.Identifier.Version == 2 })},
		"name twice":         {register.Filter{Beginnings: []string{"长宁", "长"}}, once(func(l register.Listed) bool { return l.License.Identifier.Version == 1 })},
		"withdrawn":          {register.Filter{State: register.TakenBack}, once(func(l register.Listed) bool { return l.State == license.Withdrawn })},
		"in force":           {register.Filter{State: register.InForce, Industry: one.Industry}, once(func(l register.Listed) bool { return l.State == license.Valid && l.License.Industry == one.Industry })},
		"acted":              {register.Filter{State: register.PermitActs}, once(acted)},
		"ending":             {ending, permits(ending)},
		"ending, one's own":  {endingHere, permits(endingHere)},
		"granted":            {granted, permits(granted)},
		"by a permit number": {numbered, permits(numbered)},
		"nothing":            {register.Filter{Industry: "没有"}, once(func(register.Listed) bool { return false })},
	} {
		t.Run(name, func(t *testing.T) {
			for _, limit := range []int{1, 7, 100} {
				want := 0
				for _, l := range whole {
					want += test.times(l)
				}
				found := pages(t, s, test.filter, limit)
				seen := map[string]bool{}
				for _, l := range found {
					key := fmt.Sprint(l.License.Number, l.Permit)
					if seen[key] || test.times(l) == 0 {
						t.Errorf("%s stands there twice, or should not", key)
					}
					seen[key] = true
				}
				if len(found) != want || want == 0 && name != "nothing" {
					t.Errorf("%d lines in pages of %d, want %d", len(found), limit, want)
				}
			}
		})
	}
	for _, mark := range []string{"x", "W10", "WyJhIiwiYiIsImMiXQ", "bnVsbA", "{}"} {
		if _, err := s.List(context.Background(), ending, mark, 5); !errors.Is(err, register.ErrMark) {
			t.Errorf("the mark %q gives %v", mark, err)
		}
	}
	if _, err := s.List(context.Background(), ending, "WyJhIiwiYiIsImMiXQ", 5); !errors.Is(err, register.ErrMark) {
		t.Error("a mark whose number is none is taken")
	}
}

// TestListKeepsItsPlace issues and changes between two pages: what was on the
// first does not come again, and nothing that stood behind it is left out.
func TestListKeepsItsPlace(t *testing.T) {
	s, _ := create(t)
	district(t, s)
	before := pages(t, s, register.Filter{}, 100)
	first, err := s.List(context.Background(), register.Filter{}, "", 20)
	if err != nil {
		t.Fatal(err)
	}
	clock := issuertest.NewClock()
	i := issuertest.New(t, s, clock)
	if _, err := i.Issue(context.Background(), []catalog.Application{issuertest.Application(t, issuertest.Bookstore)}, issuer.Order{Actor: operator}); err != nil {
		t.Fatal(err)
	}
	if _, err := i.Withdraw(context.Background(), before[2].License.Number, "test", issuer.Order{Actor: operator}); err != nil {
		t.Fatal(err)
	}
	second, err := s.List(context.Background(), register.Filter{}, first.Next, 100)
	if err != nil {
		t.Fatal(err)
	}
	got := append(first.Lines, second.Lines...)
	if len(got) != len(before) {
		t.Fatalf("%d lines, want %d", len(got), len(before))
	}
	for n := range got {
		if got[n].License.Number != before[n].License.Number {
			t.Errorf("line %d is %s, want %s", n, got[n].License.Number, before[n].License.Number)
		}
	}
}

// TestEndsAreMigratedAsWritten holds what the migration makes of old rows to
// what issuing writes.
func TestEndsAreMigratedAsWritten(t *testing.T) {
	const differ = `SELECT COUNT(*), COUNT(p.valid_until) FROM version_permits p JOIN versions v ON v.id = p.version WHERE COALESCE(p.valid_until, '') = COALESCE(`
	var same, some, all int
	lite, _ := create(t)
	district(t, lite)
	if err := lite.SQLite().QueryRow(differ+`json_extract(v.license, '$.permits[' || p.place || '].validUntil'), '')`).Scan(&same, &some); err != nil {
		t.Fatal(err)
	}
	if err := lite.SQLite().QueryRow(`SELECT COUNT(*) FROM version_permits`).Scan(&all); err != nil || all != same || some == 0 || some == all {
		t.Errorf("SQLite: %d of %d are the same, %d have a term, %v", same, all, some, err)
	}
	ctx := context.Background()
	post, _ := createPostgres(t)
	district(t, post)
	if err := post.Postgres().QueryRow(ctx, differ+`CAST(v.license AS JSON) -> 'permits' -> CAST(p.place AS INTEGER) ->> 'validUntil', '')`).Scan(&same, &some); err != nil {
		t.Fatal(err)
	}
	if err := post.Postgres().QueryRow(ctx, `SELECT COUNT(*) FROM version_permits`).Scan(&all); err != nil || all != same || some == 0 || some == all {
		t.Errorf("PostgreSQL: %d of %d are the same, %d have a term, %v", same, all, some, err)
	}
}

// TestActedOnSeveral: a permit that was acted on and stands on several licenses,
// such as one that was withdrawn and the one that came after it, is on the list
// with each, wherever a page ends.
func TestActedOnSeveral(t *testing.T) {
	onBoth(t, func(t *testing.T, s *register.Store) {
		ctx := context.Background()
		i := issuertest.New(t, s, issuertest.NewClock())
		issue := func() license.License {
			t.Helper()
			issued, err := i.Issue(ctx, []catalog.Application{issuertest.Numbered(t, 1)}, issuer.Order{Actor: operator})
			if err != nil {
				t.Fatal(err)
			}
			return issued[0].License
		}
		first := issue()
		if _, err := i.Withdraw(ctx, first.Number, "歇业", issuer.Order{Actor: operator}); err != nil {
			t.Fatal(err)
		}
		second := issue()
		if _, err := i.SetPermit(ctx, second.Number, second.Permits[0].Number, issuer.Suspend, "检查", issuer.Order{Actor: operator}); err != nil {
			t.Fatal(err)
		}
		all := pages(t, s, register.Filter{State: register.PermitActs}, 10)
		if single := pages(t, s, register.Filter{State: register.PermitActs}, 1); len(all) != 2 || len(single) != 2 {
			t.Errorf("%d lines on one page, %d on pages of one", len(all), len(single))
		}
	})
}

// TestTextsThatNoRowHas: a number that no license can have, on which PostgreSQL
// refuses a question, is a fault of the application like any other.
func TestTextsThatNoRowHas(t *testing.T) {
	onBoth(t, func(t *testing.T, s *register.Store) {
		i := issuertest.New(t, s, issuertest.NewClock())
		good, number, authority := issuertest.Numbered(t, 1), issuertest.Numbered(t, 2), issuertest.Numbered(t, 3)
		number.Permits[0].Number, authority.Permits[0].Authority = "\x00", "\xff局"
		found, err := i.CheckEach(context.Background(), []catalog.Application{good, number, authority})
		if err != nil || len(found[0]) > 0 || len(found[1]) == 0 || len(found[2]) == 0 {
			t.Fatalf("%v, %v", found, err)
		}
		for _, app := range []catalog.Application{number, authority} {
			var faults license.Faults
			if _, err := i.Preview(context.Background(), app); !errors.As(err, &faults) {
				t.Errorf("previewing: %v", err)
			}
			if _, err := i.Issue(context.Background(), []catalog.Application{good, app}, issuer.Order{Actor: operator}); !errors.As(err, &faults) {
				t.Errorf("issuing: %v", err)
			}
		}
	})
}
