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

// trembles is in how many places the hand holds the camera, one after another:
// to draw a frame takes long.
const trembles = 2

// Video writes what the camera sees as Motion JPEG, which Chromium plays as
// its camera over and over. The hand that holds it trembles a little.
func Video(t testing.TB, shots ...Shot) string {
	t.Helper()
	var all bytes.Buffer
	var table [][]byte
	for _, s := range shots {
		drawn := table
		if s.Picture != nil || drawn == nil {
			drawn = seen(t, s)
		}
		if s.Picture == nil {
			table = drawn
		}
		for n := range s.Frames {
			all.Write(drawn[n%len(drawn)])
		}
	}
	path := filepath.Join(t.TempDir(), "camera.mjpeg")
	if err := os.WriteFile(path, all.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// seen draws the frames in which a picture is seen.
func seen(t testing.TB, s Shot) (frames [][]byte) {
	t.Helper()
	if s.Picture != nil { // in the form that is drawn from fastest
		plain := image.NewRGBA(s.Picture.Bounds())
		draw.Draw(plain, plain.Bounds(), s.Picture, s.Picture.Bounds().Min, draw.Src)
		s.Picture = plain
	}
	for n := range trembles {
		var b bytes.Buffer
		if err := jpeg.Encode(&b, frame(s, n), &jpeg.Options{Quality: 85}); err != nil {
			t.Fatal(err)
		}
		frames = append(frames, b.Bytes())
	}
	return frames
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
