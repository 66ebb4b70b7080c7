package license_test

import (
	"encoding/json"
	"fmt"
	"testing"
	"time"

	"pgregory.net/rapid"

	"yizheng/license"
)

func TestDayTurnsAtMidnightInShanghai(t *testing.T) {
	for _, c := range []struct{ instant, want string }{
		{"2026-11-23T15:59:59Z", "2026-11-23"},
		{"2026-11-23T15:59:59.999999999Z", "2026-11-23"},
		{"2026-11-23T16:00:00Z", "2026-11-24"},
		{"2026-11-24T00:00:00+08:00", "2026-11-24"},
		{"2026-11-24T23:59:59+08:00", "2026-11-24"},
		{"2026-11-24T15:59:59Z", "2026-11-24"},
		{"2026-11-24T16:00:00Z", "2026-11-25"},
		{"2026-11-23T11:00:00-05:00", "2026-11-24"},
		{"2024-02-29T12:00:00+08:00", "2024-02-29"},
		{"1999-12-31T15:59:59Z", ""},
		{"1999-12-31T16:00:00Z", "2000-01-01"},
		{"2179-06-05T15:59:59Z", "2179-06-05"},
		{"2179-06-05T16:00:00Z", ""},
		{"0001-01-01T00:00:00Z", ""},
		{"9999-12-31T00:00:00Z", ""},
	} {
		instant, err := time.Parse(time.RFC3339Nano, c.instant)
		if err != nil {
			t.Fatal(err)
		}
		if got := license.DateOf(instant).String(); got != c.want {
			t.Errorf("%s: got %q, want %q", c.instant, got, c.want)
		}
	}
}

func TestParseDate(t *testing.T) {
	for _, s := range []string{"2000-01-01", "2024-02-29", "2026-11-24", "2179-06-05"} {
		d, err := license.ParseDate(s)
		if err != nil || d.String() != s {
			t.Errorf("%s: got %s, %v", s, d, err)
		}
	}
	for _, s := range []string{
		"", "2025-02-29", "2025-13-01", "2025-00-01", "2025-1-2", "2025/01/02", " 2025-01-02", "2025-01-02 ",
		"2025-01-02T00:00:00Z", "1999-12-31", "2179-06-06", "９９９９-01-01", "+2025-01-02",
	} {
		if d, err := license.ParseDate(s); err == nil {
			t.Errorf("%q is accepted as %s", s, d)
		}
	}
}

func TestAddYears(t *testing.T) {
	for _, c := range []struct {
		from  string
		years int
		want  string
	}{
		{"2023-05-18", 5, "2028-05-18"},
		{"2024-02-29", 1, "2025-03-01"},
		{"2024-02-29", 4, "2028-02-29"},
		{"2179-01-01", 1, ""},
	} {
		from, err := license.ParseDate(c.from)
		if err != nil {
			t.Fatal(err)
		}
		if got := from.AddYears(c.years).String(); got != c.want {
			t.Errorf("%s and %d years: got %q, want %q", c.from, c.years, got, c.want)
		}
	}
}

func TestDateRoundTrips(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d := license.Date(rapid.Uint16Min(1).Draw(t, "day"))
		parsed, err := license.ParseDate(d.String())
		if err != nil || parsed != d {
			t.Fatalf("%d became %q, %d, %v", d, d, parsed, err)
		}
		if license.DateOf(d.Start()) != d || license.DateOf(d.Start().Add(-time.Nanosecond)) != d-1 {
			t.Fatalf("%s does not begin at %s", d, d.Start())
		}
		if last := d.Start().Add(24*time.Hour - time.Nanosecond); license.DateOf(last) != d {
			t.Fatalf("%s does not end at %s", d, last)
		}
	})
}

// TestEveryDayIsWritten holds the form of every day, and what is read of its
// neighbours, to package time.
func TestEveryDayIsWritten(t *testing.T) {
	for n := 1; n <= 1<<16-1; n++ {
		d := license.Date(n)
		if got, want := d.String(), d.Start().Format(time.DateOnly); got != want {
			t.Fatalf("day %d is written %s, not %s", n, got, want)
		}
	}
	for year := 1998; year <= 2181; year++ {
		for month := range 14 {
			for day := range 33 {
				s := fmt.Sprintf("%04d-%02d-%02d", year, month, day)
				got, err := license.ParseDate(s)
				want, wrong := time.ParseInLocation(time.DateOnly, s, license.Date(1).Start().Location())
				if good := wrong == nil && !license.DateOf(want).IsZero(); (err == nil) != good || good && got != license.DateOf(want) {
					t.Fatalf("%s is read as %s, %v", s, got, err)
				}
			}
		}
	}
}

func TestNoDayIsLeftOutOfJSON(t *testing.T) {
	b, err := json.Marshal(license.Permit{ValidFrom: 1})
	if err != nil {
		t.Fatal(err)
	}
	want := `{"matter":"","number":"","authority":"","scope":"","validFrom":"2000-01-01"}`
	if string(b) != want {
		t.Errorf("got %s, want %s", b, want)
	}
}
