package scantest

import (
	"hash/fnv"
	"image"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/makiuchi-d/gozxing"
	"github.com/makiuchi-d/gozxing/qrcode"

	"yizheng/qr"
)

// Scene makes the pictures of one document. Its pages are rendered once for
// each resolution.
type Scene struct {
	document Document
	at       place
	pages    map[float64]*image.Gray // by dots per inch
}

// NewScene renders the document and finds where its code stands.
func NewScene(tb testing.TB, d Document) *Scene {
	tb.Helper()
	s := &Scene{document: d, pages: make(map[float64]*image.Gray)}
	s.at = locate(tb, s.page(tb, finest), d)
	return s
}

// ModuleMM is the side of a module on the page as it was rendered, in
// millimetres.
func (s *Scene) ModuleMM() float64 { return s.at.module }

func (s *Scene) page(tb testing.TB, dpi float64) *image.Gray {
	tb.Helper()
	if s.pages[dpi] == nil {
		s.pages[dpi] = Render(tb, s.document.PDF, dpi)
	}
	return s.pages[dpi]
}

// locate finds the code by its finder patterns.
func locate(tb testing.TB, page *image.Gray, d Document) place {
	tb.Helper()
	bitmap, err := gozxing.NewBinaryBitmap(gozxing.NewHybridBinarizer(gozxing.NewLuminanceSourceFromImage(page)))
	if err != nil {
		tb.Fatal(err)
	}
	found, err := qrcode.NewQRCodeReader().Decode(bitmap, map[gozxing.DecodeHintType]any{gozxing.DecodeHintType_TRY_HARDER: true})
	if err != nil || found.GetText() != d.Text {
		tb.Fatalf("the code of %s cannot be located on its page: %v", d.Name, err)
	}
	corners := found.GetResultPoints() // bottom left, top left, top right
	left, top := corners[1].GetX(), corners[1].GetY()
	module := (corners[2].GetX() - left) / float64(d.Symbol.Size-7) * inch / finest
	return place{
		x: left*inch/finest - 3.5*module, y: top*inch/finest - 3.5*module,
		side: float64(d.Symbol.Size) * module, module: module,
	}
}

// Picture is what a reader gets to see of the document under the condition, at
// so many dots per inch of the paper (or of the screen that shows it).
func (s *Scene) Picture(tb testing.TB, c Condition, dpi float64) *image.Gray {
	tb.Helper()
	random := rand.New(rand.NewPCG(seed(s.document.Name, c.Name), math.Float64bits(dpi)))
	picture := s.seen(tb, c, dpi, random)
	picture, err := compressed(exposed(blurred(picture, c.Blur*dpi/inch), c, random), c.JPEG)
	if err != nil {
		tb.Fatal(err)
	}
	return picture
}

// seen is the picture before lens and sensor have spoilt it.
func (s *Scene) seen(tb testing.TB, c Condition, dpi float64, random *rand.Rand) *image.Gray {
	tb.Helper()
	if c.Screen {
		p := screen(s.document.Symbol)
		side := screenWidth * 1.1
		return view{screenWidth / 2, screenWidth / 2, side, side, c.Turn, c.Tilt, 0.5}.look(p, dpi)
	}
	printed := c.Print
	if printed == 0 {
		printed = 1
	}
	rendered := finest
	if c.onPaper() {
		rendered = dpi
	}
	p := paper{img: clone(s.page(tb, rendered*printed)), scale: rendered / inch}
	at := s.at.scaled(printed)
	if c.Stains > 0 {
		stained(p, at, c.Stains, random)
	}
	if c.Gloss > 0 {
		glossed(p, at, c.Gloss)
	}
	if c.Shade > 0 {
		shaded(p, at, c.Shade)
	}
	if c.onPaper() {
		return p.img
	}
	width, height := float64(p.img.Rect.Dx())/p.scale, float64(p.img.Rect.Dy())/p.scale
	v := view{width / 2, height / 2, width, height, c.Turn, c.Tilt, 1}
	if c.Photograph {
		v.x, v.y = at.middle()
		v.width, v.height = field, field
	}
	return v.look(p, dpi)
}

func clone(img *image.Gray) *image.Gray {
	out := *img
	out.Pix = append([]uint8(nil), img.Pix...)
	return &out
}

func seed(names ...string) uint64 {
	h := fnv.New64a()
	for _, name := range names {
		h.Write([]byte(name))
		h.Write([]byte{0})
	}
	return h.Sum64()
}

// The screen of a phone: 1080 pixels of three stripes each on 65 mm.
const (
	screenWidth  = 65.0
	screenPixels = 1080
)

// screen shows the code with its quiet zone, in whole pixels a module. Each
// pixel is three dots wide (red, green and blue, of the brightness that the
// eye gives them) and three high, of which the last is half dark.
func screen(symbol qr.Symbol) paper {
	const quiet = 4
	n := symbol.Size + 2*quiet
	module := screenPixels / n
	edge := (screenPixels - module*n) / 2
	img := image.NewGray(image.Rect(0, 0, 3*screenPixels, 3*screenPixels))
	stripes := [3]float64{0.51, 1, 0.19} // red, green and blue, green being full
	for y := range img.Rect.Dy() {
		for x := range img.Rect.Dx() {
			if symbol.At((x/3-edge)/module-quiet, (y/3-edge)/module-quiet) {
				img.Pix[y*img.Stride+x] = 12
				continue
			}
			level := 40 + 215*stripes[x%3]
			if y%3 == 2 {
				level *= 0.6
			}
			img.Pix[y*img.Stride+x] = uint8(level)
		}
	}
	return paper{img: img, scale: 3 * screenPixels / screenWidth, sharp: true}
}
