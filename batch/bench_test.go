package batch_test

import (
	"testing"
)

// BenchmarkIssue issues rows of the sample from a file, on two cores, with
// validation before. Its floor is that of BenchmarkIssue in issuer.
func BenchmarkIssue(b *testing.B) {
	const rows = 2000
	for range b.N {
		b.StopTimer()
		w := newWorld(b)
		path := w.file(b, "a.jsonl", rows)
		run := w.run(b, path)
		b.StartTimer()
		if _, err := run.Do(b.Context()); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.N*rows)/b.Elapsed().Seconds(), "rows/s")
}
