package register_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"yizheng/catalog"
	"yizheng/issuer"
	"yizheng/issuer/issuertest"
	"yizheng/library"
	"yizheng/license"
	"yizheng/register"
	"yizheng/register/postgrestest"
	"yizheng/register/registertest"
)

var (
	_ library.Books                         = (*register.Store)(nil)
	_ library.Ledger                        = (*register.Store)(nil)
	_ register.Queue[*sql.DB, *sql.Tx]      = (*library.Queue[*sql.DB, *sql.Tx])(nil)
	_ register.Queue[*pgxpool.Pool, pgx.Tx] = (*library.Queue[*pgxpool.Pool, pgx.Tx])(nil)
)

func create(t *testing.T) (*register.Store, string) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "a register?#.db") // what must not be read as parameters
	s, err := register.Create(context.Background(), path, register.Config{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s, path
}

// createPostgres makes a register on PostgreSQL, and gives its address.
func createPostgres(t *testing.T) (*register.Store, string) {
	t.Helper()
	address := postgrestest.Database(t)
	s, err := register.CreatePostgres(context.Background(), register.Postgres{URL: address})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s, address
}

// onBoth runs a test on each database.
func onBoth(t *testing.T, test func(t *testing.T, s *register.Store)) {
	t.Run("sqlite", func(t *testing.T) {
		s, _ := create(t)
		test(t, s)
	})
	t.Run("postgres", func(t *testing.T) {
		s, _ := createPostgres(t)
		test(t, s)
	})
}

// execOn has a register's database do what no method of it does.
func execOn(t *testing.T, s *register.Store, statement string, args ...any) {
	t.Helper()
	var err error
	if s.Postgres() != nil {
		_, err = s.Postgres().Exec(t.Context(), statement, args...)
	} else {
		_, err = s.SQLite().ExecContext(t.Context(), statement, args...)
	}
	if err != nil {
		t.Fatalf("%s: %v", statement, err)
	}
}

func TestConformance(t *testing.T) {
	t.Run("sqlite", func(t *testing.T) {
		registertest.Run(t, func(t *testing.T) registertest.Register {
			s, _ := create(t)
			return s
		})
	})
	t.Run("postgres", func(t *testing.T) {
		registertest.Run(t, func(t *testing.T) registertest.Register {
			return servedPostgres(t, target(t))
		})
	})
}

// TestRaces is of several nodes, or processes, on one register.
func TestRaces(t *testing.T) {
	opened := func(t *testing.T, first *register.Store, times int, open func() (*register.Store, error)) []registertest.Register {
		all := []registertest.Register{first}
		for len(all) < times {
			s, err := open()
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() {
				if err := s.Close(); err != nil {
					t.Error(err)
				}
			})
			all = append(all, s)
		}
		return all
	}
	t.Run("sqlite", func(t *testing.T) {
		registertest.Races(t, func(t *testing.T, times int) []registertest.Register {
			s, path := create(t)
			return opened(t, s, times, func() (*register.Store, error) { return register.Open(context.Background(), path, register.Config{}) })
		})
	})
	t.Run("postgres", func(t *testing.T) {
		registertest.Races(t, func(t *testing.T, times int) []registertest.Register {
			s, address := createPostgres(t)
			return opened(t, s, times, func() (*register.Store, error) {
				return register.OpenPostgres(context.Background(), register.Postgres{URL: address})
			})
		})
	})
}

func TestCreateAndOpen(t *testing.T) {
	ctx := context.Background()
	s, path := create(t)
	if _, err := os.Stat(path); err != nil {
		t.Fatal(err)
	}
	if _, err := register.Create(ctx, path, register.Config{}); !errors.Is(err, register.ErrExists) {
		t.Errorf("creating over another: %v", err)
	}
	missing := filepath.Join(t.TempDir(), "none.db")
	if _, err := register.Open(ctx, missing, register.Config{}); !errors.Is(err, register.ErrMissing) {
		t.Errorf("opening a missing one: %v", err)
	}
	if _, err := os.Stat(missing); err == nil {
		t.Error("opening made a file")
	}
	if _, err := register.Open(ctx, t.TempDir(), register.Config{}); err == nil {
		t.Error("a folder was opened")
	}
	again, err := register.Open(ctx, path, register.Config{})
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(again.Ready(ctx), again.Close()); err != nil {
		t.Error(err)
	}
	if err := register.Migrate(ctx, path, register.Config{}); err != nil {
		t.Error(err)
	}
	if _, err := s.SQLite().Exec(`INSERT INTO goose_db_version (version_id, is_applied) VALUES (9999, 1)`); err != nil {
		t.Fatal(err)
	}
	if _, err := register.Open(ctx, path, register.Config{}); !errors.Is(err, register.ErrNewer) {
		t.Errorf("opening a newer one: %v", err)
	}
	if err := register.Migrate(ctx, path, register.Config{}); !errors.Is(err, register.ErrNewer) {
		t.Errorf("migrating a newer one: %v", err)
	}
	empty := filepath.Join(t.TempDir(), "empty.db")
	if err := os.WriteFile(empty, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := register.Open(ctx, empty, register.Config{}); !errors.Is(err, register.ErrOlder) {
		t.Errorf("opening one without a schema: %v", err)
	}
}

func TestPragmas(t *testing.T) {
	s, _ := create(t)
	for pragma, want := range map[string]string{"journal_mode": "wal", "synchronous": "2", "foreign_keys": "1", "busy_timeout": "10000",
		"cache_size": "-16384", "wal_autocheckpoint": "8192"} {
		var got string
		if err := s.SQLite().QueryRow(`PRAGMA ` + pragma).Scan(&got); err != nil || got != want {
			t.Errorf("%s is %s, want %s, %v", pragma, got, want, err)
		}
	}
}

// TestSQLiteDiskFull: a register that cannot grow is unavailable until it can,
// and nothing is written by halves.
func TestSQLiteDiskFull(t *testing.T) {
	ctx := context.Background()
	s, _ := create(t)
	issueSome := func(from int) (done int, _ error) {
		i := issuertest.New(t, s, issuertest.NewClock())
		for n := from; n < from+200; n++ {
			if _, err := i.Issue(ctx, []catalog.Application{issuertest.Numbered(t, n)}, issuer.Order{Actor: issuer.Operator("test")}); err != nil {
				return n - from, err
			}
		}
		return 200, nil
	}
	var pages int
	if err := s.SQLite().QueryRow(`PRAGMA page_count`).Scan(&pages); err != nil {
		t.Fatal(err)
	}
	if _, err := s.SQLite().Exec(fmt.Sprintf(`PRAGMA max_page_count = %d`, pages+20)); err != nil {
		t.Fatal(err)
	}
	issued, err := issueSome(0)
	if !errors.Is(err, issuer.ErrUnavailable) {
		t.Fatalf("after %d licenses: %v", issued, err)
	}
	if found, err := s.Recent(ctx, time.Now().AddDate(10, 0, 0), 1000); err != nil || len(found) != issued {
		t.Errorf("%d licenses were issued, and %d are there, %v", issued, len(found), err)
	}
	if _, err := s.SQLite().Exec(`PRAGMA max_page_count = 1000000`); err != nil {
		t.Fatal(err)
	}
	if _, err := issueSome(issued); err != nil {
		t.Errorf("with room again: %v", err)
	}
}

func TestAuditTrailIsOnlyAddedTo(t *testing.T) {
	onBoth(t, func(t *testing.T, s *register.Store) {
		ctx := context.Background()
		exec := func(statement string) error {
			if pool := s.Postgres(); pool != nil {
				_, err := pool.Exec(ctx, statement)
				return err
			}
			_, err := s.SQLite().Exec(statement)
			return err
		}
		if err := exec(`INSERT INTO audit (at, actor, act, subject, detail) VALUES (1, 'a', 'b', 'c', 'd')`); err != nil {
			t.Fatal(err)
		}
		for _, statement := range []string{`UPDATE audit SET actor = 'x'`, `DELETE FROM audit`} {
			if err := exec(statement); err == nil || !strings.Contains(err.Error(), "only added to") {
				t.Errorf("%s: %v", statement, err)
			}
		}
		trail, err := s.Audit(ctx, "c")
		if err != nil || len(trail) != 1 || trail[0].Actor != "a" {
			t.Errorf("trail %+v, %v", trail, err)
		}
	})
}

func TestVerifications(t *testing.T) { onBoth(t, testVerifications) }

func testVerifications(t *testing.T, s *register.Store) {
	ctx := context.Background()
	id, err := license.ParseIdentifier("1.2.156.3005.2.11100000000013338W011.11430000006122244L.20230000403.001.U")
	if err != nil {
		t.Fatal(err)
	}
	v := license.Verification{ID: "1", License: id, Outcome: "valid", At: time.Date(2026, 7, 1, 0, 0, 0, 5, time.UTC),
		Region: "330400", Purpose: "执法检查", Organisation: "局", Operator: "甲"}
	for range 2 {
		if err := s.AddVerification(ctx, v); err != nil {
			t.Fatal(err)
		}
	}
	other := v
	other.Outcome = "invalid"
	if err := s.AddVerification(ctx, other); !errors.Is(err, register.ErrRecorded) {
		t.Errorf("got %v", err)
	}
	got, err := s.Verifications(ctx, id.String(), 10)
	if err != nil || len(got) != 1 || got[0].At.Nanosecond() != 0 || got[0].License != id {
		t.Errorf("got %+v, %v", got, err)
	}
	if pending, err := s.Pending(ctx, id.Base(), 10); err != nil || len(pending) != 1 {
		t.Errorf("%d events, %v", len(pending), err)
	}
	nameless := v
	nameless.ID, nameless.Purpose = "2", ""
	if err := s.AddVerification(ctx, nameless); err == nil {
		t.Error("a check without a purpose was recorded")
	}
	if f, err := s.FilingState(ctx); err != nil || f.Pending != 1 || f.Dead != 0 || f.Oldest.IsZero() {
		t.Errorf("filing state %+v, %v", f, err)
	}
}

func TestDocuments(t *testing.T) { onBoth(t, testDocuments) }

func testDocuments(t *testing.T, s *register.Store) {
	ctx := context.Background()
	clock := issuertest.NewClock()
	l := issueOne(t, s, clock)
	d := register.Document{Identifier: l.Identifier.String(), MediaType: "application/pdf", Template: "1", Font: "1", Seal: "章", Signer: "人",
		SignedAt: clock.Now(), Content: []byte("%PDF one")}
	first, err := s.PutDocument(ctx, d)
	if err != nil || len(first.SHA256) != 64 {
		t.Fatalf("got %+v, %v", first, err)
	}
	d.Content = []byte("%PDF two")
	second, err := s.PutDocument(ctx, d)
	if err != nil || string(second.Content) != "%PDF one" || second.SHA256 != first.SHA256 {
		t.Errorf("a version has a second document: %+v, %v", second, err)
	}
	if pending, err := s.Pending(ctx, l.Identifier.Base(), 10); err != nil || len(pending) != 2 {
		t.Errorf("%d events, %v", len(pending), err)
	}
	d.Form = "duplicate"
	duplicate, err := s.PutDocument(ctx, d)
	if err != nil || string(duplicate.Content) != "%PDF two" {
		t.Errorf("the duplicate is %+v, %v", duplicate, err)
	}
	for form, want := range map[string]string{"": "%PDF one", "duplicate": "%PDF two"} {
		if d, err := s.Document(ctx, d.Identifier, form); err != nil || string(d.Content) != want || d.Form != form {
			t.Errorf("form %q is %+v, %v", form, d, err)
		}
	}
	if _, err := s.Document(ctx, d.Identifier, "card"); !errors.Is(err, issuer.ErrNotFound) {
		t.Errorf("error is %v", err)
	}
	if pending, err := s.Pending(ctx, l.Identifier.Base(), 10); err != nil || len(pending) != 3 {
		t.Errorf("%d events, %v", len(pending), err)
	}
	if standing, err := s.Standings(ctx, "", 10); err != nil || len(standing) != 1 || standing[0].Document != first.SHA256 {
		t.Errorf("the register states %+v, %v", standing, err)
	}
	d.Identifier = l.Identifier.Next().String()
	if _, err := s.PutDocument(ctx, d); err == nil {
		t.Error("a version that is not there got a document")
	}
}

func TestSearch(t *testing.T) { onBoth(t, testSearch) }

func testSearch(t *testing.T, s *register.Store) {
	ctx := context.Background()
	clock := issuertest.NewClock()
	l := issueOne(t, s, clock)
	for name, find := range map[string]func() ([]register.Found, error){
		"holder": func() ([]register.Found, error) { return s.ByHolder(ctx, l.Holder.CreditCode, 10) },
		"number": func() ([]register.Found, error) { return s.ByNumber(ctx, l.Number) },
		"permit": func() ([]register.Found, error) {
			return s.ByPermit(ctx, l.Permits[0].Authority, l.Permits[0].Number, 10)
		},
		"recent": func() ([]register.Found, error) { return s.Recent(ctx, clock.Now(), 10) },
	} {
		found, err := find()
		if err != nil || len(found) != 1 || found[0].Identifier != l.Identifier.String() || found[0].State != license.Valid {
			t.Errorf("by %s: %+v, %v", name, found, err)
		}
	}
	current, err := s.After(ctx, "", 10)
	if err != nil || len(current) != 1 || current[0].Identifier != l.Identifier.String() || current[0].Catalogue != l.Catalogue ||
		current[0].Holder != l.Holder.Name || current[0].KeyID == "" || current[0].State != license.Valid || !current[0].IssuedAt.Equal(clock.Now()) {
		t.Errorf("listed: %+v, %v", current, err)
	}
	if current, err = s.After(ctx, l.Identifier.String(), 10); err != nil || len(current) != 0 {
		t.Errorf("after the last: %+v, %v", current, err)
	}
	if found, err := s.Recent(ctx, clock.Now().Add(-time.Hour), 10); err != nil || len(found) != 0 {
		t.Errorf("before it was issued: %+v, %v", found, err)
	}
}
