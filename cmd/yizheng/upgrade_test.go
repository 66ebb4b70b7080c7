package main

import (
	"bytes"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"yizheng/exchange/exchangetest"
	"yizheng/register/postgrestest"
)

// next builds the program of a later version: this one, with one migration
// more.
func next(t *testing.T, number int, statements ...string) string {
	t.Helper()
	dir := t.TempDir()
	replace := make(map[string]string)
	for _, database := range []string{"sqlite", "postgres"} {
		migration := filepath.Join(dir, database+".sql")
		text := "-- +goose Up\n" + strings.Join(statements, ";\n") + ";\n"
		if err := os.WriteFile(migration, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		place, err := filepath.Abs(filepath.Join("..", "..", "register", "migrations", database, fmt.Sprintf("%05d_next.sql", number)))
		if err != nil {
			t.Fatal(err)
		}
		replace[place] = migration
	}
	overlay := filepath.Join(dir, "overlay.json")
	if err := os.WriteFile(overlay, []byte(mustJSON(t, map[string]any{"Replace": replace})), 0o644); err != nil {
		t.Fatal(err)
	}
	program := filepath.Join(dir, "yizheng")
	// With the flags of make build, so that what was built for an image is used again.
	build := exec.Command("go", "build", "-trimpath", "-overlay", overlay, "-ldflags", "-s -w -X main.version=next", "-o", program, ".")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("building the next version: %v\n%s", err, out)
	}
	return program
}

// counter is somebody at the counter who issues licenses and looks at them
// without a pause, now at one node and now at the other.
type counter struct {
	t     *testing.T
	token string
	rows  []string   // applications
	under sync.Mutex // held while something is under way
	nodes []string   // by under
	mu    sync.Mutex
	done  int
	wrong []string
}

// at says which nodes there are. When it returns nothing is under way at any
// other, as with a load balancer that takes a node out.
func (c *counter) at(nodes ...string) {
	c.under.Lock()
	defer c.under.Unlock()
	c.nodes = nodes
}

func (c *counter) issued() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.done
}

// work issues until it is stopped.
func (c *counter) work(stop <-chan struct{}) {
	for n, row := range c.rows {
		select {
		case <-stop:
			return
		case <-time.After(20 * time.Millisecond):
		}
		c.under.Lock()
		err := c.one(c.nodes[n%len(c.nodes)], row, fmt.Sprint("row-", n))
		c.under.Unlock()
		c.mu.Lock()
		if c.done++; err != nil {
			c.wrong = append(c.wrong, err.Error())
		}
		c.mu.Unlock()
	}
	c.t.Error("there were too few applications")
}

var codeOf = regexp.MustCompile(`/v/(\d{100,})`)

// one issues a license and looks at its code.
func (c *counter) one(node, application, key string) error {
	r, err := http.NewRequest(http.MethodPost, node+"/v1/licenses", strings.NewReader(application))
	if err != nil {
		return err
	}
	r.Header.Set("Authorization", "Bearer "+c.token)
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Idempotency-Key", key)
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		return err
	}
	defer func() { _ = answer.Body.Close() }()
	body, err := io.ReadAll(answer.Body)
	found := codeOf.FindSubmatch(body)
	if err != nil || answer.StatusCode != http.StatusCreated || found == nil {
		return fmt.Errorf("%s at %s: %v %s", answer.Status, node, err, body)
	}
	shown, err := http.Get(node + "/v/" + string(found[1]))
	if err != nil {
		return err
	}
	defer func() { _ = shown.Body.Close() }()
	if page, err := io.ReadAll(shown.Body); err != nil || shown.StatusCode != http.StatusOK || bytes.Contains(page, []byte("not_genuine")) {
		return fmt.Errorf("%s at %s: %v %s", shown.Status, node, err, page)
	}
	return nil
}

// TestUpgradeWhileServing upgrades a deployment of two nodes to the next
// version, which adds to the schema: the register is migrated while both serve,
// then one follows the other, one of the former version is begun anew in
// between, and nobody at the counter notices. Then the schema enters the next
// era, and the nodes say that they cannot follow.
func TestUpgradeWhileServing(t *testing.T) {
	t.Parallel()
	this := ourselves(t)
	later := next(t, 999, "CREATE TABLE next_things (x INTEGER)", "ALTER TABLE licenses ADD COLUMN remark TEXT NOT NULL DEFAULT 'none'",
		"CREATE INDEX licenses_by_remark ON licenses (remark)", "ALTER TABLE versions ADD COLUMN remark TEXT", "UPDATE versions SET remark = identifier")
	for _, database := range []string{"sqlite", "postgres"} {
		t.Run(database, func(t *testing.T) {
			t.Parallel()
			data := filepath.Join(t.TempDir(), "district")
			begin := []string{"init", "--data", data, "--demonstration", "--url", "https://zheng.example"}
			breaking := `INSERT INTO goose_db_version (version_id, is_applied) VALUES (1001, TRUE)`
			enter := func() {
				db, err := sql.Open("sqlite", "file:"+registerPath(data)+"?_pragma=busy_timeout(10000)") // the nodes are at work
				if err != nil {
					t.Fatal(err)
				}
				_, err = db.Exec(breaking)
				if err = errors.Join(err, db.Close()); err != nil {
					t.Fatal(err)
				}
			}
			if database == "postgres" {
				at := postgrestest.Database(t)
				begin = append(begin, "--postgres", at)
				enter = func() { postgrestest.Exec(t, at, breaking) }
			}
			run := func(program string, args ...string) string {
				t.Helper()
				out, err := exec.Command(program, args...).CombinedOutput()
				if err != nil {
					t.Fatalf("%v: %v\n%s", args, err, out)
				}
				return string(out)
			}
			run(this, begin...)
			list := filepath.Join(t.TempDir(), "list.jsonl")
			run(this, "batch", "sample", "--rows", "3000", list)
			c := &counter{t: t, token: strings.TrimSpace(run(this, "token", "--data", data, "--scope", "license:write"))}
			for row := range strings.Lines(string(mustRead(t, list))) {
				c.rows = append(c.rows, row)
			}
			serve := func(program string) (address string, p *process) {
				t.Helper()
				listen := fmt.Sprintf("localhost:%d", exchangetest.FreePort(t))
				return "http://" + listen, startNode(t, program, listen, "--data", data)
			}
			more := func(than int) {
				t.Helper()
				eventually(t, 30*time.Second, "nothing is issued any more", func() bool { return c.issued() >= than+5 })
			}
			a, first := serve(this)
			b, _ := serve(this)
			c.at(a, b)
			stop := make(chan struct{})
			var working sync.WaitGroup
			working.Go(func() { c.work(stop) })
			end := sync.OnceFunc(func() { close(stop); working.Wait() })
			defer end()
			more(0)

			run(later, "migrate", "--data", data)
			more(c.issued())
			n, _ := serve(later)
			c.at(a, b, n)
			more(c.issued())
			c.at(b, n)
			first.end(t)
			more(c.issued())
			again, _ := serve(this) // a step back, or a crash
			c.at(again, n)
			more(c.issued())
			end()
			if len(c.wrong) > 0 {
				t.Errorf("%d of %d went wrong: %.2000v", len(c.wrong), c.done, c.wrong)
			}
			t.Logf("%d licenses were issued and looked at meanwhile", c.done)

			enter()
			for _, node := range []string{again, n} {
				eventually(t, 10*time.Second, "a node does not say that the schema is not its own", func() bool {
					return strings.Contains(answered(t, node+"/readyz"), `"register":"register_newer"`)
				})
			}
			exit, _, problems := runMain("", "serve", "--data", data, "--listen", "127.0.0.1:0")
			if exit != exitUsage || !strings.Contains(problems, "newer yizheng") {
				t.Errorf("a node of before starts: exit %d, %s", exit, problems)
			}
		})
	}
}
