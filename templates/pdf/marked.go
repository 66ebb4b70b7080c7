package pdf

// Some characters are drawn in another way than they are copied. In a text
// they are written as characters of private use, each range for one way, from
// the end of the last plane, which no font that documents are set in has.
const (
	firstWide  rune = 0x10FE00
	firstApart rune = 0x10FF00
	lastApart  rune = 0x10FF7E
)

// fullWidth is how far the full-width forms of Unicode lie above ASCII.
const fullWidth = 0xFEE0

// apart is the space after a character that stands apart, in ems.
const apart = 0.2

// Wide gives the character that is drawn as the full-width form of r, a
// printing character of ASCII, and copied and searched as r.
func Wide(r rune) rune { return firstWide + r }

// Apart gives the character that is drawn and copied as r, a printing
// character of ASCII, with a thin space after it that is not copied.
func Apart(r rune) rune { return firstApart + r }

// Marked says whether a character is one of those that Wide and Apart give:
// these are never a text's own.
func Marked(r rune) bool { return r >= firstWide && r <= lastApart }

// Shown gives the character whose glyph is drawn for r.
func Shown(r rune) rune {
	switch {
	case !Marked(r):
		return r
	case r >= firstApart:
		return r - firstApart
	}
	return r - firstWide + fullWidth
}

// Extra is the space that follows r beyond its glyph's own, in ems.
func Extra(r rune) float64 {
	if Marked(r) && r >= firstApart {
		return apart
	}
	return 0
}

// Copied gives the character that r is copied and searched as.
func Copied(r rune) rune {
	switch {
	case !Marked(r):
		return r
	case r >= firstApart:
		return r - firstApart
	}
	return r - firstWide
}
