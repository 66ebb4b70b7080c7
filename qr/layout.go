package qr

import (
	"fmt"
	"sync"

	"rsc.io/qr/coding"
)

const masks = 8

// layout is all of a symbol that does not depend on its text.
type layout struct {
	version int
	level   Level
	size    int
	bases   [masks][]row // by mask: patterns, format, version, and the mask over the text's modules
	places  []place
}

// place is where one bit of the codewords stands.
type place struct{ x, y, offset uint16 }

// layouts holds each layout from its first use on.
var layouts = func() (l [2][MaxVersion + 1]func() *layout) {
	for i, level := range []Level{L, M} {
		for version := 1; version <= MaxVersion; version++ {
			l[i][version] = sync.OnceValue(func() *layout { return newLayout(version, level) })
		}
	}
	return l
}()

func layoutOf(version int, level Level) *layout {
	if level == L {
		return layouts[0][version]()
	}
	return layouts[1][version]()
}

func newLayout(version int, level Level) *layout {
	l := &layout{version: version, level: level, size: 17 + 4*version}
	for mask := range masks {
		plan, err := coding.NewPlan(coding.Version(version), level.coding(), coding.Mask(mask))
		if err != nil {
			panic(fmt.Sprintf("laying out QR version %d: %v", version, err)) // only for versions above 40
		}
		l.bases[mask] = make([]row, l.size)
		for y, pixels := range plan.Pixel {
			for x, pixel := range pixels {
				if pixel&coding.Black != 0 {
					l.bases[mask][y].set(x)
				}
			}
		}
		if mask == 0 {
			l.places = places(plan)
		}
	}
	return l
}

func places(plan *coding.Plan) []place {
	var all []place
	for y, pixels := range plan.Pixel {
		for x, pixel := range pixels {
			if r := pixel.Role(); r == coding.Data || r == coding.Check {
				all = append(all, place{uint16(x), uint16(y), uint16(pixel.Offset())})
			}
		}
	}
	return all
}

// draw sets the codewords in, under the mask with the least penalty.
func (l *layout) draw(codewords []byte) Symbol {
	text := make([]row, l.size)
	for _, p := range l.places {
		if codewords[p.offset/8]>>(7-p.offset%8)&1 != 0 {
			text[p.y].set(int(p.x))
		}
	}
	best := Symbol{Version: l.version, Level: l.level, Size: l.size}
	least := -1
	candidate, columns := make([]row, l.size), make([]row, l.size)
	for mask, base := range l.bases {
		for y := range candidate {
			candidate[y] = base[y].xor(text[y])
		}
		transpose(columns, candidate)
		if p := penalty(candidate, columns); least < 0 || p < least {
			least, best.Mask = p, mask
			best.rows, candidate = candidate, best.rows
			if candidate == nil {
				candidate = make([]row, l.size)
			}
		}
	}
	return best
}
