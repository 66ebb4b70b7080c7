// Package document says what a PDF is worth beside the code that was found in
// it: whether its seal is that of the issuer which the code names, and whether
// its pages say what the code says. Start with [Check].
package document

import (
	"crypto/x509"
	"errors"
	"fmt"

	"yizheng/payload"
	"yizheng/qr"
	"yizheng/seal"
	"yizheng/templates"
	"yizheng/trust"
	"yizheng/verifier"
)

// Check looks at the seal of a PDF in which the text of a code was found, and
// where the seal is the issuer's, at whether the pages are those of the
// license in the code. The result is that of the text by the same bundle. A
// PDF without a code of ours is no document of ours: of that it says nothing.
//
// The printer is asked for only where pages are compared. An error is the
// printer's; whatever is wrong with the PDF is the answer.
func Check(pdf []byte, text string, r verifier.Result, bundle *trust.Bundle, printer func() (*templates.Printer, error)) (*verifier.Document, error) {
	if r.Outcome == verifier.NotALicense {
		return nil, nil
	}
	d := checkSeal(pdf, r, bundle)
	d.Text = text
	if d.Seal != verifier.SealValid {
		return d, nil
	}
	p, err := printer()
	if err != nil {
		return nil, fmt.Errorf("comparing the pages: %w", err)
	}
	comparePages(d, p, pdf, text, r)
	return d, nil
}

// checkSeal holds the signature of a PDF against the seals of the issuer that
// the verified license names, and of nobody else.
func checkSeal(pdf []byte, r verifier.Result, bundle *trust.Bundle) *verifier.Document {
	var issuer *trust.Issuer
	if r.License != nil && r.Outcome != verifier.NotGenuine {
		issuer = bundle.IssuerOf(r.License.Region)
	}
	report, err := sealTrust(issuer).Verify(pdf)
	switch {
	case errors.Is(err, seal.ErrUnsigned):
		return &verifier.Document{Seal: verifier.SealMissing, Reason: verifier.SealIsMissing}
	case err != nil:
		return &verifier.Document{Seal: verifier.SealBroken, Reason: verifier.SealMalformed}
	case !report.Intact:
		return &verifier.Document{Seal: verifier.SealBroken, Reason: verifier.SealAltered, Whole: report.Whole}
	case !report.Whole:
		return &verifier.Document{Seal: verifier.SealBroken, Reason: verifier.SealAppended}
	case issuer == nil:
		return &verifier.Document{Seal: verifier.SealUnknown, Reason: verifier.SealIssuerUnknown, Whole: true}
	case !report.Accepted():
		return &verifier.Document{Seal: verifier.SealUntrusted, Reason: verifier.SealNotOfIssuer, Whole: true}
	}
	return &verifier.Document{Seal: verifier.SealValid, Whole: true, Timestamp: report.Timestamp}
}

// sealTrust is whose seals and timestamps count for an issuer. What cannot be
// read is left out: nobody's seal is accepted for it.
func sealTrust(issuer *trust.Issuer) seal.Trust {
	if issuer == nil {
		return seal.Trust{}
	}
	parse := func(list [][]byte) (all []*x509.Certificate) {
		for _, der := range list {
			if c, err := x509.ParseCertificate(der); err == nil {
				all = append(all, c)
			}
		}
		return all
	}
	return seal.Trust{Seals: parse(issuer.Seals), Authorities: parse(issuer.Timestamps)}
}

// comparePages draws the document again from what the code says. A document
// of another version of the program cannot be drawn here: its seal vouches
// for it, and nothing more is said.
func comparePages(d *verifier.Document, printer *templates.Printer, pdf []byte, text string, r verifier.Result) {
	not := func(reason verifier.Reason) { d.Page, d.Reason = verifier.PageNotCompared, reason }
	symbol, err := Symbol(text)
	if err != nil {
		not(verifier.PageCodeUnreadable)
		return
	}
	var lacks *templates.FontsError
	says := templates.Document{License: r.License.Claims, Text: text, Symbol: symbol}
	if c := r.Copy; c != nil {
		says.Copy = &templates.Copy{Recipient: c.Recipient, Purpose: c.Purpose, Until: c.Until, Maker: c.Maker, Made: c.Made}
	}
	switch err := printer.Compare(pdf, says); {
	case err == nil:
		d.Page = verifier.PageAgrees
	case errors.As(err, &lacks):
		not(verifier.PageNeedsFonts)
		d.Fonts = lacks.Names
	case errors.Is(err, templates.ErrTemplate):
		not(verifier.PageOfOtherTemplate)
	case errors.Is(err, templates.ErrParticulars):
		not(verifier.PageWithoutParticulars)
	default:
		d.Page, d.Reason = verifier.PageDiffers, verifier.PageSaysOther
	}
}

// Symbol makes the QR symbol of the text of a code as documents bear it: the
// address as it is, and the digits.
func Symbol(text string) (qr.Symbol, error) {
	prefix, code, err := payload.Find(text)
	if err != nil {
		return qr.Symbol{}, fmt.Errorf("drawing the code: %w", err)
	}
	symbol, err := qr.Encode(prefix, code.Digits())
	if err != nil {
		return qr.Symbol{}, fmt.Errorf("drawing the code: %w", err)
	}
	return symbol, nil
}
