package raster

import (
	"cmp"
	"slices"
)

// apart is how far colours of a palette lie from each other at least, in the
// channel in which they differ most: less is not seen beside an edge.
const apart = 10

// colour is red, green and blue, 0xRRGGBB.
type colour uint32

func at(pix []uint8, i int) colour {
	return colour(pix[i])<<16 | colour(pix[i+1])<<8 | colour(pix[i+2])
}

// palette chooses at most 256 colours for a picture of opaque pixels, those
// first that cover most of it, and says which of them stands for each colour
// that it has. The inks stay what they are; shades at the edges of lines and
// glyphs become one that is near.
func palette(pix []uint8) (chosen []colour, of map[colour]uint8) {
	counts := map[colour]int{}
	last, run := colour(0), 0
	for i := 0; i < len(pix); i += 4 {
		if c := at(pix, i); c != last {
			counts[last] += run
			last, run = c, 0
		}
		run++
	}
	counts[last] += run
	colours := make([]colour, 0, len(counts))
	for c := range counts {
		colours = append(colours, c)
	}
	slices.SortFunc(colours, func(a, b colour) int { return cmp.Or(cmp.Compare(counts[b], counts[a]), cmp.Compare(a, b)) })
	of = make(map[colour]uint8, len(colours))
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
func nearest(chosen []colour, c colour) (at, far int) {
	far = 256
	for i, p := range chosen {
		d := 0
		for shift := 0; shift < 24; shift += 8 {
			a, b := int(p>>shift&0xFF), int(c>>shift&0xFF)
			d = max(d, a-b, b-a)
		}
		if d < far {
			at, far = i, d
		}
	}
	return at, far
}
