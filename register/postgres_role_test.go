package register_test

import (
	"context"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"yizheng/issuer/issuertest"
	"yizheng/library"
	"yizheng/library/metadata"
	"yizheng/license"
	"yizheng/register"
	"yizheng/register/postgrestest"
)

// servedPostgres makes a register and opens it by a role that owns nothing, with
// the grants that docs/operations.md names. The conformance suite runs by it, so
// that none of them is missing.
func servedPostgres(t *testing.T, to register.Postgres) *register.Store {
	t.Helper()
	ctx := context.Background()
	postgrestest.Exec(t, to.URL, `DO $$ BEGIN CREATE ROLE yizheng_serve LOGIN; EXCEPTION WHEN duplicate_object THEN NULL; END $$`)
	owner, err := register.CreatePostgres(ctx, to)
	if err != nil {
		t.Fatal(err)
	}
	if err := owner.Close(); err != nil {
		t.Fatal(err)
	}
	page, err := os.ReadFile(filepath.Join("..", "docs", "operations.md"))
	if err != nil {
		t.Fatal(err)
	}
	_, grants, found := strings.Cut(string(page), "-- after init, as the owner\n")
	grants, _, ended := strings.Cut(grants, "```")
	if !found || !ended {
		t.Fatal("docs/operations.md has no grants")
	}
	postgrestest.Exec(t, to.URL, grants)
	to.URL = strings.Replace(to.URL, postgrestest.Role+"@", "yizheng_serve@", 1)
	s, err := register.OpenPostgres(ctx, to)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

// TestLeastPrivilege: the role that serves can do all that is done, and neither
// change nor delete what is to stay.
func TestLeastPrivilege(t *testing.T) {
	ctx := context.Background()
	to := target(t)
	s, owned := servedPostgres(t, to), to.URL
	live(t, s)
	postgrestest.Exec(t, owned, `UPDATE version_permits SET valid_until = NULL`)
	postgrestest.Exec(t, owned, `UPDATE batches SET ends_known = NULL`)
	if filled, err := s.FillEnds(ctx); err != nil || !filled {
		t.Errorf("what an older node has left out is not filled in: %v", err)
	}
	today := license.DateOf(issuertest.NewClock().Now())
	for _, ahead := range []int{40, 2} { // what a clock that was ahead has counted is counted anew
		if _, err := s.Tallies(ctx, today, today, (today + license.Date(ahead)).Start()); err != nil {
			t.Errorf("counting %d days ahead: %v", ahead, err)
		}
	}
	worksOff(t, s, to.Queue.(*library.Queue[*pgxpool.Pool, pgx.Tx]))
	for _, statement := range []string{`DELETE FROM audit`, `UPDATE audit SET actor = ''`, `TRUNCATE audit`, `DELETE FROM licenses`, `DROP TABLE serials`,
		`DELETE FROM serials`, `UPDATE documents SET content = ''`, `CREATE TABLE x ()`} {
		if _, err := s.Postgres().Exec(ctx, statement); err == nil {
			t.Errorf("%s is allowed", statement)
		}
	}
}

// worksOff runs the jobs of a register until nothing is to be delivered.
func worksOff(t *testing.T, s *register.Store, queue *library.Queue[*pgxpool.Pool, pgx.Tx]) {
	t.Helper()
	ctx := context.Background()
	deliverer, err := library.NewDeliverer(library.Config{Books: s, Sender: taker{}, Clock: time.Now})
	if err != nil {
		t.Fatal(err)
	}
	var log strings.Builder
	w, err := library.NewWorkers(library.WorkConfig[*pgxpool.Pool, pgx.Tx]{DB: s.Postgres(), Deliverer: deliverer, Books: s, Idle: register.IdlePostgres, Batch: register.BatchPostgres,
		Queue: queue, Log: slog.New(slog.NewTextHandler(&log, nil)), Render: func(context.Context, string) error { return nil }})
	if err != nil {
		t.Fatal(err)
	}
	if err := w.Start(ctx); err != nil {
		t.Fatal(err)
	}
	for deadline := time.Now().Add(20 * time.Second); ; time.Sleep(20 * time.Millisecond) {
		backlog, err := s.Backlog(ctx, "", 1)
		if err != nil || time.Now().After(deadline) {
			t.Fatalf("not everything was delivered: %v", err)
		}
		if len(backlog) == 0 {
			break
		}
	}
	if err := w.Stop(ctx); err != nil {
		t.Fatal(err)
	}
	if log.Len() > 0 {
		t.Error(log.String())
	}
}

// taker is a library that takes everything.
type taker struct{}

func (taker) Send(context.Context, metadata.Filing) (string, error) { return "receipt", nil }
