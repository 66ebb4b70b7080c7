package register

import (
	"path/filepath"
	"strings"
	"testing"
)

func newSQLite(t *testing.T) *onSQLite {
	t.Helper()
	s, err := Create(t.Context(), filepath.Join(t.TempDir(), "register.db"), Config{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s.db.(*onSQLite)
}

// TestExaminedOnce: each rule goes through a table once, and looks up by an index
// what it looks up for each row. On PostgreSQL it is the server that sees to that.
func TestExaminedOnce(t *testing.T) {
	db := newSQLite(t)
	for _, r := range rules(&Store{db: db}) {
		steps, err := list(t.Context(), db, "asking for the plan", func(r row) (step string, err error) {
			var id, parent, unused int
			return step, r.Scan(&id, &parent, &unused, &step)
		}, `EXPLAIN QUERY PLAN `+r.query)
		if err != nil {
			t.Fatal(err)
		}
		through := 0
		for _, step := range steps {
			if strings.HasPrefix(step, "SCAN") {
				through++
			}
		}
		if through > 1 {
			t.Errorf("%s:\n%s", r.about, strings.Join(steps, "\n"))
		}
	}
}
