package scantest

import (
	"bytes"
	"image"
	"image/draw"
	"image/jpeg"
	"math"
	"math/rand/v2"
)

// place is where the code stands on the page, in millimetres, without its
// quiet zone.
type place struct{ x, y, side, module float64 }

func (p place) middle() (x, y float64) { return p.x + p.side/2, p.y + p.side/2 }

// scaled is the place on a page that was printed at another scale.
func (p place) scaled(k float64) place { return place{p.x * k, p.y * k, p.side * k, p.module * k} }

// spots of a stain.
const spots = 4

// stained puts spots of ink over the part of the code's area.
func stained(p paper, at place, part float64, random *rand.Rand) {
	radius := at.side * math.Sqrt(part/spots/math.Pi)
	finder := 9*at.module + radius // with the light around it
	for done := 0; done < spots; {
		x, y := radius+random.Float64()*(at.side-2*radius), radius+random.Float64()*(at.side-2*radius)
		if left, top := x < finder, y < finder; left && top || left && y > at.side-finder || top && x > at.side-finder {
			continue
		}
		done++
		change(p, at.x+x, at.y+y, radius, func(level, away float64) float64 {
			if away < 1 {
				return level * 0.2
			}
			return level
		})
	}
}

// glossed lets a lamp shine in the middle of the code's lower right.
func glossed(p paper, at place, part float64) {
	radius := at.side * math.Sqrt(part/math.Pi)
	change(p, at.x+at.side*0.6, at.y+at.side*0.55, 2*radius, func(level, away float64) float64 {
		return 255 - (255-level)*min(1, max(0, 2*away-1))
	})
}

// change gives each dot within the radius, in millimetres, another level. The
// distance from the middle is in radii.
func change(p paper, x, y, radius float64, to func(level, away float64) float64) {
	x, y, radius = x*p.scale, y*p.scale, radius*p.scale
	for j := int(y - radius); j <= int(y+radius); j++ {
		for i := int(x - radius); i <= int(x+radius); i++ {
			away := math.Hypot(float64(i)+0.5-x, float64(j)+0.5-y) / radius
			if away < 1 && (image.Point{X: i, Y: j}).In(p.img.Rect) {
				dot := &p.img.Pix[j*p.img.Stride+i]
				*dot = uint8(to(float64(*dot), away) + 0.5)
			}
		}
	}
}

// shaded dims the light to the lower left, and lays a shadow over the code.
func shaded(p paper, at place, part float64) {
	x, y := at.middle()
	for j := range p.img.Rect.Dy() {
		for i := range p.img.Rect.Dx() {
			dx, dy := (float64(i)/p.scale-x)/field, (float64(j)/p.scale-y)/field
			light := 1 - part*min(1, max(0, 0.5+(dy-dx)/2))
			if dy > 0.3*dx {
				light *= 0.75
			}
			dot := &p.img.Pix[j*p.img.Stride+i]
			*dot = uint8(float64(*dot)*light + 0.5)
		}
	}
}

const haze = 140 // the grey that low contrast draws towards

// exposed is what a sensor makes of the picture.
func exposed(img *image.Gray, c Condition, random *rand.Rand) *image.Gray {
	out := image.NewGray(img.Rect)
	contrast := c.Contrast
	if contrast == 0 {
		contrast = 1
	}
	for i, level := range img.Pix {
		v := float64(level)
		if c.Inverted {
			v = 255 - v
		}
		if contrast != 1 {
			v = haze + (v-128)*contrast
		}
		if c.Noise > 0 {
			v += random.NormFloat64() * c.Noise
		}
		out.Pix[i] = uint8(min(255, max(0, v)) + 0.5)
	}
	return out
}

// compressed is the picture after a JPEG of that quality.
func compressed(img *image.Gray, quality int) (*image.Gray, error) {
	if quality == 0 {
		return img, nil
	}
	var b bytes.Buffer
	if err := jpeg.Encode(&b, img, &jpeg.Options{Quality: quality}); err != nil {
		return nil, err
	}
	back, err := jpeg.Decode(&b)
	if err != nil {
		return nil, err
	}
	out := image.NewGray(img.Rect) // what jpeg gives has gaps between its rows
	draw.Draw(out, out.Rect, back, image.Point{}, draw.Src)
	return out, nil
}
