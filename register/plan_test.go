package register_test

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

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

// statement finds the SQL in the package's own sources: back-quoted texts
// that begin as a statement does.
var statement = regexp.MustCompile("`((?:SELECT|INSERT|UPDATE|DELETE)[^`]*)`((?: ?\\+ ?\\w+(?: ?\\+ ?`[^`]*`)?)*)")

// wholeTable are the statements that may walk a whole table, since it is
// small by its nature, or since they count.
var wholeTable = []string{
	"FROM status_chunks",      // one row for 32768 entries
	"COALESCE(MAX(chunk)",     // the same
	"SELECT 1",                // no table
	"SELECT COUNT(*) - COUNT", // counts what is not delivered, by its own index
	"SELECT id FROM batches WHERE phase = 'prepared'", // by its own index
	"WHERE state = 'dead'",                            // by its own index
	"SELECT DISTINCT license FROM outbox",
}

// TestNoFullScans asks SQLite for the plan of every statement in the sources.
func TestNoFullScans(t *testing.T) {
	s, _ := create(t)
	constants := map[string]string{}
	var found []string
	for _, source := range sources(t) {
		for _, m := range regexp.MustCompile("(?s)(\\w+Columns|carriers) += +`([^`]*)`").FindAllStringSubmatch(source, -1) {
			constants[m[1]] = m[2]
		}
	}
	join := regexp.MustCompile("` ?\\+ ?(\\w+) ?\\+ ?`")
	for _, source := range sources(t) {
		joined := join.ReplaceAllStringFunc(source, func(m string) string {
			if c, ok := constants[join.FindStringSubmatch(m)[1]]; ok {
				return c
			}
			return m
		})
		for _, m := range statement.FindAllStringSubmatch(joined, -1) {
			found = append(found, m[1])
		}
	}
	if len(found) < 50 {
		t.Fatalf("only %d statements were found in the sources", len(found))
	}
	for _, query := range found {
		if strings.HasSuffix(query, "WHERE ") {
			query += "l.number = ?" // see naming
		}
		for _, step := range plan(t, s.DB(), query) {
			if !strings.HasPrefix(step, "SCAN") || strings.Contains(step, "USING INDEX outbox_") || strings.Contains(step, "USING COVERING INDEX outbox_") ||
				strings.Contains(step, "batches_unfinished") || strings.Contains(step, "_changed") || strings.Contains(step, "CONSTANT ROW") {
				continue
			}
			allowed := false
			for _, w := range wholeTable {
				allowed = allowed || strings.Contains(query, w)
			}
			if !allowed {
				t.Errorf("%s\n\tin %s", step, query)
			}
		}
	}
}

func sources(t *testing.T) []string {
	t.Helper()
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	var all []string
	for _, f := range files {
		if strings.HasSuffix(f, "_test.go") {
			continue
		}
		b, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, string(b))
	}
	return all
}

// plan gives the steps of a query's plan.
func plan(t *testing.T, db *sql.DB, query string) []string {
	t.Helper()
	parameters := strings.Count(query, "?")
	if strings.Contains(query, "?1") {
		parameters = 0
		for _, n := range []string{"?1", "?2", "?3", "?4"} {
			if strings.Contains(query, n) {
				parameters++
			}
		}
	}
	args := make([]any, parameters)
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
