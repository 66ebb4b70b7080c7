package qr_test

import (
	"errors"
	"image"
	"image/color"
	"image/png"
	"math"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/makiuchi-d/gozxing"
	"github.com/makiuchi-d/gozxing/qrcode"
	skip2 "github.com/skip2/go-qrcode"

	"yizheng/qr"
)

const prefix = "https://zheng.example/v/"

func digits(n int) string {
	r := rand.New(rand.NewPCG(uint64(n), 7))
	b := make([]byte, n)
	for i := range b {
		b[i] = byte('0' + r.IntN(10))
	}
	return string(b)
}

// picture draws whole modules with the quiet zone that readers need.
func picture(s qr.Symbol, scale int) image.Image {
	const quiet = 4
	img := image.NewGray(image.Rect(0, 0, (s.Size+2*quiet)*scale, (s.Size+2*quiet)*scale))
	for y := range img.Rect.Dy() {
		for x := range img.Rect.Dx() {
			if !s.At(x/scale-quiet, y/scale-quiet) {
				img.SetGray(x, y, color.Gray{Y: 255})
			}
		}
	}
	return img
}

func zxing(t *testing.T, img image.Image) string {
	t.Helper()
	bitmap, err := gozxing.NewBinaryBitmapFromImage(img)
	if err != nil {
		t.Fatal(err)
	}
	hints := map[gozxing.DecodeHintType]interface{}{gozxing.DecodeHintType_PURE_BARCODE: true}
	result, err := qrcode.NewQRCodeReader().Decode(bitmap, hints)
	if err != nil {
		t.Fatalf("reading back: %v", err)
	}
	return result.GetText()
}

// TestReadsBack fills symbols of every size to the last digit, and puts one
// digit too many into the next.
func TestReadsBack(t *testing.T) {
	type size struct {
		version int
		level   qr.Level
	}
	var sizes []size
	for v := 4; v <= qr.MaxVersionM; v++ {
		sizes = append(sizes, size{v, qr.M})
	}
	for v := 22; v <= qr.MaxVersion; v++ {
		sizes = append(sizes, size{v, qr.L})
	}
	for i, want := range sizes {
		most := qr.Budget(want.version, want.level, len(prefix))
		text := digits(most)
		s, err := qr.Encode(prefix, text)
		if err != nil {
			t.Fatal(err)
		}
		if s.Version != want.version || s.Level != want.level || s.Size != 17+4*s.Version {
			t.Errorf("%d digits: version %d-%s of size %d, want %d-%s", most, s.Version, s.Level, s.Size, want.version, want.level)
		}
		if got := zxing(t, picture(s, 2)); got != prefix+text {
			t.Errorf("version %d-%s reads back as %q", s.Version, s.Level, got)
		}
		if i+1 < len(sizes) {
			next, err := qr.Encode(prefix, digits(most+1))
			if err != nil || next.Version != sizes[i+1].version || next.Level != sizes[i+1].level {
				t.Errorf("%d digits: version %d-%s, %v, want %v", most+1, next.Version, next.Level, err, sizes[i+1])
			}
		}
	}
}

// TestBudget holds the arithmetic to the capacities that the standard prints
// for digits alone.
func TestBudget(t *testing.T) {
	for _, c := range []struct {
		version int
		level   qr.Level
		want    int
	}{
		{1, qr.M, 34}, {1, qr.L, 41}, {9, qr.M, 432}, {10, qr.M, 513}, {14, qr.M, 871}, {17, qr.M, 1212},
		{25, qr.M, 2395}, {26, qr.L, 3283}, {27, qr.L, 3517}, {30, qr.L, 4158}, {0, qr.M, 0}, {31, qr.L, 0},
	} {
		if got := qr.Budget(c.version, c.level, 0); got != c.want {
			t.Errorf("version %d-%s holds %d digits, want %d", c.version, c.level, got, c.want)
		}
	}
	if got := qr.Budget(1, qr.M, 24); got != 0 {
		t.Errorf("version 1-M holds %d digits beside 24 characters, want 0", got)
	}
}

// TestZbar asks a reader that has nothing in common with the first one.
func TestZbar(t *testing.T) {
	for _, n := range []int{40, 700, 1100, 2300, 3900} {
		text := digits(n)
		s, err := qr.Encode(prefix, text)
		if err != nil {
			t.Fatal(err)
		}
		file := filepath.Join(t.TempDir(), "code.png")
		f, err := os.Create(file)
		if err != nil {
			t.Fatal(err)
		}
		if err := errors.Join(png.Encode(f, picture(s, 4)), f.Close()); err != nil {
			t.Fatal(err)
		}
		out, err := exec.Command("zbarimg", "--quiet", "--raw", "-Sdisable", "-Sqrcode.enable", file).Output()
		if err != nil {
			t.Fatalf("zbarimg (Debian: zbar-tools): %v", err)
		}
		if got := strings.TrimSpace(string(out)); got != prefix+text {
			t.Errorf("%d digits: zbar reads %q", n, got)
		}
	}
}

// TestMask holds the choice of the mask to another program's: by the standard's
// rules, counted here module by module, ours is never the worse one.
func TestMask(t *testing.T) {
	for n := range 60 {
		text := digits(100 + 37*n)
		s, err := qr.Encode("", text)
		if err != nil {
			t.Fatal(err)
		}
		other, err := skip2.New(text, skip2.Medium)
		if err != nil {
			t.Fatal(err)
		}
		other.DisableBorder = true
		bitmap := other.Bitmap()
		if len(bitmap) != s.Size {
			t.Fatalf("sizes %d and %d", s.Size, len(bitmap))
		}
		ours := penalty(s.Size, s.At)
		theirs := penalty(s.Size, func(x, y int) bool { return bitmap[y][x] })
		if ours > theirs {
			t.Errorf("%d digits: mask %d scores %d, another %d", len(text), s.Mask, ours, theirs)
		}
	}
}

// penalty follows ISO/IEC 18004, 7.8.3.1, word by word.
func penalty(size int, at func(x, y int) bool) int {
	score, dark := 0, 0
	for i := range size {
		score += line(size, func(j int) bool { return at(j, i) }) + line(size, func(j int) bool { return at(i, j) })
		for j := range size {
			if at(j, i) {
				dark++
			}
			if i+1 < size && j+1 < size && at(j, i) == at(j+1, i) && at(j, i) == at(j, i+1) && at(j, i) == at(j+1, i+1) {
				score += 3
			}
		}
	}
	percent := float64(dark) * 100 / float64(size*size)
	return score + 10*int(math.Abs(percent-50)/5)
}

func line(size int, at func(int) bool) int {
	score, run := 0, 0
	var text strings.Builder
	for j := range size {
		if run++; j > 0 && at(j) != at(j-1) {
			run = 1
		}
		switch {
		case run == 5:
			score += 3
		case run > 5:
			score++
		}
		if at(j) {
			text.WriteByte('1')
		} else {
			text.WriteByte('0')
		}
	}
	for j := range size {
		if rest := text.String()[j:]; strings.HasPrefix(rest, "10111010000") || strings.HasPrefix(rest, "00001011101") {
			score += 40
		}
	}
	return score
}

func TestRefuses(t *testing.T) {
	most := qr.Budget(qr.MaxVersion, qr.L, len(prefix))
	var tooLarge *qr.TooLargeError
	if _, err := qr.Encode(prefix, digits(most+7)); !errors.As(err, &tooLarge) || !errors.Is(err, qr.ErrTooLarge) {
		t.Errorf("%d digits: %v, want ErrTooLarge", most+7, err)
	} else if tooLarge.Digits-tooLarge.Most != 7 {
		t.Errorf("too large by %d, want 7", tooLarge.Digits-tooLarge.Most)
	}
	for _, c := range []struct{ prefix, digits string }{
		{prefix, "12a"}, {"https://证.example/v/", "1"}, {"a b", "1"}, {strings.Repeat("a", 2000), "1"},
	} {
		if _, err := qr.Encode(c.prefix, c.digits); err == nil {
			t.Errorf("%q with %q is drawn", c.prefix, c.digits)
		}
	}
}

func BenchmarkEncode(b *testing.B) {
	for _, c := range []struct {
		name   string
		digits int
	}{{"version 13", 720}, {"version 17", 1130}, {"version 25", 2300}} {
		text := digits(c.digits)
		b.Run(c.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := qr.Encode(prefix, text); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkSkip2(b *testing.B) {
	text := prefix + digits(1130)
	for b.Loop() {
		q, err := skip2.New(text, skip2.Medium)
		if err != nil {
			b.Fatal(err)
		}
		q.Bitmap()
	}
}
