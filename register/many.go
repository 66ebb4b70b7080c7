package register

import (
	"context"
	"strconv"
	"strings"
)

// What concerns many rows is done by as many statements as the database does it
// fastest by. They take rows in pieces of few sizes, so that there are few texts
// of statements, to write here and for the database to remember.

// inPieces calls f with all rows, some at a time: with the text of a statement
// that takes so many, which is written once for each size, and their values.
func inPieces(tx *transaction, rows [][]any, text func(rows int) string, f func(query string, rows int, args []any) error) error {
	for _, size := range tx.rowsAtOnce() {
		if len(rows) < size {
			continue
		}
		query := text(size)
		for ; len(rows) >= size; rows = rows[size:] {
			args := rows[0]
			if size > 1 {
				args = make([]any, 0, size*len(rows[0]))
				for _, row := range rows[:size] {
					args = append(args, row...)
				}
			}
			if err := f(query, size, args); err != nil {
				return err
			}
		}
	}
	return nil
}

// addEach inserts rows: insert ends with the names of the columns, and after
// is what follows the values.
func addEach(ctx context.Context, tx *transaction, doing, insert, after string, rows [][]any) error {
	text := func(n int) string { return insert + " VALUES " + parameters(n, make([]string, len(rows[0]))) + after }
	return inPieces(tx, rows, text, func(query string, _ int, args []any) error {
		return tx.do(ctx, doing, query, args...)
	})
}

// changeEach changes exactly one row for each of rows, whose columns, such as
// "base TEXT", the statement reads from the table given.
func changeEach(ctx context.Context, tx *transaction, doing, columns, change string, rows [][]any) error {
	return inPieces(tx, rows, func(n int) string { return given(columns, n) + change }, func(query string, n int, args []any) error {
		return tx.changeRows(ctx, doing, n, query, args...)
	})
}

// given is the beginning of a statement that reads so many rows from the table
// given, with columns such as "base TEXT, last BIGINT".
func given(columns string, rows int) string {
	names, types := []string{}, []string{}
	for column := range strings.SplitSeq(columns, ", ") {
		name, of, _ := strings.Cut(column, " ")
		names, types = append(names, name), append(types, of)
	}
	return "WITH given (" + strings.Join(names, ", ") + ") AS (VALUES " + parameters(rows, types) + ") "
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
