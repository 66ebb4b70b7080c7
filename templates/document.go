package templates

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"yizheng/license"
	"yizheng/qr"
	"yizheng/templates/pdf"
)

// Document is what one document says. Its JSON form is what a document keeps
// of itself beside the license and the code; see [Printer.Compare].
type Document struct {
	License license.License `json:"-"`
	// Form is the one it is printed in.
	Form Form `json:"form,omitempty"`
	// Bilingual sets English beside every Chinese word that the document
	// itself brings. What the license says stays as it is.
	Bilingual bool `json:"bilingual,omitempty"`
	// Text is the text of the code: the address of the result page and the
	// digits. Symbol is the same as a QR symbol. A draft has neither.
	Text   string    `json:"-"`
	Symbol qr.Symbol `json:"-"`
	// Authorities are those that the permits name; their remedies stand in
	// the annex.
	Authorities []license.Authority `json:"authorities,omitempty"`
	// Statements are sentences of law that stand on the document.
	Statements []Statement `json:"statements,omitempty"`
	// SealName is the inscription of the seal, such as
	// 上海市长宁区行业综合许可专用章. Without one no seal is drawn.
	SealName string `json:"sealName"`
	// VerifyURL is the address at which people can look the license up.
	VerifyURL string `json:"verifyURL"`
	// SignatureSpace is how many bytes the signature may have, 0 for
	// [pdf.SignatureSpace]. One with a chain of certificates and a timestamp
	// needs more.
	SignatureSpace int `json:",omitempty"`
	// Copy makes it a derived copy. It is part of what the code says.
	Copy *Copy `json:"-"`
	// Draft makes a specimen: 样本 across every page, no code, no number, no
	// date, no seal and no room for a signature.
	Draft bool `json:"-"`
	// Demonstration marks every page as worth nothing in law.
	Demonstration bool `json:"-"`
}

// Statement is a sentence of law with where and since when it stands.
type Statement struct {
	Text   string       `json:"text"`
	TextEN string       `json:"textEN,omitempty"` // for bilingual documents; empty where there is none
	Source string       `json:"source"`
	Date   license.Date `json:"date,omitzero"` // of the source; none where it is not stated
}

var (
	// ErrCharacter says that a text has a character that no font has.
	ErrCharacter = errors.New("no font has the character")
	// ErrDocument says that a document lacks what it cannot be made without.
	ErrDocument = errors.New("the document is incomplete")
)

// Document renders the license. The errors are [ErrCharacter], naming the
// characters, and [ErrDocument].
func (p *Printer) Document(d Document) (*Body, error) {
	s, err := p.draw(d)
	if err != nil {
		return nil, err
	}
	file, gap := s.file.Bytes(pdf.Info{
		Title:      d.title(),
		Author:     d.License.Issuer,
		Subject:    d.License.Holder.Name,
		Identifier: d.identifier(),
		Creator:    "yizheng " + s.version,
		Created:    d.created(),
	})
	return &Body{file: file, gap: gap, version: s.version, draft: d.Draft}, nil
}

// draw sets all pages of a document.
func (p *Printer) draw(d Document) (*setting, error) {
	if err := p.check(d); err != nil {
		return nil, err
	}
	s := newSetting(p, d)
	s.stocked = true
	if sealed := !d.Draft; sealed {
		at := s.sealPlace()
		s.keep()
		s.file.Signature("Seal", d.SealName, words.reason, d.SignatureSpace, at.x, at.y, sealSide, sealSide, s.paper.height)
	}
	if d.Form == Duplicate {
		s.duplicate()
	} else {
		s.original()
	}
	return s, nil
}

// title is what the document is called.
func (d Document) title() string {
	if d.Draft {
		return words.title.zh + " " + words.specimen.zh
	}
	if d.Copy != nil {
		return words.title.zh + words.derived.zh + " " + d.License.Number
	}
	return words.title.zh + " " + d.License.Number
}

func (p *Printer) check(d Document) error {
	l := d.License
	switch {
	case len(l.Permits) == 0:
		return fmt.Errorf("%w: it has no permits", ErrDocument)
	case l.IssueDate.IsZero():
		return fmt.Errorf("%w: it has no issue date", ErrDocument)
	case !d.Draft && d.Symbol.Size == 0:
		return fmt.Errorf("%w: it has no code", ErrDocument)
	case !d.Draft && d.SealName == "":
		return fmt.Errorf("%w: it has no seal", ErrDocument)
	case d.Copy != nil && (d.Draft || d.Form != Original):
		return fmt.Errorf("%w: a derived copy is of the original", ErrDocument)
	case d.Form != Original && d.Form != Duplicate:
		return fmt.Errorf("%w: there is no form %d", ErrDocument, d.Form)
	case len(p.lines(urlStyle, codeColumn, d.VerifyURL)) > urlLines:
		return fmt.Errorf("%w: the address %q is too long to stand beneath the code", ErrDocument, d.VerifyURL)
	}
	if missing := p.Missing(strings.Join(texts(d), "")); len(missing) > 0 {
		return fmt.Errorf("%w %q", ErrCharacter, missing)
	}
	return nil
}

// texts are all texts of a document that the template does not bring itself.
func texts(d Document) []string {
	l := d.License
	out := []string{l.Number, l.Issuer, l.Industry, l.Holder.Name, string(l.Holder.CreditCode), l.Holder.Representative,
		l.Holder.Premises, d.SealName, d.VerifyURL}
	for _, p := range l.Permits {
		out = append(out, p.Matter, p.Number, p.Authority, p.Scope, p.Conditions, p.Premises)
	}
	for _, a := range d.Authorities {
		out = append(out, a.Name, a.Address, a.Telephone)
		for _, r := range a.Remedies {
			out = append(out, r.Organ, r.Term, r.TermEN, r.Basis, r.Address, r.Telephone)
		}
	}
	for _, s := range d.Statements {
		out = append(out, s.Text, s.TextEN, s.Source)
	}
	return append(out, d.Copy.texts()...)
}

// created is when a document says it was made: a draft does not say.
func (d Document) created() time.Time {
	if d.Draft {
		return time.Time{}
	}
	if d.Copy != nil {
		return d.Copy.Made
	}
	return d.License.IssueDate.Start()
}

// Body is a rendered document with, but for drafts, room for its signature.
type Body struct {
	file    []byte
	gap     pdf.Gap
	version string
	draft   bool
}

// ErrDraft says that a specimen cannot be sealed.
var ErrDraft = errors.New("a draft cannot be sealed")

// Unsigned gives the document as it is before it is signed. It opens and
// prints; what a reader makes of its empty signature is up to the reader.
func (b *Body) Unsigned() []byte { return slices.Clone(b.file) }

// Version names the template and the fonts that the body was set in: the same
// version makes the same bytes of the same document.
func (b *Body) Version() string { return b.version }

// SignedBytes gives what the signature covers: the whole file but for the
// signature itself. It is nil for drafts.
func (b *Body) SignedBytes() []byte {
	if b.draft {
		return nil
	}
	return slices.Concat(b.file[:b.gap.From], b.file[b.gap.To:])
}

// Sealed gives the document with its signature, a DER-encoded CMS signature
// over SignedBytes. The same signature gives the same bytes.
func (b *Body) Sealed(cms []byte) ([]byte, error) {
	if b.draft {
		return nil, ErrDraft
	}
	return b.gap.Put(b.file, cms)
}
