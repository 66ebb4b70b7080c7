package register

import "testing"

func TestInPlace(t *testing.T) {
	for query, want := range map[string]string{
		"SELECT 1":                                          "SELECT 1",
		"INSERT INTO t (a, b) VALUES ($1, $2)":              "INSERT INTO t (a, b) VALUES (?, ?)",
		"SELECT a FROM t WHERE b = $1 LIMIT $2":             "SELECT a FROM t WHERE b = ? LIMIT ?",
		"SELECT a FROM t WHERE b = $2 OR c = $1":            "SELECT a FROM t WHERE b = $2 OR c = $1",
		"SELECT a FROM t WHERE b = $1 OR c = $1":            "SELECT a FROM t WHERE b = $1 OR c = $1",
		"SELECT json_extract(v, '$.a') FROM t WHERE b = $1": "SELECT json_extract(v, '$.a') FROM t WHERE b = $1",
	} {
		if got := inPlace(query); got != want {
			t.Errorf("%q becomes %q", query, got)
		}
	}
}
