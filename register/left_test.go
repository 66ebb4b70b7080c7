package register_test

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"yizheng/issuer"
	"yizheng/register"
	"yizheng/register/registertest"
)

// TestLeftHalfway finds what a program of before has left of a new license and of
// a change: it stands in the way of others, who are told; it is no license; and
// given up it leaves nothing but its used serials.
func TestLeftHalfway(t *testing.T) {
	t.Run("sqlite", func(t *testing.T) {
		s, _ := create(t)
		testLeftHalfway(t, s, func(statement string, args ...any) error {
			_, err := s.SQLite().Exec(statement, args...)
			return err
		})
	})
	t.Run("postgres", func(t *testing.T) {
		s, _ := createPostgres(t)
		testLeftHalfway(t, s, func(statement string, args ...any) error {
			_, err := s.Postgres().Exec(context.Background(), statement, args...)
			return err
		})
	})
}

func testLeftHalfway(t *testing.T, s *register.Store, exec func(statement string, args ...any) error) {
	ctx := context.Background()
	at := time.Unix(5, 0)
	held := func(err error, kind issuer.ConflictKind, batch string) {
		t.Helper()
		var c *issuer.Conflict
		if !errors.As(err, &c) || c.Kind != kind || c.Batch != batch || !c.Left {
			t.Errorf("got %v (%+v), want that %s of %s is in the way", err, c, kind, batch)
		}
	}
	keys := func(numbers ...string) (keys []issuer.PermitKey) {
		for _, n := range numbers {
			keys = append(keys, issuer.PermitKey{Authority: "机关", Number: n})
		}
		return keys
	}

	left := reserved(t, s, "left", nil, 10, "1", "2")
	left.Key, left.Answer = "key", []string{left.Entries[0].License.Identifier.String()}
	registertest.Leave(t, exec, left)
	if ids, err := s.Unfinished(ctx); err != nil || !slices.Equal(ids, []string{"left"}) {
		t.Errorf("unfinished %v, %v", ids, err)
	}
	if r, err := s.Request(ctx, "key"); err != nil || !r.Left || r.Batch != "left" {
		t.Errorf("its request: %+v, %v", r, err)
	}
	for _, id := range []string{left.Answer[0], left.Entries[0].License.Identifier.Base(), left.Entries[0].License.Number} {
		if _, err := s.Current(ctx, id); !errors.Is(err, issuer.ErrNotFound) {
			t.Errorf("it was found by %s: %v", id, err)
		}
	}
	if of, err := s.CurrentOf(ctx, [][32]byte{left.Entries[0].Content}); err != nil || of[0] != "" {
		t.Errorf("it was found by its content: %v, %v", of, err)
	}
	if standing, err := s.Standing(ctx, keys("1")); err != nil || standing[0].Held != "" {
		t.Errorf("it holds a permit: %+v, %v", standing, err)
	}
	other := reserved(t, s, "other", nil, 20, "2", "3")
	held(s.Issue(ctx, other), issuer.PermitHeld, "left")
	other.Key = "key"
	held(s.Issue(ctx, other), issuer.KeyHeld, "left")
	same := reserved(t, s, "left", nil, 30, "4")
	same.ID = "same"
	held(s.Issue(ctx, same), issuer.ContentHeld, "left")
	if err := s.Void(ctx, "left", "tester", "", at); err != nil {
		t.Fatal(err)
	}
	if err := s.Void(ctx, "left", "tester", "", at); !errors.Is(err, issuer.ErrMoved) {
		t.Errorf("given up twice: %v", err)
	}
	for _, b := range []issuer.Batch{other, same} {
		if err := s.Issue(ctx, b); err != nil {
			t.Errorf("%s, once the way is free: %v", b.ID, err)
		}
	}

	l := other.Entries[0].License
	change := reserved(t, s, "change", &l, 40, "3", "5")
	registertest.Leave(t, exec, change)
	held(s.Issue(ctx, reserved(t, s, "next", &l, 50, "2", "3")), issuer.VersionHeld, "change")
	withdrawal := issuer.Withdrawal{Identifier: l.Identifier.String(), At: at, Event: about(t, l)}
	held(s.Withdraw(ctx, withdrawal), issuer.VersionHeld, "change")
	if err := s.Void(ctx, "change", "tester", "", at); err != nil {
		t.Fatal(err)
	}
	if standing, err := s.Standing(ctx, keys("2", "3", "5")); err != nil || standing[0].Held != l.Identifier.Base() || standing[1].Held != l.Identifier.Base() || standing[2].Held != "" {
		t.Errorf("standing %+v, %v", standing, err)
	}
	if err := s.Issue(ctx, reserved(t, s, "now", &l, 60, "2", "3", "5")); err != nil {
		t.Errorf("the change, once the way is free: %v", err)
	}
	if ids, err := s.Unfinished(ctx); err != nil || len(ids) != 0 {
		t.Errorf("unfinished %v, %v", ids, err)
	}
}
