package raster

import (
	"image"
	"image/draw"
	"math"

	"yizheng/templates/pdf"
)

// mask gives how far each pixel lies within the path, by the non-zero rule.
// Its bounds are those of the path.
func (p *Picture) mask(path pdf.Path) *image.Alpha {
	box := bounds(path).Intersect(p.bounds)
	mask := image.NewAlpha(box)
	if box.Empty() {
		return mask
	}
	p.rows.Reset(box.Dx(), box.Dy())
	at := func(q pdf.Point) (float32, float32) {
		return float32(q.X - float64(box.Min.X)), float32(q.Y - float64(box.Min.Y))
	}
	for _, s := range path {
		x, y := at(s.End())
		switch s.Op {
		case 'm':
			p.rows.ClosePath()
			p.rows.MoveTo(x, y)
		case 'l':
			p.rows.LineTo(x, y)
		case 'c':
			x1, y1 := at(s.Points[0])
			x2, y2 := at(s.Points[1])
			p.rows.CubeTo(x1, y1, x2, y2, x, y)
		case 'h':
			p.rows.ClosePath()
		}
	}
	p.rows.ClosePath()
	p.rows.DrawOp = draw.Src
	p.rows.Draw(mask, box, image.Opaque, image.Point{})
	return mask
}

// evenOdd is mask by the even-odd rule: each closed line turns within into
// without.
func (p *Picture) evenOdd(path pdf.Path) *image.Alpha {
	all := image.NewAlpha(bounds(path).Intersect(p.bounds))
	for from := 0; from < len(path); {
		to := from + 1
		for to < len(path) && path[to].Op != 'm' {
			to++
		}
		one := p.mask(path[from:to])
		for y := one.Rect.Min.Y; y < one.Rect.Max.Y; y++ {
			for x := one.Rect.Min.X; x < one.Rect.Max.X; x++ {
				a, b := int(all.AlphaAt(x, y).A), int(one.AlphaAt(x, y).A)
				all.Pix[all.PixOffset(x, y)] = uint8(a + b - (2*a*b+127)/255)
			}
		}
		from = to
	}
	return all
}

// limit takes away from a mask what lies outside of another.
func limit(mask, within *image.Alpha) {
	for y := mask.Rect.Min.Y; y < mask.Rect.Max.Y; y++ {
		for x := mask.Rect.Min.X; x < mask.Rect.Max.X; x++ {
			i := mask.PixOffset(x, y)
			mask.Pix[i] = uint8((int(mask.Pix[i])*int(within.AlphaAt(x, y).A) + 127) / 255)
		}
	}
}

// bounds is a rectangle of whole pixels around a path.
func bounds(path pdf.Path) image.Rectangle {
	low, high := pdf.Point{X: math.Inf(1), Y: math.Inf(1)}, pdf.Point{X: math.Inf(-1), Y: math.Inf(-1)}
	points := map[byte]int{'m': 1, 'l': 1, 'c': 3}
	for _, s := range path {
		for _, q := range s.Points[:points[s.Op]] {
			low = pdf.Point{X: min(low.X, q.X), Y: min(low.Y, q.Y)}
			high = pdf.Point{X: max(high.X, q.X), Y: max(high.Y, q.Y)}
		}
	}
	if low.X > high.X {
		return image.Rectangle{}
	}
	const far = 1 << 20 // pixels; beyond it there is no page
	whole := func(v float64) int { return int(max(-far, min(far, v))) }
	return image.Rect(whole(math.Floor(low.X)), whole(math.Floor(low.Y)), whole(math.Ceil(high.X)), whole(math.Ceil(high.Y)))
}
