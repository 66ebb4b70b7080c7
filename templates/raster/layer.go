package raster

import (
	"image"

	"yizheng/templates/pdf"
)

// layer is a picture that others are laid upon: red, green, blue and opacity
// of each pixel, the colours multiplied by the opacity.
type layer struct {
	pix      []uint8
	bounds   image.Rectangle
	touched  image.Rectangle
	opacity  float64 // with which it is laid upon the one below
	multiply bool
}

func newLayer(bounds image.Rectangle) *layer {
	return &layer{pix: make([]uint8, 4*bounds.Dx()*bounds.Dy()), bounds: bounds}
}

func (l *layer) at(x, y int) []uint8 {
	i := 4 * (y*l.bounds.Dx() + x)
	return l.pix[i : i+4 : i+4]
}

// ink colours the layer where the mask is.
func (l *layer) ink(mask *image.Alpha, ink pdf.Colour, opacity float64, multiply bool) {
	var colour [3]uint32
	for i, v := range ink {
		colour[i] = uint32(v*255 + 0.5)
	}
	whole := uint32(opacity*255 + 0.5)
	l.touched = l.touched.Union(mask.Rect)
	for y := mask.Rect.Min.Y; y < mask.Rect.Max.Y; y++ {
		row := mask.Pix[mask.PixOffset(mask.Rect.Min.X, y):]
		for i := range mask.Rect.Dx() {
			if row[i] == 0 {
				continue
			}
			a := by(uint32(row[i]), whole)
			blend(l.at(mask.Rect.Min.X+i, y), [3]uint32{by(colour[0], a), by(colour[1], a), by(colour[2], a)}, a, multiply)
		}
	}
}

// lay puts a whole layer on top.
func (l *layer) lay(above *layer) {
	whole := uint32(above.opacity*255 + 0.5)
	l.touched = l.touched.Union(above.touched)
	for y := above.touched.Min.Y; y < above.touched.Max.Y; y++ {
		for x := above.touched.Min.X; x < above.touched.Max.X; x++ {
			s := above.at(x, y)
			if s[3] == 0 {
				continue
			}
			blend(l.at(x, y), [3]uint32{by(uint32(s[0]), whole), by(uint32(s[1]), whole), by(uint32(s[2]), whole)}, by(uint32(s[3]), whole), above.multiply)
		}
	}
}

// blend puts a colour, multiplied by its opacity a, onto a pixel (ISO
// 32000-1, 11.3.6). Where multiply is set the ground darkens it.
func blend(pixel []uint8, colour [3]uint32, a uint32, multiply bool) {
	ground := uint32(pixel[3])
	for i, c := range colour {
		b := uint32(pixel[i])
		v := c + by(b, 255-a)
		if multiply {
			v = by(c, 255-ground) + by(c, b) + by(b, 255-a)
		}
		pixel[i] = uint8(min(255, v))
	}
	pixel[3] = uint8(min(255, a+by(ground, 255-a)))
}

// by multiplies two parts of 255.
func by(a, b uint32) uint32 { return (a*b + 127) / 255 }
