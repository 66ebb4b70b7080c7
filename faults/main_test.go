// Package faults_test is what yizheng promises when things break, told as
// stories. Each runs the real program as processes, on SQLite and on a real
// PostgreSQL, breaks something while clerks are at work, and has the auditor
// look at what is left: register, outbox, the library's books and the
// published lists.
//
//	kill_test.go      processes are killed at random moments
//	disk_test.go      the disk is full
//	database_test.go  the database is away, hangs, fails over, loses an answer
//	redis_test.go     Redis is flushed, killed, stalled
//	library_test.go   the library is down for a day
//	clock_test.go     the clock jumps
//	race_test.go      two nodes are asked for the same, and for its opposite
//	drain_test.go     SIGTERM under load
//	keys_linux_test.go commands on keys are killed at each of their steps
//
// audit_test.go says what must hold after each of them. make test tells the
// stories short, make test-faults at full length (-long). What is random comes
// from a seed, which is printed and can be given again (-seed); processes are
// scheduled as they are, so that a seed repeats the intention, not the moment.
package faults_test

import (
	"flag"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

var (
	long = flag.Bool("long", false, "tell the stories at full length")
	seed = flag.Uint64("seed", 0, "of what is random; 0 for a new one")
)

// program is the program under test, as it is shipped.
var program string

func TestMain(m *testing.M) {
	flag.Parse()
	// Stories wait more than they work. An own -parallel comes first.
	if !slices.ContainsFunc(os.Args, func(arg string) bool { return strings.HasPrefix(arg, "-test.parallel") }) {
		_ = flag.Set("test.parallel", "6") // the flag is the testing package's
	}
	if *seed == 0 {
		*seed = uint64(time.Now().UnixNano())
	}
	os.Exit(run(m))
}

func run(m *testing.M) int {
	dir, err := os.MkdirTemp("", "yizheng-faults-")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer func() { _ = os.RemoveAll(dir) }()
	program = filepath.Join(dir, "yizheng")
	build := exec.Command("go", "build", "-trimpath", "-o", program, "./cmd/yizheng") // as others build it, so that the cache has its parts
	build.Dir = ".."
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		fmt.Fprintf(os.Stderr, "building the program: %v\n%s", err, out)
		return 1
	}
	if err := read(".."); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	fmt.Printf("faults: -seed %d\n", *seed)
	return m.Run()
}

// read looks at the sources that the program is built from: the cache of go
// test knows what a test itself reads, and not what it has built.
func read(dir string) error {
	return filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err == nil && d.IsDir() && (strings.HasPrefix(d.Name(), ".") && path != dir || d.Name() == "node_modules") {
			return fs.SkipDir
		}
		return err
	})
}

// random gives what a story draws from.
func random(t *testing.T) *rand.Rand {
	var of uint64
	for _, b := range []byte(t.Name()) {
		of = of*31 + uint64(b)
	}
	return rand.New(rand.NewPCG(*seed, of))
}

// times gives the one number in the short form and the other at full length.
func times(short, full int) int {
	if *long {
		return full
	}
	return short
}

// on tells a story on each database.
func on(t *testing.T, story func(t *testing.T, on database)) {
	t.Parallel()
	for _, d := range []database{sqlite, postgres} {
		t.Run(string(d), func(t *testing.T) {
			t.Parallel()
			story(t, d)
		})
	}
}
