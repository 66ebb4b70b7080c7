package library_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"yizheng/catalog"
	"yizheng/issuer"
	"yizheng/issuer/issuertest"
	"yizheng/library"
	"yizheng/library/metadata"
)

// TestLibraryAwayMakesNoWork: however many licenses wait for a library that
// cannot be reached, nobody takes them all up again and again. When it is back,
// they are delivered at once.
func TestLibraryAwayMakesNoWork(t *testing.T) { onBoth(t, testLibraryAwayMakesNoWork) }

func testLibraryAwayMakesNoWork(t *testing.T, s *site) {
	const waiting = 60
	issued := s.issueMany(waiting)
	away := &switched{Sender: s.client}
	away.gone.Store(true)
	looked := &looks{Books: s.store}
	s.startWorkers(func(c *work) {
		c.Books = looked
		c.Deliverer = mustDeliverer(t, library.Config{Books: looked, Sender: away, First: 3 * time.Second, Longest: 3 * time.Second})
	})
	s.comes("somebody tries", func() bool { return looked.times.Load() > 0 })
	time.Sleep(2 * time.Second)
	if looked.times.Load() >= waiting {
		t.Errorf("%d looks at %d licenses", looked.times.Load(), waiting)
	}
	away.gone.Store(false)
	for _, one := range issued {
		s.eventually(one.License.Identifier.Base())
		s.wantExactly(one.License.Identifier.Base(), 1)
	}
}

// TestDocumentsBesideDeliveries: a library that hangs holds no document up.
func TestDocumentsBesideDeliveries(t *testing.T) { onBoth(t, testDocumentsBesideDeliveries) }

func testDocumentsBesideDeliveries(t *testing.T, s *site) {
	s.issueMany(40)
	hangs := &hanging{Sender: s.client, released: make(chan struct{})}
	defer close(hangs.released)
	drawn := make(chan string, 100)
	s.startWorkers(func(c *work) {
		c.Deliverer = mustDeliverer(t, library.Config{Books: s.store, Sender: hangs})
		c.Render = func(_ context.Context, identifier string) error {
			drawn <- identifier
			return nil
		}
	})
	for n := range 40 {
		select {
		case <-drawn:
		case <-time.After(20 * time.Second):
			t.Fatalf("%d documents were asked for", n)
		}
	}
}

// TestEndsWhileLibraryIsAway ends a node whose jobs wait for the library.
func TestEndsWhileLibraryIsAway(t *testing.T) { onBoth(t, testEndsWhileLibraryIsAway) }

func testEndsWhileLibraryIsAway(t *testing.T, s *site) {
	s.issueMany(40)
	away := &switched{Sender: s.client}
	away.gone.Store(true)
	w, err := s.newWorkers(work{Books: s.store, Deliverer: mustDeliverer(t, library.Config{Books: s.store, Sender: away, First: time.Minute})})
	if err != nil {
		t.Fatal(err)
	}
	if err := w.Start(context.Background()); err != nil {
		t.Fatal(err)
	}
	of := `SELECT COUNT(*) FROM river_job WHERE kind = 'library_deliver' AND state = `
	// One has tried and was put off, and whoever is at work a moment later waits.
	s.comes("somebody has tried", func() bool { return s.exec(of+`'scheduled'`) > 0 })
	time.Sleep(time.Second)
	if n := s.exec(of + `'running'`); n < 5 {
		t.Errorf("%d jobs wait", n)
	}
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	if err := w.Stop(ctx); err != nil || ctx.Err() != nil {
		t.Errorf("those who wait are not let go: %v, %v", err, ctx.Err())
	}
	if n := s.exec(of + `'running'`); n != 0 {
		t.Errorf("%d jobs are left as if somebody worked on them", n)
	}
	if n := s.exec(`SELECT COUNT(*) FROM river_job WHERE kind = 'library_deliver' AND errors IS NOT NULL`); n != 0 {
		t.Errorf("%d jobs have failed", n)
	}
}

// TestFailuresAtOnce: many who find out at the same time that the library cannot
// be reached have found it out once, and the next try is not a minute later.
func TestFailuresAtOnce(t *testing.T) {
	s := newSite(t)
	const many = 16
	issued := s.issueMany(many)
	var all sync.WaitGroup
	all.Add(many)
	s.deliverer = s.newDeliverer(library.Config{Sender: together{&all}})
	var delivering sync.WaitGroup
	for _, one := range issued {
		delivering.Go(func() {
			base := one.License.Identifier.Base()
			p, err := s.deliverer.Deliver(context.Background(), base)
			if wait := p.Next.Sub(s.clock.Now()); err != nil || wait <= 0 || wait > time.Second {
				t.Errorf("%s waits for %v: %v", base, wait, err)
			}
		})
	}
	delivering.Wait()
}

// issueMany issues so many licenses as one batch.
func (s *site) issueMany(count int) []issuer.Issued {
	s.t.Helper()
	var apps []catalog.Application
	for n := range count {
		apps = append(apps, issuertest.Numbered(s.t, n))
	}
	issued, err := s.issuer.Issue(context.Background(), apps, issuer.Order{Actor: operator})
	if err != nil {
		s.t.Fatal(err)
	}
	return issued
}

// switched is a library that cannot be reached while it is gone.
type switched struct {
	library.Sender
	gone atomic.Bool
}

func (s *switched) Send(ctx context.Context, f metadata.Filing) (string, error) {
	if s.gone.Load() {
		return "", fmt.Errorf("%w: connection refused", library.ErrUnreachable)
	}
	return s.Sender.Send(ctx, f)
}

// hanging is a library that does not answer until it is released.
type hanging struct {
	library.Sender
	released chan struct{}
}

func (h *hanging) Send(ctx context.Context, f metadata.Filing) (string, error) {
	select {
	case <-h.released:
		return "", errors.New("too late")
	case <-ctx.Done():
		return "", ctx.Err()
	}
}

// together is a library that cannot be reached, which all find out at the same
// time.
type together struct{ all *sync.WaitGroup }

func (w together) Send(context.Context, metadata.Filing) (string, error) {
	w.all.Done()
	w.all.Wait()
	return "", fmt.Errorf("%w: connection refused", library.ErrUnreachable)
}

// looks is Books that counts how often what is pending is asked for.
type looks struct {
	library.Books
	times atomic.Int64
}

func (l *looks) Pending(ctx context.Context, license string, limit int) ([]metadata.Queued, error) {
	l.times.Add(1)
	return l.Books.Pending(ctx, license, limit)
}
