package register

import (
	"context"
	"fmt"
	"strings"
)

// What concerns many rows is done by few statements, since a statement costs
// more than the row that it writes. They take rows in pieces of these sizes,
// so that there are few texts of statements for the database to remember.
var pieces = [...]int{16, 4, 1}

// inPieces calls f with all rows, some at a time.
func inPieces(rows [][]any, f func(some [][]any) error) error {
	for _, size := range pieces {
		for len(rows) >= size {
			if err := f(rows[:size]); err != nil {
				return err
			}
			rows = rows[size:]
		}
	}
	return nil
}

// addEach inserts rows: insert ends with the names of the columns, and after
// is what follows the values.
func addEach(ctx context.Context, tx *transaction, doing, insert, after string, rows [][]any) error {
	return inPieces(rows, func(some [][]any) error {
		values, args := valuesOf(some, make([]string, len(some[0])))
		return tx.do(ctx, doing, insert+" VALUES "+values+after, args...)
	})
}

// changeEach changes exactly one row for each of rows, whose columns, such as
// "base TEXT", the statement reads from the table given.
func changeEach(ctx context.Context, tx *transaction, doing, columns, change string, rows [][]any) error {
	return inPieces(rows, func(some [][]any) error {
		with, args := given(columns, some)
		return tx.changeRows(ctx, doing, len(some), with+change, args...)
	})
}

// given is the beginning of a statement that reads rows from the table given,
// with columns such as "base TEXT, last BIGINT".
func given(columns string, rows [][]any) (with string, args []any) {
	names, types := []string{}, []string{}
	for column := range strings.SplitSeq(columns, ", ") {
		name, of, _ := strings.Cut(column, " ")
		names, types = append(names, name), append(types, of)
	}
	values, args := valuesOf(rows, types)
	return "WITH given (" + strings.Join(names, ", ") + ") AS (VALUES " + values + ") ", args
}

// valuesOf writes rows as a list of parameters, each of the type of its
// column where one is given, and gives their values.
func valuesOf(rows [][]any, types []string) (list string, args []any) {
	var b strings.Builder
	for n, row := range rows {
		for at, value := range row {
			switch {
			case at > 0:
				b.WriteString(", ")
			case n > 0:
				b.WriteString(", (")
			default:
				b.WriteString("(")
			}
			args = append(args, value)
			if types[at] == "" {
				fmt.Fprintf(&b, "$%d", len(args))
			} else {
				fmt.Fprintf(&b, "CAST($%d AS %s)", len(args), types[at])
			}
		}
		b.WriteString(")")
	}
	return b.String(), args
}
