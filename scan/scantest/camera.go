package scantest

import (
	"image"
	"math"
)

const (
	inch     = 25.4  // mm
	finest   = 300.0 // dots per inch at which a page is rendered for the camera
	field    = 120.0 // mm that a photograph shows
	distance = 300.0 // mm from the camera to the paper
	lens     = 0.6   // pixels: the deviation of how a lens spreads a point
)

// paper is what a camera looks at: grey levels, so many dots a millimetre, and
// around it a table of middling grey.
type paper struct {
	img   *image.Gray
	scale float64 // dots a millimetre
	sharp bool    // dots have edges: they are not blended
}

const table = 96 // the grey of what the paper lies on

// at gives the level at a place in millimetres.
func (p paper) at(x, y float64) float64 {
	x, y = x*p.scale-0.5, y*p.scale-0.5
	if p.sharp {
		return p.dot(int(math.Round(x)), int(math.Round(y)))
	}
	fx, fy := math.Floor(x), math.Floor(y)
	i, j := int(fx), int(fy)
	x, y = x-fx, y-fy
	return (1-y)*((1-x)*p.dot(i, j)+x*p.dot(i+1, j)) + y*((1-x)*p.dot(i, j+1)+x*p.dot(i+1, j+1))
}

func (p paper) dot(x, y int) float64 {
	if !(image.Point{X: x, Y: y}).In(p.img.Rect) {
		return table
	}
	return float64(p.img.Pix[y*p.img.Stride+x])
}

// view is where a camera stands: over the middle, turned, and with the paper
// leaning away from it.
type view struct {
	x, y          float64 // mm, the middle of the picture
	width, height float64 // mm, of the picture at the middle
	turn, tilt    float64 // degrees
	fill          float64 // the part of a pixel's side that sees light
}

// look takes the picture at so many dots per inch. Each pixel is the mean over
// what it sees.
func (v view) look(p paper, dpi float64) *image.Gray {
	step := inch / dpi
	w, h := int(v.width/step), int(v.height/step)
	out := image.NewGray(image.Rect(0, 0, w, h))
	n := max(1, int(math.Round(step*p.scale*v.fill)))
	sin, cos := math.Sincos(v.turn * math.Pi / 180)
	lean, flat := math.Sincos(v.tilt * math.Pi / 180)
	for y := range h {
		for x := range w {
			sum := 0.0
			for k := range n * n {
				dx := (float64(k%n)+0.5)/float64(n)*v.fill + (1-v.fill)/2
				dy := (float64(k/n)+0.5)/float64(n)*v.fill + (1-v.fill)/2
				a, b := (float64(x)+dx)*step-v.width/2, (float64(y)+dy)*step-v.height/2
				// The diagonal is the axis about which the paper leans.
				along, across := (a+b)*math.Sqrt2/2, (b-a)*math.Sqrt2/2
				near := distance * flat / (distance*flat - across*lean)
				along, across = along*near, across*near/flat
				a, b = (along-across)*math.Sqrt2/2, (along+across)*math.Sqrt2/2
				sum += p.at(v.x+a*cos-b*sin, v.y+a*sin+b*cos)
			}
			out.Pix[y*out.Stride+x] = uint8(sum/float64(n*n) + 0.5)
		}
	}
	return blurred(out, lens)
}

// blurred is the picture under a Gaussian of that deviation in pixels.
func blurred(img *image.Gray, sigma float64) *image.Gray {
	if sigma <= 0 {
		return img
	}
	kernel := make([]float64, int(math.Ceil(3*sigma))+1)
	total := 0.0
	for i := range kernel {
		kernel[i] = math.Exp(-float64(i*i) / (2 * sigma * sigma))
		total += kernel[i]
		if i > 0 {
			total += kernel[i]
		}
	}
	for i := range kernel {
		kernel[i] /= total
	}
	return along(along(img, kernel, 0, 1), kernel, 1, 0)
}

// along applies half a symmetric kernel in one direction.
func along(img *image.Gray, kernel []float64, dx, dy int) *image.Gray {
	w, h := img.Rect.Dx(), img.Rect.Dy()
	out := image.NewGray(img.Rect)
	at := func(x, y int) float64 {
		return float64(img.Pix[min(max(y, 0), h-1)*img.Stride+min(max(x, 0), w-1)])
	}
	for y := range h {
		for x := range w {
			sum := kernel[0] * at(x, y)
			for i := 1; i < len(kernel); i++ {
				sum += kernel[i] * (at(x-i*dx, y-i*dy) + at(x+i*dx, y+i*dy))
			}
			out.Pix[y*out.Stride+x] = uint8(sum + 0.5)
		}
	}
	return out
}
