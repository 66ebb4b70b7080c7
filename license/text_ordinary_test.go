package license

import (
	"testing"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// TestOrdinaryTextIsGood holds every character by which a text is let through
// without the tables to the tables: it is allowed, joins with nothing, and has
// no other form.
func TestOrdinaryTextIsGood(t *testing.T) {
	found := 0
	for r := rune(0); r <= unicode.MaxRune; r++ {
		if !ordinary("许" + string(r) + "可") {
			continue
		}
		found++
		if reason, _, _ := refused(r); reason != "" {
			t.Errorf("U+%04X: %s", r, reason)
		}
		if p := norm.NFC.PropertiesString(string(r)); p.CCC() != 0 || !norm.NFC.IsNormalString("e"+string(r)) || !p.BoundaryBefore() || unicode.Is(unicode.M, r) {
			t.Errorf("U+%04X joins with what is before it", r)
		}
	}
	if found < 20_000 {
		t.Errorf("%d characters are ordinary", found)
	}
	for _, s := range []string{" 许可", "许可 ", "\u3000许可", "许\u200B可", "e\u0301", "\xff", "许\n可", "\xE5", "\xE5\x80", "\xE5\x80 ", "\xE5 \x80", "\xE4\xB7\x80", "\xE4\xB8", "\xE9\xBF\xC0", "\xEA\x80\x80"} {
		if ordinary(s) {
			t.Errorf("%q is ordinary", s)
		}
	}
}
