package payload_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"yizheng/catalog"
	"yizheng/license"
	"yizheng/payload"
	"yizheng/qr"
)

const prefix = "https://zheng.example/v/" // 24 characters

// catalogue is the newest of a region.
func catalogue(t testing.TB, region license.Region) *catalog.Catalogue {
	t.Helper()
	set, err := catalog.Load(region)
	if err != nil {
		t.Fatal(err)
	}
	return set.Versions[len(set.Versions)-1]
}

func builtin(t testing.TB, region license.Region) *payload.Dictionary {
	t.Helper()
	d, ok := payload.Builtin(region)
	if !ok {
		t.Fatalf("no dictionary of %s", region)
	}
	return d
}

// sealed is the code of l with a signature that only has the right length.
func sealed(t testing.TB, l *license.License, d *payload.Dictionary) payload.Code {
	t.Helper()
	draft, err := payload.Encode(l, d, publicKey(t))
	if err != nil {
		t.Fatalf("encoding %+v: %v", l, err)
	}
	c, err := draft.Sealed(slices.Repeat([]byte{0xA5}, 64))
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// TestSize holds the symbols of the example licenses to what was reached.
func TestSize(t *testing.T) {
	most := map[string]int{"便利店": 12, "饭店": 10, "书店": 11, "体育健身场馆": 11}
	d := builtin(t, "310105")
	for _, l := range fixtures(t) {
		c := sealed(t, l, d)
		version, level, ok := qr.Fit(len(prefix), len(c.Digits()))
		if !ok || level != qr.M || version > most[l.Industry] {
			t.Errorf("%s: version %d-%s, at most %d-M was reached before", l.Industry, version, level, most[l.Industry])
		}
		t.Logf("%s, %d permits: payload %d bytes, %d digits, version %d-%s",
			l.Industry, len(l.Permits), len(c.Payload), len(c.Digits()), version, level)
	}
}

// TestSizeOfOthers measures licenses that nobody has seen before, so that a
// dictionary that only knows the examples gains nothing; at last some whose
// scopes and streets are in no vocabulary at all.
func TestSizeOfOthers(t *testing.T) {
	for _, c := range []struct {
		region               license.Region
		unknown, median, p99 int
	}{
		{"310105", 20, 12, 15}, {"310115", 20, 12, 15}, {"330402", 20, 12, 15}, {"440305", 20, 12, 15}, {"310105", 100, 13, 18},
	} {
		r := newRandom(t, catalogue(t, c.region), 1)
		r.unknown = c.unknown
		d := builtin(t, c.region)
		var versions []int
		permits, size := 0, 0
		const rounds = 500
		for range rounds {
			l := r.license()
			code := sealed(t, l, d)
			version, level, _ := qr.Fit(len(prefix), len(code.Digits()))
			if level != qr.M {
				t.Errorf("%d permits take level %q", len(l.Permits), level)
			}
			versions = append(versions, version)
			permits += len(l.Permits)
			size += len(code.Payload)
		}
		slices.Sort(versions)
		if median, p99 := versions[rounds/2], versions[rounds*99/100]; median > c.median || p99 > c.p99 {
			t.Errorf("%s: half of the licenses take version %d and more, one in a hundred %d and more; it was %d and %d",
				c.region, median, p99, c.median, c.p99)
		}
		t.Logf("%s, %d %% unknown: %.1f permits, payload %.0f bytes on average; versions %s",
			c.region, c.unknown, float64(permits)/rounds, float64(size)/rounds, distribution(versions))
	}
}

func distribution(sorted []int) string {
	var s strings.Builder
	for v := sorted[0]; v <= sorted[len(sorted)-1]; v++ {
		n := 0
		for _, x := range sorted {
			if x == v {
				n++
			}
		}
		fmt.Fprintf(&s, "%d:%d ", v, n)
	}
	return strings.TrimSpace(s.String())
}
