package templates

import "yizheng/templates/pdf"

// Form is one of the two that a license comes in.
type Form int

// The forms.
const (
	// Original is the 正本: A4 landscape, one page to hang on the wall, and
	// an annex (附页) that lists every permit in full.
	Original Form = iota
	// Duplicate is the 副本: A4 portrait, with every permit in full from the
	// first page on, to carry and to file.
	Duplicate
)

// paper is a size of page, with the grounds that all such pages share. All
// lengths are millimetres.
type paper struct {
	width, height float64
	first, later  *pdf.Ground // of a first page but for its rosette, and of the pages after it
}

func newPaper(width, height float64, z *pdf.Compressor) *paper {
	p := &paper{width: width, height: height}
	p.first, p.later = p.drawFirst(z), p.drawLater(z)
	return p
}

// paper gives what the form is printed on.
func (p *Printer) paper(f Form) *paper {
	if f == Duplicate {
		return p.portrait
	}
	return p.landscape
}
