package register_test

import (
	"context"
	"testing"
	"time"

	"yizheng/license"
	"yizheng/register"
)

// TestEndsOfAnOlderNode: an older node, which knows neither column, issues
// while nodes are upgraded. Its permits are missing from the list of those that
// end, until a newer node fills in what is missing; what stands there already,
// and what has no term, stays.
func TestEndsOfAnOlderNode(t *testing.T) {
	ctx := context.Background()
	test := func(t *testing.T, s *register.Store, older func(statements ...string), number func(query string) int) {
		district(t, s)
		if filled, err := s.FillEnds(ctx); err != nil || filled {
			t.Fatalf("what is all there was filled in: %v", err)
		}
		before := pages(t, s, register.Filter{Ends: license.DateOf(time.Date(2099, 12, 31, 0, 0, 0, 0, time.UTC))}, 50)
		with := number(`SELECT COUNT(valid_until) FROM version_permits`)
		older(`UPDATE version_permits SET valid_until = NULL`, `UPDATE batches SET ends_known = NULL`)
		if n := len(pages(t, s, register.Filter{Ends: license.DateOf(time.Date(2099, 12, 31, 0, 0, 0, 0, time.UTC))}, 50)); n != 0 {
			t.Fatalf("%d permits are listed all the same", n)
		}
		batches := 0
		for {
			filled, err := s.FillEnds(ctx)
			if err != nil {
				t.Fatal(err)
			}
			if !filled {
				break
			}
			batches++
		}
		if all := number(`SELECT COUNT(*) FROM batches`); batches != all {
			t.Errorf("%d batches were looked at, of %d", batches, all)
		}
		if got := number(`SELECT COUNT(valid_until) FROM version_permits`); got != with || with == 0 {
			t.Errorf("%d permits have a last day, want %d", got, with)
		}
		after := pages(t, s, register.Filter{Ends: license.DateOf(time.Date(2099, 12, 31, 0, 0, 0, 0, time.UTC))}, 50)
		if len(after) != len(before) || len(after) == 0 {
			t.Errorf("%d permits are listed, want %d", len(after), len(before))
		}
	}
	t.Run("sqlite", func(t *testing.T) {
		s, _ := create(t)
		test(t, s, func(statements ...string) {
			for _, statement := range statements {
				if _, err := s.SQLite().Exec(statement); err != nil {
					t.Fatal(err)
				}
			}
		}, func(query string) (n int) {
			if err := s.SQLite().QueryRow(query).Scan(&n); err != nil {
				t.Fatal(err)
			}
			return n
		})
	})
	t.Run("postgres", func(t *testing.T) {
		s, _ := createPostgres(t)
		test(t, s, func(statements ...string) {
			for _, statement := range statements {
				if _, err := s.Postgres().Exec(ctx, statement); err != nil {
					t.Fatal(err)
				}
			}
		}, func(query string) (n int) {
			if err := s.Postgres().QueryRow(ctx, query).Scan(&n); err != nil {
				t.Fatal(err)
			}
			return n
		})
	})
}
