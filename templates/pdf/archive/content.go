package archive

import (
	"encoding/hex"
	"regexp"
	"strconv"
	"unicode/utf16"

	"github.com/pdfcpu/pdfcpu/pkg/pdfcpu/types"
)

// Operators that package pdf writes, all of ISO 32000-1: those that paint,
// and the others.
var (
	paints = map[string]bool{"f": true, "f*": true, "S": true, "B": true, "Do": true, "Tj": true, "TJ": true}
	others = map[string]bool{"q": true, "Q": true, "cm": true, "rg": true, "RG": true, "w": true, "J": true, "j": true, "d": true, "gs": true,
		"m": true, "l": true, "c": true, "re": true, "h": true, "W": true, "n": true, "BT": true, "ET": true, "Tf": true, "Tc": true, "Tm": true,
		"Td": true, "Tr": true, "Tz": true, "Ts": true, "BMC": true, "BDC": true, "EMC": true}
)

// tokens are strings, names, brackets, and operators and numbers.
var tokens = regexp.MustCompile(`<<|>>|<[0-9A-Fa-f]*>|(?s:\((?:[^\\()]|\\.)*\))|/[^ \n<>\[\]/()]*|[\[\]]|[^ \n<>\[\]/()]+|.`)

var numeric = regexp.MustCompile(`^[+-]?[0-9.]+$`)

// escaped is a character of a string with a backslash before it.
var escaped = regexp.MustCompile(`(?s)\\.`)

// drawing is what a piece of content did.
type drawing struct {
	marks map[int]bool // of marked content
	codes map[string]map[uint16]bool
}

// content checks content and the forms that it draws. On a page all that is
// painted must be an element's or an artifact, where level A is claimed; a
// form is drawn within one or the other and has no marks itself.
func (c *checker) content(content []byte, resources types.Dict, page bool) drawing {
	d := drawing{map[int]bool{}, map[string]map[uint16]bool{}}
	var font string
	var open []string                     // what marked content there is: Artifact, or an element's role
	depth, inText, outside := 0, false, 0 // marked content that began before the text object
	var before []string                   // operands
	for _, t := range tokens.FindAll(content, -1) {
		token := string(t)
		switch {
		case token == " " || token == "\n":
			continue
		case token[0] == '/' || token[0] == '(' || token[0] == '<' || token[0] == '>' || token[0] == '[' || token[0] == ']' || numeric.MatchString(token):
			before = append(before, token)
			continue
		}
		c.must(paints[token] || others[token], "6.2.2", "the operator %q", token)
		if paints[token] && page {
			c.must(!c.tagged || len(open) > 0, "6.7.3", "%s paints what is neither an element's nor an artifact", token)
		}
		switch token {
		case "q", "Q", "cm", "m", "re", "Do":
			c.must(!inText, "6.2.2", "%s within a text object", token)
		}
		switch token {
		case "Tf", "Do", "gs":
			c.must(len(resources) > 0, "6.2.2", "%s without resources", token)
		}
		switch token {
		case "q":
			depth++
			c.must(depth <= 28, "6.1.13", "graphics states %d deep", depth)
		case "Q":
			depth--
			c.must(depth >= 0, "6.2.2", "a graphics state is brought back that was not saved")
		case "BT", "ET":
			c.must(inText != (token == "BT"), "6.2.2", "%s within a text object, or without", token)
			c.must(token == "BT" || len(open) == outside, "6.2.2", "marked content goes on beyond the text object")
			inText, outside = token == "BT", len(open)
		case "BMC", "BDC":
			c.marked(&d, &open, before, page)
		case "EMC":
			c.must(len(open) > 0, "6.7.3", "marked content ends that did not begin")
			c.must(!inText || len(open) > outside, "6.2.2", "a text object goes on beyond the marked content")
			open = open[:max(0, len(open)-1)]
		case "Tf":
			if len(before) >= 2 {
				font = before[len(before)-2][1:]
			}
		case "Tj", "TJ":
			c.must(inText, "6.2.2", "text is set outside of a text object")
			d.set(font, before)
		case "Do":
			c.form(before, resources, page)
		}
		before = before[:0]
	}
	c.must(depth == 0 && len(open) == 0 && !inText, "6.2.2", "content ends in the middle of something")
	for f, codes := range d.codes {
		c.font(c.dict(c.dict(resources["Font"])[f]), codes)
	}
	return d
}

// marked notes the beginning of marked content.
func (c *checker) marked(d *drawing, open *[]string, before []string, page bool) {
	role := before[0][1:]
	if role != "Span" {
		c.must(len(*open) == 0, "6.7.3", "marked content %s within %s", role, *open)
	}
	*open = append(*open, role)
	for i, t := range before {
		if t != "/MCID" || i+1 >= len(before) {
			continue
		}
		n, err := strconv.Atoi(before[i+1])
		c.must(err == nil && !d.marks[n], "6.7.3", "the mark %s is there twice", before[i+1])
		c.must(page, "6.7.3", "a mark within a form")
		c.must(len(*open) == 1, "6.7.3", "the mark %d within %s", n, *open)
		d.marks[n] = true
	}
}

// set notes the codes of a text.
func (d *drawing) set(font string, strings []string) {
	if d.codes[font] == nil {
		d.codes[font] = map[uint16]bool{}
	}
	for _, s := range strings {
		if s[0] != '(' {
			continue
		}
		b := escaped.ReplaceAllFunc([]byte(s[1:len(s)-1]), func(e []byte) []byte {
			if e[1] == 'r' {
				return []byte{'\r'}
			}
			return e[1:]
		})
		for i := 0; i+1 < len(b); i += 2 {
			d.codes[font][uint16(b[i])<<8|uint16(b[i+1])] = true
		}
	}
}

// form checks a form that is drawn.
func (c *checker) form(before []string, resources types.Dict, page bool) {
	c.must(page, "6.2.2", "a form within a form")
	if !page || len(before) == 0 {
		return
	}
	o := c.dict(resources["XObject"])[before[len(before)-1][1:]]
	dict, content := c.stream(o)
	c.must(name(dict["Subtype"]) == "Form", "6.2.8", "an XObject of the kind %q", name(dict["Subtype"]))
	c.only("Form", "6.2.9", dict)
	c.content(content, c.dict(dict["Resources"]), false)
}

var mapped = regexp.MustCompile(`<([0-9A-F]{4})> ?<([0-9A-F]+)>`)
var ranged = regexp.MustCompile(`<([0-9A-F]{4})> ?<([0-9A-F]{4})> ?<([0-9A-F]+)>`)

// unicode reads the way from codes to characters.
func unicode(cmap []byte) map[uint16]string {
	out := map[uint16]string{}
	decode := func(s []byte) []uint16 {
		b, _ := hex.DecodeString(string(s))
		var units []uint16
		for i := 0; i+1 < len(b); i += 2 {
			units = append(units, uint16(b[i])<<8|uint16(b[i+1]))
		}
		return units
	}
	for _, block := range regexp.MustCompile(`(?s)beginbfchar(.*?)endbfchar`).FindAllSubmatch(cmap, -1) {
		for _, m := range mapped.FindAllSubmatch(block[1], -1) {
			out[decode(m[1])[0]] = string(utf16.Decode(decode(m[2])))
		}
	}
	for _, block := range regexp.MustCompile(`(?s)beginbfrange(.*?)endbfrange`).FindAllSubmatch(cmap, -1) {
		for _, m := range ranged.FindAllSubmatch(block[1], -1) {
			first, last, to := decode(m[1])[0], decode(m[2])[0], decode(m[3])
			for n := int(first); n <= int(last); n++ {
				out[uint16(n)] = string(utf16.Decode(to))
				to[len(to)-1]++
			}
		}
	}
	return out
}
