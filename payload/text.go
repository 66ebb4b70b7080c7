package payload

import (
	"unicode/utf8"

	"yizheng/license"
)

// The text form. Two decimal digits, or one of the characters that addresses
// and scopes are full of, take one byte; other Han characters and punctuation
// take two, by arithmetic on their code points; everything else takes three.
// A text ends with the byte 0, so that one match in the dictionary can run
// over the end of a text into the next one.
//
// Byte values below 144 take 8 bits in DEFLATE's fixed code and the others 9,
// so what stands outside the dictionary most often comes first.
const (
	textEnd    = 0x00
	pairBase   = 0x01 // 00 to 99: two digits
	digitBase  = 0x65 // 0 to 9: the last digit of an odd run
	singleBase = 0x6F // the characters of singles
	letterBase = 0x8B // A to Z
	hanBase    = 0xA5 // U+4E00 to U+9FFF: lead for 256 code points, then the low 8 bits
	pageBase   = 0xF7 // the pages: lead, then the low 8 bits
	planeBase  = 0xFC // planes 0 to 3: lead, then the low 16 bits

	hanFirst = 0x4E
)

// singles are the characters, beside A–Z and 0–9, that one byte stands for.
var singles = [...]rune{
	'-', '(', ')', ',', '.', ':', ';', '/', ' ', 'm',
	'、', '×', '〔', '〕', '\uFF08', '\uFF09', '\uFF0C', '\uFF1B', '\uFF1A', // full-width ( ) , ; :
	'号', '路', '弄', '室', '层', '楼', '第', '幢', '座',
}

// pages are the blocks of 256 code points, beside the Han ones, whose
// characters take two bytes: ASCII and Latin-1, general punctuation,
// letterlike forms and roman numerals, CJK punctuation and kana, full-width
// forms.
var pages = [...]byte{0x00, 0x20, 0x21, 0x30, 0xFF}

// singleModulus tells all of singles apart by their remainders.
const singleModulus = 94

// singleByRemainder holds the byte of each of singles at its remainder.
var singleByRemainder = func() (table [singleModulus]byte) {
	for i, r := range singles {
		table[r%singleModulus] = singleBase + byte(i)
	}
	return table
}()

// singleByte gives the one byte that stands for r, and false if none does.
func singleByte(r rune) (byte, bool) {
	b := singleByRemainder[r%singleModulus]
	return b, b != 0 && singles[b-singleBase] == r
}

// appendText writes s, which is valid UTF-8 below plane 4, and its end.
func AppendText(dst []byte, s string) []byte {
	paired := -1 // the digit that the one before it took along
	for i, r := range s {
		switch {
		case i == paired:
		case r > '9' || r < '0':
			dst = appendRune(dst, r)
		case i+1 < len(s) && isDigit(s[i+1]):
			dst = append(dst, pairBase+byte(r-'0')*10+s[i+1]-'0')
			paired = i + 1
		default:
			dst = append(dst, digitBase+byte(r-'0'))
		}
	}
	return append(dst, textEnd)
}

func appendRune(dst []byte, r rune) []byte {
	if 'A' <= r && r <= 'Z' {
		return append(dst, letterBase+byte(r-'A'))
	}
	if b, ok := singleByte(r); ok {
		return append(dst, b)
	}
	if lead, ok := leadByte(r); ok {
		return append(dst, lead, byte(r))
	}
	return append(dst, planeBase+byte(r>>16), byte(r>>8), byte(r))
}

// leadByte gives the first of the two bytes that stand for r, and false where
// two do not do.
func leadByte(r rune) (byte, bool) {
	high := r >> 8
	if hanFirst <= high && high <= 0x9F {
		return hanBase + byte(high-hanFirst), true
	}
	for i, page := range pages {
		if high == rune(page) {
			return pageBase + byte(i), true
		}
	}
	return 0, false
}

// readText appends the UTF-8 of the text at the beginning of b to dst and
// gives how many bytes of b it took, its end included; 0 where b ends before
// the text does. That each character is in its one form is the caller's to
// find out: see readClaims.
func readText(dst []byte, b []byte) (text []byte, n int) {
	for i := 0; i < len(b); i++ {
		c := b[i]
		switch {
		case c == textEnd:
			return dst, i + 1
		case c < digitBase:
			c -= pairBase
			dst = append(dst, '0'+c/10, '0'+c%10)
		case c < singleBase:
			dst = append(dst, '0'+c-digitBase)
		case c < letterBase:
			dst = utf8.AppendRune(dst, singles[c-singleBase])
		case c < hanBase:
			dst = append(dst, 'A'+c-letterBase)
		case c < planeBase:
			if i++; i >= len(b) {
				return dst, 0
			}
			high := rune(c-hanBase) + hanFirst
			if c >= pageBase {
				high = rune(pages[c-pageBase])
			}
			dst = utf8.AppendRune(dst, high<<8|rune(b[i]))
		default:
			if i += 2; i >= len(b) {
				return dst, 0
			}
			dst = utf8.AppendRune(dst, rune(c-planeBase)<<16|rune(b[i-1])<<8|rune(b[i]))
		}
	}
	return dst, 0
}

func isDigit(c byte) bool { return '0' <= c && c <= '9' }

// checkText is the rule for every text of the claims: what
// [license.CheckText] allows, at most max characters.
func checkText(name, s string, max int) error {
	if license.LongerThan(s, max) {
		return malformed(ReasonText, "%s has %d characters, at most %d are allowed", name, utf8.RuneCountInString(s), max)
	}
	if err := license.CheckText(s); err != nil {
		return malformed(ReasonText, "%s: %v", name, err)
	}
	return nil
}
