// Package postgrestest gives tests a real PostgreSQL: [Database] makes an
// empty database on a server that the first test starts and that ends with
// the test binary, however that ends. It runs what Debian's package postgresql
// has installed.
package postgrestest

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/url"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
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

func database(tb testing.TB, running func() (*server, error)) string {
	tb.Helper()
	server, err := running()
	if err != nil {
		tb.Fatalf("starting PostgreSQL: %v", err)
	}
	socket := server.socket
	name := fmt.Sprintf("test%d", made.Add(1))
	Exec(tb, address(socket, "postgres"), `CREATE DATABASE `+name)
	return address(socket, name)
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
	running        = sync.OnceValues(func() (*server, error) { return start("off") })
	runningDurable = sync.OnceValues(func() (*server, error) { return start("on") })
)

type server struct {
	socket string         // its folder
	alive  io.WriteCloser // the server ends when this is closed
}

func address(socket, database string) string {
	return (&url.URL{Scheme: "postgres", User: url.User(Role), Path: "/" + database, RawQuery: url.Values{"host": {socket}}.Encode()}).String()
}

// serve runs the server until its input ends, which it does with the process
// that holds the other end of the pipe.
const serve = `"$1"/initdb -D "$2/data" -U "$3" -A trust -E UTF8 --locale=C.UTF-8 --no-sync >"$2/log" 2>&1 || exit 1
"$1"/postgres -D "$2/data" -k "$2" -c listen_addresses= -c fsync="$4" -c full_page_writes="$4" \
	-c max_connections=200 -c shared_buffers=32MB -c deadlock_timeout=100ms -c autovacuum=off >>"$2/log" 2>&1 &
cat >/dev/null
kill -QUIT $!
wait $!
rm -rf "$2"`

// start starts the server and waits until it answers.
func start(durable string) (*server, error) {
	bin, err := binaries()
	if err != nil {
		return nil, err
	}
	// Not in the test's own folder: a socket's path is short.
	socket, err := os.MkdirTemp("/tmp", "yizheng-postgres-")
	if err != nil {
		return nil, err
	}
	cmd := exec.Command("/bin/sh", "-c", serve, "sh", bin, socket, Role, durable)
	cmd.Dir = socket
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} // an interrupt is for the tests; the server ends after them
	if os.Geteuid() == 0 {
		// PostgreSQL refuses to run as root.
		uid, gid, err := unprivileged()
		if err != nil {
			return nil, err
		}
		if err := os.Chown(socket, uid, gid); err != nil {
			return nil, err
		}
		cmd.SysProcAttr.Credential = &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}
	}
	alive, err := cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	for deadline := time.Now().Add(time.Minute); ; time.Sleep(20 * time.Millisecond) {
		ctx, cancel := context.WithTimeout(context.Background(), time.Second)
		conn, err := pgx.Connect(ctx, address(socket, "postgres"))
		if err == nil {
			err = conn.Close(ctx)
		}
		cancel()
		if err == nil {
			return &server{socket: socket, alive: alive}, nil
		}
		if time.Now().After(deadline) {
			log, _ := os.ReadFile(filepath.Join(socket, "log")) // what there is of it
			return nil, fmt.Errorf("%w\n%s", err, log)
		}
	}
}

// binaries finds the newest PostgreSQL of the machine.
func binaries() (string, error) {
	found, err := filepath.Glob("/usr/lib/postgresql/*/bin/initdb")
	if err != nil || len(found) == 0 {
		return "", errors.New("there is no /usr/lib/postgresql/*/bin/initdb: install the package postgresql, or run make tools")
	}
	version := func(path string) int {
		n, _ := strconv.Atoi(strings.Split(path, "/")[4]) // 0 for what is no number
		return n
	}
	newest := slices.MaxFunc(found, func(a, b string) int { return version(a) - version(b) })
	return filepath.Dir(newest), nil
}

// unprivileged finds a user to run as in root's place.
func unprivileged() (uid, gid int, err error) {
	for _, name := range []string{"postgres", "nobody"} {
		var u *user.User
		if u, err = user.Lookup(name); err != nil {
			continue
		}
		uid, _ = strconv.Atoi(u.Uid) // numbers on this system
		gid, _ = strconv.Atoi(u.Gid)
		return uid, gid, nil
	}
	return 0, 0, err
}
