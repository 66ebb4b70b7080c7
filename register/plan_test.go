package register_test

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5/pgxpool"

	"yizheng/catalog"
	"yizheng/issuer"
	"yizheng/issuer/issuertest"
	"yizheng/license"
	"yizheng/register"
)

var operator = issuer.Operator("tester")

func issueOne(tb testing.TB, s *register.Store, clock *issuertest.Clock) license.License {
	tb.Helper()
	issued, err := issuertest.New(tb, s, clock).Issue(context.Background(),
		[]catalog.Application{issuertest.Application(tb, issuertest.Bookstore)}, issuer.Order{Actor: operator})
	if err != nil {
		tb.Fatal(err)
	}
	return issued[0].License
}

// What the plans are asked of in the place of a small register: see make
// bench-scale.
var (
	largeFile     = flag.String("sqlite", "", "ask for plans on this register")
	largeDatabase = flag.String("postgres", "", "ask for plans on this database")
)

// statement finds the SQL in the package's own sources: back-quoted texts
// that begin as a statement does.
var statement = regexp.MustCompile("`((?:SELECT|INSERT|UPDATE|DELETE)[^`]*)`")

// wholeTable are the statements that may walk a whole table: it is small by
// its nature, or has an index of its own for them, or is asked for one row.
var wholeTable = []string{
	"FROM status_chunks",                              // one row for 65536 entries
	"SELECT g.n FROM given g",                         // what is asked for
	"FROM keys k",                                     // the same
	"(SELECT 1 FROM batch_jobs j WHERE j.id",          // a row for each file that was handed in
	"FROM goose_db_version",                           // a row for each migration
	"SELECT COUNT(*) - COUNT",                         // counts what is not delivered, by its own index
	"SELECT id FROM batches WHERE phase = 'prepared'", // by its own index
	"WHERE state = 'dead'",                            // by its own index
	"SELECT DISTINCT license FROM outbox",             // the same
	"EXISTS (SELECT 1 FROM serials) OR",               // whether there is any row
	"closed_keys",                                     // a row for each key that was ever closed
	"SELECT digest FROM closing_parts",                // names all of them, for whoever keeps copies
	"UPDATE status_chunks SET change = change + 1",    // all are signed anew, at an operator's word
	"UPDATE license_records SET change = change + 1",  // the same
	"FROM disputes WHERE state IN",                    // counts what is not answered, by its own index
	"FROM disputes WHERE 1 = 1",                       // the newest, by the index of their times
	"LIMIT 20) v",                                     // twenty at a time, found by an index
}

func mayWalk(query string) bool {
	return slices.ContainsFunc(wholeTable, func(w string) bool { return strings.Contains(query, w) })
}

// partial are the indexes that hold only what is to be worked off.
var partial = regexp.MustCompile(`outbox_(open|dead)|batches_unfinished|batches_of_unknown_ends|batch_jobs_open|_changed`)

// statements finds every statement in the sources of a database.
func statements(t *testing.T, skip string) []string {
	t.Helper()
	all := sources(t, skip)
	joined := all
	for range 2 { // one of them has another in it
		constants := map[string]string{}
		for _, m := range regexp.MustCompile("(?s)(\\w+Columns|carriers|firstSequence) += +`([^`]*)`( \\+)?").FindAllStringSubmatch(joined, -1) {
			if m[3] == "" { // it has no other in it, or no longer
				constants[m[1]] = m[2]
			}
		}
		join := regexp.MustCompile("` ?\\+ ?(\\w+) ?\\+ ?`")
		joined = join.ReplaceAllStringFunc(joined, func(m string) string {
			if c, ok := constants[join.FindStringSubmatch(m)[1]]; ok {
				return c
			}
			return m
		})
	}
	var found []string
	for _, m := range statement.FindAllStringSubmatch(joined, -1) {
		query := m[1]
		if strings.Contains(query, "FROM keys k") { // see standing
			query = "WITH keys (n, authority, number) AS (VALUES (0, CAST($1 AS TEXT), CAST($2 AS TEXT)), (1, $1, $2)) " + query
		}
		if m := inserting.FindStringSubmatch(query); m != nil { // see addEach
			query += " VALUES " + numbered(1+strings.Count(m[1], ","), func(n int) string { return "$" + strconv.Itoa(n) })
		}
		if m := givenColumns.FindAllStringSubmatch(query, -1); strings.Contains(query, "FROM given g") { // see ofGiven
			var names []string
			for _, column := range m {
				names = append(names, column[1])
			}
			names = slices.Compact(slices.Sorted(slices.Values(names)))
			list := numbered(len(names), func(n int) string {
				of := "BIGINT"
				if column := names[n-1]; slices.Contains([]string{"base", "text", "entries", "license", "authority", "number"}, column) {
					of = "TEXT"
				}
				if skip == "sqlite" { // on PostgreSQL many rows are arrays
					of += "[]"
				}
				return "CAST($" + strconv.Itoa(n) + " AS " + of + ")"
			})
			source := "VALUES " + list
			if skip == "sqlite" {
				source = "SELECT * FROM unnest" + list
			}
			query = "WITH given (" + strings.Join(names, ", ") + ") AS (" + source + ") " + query
		}
		if strings.HasSuffix(query, "WHERE ") {
			query += "l.number = $1" // see naming
		}
		if strings.Contains(query, "FROM river_job") { // the queue's own table, which no register here has
			continue
		}
		if !strings.Contains(query, "advisory") && query != "SELECT " {
			found = append(found, query)
		}
	}
	if len(found) < 50 {
		t.Fatalf("only %d statements were found in the sources", len(found))
	}
	return found
}

// inserting is an insert whose values are added to it, and givenColumns what a
// statement reads from the rows that it is given.
var (
	inserting    = regexp.MustCompile(`^INSERT INTO \w+ \(([^)]*)\)$`)
	givenColumns = regexp.MustCompile(`\bg\.(\w+)`)
)

// numbered writes a row of so many values.
func numbered(count int, value func(n int) string) string {
	var values []string
	for n := range count {
		values = append(values, value(n+1))
	}
	return "(" + strings.Join(values, ", ") + ")"
}

// readsAll are the files whose business is the whole register, once, at an
// operator's word.
var readsAll = regexp.MustCompile(`^(move|backup|restored|whole)`)

func sources(t *testing.T, skip string) string {
	t.Helper()
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	var all strings.Builder
	for _, f := range files {
		if strings.HasSuffix(f, "_test.go") || strings.HasPrefix(f, skip) || readsAll.MatchString(f) {
			continue
		}
		b, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		all.Write(b)
	}
	return all.String()
}

// parameters counts a statement's parameters.
func parameters(query string) int {
	n := 0
	for strings.Contains(query, "$"+strconv.Itoa(n+1)) {
		n++
	}
	return n
}

// TestNoFullScans asks SQLite for the plan of every statement in the sources.
func TestNoFullScans(t *testing.T) {
	s, _ := create(t)
	if *largeFile != "" {
		var err error
		if s, err = register.Open(t.Context(), *largeFile, register.Config{}); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = s.Close() })
	}
	for _, query := range statements(t, "postgres") {
		for _, step := range plan(t, s.SQLite(), query) {
			if strings.HasPrefix(step, "SCAN") && step != "SCAN g" && !partial.MatchString(step) && !strings.Contains(step, "CONSTANT ROW") && !mayWalk(query) {
				t.Errorf("%s\n\tin %s", step, query)
			}
		}
	}
}

// TestNewestAreNotSorted: the newest licenses are read in the order of an index,
// on PostgreSQL with each second's put in order by itself, and never as a whole.
func TestNewestAreNotSorted(t *testing.T) {
	newest := func(t *testing.T, skip string) string {
		t.Helper()
		for _, query := range statements(t, skip) {
			if strings.Contains(query, "ORDER BY v.issued_at DESC, v.id DESC") {
				return query
			}
		}
		t.Fatal("the statement is not there")
		return ""
	}
	t.Run("sqlite", func(t *testing.T) {
		s, _ := create(t)
		for _, step := range plan(t, s.SQLite(), newest(t, "postgres")) {
			if strings.Contains(step, "TEMP B-TREE") {
				t.Error(step)
			}
		}
	})
	t.Run("postgres", func(t *testing.T) {
		s, _ := createPostgres(t)
		if _, err := s.Postgres().Exec(t.Context(), many); err != nil {
			t.Fatal(err)
		}
		if _, err := s.Postgres().Exec(t.Context(), `UPDATE versions SET issued_at = issued_at / 500; ANALYZE versions`); err != nil {
			t.Fatal(err)
		}
		query := strings.NewReplacer("$1", "9", "$2", "4700", "$3", "50").Replace(newest(t, "sqlite"))
		rows, err := s.Postgres().Query(t.Context(), `EXPLAIN `+query)
		if err != nil {
			t.Fatal(err)
		}
		defer rows.Close()
		for rows.Next() {
			var step string
			if err := rows.Scan(&step); err != nil {
				t.Fatal(err)
			}
			if strings.Contains(step, "Sort  (") && !strings.Contains(step, "Incremental Sort") {
				t.Error(step)
			}
		}
		if err := rows.Err(); err != nil {
			t.Error(err)
		}
	})
}

// plan gives the steps of a query's plan.
func plan(t *testing.T, db *sql.DB, query string) []string {
	t.Helper()
	args := make([]any, parameters(query))
	for n := range args {
		args[n] = driver.Value(int64(0))
	}
	rows, err := db.Query(`EXPLAIN QUERY PLAN `+query, args...)
	if err != nil {
		t.Fatalf("%v\n\tin %s", err, query)
	}
	defer rows.Close()
	var steps []string
	for rows.Next() {
		var id, parent, unused int
		var step string
		if err := rows.Scan(&id, &parent, &unused, &step); err != nil {
			t.Fatal(err)
		}
		steps = append(steps, step)
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return steps
}

// many fills a register on PostgreSQL with licenses of four permits each, all
// filed and with a document, so that it plans as for a large one.
const many = `
INSERT INTO serials VALUES (2026, 8000);
INSERT INTO batches SELECT 'b' || n, 'key' || n, 'x', '[]', 'issued', 'a', n, n FROM generate_series(1, 8000) n;
INSERT INTO licenses SELECT 'base' || n, 'number' || n, NULL, 'holder' || n, 'name', 'industry', 'valid' FROM generate_series(1, 8000) n;
INSERT INTO versions SELECT n, 'base' || n || '.001.X', 'base' || n, 1, 'b' || n, 0, 'valid', CAST('c' || n AS BYTEA), 'issue', '', '{}', 'k', NULL,
	't', n % 8, n, n FROM generate_series(1, 8000) n;
UPDATE licenses SET current = CAST(substr(base, 5) AS BIGINT);
INSERT INTO version_permits SELECT n, p, 'authority' || p, 'permit' || n, '2026-01-' || (10 + n % 20) FROM generate_series(1, 8000) n, generate_series(0, 3) p;
INSERT INTO claims SELECT 'authority' || p, 'permit' || n, 'base' || n FROM generate_series(1, 8000) n, generate_series(0, 3) p;
INSERT INTO permit_states SELECT 'authority' || p, 'permit' || n, 'valid', '', '', 0 FROM generate_series(1, 8000) n, generate_series(0, 3) p;
INSERT INTO status_chunks (chunk) SELECT n FROM generate_series(0, 7) n;
INSERT INTO status_blocks SELECT n % 8, n, 5, n, 'VVVVV' FROM generate_series(1, 8000) n;
INSERT INTO license_records SELECT 'base' || n, 1, 1, 1, '', 0, 0 FROM generate_series(1, 8000) n;
INSERT INTO outbox_heads SELECT 'base' || n, 2 FROM generate_series(1, 8000) n;
INSERT INTO outbox SELECT 'base' || n, s, 'issue', n, '{}', 'delivered' FROM generate_series(1, 8000) n, generate_series(1, 2) s;
INSERT INTO documents SELECT 'base' || n || '.001.X', '', 'm', 't', 'f', 's', 's', 0, 'h', 'c' FROM generate_series(1, 8000) n;
INSERT INTO sessions SELECT 's' || n, '{}', n FROM generate_series(1, 8000) n;
INSERT INTO tallies SELECT 'd' || n, 'day', '', '', 1 FROM generate_series(1, 8000) n;
INSERT INTO holder_links (hash, id, holder, made_at, made_by) SELECT sha256(CAST('h' || n AS bytea)), 'h' || n, 'holder' || n, n, '' FROM generate_series(1, 8000) n;
INSERT INTO verifications SELECT 'v' || n, 'base' || n, '{}', n FROM generate_series(1, 8000) n;
INSERT INTO batch_jobs SELECT 'j' || n, 'k' || n, 'x', 'issue', 'csv', 's', 1, 'a', 'a' || n % 100, 0, 0, 'done', 0, '', 0, 1, '', '', n, n FROM generate_series(1, 8000) n;
INSERT INTO batch_parts SELECT 'j' || n, 'result.csv', 0, n, 'c' FROM generate_series(1, 8000) n;
INSERT INTO audit (at, actor, act, subject, detail) SELECT n, 'a', 'issue', 'base' || n || '.001.X', '' FROM generate_series(1, 8000) n;
INSERT INTO disputes (direction, id, region, license, organisation, state, statement, kept_at)
	SELECT 'received', 'd' || n, '3304' || n % 50, 'base' || n || '.001.X', 'o' || n % 90, 'answered', 's', n FROM generate_series(1, 8000) n;
INSERT INTO acts_done SELECT 'k' || n, 'h', 'base' || n || '.001.X', '', '', 'withdrawn', n FROM generate_series(1, 8000) n;
INSERT INTO closing_parts SELECT 'd' || n, 'c' FROM generate_series(1, 8000) n;
ANALYZE`

// TestNoSequentialScans asks PostgreSQL for the plan of every statement in the
// sources, whatever its parameters are.
func TestNoSequentialScans(t *testing.T) {
	ctx := context.Background()
	s, _ := createPostgres(t)
	if *largeDatabase != "" {
		var err error
		if s, err = register.OpenPostgres(ctx, register.Postgres{URL: *largeDatabase}); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = s.Close() })
	}
	conn, err := s.Postgres().Acquire(ctx)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Release()
	if *largeDatabase == "" {
		if _, err := conn.Exec(ctx, many); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := conn.Exec(ctx, `SET plan_cache_mode = force_generic_plan`); err != nil {
		t.Fatal(err)
	}
	for n, query := range statements(t, "sqlite") {
		query = limit.ReplaceAllString(query, "LIMIT 50")
		name := "p" + strconv.Itoa(n)
		if _, err := conn.Exec(ctx, `PREPARE `+name+` AS `+query); err != nil {
			t.Fatalf("%v\n\tin %s", err, query)
		}
		args := strings.TrimSuffix(strings.Repeat("NULL, ", parameters(query)), ", ")
		if args != "" {
			args = "(" + args + ")"
		}
		var text []byte
		if err := conn.QueryRow(ctx, `EXPLAIN (FORMAT JSON) EXECUTE `+name+args).Scan(&text); err != nil {
			t.Fatalf("%v\n\tin %s", err, query)
		}
		var plans []struct{ Plan node }
		if err := json.Unmarshal(text, &plans); err != nil {
			t.Fatal(err)
		}
		plans[0].Plan.walk(func(n node) {
			if n.walksTable() && !mayWalk(query) && !small(t, conn, n.Relation) {
				t.Errorf("%s of %s by %s\n\tin %s", n.Type, n.Relation, n.Index, query)
			}
		})
	}
}

// small says whether a table of the database that was given is so small that to
// walk it is right: nobody has recorded checks there, or logged in.
func small(t *testing.T, conn *pgxpool.Conn, relation string) bool {
	t.Helper()
	if *largeDatabase == "" {
		return false
	}
	var rows float64
	if err := conn.QueryRow(t.Context(), `SELECT reltuples FROM pg_class WHERE relname = $1`, relation).Scan(&rows); err != nil {
		t.Fatal(err)
	}
	return rows < 10_000
}

// limit is what no plan can tell how large it will be, and we can.
var limit = regexp.MustCompile(`LIMIT \$\d+`)

// node is one step of PostgreSQL's plan.
type node struct {
	Type     string `json:"Node Type"`
	Relation string `json:"Relation Name"`
	Index    string `json:"Index Name"`
	Cond     string `json:"Index Cond"`
	Plans    []node
}

func (n node) walk(f func(node)) {
	f(n)
	for _, below := range n.Plans {
		below.walk(f)
	}
}

// walksTable says whether the step reads a table, or an index, from end to end.
func (n node) walksTable() bool {
	switch n.Type {
	case "Seq Scan":
		return n.Relation != "status_chunks" && !strings.HasPrefix(n.Relation, "pg_")
	case "Index Scan", "Index Only Scan", "Bitmap Index Scan":
		return n.Cond == "" && !partial.MatchString(n.Index) && n.Relation != "status_chunks"
	}
	return false
}
