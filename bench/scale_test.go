package bench_test

import (
	"fmt"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"yizheng/register/postgrestest"
)

// TestScale issues more and more licenses in one district, on SQLite, and at
// each size measures what a look-up and a verification cost the server. Then
// the same on PostgreSQL, where the last size is brought over from SQLite.
// The plans of all statements are asserted at the last size.
func TestScale(t *testing.T) {
	sizes := sized([]int{40, 400}, []int{1_000, 100_000, 1_000_000})
	server := usualServer(t)
	d := initialise(t)
	file := filepath.Join(d.dir, "register.db")
	d.atSizes(t, "SQLite", sizes, func() int64 { return fileSize(t, file) })
	database := server.Database(t)
	other := initialise(t, "--postgres", database)
	other.atSizes(t, "PostgreSQL", sizes[:len(sizes)-1], func() int64 { return databaseSize(t, database) })
	moved := server.Database(t)
	began := time.Now()
	copied := exec.Command("cp", "-a", "--sparse=always", file, file+".kept") // for the plans: moving marks the register
	if out, err := copied.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	yizheng(t, "migrate", "--data", d.dir, "--to", moved)
	postgrestest.Exec(t, moved, "ANALYZE")
	most := sizes[len(sizes)-1]
	rows.add(t, fmt.Sprintf("move of a register of %s from SQLite to PostgreSQL, compared row by row", grouped(most)),
		fmt.Sprintf("%s; %.0f licenses/s", time.Since(began).Round(time.Second), float64(most)/time.Since(began).Seconds()), "", "")
	d.measure(t, "PostgreSQL", most, databaseSize(t, moved))
	assertPlans(t, file+".kept", moved)
}

// atSizes issues up to each size, and measures; bytes is how large the register
// is.
func (d *district) atSizes(t *testing.T, database string, sizes []int, bytes func() int64) {
	t.Helper()
	before := 0
	for _, size := range sizes {
		d.ids, d.texts = nil, nil
		used := d.issue(t, size)
		rows.add(t, fmt.Sprintf("batch of %s more on %s, filing and document queued", grouped(size-before), database),
			fmt.Sprintf("%.0f rows/s; %.2f ms of processor time each; %d MB at most", float64(size-before)/used.took.Seconds(),
				ms(used.processor/time.Duration(size-before)), used.memory>>20), "", "")
		before = size
		d.measure(t, database, size, bytes())
	}
}

// measure starts a server and asks it for licenses from all over.
func (d *district) measure(t *testing.T, database string, size int, bytes int64) {
	t.Helper()
	p := startServer(t, "--data", d.dir)
	token := strings.TrimSpace(yizheng(t, "token", "--data", d.dir, "--scope", "license:read"))
	var lookups, verifications []string
	for n, id := range d.ids {
		lookups = append(lookups, fmt.Sprintf("GET /v1/licenses/%s HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer %s\r\n\r\n", id, token))
		verifications = append(verifications, postJSON(d.texts[n]))
	}
	line := []string{fmt.Sprintf("%s licenses on %s", grouped(size), database)}
	for _, way := range []struct {
		name, answer string
		requests     []string
	}{{"look-up", `{`, lookups}, {"verify", good, verifications}} {
		order := loadOrder{Address: p.address, Requests: way.requests, Answer: way.answer, Connections: 4, For: sized(500*time.Millisecond, 2*time.Second)}
		load(t, order) // what a first question costs is another matter
		var m measured
		best := time.Duration(math.MaxInt64)
		for range sized(1, 5) {
			best = min(best, m.add(t, p, order).quantile(.5))
		}
		line = append(line, fmt.Sprintf("%s: %s of processor time, p50 %.2f ms", way.name, micros(m.cost()), ms(best)))
	}
	line = append(line, fmt.Sprintf("%.1f kB a license; server ready after %.2f s, %d MB at most", float64(bytes)/1000/float64(size), p.ready.Seconds(), p.memory(t)>>20))
	rows.add(t, line...)
	p.end()
}

// used is what a run of the program took.
type used struct {
	took, processor time.Duration
	memory          int64 // bytes
}

// issue issues the first rows of the sample, and takes note of some of them.
// Those that are there already are recognised.
func (d *district) issue(t testing.TB, licenses int) (u used) {
	t.Helper()
	file := filepath.Join(t.TempDir(), "rows.jsonl")
	yizheng(t, "batch", "sample", "--rows", strconv.Itoa(licenses), file)
	began := time.Now()
	run := exec.Command(program(t), "batch", "issue", "--data", d.dir, "--json", file)
	if out, err := run.CombinedOutput(); err != nil {
		t.Fatalf("batch issue: %v\n%s", err, tail(out))
	}
	if usage, ok := run.ProcessState.SysUsage().(*syscall.Rusage); ok {
		u.memory = usage.Maxrss << 10
	}
	u.took, u.processor = time.Since(began), run.ProcessState.UserTime()+run.ProcessState.SystemTime()
	d.note(t, file+".result.csv", max(1, licenses/noted))
	if err := os.RemoveAll(filepath.Dir(file)); err != nil {
		t.Fatal(err)
	}
	return u
}

func fileSize(t testing.TB, path string) int64 {
	t.Helper()
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	return info.Size()
}

func databaseSize(t testing.TB, address string) (bytes int64) {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), address)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close(t.Context()) }()
	if err := conn.QueryRow(t.Context(), `SELECT pg_database_size(current_database())`).Scan(&bytes); err != nil {
		t.Fatal(err)
	}
	return bytes
}

// assertPlans has the register's own tests look at the plans on these
// databases.
func assertPlans(t *testing.T, file, postgres string) {
	t.Helper()
	began := time.Now()
	plans := exec.Command("go", "test", "./register", "-count", "1", "-run", "TestNoFullScans|TestNoSequentialScans", "-v",
		"-args", "-sqlite", file, "-postgres", postgres)
	plans.Dir = ".."
	out, err := plans.CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	if n := strings.Count(string(out), "--- PASS"); n != 2 {
		t.Fatalf("%d tests of plans were run\n%s", n, out)
	}
	t.Logf("no statement scans a table; looked at in %v", time.Since(began).Round(time.Second))
}

// grouped writes a number with spaces between its thousands.
func grouped(n int) string {
	if n < 1000 {
		return strconv.Itoa(n)
	}
	return grouped(n/1000) + fmt.Sprintf(" %03d", n%1000)
}

func tail(b []byte) []byte { return b[max(0, len(b)-2000):] }
