package register_test

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"yizheng/catalog"
	"yizheng/issuer"
	"yizheng/issuer/issuertest"
	"yizheng/register"
	"yizheng/status"
)

// TestChunkAt: whatever happens, the list of an earlier instant is the one that
// was published then, entry by entry; of an instant ahead, or before the first
// license, there is none.
func TestChunkAt(t *testing.T) { onBoth(t, testChunkAt) }

func testChunkAt(t *testing.T, s *register.Store) {
	ctx := context.Background()
	clock := issuertest.NewClock()
	c := issuertest.Config(t, s, clock)
	i, err := issuer.New(c)
	if err != nil {
		t.Fatal(err)
	}
	began := clock.Now()
	app := issuertest.Application(t, issuertest.Bookstore)
	actor := issuer.Operator("tester")
	clock.Advance(time.Hour)
	issued, err := i.Issue(ctx, []catalog.Application{app}, issuer.Order{Actor: actor})
	if err != nil {
		t.Fatal(err)
	}
	first := issued[0].License
	act := func(do func() error) {
		t.Helper()
		if err := do(); err != nil {
			t.Fatal(err)
		}
	}
	permit := func(n int, a issuer.Act) func() error {
		return func() error {
			_, err := i.SetPermit(ctx, first.Number, app.Permits[n].Number, a, "检查", issuer.Order{Actor: actor})
			return err
		}
	}
	changed := app
	changed.Permits = slices.Delete(slices.Clone(app.Permits), 2, 3) // without the one that is revoked
	steps := []func() error{
		func() error { return nil },
		permit(1, issuer.Suspend),
		permit(1, issuer.Reinstate),
		permit(2, issuer.Revoke),
		permit(1, issuer.Suspend),
		func() error {
			_, err := i.Change(ctx, first.Number, changed, issuer.Order{Actor: actor})
			return err
		},
		permit(3, issuer.Suspend),
		func() error {
			_, err := i.Withdraw(ctx, first.Number, "申请", issuer.Order{Actor: actor})
			return err
		},
	}
	type moment struct {
		at    time.Time
		lists map[uint32]*status.List
	}
	var moments []moment
	for _, step := range steps {
		act(step)
		if _, err := i.Publish(ctx); err != nil {
			t.Fatal(err)
		}
		m := moment{clock.Now(), make(map[uint32]*status.List)}
		act(func() error {
			return s.EachList(ctx, func(number uint32, p issuer.Published) (err error) {
				m.lists[number], err = status.Parse(p.Token, c.Keys.Status.PublicKey())
				return err
			})
		})
		moments = append(moments, m)
		clock.Advance(24 * time.Hour)
	}
	for n, m := range moments {
		for number, then := range m.lists {
			token, err := i.ListAt(ctx, s, number, m.at.Add(time.Hour))
			if errors.Is(err, issuer.ErrNoHistory) {
				continue // nothing was issued in it yet
			}
			if err != nil {
				t.Fatal(err)
			}
			list, err := status.Parse(token, c.Keys.Status.PublicKey())
			if err != nil {
				t.Fatal(err)
			}
			for offset := range uint32(status.ChunkSize) {
				if list.At(offset) != then.At(offset) {
					t.Errorf("moment %d, list %d, entry %d: %s, and was %s", n, number, offset, list.At(offset), then.At(offset))
				}
			}
			if list.Sequence != 1 || !list.IssuedAt.Equal(m.at.Add(time.Hour).Truncate(time.Second)) {
				t.Errorf("moment %d: sequence %d, dated %v", n, list.Sequence, list.IssuedAt)
			}
		}
	}
	number, _ := status.Locate(first.StatusIndex)
	for _, bad := range []time.Time{clock.Now().Add(time.Minute), began, time.Unix(0, 0)} {
		if _, err := i.ListAt(ctx, s, number, bad); !errors.Is(err, issuer.ErrNoHistory) {
			t.Errorf("%v: %v", bad, err)
		}
	}
	if _, err := i.ListAt(ctx, s, 99999, clock.Now()); !errors.Is(err, issuer.ErrNotFound) {
		t.Error(err)
	}
}
