package license_test

import (
	"errors"
	"strings"
	"testing"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
	"pgregory.net/rapid"

	"yizheng/license"
)

func TestCheckText(t *testing.T) {
	for _, c := range []struct{ name, text, reason string }{
		{"empty", "", ""},
		{"Han", "上海长宁仙霞示范便利店有限公司", ""},
		{"rare Han above U+FFFF", "上海𬭎毅健身服务有限公司㛃𬱖𠮷", ""},
		{"Han newer than this program", "\U000323B0\U00033479", ""},
		{"full-width and marks", "（一）、“仙霞”·№①Ⅱ〔2026〕3.20m×0.80m", ""},
		{"Latin with accents", "Société Générale Ltd.", ""},
		{"spaces within", "A B\u3000C", ""},
		{"kana and Hangul", "ラーメン 김밥", ""},
		{"line break", "一\n二", "text_control"},
		{"tab", "一\t二", "text_control"},
		{"null", "一\x00", "text_control"},
		{"delete", "一\x7F二", "text_control"},
		{"next line", "一\u0085二", "text_control"},
		{"line separator", "一\u2028二", "text_control"},
		{"right-to-left override", "一\u202E二", "text_bidi"},
		{"isolate", "一\u2067二", "text_bidi"},
		{"right-to-left mark", "一\u200F二", "text_bidi"},
		{"Arabic letter mark", "一\u061C二", "text_bidi"},
		{"zero-width space", "一\u200B二", "text_invisible"},
		{"zero-width joiner", "一\u200D二", "text_invisible"},
		{"byte order mark", "\uFEFF一", "text_invisible"},
		{"soft hyphen", "A\u00ADB", "text_invisible"},
		{"word joiner", "一\u2060二", "text_invisible"},
		{"tag", "一\U000E0041", "text_invisible"},
		{"variation selector", "一\uFE00", "text_invisible"},
		{"ideographic variation selector", "葛\U000E0100", "text_invisible"},
		{"Hangul filler", "\u3164", "text_invisible"},
		{"blank Braille", "\u2800", "text_invisible"},
		{"private use", "一\uE000", "text_private_use"},
		{"private use, plane 15", "一\U000F0000", "text_private_use"},
		{"noncharacter", "一\uFFFE", "text_noncharacter"},
		{"noncharacter, plane 2", "一\U0002FFFF", "text_noncharacter"},
		{"noncharacter within", "一\uFDD0", "text_noncharacter"},
		{"replacement character", "一\uFFFD", "text_replacement"},
		{"unassigned", "一\u0378", "text_unassigned"},
		{"lone surrogate", "一\xED\xA0\x80", "text_invalid_utf8"},
		{"cut off", "\xE4\xB8", "text_invalid_utf8"},
		{"overlong", "\xC0\xAF", "text_invalid_utf8"},
		{"no-break space", "A\u00A0B", "text_odd_space"},
		{"em space", "A\u2003B", "text_odd_space"},
		{"space before", " 一", "text_space_at_end"},
		{"ideographic space after", "一\u3000", "text_space_at_end"},
		{"combining mark first", "\u0338一", "text_mark_first"},
		{"decomposed", "e\u0301", "text_not_nfc"},
		{"compatibility ideograph", "\uF9DC", "text_not_nfc"},
		{"compatibility ideograph, plane 2", "\U0002F800", "text_not_nfc"},
	} {
		t.Run(c.name, func(t *testing.T) {
			err := license.CheckText(c.text)
			var textError *license.TextError
			if errors.As(err, &textError) != (err != nil) || errors.Is(err, license.ErrText) != (err != nil) {
				t.Fatalf("not a TextError: %v", err)
			}
			reason := ""
			if textError != nil {
				reason = textError.Reason
			}
			if reason != c.reason {
				t.Errorf("got %q (%v), want %q", reason, err, c.reason)
			}
		})
	}
}

func TestAcceptedTextIsOneText(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := rapid.String().Draw(t, "text")
		if license.CheckText(s) != nil {
			return
		}
		if !utf8.ValidString(s) || norm.NFC.String(s) != s || strings.TrimSpace(s) != s {
			t.Fatalf("%q is accepted", s)
		}
	})
}

func TestTextFault(t *testing.T) {
	for _, c := range []struct{ text, reason string }{
		{"", "missing"},
		{"一二三", ""},
		{"一二三四", "text_too_long"},
		{"𬭎𬭎𬭎", ""},
		{"一\n", "text_control"},
		{"一 ", "text_space_at_end"},
	} {
		fault, bad := license.TextFault("holder.name", c.text, 3)
		if bad != (c.reason != "") || fault.Reason != c.reason {
			t.Errorf("%q: got %+v", c.text, fault)
		}
		if bad && (fault.Field != "holder.name" || !strings.HasSuffix(fault.Message, ".") || !strings.HasSuffix(fault.MessageZH, "。")) {
			t.Errorf("%q: no sentences: %+v", c.text, fault)
		}
	}
}

func TestFaultsAsAnError(t *testing.T) {
	var none license.Faults
	if none.Err() != nil {
		t.Error("no faults are an error")
	}
	two := license.Faults{
		{File: "a.json", Field: "permits[2].number", Message: "One."},
		{Message: "Two."},
	}
	if got, want := two.Err().Error(), "a.json: permits[2].number: One.\nTwo."; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}
