package scan

import (
	"image"
	"image/color"
	"image/draw"

	scale "golang.org/x/image/draw"
)

// Pixels between which a picture is best worked on: an A4 page at 150 dpi has
// 2 million. Of more, a quarter is looked at first, and everything where that
// fails; of fewer, four times as many are made of them.
const (
	workedPixels = 12 << 20
	manyPixels   = 4 << 20
	fewPixels    = 3 << 19
)

// codes reads the QR codes of a picture, at one size after the other until one
// finds something.
func codes(img image.Image) []string {
	gray := worked(img)
	sizes := []*image.Gray{gray}
	switch pixels := gray.Rect.Dx() * gray.Rect.Dy(); {
	case pixels > manyPixels:
		sizes = []*image.Gray{halved(gray), gray}
	case pixels < fewPixels:
		sizes = []*image.Gray{doubled(gray), gray}
	default:
		sizes = append(sizes, halved(gray))
	}
	for _, cut := range []func(*image.Gray) *bits{threshold, hybrid} {
		for _, size := range sizes {
			if texts := atSize(size, cut); len(texts) > 0 {
				return texts
			}
		}
	}
	return nil
}

// worked makes a picture grey, and no larger than it is worked on.
func worked(img image.Image) *image.Gray {
	gray := grey(img)
	for gray.Rect.Dx()*gray.Rect.Dy() > workedPixels {
		gray = halved(gray)
	}
	return gray
}

// maxTriples is how many sets of three corners are tried in vain in a picture.
const maxTriples = 6

// atSize looks for symbols dark on light, then for light on dark, in the black
// and white that cut makes.
func atSize(gray *image.Gray, cut func(*image.Gray) *bits) (texts []string) {
	for range 2 {
		if texts = symbols(gray, cut(gray)); len(texts) > 0 {
			return texts
		}
		gray = negative(gray)
	}
	return nil
}

// symbols reads what lies between finder patterns. One that belongs to a
// symbol that was read belongs to no other.
func symbols(gray *image.Gray, black *bits) (texts []string) {
	used := make(map[point]bool)
	tried := 0
	for _, t := range triples(corners(black)) {
		if used[t.topLeft.point] || used[t.topRight.point] || used[t.bottomLeft.point] {
			continue
		}
		if text, ok := symbol(gray, t); ok {
			texts = merge(texts, text)
			used[t.topLeft.point], used[t.topRight.point], used[t.bottomLeft.point] = true, true, true
		} else if tried++; tried == maxTriples {
			break
		}
	}
	return texts
}

func negative(img *image.Gray) *image.Gray {
	out := image.NewGray(img.Rect)
	for i, v := range img.Pix {
		out.Pix[i] = 255 - v
	}
	return out
}

// grey makes a picture grey, upon white where it is transparent.
func grey(img image.Image) *image.Gray {
	r := img.Bounds()
	if gray, ok := img.(*image.Gray); ok && r.Min == (image.Point{}) && gray.Stride == r.Dx() {
		return gray
	}
	out := image.NewGray(image.Rect(0, 0, r.Dx(), r.Dy()))
	draw.Draw(out, out.Rect, image.NewUniform(color.White), image.Point{}, draw.Src)
	draw.Draw(out, out.Rect, img, r.Min, draw.Over)
	return out
}

// halved makes a picture half as large.
func halved(img *image.Gray) *image.Gray {
	w, h := img.Rect.Dx()/2, img.Rect.Dy()/2
	out := image.NewGray(image.Rect(0, 0, w, h))
	for y := range h {
		above, below := img.Pix[2*y*img.Stride:], img.Pix[(2*y+1)*img.Stride:]
		for x := range w {
			sum := uint(above[2*x]) + uint(above[2*x+1]) + uint(below[2*x]) + uint(below[2*x+1])
			out.Pix[y*out.Stride+x] = uint8((sum + 2) / 4)
		}
	}
	return out
}

// doubled makes a picture twice as large.
func doubled(img *image.Gray) *image.Gray {
	out := image.NewGray(image.Rect(0, 0, 2*img.Rect.Dx(), 2*img.Rect.Dy()))
	scale.CatmullRom.Scale(out, out.Rect, img, img.Rect, scale.Src, nil)
	return out
}
