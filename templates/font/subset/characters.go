package main

import (
	"os"
	"strings"

	"golang.org/x/text/encoding/simplifiedchinese"
)

// list reads a file of characters; line breaks do not count.
func list(name string) ([]rune, error) {
	b, err := os.ReadFile(name)
	return []rune(strings.ReplaceAll(string(b), "\n", "")), err
}

// blocks are all characters of the blocks, each given by its first and last.
func blocks(ends ...[2]rune) []rune {
	var out []rune
	for _, b := range ends {
		for r := b[0]; r <= b[1]; r++ {
			out = append(out, r)
		}
	}
	return out
}

// ideographs are the whole first block of unified ideographs, Extension A and
// the compatibility ideographs, and of the planes beyond U+FFFF what the
// sources have.
func ideographs() []rune {
	return blocks([2]rune{0x3400, 0x4DBF}, [2]rune{0x4E00, 0x9FFF}, [2]rune{0xF900, 0xFAFF}, [2]rune{0x20000, 0x323AF})
}

// gbk are all characters of two bytes of GB 18030, its symbols among them,
// without those for private use.
func gbk() []rune {
	var out []rune
	decoder := simplifiedchinese.GBK.NewDecoder()
	for lead := 0x81; lead <= 0xFE; lead++ {
		for trail := 0x40; trail <= 0xFE; trail++ {
			b, err := decoder.Bytes([]byte{byte(lead), byte(trail)})
			r := []rune(string(b))
			if err == nil && len(r) == 1 && r[0] != 0xFFFD && (r[0] < 0xE000 || r[0] > 0xF8FF) {
				out = append(out, r[0])
			}
		}
	}
	return out
}

// symbols are Latin letters, punctuation, letterlike and numeric signs, and
// the full-width forms that addresses and numbers are typed with.
func symbols() []rune {
	return blocks([2]rune{0x20, 0x7E}, [2]rune{0xA0, 0x17F}, [2]rune{0x2000, 0x206F}, [2]rune{0x20A0, 0x22FF}, [2]rune{0x2460, 0x24FF},
		[2]rune{0x2500, 0x27BF}, [2]rune{0x2E80, 0x2FDF}, [2]rune{0x3000, 0x303F}, [2]rune{0x3200, 0x33FF}, [2]rune{0xFE30, 0xFE4F}, [2]rune{0xFF00, 0xFFEF})
}
