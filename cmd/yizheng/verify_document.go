package main

import (
	"errors"
	"time"

	"yizheng/seal"
	"yizheng/templates"
	"yizheng/trust"
	"yizheng/verifier"
)

// documentCheck is what a PDF is worth beside its code. It never changes the
// outcome, which is the code's; one that lies makes the command fail.
type documentCheck struct {
	Seal   string   `json:"seal"`           // valid, untrusted, broken, missing, or unknown where the issuer is
	Page   string   `json:"page,omitempty"` // agrees, differs or not_compared; only where the seal is valid
	Reason string   `json:"reason,omitempty"`
	Fonts  []string `json:"fonts,omitempty"` // which are needed to compare the pages, and were not given
	Whole  bool     `json:"whole"`           // the signature covers the whole file
	// Timestamp is when the seal was there already, by the word of an authority
	// that the issuer's entry names.
	Timestamp time.Time `json:"timestamp,omitzero"`
}

// What a comparison of pages and code may end in.
const (
	pageAgrees      = "agrees"
	pageDiffers     = "differs"
	pageNotCompared = "not_compared"
)

// lies says whether the document was made to look like what it is not: a
// program that goes by the exit code alone must not take it.
func (d documentCheck) lies() bool {
	return d.Seal == "broken" || d.Seal == "untrusted" || d.Page == pageDiffers
}

// provesSomething says whether the pages may be relied on as the issuer's.
func (d documentCheck) provesSomething() bool { return d.Seal == "valid" && d.Page != pageDiffers }

// checkDocument looks at the seal of a PDF, and where that is the issuer's, at
// whether the pages are those of the license in the code.
func checkDocument(in input, r verifier.Result, bundle *trust.Bundle, fonts []string) (*documentCheck, error) {
	d := checkSeal(in.pdf, r, bundle)
	if d.Seal != "valid" {
		return d, nil
	}
	printer, err := newPrinter(".", fonts)
	if err != nil {
		return nil, err
	}
	d.comparePages(printer, in, r)
	return d, nil
}

// checkSeal holds the signature of a PDF against the seals of the issuer that
// the verified license names, and of nobody else.
func checkSeal(pdf []byte, r verifier.Result, bundle *trust.Bundle) *documentCheck {
	var issuer *trust.Issuer
	if r.License != nil && r.Outcome != verifier.NotGenuine {
		issuer = bundle.IssuerOf(r.License.Region)
	}
	report, err := sealTrust(issuer).Verify(pdf)
	switch {
	case errors.Is(err, seal.ErrUnsigned):
		return &documentCheck{Seal: "missing", Reason: "seal_missing"}
	case err != nil:
		return &documentCheck{Seal: "broken", Reason: "seal_malformed"}
	case !report.Intact:
		return &documentCheck{Seal: "broken", Reason: "seal_altered", Whole: report.Whole}
	case !report.Whole:
		return &documentCheck{Seal: "broken", Reason: "seal_appended"}
	case issuer == nil:
		return &documentCheck{Seal: "unknown", Reason: "seal_issuer_unknown", Whole: true}
	case !report.Accepted():
		return &documentCheck{Seal: "untrusted", Reason: "seal_not_of_issuer", Whole: true}
	}
	return &documentCheck{Seal: "valid", Whole: true, Timestamp: report.Timestamp}
}

// comparePages draws the document again from what the code says. A document
// of another version of the program cannot be drawn here: its seal vouches
// for it, and nothing more is said.
func (d *documentCheck) comparePages(printer *templates.Printer, in input, r verifier.Result) {
	symbol, err := symbolOf(in.text)
	if err != nil {
		d.Page, d.Reason = pageNotCompared, "page_code_unreadable" // a code of ours that cannot be drawn again
		return
	}
	var lacks *templates.FontsError
	switch err := printer.Compare(in.pdf, r.License.Claims, in.text, symbol); {
	case err == nil:
		d.Page = pageAgrees
	case errors.As(err, &lacks):
		d.Page, d.Reason, d.Fonts = pageNotCompared, "page_needs_fonts", lacks.Names
	case errors.Is(err, templates.ErrTemplate):
		d.Page, d.Reason = pageNotCompared, "page_of_another_template"
	case errors.Is(err, templates.ErrParticulars):
		d.Page, d.Reason = pageNotCompared, "page_without_particulars"
	default:
		d.Page, d.Reason = pageDiffers, "page_differs"
	}
}
