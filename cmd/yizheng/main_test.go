package main

import (
	"context"
	"flag"
	"os"
	"os/signal"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
)

func TestMain(m *testing.M) {
	// Most tests wait for processes. An own -parallel comes first.
	if !slices.ContainsFunc(os.Args, func(arg string) bool { return strings.HasPrefix(arg, "-test.parallel") }) {
		_ = flag.Set("test.parallel", "4") // the flag is the testing package's
	}
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
