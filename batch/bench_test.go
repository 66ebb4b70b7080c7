//go:build unix

package batch_test

import (
	"database/sql"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"yizheng/issuer/issuertest"
)

// BenchmarkIssue issues rows of the sample from a file, with validation before
// and results after, on two workers. The floor is what no issuing can go
// below: sign once and insert one row of the same size, with a commit each,
// and with a commit for two hundred. The processor's time is what counts where
// others are at work on the same machine.
func BenchmarkIssue(b *testing.B) {
	const rows = 2000
	b.Run("batch", func(b *testing.B) {
		var spent time.Duration
		for range b.N {
			b.StopTimer()
			w := newWorld(b)
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
	b.Run("floor/commit=1", func(b *testing.B) { floor(b, 1) })
	b.Run("floor/commit=200", func(b *testing.B) { floor(b, 200) })
}

func floor(b *testing.B, together int) {
	db, err := sql.Open("sqlite", "file:"+filepath.Join(b.TempDir(), "floor.db")+"?_journal_mode=WAL&_synchronous=FULL&_txlock=immediate")
	if err != nil {
		b.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	db.SetMaxOpenConns(1)
	if _, err := db.Exec(`CREATE TABLE t (id INTEGER PRIMARY KEY, row BLOB)`); err != nil {
		b.Fatal(err)
	}
	signer := issuertest.NewSigner(b)
	row := make([]byte, 3000)
	b.ResetTimer()
	before := processorTime(b)
	for range b.N {
		tx, err := db.Begin()
		if err != nil {
			b.Fatal(err)
		}
		for range together {
			sig, err := signer.Sign(row)
			if err != nil {
				b.Fatal(err)
			}
			if _, err := tx.Exec(`INSERT INTO t (row) VALUES (?)`, append(row, sig...)); err != nil {
				b.Fatal(err)
			}
		}
		if err := tx.Commit(); err != nil {
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
