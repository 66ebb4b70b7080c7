package templates

import "strings"

// spread sets a label so that it fills the width from x on, as the labels of
// a certificate are set. Brackets of full width are half empty, and take only
// the half that is not.
func (s *setting) spread(st style, x, y, width float64, label string) {
	runes := []rune(label)
	em := st.size * perPoint
	taken := 0.0
	for _, r := range runes {
		taken += s.width(st, r)
		if half(r) {
			taken -= em / 2
		}
	}
	spacing := 0.0
	if n := len(runes); n > 1 {
		spacing = max(0, (width-taken)/float64(n-1))
	}
	s.page.Instead(label) // copied and found as one word, however far apart it is set
	defer s.page.EndInstead()
	for i, r := range runes {
		switch {
		case r == '（':
			s.text(st, x-em/2, y, string(r))
		default:
			// Runs of other characters are one text.
			if i > 0 && !half(runes[i-1]) && !half(r) {
				break
			}
			to := i + 1
			for to < len(runes) && !half(r) && !half(runes[to]) {
				to++
			}
			s.run(st, x, y, spacing, string(runes[i:to]))
		}
		x += s.width(st, r) + spacing
		if half(r) {
			x -= em / 2
		}
	}
}

// half says whether half of a character's width is empty.
func half(r rune) bool { return strings.ContainsRune("（）", r) }
