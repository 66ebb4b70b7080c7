package templates_test

import (
	"testing"

	"yizheng/templates"
)

// BenchmarkDocument renders whole documents in memory: licenses as they are,
// in both forms, and the longest.
func BenchmarkDocument(b *testing.B) {
	p, err := templates.New(templates.Config{})
	if err != nil {
		b.Fatal(err)
	}
	duplicate := fixture(b, "convenience-store-8-permits")
	duplicate.Form, duplicate.Bilingual = templates.Duplicate, true
	for _, c := range []struct {
		name string
		d    templates.Document
	}{
		{"restaurant-3-permits", fixture(b, "restaurant-3-permits")},
		{"convenience-store-8-permits", fixture(b, "convenience-store-8-permits")},
		{"bilingual-duplicate-8-permits", duplicate},
		{"longest-20-permits", extreme(b)},
	} {
		b.Run(c.name, func(b *testing.B) {
			b.ReportAllocs()
			size := 0
			for b.Loop() {
				body, err := p.Document(c.d)
				if err != nil {
					b.Fatal(err)
				}
				size = len(body.Unsigned())
			}
			b.ReportMetric(float64(size), "bytes/document")
		})
	}
}
