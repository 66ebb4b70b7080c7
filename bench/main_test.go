package bench_test

import (
	"flag"
	"fmt"
	"os"
	"strings"
	"sync"
	"testing"
	"time"
)

// full runs everything at its full size.
var full = flag.Bool("full", false, "measure at full size: up to an hour")

// largest is the size of the largest register of TestFlat, for who has less
// time or disk; the others have a tenth of it, and a thousand.
var largest = flag.Int("largest", 1_000_000, "licenses in the largest register of TestFlat, with -full")

// role is the environment variable by which this binary is told to be one of
// the other processes of a measurement.
const role = "YIZHENG_BENCH_ROLE"

func TestMain(m *testing.M) {
	var err error
	switch os.Getenv(role) {
	case "bare":
		err = serveBare(os.Stdout)
	case "peer":
		err = measureOurs(os.Stdin, os.Stdout)
	case "load":
		err = generateLoad(os.Stdin, os.Stdout)
	default:
		flag.Parse()
		os.Exit(run(m))
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(m *testing.M) int {
	var err error
	if workplace, err = os.MkdirTemp("", "yizheng-bench-"); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer func() { _ = os.RemoveAll(workplace) }()
	defer rows.print()
	return m.Run()
}

// sized gives the size of a measurement: as part of the suite, and in full.
func sized[T any](short, whole T) T {
	if *full {
		return whole
	}
	return short
}

// rows are the rows of docs/benchmarks.md that were measured.
var rows table

// table collects rows until all is measured.
type table struct {
	mu    sync.Mutex
	lines []string
}

// add adds one row: what was measured, the figure, and what stands beside it.
func (r *table) add(t testing.TB, cells ...string) {
	t.Helper()
	line := "| " + strings.Join(cells, " | ") + " |"
	t.Log(line)
	r.mu.Lock()
	defer r.mu.Unlock()
	r.lines = append(r.lines, line)
}

func (r *table) print() {
	if len(r.lines) > 0 && *full {
		fmt.Println("\n| what | measured | floor, or beside it | ratio |\n|---|---|---|---|")
		fmt.Println(strings.Join(r.lines, "\n"))
	}
}

// micros writes a time in microseconds.
func micros(d time.Duration) string {
	return fmt.Sprintf("%.3g µs", float64(d)/float64(time.Microsecond))
}
