package registertest

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"yizheng/issuer"
	"yizheng/library/metadata"
	"yizheng/license"
)

// entries gives the entries of a version's block.
func entries(t *testing.T, r Register, l license.License) []license.State {
	t.Helper()
	c, err := r.Chunk(context.Background(), l.StatusIndex/issuer.ChunkSize)
	must(t, err)
	for _, b := range c.Blocks {
		if b.Offset == l.StatusIndex%issuer.ChunkSize {
			return b.States
		}
	}
	t.Fatalf("%s has no block", l.Identifier)
	return nil
}

func acts(t *testing.T, r Register) {
	ctx := context.Background()
	first := issued(t, r, "a", made(t, r, nil, "1", "2"))
	second := issued(t, r, "b", made(t, r, &first, "2", "3"))
	key := issuer.PermitKey{Authority: "机关", Number: "2"}
	carriers, err := r.Carriers(ctx, key)
	if err != nil || !slices.Equal(carriers, []string{second.Identifier.String()}) {
		t.Fatalf("carriers %v, %v", carriers, err)
	}
	must(t, r.ActOnPermit(ctx, issuer.PermitAct{Key: key, From: license.Valid, To: license.Revoked, Reason: "r", Actor: "a", At: at,
		Carriers: carriers, Events: []metadata.Event{event(t, second, metadata.Status)}}))
	for _, c := range []struct {
		l    license.License
		want []license.State
	}{
		{first, []license.State{license.Superseded, license.Valid, license.Revoked}},
		{second, []license.State{license.Valid, license.Revoked, license.Valid}},
	} {
		if got := entries(t, r, c.l); !slices.Equal(got, c.want) {
			t.Errorf("version %d: %v, want %v", c.l.Identifier.Version, got, c.want)
		}
	}
	s, err := r.Standing(ctx, []issuer.PermitKey{key})
	if err != nil || s[0].State != license.Revoked || !s[0].Acted {
		t.Errorf("standing %+v, %v", s, err)
	}
}

func withdraw(t *testing.T, r Register) {
	ctx := context.Background()
	first := issued(t, r, "a", made(t, r, nil, "1", "2"))
	second := issued(t, r, "b", made(t, r, &first, "2", "3"))
	w := issuer.Withdrawal{Identifier: first.Identifier.String(), At: at, Event: event(t, second, metadata.Status)}
	if err := r.Withdraw(ctx, w); !errors.Is(err, issuer.ErrMoved) {
		t.Errorf("withdrawing by an old version: %v", err)
	}
	w.Identifier = second.Identifier.String()
	must(t, r.Withdraw(ctx, w))
	if err := r.Withdraw(ctx, w); !errors.Is(err, issuer.ErrMoved) {
		t.Errorf("withdrawing twice: %v", err)
	}
	for _, l := range []license.License{first, second} {
		if got := entries(t, r, l); !slices.Equal(got, []license.State{license.Withdrawn, license.Valid, license.Valid}) {
			t.Errorf("version %d: %v", l.Identifier.Version, got)
		}
	}
	issued(t, r, "d", made(t, r, nil, "2", "3")) // its permits are free
}

func outbox(t *testing.T, r Register) {
	ctx := context.Background()
	l := issued(t, r, "a", made(t, r, nil, "1", "2"))
	base := l.Identifier.Base()
	must(t, r.Restate(ctx, base, 1, []metadata.Event{event(t, l, metadata.Status), event(t, l, metadata.Document)}))
	if err := r.Restate(ctx, base, 1, nil); !errors.Is(err, issuer.ErrMoved) {
		t.Errorf("restating what has moved on: %v", err)
	}
	pending, err := r.Pending(ctx, base, 10)
	must(t, err)
	for n, q := range pending {
		if q.Sequence != int64(n+1) || q.ID != metadata.ID(base, q.Sequence) || q.State != metadata.Pending || !q.At.Equal(at) || len(q.Body) == 0 {
			t.Errorf("event %d: %+v", n, q)
		}
	}
	if len(pending) != 3 {
		t.Fatalf("%d events", len(pending))
	}
	next := at.Add(time.Minute)
	must(t, r.Failed(ctx, base, 1, "down", next, false))
	pending, err = r.Pending(ctx, base, 1)
	if err != nil || pending[0].Attempts != 1 || !pending[0].Next.Equal(next) || pending[0].Problem != "down" {
		t.Errorf("after a failure: %+v, %v", pending, err)
	}
	next = next.Add(time.Minute)
	must(t, r.Unreached(ctx, base, 1, "away", next))
	pending, err = r.Pending(ctx, base, 1)
	if err != nil || pending[0].Attempts != 1 || !pending[0].Next.Equal(next) || pending[0].Problem != "away" {
		t.Errorf("after a library that was not reached: %+v, %v", pending, err)
	}
	must(t, r.Delivered(ctx, base, 1, "R1", at))
	must(t, r.Delivered(ctx, base, 1, "R2", at))
	must(t, r.Failed(ctx, base, 1, "late", next, true)) // another was faster
	must(t, r.Unreached(ctx, base, 1, "late", next))
	must(t, r.Delivered(ctx, base, 2, "R3", at))
	standings, err := r.Standings(ctx, "", 10)
	if err != nil || len(standings) != 1 || standings[0].Delivered != 2 || standings[0].Sequence != 3 ||
		standings[0].Identifier != l.Identifier.String() || standings[0].State != "01" || len(standings[0].Permits) != 2 {
		t.Errorf("standings %+v, %v", standings, err)
	}
	must(t, r.Redeliver(ctx, base, 2))
	if pending, err = r.Pending(ctx, base, 10); err != nil || len(pending) != 2 || pending[0].Sequence != 2 {
		t.Errorf("after redelivery: %+v, %v", pending, err)
	}
	if backlog, err := r.Backlog(ctx, "", 10); err != nil || !slices.Equal(backlog, []string{base}) {
		t.Errorf("backlog %v, %v", backlog, err)
	}
	if backlog, err := r.Backlog(ctx, base, 10); err != nil || len(backlog) != 0 {
		t.Errorf("backlog %v, %v", backlog, err)
	}
}

func lists(t *testing.T, r Register) {
	ctx := context.Background()
	l := issued(t, r, "a", made(t, r, nil, "1", "2"))
	number := l.StatusIndex / issuer.ChunkSize
	due, err := r.Due(ctx, time.Unix(1, 0), never, 10)
	if err != nil || !slices.Contains(due.Chunks, number) || len(due.Records) != 0 {
		t.Fatalf("due %+v, %v", due, err)
	}
	c, err := r.Chunk(ctx, number)
	must(t, err)
	p := issuer.Published{Sequence: 1, Built: c.Change, Token: "token", IssuedAt: at, ExpiresAt: at.Add(time.Hour)}
	must(t, r.PutList(ctx, number, p))
	if err := r.PutList(ctx, number, p); !errors.Is(err, issuer.ErrMoved) {
		t.Errorf("a sequence twice: %v", err)
	}
	due, err = r.Due(ctx, time.Unix(1, 0), never, 10)
	if err != nil || slices.Contains(due.Chunks, number) {
		t.Errorf("still due: %+v, %v", due, err)
	}
	for what, span := range map[string][2]time.Time{
		"expiring": {at.Add(2 * time.Hour), never}, "ahead of the time": {time.Unix(1, 0), at.Add(-time.Minute)},
	} {
		due, err = r.Due(ctx, span[0], span[1], 10)
		if err != nil || !slices.Contains(due.Chunks, number) {
			t.Errorf("%s and not due: %+v, %v", what, due, err)
		}
	}
	var seen int
	must(t, r.EachList(ctx, func(n uint32, got issuer.Published) error {
		seen++
		if n != number || got != p {
			t.Errorf("list %d: %+v", n, got)
		}
		return nil
	}))
	if seen != 1 {
		t.Errorf("%d lists", seen)
	}
	stop := errors.New("enough")
	if err := r.EachList(ctx, func(uint32, issuer.Published) error { return stop }); !errors.Is(err, stop) {
		t.Errorf("got %v", err)
	}
}

// never is later than anything ends.
var never = time.Date(9999, 1, 1, 0, 0, 0, 0, time.UTC)
