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
	low      int     // rows that something was put on: from low
	high     int     // up to high
	opacity  float64 // with which it is laid upon the one below
	multiply bool
}

func newLayer(bounds image.Rectangle) *layer {
	return &layer{pix: make([]uint8, 4*bounds.Dx()*bounds.Dy()), bounds: bounds, low: bounds.Dy()}
}

func (l *layer) at(x, y int) []uint8 {
	i := 4 * (y*l.bounds.Dx() + x)
	return l.pix[i : i+4 : i+4]
}

// drop gives what puts an ink onto a pixel that is covered by so much.
func (l *layer) drop(ink pdf.Colour, opacity float64, multiply bool) func(x, y int, by uint8) {
	var colour [3]uint32
	for i, v := range ink {
		colour[i] = uint32(v*255 + 0.5)
	}
	whole := uint32(opacity*255 + 0.5)
	return func(x, y int, by uint8) {
		a := product(uint32(by), whole)
		if a == 0 {
			return
		}
		l.low, l.high = min(l.low, y), max(l.high, y+1)
		blend(l.at(x, y), [3]uint32{product(colour[0], a), product(colour[1], a), product(colour[2], a)}, a, multiply)
	}
}

// lay puts a whole layer on top.
func (l *layer) lay(above *layer) {
	whole := uint32(above.opacity*255 + 0.5)
	l.low, l.high = min(l.low, above.low), max(l.high, above.high)
	for y := above.low; y < above.high; y++ {
		for x := range above.bounds.Dx() {
			s := above.at(x, y)
			if s[3] == 0 {
				continue
			}
			blend(l.at(x, y), [3]uint32{product(uint32(s[0]), whole), product(uint32(s[1]), whole), product(uint32(s[2]), whole)}, product(uint32(s[3]), whole), above.multiply)
		}
	}
}

// blend puts a colour, multiplied by its opacity a, onto a pixel (ISO
// 32000-1, 11.3.6). Where multiply is set the ground darkens it.
func blend(pixel []uint8, colour [3]uint32, a uint32, multiply bool) {
	ground := uint32(pixel[3])
	for i, c := range colour {
		b := uint32(pixel[i])
		v := c + product(b, 255-a)
		if multiply {
			v = product(c, 255-ground) + product(c, b) + product(b, 255-a)
		}
		pixel[i] = uint8(min(255, v))
	}
	pixel[3] = uint8(min(255, a+product(ground, 255-a)))
}

// product multiplies two parts of 255.
func product(a, b uint32) uint32 { return (a*b + 127) / 255 }
