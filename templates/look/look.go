// Package look is how every page of this program looks: the colours, spaces
// and type that they share with the paper license, a handful of components as
// plain CSS, and the html/template partials that go with them. Start with
// [New], which joins a folder's templates with both.
//
// There is no class for what an element says by itself, no state that colour
// alone tells, and nothing is loaded from anywhere: a page carries its style
// within itself, or links to it on the same host. docs/decisions/look.md says
// why, and shows the components.
package look

import (
	"bytes"
	"crypto/sha256"
	"embed"
	"encoding/base64"
	"fmt"
	"html/template"
	"io"
	"io/fs"
	"regexp"
	"strings"
)

//go:embed *.css *.html
var files embed.FS

// The style sheets, in the order in which they stand in a style.
const (
	core  = "tokens.css base.css layout.css license.css forms.css"
	lists = "lists.css"
	print = "print.css"
)

// Core is the style of a page that shows one thing: what a license says, a
// form, a notice.
func Core() string { return sheets(core + " " + print) }

// Full is the style of pages that show many things: Core, and lists, figures
// and plots.
func Full() string { return sheets(core + " " + lists + " " + print) }

// Icons are the shapes that stand beside words, as one hidden SVG element of
// symbols, for a page that is not made by html/template.
func Icons() (string, error) {
	t, err := template.ParseFS(files, "*.html")
	if err != nil {
		return "", fmt.Errorf("reading the icons: %w", err)
	}
	var svg strings.Builder
	if err := t.ExecuteTemplate(&svg, "icons", nil); err != nil {
		return "", fmt.Errorf("reading the icons: %w", err)
	}
	return svg.String(), nil
}

func sheets(names string) string {
	var all strings.Builder
	for name := range strings.FieldsSeq(names) {
		b, err := files.ReadFile(name)
		if err != nil {
			panic(err) // compiled in: no test passes without it
		}
		all.Write(b)
	}
	return Small(all.String())
}

var (
	comment = regexp.MustCompile(`(?s)/\*.*?\*/`)
	breaks  = regexp.MustCompile(`\n\s*`)
)

// Small takes comments and line breaks out of a style sheet.
func Small(css string) string {
	return breaks.ReplaceAllString(comment.ReplaceAllString(css, ""), "")
}

// Set is the pages of one folder, with the partials and one style.
type Set struct {
	templates *template.Template
	style     template.CSS
	digest    [sha256.Size]byte
}

// New parses the *.html of a folder beside the partials. style is what
// [Core] or [Full] gives, and what the folder's pages have beyond it; funcs may
// be nil. Folders are compiled in, so an error is one of this program.
func New(folder fs.FS, style string, funcs template.FuncMap) (*Set, error) {
	t, err := template.New("").Funcs(template.FuncMap{"dial": dial}).Funcs(funcs).ParseFS(files, "*.html")
	if err != nil {
		return nil, fmt.Errorf("parsing the partials: %w", err)
	}
	if t, err = t.ParseFS(folder, "*.html"); err != nil {
		return nil, fmt.Errorf("parsing the pages: %w", err)
	}
	return &Set{templates: t, style: template.CSS(style), digest: sha256.Sum256([]byte(style))}, nil
}

// Must is [New] for a folder that is compiled in: if it does not parse, no
// test passes.
func Must(s *Set, err error) *Set {
	if err != nil {
		panic(err)
	}
	return s
}

// StyleSource is what a Content-Security-Policy names in style-src so that the
// set's own style, and no other, shows.
func (s *Set) StyleSource() string {
	return "'sha256-" + base64.StdEncoding.EncodeToString(s.digest[:]) + "'"
}

// Policy is the Content-Security-Policy of a page that needs nothing but its
// own style and forms to the same host: no script, image, font or frame.
func (s *Set) Policy() string {
	return "default-src 'none'; style-src " + s.StyleSource() + "; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
}

// Page is what a template is given: the style that it puts into its head, and
// what it is about.
type Page struct {
	Style template.CSS
	Data  any
}

// Write writes the page that the template of that name makes of data. It is
// made in memory first, so that a page is sent whole or not at all.
func (s *Set) Write(w io.Writer, name string, data any) error {
	var page bytes.Buffer
	if err := s.templates.ExecuteTemplate(&page, name, Page{s.style, data}); err != nil {
		return fmt.Errorf("rendering page %s: %w", name, err)
	}
	if _, err := page.WriteTo(w); err != nil {
		return fmt.Errorf("writing page %s: %w", name, err)
	}
	return nil
}

// dial makes the address that rings a telephone number. Only digits and a plus
// remain, so nothing else can come to stand in a link.
func dial(number string) template.URL {
	return template.URL("tel:" + strings.Map(func(r rune) rune {
		if r >= '0' && r <= '9' || r == '+' {
			return r
		}
		return -1
	}, number))
}
