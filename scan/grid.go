package scan

import (
	"cmp"
	"image"
	"math"
	"slices"

	"github.com/makiuchi-d/gozxing"
	"github.com/makiuchi-d/gozxing/qrcode/decoder"
)

// projection maps modules to pixels: x = (a·u + b·v + c) / (g·u + h·v + 1),
// y = (d·u + e·v + f) / (g·u + h·v + 1).
type projection [8]float64

func (p projection) at(u, v float64) point {
	w := p[6]*u + p[7]*v + 1
	return point{(p[0]*u + p[1]*v + p[2]) / w, (p[3]*u + p[4]*v + p[5]) / w}
}

// pair is a place in modules and where it was seen.
type pair struct{ module, pixel point }

// fit gives the projection that comes nearest to all pairs, by least squares;
// false where they do not determine one.
func fit(pairs []pair) (projection, bool) {
	var m [8][9]float64
	add := func(row [9]float64) {
		for i := range 8 {
			for j := range 9 {
				m[i][j] += row[i] * row[j]
			}
		}
	}
	for _, p := range pairs {
		u, v, x, y := p.module.x, p.module.y, p.pixel.x, p.pixel.y
		add([9]float64{u, v, 1, 0, 0, 0, -u * x, -v * x, x})
		add([9]float64{0, 0, 0, u, v, 1, -u * y, -v * y, y})
	}
	for i := range 8 {
		best := i
		for j := i + 1; j < 8; j++ {
			if math.Abs(m[j][i]) > math.Abs(m[best][i]) {
				best = j
			}
		}
		m[i], m[best] = m[best], m[i]
		if math.Abs(m[i][i]) < 1e-12 {
			return projection{}, false
		}
		for j := range 8 {
			if k := m[j][i] / m[i][i]; j != i {
				for n := i; n < 9; n++ {
					m[j][n] -= k * m[i][n]
				}
			}
		}
	}
	var p projection
	for i := range p {
		p[i] = m[i][8] / m[i][i]
	}
	return p, true
}

// level is the grey at a place between pixels.
func level(img *image.Gray, at point) float64 {
	x, y := at.x-0.5, at.y-0.5
	w, h := img.Rect.Dx(), img.Rect.Dy()
	if !(x > -1 && y > -1 && x < float64(w) && y < float64(h)) {
		return 255
	}
	i, j := int(math.Floor(x)), int(math.Floor(y))
	x, y = x-float64(i), y-float64(j)
	dot := func(i, j int) float64 {
		return float64(img.Pix[min(max(j, 0), h-1)*img.Stride+min(max(i, 0), w-1)])
	}
	return (1-y)*((1-x)*dot(i, j)+x*dot(i+1, j)) + y*((1-x)*dot(i, j+1)+x*dot(i+1, j+1))
}

// sizesTried is how many sizes of symbol are tried for three corners, about
// the likeliest.
const sizesTried = 5

// symbol reads the symbol that has those corners.
func symbol(img *image.Gray, t triple) (string, bool) {
	u := math.Hypot(t.topRight.x-t.topLeft.x, t.topRight.y-t.topLeft.y)
	v := math.Hypot(t.bottomLeft.x-t.topLeft.x, t.bottomLeft.y-t.topLeft.y)
	module := (t.topLeft.module + t.topRight.module + t.bottomLeft.module) / 3
	likely := int(math.Round(((u+v)/2/module + 7 - 17) / 4)) // the version
	type candidate struct {
		version *decoder.Version
		grid    projection
		timing  float64
	}
	var all []candidate
	for n := likely - sizesTried/2; n <= likely+sizesTried/2; n++ {
		version, err := decoder.Version_GetVersionForNumber(n)
		if err != nil {
			continue
		}
		if p, ok := place(img, t, version); ok {
			all = append(all, candidate{version, p, timing(img, p, version.GetDimensionForVersion())})
		}
	}
	slices.SortStableFunc(all, func(a, b candidate) int { return cmp.Compare(b.timing, a.timing) })
	for _, c := range all[:min(2, len(all))] {
		if text, ok := sampled(img, c.grid, c.version.GetDimensionForVersion()); ok {
			return text, true
		}
	}
	return "", false
}

// place lays a grid of the version over the corners, and over the alignment
// patterns that it finds where they should be.
func place(img *image.Gray, t triple, version *decoder.Version) (projection, bool) {
	n := float64(version.GetDimensionForVersion())
	pairs := []pair{
		{point{3.5, 3.5}, t.topLeft.point}, {point{n - 3.5, 3.5}, t.topRight.point}, {point{3.5, n - 3.5}, t.bottomLeft.point},
	}
	// As if seen straight from above, until more is known.
	far := point{t.topRight.x + t.bottomLeft.x - t.topLeft.x, t.topRight.y + t.bottomLeft.y - t.topLeft.y}
	p, ok := fit(append(slices.Clone(pairs), pair{point{n - 3.5, n - 3.5}, far}))
	centers := version.GetAlignmentPatternCenters()
	if !ok || len(centers) == 0 {
		return p, ok
	}
	last := point{n - 6.5, n - 6.5}
	if seen, ok := alignment(img, p, last, 0.1*n+2, 0.5); ok {
		if q, ok := fit(append(slices.Clone(pairs), pair{last, seen})); ok {
			p = q
		}
	}
	for _, y := range centers {
		for _, x := range centers {
			at := point{float64(x) + 0.5, float64(y) + 0.5}
			if eyes := at.x < 8 && (at.y < 8 || at.y > n-8) || at.x > n-8 && at.y < 8; eyes {
				continue
			}
			if seen, ok := alignment(img, p, at, 1.5, 0.25); ok {
				pairs = append(pairs, pair{at, seen})
			}
		}
	}
	if len(pairs) < 4 {
		return p, true
	}
	if q, ok := fit(pairs); ok {
		p = q
	}
	return p, true
}

// alignment looks for an alignment pattern about where it should be, so many
// modules around.
func alignment(img *image.Gray, p projection, at point, around, step float64) (point, bool) {
	best, where := 0.0, at
	for v := -around; v <= around; v += step {
		for u := -around; u <= around; u += step {
			dark, light, most, least := 0.0, 0.0, 0.0, 255.0
			for j := -2; j <= 2; j++ {
				for i := -2; i <= 2; i++ {
					l := level(img, p.at(at.x+u+float64(i), at.y+v+float64(j)))
					most, least = max(most, l), min(least, l)
					if max(i, -i, j, -j) == 1 {
						light += l / 8
					} else {
						dark += l / 17
					}
				}
			}
			// Nearer ones are likelier than others as clear.
			score := (light-dark)/(most-least+8) - 0.02*math.Hypot(u, v)/around
			if score > best {
				best, where = score, point{at.x + u, at.y + v}
			}
		}
	}
	return p.at(where.x, where.y), best > 0.4
}

// timing says how well the dotted lines between the corners are hit.
func timing(img *image.Gray, p projection, n int) (sum float64) {
	for i := 8; i < n-8; i++ {
		sign := float64(1 - 2*(i%2)) // dark where even
		sum -= sign * (level(img, p.at(float64(i)+0.5, 6.5)) + level(img, p.at(6.5, float64(i)+0.5)))
	}
	return sum / float64(n-16)
}

// sampled reads the modules under the grid and decodes them: as they are, and
// with the blur of neighbours into each other taken back by more and more.
func sampled(img *image.Gray, p projection, n int) (string, bool) {
	const spread = 0.2 // modules from the middle
	grid := make([]float64, n*n)
	for y := range n {
		for x := range n {
			u, v := float64(x)+0.5, float64(y)+0.5
			grid[y*n+x] = (2*level(img, p.at(u, v)) + level(img, p.at(u-spread, v)) + level(img, p.at(u+spread, v)) +
				level(img, p.at(u, v-spread)) + level(img, p.at(u, v+spread))) / 6
		}
	}
	for _, strength := range []float64{0.3, 0, 0.8, 1.5} {
		if text, ok := decoded(grid, n, strength); ok {
			return text, true
		}
	}
	return "", false
}

// decoded judges each module against those around it.
func decoded(grid []float64, n int, strength float64) (string, bool) {
	const around = 5
	sharp := make([]float64, n*n)
	at := func(x, y int) float64 { return grid[min(max(y, 0), n-1)*n+min(max(x, 0), n-1)] }
	for y := range n {
		for x := range n {
			v := at(x, y)
			sharp[y*n+x] = v + strength*(v-(at(x-1, y)+at(x+1, y)+at(x, y-1)+at(x, y+1))/4)
		}
	}
	matrix, err := gozxing.NewSquareBitMatrix(n)
	if err != nil {
		return "", false
	}
	for y := range n {
		for x := range n {
			sum, count := 0.0, 0.0
			for j := max(0, y-around); j <= min(n-1, y+around); j++ {
				for i := max(0, x-around); i <= min(n-1, x+around); i++ {
					sum, count = sum+grid[j*n+i], count+1
				}
			}
			if sharp[y*n+x]*count < sum {
				matrix.Set(x, y)
			}
		}
	}
	result, err := decoder.NewDecoder().Decode(matrix, nil)
	if err != nil {
		return "", false
	}
	return result.GetText(), true
}
