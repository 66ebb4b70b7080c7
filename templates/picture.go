package templates

import (
	"bytes"
	"errors"
	"fmt"
	"html"

	"yizheng/qr"
	"yizheng/templates/pdf"
)

// CodeSVG draws a code with its quiet zone, and the license's number beneath
// for people to type, as an SVG picture without size: it fills where it is
// put.
func CodeSVG(q qr.Symbol, number string) []byte {
	side, path := CodePath(q)
	height := side + numberModules
	var b bytes.Buffer
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" role="img" aria-label="%s">`, side, height, html.EscapeString(number))
	fmt.Fprintf(&b, `<rect width="%d" height="%d" fill="#fff"/><path stroke="#000" shape-rendering="crispEdges" d="%s`, side, height, path)
	fmt.Fprintf(&b, `"/><text x="%d" y="%d" font-size="4.6" text-anchor="middle" font-family="serif">%s</text></svg>`,
		side/2, side+1, html.EscapeString(number))
	return b.Bytes()
}

// The height of the line with the number, and the size of its type where the
// number is not too long, in modules.
const (
	numberModules = 4
	numberSize    = 4.6
)

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
	side := float64(q.Size + 2*quietZone) // and a module is a millimetre, for the while
	s := newSetting(p, Document{})
	s.page = pdf.NewContent(side + numberModules)
	s.symbol(q, quietZone, quietZone, 1)
	st := style{size: numberSize / perPoint}
	s.centred(st.within(s, 0.96*side, number), side/2, side+1, 0, number)
	s.file.Page(side, side+numberModules, s.page)
	return s.picture(int(side) * module)
}
