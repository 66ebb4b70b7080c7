package register_test

import (
	"context"
	"path/filepath"
	"testing"
	"time"

	"yizheng/catalog"
	"yizheng/issuer"
	"yizheng/issuer/issuertest"
	"yizheng/register"
	"yizheng/register/postgrestest"
)

// sequences are those of all that is published: lists and records by their names.
type sequences map[any]uint64

// seen adds what a register has published, and says what of it no verifier takes
// that has seen the others.
func (s sequences) seen(t *testing.T, of *register.Store) (refused []any) {
	t.Helper()
	see := func(name any, p issuer.Published) error {
		if p.Sequence < s[name] {
			refused = append(refused, name)
		}
		s[name] = max(s[name], p.Sequence)
		return nil
	}
	ctx := context.Background()
	err := of.EachList(ctx, func(n uint32, p issuer.Published) error { return see(n, p) })
	if err == nil {
		err = of.EachRecord(ctx, func(base string, p issuer.Published) error { return see(base, p) })
	}
	if err != nil {
		t.Fatal(err)
	}
	return refused
}

// TestRestoredIsTaken: what a register publishes that was an old copy is taken by
// those who have seen what was published since the copy, be it of lists and
// records that the copy knows, or had not published yet, or that came only
// after it; also when the same copy is restored a second time.
func TestRestoredIsTaken(t *testing.T) {
	ctx := context.Background()
	clock := issuertest.NewClock()
	lost, path := create(t)
	config := issuertest.Config(t, lost, clock)
	at := func(s *register.Store) *issuer.Issuer {
		t.Helper()
		config.Store = s
		i, err := issuer.New(config)
		if err != nil {
			t.Fatal(err)
		}
		return i
	}
	publish := func(s *register.Store) {
		t.Helper()
		if _, err := at(s).Publish(ctx); err != nil {
			t.Fatal(err)
		}
	}
	issued, err := at(lost).Issue(ctx, []catalog.Application{issuertest.Numbered(t, 1), issuertest.Numbered(t, 2)}, issuer.Order{Actor: operator})
	if err != nil {
		t.Fatal(err)
	}
	move := func(s *register.Store, n int, to string) {
		t.Helper()
		app := issuertest.Numbered(t, n)
		app.Holder.Premises += to
		if _, err := at(s).Change(ctx, issued[n-1].License.Number, app, issuer.Order{Actor: operator}); err != nil {
			t.Fatal(err)
		}
	}
	all := sequences{}
	back := func() *register.Store {
		t.Helper()
		copied := filepath.Join(t.TempDir(), "register.db")
		if _, err := register.Backup(ctx, path, copied); err != nil {
			t.Fatal(err)
		}
		s, err := register.Open(ctx, copied, register.Config{})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = s.Close() })
		return s
	}
	unpublished := back()
	from := clock.Now()
	publish(lost)
	move(lost, 1, "一楼")
	publish(lost)
	move(lost, 1, "二楼")
	copies := []*register.Store{back(), back(), unpublished}
	for n, floor := range []string{"三楼", "四楼", "五楼", "六楼"} {
		move(lost, 1+n%2, floor)
		publish(lost)
	}
	if refused := all.seen(t, lost); len(refused) > 0 || len(all) < 2 {
		t.Fatalf("of the first itself %v are refused", refused)
	}
	for n, s := range copies {
		clock.Advance(time.Hour)
		if err := s.Restored(ctx, register.Restoration{From: from, Now: clock.Now(), Serials: 10}); err != nil {
			t.Fatal(err)
		}
		for _, floor := range []string{"七楼", "八楼"} {
			move(s, 1, floor)
			move(s, 2, floor)
			publish(s)
			if refused := all.seen(t, s); len(refused) > 0 {
				t.Errorf("copy %d, %s: %v are refused", n+1, floor, refused)
			}
		}
		if due, err := s.Due(ctx, time.Unix(1, 0), clock.Now().Add(time.Minute), 10); err != nil || len(due.Chunks)+len(due.Records) > 0 {
			t.Errorf("copy %d: still due is %+v, %v", n+1, due, err)
		}
	}
}

// TestRestoredIsOnTheDisk: that serials are passed over may not be lost, as a
// reservation may of which nothing has come yet.
func TestRestoredIsOnTheDisk(t *testing.T) {
	ctx := context.Background()
	s, address := createPostgres(t)
	l := issueOne(t, s, issuertest.NewClock())
	postgrestest.Exec(t, address, `CREATE FUNCTION waits() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
		IF current_setting('synchronous_commit') = 'off' THEN RAISE 'returns before it is on the disk'; END IF; RETURN NEW; END $$`)
	postgrestest.Exec(t, address, `CREATE TRIGGER waits BEFORE INSERT ON audit FOR EACH ROW EXECUTE FUNCTION waits()`)
	now := issuertest.NewClock().Now()
	if err := s.Restored(ctx, register.Restoration{From: now, Now: now, Serials: 10}); err != nil {
		t.Error(err)
	}
	i := issuertest.New(t, s, issuertest.NewClock())
	issued, err := i.Issue(ctx, []catalog.Application{issuertest.Numbered(t, 5)}, issuer.Order{Actor: operator})
	if err != nil || issued[0].License.Identifier.Serial != "20260000012" {
		t.Errorf("after %s comes %+v, %v", l.Identifier.Serial, issued, err)
	}
}
