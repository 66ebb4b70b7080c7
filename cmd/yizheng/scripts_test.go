//go:build !race

package main

import (
	"path/filepath"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"yizheng/register/postgrestest"
)

// TestScripts runs the real commands, one file a feature. It is not for the race
// detector, under which each of some three hundred processes takes many times as
// long; what goes on at once in them is raced by the other tests.
func TestScripts(t *testing.T) {
	t.Parallel()
	fixtures, err := filepath.Abs(filepath.Join("..", "..", "examples"))
	if err != nil {
		t.Fatal(err)
	}
	testscript.Run(t, testscript.Params{
		Dir: "testdata/script",
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			// database NAME makes an empty PostgreSQL database, and sets NAME to
			// its address.
			"database": func(ts *testscript.TestScript, _ bool, args []string) { ts.Setenv(args[0], postgrestest.Database(t)) },
		},
		Setup: func(env *testscript.Env) error {
			env.Setenv("FIXTURES", fixtures)
			// A demonstration's clock: the fixtures are all in force on this day.
			env.Setenv("DAY", "2026-11-24T09:00:00+08:00")
			return nil
		},
	})
}
