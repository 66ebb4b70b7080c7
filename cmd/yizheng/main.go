// Command yizheng issues the integrated industry license (行业综合许可证) of a
// district, verifies its code with or without a network, and files each issue
// and change with the city's e-license library.
//
// One file a subcommand; start with init.go, issue.go and verify.go. This is
// the only place that reads configuration and builds the parts: every other
// package takes ready ones.
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"
)

// version is set by the linker from the tag.
var version = "unknown"

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	os.Exit(Main(ctx, os.Args[1:], os.Stdin, os.Stdout, os.Stderr))
}
