package templates

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"yizheng/templates/pdf"
)

// particulars are what a document says beside its license and its code: the
// remedies as they were known that day, the sentences of law, the words of
// the seal. They lie in the file, so that whoever has the code can draw the
// document again and compare.
//
// Before them stands the [Body.Version].
type particulars struct {
	Document Document `json:"document"` // without what the code says
}

// keep puts the particulars into the file.
func (s *setting) keep() {
	b, err := json.Marshal(particulars{s.doc.printed()})
	if err != nil {
		panic(err) // texts, numbers and dates always marshal
	}
	s.file.Private(s.brief.pack(s.version, b))
}

// printed is the document without the English words that it does not print.
func (d Document) printed() Document {
	if d.Bilingual {
		return d
	}
	d.Statements, d.Authorities = slices.Clone(d.Statements), slices.Clone(d.Authorities)
	for i := range d.Statements {
		d.Statements[i].TextEN = ""
	}
	for i, a := range d.Authorities {
		remedies := slices.Clone(a.Remedies)
		for j := range remedies {
			remedies[j].TermEN = ""
		}
		d.Authorities[i].Remedies = remedies
	}
	return d
}

var (
	// ErrParticulars says that a file carries nothing by which its pages could
	// be drawn again: it is none of ours, or another program wrote it anew.
	ErrParticulars = errors.New("the file does not carry what is needed to draw it again")
	// ErrTemplate says that a file was drawn by another version of the
	// templates or with other fonts, so that it cannot be drawn again here.
	ErrTemplate = errors.New("the file was drawn by another template or with other fonts")
	// ErrPage says that the pages are not those of the license.
	ErrPage = errors.New("the pages say something else than the code")
)

// FontsError says that a file is set in fonts that the printer does not have,
// so that it cannot be drawn again without them.
type FontsError struct {
	Names []string // as [font.Face.Version] gives them
}

func (e *FontsError) Error() string {
	return "the file needs fonts that are not here: " + strings.Join(e.Names, ", ")
}

// Compare draws the document anew that a code speaks of, and holds the file
// against it: every byte but the signature's must be the same. Of says, only
// what the code says is looked at: License, Text, Symbol and Copy.
// It gives nil when the pages are those of the license, and else
// [ErrParticulars], [ErrTemplate], a [*FontsError] or [ErrPage].
//
// The particulars come from the file itself. They are the issuer's only if
// the file's signature is, which is for the caller to check.
func (p *Printer) Compare(file []byte, says Document) error {
	b, err := pdf.ReadPrivate(file)
	if errors.Is(err, pdf.ErrOlderPrivate) {
		return fmt.Errorf("%w: %w", ErrTemplate, err)
	}
	if err != nil {
		return fmt.Errorf("%w: %w", ErrParticulars, err)
	}
	line, packed, _ := bytes.Cut(b, []byte("\n"))
	template, fonts, more := strings.Cut(string(line), "+")
	if template != p.version {
		return fmt.Errorf("%w: %.40q, and not %q", ErrTemplate, line, p.version)
	}
	if b, err = unpack(packed); err != nil {
		return fmt.Errorf("%w: %w", ErrParticulars, err)
	}
	var found particulars
	if err := json.Unmarshal(b, &found); err != nil {
		return fmt.Errorf("%w: %w", ErrParticulars, err)
	}
	if found.Document.SignatureSpace > len(file) { // room for it would be made below
		return fmt.Errorf("%w: a signature of %d bytes in a file of %d", ErrParticulars, found.Document.SignatureSpace, len(file))
	}
	d := found.Document
	d.License, d.Text, d.Symbol, d.Copy, d.Demonstration = says.License, says.Text, says.Symbol, says.Copy, says.License.Demonstration
	if version := p.versionOf(d); string(line) != version {
		if more {
			return &FontsError{Names: strings.Split(fonts, "+")}
		}
		return fmt.Errorf("%w: %q, and not %q", ErrTemplate, line, version)
	}
	body, err := p.Document(d)
	if err != nil {
		return fmt.Errorf("%w: %w", ErrPage, err)
	}
	if !body.underlies(file) {
		return ErrPage
	}
	return nil
}

// underlies says whether the file is the body with some signature in its
// place.
func (b *Body) underlies(file []byte) bool {
	return !b.draft && len(file) == len(b.file) &&
		bytes.Equal(file[:b.gap.From+1], b.file[:b.gap.From+1]) && bytes.Equal(file[b.gap.To-1:], b.file[b.gap.To-1:])
}
