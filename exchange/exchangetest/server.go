// Package exchangetest starts real Redis servers for tests. Start with [Start].
package exchangetest

import (
	"bytes"
	"context"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
)

// startsWithin is how long a server may take to answer, on a busy machine.
const startsWithin = 20 * time.Second

// Options say how a server is to be. The zero Options make one without
// password on a port of its own that keeps nothing on the disk.
type Options struct {
	ACL    string   // lines of an ACL file; there is an administrator "admin", password "admin", beside
	Secure *Secure  // nil for no TLS
	More   []string // further arguments: "--cluster-enabled", "yes"
}

// Server is a Redis server.
type Server struct {
	Port int

	t       testing.TB
	dir     string
	options Options

	mu      sync.Mutex
	process *exec.Cmd
	log     bytes.Buffer
}

// Start starts a server, waits until it answers, and stops it when the test
// ends.
func Start(t testing.TB, o Options) *Server {
	t.Helper()
	s := &Server{Port: FreePort(t), t: t, dir: t.TempDir(), options: o}
	t.Cleanup(s.Stop)
	s.Restart()
	return s
}

// UserLine gives the line of an ACL file that a page shows for the user
// yizheng, with a password. of is something that it contains, where the page
// shows several.
func UserLine(t testing.TB, page, of, password string) string {
	t.Helper()
	raw, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(raw)) {
		if strings.HasPrefix(line, "user yizheng ") && strings.Contains(line, of) {
			return strings.ReplaceAll(strings.TrimSpace(line), "PASSWORD", password)
		}
	}
	t.Fatalf("%s shows no such line", page)
	return ""
}

// FreePort gives a port on which nothing listens. It lies below those that
// the system gives to outgoing connections, and leaves room for a cluster's
// second port.
func FreePort(t testing.TB) int {
	t.Helper()
	for range 200 {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		port := 10000 + l.Addr().(*net.TCPAddr).Port%20000
		_ = l.Close()
		if l, err = net.Listen("tcp", "127.0.0.1:"+strconv.Itoa(port)); err == nil {
			_ = l.Close()
			return port
		}
	}
	t.Fatal("no port is free")
	return 0
}

// Address gives host and port.
func (s *Server) Address() string { return "127.0.0.1:" + strconv.Itoa(s.Port) }

// Restart starts the server, empty, after Stop.
func (s *Server) Restart() {
	s.t.Helper()
	args := []string{"--save", "", "--appendonly", "no", "--dir", s.dir, "--bind", "127.0.0.1", "--daemonize", "no"}
	if s.options.Secure != nil {
		args = append(args, "--port", "0", "--tls-port", strconv.Itoa(s.Port), "--tls-auth-clients", "no")
		args = append(args, s.options.Secure.arguments()...)
	} else {
		args = append(args, "--port", strconv.Itoa(s.Port))
	}
	if s.options.ACL != "" {
		file := filepath.Join(s.dir, "users.acl")
		lines := "user default off\nuser admin on >admin ~* &* +@all\n" + s.options.ACL + "\n"
		if err := os.WriteFile(file, []byte(lines), 0o600); err != nil {
			s.t.Fatal(err)
		}
		args = append(args, "--aclfile", file)
	}
	s.run(append(args, s.options.More...)...)
	admin := s.Admin()
	for until := time.Now().Add(startsWithin); ; time.Sleep(5 * time.Millisecond) {
		err := admin.Ping(context.Background()).Err()
		if err == nil {
			return
		}
		if time.Now().After(until) {
			s.t.Fatalf("redis-server does not answer: %v\n%s", err, s.log.String())
		}
	}
}

func (s *Server) run(args ...string) {
	s.t.Helper()
	s.mu.Lock()
	defer s.mu.Unlock()
	s.process = exec.Command("redis-server", args...)
	s.process.Stdout, s.process.Stderr = &s.log, &s.log
	if err := s.process.Start(); err != nil {
		s.t.Fatalf("starting redis-server (make tools installs it): %v", err)
	}
}

// Stop kills the server.
func (s *Server) Stop() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.process != nil {
		_ = s.process.Process.Kill() // it may have ended by itself
		_ = s.process.Wait()
		s.process = nil
	}
}

// Stall lets the server do nothing while it is on; whoever asks waits.
func (s *Server) Stall(on bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	what := syscall.SIGCONT
	if on {
		what = syscall.SIGSTOP
	}
	_ = s.process.Process.Signal(what) // it runs: only Stop ends it
}

// Admin gives a client that may do everything.
func (s *Server) Admin() *redis.Client {
	o := &redis.Options{Addr: s.Address(), Protocol: 2, DisableIdentity: true, DialTimeout: time.Second}
	if s.options.ACL != "" {
		o.Username, o.Password = "admin", "admin"
	}
	if s.options.Secure != nil {
		o.TLSConfig = s.options.Secure.Client()
	}
	c := redis.NewClient(o)
	s.t.Cleanup(func() { _ = c.Close() })
	return c
}

// Keys gives every key that the server holds.
func (s *Server) Keys() []string {
	s.t.Helper()
	keys, err := s.Admin().Keys(context.Background(), "*").Result()
	if err != nil {
		s.t.Fatal(err)
	}
	return keys
}

// Cluster starts three nodes that divide the slots among them, and waits until
// they agree. acl is as in Options.
func Cluster(t testing.TB, acl string) []*Server {
	t.Helper()
	servers := make([]*Server, 3)
	for i := range servers {
		servers[i] = Start(t, Options{ACL: acl, More: []string{
			"--cluster-enabled", "yes", "--cluster-config-file", "nodes.conf", "--cluster-node-timeout", "2000",
		}})
	}
	ctx := context.Background()
	slots := [][2]int{{0, 5460}, {5461, 10922}, {10923, 16383}}
	for i, s := range servers {
		admin := s.Admin()
		if err := admin.ClusterAddSlotsRange(ctx, slots[i][0], slots[i][1]).Err(); err != nil {
			t.Fatal(err)
		}
		if err := admin.Do(ctx, "CLUSTER", "SET-CONFIG-EPOCH", i+1).Err(); err != nil {
			t.Fatal(err)
		}
		if err := admin.ClusterMeet(ctx, "127.0.0.1", strconv.Itoa(servers[0].Port)).Err(); err != nil {
			t.Fatal(err)
		}
	}
	for until := time.Now().Add(startsWithin); ; time.Sleep(20 * time.Millisecond) {
		agreed := 0
		for _, s := range servers {
			info, err := s.Admin().ClusterInfo(ctx).Result()
			shards, _ := s.Admin().ClusterShards(ctx).Result()
			if err == nil && strings.Contains(info, "cluster_state:ok") && len(shards) == len(servers) {
				agreed++
			}
		}
		if agreed == len(servers) {
			return servers
		}
		if time.Now().After(until) {
			t.Fatal("the cluster does not come up")
		}
	}
}

// Sentinel starts a sentinel that watches a master under the name "yizheng",
// alone enough to fail over to a replica within about a second, and gives its
// address.
func Sentinel(t testing.TB, master *Server) string {
	t.Helper()
	s := &Server{Port: FreePort(t), t: t, dir: t.TempDir()}
	file := filepath.Join(s.dir, "sentinel.conf")
	config := fmt.Sprintf("port %d\nbind 127.0.0.1\ndir %s\nsentinel monitor yizheng 127.0.0.1 %d 1\n"+
		"sentinel down-after-milliseconds yizheng 500\nsentinel failover-timeout yizheng 2000\n", s.Port, s.dir, master.Port)
	if err := os.WriteFile(file, []byte(config), 0o600); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Stop)
	s.run(file, "--sentinel")
	admin := s.Admin()
	for until := time.Now().Add(startsWithin); admin.Ping(context.Background()).Err() != nil; time.Sleep(5 * time.Millisecond) {
		if time.Now().After(until) {
			t.Fatal("the sentinel does not answer")
		}
	}
	return s.Address()
}

// Knows waits until a sentinel knows so many replicas of its master, which it
// must before it can put one in its place.
func Knows(t testing.TB, sentinel string, replicas int) {
	t.Helper()
	c := redis.NewSentinelClient(&redis.Options{Addr: sentinel, Protocol: 2, DisableIdentity: true})
	defer func() { _ = c.Close() }()
	for until := time.Now().Add(startsWithin); ; time.Sleep(50 * time.Millisecond) {
		known, err := c.Replicas(context.Background(), "yizheng").Result()
		if err == nil && len(known) >= replicas {
			return
		}
		if time.Now().After(until) {
			t.Fatalf("the sentinel knows %d replicas: %v", len(known), err)
		}
	}
}
