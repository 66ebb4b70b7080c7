package license_test

import (
	"bufio"
	"os"
	"strings"
	"testing"

	"yizheng/license"
)

// vectors reads lines of "verdict text" and calls check with each text.
func vectors(t *testing.T, file string, check func(string) error) {
	t.Helper()
	f, err := os.Open("testdata/" + file)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	lines := bufio.NewScanner(f)
	good, bad := 0, 0
	for lines.Scan() {
		verdict, text, ok := strings.Cut(lines.Text(), " ")
		if !ok || verdict == "#" {
			continue
		}
		err := check(text)
		switch verdict {
		case "good":
			good++
			if err != nil {
				t.Errorf("%q is refused: %v", text, err)
			}
		case "bad":
			bad++
			if err == nil {
				t.Errorf("%q is accepted", text)
			}
		default:
			t.Errorf("no verdict on %q", lines.Text())
		}
	}
	if err := lines.Err(); err != nil || good == 0 || bad == 0 {
		t.Errorf("%s: %d good, %d bad, %v", file, good, bad, err)
	}
}

func TestSummary(t *testing.T) {
	for _, c := range []struct {
		permits []license.State
		want    license.State
	}{
		{nil, license.Invalid},
		{[]license.State{license.Valid}, license.Valid},
		{[]license.State{license.Valid, license.Valid}, license.Valid},
		{[]license.State{license.Valid, license.Revoked}, license.PartiallyValid},
		{[]license.State{license.Valid, license.Unknown}, license.PartiallyValid},
		{[]license.State{license.NotYetValid, license.Expired, license.Suspended}, license.Invalid},
	} {
		if got := license.Summary(c.permits); got != c.want {
			t.Errorf("%v: got %s, want %s", c.permits, got, c.want)
		}
	}
}

func TestStateOn(t *testing.T) {
	permit := license.Permit{ValidFrom: 100, ValidUntil: 200}
	endless := license.Permit{ValidFrom: 100}
	for _, c := range []struct {
		permit license.Permit
		day    license.Date
		want   license.State
	}{
		{permit, 99, license.NotYetValid},
		{permit, 100, license.Valid},
		{permit, 200, license.Valid},
		{permit, 201, license.Expired},
		{endless, 99, license.NotYetValid},
		{endless, 1<<16 - 1, license.Valid},
	} {
		if got := c.permit.StateOn(c.day); got != c.want {
			t.Errorf("day %d: got %s, want %s", c.day, got, c.want)
		}
	}
}
