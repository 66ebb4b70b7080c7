package templates

import (
	"bytes"
	"errors"
	"fmt"
	"html"
	"image"
	"image/color"
	"image/draw"
	"image/png"

	"golang.org/x/image/vector"

	"yizheng/qr"
	"yizheng/templates/font"
)

// CodeSVG draws a code with its quiet zone, and the license's number beneath
// for people to type, as an SVG picture without size: it fills where it is
// put.
func CodeSVG(q qr.Symbol, number string) []byte {
	side := q.Size + 2*quietZone
	height := side + numberModules
	var b bytes.Buffer
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" role="img" aria-label="%s">`, side, height, html.EscapeString(number))
	fmt.Fprintf(&b, `<rect width="%d" height="%d" fill="#fff"/><path shape-rendering="crispEdges" d="`, side, height)
	for _, r := range runs(q) {
		fmt.Fprintf(&b, "M%d %dh%dv%dh-%dz", r.x+quietZone, r.y+quietZone, r.w, r.h, r.w)
	}
	fmt.Fprintf(&b, `"/><text x="%d" y="%d" font-size="4.6" text-anchor="middle" font-family="serif">%s</text></svg>`,
		side/2, side+1, html.EscapeString(number))
	return b.Bytes()
}

// numberModules is the height of the line with the number, in modules.
const numberModules = 4

// The sides that a module of a picture may have, in pixels.
const (
	MinModule = 1
	MaxModule = 64
)

// ErrModule says that a picture was asked for with modules of a size that it
// cannot have.
var ErrModule = errors.New("the size of a module is out of range")

// CodePNG draws a code as [CodeSVG] does, as a PNG picture with modules of
// the given number of pixels, from [MinModule] to [MaxModule]. Modules are
// whole pixels, so that none is blurred.
func (p *Printer) CodePNG(q qr.Symbol, number string, module int) ([]byte, error) {
	if module < MinModule || module > MaxModule {
		return nil, fmt.Errorf("%w: %d pixels, %d to %d", ErrModule, module, MinModule, MaxModule)
	}
	side := q.Size + 2*quietZone
	img := image.NewPaletted(image.Rect(0, 0, side*module, (side+numberModules)*module), greys())
	for _, r := range runs(q) {
		at := image.Rect(r.x, r.y, r.x+r.w, r.y+r.h).Add(image.Pt(quietZone, quietZone))
		draw.Draw(img, image.Rectangle{at.Min.Mul(module), at.Max.Mul(module)}, image.NewUniform(color.Black), image.Point{}, draw.Src)
	}
	p.caption(img, number, 4.6*float64(module), float64(side+1)*float64(module))
	var b bytes.Buffer
	if err := png.Encode(&b, img); err != nil {
		return nil, fmt.Errorf("encoding the picture: %w", err)
	}
	return b.Bytes(), nil
}

// greys are the shades of a picture, white first.
func greys() color.Palette {
	all := make(color.Palette, 16)
	for i := range all {
		all[i] = color.Gray{Y: uint8(255 - 17*i)}
	}
	return all
}

// caption draws a text in the middle of a picture with its base line at y, as
// large as size pixels, or smaller where it is too wide.
func (p *Printer) caption(img draw.Image, text string, size, y float64) {
	w, h := img.Bounds().Dx(), img.Bounds().Dy()
	st := style{size: size / perPoint} // so that its measures are pixels
	if room := 0.96 * float64(w); p.measure(st, text) > room {
		size *= room / p.measure(st, text)
		st.size = size / perPoint
	}
	x := (float64(w) - p.measure(st, text)) / 2
	raster := vector.NewRasterizer(w, h)
	for _, r := range text {
		face := faceOf(p.regular, r)
		if face == nil {
			continue
		}
		g, _ := face.Glyph(r)
		k := size / float64(face.UnitsPerEm)
		at := func(q font.Point) (float32, float32) { return float32(x + q.X*k), float32(y - q.Y*k) }
		for _, c := range face.Outline(g) {
			raster.MoveTo(at(c.Start))
			for _, s := range c.Segments {
				ex, ey := at(s.End)
				if s.Curve {
					ax, ay := at(s.A)
					bx, by := at(s.B)
					raster.CubeTo(ax, ay, bx, by, ex, ey)
				} else {
					raster.LineTo(ex, ey)
				}
			}
			raster.ClosePath()
		}
		x += p.width(st, r)
	}
	mask := image.NewAlpha(img.Bounds())
	raster.Draw(mask, mask.Rect, image.Opaque, image.Point{})
	draw.DrawMask(img, img.Bounds(), image.NewUniform(color.Black), image.Point{}, mask, image.Point{}, draw.Over)
}
