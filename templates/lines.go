package templates

import (
	"strings"
	"unicode"

	"yizheng/templates/pdf"
)

// Characters that no line begins with and that no line ends with.
const (
	notFirst = "!%),.:;>?]}°·‐–—―’”…‰′″℃、。々〃〉》」』】〕〗〞㎡²³" +
		"\uff01\uff05\uff09\uff0c\uff0e\uff1a\uff1b\uff1e\uff1f\uff3d\uff5d" // the same at full width
	notLast = "$([{£¥‘“〈《「『【〔〖〝№" + "\uff04\uff08\uff3b\uff5b\uffe5"
)

// measures are the words that count or name what a number before them gives:
// the 号 of 0203号, the 室 of B1-005室. None begins a line of its own.
const measures = "号室层楼弄幢栋座元项条款年月日时分米平次名人户间个块份期章页卷级类度岁店"

// lines breaks a text into lines of at most the given width. Words and
// numbers of Latin letters and digits stay whole, with 第 before and the
// measure word behind, unless one is wider than a line; no line begins with closing or ends with opening punctuation, and the
// last one is no single character where the line before can give another.
// Spaces at which it is broken stay at the end of their line, beyond its
// width, so that whoever copies the lines has the text. Punctuation between
// Chinese characters is that of Chinese.
func (p *Printer) lines(st style, width float64, text string) []string {
	var out []string
	for paragraph := range strings.SplitSeq(punctuated(text), "\n") {
		out = append(out, p.paragraph(st, width, paragraph)...)
	}
	return out
}

func (p *Printer) paragraph(st style, width float64, paragraph string) []string {
	if paragraph == "" {
		return nil
	}
	if p.measure(st, paragraph) <= width+1e-9 { // most do
		return []string{paragraph}
	}
	var out []string
	text := []rune(paragraph)
	for len(text) > 0 {
		end, w := 0, 0.0
		for end < len(text) {
			if w += p.width(st, text[end]); w > width+1e-9 {
				break
			}
			end++
		}
		if end = max(end, 1); end < len(text) {
			end = p.lastBreak(st, width, text, end)
		}
		for end < len(text) && text[end] == ' ' {
			end++
		}
		out = append(out, string(text[:end]))
		text = text[end:]
	}
	if n := len(out); n > 1 {
		out[n-2], out[n-1] = p.evened(st, width, []rune(out[n-2]), []rune(out[n-1]))
	}
	return out
}

// evened gives the last line of a paragraph something from the line before
// where it has only one character, closing punctuation aside, or one word.
func (p *Printer) evened(st style, width float64, before, last []rune) (string, string) {
	const short = 1.7 // ems, more than a character and less than two
	shown := strings.Map(pdf.Shown, string(last))
	alone := strings.TrimRight(shown, " "+notFirst)
	word := !strings.ContainsFunc(alone, func(r rune) bool { return !wordly(r) })
	if !word && p.measure(st, alone) >= short*st.size*perPoint {
		return string(before), string(last)
	}
	const kept = 2 // characters at least that stay
	for at := len(before) - 1; at >= kept; at-- {
		if before[at] == ' ' || !breakable(before[at-1], before[at]) {
			continue
		}
		if tail := string(before[at:]) + string(last); p.measure(st, tail) <= width {
			return string(before[:at]), tail
		}
		break
	}
	return string(before), string(last)
}

// lastBreak gives the last place up to limit at which the text may be broken,
// or limit itself where there is none, or where what follows would not fit a
// line of its own either.
func (p *Printer) lastBreak(st style, width float64, text []rune, limit int) int {
	at := limit
	for at > 0 && !breakable(text[at-1], text[at]) {
		at--
	}
	if at == 0 {
		return limit
	}
	w := 0.0
	for i := at; at < limit && i < len(text) && (i == at || !breakable(text[i-1], text[i])); i++ {
		if w += p.width(st, text[i]); w > width {
			return limit
		}
	}
	return at
}

// breakable says whether a line may end after one character and the next
// begin with the other.
func breakable(before, after rune) bool {
	before, after = pdf.Shown(before), pdf.Shown(after)
	switch {
	case strings.ContainsRune(notFirst, after), strings.ContainsRune(notLast, before):
		return false
	case before == ' ':
		return true
	case before == '.' && unicode.Is(unicode.Han, after): // the dot of a number
		return false
	case before == '第' && numeric(after), numeric(before) && strings.ContainsRune(measures, after):
		return false
	}
	return !(wordly(before) && wordly(after))
}

// wordly says whether a character is part of a word or number that should not
// be broken.
func wordly(r rune) bool {
	return r < 0x2E80 && (unicode.IsLetter(r) || unicode.IsDigit(r) || strings.ContainsRune("-.,:/'@&+#_×", r))
}

// numeric says whether a character is part of a number as people write them,
// as those of rooms and documents.
func numeric(r rune) bool {
	return r >= '0' && r <= '9' || r >= 'A' && r <= 'Z' || r >= 'a' && r <= 'z'
}
