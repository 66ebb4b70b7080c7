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
	spaces := make([]float64, len(runes))
	for i, r := range runes {
		spaces[i] += spacing
		switch {
		case r == '（' && i == 0:
			x -= em / 2
		case r == '（':
			spaces[i-1] -= em / 2
		case half(r):
			spaces[i] -= em / 2
		}
	}
	s.page.Fill(st.colour)
	s.page.Spread(s.font(s.regular[0]), st.size, x, y, spaces, label)
}

// half says whether half of a character's width is empty.
func half(r rune) bool { return strings.ContainsRune("（）", r) }
