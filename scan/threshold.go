package scan

import (
	"image"

	"github.com/makiuchi-d/gozxing"
)

// bits is a picture in black and white.
type bits struct {
	w, h int
	dark []bool
}

func (b *bits) at(x, y int) bool {
	return x >= 0 && y >= 0 && x < b.w && y < b.h && b.dark[y*b.w+x]
}

const (
	windows    = 14 // how many windows for the mean lie along the shorter side
	leastLevel = 24 // pixels of the smallest window
)

// threshold calls dark what is darker than the mean around it, so that
// shadows and low contrast do not matter.
func threshold(img *image.Gray) *bits {
	w, h := img.Rect.Dx(), img.Rect.Dy()
	sums := make([]uint32, (w+1)*(h+1)) // of all pixels above and to the left; differences hold even where it overflows
	for y := range h {
		row := uint32(0)
		for x := range w {
			row += uint32(img.Pix[y*img.Stride+x])
			sums[(y+1)*(w+1)+x+1] = sums[y*(w+1)+x+1] + row
		}
	}
	half := max(leastLevel, min(w, h)/windows) / 2
	out := &bits{w: w, h: h, dark: make([]bool, w*h)}
	for y := range h {
		top, bottom := max(0, y-half)*(w+1), min(h, y+half+1)*(w+1)
		rows := (bottom - top) / (w + 1)
		for x := range w {
			left, right := max(0, x-half), min(w, x+half+1)
			sum := sums[bottom+right] - sums[bottom+left] - sums[top+right] + sums[top+left]
			// Darker by a little more than noise is.
			out.dark[y*w+x] = uint64(img.Pix[y*img.Stride+x])*uint64(rows*(right-left))*100 < uint64(sum)*94
		}
	}
	return out
}

// hybrid cuts by blocks of 8 pixels and those around them, as ZXing does. It
// finds corners in some pictures in which threshold finds none.
func hybrid(img *image.Gray) *bits {
	out := &bits{w: img.Rect.Dx(), h: img.Rect.Dy(), dark: make([]bool, img.Rect.Dx()*img.Rect.Dy())}
	matrix, err := gozxing.NewHybridBinarizer(gozxing.NewLuminanceSourceFromImage(img)).GetBlackMatrix()
	if err != nil {
		return out
	}
	for y := range out.h {
		for x := range out.w {
			out.dark[y*out.w+x] = matrix.Get(x, y)
		}
	}
	return out
}
