package templates_test

import (
	"testing"

	"yizheng/qr"
	"yizheng/templates"
)

// issued is a fixture with a code as large as it has when it is issued; that
// of the fixture is larger, so that tests meet more.
func issued(tb testing.TB, name string) templates.Document {
	tb.Helper()
	d := fixture(tb, name)
	code := map[string]struct{ digits, version int }{
		"restaurant-3-permits":        {440, 10},
		"convenience-store-8-permits": {620, 12},
	}[name]
	var err error
	d.Text = d.Text[:len(d.VerifyURL)+code.digits]
	if d.Symbol, err = qr.Encode(d.VerifyURL, d.Text[len(d.VerifyURL):]); err != nil || d.Symbol.Version != code.version {
		tb.Fatalf("a code of version %d, %v", d.Symbol.Version, err)
	}
	return d
}

// BenchmarkDocument renders whole documents in memory: licenses as they are,
// in both forms, and the longest.
func BenchmarkDocument(b *testing.B) {
	p, err := templates.New(templates.Config{})
	if err != nil {
		b.Fatal(err)
	}
	duplicate := issued(b, "convenience-store-8-permits")
	duplicate.Form, duplicate.Bilingual = templates.Duplicate, true
	for _, c := range []struct {
		name string
		d    templates.Document
	}{
		{"restaurant-3-permits", issued(b, "restaurant-3-permits")},
		{"convenience-store-8-permits", issued(b, "convenience-store-8-permits")},
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
