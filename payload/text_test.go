package payload_test

import (
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"yizheng/license"
	"yizheng/payload"
)

// TestEveryCharacter goes through all of Unicode: what a license may say comes
// back, and the shortcut for common characters lets nothing else through.
func TestEveryCharacter(t *testing.T) {
	for r := rune(0); r < 0x40000; r++ {
		s := string(r)
		want := license.CheckText(s)
		if got := payload.CheckText("x", s, 1); (got == nil) != (want == nil) {
			t.Fatalf("U+%04X: %v, license says %v", r, got, want)
		}
		if want != nil {
			continue
		}
		b := payload.AppendText(nil, s)
		got, n := payload.ReadText(nil, b)
		if string(got) != s || n != len(b) || n > 4 {
			t.Fatalf("U+%04X is written %x and comes back as %q", r, b, got)
		}
	}
	for r := rune(0x40000); r <= 0x10FFFF; r++ {
		if payload.CheckText("x", string(r), 1) == nil {
			t.Fatalf("U+%04X is let through and cannot be written", r)
		}
	}
}

// TestNeighbours mixes the characters of the shortcut, as a rule that looks at
// one of them at a time must not miss what two of them make.
func TestNeighbours(t *testing.T) {
	common := []rune("Az09!~-路一龥、】〔〕〃×!~(),")
	r := rand.New(rand.NewPCG(3, 4))
	for range 20000 {
		var s strings.Builder
		for range 1 + r.IntN(4) {
			s.WriteRune(common[r.IntN(len(common))])
		}
		if err := license.CheckText(s.String()); err != nil {
			t.Fatalf("%q: %v", s.String(), err)
		}
		b := payload.AppendText(nil, s.String())
		if got, _ := payload.ReadText(nil, b); string(got) != s.String() {
			t.Fatalf("%q comes back as %q", s.String(), got)
		}
	}
}

func TestTextLimits(t *testing.T) {
	for _, c := range []struct {
		text string
		ok   bool
	}{
		{strings.Repeat("路", 10), true}, {strings.Repeat("路", 11), false},
		{"甲 乙", true}, {" 甲", false}, {"甲 ", false}, {"甲\u202E乙", false}, {"e\u0301", false},
		{"\xff", false}, {"a\x00b", false}, {"𬭎毅㛃𬱖𠮷", true},
	} {
		if err := payload.CheckText("x", c.text, 10); (err == nil) != c.ok {
			t.Errorf("%q: %v", c.text, err)
		}
	}
	for _, cut := range [][]byte{{}, {0x01}, {0xA5}, {0xFE, 1}, {0xFE}} {
		if _, n := payload.ReadText(nil, cut); n != 0 {
			t.Errorf("%x is read although it has no end", cut)
		}
	}
}

// TestTerms says every term of every day of some years in one way.
func TestTerms(t *testing.T) {
	first, _ := license.ParseDate("2023-12-25")
	for from := first; from < first+440; from++ {
		for until := from; until < from+36*366; until++ {
			code := payload.TermCode(from, until)
			if code == 62 {
				continue
			}
			if got, ok := payload.TermUntil(from, code); !ok || got != until {
				t.Fatalf("%s to %s has code %d, which says %s", from, until, code, got)
			}
		}
	}
	for _, c := range []struct {
		from, until string
		code        byte
	}{
		{"2023-05-18", "2028-05-17", 5}, {"2023-05-22", "2029-12-31", 37}, {"2025-01-01", "2029-12-31", 5},
		{"2024-02-29", "2025-02-28", 1}, {"2024-02-29", "2028-02-28", 4}, {"2023-03-01", "2024-02-29", 1},
		{"2025-06-09", "2025-12-31", 31}, {"2025-06-09", "2055-12-31", 61}, {"2025-06-09", "2055-06-08", 30},
		{"2025-06-09", "2056-06-08", 62}, {"2025-06-09", "2025-06-09", 62}, {"2025-06-09", "2030-06-09", 62},
	} {
		from, _ := license.ParseDate(c.from)
		until, _ := license.ParseDate(c.until)
		if got := payload.TermCode(from, until); got != c.code {
			t.Errorf("%s to %s has code %d, want %d", c.from, c.until, got, c.code)
		}
	}
	if got := payload.TermCode(first, 0); got != 0 {
		t.Errorf("no end has code %d", got)
	}
	for code := range 64 {
		if until, ok := payload.TermUntil(math.MaxUint16-5, byte(code)); ok && code != 0 && code != 31 {
			t.Errorf("code %d says %s, beyond the last day", code, until)
		}
	}
}
