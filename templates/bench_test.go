package templates_test

import (
	"testing"

	"yizheng/templates"
)

// BenchmarkDocument renders whole documents, face and annex, in memory.
func BenchmarkDocument(b *testing.B) {
	p, err := templates.New(templates.Config{})
	if err != nil {
		b.Fatal(err)
	}
	for _, name := range []string{"restaurant-3-permits", "convenience-store-8-permits"} {
		d := fixture(b, name)
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			size := 0
			for b.Loop() {
				body, err := p.Document(d)
				if err != nil {
					b.Fatal(err)
				}
				size = len(body.Unsigned())
			}
			b.ReportMetric(float64(size), "bytes/document")
		})
	}
}
