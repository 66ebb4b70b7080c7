package templates

import (
	"slices"
	"strings"
	"unicode"

	"yizheng/templates/pdf"
)

// punctuated has the half-width marks that stand in Chinese text drawn as
// Chinese ones, at full width: what licenses say is often typed with those at
// hand. They are copied and searched as they were typed. Marks within words,
// numbers and addresses of Latin letters stay, as in 1,000 and A(B).
func punctuated(text string) string {
	if !strings.ContainsAny(text, ",;:!?()") {
		return text
	}
	out := []rune(text)
	chinese := func(i int) bool { return i >= 0 && i < len(out) && (isChinese(out[i]) || pdf.Marked(out[i])) }
	var open []int
	for i, r := range out {
		switch r {
		case ',', ';', ':', '!', '?':
			if chinese(i-1) || chinese(i+1) {
				out[i] = pdf.Wide(r)
			}
		case '(':
			open = append(open, i)
		case ')':
			if len(open) == 0 {
				continue
			}
			from := open[len(open)-1]
			open = open[:len(open)-1]
			if slices.ContainsFunc(out[from:i], isChinese) || chinese(from-1) && (i+1 == len(out) || chinese(i+1)) {
				out[from], out[i] = pdf.Wide('('), pdf.Wide(')')
			}
		}
	}
	return string(out)
}

// isChinese says whether a character is an ideograph or a mark of Chinese.
func isChinese(r rune) bool {
	return unicode.Is(unicode.Han, r) || r >= 0x3001 && r <= 0x3017 || r >= 0xFF01 && r <= 0xFF5E || strings.ContainsRune("“”‘’…—", r)
}

// regionDigits and yearDigits are those that a license's number of 17 digits
// begins with.
const (
	regionDigits = 6
	yearDigits   = 4
	numberDigits = 17
)

// grouped sets region, year and serial of a license's number apart by thin
// spaces that are not copied, where it is of the usual 17 digits.
func grouped(number string) string {
	if len(number) != numberDigits || strings.Trim(number, "0123456789") != "" {
		return number
	}
	runes := []rune(number)
	for _, end := range []int{regionDigits, regionDigits + yearDigits} {
		runes[end-1] = pdf.Apart(runes[end-1])
	}
	return string(runes)
}
