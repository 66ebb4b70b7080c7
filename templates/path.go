package templates

import (
	"fmt"
	"strings"

	"yizheng/qr"
)

// CodePath gives the dark modules of a symbol as the data of an SVG path, and
// the side of the square that it is drawn in, its quiet zone included.
func CodePath(q qr.Symbol) (side int, path string) {
	var b strings.Builder
	for r := range runs(q) {
		fmt.Fprintf(&b, "M%d %dh%dv1h-%dz", r.X+quietZone, r.Y+quietZone, r.Width, r.Width)
	}
	return q.Size + 2*quietZone, b.String()
}
