package register

import (
	"strconv"
	"strings"
)

// inPlace writes the parameters of a statement as SQLite takes them fastest:
// as ?, one after the other. It looks a parameter that is written as $1 up by
// that name, among all of them, each time that one is given, which in a
// statement of hundreds takes longer than writing the rows. A statement that
// names its parameters in another order, or one of them twice, stays as it is.
func inPlace(query string) string {
	var b strings.Builder
	rest := query
	for next := 1; ; next++ {
		before, after, found := strings.Cut(rest, "$")
		b.WriteString(before)
		if !found {
			return b.String()
		}
		digits := 0
		for digits < len(after) && after[digits] >= '0' && after[digits] <= '9' {
			digits++
		}
		if after[:digits] != strconv.Itoa(next) {
			return query
		}
		b.WriteString("?")
		rest = after[digits:]
	}
}
