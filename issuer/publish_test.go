package issuer_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"sync"
	"testing"
	"time"

	"yizheng/issuer"
	"yizheng/issuer/issuertest"
	"yizheng/license"
	"yizheng/register"
	"yizheng/status"
	"yizheng/trust"
)

// lists reads every status list of the folder, checked with the key.
func lists(t *testing.T, dir string, c issuer.Config) map[uint32]*status.List {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(dir, "*.jwt"))
	if err != nil {
		t.Fatal(err)
	}
	all := map[uint32]*status.List{}
	for _, f := range files {
		b, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		list, err := status.Parse(string(b), c.Keys.Status.PublicKey())
		if err != nil {
			t.Fatalf("%s: %v", f, err)
		}
		name := filepath.Base(f)
		n, err := strconv.ParseUint(name[:len(name)-len(".jwt")], 10, 32)
		if err != nil || list.Subject != status.Address(issuertest.StatusBase, uint32(n)) {
			t.Fatalf("%s is the list of %s", f, list.Subject)
		}
		all[uint32(n)] = list
	}
	return all
}

func at(all map[uint32]*status.List, index uint32) status.Value {
	chunk, offset := status.Locate(index)
	return all[chunk].At(offset)
}

func TestPublish(t *testing.T) {
	ctx := context.Background()
	dir := filepath.Join(t.TempDir(), "status")
	store := open(t)
	clock := issuertest.NewClock()
	c := issuertest.Config(t, store, clock)
	i, err := issuer.New(c)
	if err != nil {
		t.Fatal(err)
	}
	publish := func(build func(context.Context) (issuer.Built, error)) (issuer.Built, int) {
		t.Helper()
		b, err := build(ctx)
		if err != nil {
			t.Fatal(err)
		}
		n, err := issuer.NewFolder(dir).Write(ctx, store)
		if err != nil {
			t.Fatal(err)
		}
		return b, n
	}
	app := issuertest.Application(t, issuertest.Bookstore)
	first := issue(t, i, app)[0].License
	if b, n := publish(i.Publish); len(b.Lists) != issuer.OpenChunks || len(b.Records) != 0 || n != issuer.OpenChunks {
		t.Fatalf("built %+v, wrote %d", b, n)
	}
	for k := range 1 + len(first.Permits) {
		if got := at(lists(t, dir, c), first.StatusIndex+uint32(k)); got != status.Valid {
			t.Errorf("entry %d is %v", k, got)
		}
	}
	if b, n := publish(i.Publish); len(b.Lists) != 0 || n != 0 {
		t.Errorf("nothing changed, and built %+v, wrote %d", b, n)
	}

	if _, err := i.SetPermit(ctx, first.Number, app.Permits[1].Number, issuer.Suspend, "检查", issuer.Order{Actor: operator}); err != nil {
		t.Fatal(err)
	}
	app.Permits = slices.Clone(app.Permits)
	app.Permits = slices.Delete(app.Permits, 4, 5)
	changed, err := i.Change(ctx, first.Number, app, issuer.Order{Actor: operator})
	if err != nil {
		t.Fatal(err)
	}
	second := changed.License
	publish(i.Publish)
	all := lists(t, dir, c)
	for index, want := range map[uint32]status.Value{
		first.StatusIndex: status.Superseded, first.StatusIndex + 1: status.Valid, first.StatusIndex + 2: status.Suspended,
		first.StatusIndex + 5: status.Valid,
		second.StatusIndex:    status.Valid, second.StatusIndex + 2: status.Suspended, second.StatusIndex + 3: status.Valid,
	} {
		if got := at(all, index); got != want {
			t.Errorf("entry %d: %v, want %v", index, got, want)
		}
	}
	assigned := 0
	for _, l := range all {
		for o := range uint32(status.ChunkSize) {
			if l.At(o) != status.Revoked {
				assigned++
			}
		}
	}
	if want := 1 + len(first.Permits) + 1 + len(second.Permits); assigned != want {
		t.Errorf("%d entries read other than revoked, want %d", assigned, want)
	}
	checkRecord(t, dir, c, first, second)

	if _, err := i.Withdraw(ctx, second.Number, "申请", issuer.Order{Actor: operator}); err != nil {
		t.Fatal(err)
	}
	publish(i.Publish)
	all = lists(t, dir, c)
	if at(all, first.StatusIndex) != status.Withdrawn || at(all, second.StatusIndex) != status.Withdrawn || at(all, second.StatusIndex+1) != status.Valid {
		t.Error("withdrawing did not show on every version, or touched a permit")
	}

	// Lists are signed anew before they expire, and only then.
	sequences := map[uint32]uint64{}
	for n, l := range all {
		sequences[n] = l.Sequence
	}
	clock.Advance(3 * 24 * time.Hour)
	if b, _ := publish(i.Refresh); len(b.Lists) != 0 {
		t.Errorf("signed %v anew after three days", b.Lists)
	}
	clock.Advance(24 * time.Hour)
	if b, n := publish(i.Refresh); len(b.Lists) != issuer.OpenChunks || n != issuer.OpenChunks {
		t.Errorf("signed %v anew after four days, wrote %d", b.Lists, n)
	}
	for n, l := range lists(t, dir, c) {
		if l.Sequence != sequences[n]+1 || !l.Expires.Equal(clock.Now().Add(7*24*time.Hour)) {
			t.Errorf("list %d: sequence %d after %d, expires %s", n, l.Sequence, sequences[n], l.Expires)
		}
	}

	// The folder is nothing but a copy.
	if err := os.WriteFile(filepath.Join(dir, "0.jwt"), []byte("torn"), 0o644); err != nil {
		t.Fatal(err)
	}
	if _, n := publish(i.Publish); n != 1 {
		t.Errorf("wrote %d files, want the torn one", n)
	}
	if left, err := filepath.Glob(filepath.Join(dir, ".new-*")); err != nil || len(left) > 0 {
		t.Errorf("left %v, %v", left, err)
	}
}

func checkRecord(t *testing.T, dir string, c issuer.Config, first, second license.License) {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(dir, "records", first.Identifier.Base()+".jwt"))
	if err != nil {
		t.Fatal(err)
	}
	r, err := trust.ParseRecord(string(b), c.Keys.Record.PublicKey())
	if err != nil {
		t.Fatal(err)
	}
	if r.License != first.Identifier.Base() || len(r.Versions) != 2 || r.Newest().Identifier != second.Identifier {
		t.Errorf("record %+v", r)
	}
}

// TestPublishAtOnce lets two publish at the same time: no sequence is given
// twice.
func TestPublishAtOnce(t *testing.T) {
	ctx := context.Background()
	store := open(t)
	i := issuertest.New(t, store, issuertest.NewClock())
	issue(t, i, issuertest.Application(t, issuertest.Bookstore))
	errs := make(chan error, 4)
	for range cap(errs) {
		go func() {
			_, err := i.Publish(ctx)
			errs <- err
		}()
	}
	for range cap(errs) {
		if err := <-errs; err != nil {
			t.Error(err)
		}
	}
	due, err := store.Due(ctx, time.Unix(1, 0), never, 10)
	if err != nil || len(due.Chunks) != 0 {
		t.Errorf("still due: %+v, %v", due, err)
	}
	err = store.EachList(ctx, func(n uint32, p issuer.Published) error {
		if p.Sequence != 1 {
			t.Errorf("list %d has sequence %d", n, p.Sequence)
		}
		return nil
	})
	if err != nil {
		t.Error(err)
	}
}

var _ issuer.Lists = (*register.Store)(nil)

func TestRefreshAtTheAgeAskedFor(t *testing.T) {
	ctx := context.Background()
	clock := issuertest.NewClock()
	c := issuertest.Config(t, open(t), clock)
	c.ListRenewal = 30 * time.Minute
	i, err := issuer.New(c)
	if err != nil {
		t.Fatal(err)
	}
	issue(t, i, issuertest.Application(t, issuertest.Restaurant))
	for _, step := range []struct {
		after time.Duration
		lists int
	}{{0, issuer.OpenChunks}, {29 * time.Minute, 0}, {2 * time.Minute, issuer.OpenChunks}, {time.Minute, 0}} {
		clock.Advance(step.after)
		built, err := i.Refresh(ctx)
		if err != nil || len(built.Lists) != step.lists {
			t.Errorf("%v on: %d lists built (%v), want %d", step.after, len(built.Lists), err, step.lists)
		}
	}
}

// TestRefreshAfterAClockWasAhead: lists and records that it has dated would
// move every verifier's clock on, and are signed anew.
func TestRefreshAfterAClockWasAhead(t *testing.T) {
	ctx := context.Background()
	clock := issuertest.NewClock()
	store := open(t)
	i := issuertest.New(t, store, clock)
	app := issuertest.Application(t, issuertest.Restaurant)
	base := issue(t, i, app)[0].License.Identifier.Base()
	app.Holder.Premises += "二楼"
	if _, err := i.Change(ctx, base, app, issuer.Order{Actor: operator}); err != nil {
		t.Fatal(err)
	}
	clock.Advance(40 * 24 * time.Hour)
	if _, err := i.Refresh(ctx); err != nil {
		t.Fatal(err)
	}
	clock.Advance(-40 * 24 * time.Hour)
	built, err := i.Refresh(ctx)
	if err != nil || len(built.Lists) != issuer.OpenChunks || !slices.Equal(built.Records, []string{base}) {
		t.Errorf("signed anew: %+v, %v", built, err)
	}
	r, err := store.Record(ctx, base)
	if err != nil || r.Published.Sequence != 2 || !r.Published.IssuedAt.Equal(clock.Now().UTC().Truncate(time.Second)) {
		t.Errorf("the record: %+v, %v", r.Published, err)
	}
	if built, err := i.Refresh(ctx); err != nil || len(built.Lists)+len(built.Records) != 0 {
		t.Errorf("and once more: %+v, %v", built, err)
	}
}

// never is later than anything ends.
var never = time.Date(9999, 1, 1, 0, 0, 0, 0, time.UTC)

// pausing is a store of which the first status list is stored when it is told.
type pausing struct {
	issuer.Store
	arrived, release, stored chan struct{}
	once                     sync.Once
}

// pause gives a store whose list waits for another's to have come so far.
func pause(s issuer.Store) *pausing {
	return &pausing{Store: s, arrived: make(chan struct{}), release: make(chan struct{}), stored: make(chan struct{})}
}

// PutList stores the first list when that is let go.
func (p *pausing) PutList(ctx context.Context, number uint32, list issuer.Published) error {
	first := false
	p.once.Do(func() { first = true })
	if !first {
		return p.Store.PutList(ctx, number, list)
	}
	close(p.arrived)
	<-p.release
	defer close(p.stored)
	return p.Store.PutList(ctx, number, list)
}

// TestPublishBesideAnother: who publishes after an act has the act on a list when
// it returns, also where another had read the list before the act and was first
// to store it.
func TestPublishBesideAnother(t *testing.T) {
	ctx := context.Background()
	store := open(t)
	clock := issuertest.NewClock()
	c := issuertest.Config(t, store, clock)
	plain, err := issuer.New(c)
	if err != nil {
		t.Fatal(err)
	}
	l := issue(t, plain, issuertest.Application(t, issuertest.Bookstore))[0].License
	if _, err := plain.Publish(ctx); err != nil {
		t.Fatal(err)
	}
	publish := func(s *pausing) <-chan error {
		c.Store = s
		i, err := issuer.New(c)
		if err != nil {
			t.Fatal(err)
		}
		done := make(chan error, 1)
		go func() {
			_, err := i.Publish(ctx)
			done <- err
		}()
		<-s.arrived
		return done
	}
	suspend := func(n int) {
		t.Helper()
		if _, err := plain.SetPermit(ctx, l.Number, l.Permits[n].Number, issuer.Suspend, "检查", issuer.Order{Actor: operator}); err != nil {
			t.Fatal(err)
		}
	}
	one, two := pause(store), pause(store)
	suspend(0)
	first := publish(one) // has read the list with one act
	suspend(1)
	second := publish(two) // has read it with both
	close(one.release)
	<-one.stored
	close(two.release)
	for _, done := range []<-chan error{first, second} {
		if err := <-done; err != nil {
			t.Fatal(err)
		}
	}
	if due, err := store.Due(ctx, time.Unix(1, 0), never, 10); err != nil || len(due.Chunks) != 0 {
		t.Errorf("both have published, and still due is %+v, %v", due, err)
	}
	dir := t.TempDir()
	if _, err := issuer.NewFolder(dir).Write(ctx, store); err != nil {
		t.Fatal(err)
	}
	for n := range 2 {
		if got := at(lists(t, dir, c), l.StatusIndex+1+uint32(n)); got != status.Suspended {
			t.Errorf("permit %d is %v on the list", n, got)
		}
	}
}

// overtaken is what is published, of which one reads and another publishes anew
// before the first has written it down.
type overtaken struct {
	issuer.Lists
	meanwhile func()
}

// EachList gives what was published before the other did.
func (o *overtaken) EachList(ctx context.Context, yield func(uint32, issuer.Published) error) error {
	read := map[uint32]issuer.Published{}
	err := o.Lists.EachList(ctx, func(n uint32, p issuer.Published) error { read[n] = p; return nil })
	if meanwhile := o.meanwhile; meanwhile != nil {
		o.meanwhile = nil
		meanwhile()
	}
	for n, p := range read {
		err = errors.Join(err, yield(n, p))
	}
	return err
}

// TestFolderBesideAnother: what was published last is what the folder has.
func TestFolderBesideAnother(t *testing.T) {
	ctx := context.Background()
	store := open(t)
	c := issuertest.Config(t, store, issuertest.NewClock())
	i, err := issuer.New(c)
	if err != nil {
		t.Fatal(err)
	}
	l := issue(t, i, issuertest.Application(t, issuertest.Bookstore))[0].License
	publish := func() {
		if _, err := i.Publish(ctx); err != nil {
			t.Fatal(err)
		}
	}
	publish()
	dir := t.TempDir()
	_, err = issuer.NewFolder(dir).Write(ctx, &overtaken{store, func() {
		if _, err := i.Withdraw(ctx, l.Number, "歇业", issuer.Order{Actor: operator}); err != nil {
			t.Fatal(err)
		}
		publish()
		if _, err := issuer.NewFolder(dir).Write(ctx, store); err != nil {
			t.Fatal(err)
		}
	}})
	if err != nil {
		t.Fatal(err)
	}
	if got := at(lists(t, dir, c), l.StatusIndex); got != status.Withdrawn {
		t.Errorf("the folder says %v of a license that was withdrawn", got)
	}
}
