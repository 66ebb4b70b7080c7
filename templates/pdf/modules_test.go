package pdf_test

import (
	"bytes"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"yizheng/templates/pdf"
	"yizheng/templates/pdf/archive"
)

// TestModules draws symbols of every number of digits, with runs of every
// width, at a pixel a module: another reader finds each module and no other.
func TestModules(t *testing.T) {
	for _, side := range []int{1, 10, 11, 85, 101, 137} {
		r := rand.New(rand.NewPCG(uint64(side), 1))
		dark := make([]byte, side*side)
		var runs []pdf.Run
		for y := range side {
			for x := 0; x < side; {
				width := min(1+r.IntN(40), side-x)
				if side == 1 || r.IntN(2) == 0 {
					runs = append(runs, pdf.Run{X: x, Y: y, Width: width})
					for i := range width {
						dark[y*side+x+i] = 1
					}
				}
				x += width + 1
			}
		}
		const mm = 25.4 / 72
		z := pdf.NewCompressor(6)
		f := pdf.New(z)
		c := pdf.NewContent(float64(side+2) * mm)
		c.Tag(f.Element(nil, "Figure").Alt("码"))
		c.Save()
		c.Origin(1*mm, float64(side+1)*mm)
		c.Repeat(f.XObject(pdf.Modules(side, slices.Values(runs), z)), 1, 0)
		c.Restore()
		c.End()
		f.Page(float64(side+2)*mm, float64(side+2)*mm, c)
		b, _ := f.Bytes(pdf.Info{Title: "a", Creator: "test"})
		if side > 1 { // the standard wants pages of three points
			for _, fault := range archive.Check(b) {
				t.Error(fault)
			}
		}
		path := keep(t, b)
		out := filepath.Join(t.TempDir(), "page")
		tool(t, "pdftoppm", "-r", "72", "-gray", "-singlefile", path, out)
		picture, err := os.ReadFile(out + ".pgm")
		if err != nil {
			t.Fatal(err)
		}
		pixels := picture[len(picture)-(side+2)*(side+2):]
		got := make([]byte, 0, side*side)
		for y := range side {
			for x := range side {
				if pixels[(y+1)*(side+2)+x+1] < 128 {
					got = append(got, 1)
				} else {
					got = append(got, 0)
				}
			}
		}
		if !bytes.Equal(got, dark) {
			t.Errorf("a symbol of %d modules is drawn otherwise", side)
		}
		var seen recorder
		if err := f.Replay(0, &seen); err != nil || len(seen.points) < 4*len(runs) {
			t.Errorf("%d points are drawn again for %d runs: %v", len(seen.points), len(runs), err)
		}
	}
}
