package main

import (
	"context"
	"fmt"

	"yizheng/issuer"
	"yizheng/templates"
)

// Copy gives the sealed PDF of a derived copy, whose code is text. Nothing is
// kept.
func (p *press) Copy(ctx context.Context, v issuer.Version, text string, c templates.Copy) ([]byte, error) {
	content, err := p.copied(v, text, c)
	if err != nil {
		return nil, err
	}
	made, err := p.sealed(ctx, content)
	return made.Content, err
}

// CopyPicture draws the first page of a derived copy as PNG. A picture has no
// seal that could be checked: its code is what counts.
func (p *press) CopyPicture(v issuer.Version, text string, c templates.Copy) ([]byte, error) {
	content, err := p.copied(v, text, c)
	if err != nil {
		return nil, err
	}
	picture, err := p.printer.FacePNG(content, templates.UsualFace)
	if err != nil {
		return nil, fmt.Errorf("drawing a derived copy: %w", err)
	}
	return picture, nil
}

func (p *press) copied(v issuer.Version, text string, c templates.Copy) (templates.Document, error) {
	v.Text = text
	content, err := p.content(v)
	content.Copy = &c
	return content, err
}
