package license

import (
	"errors"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// The most characters (code points) that each human text of a license may
// have. They are the room on the printed face, and far above what real
// licenses need.
const (
	MaxName           = 80   // holder, authority, matter, industry
	MaxRepresentative = 80   // legal representatives of other nationalities have long names
	MaxPremises       = 200  // 经营场所
	MaxPermitNumber   = 60   // 许可证编号
	MaxScope          = 1000 // 许可范围
	MaxConditions     = 500  // what a grant is subject to
	MaxPurpose        = 200  // a verification's purpose, place, organisation, operator
	MaxAnnotation     = 60   // a derived copy's maker, recipient and purpose, each of which its code carries
)

// ErrText marks human text that a license must not carry; errors.As finds the
// [TextError].
var ErrText = errors.New("text not allowed")

// TextError says why human text is refused.
type TextError struct {
	Reason    string // stable code: text_…
	Message   string // English, no full stop
	MessageZH string
}

// Error gives the English message.
func (e *TextError) Error() string { return e.Message }

// Is lets errors.Is find [ErrText].
func (e *TextError) Is(target error) bool { return target == ErrText }

// CheckText refuses what would let two different texts look alike on paper,
// or one text look different from what it says: invalid UTF-8, control
// characters and line breaks, bidirectional controls, characters of no width,
// private-use and unassigned ones, noncharacters, spaces other than U+0020
// and U+3000, a combining mark at the start, white space at either end, and
// text that is not in normalization form C. Empty text passes, and so do rare Han characters
// above U+FFFF. The error is a [*TextError].
func CheckText(s string) error {
	if ordinary(s) {
		return nil
	}
	if !utf8.ValidString(s) {
		return &TextError{"text_invalid_utf8", "the text is not valid UTF-8", "文本不是有效的UTF-8编码"}
	}
	position := 0
	for _, r := range s {
		position++
		if reason, en, zh := refused(r); reason != "" {
			return &TextError{
				reason,
				fmt.Sprintf("character %d, U+%04X, is %s", position, r, en),
				fmt.Sprintf("第%d个字符U+%04X是%s", position, r, zh),
			}
		}
	}
	if first, _ := utf8.DecodeRuneInString(s); unicode.Is(unicode.M, first) {
		return &TextError{
			"text_mark_first",
			fmt.Sprintf("the text begins with U+%04X, a mark that joins what is printed before it", first),
			fmt.Sprintf("文本以组合用字符U+%04X开头，会与前文相连", first),
		}
	}
	if strings.TrimSpace(s) != s {
		return &TextError{"text_space_at_end", "the text begins or ends with white space", "文本首尾有空白"}
	}
	if !norm.NFC.IsNormalString(s) {
		return &TextError{
			"text_not_nfc",
			fmt.Sprintf("the text is not in Unicode normalization form C; write %q", norm.NFC.String(s)),
			fmt.Sprintf("文本不符合Unicode规范化形式C，应写作“%s”", norm.NFC.String(s)),
		}
	}
	return nil
}

// ordinary says that a text is made of nothing but Han, printable ASCII and
// full-width ASCII characters and the usual Chinese punctuation, with no space
// at either end: there is nothing to refuse in it, and no other way to write
// it. Nearly every text is, and the tables need not be searched for it.
func ordinary(s string) bool {
	for i := 0; i < len(s); {
		c := s[i]
		switch {
		case c >= ' ' && c <= '~':
			i++
		case c >= 0xE4 && c <= 0xE9 && i+2 < len(s) && (c > 0xE4 || s[i+1] >= 0xB8) && follows(s[i+1]) && follows(s[i+2]):
			i += 3 // U+4E00 to U+9FFF, Han
		default:
			r, n := utf8.DecodeRuneInString(s[i:])
			if (r < 0x3001 || r > 0x3011) && r != 0x3014 && r != 0x3015 && (r < '！' || r > '～') && r != '×' {
				return false
			}
			i += n
		}
	}
	return s == "" || s[0] != ' ' && s[len(s)-1] != ' '
}

// follows says whether c goes on with a character of UTF-8.
func follows(c byte) bool { return c&0xC0 == 0x80 }

// blanks are the assigned characters that print as nothing, or change the
// look of their neighbour only, although their category is a visible one.
var blanks = &unicode.RangeTable{
	R16: []unicode.Range16{
		{Lo: 0x034F, Hi: 0x034F, Stride: 1}, // combining grapheme joiner
		{Lo: 0x115F, Hi: 0x1160, Stride: 1}, // Hangul fillers
		{Lo: 0x17B4, Hi: 0x17B5, Stride: 1}, // Khmer inherent vowels
		{Lo: 0x180B, Hi: 0x180F, Stride: 1}, // Mongolian variation selectors
		{Lo: 0x2800, Hi: 0x2800, Stride: 1}, // blank Braille pattern
		{Lo: 0x3164, Hi: 0x3164, Stride: 1}, // Hangul filler
		{Lo: 0xFE00, Hi: 0xFE0F, Stride: 1}, // variation selectors
		{Lo: 0xFFA0, Hi: 0xFFA0, Stride: 1}, // half-width Hangul filler
	},
	R32: []unicode.Range32{
		{Lo: 0xE0100, Hi: 0xE01EF, Stride: 1}, // variation selectors supplement
	},
}

// refused says why the character r must not stand in a text; reason is empty
// when it may.
func refused(r rune) (reason, en, zh string) {
	switch {
	case r >= ' ' && r <= '~' || r >= '\u4E00' && r <= '\u9FFF' || r == '\u3000':
		// What most texts are made of, before the tables are searched.
		return "", "", ""
	case unicode.Is(unicode.Cc, r) || r == '\u2028' || r == '\u2029':
		return "text_control", "a control character or line break", "控制字符或换行"
	case unicode.Is(unicode.Bidi_Control, r):
		return "text_bidi", "a bidirectional control", "双向文字控制符"
	case unicode.Is(unicode.Cf, r) || unicode.Is(blanks, r):
		return "text_invisible", "invisible", "不可见字符"
	case unicode.Is(unicode.Noncharacter_Code_Point, r):
		return "text_noncharacter", "a noncharacter", "非字符码位"
	case unicode.Is(unicode.Co, r):
		return "text_private_use", "for private use and means nothing elsewhere", "专用区字符，在其他系统中没有含义"
	case unicode.Is(unicode.Zs, r):
		return "text_odd_space", "a space other than U+0020 and U+3000", "U+0020与U+3000以外的空格"
	case r == utf8.RuneError:
		return "text_replacement", "the mark of a character that was lost", "字符丢失后的替代符"
	case unicode.IsGraphic(r) || ideographic(r):
		return "", "", ""
	}
	return "text_unassigned", "not assigned", "未分配的码位"
}

// ideographic says whether r lies in planes 2 and 3, which Unicode sets aside
// for Han characters: those assigned after this program was built must pass.
func ideographic(r rune) bool { return r >= 0x20000 && r < 0x40000 }

// LongerThan says whether a text has more than max characters. There are no
// more of them than bytes, so that most texts need not be counted.
func LongerThan(s string, max int) bool { return len(s) > max && utf8.RuneCountInString(s) > max }

// TextFault checks one text field against [CheckText] and a length of 1 to
// max characters, and gives the fault if there is one. Whoever accepts an
// empty text does not ask.
func TextFault(field, s string, max int) (Fault, bool) {
	if s == "" {
		return Fault{
			Field: field, Reason: "missing",
			Message: "A value is required.", MessageZH: "此项必须填写。",
		}, true
	}
	if LongerThan(s, max) {
		n := utf8.RuneCountInString(s)
		return Fault{
			Field: field, Reason: "text_too_long",
			Message:   fmt.Sprintf("The text has %d characters, and at most %d are allowed.", n, max),
			MessageZH: fmt.Sprintf("文本共%d个字符，最多允许%d个。", n, max),
		}, true
	}
	err := CheckText(s)
	if err == nil {
		return Fault{}, false
	}
	var textError *TextError
	if errors.As(err, &textError) {
		return Fault{
			Field: field, Reason: textError.Reason,
			Message:   strings.ToUpper(textError.Message[:1]) + textError.Message[1:] + ".",
			MessageZH: textError.MessageZH + "。",
		}, true
	}
	return Fault{}, false
}
