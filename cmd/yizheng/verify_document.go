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
// outcome, which is the code's.
type documentCheck struct {
	Seal   string `json:"seal"`           // valid, untrusted, broken or missing
	Page   string `json:"page,omitempty"` // agrees, differs or not_compared; only where the seal is valid
	Reason string `json:"reason,omitempty"`
	Whole  bool   `json:"whole"` // the signature covers the whole file
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
	d.Page, d.Reason = comparePages(printer, in, r)
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
	case !report.Accepted():
		return &documentCheck{Seal: "untrusted", Reason: "seal_not_of_issuer", Whole: true}
	}
	return &documentCheck{Seal: "valid", Whole: true, Timestamp: report.Timestamp}
}

// comparePages draws the document again from what the code says. A document
// of another version of the program cannot be drawn here: its seal vouches
// for it, and nothing more is said.
func comparePages(printer *templates.Printer, in input, r verifier.Result) (page, reason string) {
	symbol, err := symbolOf(in.text)
	if err != nil {
		return pageNotCompared, "page_code_unreadable" // a code of ours that cannot be drawn again
	}
	switch err := printer.Compare(in.pdf, r.License.Claims, in.text, symbol); {
	case err == nil:
		return pageAgrees, ""
	case errors.Is(err, templates.ErrTemplate):
		return pageNotCompared, "page_of_another_template"
	case errors.Is(err, templates.ErrParticulars):
		return pageNotCompared, "page_without_particulars"
	}
	return pageDiffers, "page_differs"
}
