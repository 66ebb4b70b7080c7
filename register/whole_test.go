package register_test

import (
	"strings"
	"testing"

	"yizheng/issuer/issuertest"
)

// TestExamineLooksUp: what PostgreSQL does not look up row by row is found when
// the whole register is examined.
func TestExamineLooksUp(t *testing.T) {
	s, _ := createPostgres(t)
	issueOne(t, s, issuertest.NewClock())
	found, err := s.Examine(t.Context(), true)
	if err != nil || len(found.Faults) > 0 {
		t.Fatalf("a register that is whole: %q, %v", found.Faults, err)
	}
	for _, c := range []struct{ about, statement string }{
		{"a permit is of no version", `INSERT INTO version_permits (version, place, authority, number) VALUES (99, 0, 'a', 'permit of none')`},
		{"a permit is claimed by no license", `INSERT INTO claims (authority, number, base) VALUES ('a', 'claimed by none', 'none')`},
		{"status entries are of no version or list", `INSERT INTO status_blocks (chunk, start, length, version, entries) VALUES (0, 7, 1, 99, 'V')`},
		{"status entries are of no version or list", `INSERT INTO status_blocks (chunk, start, length, entries) VALUES (99, 7, 1, 'R')`},
	} {
		if _, err := s.Postgres().Exec(t.Context(), c.statement); err != nil {
			t.Fatal(err)
		}
		before := len(found.Faults)
		if found, err = s.Examine(t.Context(), false); err != nil {
			t.Fatal(err)
		}
		if len(found.Faults) != before+1 || !strings.Contains(strings.Join(found.Faults, "\n"), c.about) {
			t.Errorf("after %s: %q", c.statement, found.Faults)
		}
	}
}
