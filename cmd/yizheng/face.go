package main

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"yizheng/issuer"
	"yizheng/templates"
)

// face is one of the ways in which a license is shown. What and format each
// follow from the other where one is not given.
type face struct {
	what, format   string
	width          int               // pixels, of a first page as a picture; 0 is the usual
	form, language string            // of a document or its face; see templates.ParseEdition
	edition        templates.Edition // which follows from them
}

// formats are those of each face, the usual one first.
var formats = map[string][]string{
	"document": {"pdf"}, "code": {"svg", "png", "txt"}, "face": {"svg", "png"}, "card": {"png"}, "counter": {"pdf"},
}

// settled gives the face with what was left open.
func (f face) settled() (face, error) {
	if f.what == "" {
		f.what = "code"
		if f.format == "" || f.format == "pdf" {
			f.what = "document"
		}
	}
	known, ok := formats[f.what]
	if !ok {
		return f, usage("what", fmt.Errorf("%q is none of document, code, face, card, counter", f.what))
	}
	if f.format == "" {
		f.format = known[0]
	}
	if !slices.Contains(known, f.format) {
		return f, usage("format", fmt.Errorf("%q is none of the formats of a %s: %s", f.format, f.what, strings.Join(known, ", ")))
	}
	var err error
	if f.edition, err = templates.ParseEdition(f.form, f.language); err != nil {
		return f, usage("edition", err)
	}
	if f.what != "document" && f.what != "face" && f.edition != (templates.Edition{}) {
		return f, usage("edition", fmt.Errorf("--form and --language are of the document and its face; there is one %s", f.what))
	}
	if f.width == 0 {
		f.width = templates.UsualFace
	}
	if f.width < templates.MinFace || f.width > templates.MaxFace {
		return f, usage("width", fmt.Errorf("%d pixels, and not from %d to %d", f.width, templates.MinFace, templates.MaxFace))
	}
	return f, nil
}

// face makes one of the faces of a license: the sealed document that was made
// once, and the others anew, which are the same each time.
func (d *deployment) face(ctx context.Context, f face, v issuer.Version) ([]byte, error) {
	f, err := f.settled()
	if err != nil {
		return nil, err
	}
	if f.what == "document" {
		return d.press.Document(ctx, v, f.edition)
	}
	return d.press.Draw(v, f.what+"."+f.format, f.edition, f.width)
}
