package scan_test

import (
	"bytes"
	"errors"
	"image"
	"image/draw"
	"image/png"
	"testing"

	"yizheng/qr"
	"yizheng/scan"
)

// drawn is a symbol in whole pixels, on white.
func drawn(t *testing.T, text string, module int) *image.Gray {
	t.Helper()
	symbol, err := qr.Encode(prefix, text)
	if err != nil {
		t.Fatal(err)
	}
	side := (symbol.Size + 8) * module
	img := image.NewGray(image.Rect(0, 0, side, side))
	for y := range side {
		for x := range side {
			if !symbol.At(x/module-4, y/module-4) {
				img.Pix[y*img.Stride+x] = 255
			}
		}
	}
	return img
}

func encoded(t *testing.T, img image.Image) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := png.Encode(&b, img); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// TestReadsSeveral reads two codes of one picture, of which one has no
// alignment pattern.
func TestReadsSeveral(t *testing.T) {
	large, small := drawn(t, digits(900), 4), drawn(t, "1", 6)
	both := image.NewGray(image.Rect(0, 0, large.Rect.Dx()+small.Rect.Dx(), large.Rect.Dy()))
	for i := range both.Pix {
		both.Pix[i] = 255
	}
	draw.Draw(both, large.Rect, large, image.Point{}, draw.Src)
	draw.Draw(both, small.Rect.Add(image.Pt(large.Rect.Dx(), 40)), small, image.Point{}, draw.Src)
	texts, err := scan.Read(encoded(t, both))
	if err != nil || len(texts) != 2 {
		t.Errorf("read %d texts, %v", len(texts), err)
	}
}

// TestCrowdsOfCornersEnd gives pictures that are nothing but corners of
// symbols, which must not take for ever.
func TestCrowdsOfCornersEnd(t *testing.T) {
	for _, module := range []int{1, 2, 5} {
		img := image.NewGray(image.Rect(0, 0, 3000, 3000))
		for y := range 3000 {
			for x := range 3000 {
				u, v := x/module%9-4, y/module%9-4
				if ring := max(u, -u, v, -v); ring == 2 || ring == 4 {
					img.Pix[y*img.Stride+x] = 255
				}
			}
		}
		if _, err := scan.Read(encoded(t, img)); !errors.Is(err, scan.ErrNoCode) {
			t.Errorf("%d pixels a module: %v", module, err)
		}
	}
}
