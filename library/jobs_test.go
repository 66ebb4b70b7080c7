package library_test

import (
	"context"
	"database/sql"
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"yizheng/catalog"
	"yizheng/issuer"
	"yizheng/issuer/issuertest"
	"yizheng/library"
	"yizheng/library/metadata"
	"yizheng/license"
	"yizheng/register"
)

// work is what a test changes of the workers.
type work struct {
	Deliverer *library.Deliverer
	Books     library.Books
	Render    func(context.Context, string) error
	Batch     func(error) error // what becomes of a look at a batch; nil: what came of it
}

// workers are library.Workers on either database.
type workers interface {
	Start(context.Context) error
	WakeAll(context.Context) error
	Stop(context.Context) error
	Hurry(context.Context, time.Duration) error
}

// startWorkers starts the workers of one node.
func (s *site) startWorkers(change func(*work)) {
	s.t.Helper()
	c := work{Deliverer: s.deliverer, Books: s.store}
	if change != nil {
		change(&c)
	}
	w, err := s.newWorkers(c)
	if err != nil {
		s.t.Fatal(err)
	}
	if err := errors.Join(w.Start(context.Background()), w.WakeAll(context.Background())); err != nil {
		s.t.Fatal(err)
	}
	s.t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
		defer cancel()
		if err := w.Stop(ctx); err != nil {
			s.t.Error(err)
		}
	})
}

// newWorkers makes the workers of one node. PostgreSQL is left to tell them of
// their work.
func (s *site) newWorkers(c work) (workers, error) {
	if db := s.store.SQLite(); db != nil {
		queue, err := library.NewQueue(nil)
		if err != nil {
			return nil, err
		}
		return library.NewWorkers(library.WorkConfig[*sql.DB, *sql.Tx]{DB: db, Queue: queue, Idle: register.IdleSQLite, Batch: failed(register.BatchSQLite, c.Batch),
			Deliverer: c.Deliverer, Books: c.Books, Render: c.Render, Poll: 20 * time.Millisecond})
	}
	queue, err := library.NewPostgresQueue(nil)
	if err != nil {
		return nil, err
	}
	return library.NewWorkers(library.WorkConfig[*pgxpool.Pool, pgx.Tx]{DB: s.store.Postgres(), Queue: queue, Idle: register.IdlePostgres, Batch: failed(register.BatchPostgres, c.Batch),
		Deliverer: c.Deliverer, Books: c.Books, Render: c.Render})
}

// exec runs a statement on the register's database, and gives the number that
// it selects, if it selects one.
func (s *site) exec(statement string) (n int) {
	s.t.Helper()
	var err error
	if db := s.store.SQLite(); db != nil {
		err = db.QueryRow(statement).Scan(&n)
	} else {
		err = s.store.Postgres().QueryRow(context.Background(), statement).Scan(&n)
	}
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		s.t.Fatalf("%s: %v", statement, err)
	}
	return n
}

// eventually waits until everything of the license is delivered.
func (s *site) eventually(base string) {
	s.t.Helper()
	s.comes("it is delivered", func() bool {
		pending, err := s.store.Pending(context.Background(), base, 1)
		if err != nil {
			s.t.Fatal(err)
		}
		return len(pending) == 0
	})
}

// comes waits until something is so.
func (s *site) comes(what string, is func() bool) {
	s.t.Helper()
	for deadline := time.Now().Add(20 * time.Second); !is(); time.Sleep(20 * time.Millisecond) {
		if time.Now().After(deadline) {
			s.t.Fatalf("not in time: %s", what)
		}
	}
}

func TestWorkersDeliver(t *testing.T) { onBoth(t, testWorkersDeliver) }

func testWorkersDeliver(t *testing.T, s *site) {
	before := s.life(1)
	var mu sync.Mutex
	rendered := map[string]int{}
	s.startWorkers(func(c *work) {
		c.Render = func(_ context.Context, identifier string) error {
			mu.Lock()
			defer mu.Unlock()
			rendered[identifier]++
			return nil
		}
	})
	after := s.life(2)
	for _, base := range []string{before, after} {
		s.eventually(base)
		s.wantExactly(base, 6)
	}
	for deadline := time.Now().Add(10 * time.Second); ; time.Sleep(20 * time.Millisecond) {
		mu.Lock()
		n := len(rendered)
		mu.Unlock()
		if n == 4 {
			break
		}
		if time.Now().After(deadline) {
			t.Fatalf("%d documents were asked for, want 4", n)
		}
	}
}

// TestDocumentIsTriedAgain makes a document that could not be made at first, as
// when the authority for its timestamp is away.
func TestDocumentIsTriedAgain(t *testing.T) { onBoth(t, testDocumentIsTriedAgain) }

func testDocumentIsTriedAgain(t *testing.T, s *site) {
	var mu sync.Mutex
	tries, made := map[string]int{}, make(chan struct{}, 2)
	s.startWorkers(func(c *work) {
		c.Render = func(_ context.Context, identifier string) error {
			mu.Lock()
			defer mu.Unlock()
			if tries[identifier]++; tries[identifier] == 1 {
				return errors.New("away")
			}
			made <- struct{}{}
			return nil
		}
	})
	s.life(1)
	select {
	case <-made:
	case <-time.After(30 * time.Second):
		t.Error("it was not tried again")
	}
}

// letDown are books that cannot be read.
type letDown struct{ library.Books }

func (letDown) Pending(context.Context, string, int) ([]metadata.Queued, error) {
	return nil, errors.New("the connection broke")
}

// TestRegisterLetsDown lets the register fail a job for the tenth time: the
// license waits for a minute at most, and not for hours.
func TestRegisterLetsDown(t *testing.T) { onBoth(t, testRegisterLetsDown) }

func testRegisterLetsDown(t *testing.T, s *site) {
	s.life(1)
	apps := []catalog.Application{issuertest.Numbered(t, 2), issuertest.Numbered(t, 3)}
	if _, err := s.issuer.Issue(context.Background(), apps, issuer.Order{Actor: operator}); err != nil {
		t.Fatal(err)
	}
	const before = `{"at":"2026-07-01T02:00:00Z","attempt":1,"error":"the connection broke","trace":""}`
	if s.store.SQLite() != nil {
		s.exec(`UPDATE river_job SET attempt = 9, errors = jsonb('[` + strings.Repeat(before+",", 8) + before + `]')`)
	} else {
		s.exec(`UPDATE river_job SET attempt = 9, errors = array_fill('` + before + `'::jsonb, ARRAY[9])`)
	}
	s.deliverer = mustDeliverer(t, library.Config{Books: letDown{s.store}, Sender: s.client})
	s.startWorkers(func(c *work) {
		c.Batch = func(error) error { return errors.New("the connection broke") }
	})
	seconds := `SELECT CAST(EXTRACT(EPOCH FROM scheduled_at - now()) AS INTEGER)`
	if s.store.SQLite() != nil {
		seconds = `SELECT CAST(unixepoch(scheduled_at) - unixepoch('now') AS INTEGER)`
	}
	for _, kind := range []string{"library_deliver", "follow_batch"} {
		of := ` FROM river_job WHERE state = 'retryable' AND kind = '` + kind + `'`
		s.comes("an attempt has failed", func() bool { return s.exec(`SELECT COUNT(*)`+of) > 0 })
		if wait := s.exec(seconds + of); wait > 61 {
			t.Errorf("%s waits for %d s", kind, wait)
		}
	}
}

// TestNoWakeIsLost queues an event at the worst moment: when the running job
// has delivered what it saw, and has not ended.
func TestNoWakeIsLost(t *testing.T) { onBoth(t, testNoWakeIsLost) }

func testNoWakeIsLost(t *testing.T, s *site) {
	base := s.life(1)
	through := make(chan struct{})
	goOn := make(chan struct{})
	var once sync.Once
	s.startWorkers(func(c *work) {
		c.Books = &pausing{Books: s.store, after: func() {
			once.Do(func() { close(through); <-goOn })
		}}
		c.Deliverer = mustDeliverer(t, library.Config{Books: c.Books, Sender: s.client, Clock: s.clock.Now})
	})
	<-through
	v, err := s.store.Current(context.Background(), base)
	if err != nil {
		t.Fatal(err)
	}
	err = s.store.AddVerification(context.Background(), license.Verification{ID: "late", License: v.License.Identifier, Outcome: "valid",
		At: s.clock.Now(), Region: "310105", Purpose: "执法检查", Organisation: "市场监管局", Operator: "乙"})
	if err != nil {
		t.Fatal(err)
	}
	close(goOn)
	s.eventually(base)
	s.wantExactly(base, 7)
}

// pausing is Books that stops when everything of a license is delivered.
type pausing struct {
	library.Books
	after func()
}

func (p *pausing) Delivered(ctx context.Context, license string, sequence int64, receipt string, at time.Time) error {
	if err := p.Books.Delivered(ctx, license, sequence, receipt, at); err != nil {
		return err
	}
	left, err := p.Pending(ctx, license, 1)
	if err == nil && len(left) == 0 {
		p.after()
	}
	return err
}

func mustDeliverer(t *testing.T, c library.Config) *library.Deliverer {
	t.Helper()
	d, err := library.NewDeliverer(c)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// TestManyEventsWhileWorking queues events from several sides while the
// workers deliver through a library that fails now and then.
func TestManyEventsWhileWorking(t *testing.T) { onBoth(t, testManyEventsWhileWorking) }

func testManyEventsWhileWorking(t *testing.T, s *site) {
	bases := []string{s.life(1), s.life(2), s.life(3)}
	s.deliverer = mustDeliverer(t, library.Config{Books: s.store, Sender: s.client, First: time.Millisecond, Longest: 2 * time.Millisecond})
	s.startWorkers(nil) // two nodes
	s.startWorkers(nil)
	const each = 20
	var wg sync.WaitGroup
	for n, base := range bases {
		wg.Go(func() {
			v, err := s.store.Current(context.Background(), base)
			if err != nil {
				t.Error(err)
				return
			}
			for k := range each {
				if k == each/2 && n == 0 {
					s.receiver.Set(library.Control{Failure: library.LostAnswer, Times: 3})
				}
				err := s.store.AddVerification(context.Background(), license.Verification{ID: base + string(rune('a'+k)), License: v.License.Identifier,
					Outcome: "valid", At: s.clock.Now(), Region: "310105", Purpose: "执法检查", Organisation: "市场监管局", Operator: "乙"})
				if err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	for _, base := range bases {
		s.eventually(base)
		s.wantExactly(base, 6+each)
	}
	// One job at a time was there for each license.
	if jobs := s.exec(`SELECT COUNT(*) FROM river_job WHERE kind = 'library_deliver' AND state = 'discarded'`); jobs != 0 {
		t.Errorf("%d jobs were discarded", jobs)
	}
}

// TestJobsOfAnotherTime lets jobs wait for a day that a clock has named that
// was ahead: they are found at the start, and when somebody looks.
func TestJobsOfAnotherTime(t *testing.T) { onBoth(t, testJobsOfAnotherTime) }

func testJobsOfAnotherTime(t *testing.T, s *site) {
	s.deliverer = mustDeliverer(t, library.Config{Books: s.store, Sender: s.client})
	tomorrow := func() {
		if s.store.SQLite() != nil {
			s.exec(`UPDATE river_job SET state = 'scheduled', scheduled_at = datetime('now', '+1 day') WHERE finalized_at IS NULL`)
			return
		}
		s.exec(`UPDATE river_job SET state = 'scheduled', scheduled_at = now() + interval '1 day' WHERE finalized_at IS NULL`)
	}
	first := s.life(1)
	tomorrow()
	w, err := s.newWorkers(work{Deliverer: s.deliverer, Books: s.store})
	if err != nil {
		t.Fatal(err)
	}
	second := s.life(2)
	if err := errors.Join(w.Start(context.Background()), w.WakeAll(context.Background())); err != nil {
		t.Fatal(err)
	}
	defer func() { closing(t, func() error { return w.Stop(context.Background()) }) }()
	s.eventually(first)
	s.eventually(second)
	third := s.life(3)
	tomorrow()
	if err := w.Hurry(context.Background(), library.LongestPause); err != nil {
		t.Fatal(err)
	}
	s.eventually(third)
	s.wantExactly(third, 6)
}

// TestHurryEnds: a node whose clock is behind the database's takes every job for
// one of another time. It looks at each once, and not for ever.
func TestHurryEnds(t *testing.T) { onBoth(t, testHurryEnds) }

func testHurryEnds(t *testing.T, s *site) {
	const put = `INSERT INTO river_job (kind, queue, max_attempts, args) SELECT 'library_deliver', 'library', 9, `
	if s.store.SQLite() != nil {
		s.exec(put + `jsonb('{}') FROM (WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 450) SELECT i FROM n)`)
	} else {
		s.exec(put + `'{}' FROM generate_series(1, 450)`)
	}
	behind := func() time.Time { return time.Now().Add(-3 * time.Hour) }
	w, err := s.newWorkers(work{Deliverer: mustDeliverer(t, library.Config{Books: s.store, Sender: s.client, Clock: behind}), Books: s.store})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	if err := w.Hurry(ctx, library.LongestPause); err != nil {
		t.Error(err)
	}
}

// TestLostJobsAreFoundAtStart deletes the jobs, as a restored copy would.
func TestLostJobsAreFoundAtStart(t *testing.T) { onBoth(t, testLostJobsAreFoundAtStart) }

func testLostJobsAreFoundAtStart(t *testing.T, s *site) {
	base := s.life(1)
	s.exec(`DELETE FROM river_job`)
	s.startWorkers(nil)
	s.eventually(base)
	s.wantExactly(base, 6)
}
