// The drill of the Delta: five deployments of the built program, each with its
// own keys, register and lists, and a node that only verifies, are started on
// this machine, and a license's life is gone through between them. It speaks
// to them as another city would: by the command line and over HTTP. See
// README.md beside it.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"
)

func main() {
	program := flag.String("program", "bin/yizheng", "the built program")
	dir := flag.String("dir", "", "directory to keep everything in, for a look at it afterwards (default: one that is removed)")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, *program, *dir); err != nil {
		fmt.Fprintln(os.Stderr, "drill:", err)
		os.Exit(1)
	}
}

// run makes the federation, drills it, and ends every process that it started.
func run(ctx context.Context, program, dir string) (err error) {
	if program, err = filepath.Abs(program); err != nil {
		return err
	}
	if dir == "" {
		if dir, err = os.MkdirTemp("", "yizheng-delta-*"); err != nil {
			return err
		}
		defer func() { _ = os.RemoveAll(dir) }() // what is left of a temporary folder harms nobody
	}
	d := &drill{out: os.Stdout, delta: &delta{program: program, dir: dir}}
	defer d.stop()
	return d.run(ctx)
}
