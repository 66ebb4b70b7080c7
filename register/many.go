package register

import (
	"context"
	"strconv"
	"strings"
)

// What concerns many rows is done by as few statements as the database does it
// fastest by: SQLite takes a row at a time, PostgreSQL all of them as an array
// for each column. Either way there are few texts of statements, to write here
// and for the database to remember.

// inPieces calls f with all rows, some at a time: with what a statement reads
// them from, how many they are, and its parameters. types are those of the
// columns; an empty one leaves it to the database where it can.
func inPieces(tx *transaction, types []string, rows [][]any, f func(source string, rows int, args []any) error) error {
	if len(rows) == 0 {
		return nil
	}
	if arrays := tx.asArrays(rows); arrays != nil {
		return f("SELECT * FROM unnest("+parameters(arrays.types)+")", len(rows), arrays.args)
	}
	source := "VALUES (" + parameters(types) + ")"
	for _, row := range rows {
		if err := f(source, 1, row); err != nil {
			return err
		}
	}
	return nil
}

// addEach inserts rows: insert ends with the names of the columns, and after
// is what follows the values.
func addEach(ctx context.Context, tx *transaction, doing, insert, after string, rows [][]any) error {
	types := make([]string, 1+strings.Count(insert, ","))
	return inPieces(tx, types, rows, func(source string, _ int, args []any) error {
		return tx.do(ctx, doing, insert+" "+source+after, args...)
	})
}

// changeEach changes exactly one row for each of rows, whose columns, such as
// "base TEXT", the statement reads from the table given.
func changeEach(ctx context.Context, tx *transaction, doing, columns, change string, rows [][]any) error {
	return ofGiven(tx, columns, rows, change, func(query string, n int, args []any) error {
		return tx.changeRows(ctx, doing, n, query, args...)
	})
}

// ofGiven calls f with a statement that reads rows, or some of them, from the
// table given, with columns such as "base TEXT, last BIGINT".
func ofGiven(tx *transaction, columns string, rows [][]any, statement string, f func(query string, rows int, args []any) error) error {
	names, types := []string{}, []string{}
	for column := range strings.SplitSeq(columns, ", ") {
		name, of, _ := strings.Cut(column, " ")
		names, types = append(names, name), append(types, of)
	}
	return inPieces(tx, types, rows, func(source string, n int, args []any) error {
		return f("WITH given ("+strings.Join(names, ", ")+") AS ("+source+") "+statement, n, args)
	})
}

// parameters writes parameters, each of the type that is given for it, if any.
func parameters(types []string) string {
	var b strings.Builder
	for n, of := range types {
		if n > 0 {
			b.WriteString(", ")
		}
		parameter := "$" + strconv.Itoa(n+1)
		if of != "" {
			parameter = "CAST(" + parameter + " AS " + of + ")"
		}
		b.WriteString(parameter)
	}
	return b.String()
}
