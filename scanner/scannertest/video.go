package scannertest

import (
	"bytes"
	"image"
	"image/color"
	"image/jpeg"
	"math"
	"os"
	"path/filepath"
	"testing"

	"golang.org/x/image/draw"
	"golang.org/x/image/math/f64"
)

// Shot is a picture before the camera: how it lies, and for how long.
type Shot struct {
	Picture image.Image // nil: an empty table
	Degrees float64     // turned by so much
	Scale   float64     // pixels of the frame for one of the picture
	Frames  int         // thirty are about a second
}

// Width and Height are the camera's, in pixels.
const (
	Width  = 1280
	Height = 720
)

// Video writes what the camera sees as Motion JPEG, which Chromium plays as
// its camera over and over. The hand that holds it trembles a little.
func Video(t testing.TB, shots ...Shot) string {
	t.Helper()
	var all bytes.Buffer
	for _, s := range shots {
		for n := range s.Frames {
			if err := jpeg.Encode(&all, frame(s, n), &jpeg.Options{Quality: 85}); err != nil {
				t.Fatal(err)
			}
		}
	}
	path := filepath.Join(t.TempDir(), "camera.mjpeg")
	if err := os.WriteFile(path, all.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func frame(s Shot, n int) image.Image {
	out := image.NewRGBA(image.Rect(0, 0, Width, Height))
	draw.Draw(out, out.Bounds(), image.NewUniform(color.RGBA{96, 88, 80, 255}), image.Point{}, draw.Src)
	if s.Picture == nil {
		return out
	}
	b := s.Picture.Bounds()
	sin, cos := math.Sincos((s.Degrees + math.Sin(float64(n))) * math.Pi / 180)
	sin, cos = sin*s.Scale, cos*s.Scale
	x, y := float64(b.Dx())/2, float64(b.Dy())/2
	centre := f64.Aff3{
		cos, -sin, Width/2 - cos*x + sin*y + 2*math.Sin(float64(n)*1.7),
		sin, cos, Height/2 - sin*x - cos*y + 2*math.Cos(float64(n)),
	}
	draw.BiLinear.Transform(out, centre, s.Picture, b, draw.Over, nil)
	return out
}
