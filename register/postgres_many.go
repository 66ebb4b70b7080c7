package register

import (
	"fmt"

	"github.com/jackc/pgx/v5/pgtype"
)

// arrays are rows as a statement takes them at once: an array a column.
type arrays struct {
	types []string
	args  []any
}

// asArrays gives rows as arrays, but for a single one, whose statement is
// planned once for all.
func (w *postgresWriter) asArrays(rows [][]any) *arrays {
	if len(rows) < 2 {
		return nil
	}
	a := &arrays{}
	for n := range rows[0] {
		of, values := array(rows, n)
		a.types, a.args = append(a.types, of), append(a.args, values)
	}
	return a
}

// inserting is for a single row here.
func (w *postgresWriter) inserting(insert string) (begins string, sizes []int) {
	return insert, oneByOne
}

// array gives the values of one column, which are texts, some of which may be
// missing, numbers or bytes.
func array(rows [][]any, column int) (of string, values any) {
	switch rows[0][column].(type) {
	case int, int64, uint32:
		numbers := make([]int64, len(rows))
		for n, row := range rows {
			numbers[n] = asNumber(row[column])
		}
		return "BIGINT[]", numbers
	case []byte:
		all := make(pgtype.FlatArray[[]byte], len(rows))
		for n, row := range rows {
			all[n] = row[column].([]byte)
		}
		return "BYTEA[]", all
	case string, nil:
		texts := make(pgtype.FlatArray[pgtype.Text], len(rows))
		for n, row := range rows {
			texts[n].String, texts[n].Valid = row[column].(string)
		}
		return "TEXT[]", texts
	}
	panic(fmt.Sprintf("register: a row has a %T", rows[0][column])) // our own, above
}

func asNumber(v any) int64 {
	switch v := v.(type) {
	case int:
		return int64(v)
	case uint32:
		return int64(v)
	}
	return v.(int64)
}
