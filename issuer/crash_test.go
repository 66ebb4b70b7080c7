package issuer_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"yizheng/catalog"
	"yizheng/issuer"
	"yizheng/issuer/issuertest"
	"yizheng/license"
	"yizheng/register"
)

var errCrash = errors.New("the power is gone")

// crashing is a store that stops for good at its nth write: before it, or
// after it was committed but before anybody was told.
type crashing struct {
	issuer.Store
	mu    sync.Mutex
	at    int // which write, from 1
	after bool
	count int
	dead  bool
}

func (c *crashing) write(f func() error) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.dead {
		return errCrash
	}
	c.count++
	if c.count != c.at {
		return f()
	}
	c.dead = true
	if c.after {
		if err := f(); err != nil {
			return err
		}
	}
	return errCrash
}

func (c *crashing) Reserve(ctx context.Context, year int, wants []issuer.Want, draw func() (uint32, error)) (slots []issuer.Slot, err error) {
	err = c.write(func() (err error) { slots, err = c.Store.Reserve(ctx, year, wants, draw); return err })
	return slots, err
}

func (c *crashing) Prepare(ctx context.Context, b issuer.Batch) error {
	return c.write(func() error { return c.Store.Prepare(ctx, b) })
}

func (c *crashing) Complete(ctx context.Context, d issuer.Completion) error {
	return c.write(func() error { return c.Store.Complete(ctx, d) })
}

func (c *crashing) Void(ctx context.Context, batch, actor, reason string, at time.Time) error {
	return c.write(func() error { return c.Store.Void(ctx, batch, actor, reason, at) })
}

func (c *crashing) ActOnPermit(ctx context.Context, a issuer.PermitAct) error {
	return c.write(func() error { return c.Store.ActOnPermit(ctx, a) })
}

func (c *crashing) Withdraw(ctx context.Context, w issuer.Withdrawal) error {
	return c.write(func() error { return c.Store.Withdraw(ctx, w) })
}

// story is what happens to one license; each step may be repeated.
func story(ctx context.Context, t *testing.T, i *issuer.Issuer) error {
	app := issuertest.Application(t, issuertest.Bookstore)
	issued, err := i.Issue(ctx, []catalog.Application{app, issuertest.Numbered(t, 1)}, issuer.Order{Actor: operator, Key: "a"})
	if err != nil {
		return err
	}
	base := issued[0].License.Identifier.Base()
	if _, err := i.SetPermit(ctx, base, app.Permits[0].Number, issuer.Suspend, "检查", issuer.Order{Actor: operator}); err != nil {
		return err
	}
	app.Holder.Premises += "二楼"
	if _, err := i.Change(ctx, base, app, issuer.Order{Actor: operator}); err != nil {
		return err
	}
	_, err = i.Withdraw(ctx, issued[1].License.Number, "申请", issuer.Order{Actor: operator})
	return err
}

// TestCrashAtEachStep stops the store at each write of the story, opens the
// register again with a new process, recovers, and tells the story again: it
// must come to the same end as without the crash.
func TestCrashAtEachStep(t *testing.T) {
	steps := 0
	for n := 1; ; n++ {
		crashed := false
		for _, after := range []bool{false, true} {
			for _, recovers := range []bool{true, false} {
				ok := t.Run(fmt.Sprintf("write %d, after %v, recovers %v", n, after, recovers), func(t *testing.T) {
					crashed = crashAt(t, n, after, recovers)
				})
				if !ok {
					return
				}
			}
		}
		if !crashed {
			break
		}
		steps = n
	}
	if steps < 7 {
		t.Errorf("only %d writes were stopped at", steps)
	}
}

func crashAt(t *testing.T, n int, after, recovers bool) (crashed bool) {
	ctx := context.Background()
	path := filepath.Join(t.TempDir(), "register.db")
	store, err := register.Create(ctx, path, register.Config{})
	if err != nil {
		t.Fatal(err)
	}
	c := issuertest.Config(t, nil, issuertest.NewClock())
	c.Store = &crashing{Store: store, at: n, after: after}
	first, err := issuer.New(c)
	if err != nil {
		t.Fatal(err)
	}
	err = story(ctx, t, first)
	crashed = errors.Is(err, errCrash)
	if err != nil && !crashed {
		t.Fatalf("got %v", err)
	}
	if err := store.Close(); err != nil {
		t.Fatal(err)
	}

	if store, err = register.Open(ctx, path, register.Config{}); err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := store.Close(); err != nil {
			t.Error(err)
		}
	}()
	c.Store = store
	second, err := issuer.New(c)
	if err != nil {
		t.Fatal(err)
	}
	if recovers {
		if _, err := second.Recover(ctx); err != nil {
			t.Fatalf("recovering: %v", err)
		}
		if left, err := store.Unfinished(ctx); err != nil || len(left) > 0 {
			t.Errorf("unfinished after recovery: %v, %v", left, err)
		}
	}
	if err := story(ctx, t, second); err != nil {
		t.Fatalf("telling the story again: %v", err)
	}
	checkEnd(t, store)
	return crashed
}

// checkEnd looks for anything that is lost, or there twice.
func checkEnd(t *testing.T, store *register.Store) {
	t.Helper()
	ctx := context.Background()
	found, err := store.Recent(ctx, time.Now().AddDate(10, 0, 0), 10)
	if err != nil || len(found) != 2 {
		t.Fatalf("%d licenses, %v: %+v", len(found), err, found)
	}
	app, other := issuertest.Application(t, issuertest.Bookstore), issuertest.Numbered(t, 1)
	for _, f := range found {
		versions, err := store.Versions(ctx, f.Number)
		if !errors.Is(err, issuer.ErrNotFound) {
			t.Errorf("a number is no base: %v, %v", versions, err)
		}
		id, err := license.ParseIdentifier(f.Identifier)
		if err != nil {
			t.Fatal(err)
		}
		if versions, err = store.Versions(ctx, id.Base()); err != nil {
			t.Fatal(err)
		}
		filings, err := store.Filings(ctx, id.Base())
		if err != nil {
			t.Fatal(err)
		}
		switch license.CreditCode(f.CreditCode) {
		case app.Holder.CreditCode:
			if len(versions) != 2 || len(filings) != 3 || versions[1].States[0] != license.Suspended || versions[0].State != license.Superseded {
				t.Errorf("the first license: %d versions, %d events", len(versions), len(filings))
			}
		case other.Holder.CreditCode:
			if len(versions) != 1 || len(filings) != 2 || f.State != license.Withdrawn {
				t.Errorf("the second license: %d versions, %d events, %s", len(versions), len(filings), f.State)
			}
		}
	}
	var licenses, serials, blocks, owned int
	for query, into := range map[string]*int{
		`SELECT COUNT(DISTINCT number) FROM licenses`:                  &licenses,
		`SELECT last FROM serials`:                                     &serials,
		`SELECT COUNT(*) FROM status_blocks`:                           &blocks,
		`SELECT COUNT(*) FROM status_blocks WHERE version IS NOT NULL`: &owned,
	} {
		if err := store.SQLite().QueryRow(query).Scan(into); err != nil {
			t.Fatal(err)
		}
	}
	if serials < licenses || blocks < owned || owned < 3 {
		t.Errorf("%d licenses with %d serials, %d blocks of which %d are owned", licenses, serials, blocks, owned)
	}
}

// TestFailureInsideTheTransaction lets the queue fail when everything else of
// the transaction was written: nothing of it may stay.
func TestFailureInsideTheTransaction(t *testing.T) {
	ctx := context.Background()
	queue := &failingQueue{}
	store, err := register.Create(ctx, filepath.Join(t.TempDir(), "register.db"), register.Config{Queue: queue})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = store.Close() }()
	i := issuertest.New(t, store, issuertest.NewClock())
	app := issuertest.Application(t, issuertest.Bookstore)
	order := issuer.Order{Actor: operator, Key: "a"}
	queue.fails = true
	if _, err := i.Issue(ctx, []catalog.Application{app}, order); !errors.Is(err, errCrash) {
		t.Fatalf("got %v", err)
	}
	if found, err := store.ByHolder(ctx, app.Holder.CreditCode, 1); err != nil || len(found) != 0 {
		t.Errorf("found %v, %v", found, err)
	}
	queue.fails = false
	first, err := i.Issue(ctx, []catalog.Application{app}, order)
	if err != nil || first[0].License.Identifier.Serial != "20260000001" {
		t.Fatalf("the prepared batch was not finished: %v, %v", first, err)
	}
	base := first[0].License.Identifier.Base()
	queue.fails = true
	if _, err := i.SetPermit(ctx, base, app.Permits[0].Number, issuer.Revoke, "x", issuer.Order{Actor: operator}); !errors.Is(err, errCrash) {
		t.Fatalf("got %v", err)
	}
	if _, err := i.Withdraw(ctx, base, "x", issuer.Order{Actor: operator}); !errors.Is(err, errCrash) {
		t.Fatalf("got %v", err)
	}
	v, err := store.Current(ctx, base)
	if err != nil || v.State != license.Valid || v.States[0] != license.Valid {
		t.Errorf("%s, %v, %v", v.State, v.States, err)
	}
	if filings, err := store.Filings(ctx, base); err != nil || len(filings) != 1 {
		t.Errorf("%d events, %v", len(filings), err)
	}
}

type failingQueue struct{ fails bool }

func (*failingQueue) Migrate(context.Context, *sql.DB) error { return nil }

func (q *failingQueue) Wake(context.Context, *sql.Tx, ...string) error {
	if q.fails {
		return errCrash
	}
	return nil
}

func (*failingQueue) Render(context.Context, *sql.Tx, ...string) error { return nil }

func (*failingQueue) Follow(context.Context, *sql.Tx, string) error { return nil }

// TestAnotherKeyAfterACrash recovers with another signing key: what was to be
// signed names the old one, so it is given up, and its serial stays unused.
func TestAnotherKeyAfterACrash(t *testing.T) {
	ctx := context.Background()
	store := open(t)
	c := issuertest.Config(t, nil, issuertest.NewClock())
	c.Store = &crashing{Store: store, at: 3}
	first, err := issuer.New(c)
	if err != nil {
		t.Fatal(err)
	}
	app := issuertest.Application(t, issuertest.Bookstore)
	if _, err := first.Issue(ctx, []catalog.Application{app}, issuer.Order{Actor: operator, Key: "a"}); !errors.Is(err, errCrash) {
		t.Fatal(err)
	}
	c.Store, c.Keys.License = store, issuertest.NewSigner(t)
	second, err := issuer.New(c)
	if err != nil {
		t.Fatal(err)
	}
	got, err := second.Recover(ctx)
	if err != nil || got != (issuer.Recovered{Void: 1}) {
		t.Fatalf("recovered %+v, %v", got, err)
	}
	issued, err := second.Issue(ctx, []catalog.Application{app}, issuer.Order{Actor: operator, Key: "a"})
	if err != nil || issued[0].License.Identifier.Serial != "20260000002" {
		t.Errorf("got %v, %v", issued, err)
	}
}

// TestRecoveryWhileServing finishes what was unfinished at two looks, and
// leaves alone what it sees for the first time.
func TestRecoveryWhileServing(t *testing.T) {
	ctx := context.Background()
	store := open(t)
	c := issuertest.Config(t, nil, issuertest.NewClock())
	c.Store = &crashing{Store: store, at: 3}
	first, err := issuer.New(c)
	if err != nil {
		t.Fatal(err)
	}
	app := issuertest.Application(t, issuertest.Bookstore)
	if _, err := first.Issue(ctx, []catalog.Application{app}, issuer.Order{Actor: operator, Key: "a"}); !errors.Is(err, errCrash) {
		t.Fatal(err)
	}
	c.Store = store
	serving, err := issuer.New(c)
	if err != nil {
		t.Fatal(err)
	}
	var seen []string
	for look, want := range []issuer.Recovered{{}, {Finished: 1}, {}} {
		var got issuer.Recovered
		if seen, got, err = serving.RecoverAgain(ctx, seen); err != nil || got != want {
			t.Errorf("look %d: %+v, %v", look, got, err)
		}
	}
	if found, err := store.ByHolder(ctx, app.Holder.CreditCode, 1); err != nil || len(found) != 1 {
		t.Errorf("found %v, %v", found, err)
	}
}

// refusing is a Checker that finds fault with everything.
type refusing struct{}

func (refusing) Check(string, license.License) error { return errors.New("it does not verify") }

// TestOutputThatDoesNotVerifyIsNotIssued gives the batch up.
func TestOutputThatDoesNotVerifyIsNotIssued(t *testing.T) {
	ctx := context.Background()
	store := open(t)
	c := issuertest.Config(t, store, issuertest.NewClock())
	c.Checker = refusing{}
	i, err := issuer.New(c)
	if err != nil {
		t.Fatal(err)
	}
	app := issuertest.Application(t, issuertest.Bookstore)
	if _, err := i.Issue(ctx, []catalog.Application{app}, issuer.Order{Actor: operator}); err == nil {
		t.Fatal("it was issued")
	}
	if found, err := store.ByHolder(ctx, app.Holder.CreditCode, 1); err != nil || len(found) != 0 {
		t.Errorf("found %v, %v", found, err)
	}
	if got := issue(t, issuertest.New(t, store, issuertest.NewClock()), app)[0]; got.License.Identifier.Serial != "20260000002" {
		t.Errorf("serial %s", got.License.Identifier.Serial)
	}
}

// TestAtOnce lets many ask for the same and for other things at once.
func TestAtOnce(t *testing.T) {
	ctx := context.Background()
	store := open(t)
	i := issuertest.New(t, store, issuertest.NewClock())
	const n = 6
	texts := make([]string, 2*n)
	var wg sync.WaitGroup
	for k := range texts {
		wg.Go(func() {
			o := issuer.Order{Actor: operator}
			if k%2 == 0 {
				o.Key = "the same"
			}
			issued, err := i.Issue(ctx, []catalog.Application{issuertest.Application(t, issuertest.Bookstore)}, o)
			if err != nil {
				t.Error(err)
				return
			}
			texts[k] = issued[0].Text
			if _, err := i.Issue(ctx, []catalog.Application{issuertest.Numbered(t, k)}, issuer.Order{Actor: operator}); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	for _, text := range texts {
		if text != texts[0] {
			t.Fatal("one application became two licenses")
		}
	}
	found, err := store.Recent(ctx, time.Now().AddDate(10, 0, 0), 100)
	if err != nil || len(found) != 1+2*n {
		t.Errorf("%d licenses, %v", len(found), err)
	}
}
