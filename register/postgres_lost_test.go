package register_test

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"yizheng/issuer"
	"yizheng/register"
	"yizheng/register/postgrestest"
)

// TestLostConnection ends the connection of a transaction half-way: it is done
// again, and once.
func TestLostConnection(t *testing.T) {
	ctx := context.Background()
	s, address := createPostgres(t)
	b := reserved(t, s, "first", nil, 10, "1", "2")
	w := standInTheWay(t, address, `SELECT * FROM status_chunks FOR UPDATE`)
	issued := later(func() error { return s.Issue(ctx, b) })
	w.waiting(1)
	w.exec(`SELECT pg_terminate_backend(pid) FROM pg_locks WHERE NOT granted`)
	w.waiting(1)
	w.release()
	if err := issued(); err != nil {
		t.Fatal(err)
	}
	base := b.Entries[0].License.Identifier.Base()
	if pending, err := s.Pending(ctx, base, 10); err != nil || len(pending) != 1 {
		t.Errorf("%d events, %v", len(pending), err)
	}
}

// TestUnavailable wants what passes by itself to say so.
func TestUnavailable(t *testing.T) {
	ctx := context.Background()
	if _, err := register.OpenPostgres(ctx, register.Postgres{URL: "postgres://nobody@/nothing?host=/nowhere"}); !errors.Is(err, issuer.ErrUnavailable) {
		t.Errorf("without a server: %v", err)
	}
	_, address := createPostgres(t)
	s, err := register.OpenPostgres(ctx, register.Postgres{URL: address + "&lock_timeout=50ms&statement_timeout=300ms"})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	w := standInTheWay(t, address, `LOCK TABLE outbox_heads`)
	if err := s.Restate(ctx, "x", 0, nil); !errors.Is(err, issuer.ErrUnavailable) {
		t.Errorf("behind a lock: %v", err)
	}
	w.exec(`LOCK TABLE serials`)
	if _, err := s.Reserve(ctx, 2026, []issuer.Want{{Length: 1}}, drawing(1)); !errors.Is(err, issuer.ErrUnavailable) {
		t.Errorf("behind a lock: %v", err)
	}
	w.release()
	if _, err := s.Reserve(ctx, 2026, []issuer.Want{{Length: 1}}, drawing(1)); err != nil {
		t.Errorf("after the lock: %v", err)
	}
	gone, cancel := context.WithCancel(ctx)
	cancel()
	if err := s.Ready(gone); err == nil || errors.Is(err, issuer.ErrUnavailable) {
		t.Errorf("given up by the caller: %v", err)
	}
}

// TestSilentServer: a server that hangs keeps nobody waiting for long, however
// many ask it, and however many connections to it there are that look well. It
// is told to be unavailable long before the time is over that a statement may
// take; and once it goes on, everything does.
func TestSilentServer(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	_, address := createPostgres(t)
	wire, through := postgrestest.Through(t, address)
	s, err := register.OpenPostgres(ctx, register.Postgres{URL: through})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	questions := map[string]func() error{
		"a question":    func() error { _, err := s.Backlog(ctx, "", 1); return err },
		"a look":        func() error { return s.EachList(ctx, func(uint32, issuer.Published) error { return nil }) },
		"a transaction": func() error { _, err := s.Reserve(ctx, 2026, []issuer.Want{{Length: 1}}, drawing(1)); return err },
	}
	const askers = 12
	everybody := func(ask func(what string, question func() error)) {
		var all sync.WaitGroup
		for what, question := range questions {
			for range askers {
				all.Go(func() { ask(what, question) })
			}
		}
		all.Wait()
	}
	everybody(func(what string, question func() error) { // connections, more than one, which will look well
		if err := question(); err != nil {
			t.Errorf("%s: %v", what, err)
		}
	})
	for _, idle := range []time.Duration{0, 1100 * time.Millisecond} { // beyond a second they are tried before they are used
		time.Sleep(idle)
		wire.Mute(true)
		for range 2 {
			everybody(func(what string, question func() error) {
				began := time.Now()
				err := question()
				if took := time.Since(began); !errors.Is(err, issuer.ErrUnavailable) || took > 8*time.Second {
					t.Errorf("%s of a server that hangs: %v, after %v", what, err, took)
				}
			})
		}
		wire.Mute(false)
		began := time.Now()
		for s.Ready(ctx) != nil && time.Since(began) < 5*time.Second {
			time.Sleep(50 * time.Millisecond)
		}
		everybody(func(what string, question func() error) {
			if err := question(); err != nil {
				t.Errorf("%s, once it goes on: %v", what, err)
			}
		})
	}
}

// TestLostAnswer loses the answer to a commit: nobody knows what became of it,
// and so it is not done again, but said; and it was done once.
func TestLostAnswer(t *testing.T) {
	ctx := context.Background()
	direct, address := createPostgres(t)
	b := reserved(t, direct, "first", nil, 10, "1", "2")
	wire, through := postgrestest.Through(t, address)
	s, err := register.OpenPostgres(ctx, register.Postgres{URL: through})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	wire.LoseAnswer("commit\x00", 1)
	if err := s.Issue(ctx, b); !errors.Is(err, issuer.ErrUnavailable) {
		t.Fatalf("a lost answer: %v", err)
	}
	again := reserved(t, direct, "first", nil, 30, "1", "2")
	again.ID = "again"
	var held *issuer.Conflict
	if err := direct.Issue(ctx, again); !errors.As(err, &held) || held.Kind != issuer.ContentHeld {
		t.Errorf("once more: %v", err)
	}
	if pending, err := direct.Pending(ctx, b.Entries[0].License.Identifier.Base(), 10); err != nil || len(pending) != 1 {
		t.Errorf("%d events, %v", len(pending), err)
	}
}

// TestLostAnswerAlone loses the answer to a statement that is a transaction by
// itself: it may have been done, so it is not done again, which would count one
// attempt as two. One that was lost on its way was not done; one for which no
// connection comes about is sent when one does.
func TestLostAnswerAlone(t *testing.T) {
	ctx := context.Background()
	direct, address := createPostgres(t)
	b := reserved(t, direct, "first", nil, 10, "1", "2")
	if err := direct.Issue(ctx, b); err != nil {
		t.Fatal(err)
	}
	base := b.Entries[0].License.Identifier.Base()
	wire, through := postgrestest.Through(t, address)
	s, err := register.OpenPostgres(ctx, register.Postgres{URL: through})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	for _, lost := range []struct {
		what     string
		lose     func(string, int)
		attempts int // afterwards
	}{{"nothing", func(string, int) {}, 1}, {"the answer", wire.LoseAnswer, 2}, {"the request", wire.LoseRequest, 2}, {"nothing", func(string, int) {}, 3}} {
		problem := "without " + lost.what
		lost.lose(problem, 1)
		err := s.Failed(ctx, base, 1, problem, time.Now(), false)
		if errors.Is(err, issuer.ErrUnavailable) != (lost.what != "nothing") || err != nil && lost.what == "nothing" {
			t.Errorf("%s: %v", problem, err)
		}
		if pending, err := direct.Pending(ctx, base, 10); err != nil || len(pending) != 1 || pending[0].Attempts != lost.attempts {
			t.Errorf("%s: %+v, %v", problem, pending, err)
		}
	}
	wire.Refuse(true)
	wire.Cut()
	if err := s.Ready(ctx); err == nil { // which finds out what became of the connections
		t.Error("it is ready")
	}
	delivered := later(func() error { return s.Delivered(ctx, base, 1, "R1", time.Now()) })
	time.Sleep(30 * time.Millisecond)
	wire.Refuse(false)
	if err := delivered(); err != nil {
		t.Errorf("while no connection came about for a moment: %v", err)
	}
	if pending, err := direct.Pending(ctx, base, 10); err != nil || len(pending) != 0 {
		t.Errorf("after it: %+v, %v", pending, err)
	}
}

// cuttingCommits stands between a register and its database, and gives the
// address to reach it by. Once cut is closed it hands commits on and ends the
// connection when they are answered.
