// Package showing renders the pages by which a business shows its licenses
// (亮证): the live code, the list of its licenses, who has checked one, and the
// form for a derived copy. Start with [Live].
//
// The pages are for a phone at a counter, and white whatever the phone
// prefers, so that a scanner sees the code. Without JavaScript the live code is
// fetched with the whole page; with it, [Script] fetches the code alone.
package showing

import (
	"embed"
	"html/template"
	"io"
	"strings"

	"yizheng/license"
	"yizheng/templates/answer"
	"yizheng/templates/look"
)

//go:embed *.html
var files embed.FS

//go:embed showing.css
var style string

//go:embed showing.js
var script []byte

var pages = look.Must(look.New(files, light(look.Full())+look.Small(style), template.FuncMap{"tone": tone, "ask": ask}))

// tone is the class of a badge that says a verdict in a word.
func tone(v answer.Verdict) string {
	switch v.Class {
	case "valid":
		return "good"
	case "partial":
		return "warn"
	case "invalid", "superseded", "forged":
		return "bad"
	case "foreign":
		return "foreign"
	}
	return "unknown"
}

// light takes the dark colours out of a style: the screen is to be white.
func light(css string) string {
	return strings.ReplaceAll(css, "@media screen and (prefers-color-scheme:dark)", "@media not all")
}

// Script is what the page of a live code runs, from an address of its own.
func Script() []byte { return script }

// Policy is the Content-Security-Policy under which the pages show as they
// should: their own style, the one script, and what it fetches from the host.
func Policy() string {
	return "default-src 'none'; style-src " + pages.StyleSource() +
		"; script-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'"
}

// Page is what all the pages say of the deployment and the holder.
type Page struct {
	Demonstration bool
	Home          string // the address of the holder's licenses

	// Of a holder who is logged in.
	Token string // of forms
	Out   string // where a form logs out; empty where a link was opened
}

// License is one license of the holder.
type License struct {
	Address string // of its page
	Holder  license.Holder
	Number  string
	Matter  string // its industry
	Verdict answer.Verdict
	Current bool // it is the one that the page is about
}

// LivePage shows a live code.
type LivePage struct {
	Page
	License
	View     answer.View // of the live code itself, as somebody who scans it is told now
	Code     Code
	Licenses []License // the holder's
	More     bool      // and others, which the list has
	Every    int       // seconds after which a new code is fetched
	Lives    int       // seconds for which one counts
	Clock    string    // the server's, HH:MM:SS
}

// Code is a QR symbol to draw; the zero Code for a license that is too large
// to be shown live.
type Code struct {
	Side int    `json:"side"` // modules on a side, quiet zone included
	Path string `json:"path"` // of the dark modules, as SVG has it
}

// Live writes the page of a live code.
func Live(w io.Writer, p LivePage) error { return pages.Write(w, "live", p) }

// LoginPage says how a business logs in.
type LoginPage struct {
	Page
	Provider bool     // there is one
	Accounts []string // names of a demonstration's businesses
	Out      bool     // somebody has just logged out
	Goodbye  string   // where to log out of the provider as well; empty for nowhere
}

// Login writes the page by which a business logs in.
func Login(w io.Writer, p LoginPage) error { return pages.Write(w, "login", p) }

// ListPage shows the licenses of a holder, a page at a time.
type ListPage struct {
	Page
	Licenses []License
	Next     string // the mark of the page that follows; empty on the last
}

// List writes the page of a holder's licenses, of which there may be none.
func List(w io.Writer, p ListPage) error { return pages.Write(w, "list", p) }

// ChecksPage shows who has checked a license.
type ChecksPage struct {
	Page
	License
	Checks []Check // the newest first
	More   bool    // there are older ones that are not shown
}

// Check is one recorded check, without the name of the person who made it.
type Check struct {
	At           string
	Organisation string
	Place        string
	Purpose      string
	Verdict      answer.Verdict
	Presence     answer.Text // how the check of a live code ended; empty for a printed one
}

// Checks writes the page of the checks of a license.
func Checks(w io.Writer, p ChecksPage) error { return pages.Write(w, "checks", p) }
