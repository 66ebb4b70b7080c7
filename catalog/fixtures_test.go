package catalog_test

import (
	"os"
	"path/filepath"
	"testing"

	"yizheng/catalog"
	"yizheng/license"
)

func TestFixturesHaveNoFault(t *testing.T) {
	files, err := filepath.Glob("../examples/[bcgr]*.json")
	if err != nil || len(files) < 4 {
		t.Fatalf("%d fixtures, %v", len(files), err)
	}
	c := changning(t, "2026-11-24")
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			b, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			_, faults, warnings := c.CheckFile(b, day(t, "2026-11-24"))
			for _, f := range faults {
				t.Errorf("%s %s: %s", f.Field, f.Reason, f.Message)
			}
			for _, w := range warnings {
				t.Logf("%s %s: %s %s", w.Field, w.Reason, w.Message, w.MessageZH)
			}
		})
	}
}

func day(t *testing.T, s string) license.Date {
	t.Helper()
	d, err := license.ParseDate(s)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func changning(t *testing.T, on string) *catalog.Catalogue {
	t.Helper()
	set, err := catalog.Load("310105")
	if err != nil {
		t.Fatal(err)
	}
	c, err := set.On(day(t, on))
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// benchmarkApplication is the largest fixture.
func benchmarkApplication(b *testing.B) catalog.Application {
	b.Helper()
	data, err := os.ReadFile("../examples/convenience-store-8-permits.json")
	if err != nil {
		b.Fatal(err)
	}
	a, err := catalog.ParseApplication(data)
	if err != nil {
		b.Fatal(err)
	}
	return a
}
