package scan

import (
	"image"
	"image/color"
	"image/draw"

	"github.com/makiuchi-d/gozxing"
	multi "github.com/makiuchi-d/gozxing/multi/qrcode"
	"github.com/makiuchi-d/gozxing/qrcode"
	scale "golang.org/x/image/draw"
)

// workedPixels is how large a picture is worked on. More does not help, as an
// A4 page at 300 dpi has 9 million, and takes a time that nobody waits for.
const workedPixels = 12 << 20

// Sides, in pixels, between which a picture is tried at another size too.
const (
	smallSide = 2400 // a smaller picture is tried twice as large
	largeSide = 1600 // a larger one half as large
)

// codes reads the QR codes of a picture. A reader of this kind finds dense
// symbols at one size and threshold and not at another, so several are tried,
// the likeliest first, until one finds something.
func codes(img image.Image) []string {
	gray := grey(img)
	for gray.Rect.Dx()*gray.Rect.Dy() > workedPixels {
		gray = resize(gray, 1, 2)
	}
	side := max(gray.Rect.Dx(), gray.Rect.Dy())
	sizes := []func() *image.Gray{func() *image.Gray { return gray }}
	if side < smallSide {
		sizes = append(sizes, func() *image.Gray { return resize(gray, 2, 1) })
	}
	if side > largeSide {
		sizes = append(sizes, func() *image.Gray { return resize(gray, 1, 2) })
	}
	if side < smallSide/2 {
		sizes = append(sizes, func() *image.Gray { return resize(gray, 3, 1) })
	} else {
		sizes = append(sizes, func() *image.Gray { return resize(gray, 3, 4) })
	}
	for _, size := range sizes {
		if texts := atSize(size()); len(texts) > 0 {
			return texts
		}
	}
	return nil
}

// atSize tries both thresholds, then the picture inverted.
func atSize(gray *image.Gray) (texts []string) {
	source := gozxing.NewLuminanceSourceFromImage(gray)
	for _, s := range []gozxing.LuminanceSource{source, source.Invert()} {
		for _, b := range []gozxing.Binarizer{gozxing.NewHybridBinarizer(s), gozxing.NewGlobalHistgramBinarizer(s)} {
			if texts = thresholded(b); len(texts) > 0 {
				return texts
			}
		}
	}
	return nil
}

func thresholded(b gozxing.Binarizer) (texts []string) {
	hints := map[gozxing.DecodeHintType]any{gozxing.DecodeHintType_TRY_HARDER: true}
	bitmap, err := gozxing.NewBinaryBitmap(b)
	if err != nil {
		return nil
	}
	if r, err := qrcode.NewQRCodeReader().Decode(bitmap, hints); err == nil {
		texts = merge(texts, r.GetText())
	}
	if rs, err := multi.NewQRCodeMultiReader().DecodeMultiple(bitmap, hints); err == nil {
		for _, r := range rs {
			texts = merge(texts, r.GetText())
		}
	}
	return texts
}

// grey makes a picture grey, upon white where it is transparent.
func grey(img image.Image) *image.Gray {
	r := img.Bounds()
	out := image.NewGray(image.Rect(0, 0, r.Dx(), r.Dy()))
	draw.Draw(out, out.Rect, image.NewUniform(color.White), image.Point{}, draw.Src)
	draw.Draw(out, out.Rect, img, r.Min, draw.Over)
	return out
}

// resize makes a picture n/d times as large.
func resize(img *image.Gray, n, d int) *image.Gray {
	out := image.NewGray(image.Rect(0, 0, img.Rect.Dx()*n/d, img.Rect.Dy()*n/d))
	scale.CatmullRom.Scale(out, out.Rect, img, img.Rect, scale.Src, nil)
	return out
}
