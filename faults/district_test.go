package faults_test

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	_ "github.com/jackc/pgx/v5/stdlib" // the driver "pgx"
	_ "modernc.org/sqlite"             // the driver "sqlite"

	"yizheng/exchange/exchangetest"
	"yizheng/faults/wiretest"
	"yizheng/register/postgrestest"
)

// database is what a register lies on.
type database string

const (
	sqlite   database = "sqlite"
	postgres database = "postgres"
)

// district is an issuing office with everything that it runs: a register on
// either database, nodes that serve it, and the city's library that it files
// with.
type district struct {
	t    testing.TB
	on   database
	dir  string // for everything
	data string // its data directory, which every node shares

	server  *postgrestest.Server // nil on SQLite
	address string               // of the database, past the wire
	wire    *wiretest.Wire       // between the nodes and the database; nil on SQLite, and where they go straight

	mu      sync.Mutex
	nodes   []*node
	library *node
	ahead   time.Duration     // the clocks of everybody, of the machine's
	tokens  map[string]string // by the authority for which they are
	said    []*record         // by every process there was
}

// node is a server with an address of its own, whichever process is behind it.
type node struct {
	url  string
	args []string
	at   *process
}

// options say how a district differs from the usual.
type options struct {
	dir      string         // where everything lies; in the test's own folder when empty
	settings []string       // of the PostgreSQL server
	straight bool           // to the database, where no wire is to break
	config   map[string]any // further members of config.json
}

// newDistrict makes a district with a library. No node runs yet.
func newDistrict(t testing.TB, on database, o options) *district {
	t.Helper()
	d := &district{t: t, on: on, dir: o.dir, tokens: make(map[string]string)}
	if d.dir == "" {
		d.dir = t.TempDir()
	}
	d.data = filepath.Join(d.dir, "district")
	args := []string{"init", "--data", d.data, "--demonstration", "--url", fmt.Sprintf("http://localhost:%d", exchangetest.FreePort(t))}
	if on == postgres {
		folder := filepath.Join(d.dir, "postgres")
		if err := os.Mkdir(folder, 0o755); err != nil {
			t.Fatal(err)
		}
		open(t, d.dir)
		d.server = postgrestest.Start(t, folder, o.settings...)
		d.address = d.server.Database(t)
		address := d.address
		if !o.straight {
			d.wire, address = postgrestest.Through(t, d.address)
		}
		args = append(args, "--postgres", address)
	}
	command(t, args...)
	d.library = d.place("library", "serve", "--data", filepath.Join(d.dir, "library"))
	members := map[string]any{
		"library": map[string]any{"url": d.library.url, "tokenFile": ""},
		"rate":    map[string]any{"perSecond": 100000, "burst": 100000}, // the auditor asks often
	}
	for name, value := range o.config {
		members[name] = value
	}
	d.configure(members)
	d.run(d.library)
	return d
}

// open lets PostgreSQL, which never runs as root, reach a folder of the test.
func open(t testing.TB, folder string) {
	t.Helper()
	for ; folder != "/" && folder != os.TempDir(); folder = filepath.Dir(folder) {
		info, err := os.Stat(folder)
		if err == nil {
			err = os.Chmod(folder, info.Mode().Perm()|0o011)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
}

// configure adds members to the data directory's configuration.
func (d *district) configure(members map[string]any) {
	d.t.Helper()
	path := filepath.Join(d.data, "config.json")
	all := make(map[string]any)
	raw, err := os.ReadFile(path)
	if err == nil {
		err = json.Unmarshal(raw, &all)
	}
	for name, value := range members {
		all[name] = value
	}
	if err == nil {
		raw, err = json.Marshal(all)
	}
	if err == nil {
		err = os.WriteFile(path, raw, 0o644)
	}
	if err != nil {
		d.t.Fatal(err)
	}
}

// place gives a server a port of its own.
func (d *district) place(args ...string) *node {
	d.t.Helper()
	listen := fmt.Sprintf("127.0.0.1:%d", exchangetest.FreePort(d.t))
	return &node{url: "http://" + listen, args: append(args, "--listen", listen)}
}

// serve starts so many nodes of the district.
func (d *district) serve(count int) {
	d.t.Helper()
	for range count {
		n := d.place("serve", "--data", d.data)
		d.nodes = append(d.nodes, n)
		d.run(n)
	}
}

// readyWithin is how long a process may take to serve, on a busy machine.
const readyWithin = time.Minute

// run starts a server's process and waits until it serves.
func (d *district) run(n *node) {
	d.t.Helper()
	d.begin(n)
	n.at.up(n.url+"/healthz", readyWithin)
}

// begin starts a server's process.
func (d *district) begin(n *node) {
	d.t.Helper()
	ahead := d.ahead
	if n == d.library {
		ahead = 0
	}
	n.at = start(d.t, ahead, n.args...)
	d.mu.Lock()
	defer d.mu.Unlock()
	d.said = append(d.said, n.at.log)
}

// token gives a bearer token with which an authority acts, or for "" the
// issuing office, as the command makes it by the clock of the day.
func (d *district) token(authority string) string {
	d.mu.Lock()
	defer d.mu.Unlock()
	if token, ok := d.tokens[authority]; ok {
		return token
	}
	args := []string{"token", "--data", d.data, "--ttl", "12h", "--scope", "license:write,license:read"}
	if authority != "" {
		args = []string{"token", "--data", d.data, "--ttl", "12h", "--scope", "permit:write", "--authority", authority}
	}
	p := start(d.t, d.ahead, args...)
	if err := p.finished(readyWithin); err != nil {
		d.t.Errorf("making a token: %v\n%s", err, p.log)
		return ""
	}
	d.tokens[authority] = strings.TrimSpace(p.log.String())
	return d.tokens[authority]
}

// forget lets the next one who needs it make the token anew.
func (d *district) forget(authority string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	delete(d.tokens, authority)
}

// register opens the register's tables, to read them behind everybody's back.
func (d *district) register() *sql.DB {
	d.t.Helper()
	if d.on == postgres {
		return d.tables("pgx", d.address)
	}
	return d.tables("sqlite", readOnly(filepath.Join(d.data, "register.db")))
}

// books opens the library's.
func (d *district) books() *sql.DB {
	d.t.Helper()
	return d.tables("sqlite", readOnly(filepath.Join(d.dir, "library", "library.db")))
}

func (d *district) tables(driver, address string) *sql.DB {
	d.t.Helper()
	db, err := sql.Open(driver, address)
	if err == nil {
		err = db.PingContext(context.Background())
	}
	if err != nil {
		d.t.Fatal(err)
	}
	d.t.Cleanup(func() { _ = db.Close() })
	return db
}

func readOnly(path string) string {
	q := url.Values{"mode": {"ro"}, "_query_only": {"1"}, "_busy_timeout": {"10000"}}
	return (&url.URL{Scheme: "file", Path: path, RawQuery: q.Encode()}).String()
}

// jump moves the clocks of everybody in the district, who go on meanwhile: an
// hour later, or, with a negative one, earlier. The library is the city's, and
// its clock is right.
func (d *district) jump(by time.Duration) {
	d.t.Helper()
	d.mu.Lock()
	defer d.mu.Unlock()
	d.ahead += by
	if d.server != nil {
		d.setServerClock()
	}
	for _, n := range d.nodes {
		select {
		case <-n.at.ended:
			continue
		default:
		}
		if err := n.at.clock.set(d.ahead); err != nil {
			d.t.Fatal(err)
		}
	}
}

// setServerClock sets the clock of the database. Whoever it starts from now on
// inherits it.
func (d *district) setServerClock() {
	d.t.Helper()
	for _, pid := range d.server.Processes(d.t) {
		c, err := clockOf(pid)
		if err == nil {
			err = c.set(d.ahead)
			c.close()
		}
		// Some end by themselves; one that is ending has no memory any more, and
		// can still be signalled.
		if err != nil && !errors.Is(err, syscall.ESRCH) && syscall.Kill(pid, 0) == nil {
			d.t.Fatal(err)
		}
	}
}
