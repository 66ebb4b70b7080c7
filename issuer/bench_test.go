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
)

// BenchmarkIssue issues licenses with storage, on the real SQLite: one at a
// time, and a hundred in one request. The floor is what no issuing can go
// below: sign once and commit one row of the same size.
func BenchmarkIssue(b *testing.B) {
	apps := make([]catalog.Application, 4000)
	for n := range apps {
		apps[n] = issuertest.Numbered(b, n)
	}
	for _, size := range []int{1, 100} {
		b.Run(fmt.Sprintf("licenses=%d", size), func(b *testing.B) {
			store := open(b)
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
		})
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
