package register_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"yizheng/issuer"
	"yizheng/library/metadata"
	"yizheng/license"
	"yizheng/register"
)

// inTheWay is a transaction of somebody else's that locks what it is told to
// until it is released; so a race is stopped where it hurts.
type inTheWay struct {
	t     *testing.T
	conn  *pgx.Conn
	watch *pgx.Conn // outside the transaction, within which the view of others stands still
}

func standInTheWay(t *testing.T, address, lock string, args ...any) *inTheWay {
	t.Helper()
	ctx := context.Background()
	var conns [2]*pgx.Conn
	for n := range conns {
		var err error
		if conns[n], err = pgx.Connect(ctx, address); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = conns[n].Close(ctx) })
	}
	w := &inTheWay{t, conns[0], conns[1]}
	w.exec(`BEGIN`)
	w.exec(lock, args...)
	return w
}

func (w *inTheWay) exec(statement string, args ...any) {
	w.t.Helper()
	if _, err := w.conn.Exec(context.Background(), statement, args...); err != nil {
		w.t.Fatalf("%s: %v", statement, err)
	}
}

// waiting waits until so many others wait for a lock.
func (w *inTheWay) waiting(want int) {
	w.t.Helper()
	for deadline := time.Now().Add(10 * time.Second); time.Now().Before(deadline); time.Sleep(5 * time.Millisecond) {
		var n int
		err := w.watch.QueryRow(context.Background(), `SELECT COUNT(DISTINCT l.pid) FROM pg_locks l JOIN pg_stat_activity a ON a.pid = l.pid
			WHERE NOT l.granted AND a.datname = current_database()`).Scan(&n)
		if err != nil {
			w.t.Fatal(err)
		}
		if n == want {
			return
		}
	}
	w.t.Fatalf("there never were %d waiting", want)
}

func (w *inTheWay) release() { w.exec(`ROLLBACK`) }

// later runs f at once and gives its error when it is asked for.
func later(f func() error) func() error {
	done := make(chan error, 1)
	go func() { done <- f() }()
	return func() error {
		select {
		case err := <-done:
			return err
		case <-time.After(20 * time.Second):
			return errors.New("it never came to an end")
		}
	}
}

// reserved makes a batch of one license, or of a change of one, with permits of
// these numbers, at the place drawn from the seed.
func reserved(t *testing.T, s *register.Store, id string, previous *license.License, seed uint32, permits ...string) issuer.Batch {
	t.Helper()
	ctx := context.Background()
	l := license.License{Identifier: license.Identifier{Type: "11310000MB2F056267001", Issuer: "11310000MB2F056267", Version: 1}, IssueDate: day()}
	e := issuer.Entry{Operation: "issue", KeyID: "key", Text: "text"}
	want := issuer.Want{Length: 1 + len(permits)}
	if previous != nil {
		l.Identifier, l.Number, want.Serial = previous.Identifier.Next(), previous.Number, previous.Identifier.Serial
		e.Operation, e.Predecessor = "change", previous.Identifier.String()
	}
	slots, err := s.Reserve(ctx, 2026, []issuer.Want{want}, drawing(seed))
	if err != nil {
		t.Fatal(err)
	}
	l.Identifier.Serial, l.StatusIndex = slots[0].Serial, slots[0].Index
	if previous == nil {
		l.Number = "310105" + l.Identifier.Serial
	}
	for _, number := range permits {
		l.Permits = append(l.Permits, license.Permit{Number: number, Authority: "机关", ValidFrom: day()})
		e.States = append(e.States, license.Valid)
	}
	e.License, e.Event = l, about(t, l)
	copy(e.Content[:], id)
	return issuer.Batch{ID: id, Entries: []issuer.Entry{e}, At: time.Unix(1, 0)}
}

func day() license.Date { return license.DateOf(time.Date(2026, 7, 1, 0, 0, 0, 0, time.UTC)) }

// drawing draws chunk 0 and the offset, and from then on others.
func drawing(offset uint32) func() (uint32, error) {
	n := uint32(0)
	return func() (uint32, error) {
		n++
		if n%2 == 1 {
			return 3, nil
		}
		return offset + 100*(n-2), nil
	}
}

func about(t *testing.T, l license.License) metadata.Event {
	t.Helper()
	e, err := metadata.NewEvent(l.Identifier.Base(), metadata.Status, time.Unix(1, 0), map[string]string{"ZZBS": l.Identifier.String()})
	if err != nil {
		t.Fatal(err)
	}
	return e
}

// TestActSeesIssueUnderWay acts on a permit by an old license that lists it,
// while a new one is issued.
func TestActSeesIssueUnderWay(t *testing.T) {
	ctx := context.Background()
	s, address := createPostgres(t)
	key := issuer.PermitKey{Authority: "机关", Number: "1"}
	first := reserved(t, s, "old", nil, 10, "1")
	old := first.Entries[0].License
	if err := errors.Join(s.Issue(ctx, first), s.Withdraw(ctx, issuer.Withdrawal{Identifier: old.Identifier.String(), At: time.Unix(1, 0), Event: about(t, old)})); err != nil {
		t.Fatal(err)
	}
	b := reserved(t, s, "new", nil, 20, "1")
	w := standInTheWay(t, address, `SELECT * FROM status_blocks WHERE start = 20 FOR UPDATE`)
	issued := later(func() error { return s.Issue(ctx, b) })
	w.waiting(1)
	act := issuer.PermitAct{Key: key, From: license.Valid, To: license.Revoked, At: time.Unix(2, 0), Carriers: []string{old.Identifier.String()}, Events: []metadata.Event{about(t, old)}}
	acted := later(func() error { return s.ActOnPermit(ctx, act) })
	w.waiting(2)
	w.release()
	if err := issued(); err != nil {
		t.Fatal(err)
	}
	if err := acted(); !errors.Is(err, issuer.ErrMoved) {
		t.Fatalf("the act did not see that a license was issued: %v", err)
	}
}

// TestWithdrawalSeesChangeUnderWay withdraws a license while a change of it is
// being stored.
func TestWithdrawalSeesChangeUnderWay(t *testing.T) {
	ctx := context.Background()
	s, address := createPostgres(t)
	first := reserved(t, s, "first", nil, 10, "1")
	if err := s.Issue(ctx, first); err != nil {
		t.Fatal(err)
	}
	l := first.Entries[0].License
	w := standInTheWay(t, address, `INSERT INTO claims VALUES ('机关', '2', $1)`, l.Identifier.Base())
	next := reserved(t, s, "change", &l, 20, "1", "2")
	change := later(func() error { return s.Issue(ctx, next) })
	w.waiting(1)
	withdrawn := later(func() error {
		return s.Withdraw(ctx, issuer.Withdrawal{Identifier: l.Identifier.String(), At: time.Unix(1, 0), Event: about(t, l)})
	})
	w.waiting(2)
	w.release()
	if err := change(); err != nil {
		t.Fatal(err)
	}
	if err := withdrawn(); !errors.Is(err, issuer.ErrMoved) {
		t.Fatalf("the withdrawal did not see the change: %v", err)
	}
}

// TestPlacesDoNotOverlap reserves places that overlap by one entry, of two
// licenses that have their serials already.
func TestPlacesDoNotOverlap(t *testing.T) {
	ctx := context.Background()
	s, address := createPostgres(t)
	if _, err := s.Reserve(ctx, 2026, []issuer.Want{{Length: 1}}, drawing(60000)); err != nil {
		t.Fatal(err)
	}
	w := standInTheWay(t, address, `SELECT * FROM status_chunks FOR UPDATE`)
	places := make([]issuer.Slot, 2)
	reserve := func(n int) func() error {
		return later(func() error {
			slots, err := s.Reserve(ctx, 2026, []issuer.Want{{Serial: "kept", Length: 3}}, drawing(10+uint32(n)))
			if err == nil {
				places[n] = slots[0]
			}
			return err
		})
	}
	first, second := reserve(0), reserve(1)
	w.waiting(2)
	w.release()
	if err := errors.Join(first(), second()); err != nil {
		t.Fatal(err)
	}
	a, b := places[0].Index, places[1].Index
	if max(a, b)-min(a, b) < 3 {
		t.Errorf("blocks of 3 at %d and %d", a, b)
	}
}

// TestCancelWhileTaken: a job that a node takes at that moment is cancelled all
// the same, by the node.
func TestCancelWhileTaken(t *testing.T) {
	ctx := context.Background()
	s, address := createPostgres(t)
	at := time.Unix(1_782_871_200, 0)
	if _, err := s.AddBatchJob(ctx, register.BatchJob{ID: "job", Key: "key", Work: "issue", Format: "csv", Subject: "甲", Authority: "局", CreatedAt: at}, "甲"); err != nil {
		t.Fatal(err)
	}
	way := standInTheWay(t, address, `UPDATE batch_jobs SET state = 'running', owner = 'node', lease_until = 4102444800 WHERE id = 'job'`)
	var j register.BatchJob
	cancelled := later(func() (err error) { j, err = s.CancelBatchJob(ctx, "job", "甲", at); return err })
	way.waiting(1)
	way.exec(`COMMIT`)
	if err := cancelled(); err != nil || !j.Cancelling || j.State != register.BatchRunning {
		t.Errorf("cancelling: %+v, %v", j, err)
	}
}
