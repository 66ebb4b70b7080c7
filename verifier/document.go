package verifier

import "time"

// Document is what the PDF is worth in which a code was found. The verifier
// never sees a file and leaves it out; yizheng/document fills it in. It does
// not change the outcome, which is the code's.
type Document struct {
	Seal   SealState `json:"seal"`
	Page   PageState `json:"page,omitempty"` // only where the seal is valid
	Reason Reason    `json:"reason,omitempty"`
	Fonts  []string  `json:"fonts,omitempty"` // which are needed to compare the pages, and are not here
	Whole  bool      `json:"whole"`           // the signature covers the whole file
	Text   string    `json:"text,omitempty"`  // of the code that was found, to verify or record it by itself
	// Timestamp is when the seal was there already, by the word of an authority
	// that the issuer's entry names.
	Timestamp time.Time `json:"timestamp,omitzero"`
}

// SealState is what became of the seal of a document.
type SealState string

// The states of a seal.
const (
	SealValid     SealState = "valid"     // the issuer's, and nothing was changed since
	SealUntrusted SealState = "untrusted" // somebody else's
	SealBroken    SealState = "broken"    // the file was altered or added to
	SealMissing   SealState = "missing"
	SealUnknown   SealState = "unknown" // whose it is cannot be told: the code names no issuer that is known
)

// PageState is what came of drawing a document's pages again from its code.
type PageState string

// The ends of that comparison.
const (
	PageAgrees      PageState = "agrees"
	PageDiffers     PageState = "differs"
	PageNotCompared PageState = "not_compared"
)

// Reasons of a document.
const (
	SealIsMissing          Reason = "seal_missing"
	SealMalformed          Reason = "seal_malformed"           // broken
	SealAltered            Reason = "seal_altered"             // broken: the file is not the one that was signed
	SealAppended           Reason = "seal_appended"            // broken: something stands outside of what was signed
	SealIssuerUnknown      Reason = "seal_issuer_unknown"      // unknown
	SealNotOfIssuer        Reason = "seal_not_of_issuer"       // untrusted
	PageSaysOther          Reason = "page_differs"             // differs
	PageCodeUnreadable     Reason = "page_code_unreadable"     // not compared: the code cannot be drawn again
	PageNeedsFonts         Reason = "page_needs_fonts"         // not compared: see Fonts
	PageOfOtherTemplate    Reason = "page_of_another_template" // not compared
	PageWithoutParticulars Reason = "page_without_particulars" // not compared: the file does not say what it was drawn from
)

// Lies says whether the document was made to look like what it is not: whoever
// was shown it must not take it, whatever its code says. No document does not.
func (d *Document) Lies() bool {
	return d != nil && (d.Seal == SealBroken || d.Seal == SealUntrusted || d.Page == PageDiffers)
}

// Proves says whether the pages may be relied on as the issuer's.
func (d *Document) Proves() bool {
	return d != nil && d.Seal == SealValid && d.Page != PageDiffers
}
