package templates

import (
	"fmt"
	"strings"

	"yizheng/qr"
)

// CodePath gives the dark modules of a symbol as the data of an SVG path, to be
// stroked one wide, and the side of the square that it is drawn in, its quiet
// zone included. Lines take half the bytes of areas, and a live code is sent
// anew every few seconds.
func CodePath(q qr.Symbol) (side int, path string) {
	var b strings.Builder
	fmt.Fprintf(&b, "M%d %d.5", quietZone, quietZone)
	x, y := 0, 0
	for r := range runs(q) {
		fmt.Fprintf(&b, "m%d %dh%d", r.X-x, r.Y-y, r.Width)
		x, y = r.X+r.Width, r.Y
	}
	return q.Size + 2*quietZone, b.String()
}
