package scan

import (
	"bytes"
	"fmt"
	"image"
	"io"

	"github.com/pdfcpu/pdfcpu/pkg/pdfcpu"
	"github.com/pdfcpu/pdfcpu/pkg/pdfcpu/model"
	"github.com/pdfcpu/pdfcpu/pkg/pdfcpu/types"
	"golang.org/x/image/tiff"
)

// maxPictures is how many pictures of a document are looked at: a scan of a
// license has one a page.
const maxPictures = 8

// maxDocumentPixels is how many pixels the pictures of a document may have in
// all: eight pages of A4 at 300 dpi, or two at 600.
const maxDocumentPixels = 72 << 20

// document reads the QR codes of a PDF, page after page. Where what was added
// to a file cannot be read, the file is read as it was before: what the code
// says and what became of the file are to be told, and not that it is damaged.
func document(b []byte) ([]string, error) {
	ctx, err := opened(b)
	if err != nil {
		first, added := firstRevision(b)
		if !added {
			return nil, err
		}
		if ctx, err = opened(first); err != nil {
			return nil, err
		}
	}
	var texts []string
	left := left{pictures: maxPictures, pixels: maxDocumentPixels, work: maxWork, drawn: maxDrawn}
	for n := 1; n <= min(ctx.PageCount, MaxPages); n++ {
		p := painter{ctx: ctx, page: n, left: &left}
		if err := p.read(); err != nil {
			continue // the other pages may be sound
		}
		if img := p.paint(); img != nil {
			texts = merge(texts, codes(img)...)
		}
		for _, img := range p.pictures {
			texts = merge(texts, codes(img)...)
		}
	}
	return texts, nil
}

// firstRevision is a file up to where it ended first, and whether anything was
// added to it since.
func firstRevision(b []byte) (first []byte, added bool) {
	const end = "%%EOF"
	at := bytes.Index(b, []byte(end))
	if at < 0 {
		return nil, false
	}
	at += len(end)
	return b[:at], len(bytes.TrimSpace(b[at:])) > 0
}

// opened reads the structure of a PDF.
func opened(b []byte) (ctx *model.Context, err error) {
	// The reader beneath is not ours, and the input is anybody's.
	defer func() {
		if r := recover(); r != nil {
			ctx, err = nil, fmt.Errorf("%w: it is damaged", ErrFormat)
		}
	}()
	limits := model.DefaultResourceLimits()
	limits.MaxStreamBytes, limits.MaxDecodeBytes = MaxSize, 4*MaxSize
	limits.MaxImagePixels, limits.MaxImageBytes = MaxPixels, maxWeight
	// The configuration is made here, as the library's own would be read from
	// a file in the user's folder.
	ctx, err = pdfcpu.Read(bytes.NewReader(b), &model.Configuration{
		Reader15: true, ValidationMode: model.ValidationRelaxed, Offline: true, Limits: limits,
	})
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrFormat, err)
	}
	if err := ctx.EnsurePageCount(); err != nil {
		return nil, fmt.Errorf("%w: counting pages: %w", ErrFormat, err)
	}
	return ctx, nil
}

// read interprets the content of a page.
func (p *painter) read() error {
	dict, _, inherited, err := p.ctx.PageDict(p.page, false)
	if err != nil {
		return err
	}
	content, err := p.ctx.PageContent(dict, p.page)
	if err != nil {
		return err
	}
	var resources types.Dict
	if inherited != nil {
		resources = inherited.Resources
	}
	p.state.matrix = identity
	p.run(content, resources, 0)
	return nil
}

// object looks an XObject up by its name and draws it.
func (p *painter) object(name string, resources types.Dict, depth int) {
	if depth >= maxDepth {
		return
	}
	all, err := p.ctx.DereferenceDict(resources["XObject"])
	if err != nil || all == nil {
		return
	}
	stream, _, err := p.ctx.DereferenceStreamDict(all[name])
	if err != nil || stream == nil {
		return
	}
	switch kind := stream.Subtype(); {
	case kind == nil:
	case *kind == "Image" && p.left.pictures > 0:
		p.left.pictures--
		if img := p.picture(stream, name); img != nil {
			p.pictures = append(p.pictures, worked(img))
		}
	case *kind == "Form":
		p.form(stream, resources, depth)
	}
}

// form runs the content of a form XObject within the present state.
func (p *painter) form(stream *types.StreamDict, resources types.Dict, depth int) {
	if p.left.work -= formCost; p.left.work < 0 {
		return
	}
	if err := stream.DecodeWithLimit(4 * MaxSize); err != nil {
		return
	}
	if own, err := p.ctx.DereferenceDict(stream.Dict["Resources"]); err == nil && own != nil {
		resources = own
	}
	saved := p.state
	if m, err := p.ctx.DereferenceArray(stream.Dict["Matrix"]); err == nil && len(m) == 6 {
		var v [6]float64
		for i := range v {
			v[i], _ = p.ctx.DereferenceNumber(m[i])
		}
		p.state.matrix = matrix(v).times(p.state.matrix)
	}
	p.run(stream.Content, resources, depth+1)
	p.state = saved
}

// weight is about how many bytes a pixel takes in a picture that is no JPEG: as
// it stands in the document, as it is taken out, and as it is read again. What a
// JPEG takes is looked at where it is decoded.
func (p *painter) weight(stream *types.StreamDict) int {
	const grey, colour, deep = 3, 9, 18
	if f := stream.FilterPipeline; len(f) > 0 && f[len(f)-1].Name == "DCTDecode" {
		return 1
	}
	depth := stream.IntEntry("BitsPerComponent")
	space := stream.NameEntry("ColorSpace")
	switch {
	case depth != nil && *depth == 16:
		return deep
	case depth == nil || *depth == 1 || space != nil && *space == "DeviceGray":
		return grey
	}
	return colour
}

// picture takes a picture out of the document; nil where it is of a kind that
// cannot be read.
func (p *painter) picture(stream *types.StreamDict, name string) image.Image {
	w, h := stream.IntEntry("Width"), stream.IntEntry("Height")
	if w == nil || h == nil || *w <= 0 || *h <= 0 || *w > MaxPixels / *h {
		return nil
	}
	if p.left.pixels -= *w * *h; p.left.pixels < 0 || *w**h > maxWeight/p.weight(stream) {
		return nil
	}
	taken, err := pdfcpu.ExtractImage(p.ctx, stream, false, name, 0, false)
	if err != nil || taken == nil || taken.Reader == nil {
		return nil
	}
	b, err := io.ReadAll(io.LimitReader(taken.Reader, maxWeight))
	if err != nil {
		return nil
	}
	if img, err := decode(b); err == nil {
		return img
	}
	if img, err := tiff.Decode(bytes.NewReader(b)); err == nil {
		return img
	}
	return nil
}
