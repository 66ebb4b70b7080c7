package issuer_test

import (
	"context"
	"database/sql"
	"fmt"
	"path/filepath"
	"testing"

	"yizheng/catalog"
	"yizheng/issuer"
	"yizheng/issuer/issuertest"
	"yizheng/library"
	"yizheng/register"
	"yizheng/register/postgrestest"
)

// BenchmarkIssue issues licenses with storage, on both databases: one at a time,
// and a hundred in one request. The floor is what no issuing can go
// below: sign once and commit one row of the same size.
func BenchmarkIssue(b *testing.B) {
	apps := make([]catalog.Application, 4000)
	for n := range apps {
		apps[n] = issuertest.Numbered(b, n)
	}
	for name, make := range map[string]func(testing.TB) *register.Store{"sqlite": openWithJobs, "postgres": openPostgres} {
		for _, size := range []int{1, 100} {
			b.Run(fmt.Sprintf("%s/licenses=%d", name, size), func(b *testing.B) { benchmarkIssue(b, make(b), apps, size) })
		}
	}
	b.Run("floor", func(b *testing.B) {
		db, err := sql.Open("sqlite", "file:"+filepath.Join(b.TempDir(), "floor.db")+"?_journal_mode=WAL&_synchronous=FULL&_txlock=immediate")
		if err != nil {
			b.Fatal(err)
		}
		defer db.Close()
		db.SetMaxOpenConns(1)
		if _, err := db.Exec(`CREATE TABLE t (id INTEGER PRIMARY KEY, row BLOB)`); err != nil {
			b.Fatal(err)
		}
		signer := issuertest.NewSigner(b)
		row := make([]byte, 3000)
		b.ResetTimer()
		for range b.N {
			sig, err := signer.Sign(row)
			if err != nil {
				b.Fatal(err)
			}
			if _, err := db.Exec(`INSERT INTO t (row) VALUES (?)`, append(row, sig...)); err != nil {
				b.Fatal(err)
			}
		}
	})
}

func benchmarkIssue(b *testing.B, store *register.Store, apps []catalog.Application, size int) {
	i := issuertest.New(b, store, issuertest.NewClock())
	next := 0
	b.ResetTimer()
	for range b.N {
		if next+size > len(apps) {
			b.Skip("out of applications")
		}
		if _, err := i.Issue(context.Background(), apps[next:next+size], issuer.Order{Actor: operator}); err != nil {
			b.Fatal(err)
		}
		next += size
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*size), "ns/license")
}

// openPostgres makes a register with its jobs on a PostgreSQL whose commits
// are on the disk.
func openPostgres(tb testing.TB) *register.Store {
	tb.Helper()
	queue, err := library.NewPostgresQueue(nil)
	if err != nil {
		tb.Fatal(err)
	}
	s, err := register.CreatePostgres(context.Background(), register.Postgres{URL: postgrestest.Durable(tb), Queue: queue})
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { _ = s.Close() })
	return s
}

// openWithJobs makes a register with its jobs on SQLite.
func openWithJobs(tb testing.TB) *register.Store {
	tb.Helper()
	queue, err := library.NewQueue(nil)
	if err != nil {
		tb.Fatal(err)
	}
	s, err := register.Create(context.Background(), filepath.Join(tb.TempDir(), "register.db"), register.Config{Queue: queue})
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { _ = s.Close() })
	return s
}
