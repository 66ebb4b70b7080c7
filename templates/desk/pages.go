// Package desk is what people see of the issuer's desk: pages in Chinese with
// English beside it, the one script, and the style that the pages have beyond
// that of all pages. Start with [Write].
package desk

import (
	"bytes"
	"embed"
	"fmt"
	"html/template"
	"net/http"
	"time"

	"yizheng/license"
	"yizheng/templates/answer"
	"yizheng/templates/look"
)

//go:embed *.html desk.css desk.js
var files embed.FS

// set is parsed once from files that are compiled in.
var set = look.Must(look.New(files, look.Full()+look.Small(read("desk.css")), template.FuncMap{
	"day": day, "moment": moment, "badge": badge, "licenseBadge": licenseBadge, "picture": picture, "percent": percent,
}))

func read(name string) string {
	b, err := files.ReadFile(name)
	if err != nil {
		panic(err) // compiled in: no test passes without it
	}
	return string(b)
}

// Script is the desk's script. Everything works without it.
func Script() []byte { return []byte(read("desk.js")) }

// Policy is the Content-Security-Policy of every page of the desk: its own
// style and script, forms to the same host, pictures that stand in the page
// itself, and connections to the same host.
func Policy() string {
	return "default-src 'none'; style-src " + set.StyleSource() + "; script-src 'self'; connect-src 'self'; img-src 'self' data:; " +
		"form-action 'self'; base-uri 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'"
}

// Text is one text in both languages.
type Text = answer.Text

// Frame is what stands around every page.
type Frame struct {
	Title         Text
	Demonstration bool
	Office        string // whose desk it is
	Subject       string // who is logged in; empty for nobody
	Authority     string // and for whom
	Token         string // of forms
	Menu          []Entry
	Notice        *Text // what was just done
	Refresh       int   // seconds after which the page is loaded anew where there is no script; 0 for never
}

// Entry is one entry of the menu.
type Entry struct {
	Text
	Address string
	Here    bool
}

// page is what a template is given, within look.Page.
type page struct {
	Frame Frame
	Data  any
}

// Write writes the page of a name. It is made in memory first, so that a page
// is sent whole, with its status, or not at all.
func Write(w http.ResponseWriter, status int, name string, f Frame, data any) error {
	var whole bytes.Buffer
	if err := set.Write(&whole, name, page{f, data}); err != nil {
		return err
	}
	w.WriteHeader(status)
	if _, err := whole.WriteTo(w); err != nil {
		return fmt.Errorf("writing page %s: %w", name, err)
	}
	return nil
}

// shanghai is where the desk stands.
var shanghai = time.FixedZone("Asia/Shanghai", 8*60*60)

// day and moment write an instant as a day, or to the minute, where the desk
// stands; nothing for none.
func day(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.In(shanghai).Format(time.DateOnly)
}

func moment(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.In(shanghai).Format("2006-01-02 15:04")
}

// percent writes a part of one.
func percent(part float64) string { return fmt.Sprintf("%.0f %%", 100*part) }

// picture is the address of a PNG that stands in the page itself.
func picture(png []byte) template.URL { return template.URL("data:image/png;base64," + encode(png)) }

// licenseBadge says the state of a license, and badge that of a permit: by its
// word, and by a shape beside the colour.
func licenseBadge(s license.State) answer.Badge { return badgeOf(s, answer.LicenseWord(s)) }
func badge(s license.State) answer.Badge        { return badgeOf(s, answer.StateWord(s)) }

func badgeOf(s license.State, word answer.Text) answer.Badge {
	b := answer.Badge{Text: word, Class: "bad", Icon: "cross"}
	switch s {
	case license.Valid:
		b.Class, b.Icon = "good", "tick"
	case license.PartiallyValid:
		b.Class, b.Icon = "warn", "half"
	case license.Suspended:
		b.Icon = "pause"
	case license.NotYetValid, license.Expired:
		b.Icon = "clock"
	case license.Superseded:
		b.Class, b.Icon = "unknown", "newer"
	case license.Unknown, "":
		b.Text, b.Class, b.Icon = answer.StateWord(license.Unknown), "unknown", "question"
	}
	return b
}
