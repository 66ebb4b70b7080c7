// Package postgrestest gives tests a real PostgreSQL: [Database] makes an
// empty database on a server that the first test starts and that ends with
// the test binary, however that ends. [Start] gives a server of the test's own,
// which can be killed, stalled and started again. It runs what Debian's package
// postgresql has installed.
package postgrestest

import (
	"context"
	"errors"
	"net/url"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/jackc/pgx/v5"

	"yizheng/faults/wiretest"
)

// Role is the role that owns the databases; it needs no password.
const Role = "yizheng"

// Database makes an empty database and gives its address. It goes with the
// server: to drop it sooner would make a checkpoint.
func Database(tb testing.TB) string {
	tb.Helper()
	return database(tb, running)
}

// Durable is [Database] on a server whose commits are on the disk, for
// benchmarks.
func Durable(tb testing.TB) string {
	tb.Helper()
	return database(tb, runningDurable)
}

func database(tb testing.TB, running func() (*Server, error)) string {
	tb.Helper()
	server, err := running()
	if err != nil {
		tb.Fatalf("starting PostgreSQL: %v", err)
	}
	return server.Database(tb)
}

// Through gives the address of the same database by a wire, on which trouble
// can be made.
func Through(tb testing.TB, address string) (*wiretest.Wire, string) {
	tb.Helper()
	u, err := url.Parse(address)
	if err != nil {
		tb.Fatal(err)
	}
	wire := wiretest.Between(tb, "unix", filepath.Join(u.Query().Get("host"), ".s.PGSQL.5432"))
	u.Host, u.RawQuery = wire.Address(), "sslmode=disable"
	return wire, u.String()
}

// Exec runs a statement on the database at the address.
func Exec(tb testing.TB, address, statement string, args ...any) {
	tb.Helper()
	ctx := context.Background()
	conn, err := pgx.Connect(ctx, address)
	if err != nil {
		tb.Fatalf("connecting to PostgreSQL: %v", err)
	}
	_, err = conn.Exec(ctx, statement, args...)
	if err = errors.Join(err, conn.Close(ctx)); err != nil {
		tb.Fatalf("%s: %v", statement, err)
	}
}

// made counts the databases of this test binary.
var made atomic.Int64

// running is the server of this test binary, and runningDurable the one that
// waits for the disk.
var (
	running        = sync.OnceValues(func() (*Server, error) { return start("", "fsync=off", "full_page_writes=off") })
	runningDurable = sync.OnceValues(func() (*Server, error) { return start("") })
)
