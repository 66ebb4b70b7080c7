package register

import (
	"strings"
	"testing"
)

// TestUnjournalled: when a statement fails with the last of its rows, SQLite
// leaves the others there if it has kept no journal to undo them by.
func TestUnjournalled(t *testing.T) {
	db := newSQLite(t)
	asked := 0
	for _, c := range []struct{ insert, values string }{
		{`INSERT INTO audit (at, actor, act, subject, detail)`, `(1, 'a', 'b', 'c', 'd'), (2, 'a', 'b', 'c', 'd'), (3, 'a', 'b', 'c', x'00')`},
		{`INSERT INTO claims (authority, number, base)`, `('a', '1', 'b'), ('a', '2', 'b'), ('a', '3', x'00')`},
		{`INSERT INTO outbox (license, kind, at, body, sequence)`, `('1', 'k', 1, x'01', 1), ('2', 'k', 1, x'02', 1), ('3', x'00', 1, x'03', 1)`},
		{`INSERT INTO version_permits (version, place, authority, number, valid_until)`, `(1, 0, 'a', '1', NULL), (1, 1, 'a', '2', '2030-01-01'), (1, 2, 'a', '3', x'00')`},
		{`INSERT INTO status_blocks (chunk, start, length, entries)`, `(0, 0, 1, 'R'), (0, 1, 1, 'R'), (0, 2, 1, x'00')`},
		{`INSERT INTO licenses (base, number, holder_code, holder_name, industry, state)`, `('1', '1', '', '', '', 'valid'), ('2', '2', '', '', '', 'valid'), ('3', '3', '', '', '', x'00')`},
	} {
		tx, err := db.write.BeginTx(t.Context(), nil)
		if err != nil {
			t.Fatal(err)
		}
		begins, sizes := (&sqliteWriter{}).inserting(c.insert)
		_, err = tx.ExecContext(t.Context(), begins+" VALUES "+c.values)
		var stayed int
		if err := tx.QueryRowContext(t.Context(), `SELECT COUNT(*) FROM `+strings.Fields(c.insert)[2]).Scan(&stayed); err != nil {
			t.Fatal(err)
		}
		if several := sizes[0] > 1; err == nil || (stayed == 2) != several {
			t.Errorf("%s: %d rows stay, %v at a time: %v", begins, stayed, sizes, err)
		} else if several {
			asked++
		}
		if err := tx.Rollback(); err != nil {
			t.Fatal(err)
		}
	}
	if asked != len(unjournalled) {
		t.Errorf("of %d tables %d were asked about", len(unjournalled), asked)
	}
}

// TestFailedStatement: nothing of a transaction is kept after a statement of it
// has failed, whatever its author makes of that.
func TestFailedStatement(t *testing.T) {
	db := newSQLite(t)
	ctx := t.Context()
	rows := [][]any{}
	for n := range 8 {
		rows = append(rows, []any{"a", n, "b"})
	}
	rows[7][2] = []byte{0} // which is no text
	var failed error
	err := db.writing(ctx, func(tx *transaction) error {
		failed = addEach(ctx, tx, "claiming", `INSERT INTO claims (authority, number, base)`, "", rows)
		return nil
	})
	if failed == nil || err == nil {
		t.Errorf("the statement: %v; the transaction: %v", failed, err)
	}
	var stayed int
	if err := db.queryRow(ctx, `SELECT COUNT(*) FROM claims`).Scan(&stayed); err != nil || stayed > 0 {
		t.Errorf("%d rows stay, %v", stayed, err)
	}
}
