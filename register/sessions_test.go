package register_test

import (
	"context"
	"testing"
	"time"

	"yizheng/register"
)

func TestSessions(t *testing.T) {
	for name, open := range map[string]func(*testing.T) (*register.Store, string){"sqlite": create, "postgres": createPostgres} {
		t.Run(name, func(t *testing.T) {
			ctx := context.Background()
			s, _ := open(t)
			now := time.Date(2026, 3, 4, 5, 6, 7, 0, time.UTC)
			want := func(id string, at time.Time, content string, expires time.Time) {
				t.Helper()
				got, until, found, err := s.Session(ctx, id, at)
				if err != nil || got != content || found != (content != "") || !until.Equal(expires) {
					t.Errorf("%s at %s: %q until %s, %v, %v", id, at, got, until, found, err)
				}
			}
			do := func(err error) {
				t.Helper()
				if err != nil {
					t.Fatal(err)
				}
			}
			do(s.PutSession(ctx, "a", "A", now, now.Add(time.Minute)))
			do(s.PutSession(ctx, "b", "B", now, now.Add(time.Hour)))
			if err := s.PutSession(ctx, "a", "another", now, now.Add(time.Hour)); err == nil {
				t.Error("a session is written over")
			}
			want("a", now, "A", now.Add(time.Minute))
			want("a", now.Add(time.Minute), "", time.Time{})
			want("c", now, "", time.Time{})
			do(s.ExtendSession(ctx, "a", now.Add(2*time.Minute)))
			want("a", now.Add(time.Minute), "A", now.Add(2*time.Minute))
			do(s.EndSession(ctx, "a"))
			do(s.EndSession(ctx, "a"))
			do(s.ExtendSession(ctx, "a", now.Add(time.Hour))) // a session that has ended stays ended
			want("a", now, "", time.Time{})
			do(s.PutSession(ctx, "d", "D", now.Add(2*time.Hour), now.Add(3*time.Hour)))
			want("b", now, "", time.Time{})
		})
	}
}
