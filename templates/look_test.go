package templates

import (
	"regexp"
	"strconv"
	"testing"

	"yizheng/templates/look"
	"yizheng/templates/pdf"
)

// TestScreensHaveThePapersColours holds the colours of pages to those of the
// document: what is looked at on a phone and what hangs on the wall are one
// thing.
func TestScreensHaveThePapersColours(t *testing.T) {
	for name, paper := range map[string]pdf.Colour{"ink": ink, "soft": soft, "brand": red, "gold": gold, "seal": vermil} {
		m := regexp.MustCompile(`--` + name + `:#([0-9a-f]{6})`).FindStringSubmatch(look.Core())
		if m == nil {
			t.Errorf("pages have no colour %s", name)
			continue
		}
		screen, err := strconv.ParseUint(m[1], 16, 32)
		if err != nil {
			t.Fatal(err)
		}
		if pdf.Hex(uint32(screen)) != paper {
			t.Errorf("%s is #%s on pages, and %v on paper", name, m[1], paper)
		}
	}
}
