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
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
)

// Server is a PostgreSQL server.
type Server struct {
	socket string         // folder of its socket and its log, which goes with it
	data   string         // folder of its databases
	alive  io.WriteCloser // each line starts it; it ends when this is closed
}

// Start starts a server that ends with the test. Its databases lie in the
// folder, which may be a small file system of its own; with none, where others
// do. settings are as in its configuration file.
func Start(tb testing.TB, folder string, settings ...string) *Server {
	tb.Helper()
	s, err := start(folder, settings...)
	if err != nil {
		tb.Fatalf("starting PostgreSQL: %v", err)
	}
	tb.Cleanup(func() { _ = s.alive.Close() })
	return s
}

// Database makes an empty database and gives its address.
func (s *Server) Database(tb testing.TB) string {
	tb.Helper()
	name := fmt.Sprintf("test%d", made.Add(1))
	Exec(tb, address(s.socket, "postgres"), `CREATE DATABASE `+name)
	return address(s.socket, name)
}

// Kill kills the server and everybody who works for it, as the end of its
// machine would.
func (s *Server) Kill(tb testing.TB) {
	tb.Helper()
	killed := s.signal(tb, syscall.SIGKILL)
	for deadline := time.Now().Add(startsWithin); slices.ContainsFunc(killed, alive); time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			tb.Fatal("PostgreSQL does not die")
		}
	}
}

// Restart starts the server after Kill, and waits until it answers.
func (s *Server) Restart(tb testing.TB) {
	tb.Helper()
	if err := s.launch(); err != nil {
		tb.Fatalf("starting PostgreSQL again: %v", err)
	}
}

// Stall lets nobody of the server do anything while it is on.
func (s *Server) Stall(tb testing.TB, on bool) {
	tb.Helper()
	if on {
		s.signal(tb, syscall.SIGSTOP)
		return
	}
	s.signal(tb, syscall.SIGCONT)
}

// Processes gives those of the server, the postmaster first, which the others
// are children of.
func (s *Server) Processes(tb testing.TB) []int {
	tb.Helper()
	pid, ok := s.postmaster()
	if !ok {
		tb.Fatal("PostgreSQL does not run")
	}
	return append([]int{pid}, childrenOf(pid)...)
}

// signal tells the postmaster first, so that it starts nobody in the place of
// those who are told after it. It gives all who were told.
func (s *Server) signal(tb testing.TB, what syscall.Signal) []int {
	tb.Helper()
	told := s.Processes(tb)
	for _, p := range told {
		_ = syscall.Kill(p, what) // a child may have ended meanwhile
	}
	return told
}

// Running says whether the server runs.
func (s *Server) Running() bool {
	_, ok := s.postmaster()
	return ok
}

func (s *Server) postmaster() (pid int, ok bool) {
	raw, err := os.ReadFile(filepath.Join(s.data, "postmaster.pid"))
	if err != nil {
		return 0, false
	}
	first, _, _ := strings.Cut(string(raw), "\n")
	pid, err = strconv.Atoi(first)
	return pid, err == nil && pid > 1 && alive(pid)
}

// alive says whether a process runs, and has not only left its name.
func alive(pid int) bool {
	raw, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	return err == nil && !strings.Contains(string(raw), ") Z ")
}

func childrenOf(pid int) []int {
	var children []int
	of, _ := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/children", pid)) // the pattern is well-formed
	for _, path := range of {
		raw, _ := os.ReadFile(path) // none for one that has just ended
		for _, field := range strings.Fields(string(raw)) {
			if child, err := strconv.Atoi(field); err == nil {
				children = append(children, child)
			}
		}
	}
	return children
}

func address(socket, database string) string {
	return (&url.URL{Scheme: "postgres", User: url.User(Role), Path: "/" + database, RawQuery: url.Values{"host": {socket}}.Encode()}).String()
}

// serve makes the databases and runs the server, once for each line that it
// is given, until its input ends, which it does with the process that holds
// the other end of the pipe.
const serve = `bin=$1 socket=$2 data=$3 role=$4 segment=$5
shift 5
"$bin"/initdb -D "$data" -U "$role" -A trust -E UTF8 --locale=C.UTF-8 --wal-segsize="$segment" --no-sync >"$socket/log" 2>&1 || exit 1
while read -r line; do
	"$bin"/postgres -D "$data" -k "$socket" -c listen_addresses= -c max_connections=200 -c shared_buffers=32MB \
		-c deadlock_timeout=100ms -c autovacuum=off "$@" >>"$socket/log" 2>&1 &
done
kill -CONT $!
kill -QUIT $!
wait $!
rm -rf "$socket" "$data"`

// startsWithin is how long a server may take to answer, on a busy machine.
const startsWithin = time.Minute

// start makes a server, starts it and waits until it answers.
func start(folder string, settings ...string) (*Server, error) {
	bin, err := binaries()
	if err != nil {
		return nil, err
	}
	// Not in the test's own folder: a socket's path is short.
	socket, err := os.MkdirTemp("/tmp", "yizheng-postgres-")
	if err != nil {
		return nil, err
	}
	segment := "16" // megabytes, as is usual
	if folder == "" {
		folder = socket
	} else {
		segment = "1"
	}
	s := &Server{socket: socket, data: filepath.Join(folder, "data")}
	args := []string{"-c", serve, "sh", bin, socket, s.data, Role, segment}
	for _, setting := range settings {
		args = append(args, "-c", setting)
	}
	cmd := exec.Command("/bin/sh", args...)
	cmd.Dir = socket
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} // an interrupt is for the tests; the server ends after them
	if os.Geteuid() == 0 {
		// PostgreSQL refuses to run as root.
		uid, gid, err := unprivileged()
		if err != nil {
			return nil, err
		}
		for _, path := range []string{socket, folder} {
			if err := os.Chown(path, uid, gid); err != nil {
				return nil, err
			}
		}
		cmd.SysProcAttr.Credential = &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}
	}
	if s.alive, err = cmd.StdinPipe(); err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	go func() { _ = cmd.Wait() }() // its end is that of the tests
	return s, s.launch()
}

// launch starts the server and waits until it answers.
func (s *Server) launch() error {
	if _, err := io.WriteString(s.alive, "start\n"); err != nil {
		return err
	}
	for deadline := time.Now().Add(startsWithin); ; time.Sleep(20 * time.Millisecond) {
		ctx, cancel := context.WithTimeout(context.Background(), time.Second)
		conn, err := pgx.Connect(ctx, address(s.socket, "postgres"))
		if err == nil {
			err = conn.Close(ctx)
		}
		cancel()
		if err == nil {
			return nil
		}
		if time.Now().After(deadline) {
			log, _ := os.ReadFile(filepath.Join(s.socket, "log")) // what there is of it
			return fmt.Errorf("%w\n%s", err, log)
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
