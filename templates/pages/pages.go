// Package pages renders what a person sees in a browser: the result of a
// verification, the form to ask for one, and errors. Start with [Result].
//
// The pages work without JavaScript, load nothing from anywhere, and carry
// their style in themselves; [Policy] is the Content-Security-Policy that
// allows exactly that style and nothing else.
package pages

import (
	"bytes"
	"crypto/sha256"
	"embed"
	"encoding/base64"
	"fmt"
	"html/template"
	"io"
	"strings"

	"yizheng/templates/answer"
	"yizheng/verifier"
)

//go:embed *.html style.css
var files embed.FS

// set holds the parsed templates and the style they share.
type set struct {
	templates *template.Template
	style     template.CSS
	policy    string
}

// pages is parsed once from files that are compiled in: if they do not parse,
// no test passes.
var pages = parse()

func parse() set {
	css, err := files.ReadFile("style.css")
	if err != nil {
		panic(err)
	}
	sum := sha256.Sum256(css)
	return set{
		templates: template.Must(template.New("").Funcs(template.FuncMap{"dial": dial}).ParseFS(files, "*.html")),
		style:     template.CSS(css),
		policy: "default-src 'none'; style-src 'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) +
			"'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
	}
}

// Policy is the Content-Security-Policy under which every page of this package
// shows as it should: its own style, forms to the same host, and no script,
// image, font or frame at all.
func Policy() string { return pages.policy }

// Result writes the page that says what a verification found.
func Result(w io.Writer, r verifier.Result) error {
	return pages.write(w, "result", answer.Of(r))
}

// Home writes the page that says what this place is, with a form that posts a
// text or a picture to /verify.
func Home(w io.Writer, h HomePage) error { return pages.write(w, "home", h) }

// HomePage is what the home page says of the deployment.
type HomePage struct {
	Issuer        string // the issuing authority's name; empty for a node that only verifies
	Demonstration bool   // the deployment is a demonstration
	Scanner       bool   // the offline scanner page is at /scan
}

// Error writes the page for a request that could not be answered.
func Error(w io.Writer, e ErrorPage) error { return pages.write(w, "error", e) }

// ErrorPage is what went wrong, in both languages.
type ErrorPage struct {
	Status    int
	Title     string // Chinese
	TitleEN   string
	Detail    string // Chinese
	DetailEN  string
	RequestID string
}

// Problems writes the page that explains every reason code of an error
// response; each has an anchor of its own name.
func Problems(w io.Writer, problems []ProblemEntry) error {
	return pages.write(w, "problems", problems)
}

// ProblemEntry is one reason code with its sentences.
type ProblemEntry struct {
	Status   int
	Reason   string
	Title    string // Chinese
	TitleEN  string
	Detail   string // Chinese
	DetailEN string
}

// write renders to memory first, so that a page is sent whole or not at all.
func (s set) write(w io.Writer, name string, data any) error {
	var page bytes.Buffer
	err := s.templates.ExecuteTemplate(&page, name, struct {
		Style template.CSS
		Data  any
	}{s.style, data})
	if err != nil {
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
