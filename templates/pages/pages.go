// Package pages renders what a person sees in a browser: the result of a
// verification, the form to ask for one, and errors. Start with [Result].
//
// The pages work without JavaScript, load nothing from anywhere, and carry
// their style in themselves; [Policy] is the Content-Security-Policy that
// allows exactly that style and nothing else.
package pages

import (
	"cmp"
	"embed"
	"io"
	"slices"

	"yizheng/license"
	"yizheng/templates/answer"
	"yizheng/templates/look"
	"yizheng/verifier"
)

//go:embed *.html
var files embed.FS

// pages is parsed once from files that are compiled in.
var pages = look.Must(look.New(files, look.Core(), nil))

// Policy is the Content-Security-Policy under which every page of this package
// shows as it should: its own style, forms to the same host, and no script,
// image, font or frame at all.
func Policy() string { return pages.Policy() }

// Result writes the page that says what a verification found.
func Result(w io.Writer, p ResultPage) error {
	return pages.Write(w, "result", resultPage{answer.Of(p.Result), p.Address, p.Site, p.Code, p.Recording})
}

// ResultPage is what the page of a result is made of.
type ResultPage struct {
	Result    verifier.Result
	Address   string     // where the page of the code stands, such as /v/8611…; empty where there is no code
	Site      string     // address of whoever verified, which stands on a print-out; empty for none
	Code      Code       // of Site and Address, which a print-out is verified again by; the zero Code for none
	Recording *Recording // what it offers to those who record checks; nil where nobody does
}

// resultPage is a result in words, where it was found, and who looks at it.
type resultPage struct {
	answer.View
	Address   string
	Site      string
	Code      Code
	Recording *Recording
}

// Code is a QR symbol to draw.
type Code struct {
	Side int    // of its square, in modules, with its quiet zone
	Path string // its dark modules, as the data of an SVG path that is stroked one wide
}

// Millimetres is how wide the symbol is on paper, where a telephone is to tell
// its modules apart.
func (c Code) Millimetres() float64 { return 0.36 * float64(c.Side) }

// Days gives the day of issue and the day of the check: of those between them
// it can be asked whether the license was valid.
func (p resultPage) Days() (days [2]license.Date) {
	return [2]license.Date{p.Result.License.IssueDate, license.DateOf(p.Result.At)}
}

// Glance gives the permits' places in the order in which they stand at a
// glance: those first that must not be relied on, which an inspector has to see.
func (p resultPage) Glance() []int {
	order := make([]int, len(p.Permits))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(good(p.Permits[a]), good(p.Permits[b])) })
	return order
}

// good counts one for a permit that may be relied on.
func good(p answer.Permit) int {
	if p.Badge.Class == "good" {
		return 1
	}
	return 0
}

// Home writes the page that says what this place is, with a form that posts a
// text or a picture to /verify.
func Home(w io.Writer, h HomePage) error { return pages.Write(w, "home", h) }

// HomePage is what the home page says of the deployment.
type HomePage struct {
	Issuer        string // the issuing authority's name; empty for a node that only verifies
	Demonstration bool   // the deployment is a demonstration
	Scanner       bool   // the offline scanner page is at /scan
}

// Error writes the page for a request that could not be answered.
func Error(w io.Writer, e ErrorPage) error { return pages.Write(w, "error", e) }

// ErrorPage is what went wrong, in both languages.
type ErrorPage struct {
	Status    int
	Title     string // Chinese
	TitleEN   string
	Detail    string // Chinese
	DetailEN  string
	Do        answer.Text // what to do now, where that is known better than to try again
	Login     string      // where to log in, where that helps; empty otherwise
	RequestID string
}

// Problems writes the page that explains every reason code of an error
// response; each has an anchor of its own name.
func Problems(w io.Writer, problems []ProblemEntry) error {
	return pages.Write(w, "problems", problems)
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
