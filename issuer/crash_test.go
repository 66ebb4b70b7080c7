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
	"yizheng/register/registertest"
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

func (c *crashing) Issue(ctx context.Context, b issuer.Batch) error {
	return c.write(func() error { return c.Store.Issue(ctx, b) })
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
// register again with a new process, and tells the story again: it must come to
// the same end as without the crash.
func TestCrashAtEachStep(t *testing.T) {
	steps := 0
	for n := 1; ; n++ {
		crashed := false
		for _, after := range []bool{false, true} {
			ok := t.Run(fmt.Sprintf("write %d, after %v", n, after), func(t *testing.T) { crashed = crashAt(t, n, after) })
			if !ok {
				return
			}
		}
		if !crashed {
			break
		}
		steps = n
	}
	if steps < 6 {
		t.Errorf("only %d writes were stopped at", steps)
	}
}

func crashAt(t *testing.T, n int, after bool) (crashed bool) {
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
	if left, err := store.Unfinished(ctx); err != nil || len(left) > 0 {
		t.Errorf("left half-way: %v, %v", left, err)
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
			current, err := store.Current(ctx, f.Number)
			if err != nil || current.License.Identifier.Version != 2 || current.States[0] != license.Suspended {
				t.Errorf("the first license stands at %+v, %v", current, err)
			}
			if len(versions) != 2 || len(filings) != 3 || versions[0].State != license.Superseded {
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
	if err != nil || first[0].License.Identifier.Serial != "20260000002" {
		t.Fatalf("asked again: %v, %v", first, err)
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

// TestLeftHalfway: what a program of before has left is given up at the start of
// this one, or by whoever finds it in the way, and was never issued.
func TestLeftHalfway(t *testing.T) {
	ctx := context.Background()
	app := issuertest.Application(t, issuertest.Bookstore)
	order := issuer.Order{Actor: operator, Key: "a"}
	issue := func(i *issuer.Issuer) (issuer.Issued, error) {
		issued, err := i.Issue(ctx, []catalog.Application{app}, order)
		if err != nil {
			return issuer.Issued{}, err
		}
		return issued[0], nil
	}
	// What was left is what another register has issued, from before it was signed.
	c := issuertest.Config(t, nil, issuertest.NewClock())
	watching := &watching{Store: open(t)}
	c.Store = watching
	before, err := issuer.New(c)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := issue(before); err != nil {
		t.Fatal(err)
	}
	for name, starts := range map[string]bool{"at the start": true, "in the way": false} {
		t.Run(name, func(t *testing.T) {
			store := open(t)
			if _, err := store.Reserve(ctx, 2026, []issuer.Want{{Length: 1 + len(app.Permits)}}, func() (uint32, error) { return 7, nil }); err != nil {
				t.Fatal(err)
			}
			registertest.Leave(t, func(statement string, args ...any) error {
				_, err := store.SQLite().Exec(statement, args...)
				return err
			}, watching.seen)
			c.Store = store
			i, err := issuer.New(c)
			if err != nil {
				t.Fatal(err)
			}
			if starts {
				if err := i.GiveUpLeft(ctx); err != nil {
					t.Fatal(err)
				}
				if left, err := store.Unfinished(ctx); err != nil || len(left) != 0 {
					t.Errorf("left half-way: %v, %v", left, err)
				}
			}
			if got, err := issue(i); err != nil || got.Repeated || got.License.Identifier.Serial != "20260000002" {
				t.Errorf("asked again: %+v, %v", got, err)
			}
			if found, err := store.ByHolder(ctx, app.Holder.CreditCode, 9); err != nil || len(found) != 1 {
				t.Errorf("found %v, %v", found, err)
			}
		})
	}
}

// watching is a store that notes what is issued.
type watching struct {
	issuer.Store
	seen issuer.Batch
}

func (w *watching) Issue(ctx context.Context, b issuer.Batch) error {
	w.seen = b
	return w.Store.Issue(ctx, b)
}

// refusing is a Checker that finds fault with everything.
type refusing struct{}

func (refusing) Check(string, license.License) error { return errors.New("it does not verify") }

// TestOutputThatDoesNotVerifyIsNotIssued: its serial stays used up.
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
