package main

import (
	"fmt"

	"yizheng/license"
	"yizheng/templates"
)

// Specimen draws the document that a draft would become in an edition (样本),
// with no code, no seal and no number: nothing is kept.
func (p *press) Specimen(l license.License, e templates.Edition) ([]byte, error) {
	content, err := p.specimen(l, e)
	if err != nil {
		return nil, err
	}
	body, err := p.draw(content)
	if err != nil {
		return nil, err
	}
	return body.Unsigned(), nil
}

// SpecimenPicture draws the first page of [press.Specimen] as a PNG that is so
// many pixels wide.
func (p *press) SpecimenPicture(l license.License, width int) ([]byte, error) {
	document, err := p.specimen(l, templates.Edition{})
	if err != nil {
		return nil, err
	}
	picture, err := p.printer.FacePNG(document, width)
	if err != nil {
		return nil, fmt.Errorf("drawing the specimen: %w", err)
	}
	return picture, nil
}

// specimen says what the document of a draft says.
func (p *press) specimen(l license.License, e templates.Edition) (templates.Document, error) {
	l.Identifier, l.Number = license.Identifier{}, "" // a draft's are zeros that stand for what is not given yet
	document, err := p.describe(l)
	document.Draft, document.Form, document.Bilingual = true, e.Form, e.Bilingual
	return document, err
}
