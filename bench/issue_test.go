package bench_test

import (
	"context"
	"crypto/rand"
	"database/sql"
	"errors"
	"fmt"
	mathrand "math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	_ "modernc.org/sqlite"

	"yizheng/keys"
	"yizheng/register/postgrestest"
	"yizheng/signature"
)

// TestIssue measures a batch, from a file to licenses with their filings and
// documents queued, against the floor: to sign once and to commit one row of
// the same size to the same database. Beside it stands a lower one, of two
// hundred such rows in a commit. By turns; and by processor time, the database
// server's included, as well as by the clock.
func TestIssue(t *testing.T) {
	for _, database := range []string{"SQLite", "PostgreSQL"} {
		t.Run(database, func(t *testing.T) {
			var batch, floor, grouped measured
			var server *postgrestest.Server
			if database == "PostgreSQL" {
				server = usualServer(t)
			}
			for range sized(1, 3) {
				floor.work(t, server, sized(50, 4000), 1, floorOn(t, server, 1))
				grouped.work(t, server, sized(2, 40), 200, floorOn(t, server, 200))
				var address []string
				if server != nil {
					address = []string{"--postgres", server.Database(t)}
				}
				d := initialise(t, address...)
				licenses, before := sized(60, 20_000), serverTime(t, server)
				u := d.issue(t, licenses)
				batch.rates = append(batch.rates, float64(licenses)/u.took.Seconds()/2) // on two cores
				batch.costs = append(batch.costs, (u.processor+serverTime(t, server)-before)/time.Duration(licenses))
			}
			rows.add(t, "licenses issued a second and core, "+database,
				fmt.Sprintf("%.0f, %s of processor time each", batch.rate(), micros(batch.cost())),
				fmt.Sprintf("%.0f, %s: one signature, one row of 3 kB, one commit", floor.rate(), micros(floor.cost())),
				fmt.Sprintf("%.2f, by processor time %.2f", batch.rate()/floor.rate(), float64(floor.cost())/float64(batch.cost())))
			rows.add(t, "… beside two hundred rows in a commit, "+database, micros(batch.cost()),
				fmt.Sprintf("%.0f, %s", grouped.rate(), micros(grouped.cost())),
				fmt.Sprintf("%.2f, by processor time %.2f", batch.rate()/grouped.rate(), float64(grouped.cost())/float64(batch.cost())))
		})
	}
}

// work measures a call that is made many times, in this process, and does so
// many things.
func (m *measured) work(t *testing.T, s *postgrestest.Server, times, things int, call func() error) {
	t.Helper()
	before, err := spent()
	if err != nil {
		t.Fatal(err)
	}
	server, began := serverTime(t, s), time.Now()
	for range times {
		if err := call(); err != nil {
			t.Fatal(err)
		}
	}
	took := time.Since(began)
	after, err := spent()
	if err != nil {
		t.Fatal(err)
	}
	m.rates = append(m.rates, float64(times*things)/took.Seconds())
	m.costs = append(m.costs, (after-before+serverTime(t, s)-server)/time.Duration(times*things))
}

// floorOn gives the floor of issuing so many on a server, or on SQLite.
func floorOn(t *testing.T, server *postgrestest.Server, together int) func() error {
	t.Helper()
	key, err := keys.Generate(keys.UseLicense, signature.ES256, rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	insert := insertInto(t, server)
	row := licenseSized(t)
	return func() error {
		var signed [][]byte
		for range together {
			sig, err := key.Sign(row)
			if err != nil {
				return err
			}
			signed = append(signed, append(row[:len(row):len(row)], sig...))
		}
		return insert(signed)
	}
}

// licenseSized is a row of 3 kB that is as hard to compress, as PostgreSQL does with
// rows of that size, as what a license consists of: its text, and the digits of
// its code.
func licenseSized(t *testing.T) []byte {
	t.Helper()
	row, err := os.ReadFile(filepath.Join("..", "examples", "convenience-store-8-permits.json"))
	if err != nil {
		t.Fatal(err)
	}
	for len(row) < 3000 {
		row = append(row, byte('0'+mathrand.IntN(10)))
	}
	return row[:3000]
}

// insertInto gives how rows are inserted and committed.
func insertInto(t *testing.T, server *postgrestest.Server) func(rows [][]byte) error {
	t.Helper()
	if server != nil {
		conn, err := pgx.Connect(t.Context(), server.Database(t))
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = conn.Close(context.Background()) })
		if _, err := conn.Exec(t.Context(), `CREATE TABLE t (id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY, row BYTEA)`); err != nil {
			t.Fatal(err)
		}
		return func(rows [][]byte) error {
			if len(rows) == 1 {
				_, err := conn.Exec(t.Context(), `INSERT INTO t (row) VALUES ($1)`, rows[0])
				return err
			}
			_, err := conn.Exec(t.Context(), `INSERT INTO t (row) SELECT * FROM unnest(CAST($1 AS BYTEA[]))`, rows)
			return err
		}
	}
	db, err := sql.Open("sqlite", "file:"+filepath.Join(t.TempDir(), "floor.db")+"?_journal_mode=WAL&_synchronous=FULL&_txlock=immediate")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	db.SetMaxOpenConns(1)
	if _, err := db.Exec(`CREATE TABLE t (id INTEGER PRIMARY KEY, row BLOB)`); err != nil {
		t.Fatal(err)
	}
	return func(rows [][]byte) error {
		if len(rows) == 1 {
			_, err := db.Exec(`INSERT INTO t (row) VALUES (?)`, rows[0])
			return err
		}
		tx, err := db.Begin()
		if err != nil {
			return err
		}
		for _, row := range rows {
			if _, err := tx.Exec(`INSERT INTO t (row) VALUES (?)`, row); err != nil {
				return errors.Join(err, tx.Rollback())
			}
		}
		return tx.Commit()
	}
}

// usualServer is a PostgreSQL server as an operator would set it up for this
// machine.
func usualServer(t testing.TB) *postgrestest.Server {
	t.Helper()
	return postgrestest.Start(t, "", "shared_buffers=2GB", "max_wal_size=8GB", "autovacuum=on")
}

// serverTime is the processor time that a server has used so far, of its
// processes and of those that have ended; none for no server.
func serverTime(t testing.TB, s *postgrestest.Server) (whole time.Duration) {
	t.Helper()
	if s == nil {
		return 0
	}
	processes := s.Processes(t)
	for _, pid := range processes {
		if of, err := processTime(pid); err == nil { // it may have ended
			whole += of
		}
	}
	stat, err := os.ReadFile(filepath.Join("/proc", strconv.Itoa(processes[0]), "stat"))
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(stat), ") ")
	for _, ticks := range strings.Fields(rest)[13:15] { // cutime and cstime: see proc(5)
		n, err := strconv.ParseInt(ticks, 10, 64)
		if err != nil {
			t.Fatal(err)
		}
		whole += time.Duration(n) * time.Second / 100
	}
	return whole
}
