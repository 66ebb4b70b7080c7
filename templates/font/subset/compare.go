package main

import (
	"fmt"
	"image"
	"image/draw"

	"golang.org/x/image/vector"

	"yizheng/templates/font"
)

// side is the em, in pixels, at which outlines are compared: a character of
// 14 points at 1200 dots an inch.
const side = 233

// comparison gathers how far rounded outlines are from those that they were
// made of: the part of an em's pixels by which their pictures differ.
type comparison struct {
	n     int
	sum   float64
	worst float64
	char  rune
}

// tolerance is how much of the em a character may differ in. A line that is
// half a unit of 133 off along the whole em differs in three eighths of a
// percent, and a character of many strokes has some twenty such edges.
const tolerance = 0.04

func (c *comparison) add(char rune, d float64) error {
	c.n++
	c.sum += d
	if d > c.worst {
		c.worst, c.char = d, char
	}
	if d > tolerance {
		return fmt.Errorf("%c differs from its source in %.1f %% of the em", char, 100*d)
	}
	return nil
}

func (c comparison) String() string {
	return fmt.Sprintf("differs from its source in %.2f %% of the em on average and %.2f %% at most (%c)", 100*c.sum/float64(c.n), 100*c.worst, c.char)
}

// picture fills an outline, in grey where a pixel is covered in part. Around
// the em lies half an em of room on all sides.
func picture(contours []font.Contour, scale float64) *image.Alpha {
	raster := vector.NewRasterizer(2*side, 2*side)
	at := func(p font.Point) (float32, float32) {
		return float32(p.X*scale + side/2), float32(1.38*side - p.Y*scale)
	}
	for _, c := range contours {
		raster.MoveTo(at(c.Start))
		for _, s := range c.Segments {
			x, y := at(s.End)
			if !s.Curve {
				raster.LineTo(x, y)
				continue
			}
			ax, ay := at(s.A)
			bx, by := at(s.B)
			raster.CubeTo(ax, ay, bx, by, x, y)
		}
		raster.ClosePath()
	}
	img := image.NewAlpha(raster.Bounds())
	raster.DrawOp = draw.Src
	raster.Draw(img, img.Rect, image.Opaque, image.Point{})
	return img
}

func difference(a, b *image.Alpha) float64 {
	sum := 0
	for i, v := range a.Pix {
		sum += max(int(v), int(b.Pix[i])) - min(int(v), int(b.Pix[i]))
	}
	return float64(sum) / 255 / (side * side)
}
