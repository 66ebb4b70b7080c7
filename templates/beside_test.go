package templates_test

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"yizheng/templates"
)

// BenchmarkBesideChromium makes documents by turns with a warm Chromium that
// loads and prints the same content, see BenchmarkChromium, so that whatever
// else the machine does falls on both: ours on one core, twenty for each of
// its. Reported are medians by the clock, what both take of processor time
// (Chromium's in all of its processes, ours with the garbage collector), and
// how many times ours each is.
func BenchmarkBesideChromium(b *testing.B) {
	dir := b.TempDir()
	b.Setenv("FONTCONFIG_FILE", filepath.Join(dir, "fonts.conf"))
	p, err := templates.New(templates.Config{})
	if err != nil {
		b.Fatal(err)
	}
	for _, name := range []string{"restaurant-3-permits", "convenience-store-8-permits"} {
		page, d := webPage(b, dir, name), issued(b, name)
		b.Run(name, func(b *testing.B) {
			defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
			browser := newChromium(b)
			for range 3 {
				browser.load(page)
				browser.print()
			}
			const each = 20
			var theirs, ours []time.Duration
			var processor time.Duration
			began := browser.processor()
			for b.Loop() {
				from := time.Now()
				browser.load(page)
				browser.print()
				theirs = append(theirs, time.Since(from))
				used := ownProcessor(b)
				for range each {
					from := time.Now()
					if _, err := p.Document(d); err != nil {
						b.Fatal(err)
					}
					ours = append(ours, time.Since(from))
				}
				processor += ownProcessor(b) - used
			}
			of := func(d time.Duration, n int) float64 { return d.Seconds() * 1000 / float64(n) }
			theirProcessor, ourProcessor := of(browser.processor()-began, len(theirs)), of(processor, len(ours))
			slices.Sort(theirs)
			slices.Sort(ours)
			their, our := theirs[len(theirs)/2], ours[len(ours)/2]
			b.ReportMetric(0, "ns/op") // of both together: it says nothing
			b.ReportMetric(of(their, 1), "ms-Chromium")
			b.ReportMetric(of(our, 1), "ms-ours")
			b.ReportMetric(of(their, 1)/of(our, 1), "times")
			b.ReportMetric(of(theirs[0], 1)/of(ours[0], 1), "times-best")
			b.ReportMetric(theirProcessor, "cpu-ms-Chromium")
			b.ReportMetric(ourProcessor, "cpu-ms-ours")
			b.ReportMetric(theirProcessor/ourProcessor, "cpu-times")
		})
	}
}

func ownProcessor(tb testing.TB) time.Duration {
	tb.Helper()
	var used syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &used); err != nil {
		tb.Fatal(err)
	}
	return time.Duration(used.Utime.Nano() + used.Stime.Nano())
}

// processor is what the browser's processes took so far, those that have ended
// among them.
func (c *chromium) processor() time.Duration {
	c.tb.Helper()
	const ticks = time.Second / 100 // of the fields of /proc/PID/stat, proc(5)
	stats, err := filepath.Glob("/proc/[0-9]*/stat")
	if err != nil {
		c.tb.Fatal(err)
	}
	parents, used := map[int]int{}, map[int]time.Duration{}
	for _, path := range stats {
		b, err := os.ReadFile(path)
		if err != nil {
			continue // it has just ended
		}
		_, after, _ := strings.Cut(string(b), ") ")
		fields := strings.Fields(after)
		pid, _ := strconv.Atoi(filepath.Base(filepath.Dir(path)))
		for _, field := range fields[11:15] { // of its own, and of children that it waited for
			n, err := strconv.Atoi(field)
			if err != nil {
				c.tb.Fatal(fmt.Errorf("%s: %w", path, err))
			}
			used[pid] += time.Duration(n) * ticks
		}
		parents[pid], _ = strconv.Atoi(fields[1])
	}
	var sum time.Duration
	for pid, spent := range used {
		for up := pid; up > 1; up = parents[up] {
			if up == c.pid {
				sum += spent
				break
			}
		}
	}
	return sum
}
