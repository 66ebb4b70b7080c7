package scantest_test

import (
	"flag"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"yizheng/scan/scantest"
)

var all = flag.Bool("all", false, "print the whole table: every condition, document and resolution")

// resolutions are the dots per inch of the table.
var resolutions = []float64{75, 100, 150, 300}

// tally counts, for a condition, a resolution and a reader, how many
// documents were read.
type tally struct {
	mu    sync.Mutex
	read  map[[3]string]int
	took  map[string][]time.Duration // by reader and resolution
	sizes []string
}

// key names a cell of the table.
func key(condition string, dpi float64, reader string) [3]string {
	return [3]string{condition, fmt.Sprint(dpi), reader}
}

// TestTable makes the table of docs/benchmarks.md, which takes some minutes,
// when it is asked to with -all. TestGoal holds what it must show.
func TestTable(t *testing.T) {
	if !*all {
		return
	}
	counts := tally{read: make(map[[3]string]int), took: make(map[string][]time.Duration)}
	documents := scantest.Documents(t)
	t.Run("documents", func(t *testing.T) {
		for _, d := range documents {
			t.Run(d.Name, func(t *testing.T) {
				t.Parallel()
				scene, readers := scantest.NewScene(t, d), scantest.Readers(t)
				counts.size(d, scene)
				for _, c := range scantest.Conditions() {
					for _, dpi := range resolutions {
						try(t, scene, readers, d, c, dpi, func(reader string, took time.Duration, ok bool) {
							counts.add(c.Name, dpi, reader, took, ok)
						})
					}
				}
			})
		}
	})
	fmt.Print(counts.table(len(documents)))
}

func (a *tally) size(d scantest.Document, s *scantest.Scene) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.sizes = append(a.sizes, fmt.Sprintf("%s: %d-%s, %.2f mm a module", d.Name, d.Symbol.Version, d.Symbol.Level, s.ModuleMM()))
}

func (a *tally) add(condition string, dpi float64, reader string, took time.Duration, ok bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if ok {
		a.read[key(condition, dpi, reader)]++
	}
	of := fmt.Sprintf("%s, %v dpi", reader, dpi)
	a.took[of] = append(a.took[of], took)
}

// table writes a row for each condition, and in each cell how many documents
// zbar, gozxing, zxing-wasm and scan.Read read.
func (a *tally) table(documents int) string {
	var b strings.Builder
	slices.Sort(a.sizes)
	fmt.Fprintf(&b, "%s\n\n", strings.Join(a.sizes, "; "))
	fmt.Fprintf(&b, "| of %d documents, read by zbar · gozxing · zxing-wasm · yizheng |", documents)
	for _, dpi := range resolutions {
		fmt.Fprintf(&b, " %v dpi |", dpi)
	}
	b.WriteString("\n|---|" + strings.Repeat("---|", len(resolutions)) + "\n")
	names := []string{"zbar", "gozxing", "zxing-wasm", "yizheng"}
	for _, c := range scantest.Conditions() {
		fmt.Fprintf(&b, "| %s |", c.Name)
		for _, dpi := range resolutions {
			var cell []string
			for _, name := range names {
				cell = append(cell, fmt.Sprint(a.read[key(c.Name, dpi, name)]))
			}
			fmt.Fprintf(&b, " %s |", strings.Join(cell, " · "))
		}
		b.WriteString("\n")
	}
	b.WriteString("\n| a picture takes, median and longest |")
	for _, dpi := range resolutions {
		fmt.Fprintf(&b, " %v dpi |", dpi)
	}
	b.WriteString("\n|---|" + strings.Repeat("---|", len(resolutions)) + "\n")
	for _, name := range names {
		fmt.Fprintf(&b, "| %s |", name)
		for _, dpi := range resolutions {
			took := a.took[fmt.Sprintf("%s, %v dpi", name, dpi)]
			slices.Sort(took)
			fmt.Fprintf(&b, " %d, %d ms |", took[len(took)/2].Milliseconds(), took[len(took)-1].Milliseconds())
		}
		b.WriteString("\n")
	}
	return b.String()
}
