//go:build unix

package batch_test

import (
	"context"
	"database/sql"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"yizheng/issuer/issuertest"
	"yizheng/library"
	"yizheng/register"
	"yizheng/register/postgrestest"
)

// BenchmarkIssue issues rows of the sample from a file, with validation before
// and results after, on two workers, with filing and document queued. The floor is what no issuing can go
// below: sign once and insert one row of the same size into the same database,
// with a commit each, and with a commit for two hundred. The processor's time
// (of this process alone) is what counts where others are at work on the same
// machine.
func BenchmarkIssue(b *testing.B) {
	const rows = 2000
	for _, database := range []string{"sqlite", "postgres"} {
		b.Run(database+"/batch", func(b *testing.B) {
			var spent time.Duration
			for range b.N {
				b.StopTimer()
				w := newWorldOn(b, func(dir string) (*register.Store, error) {
					if database == "sqlite" {
						queue, err := library.NewQueue(nil)
						if err != nil {
							return nil, err
						}
						return register.Create(context.Background(), filepath.Join(dir, "register.db"), register.Config{Queue: queue})
					}
					queue, err := library.NewPostgresQueue(nil)
					if err != nil {
						return nil, err
					}
					return register.CreatePostgres(context.Background(), register.Postgres{URL: postgrestest.Durable(b), Queue: queue})
				})
				run := w.run(b, w.file(b, "a.jsonl", rows))
				b.StartTimer()
				before := processorTime(b)
				if _, err := run.Do(b.Context()); err != nil {
					b.Fatal(err)
				}
				spent += processorTime(b) - before
			}
			report(b, b.N*rows, spent)
		})
		for _, together := range []int{1, 200} {
			b.Run(fmt.Sprintf("%s/floor/commit=%d", database, together), func(b *testing.B) {
				if database == "sqlite" {
					floorSQLite(b, together)
				} else {
					floorPostgres(b, together)
				}
			})
		}
	}
}

func floorSQLite(b *testing.B, together int) {
	db, err := sql.Open("sqlite", "file:"+filepath.Join(b.TempDir(), "floor.db")+"?_journal_mode=WAL&_synchronous=FULL&_txlock=immediate")
	if err != nil {
		b.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	db.SetMaxOpenConns(1)
	if _, err := db.Exec(`CREATE TABLE t (id INTEGER PRIMARY KEY, row BLOB)`); err != nil {
		b.Fatal(err)
	}
	floor(b, together, func(rows [][]byte) error {
		tx, err := db.Begin()
		if err != nil {
			return err
		}
		for _, row := range rows {
			if _, err := tx.Exec(`INSERT INTO t (row) VALUES (?)`, row); err != nil {
				return err
			}
		}
		return tx.Commit()
	})
}

func floorPostgres(b *testing.B, together int) {
	ctx := b.Context()
	conn, err := pgx.Connect(ctx, postgrestest.Durable(b))
	if err != nil {
		b.Fatal(err)
	}
	defer func() { _ = conn.Close(context.Background()) }()
	if _, err := conn.Exec(ctx, `CREATE TABLE t (id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY, row BYTEA)`); err != nil {
		b.Fatal(err)
	}
	floor(b, together, func(rows [][]byte) error {
		return pgx.BeginFunc(ctx, conn, func(tx pgx.Tx) error {
			all := &pgx.Batch{}
			for _, row := range rows {
				all.Queue(`INSERT INTO t (row) VALUES ($1)`, row)
			}
			return tx.SendBatch(ctx, all).Close()
		})
	})
}

func floor(b *testing.B, together int, insert func(rows [][]byte) error) {
	signer := issuertest.NewSigner(b)
	row, err := os.ReadFile(filepath.Join("..", "examples", "convenience-store-8-permits.json")) // zeros would be compressed to nothing
	if err != nil {
		b.Fatal(err)
	}
	b.ResetTimer()
	before := processorTime(b)
	for range b.N {
		var rows [][]byte
		for range together {
			sig, err := signer.Sign(row)
			if err != nil {
				b.Fatal(err)
			}
			rows = append(rows, append(slices.Clip(row), sig...))
		}
		if err := insert(rows); err != nil {
			b.Fatal(err)
		}
	}
	report(b, b.N*together, processorTime(b)-before)
}

func report(b *testing.B, rows int, spent time.Duration) {
	b.ReportMetric(float64(rows)/b.Elapsed().Seconds(), "rows/s")
	b.ReportMetric(float64(spent.Microseconds())/float64(rows), "cpu-µs/row")
}

// processorTime is what this process has used of all cores.
func processorTime(b *testing.B) time.Duration {
	b.Helper()
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
