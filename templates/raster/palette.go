package raster

import (
	"cmp"
	"slices"
)

// apart is how far colours of a palette lie from each other at least, in the
// channel in which they differ most: less is not seen beside an edge.
const apart = 10

// palette chooses at most 256 colours for a picture of opaque pixels, those
// first that cover most of it, and says which of them stands for each colour
// that it has. The inks stay what they are; shades at the edges of lines and
// glyphs become one that is near.
func palette(pix []uint8) (chosen [][3]uint8, of map[[3]uint8]uint8) {
	counts := map[[3]uint8]int{}
	var last [3]uint8
	run := 0
	for i := 0; i < len(pix); i += 4 {
		if c := [3]uint8(pix[i : i+3]); c != last {
			counts[last] += run
			last, run = c, 0
		}
		run++
	}
	counts[last] += run
	colours := make([][3]uint8, 0, len(counts))
	for c := range counts {
		colours = append(colours, c)
	}
	slices.SortFunc(colours, func(a, b [3]uint8) int {
		return cmp.Or(cmp.Compare(counts[b], counts[a]), slices.Compare(a[:], b[:]))
	})
	of = make(map[[3]uint8]uint8, len(colours))
	for _, c := range colours {
		at, far := nearest(chosen, c)
		if far >= apart && len(chosen) < 256 {
			at = len(chosen)
			chosen = append(chosen, c)
		}
		of[c] = uint8(at)
	}
	return chosen, of
}

// nearest gives the place of the colour nearest to c, and how far it is.
func nearest(chosen [][3]uint8, c [3]uint8) (at, far int) {
	far = 256
	for i, p := range chosen {
		d := 0
		for k := range p {
			d = max(d, int(max(p[k], c[k])-min(p[k], c[k])))
		}
		if d < far {
			at, far = i, d
		}
	}
	return at, far
}
