package main

import (
	"context"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"yizheng/register/postgrestest"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){
		"yizheng": func() {
			ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
			defer stop()
			os.Exit(scripted().run(ctx, os.Args[1:]))
		},
	})
}

// scripted is a console whose clock stands where CLOCK says, so that a script
// about real licenses reads the same in ten years.
func scripted() *console {
	c := &console{stdin: os.Stdin, stdout: os.Stdout, stderr: os.Stderr, now: time.Now}
	if at, err := time.Parse(time.RFC3339, os.Getenv("CLOCK")); err == nil {
		c.now = func() time.Time { return at }
	}
	return c
}

// TestScripts runs the real commands, one file a feature.
func TestScripts(t *testing.T) {
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
