package scannertest

import (
	"bytes"
	"cmp"
	"image"
	"image/color"
	"image/draw"
	"image/png"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"testing"
)

// Golden holds a screenshot to the one that was looked at and kept, or keeps
// it where update says so. Browsers and fonts of another version may set a
// line a pixel elsewhere, so the pictures are compared in squares of sixteen
// pixels, of which few may differ.
func Golden(t testing.TB, path string, shot []byte, update bool) {
	t.Helper()
	if update {
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, fewer(t, shot), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	kept, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	a, b := squares(t, kept), squares(t, shot)
	if a.Bounds() != b.Bounds() {
		t.Errorf("%s is %v, the page %v", path, a.Bounds(), b.Bounds())
		return
	}
	const far, few = 40, 0.06
	differ := 0
	for i := range a.Pix {
		if d := int(a.Pix[i]) - int(b.Pix[i]); d > far || d < -far {
			differ++
		}
	}
	if share := float64(differ) / float64(len(a.Pix)); share > few {
		t.Errorf("%s: %.0f %% of the page looks otherwise; look at it, and keep it by make golden", path, 100*share)
	}
}

// squares gives a picture in squares of sixteen pixels, each of the mean colour.
func squares(t testing.TB, picture []byte) *image.RGBA {
	t.Helper()
	decoded, err := png.Decode(bytes.NewReader(picture))
	if err != nil {
		t.Fatal(err)
	}
	img, ok := decoded.(*image.RGBA)
	if !ok {
		img = image.NewRGBA(decoded.Bounds())
		draw.Draw(img, img.Rect, decoded, img.Rect.Min, draw.Src)
	}
	const side = 16
	width, height := img.Rect.Dx(), img.Rect.Dy()
	small := image.NewRGBA(image.Rect(0, 0, (width+side-1)/side, (height+side-1)/side))
	for at := 0; at < len(small.Pix); at += 4 {
		left, top := at/4%small.Rect.Dx()*side, at/4/small.Rect.Dx()*side
		right, bottom := min(left+side, width), min(top+side, height)
		var red, green, blue int
		for y := top; y < bottom; y++ {
			row := img.Pix[y*img.Stride+4*left : y*img.Stride+4*right]
			for ; len(row) > 0; row = row[4:] {
				red, green, blue = red+int(row[0]), green+int(row[1]), blue+int(row[2])
			}
		}
		pixels := (right - left) * (bottom - top)
		copy(small.Pix[at:], []uint8{uint8(red / pixels), uint8(green / pixels), uint8(blue / pixels), 0xFF})
	}
	return small
}

// fewer gives a screenshot of at most 256 colours, those that cover most of
// it: a quarter of the bytes, and as good to look at.
func fewer(t testing.TB, shot []byte) []byte {
	t.Helper()
	img, err := png.Decode(bytes.NewReader(shot))
	if err != nil {
		t.Fatal(err)
	}
	counts := map[color.RGBA]int{}
	at := func(x, y int) color.RGBA {
		r, g, b, _ := img.At(x, y).RGBA()
		// Five bits a channel: what differs by less looks the same.
		step := func(v uint32) uint8 { return uint8(v>>8)&0xF8 | uint8(v>>13) }
		return color.RGBA{step(r), step(g), step(b), 0xFF}
	}
	bounds := img.Bounds()
	for y := bounds.Min.Y; y < bounds.Max.Y; y++ {
		for x := bounds.Min.X; x < bounds.Max.X; x++ {
			counts[at(x, y)]++
		}
	}
	colours := slices.SortedFunc(maps.Keys(counts), func(a, b color.RGBA) int {
		return cmp.Or(cmp.Compare(counts[b], counts[a]), bytes.Compare([]byte{a.R, a.G, a.B}, []byte{b.R, b.G, b.B}))
	})
	var chosen color.Palette
	for _, c := range colours[:min(256, len(colours))] {
		chosen = append(chosen, c)
	}
	small, nearest := image.NewPaletted(bounds, chosen), map[color.RGBA]uint8{}
	for c := range counts {
		nearest[c] = uint8(chosen.Index(c))
	}
	for y := bounds.Min.Y; y < bounds.Max.Y; y++ {
		for x := bounds.Min.X; x < bounds.Max.X; x++ {
			small.SetColorIndex(x, y, nearest[at(x, y)])
		}
	}
	var b bytes.Buffer
	if err := (&png.Encoder{CompressionLevel: png.BestCompression}).Encode(&b, small); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}
