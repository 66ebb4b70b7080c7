package register

import (
	"context"
	"slices"
	"strconv"
	"strings"
)

// What concerns many rows is done by as few statements as the database does it
// fastest by. PostgreSQL takes all rows at once, as an array for each column.
// SQLite takes some: by statements of few sizes, so that there are few texts of
// them to write here and to remember there.
var (
	oneByOne = []int{1}
	written  = []int{8, 1}
	inquired = []int{100, 10, 1}
)

// inPieces calls f with all rows, so many at a time where the database does not
// take them as arrays: with what a statement reads them from, how many they are,
// and its parameters. types are those of the columns; an empty one leaves it to
// the database where it can.
func inPieces(tx *transaction, sizes []int, types []string, rows [][]any, f func(source string, rows int, args []any) error) error {
	if len(rows) == 0 {
		return nil
	}
	if a := tx.asArrays(rows); a != nil {
		return f("SELECT * FROM unnest"+parameters(1, a.types), len(rows), a.args)
	}
	for _, size := range sizes {
		if len(rows) < size {
			continue
		}
		source := "VALUES " + parameters(size, types)
		for ; len(rows) >= size; rows = rows[size:] {
			args := rows[0]
			if size > 1 {
				args = slices.Concat(rows[:size]...)
			}
			if err := f(source, size, args); err != nil {
				return err
			}
		}
	}
	return nil
}

// addEach inserts rows: insert ends with the names of the columns, and after
// is what follows the values.
func addEach(ctx context.Context, tx *transaction, doing, insert, after string, rows [][]any) error {
	return inserts(tx, insert, after, rows, func(query string, _ int, args []any) error {
		return tx.do(ctx, doing, query, args...)
	})
}

// addNew is addEach for rows of which none may be there: one that is says that
// the register has moved on.
func addNew(ctx context.Context, tx *transaction, doing, insert string, rows [][]any) error {
	return inserts(tx, insert, " ON CONFLICT DO NOTHING", rows, func(query string, n int, args []any) error {
		return tx.changeRows(ctx, doing, n, query, args...)
	})
}

// inserts calls f with a statement that inserts rows, or some of them.
func inserts(tx *transaction, insert, after string, rows [][]any, f func(query string, rows int, args []any) error) error {
	types := make([]string, 1+strings.Count(insert, ","))
	insert, sizes := tx.inserting(insert)
	return inPieces(tx, sizes, types, rows, func(source string, n int, args []any) error {
		return f(insert+" "+source+after, n, args)
	})
}

// changeEach changes exactly one row for each of rows, whose columns, such as
// "base TEXT", the statement reads from the table given.
func changeEach(ctx context.Context, tx *transaction, doing, columns, change string, rows [][]any) error {
	return ofGiven(tx, written, columns, rows, change, func(query string, n int, args []any) error {
		return tx.changeRows(ctx, doing, n, query, args...)
	})
}

// askEach reads by a query that takes rows from the table given, likewise. The
// answers come in no order.
func askEach(ctx context.Context, tx *transaction, doing, columns, query string, rows [][]any, scan func(row) error) error {
	return ofGiven(tx, inquired, columns, rows, query, func(query string, _ int, args []any) error {
		_, err := list(ctx, tx, doing, func(r row) (none struct{}, _ error) { return none, scan(r) }, query, args...)
		return err
	})
}

// ofGiven calls f with a statement that reads rows, or some of them, from the
// table given, with columns such as "base TEXT, last BIGINT".
func ofGiven(tx *transaction, sizes []int, columns string, rows [][]any, statement string, f func(query string, rows int, args []any) error) error {
	names, types := []string{}, []string{}
	for column := range strings.SplitSeq(columns, ", ") {
		name, of, _ := strings.Cut(column, " ")
		names, types = append(names, name), append(types, of)
	}
	return inPieces(tx, sizes, types, rows, func(source string, n int, args []any) error {
		return f("WITH given ("+strings.Join(names, ", ")+") AS ("+source+") "+statement, n, args)
	})
}

// parameters writes the parameters of so many rows, each of the type of its column
// where one is given.
func parameters(rows int, types []string) string {
	var b strings.Builder
	for n := range rows * len(types) {
		switch at := n % len(types); {
		case n == 0:
			b.WriteString("(")
		case at == 0:
			b.WriteString("), (")
		default:
			b.WriteString(", ")
		}
		parameter := "$" + strconv.Itoa(n+1)
		if of := types[n%len(types)]; of != "" {
			parameter = "CAST(" + parameter + " AS " + of + ")"
		}
		b.WriteString(parameter)
	}
	b.WriteString(")")
	return b.String()
}
