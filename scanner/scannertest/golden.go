package scannertest

import (
	"bytes"
	"image"
	"image/png"
	"os"
	"path/filepath"
	"testing"

	"golang.org/x/image/draw"
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
		if err := os.WriteFile(path, shot, 0o644); err != nil {
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

func squares(t testing.TB, picture []byte) *image.RGBA {
	t.Helper()
	img, err := png.Decode(bytes.NewReader(picture))
	if err != nil {
		t.Fatal(err)
	}
	const side = 16
	small := image.NewRGBA(image.Rect(0, 0, (img.Bounds().Dx()+side-1)/side, (img.Bounds().Dy()+side-1)/side))
	draw.CatmullRom.Scale(small, small.Bounds(), img, img.Bounds(), draw.Src, nil)
	return small
}
