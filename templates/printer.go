// Package templates makes what people see of a license: the sealed document
// (正本 with its 附页, or 副本) as a PDF, and its code as a picture. Start with [New] and
// [Printer.Document]; a [Body] then takes the digital signature that is the
// seal.
//
// The body of a document follows from the license, the code and the
// [Body.Version] alone, byte for byte, so that whoever reads the code can
// render it again and compare.
package templates

import (
	"fmt"
	"slices"
	"strings"

	"yizheng/templates/font"
	"yizheng/templates/pdf"
)

// version is raised with every change that makes other bytes of the same
// license.
const version = "9"

// compression is the level at which streams are compressed. It is part of
// the template: another level makes other bytes.
const compression = 6

// Config is what a printer is made of. The zero value works.
type Config struct {
	// Fonts are the faces that documents are set in; where none is given,
	// those that travel with the program.
	Fonts font.Set
	// More are further faces, such as [font.Open] gives, asked in order for
	// characters that Fonts lack.
	More []*font.Face
}

// Printer makes documents. It is safe for concurrent use and is meant to be
// made once: it holds the fonts, and what all documents have in common.
type Printer struct {
	version  string // of the template and the fonts of Config.Fonts
	more     []*font.Face
	compress *pdf.Compressor
	brief    brief
	regular  []*font.Face
	bold     []*font.Face
	rosette  pdf.Stream
	stock    *pdf.Stock // of the regular face

	landscape, portrait *paper
}

// New makes a printer. Where no fonts are given it unpacks those that travel
// with the program, which takes about 30 ms, and prepares what all
// documents have in common, in 10 more.
func New(c Config) (*Printer, error) {
	if c.Fonts.Regular == nil {
		set, err := font.Faces()
		if err != nil {
			return nil, fmt.Errorf("loading fonts: %w", err)
		}
		c.Fonts = set
	}
	p := &Printer{version: version + "-" + c.Fonts.Version, compress: pdf.NewCompressor(compression), more: c.More}
	first := []*font.Face{c.Fonts.Regular}
	p.regular = slices.Concat(first, c.More)
	p.bold = p.regular
	if c.Fonts.Bold != nil {
		p.bold = slices.Concat([]*font.Face{c.Fonts.Bold}, p.regular)
	}
	p.rosette = rosette(p.compress)
	p.stock = pdf.NewStock(c.Fonts.Regular, usual)
	p.landscape, p.portrait = newPaper(297, 210, p.compress), newPaper(210, 297, p.compress)
	return p, nil
}

// versionOf names the template and the fonts that a document is set in. Bodies
// of the same version are the same, byte for byte, for the same document. A
// further font counts only where a character needs it, so that whoever lacks
// it can still draw the others.
func (p *Printer) versionOf(d Document) string {
	version, needed := p.version, strings.Join(texts(d), "")
	for _, f := range p.more {
		if strings.ContainsFunc(needed, func(r rune) bool { return faceOf(p.regular, r) == f }) {
			version += "+" + f.Version()
		}
	}
	return version
}

// Missing gives the characters of text that no font has, each once, in order.
// A document that needs one cannot be printed, so that the issuer refuses it
// beforehand.
func (p *Printer) Missing(text string) []rune {
	var missing []rune
	for _, r := range text {
		if r != '\n' && (pdf.Marked(r) || faceOf(p.regular, r) == nil) && !slices.Contains(missing, r) {
			missing = append(missing, r)
		}
	}
	return missing
}

// faceOf gives the first face that has the character, nil where none has.
func faceOf(faces []*font.Face, r rune) *font.Face {
	for _, f := range faces {
		if _, ok := f.Glyph(pdf.Shown(r)); ok {
			return f
		}
	}
	return nil
}
