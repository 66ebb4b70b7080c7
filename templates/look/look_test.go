package look_test

import (
	"bytes"
	"io"
	"math"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"testing/fstest"

	"yizheng/templates/look"
)

// pairs are the texts and the grounds that they stand on, in every theme.
var pairs = []struct{ text, ground string }{
	{"ink", "page"}, {"ink", "card"}, {"soft", "page"}, {"soft", "card"},
	{"link", "page"}, {"link", "card"}, {"brand", "page"}, {"brand", "card"},
	{"good", "goodbg"}, {"bad", "badbg"}, {"warn", "warnbg"}, {"foreign", "foreignbg"}, {"unknown", "unknownbg"},
	{"bad", "card"}, {"warn", "card"}, {"onact", "act"},
}

// edges are the lines that show where something can be acted on, and the focus:
// 3 to 1 is enough for what is no text (WCAG 2.2, 1.4.11).
var edges = []struct{ line, ground string }{{"edge", "page"}, {"edge", "card"}, {"link", "page"}, {"link", "card"}}

// TestContrast computes the contrast of every pair of tokens, light and dark.
func TestContrast(t *testing.T) {
	light, dark := themes(t)
	for name, theme := range map[string]map[string]string{"light": light, "dark": dark} {
		held := func(a, b string, least float64) {
			if ratio := contrast(t, theme[a], theme[b]); ratio < least {
				t.Errorf("%s: %s (%s) on %s (%s) has contrast %.2f, less than %.1f", name, a, theme[a], b, theme[b], ratio, least)
			}
		}
		for _, p := range pairs {
			held(p.text, p.ground, 4.5)
		}
		for _, e := range edges {
			held(e.line, e.ground, 3)
		}
	}
}

// TestVerdictContrast computes that of the large verdicts, which are the same
// in every theme.
func TestVerdictContrast(t *testing.T) {
	shades := regexp.MustCompile(`\.(\w+)\{--shade:(#[0-9a-f]+)\}`).FindAllStringSubmatch(look.Core(), -1)
	if len(shades) < 9 {
		t.Fatalf("%d shades", len(shades))
	}
	for _, s := range shades {
		ink := "#ffffff"
		if s[1] == "partial" {
			ink = "#241a00"
		}
		if ratio := contrast(t, ink, s[2]); ratio < 4.5 {
			t.Errorf("the verdict %s has contrast %.2f", s[1], ratio)
		}
	}
}

var token = regexp.MustCompile(`--(\w+):(#[0-9a-fA-F]{3,6})\b`)

// themes reads the tokens: those of light pages, and those of dark ones, which
// stand under their own condition.
func themes(t *testing.T) (light, dark map[string]string) {
	before, after, found := strings.Cut(look.Core(), "@media screen and (prefers-color-scheme:dark){")
	if !found {
		t.Fatal("there is no dark theme")
	}
	light, dark = map[string]string{}, map[string]string{}
	for _, m := range token.FindAllStringSubmatch(before, -1) {
		light[m[1]], dark[m[1]] = m[2], m[2]
	}
	after, _, _ = strings.Cut(after, "}}")
	for _, m := range token.FindAllStringSubmatch(after, -1) {
		if light[m[1]] == "" {
			t.Errorf("--%s is a token of dark pages alone", m[1])
		}
		dark[m[1]] = m[2]
	}
	return light, dark
}

// contrast is the ratio of WCAG 2.2 for two colours as CSS writes them.
func contrast(t *testing.T, a, b string) float64 {
	t.Helper()
	x, y := luminance(t, a), luminance(t, b)
	return (max(x, y) + 0.05) / (min(x, y) + 0.05)
}

func luminance(t *testing.T, colour string) float64 {
	t.Helper()
	hex := strings.TrimPrefix(colour, "#")
	if len(hex) == 3 {
		hex = string([]byte{hex[0], hex[0], hex[1], hex[1], hex[2], hex[2]})
	}
	n, err := strconv.ParseUint(hex, 16, 32)
	if err != nil || len(hex) != 6 {
		t.Fatalf("%q is no colour", colour)
	}
	linear := func(v uint64) float64 {
		s := float64(v&0xFF) / 255
		if s <= 0.04045 {
			return s / 12.92
		}
		return math.Pow((s+0.055)/1.055, 2.4)
	}
	return 0.2126*linear(n>>16) + 0.7152*linear(n>>8) + 0.0722*linear(n)
}

// TestTokensAreKnown finds a use of a token that nobody defined: such a rule
// counts for nothing, and no browser says so.
func TestTokensAreKnown(t *testing.T) {
	style := look.Full()
	defined := map[string]bool{"side": true} // set by a class, or not at all
	for _, m := range regexp.MustCompile(`--(\w+):`).FindAllStringSubmatch(style, -1) {
		defined[m[1]] = true
	}
	for _, m := range regexp.MustCompile(`var\(--(\w+)`).FindAllStringSubmatch(style, -1) {
		if !defined[m[1]] {
			t.Errorf("nothing defines --%s", m[1])
		}
	}
	if strings.Count(style, "{") != strings.Count(style, "}") {
		t.Error("a brace is left open")
	}
}

// TestStyleIsSmall keeps room for what a page has to say: the result page has
// 60 kB in all, and this within it.
func TestStyleIsSmall(t *testing.T) {
	if n := len(look.Core()); n > 14_000 {
		t.Errorf("the style of every page has %d bytes", n)
	}
	for _, never := range []string{"url(", "@import", "@font-face", "/*", "\n"} {
		if strings.Contains(look.Full(), never) {
			t.Errorf("the style has %q", never)
		}
	}
	for _, needed := range []string{"prefers-reduced-motion", "prefers-color-scheme:dark", "@media print", ":focus-visible"} {
		if !strings.Contains(look.Core(), needed) {
			t.Errorf("the style knows no %s", needed)
		}
	}
}

// TestPageIsWhole writes a page with its style, and none when its template
// fails half-way.
func TestPageIsWhole(t *testing.T) {
	folder := fstest.MapFS{"page.html": {Data: []byte(
		`{{define "page"}}{{template "head"}}<style>{{.Style}}</style></head><body>{{template "icons"}}{{template "icon" "tick"}}{{.Data.Name}}{{end}}`)}}
	set, err := look.New(folder, look.Core(), nil)
	if err != nil {
		t.Fatal(err)
	}
	var page bytes.Buffer
	if err := set.Write(&page, "page", struct{ Name string }{"<b>"}); err != nil {
		t.Fatal(err)
	}
	for _, part := range []string{look.Core(), `href="#tick"`, "&lt;b&gt;"} {
		if !strings.Contains(page.String(), part) {
			t.Errorf("the page lacks %.40q", part)
		}
	}
	page.Reset()
	if err := set.Write(&page, "page", struct{}{}); err == nil || page.Len() > 0 {
		t.Errorf("a page that fails is written: %d bytes, %v", page.Len(), err)
	}
	if err := set.Write(io.Discard, "absent", nil); err == nil {
		t.Error("a page that is not there is written")
	}
	if _, err := look.New(fstest.MapFS{"bad.html": {Data: []byte("{{")}}, "", nil); err == nil {
		t.Error("a template that does not parse is taken")
	}
}
