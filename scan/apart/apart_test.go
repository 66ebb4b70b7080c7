package apart_test

import (
	"bytes"
	"compress/zlib"
	"context"
	"errors"
	"fmt"
	"image"
	"image/jpeg"
	"image/png"
	"log/slog"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"yizheng/qr"
	"yizheng/scan"
	"yizheng/scan/apart"
)

const reading = "read a file" // what the tests' own program is called as a reader

func TestMain(m *testing.M) {
	if os.Args[0] == reading {
		if err := apart.Serve(os.Stdin, os.Stdout); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	os.Exit(m.Run())
}

func reader(t testing.TB) apart.Reader {
	t.Helper()
	program, err := apart.Self()
	if err != nil {
		t.Fatal(err)
	}
	return apart.Reader{Program: program, Args: []string{reading}, Log: slog.New(slog.DiscardHandler)}
}

// pdf writes a document of these objects, the first of which is its catalogue.
func pdf(objects ...string) []byte {
	var b bytes.Buffer
	b.WriteString("%PDF-1.7\n")
	var offsets []int
	for n, body := range objects {
		offsets = append(offsets, b.Len())
		fmt.Fprintf(&b, "%d 0 obj\n%s\nendobj\n", n+1, body)
	}
	start := b.Len()
	fmt.Fprintf(&b, "xref\n0 %d\n0000000000 65535 f \n", len(objects)+1)
	for _, at := range offsets {
		fmt.Fprintf(&b, "%010d 00000 n \n", at)
	}
	fmt.Fprintf(&b, "trailer\n<</Size %d/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n", len(objects)+1, start)
	return b.Bytes()
}

// page is a document of one page with that content.
func page(contents string, objects ...string) []byte {
	return pdf(append([]string{
		"<</Type/Catalog/Pages 2 0 R>>", "<</Type/Pages/Count 1/Kids[3 0 R]>>",
		"<</Type/Page/Parent 2 0 R/MediaBox[0 0 9 9]/Contents " + contents + ">>",
	}, objects...)...)
}

func stream(dict, content string) string {
	return fmt.Sprintf("<<%s/Length %d>>stream\n%s\nendstream", dict, len(content), content)
}

// packed is so many empty bytes, for a Flate stream.
func packed(t testing.TB, size int) string {
	t.Helper()
	const piece = 1 << 20
	return deflated(t, slices.Repeat([][]byte{bytes.Repeat([]byte(" "), piece)}, size/piece)...)
}

// deflated is what a Flate stream holds of these pieces, one after another.
func deflated(t testing.TB, pieces ...[]byte) string {
	t.Helper()
	var b bytes.Buffer
	w := zlib.NewWriter(&b)
	for _, piece := range pieces {
		if _, err := w.Write(piece); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// symbol is a QR code and its text.
func symbol(t testing.TB) (s qr.Symbol, text string) {
	t.Helper()
	const prefix, digits = "https://zheng.example/v/", "1234567890"
	s, err := qr.Encode(prefix, digits)
	if err != nil {
		t.Fatal(err)
	}
	return s, prefix + digits
}

// code is a picture of a QR code.
func code(t testing.TB) (picture []byte, text string) {
	t.Helper()
	symbol, text := symbol(t)
	const scale, quiet = 8, 4
	size := symbol.Size + 2*quiet
	img := image.NewGray(image.Rect(0, 0, scale*size, scale*size))
	for n := range img.Pix {
		x, y := n%img.Stride/scale-quiet, n/img.Stride/scale-quiet
		if !symbol.At(x, y) || x < 0 || y < 0 {
			img.Pix[n] = 255
		}
	}
	var b bytes.Buffer
	if err := png.Encode(&b, img); err != nil {
		t.Fatal(err)
	}
	return b.Bytes(), text
}

// What is found in a file, and what is wrong with it, is what is said in one
// process.
func TestRead(t *testing.T) {
	picture, text := code(t)
	r := reader(t)
	for name, b := range map[string][]byte{
		"a code":               picture,
		"a document without":   page("4 0 R", stream("", "0 0 1 1 re f")),
		"nothing":              {},
		"half a picture":       picture[:len(picture)/2],
		"half a document":      []byte("%PDF-1.7\n1 0 obj"),
		"more than is read":    bytes.Repeat([]byte("a"), scan.MaxSize+1),
		"text that is no file": []byte(text),
	} {
		want, wanted := scan.Read(b)
		got, err := r.Read(t.Context(), b)
		if !slices.Equal(got, want) || fmt.Sprint(err) != fmt.Sprint(wanted) {
			t.Errorf("%s: %q, %v, and not %q, %v", name, got, err, want, wanted)
		}
		for _, is := range []error{scan.ErrNoCode, scan.ErrFormat, scan.ErrTooLarge} {
			if errors.Is(err, is) != errors.Is(wanted, is) {
				t.Errorf("%s: %v is %v: %v", name, err, is, errors.Is(err, is))
			}
		}
	}
	if got, err := r.Read(t.Context(), picture); err != nil || !slices.Equal(got, []string{text}) {
		t.Errorf("%q, %v", got, err)
	}
}

// The heaviest pictures that are read at all find room there.
func TestHeaviestPictures(t *testing.T) {
	photograph := image.NewYCbCr(image.Rect(0, 0, 7200, 7200), image.YCbCrSubsampleRatio420)
	for i := range photograph.Cb {
		photograph.Cb[i], photograph.Cr[i] = 128, 128
	}
	var small, large bytes.Buffer
	if err := errors.Join(jpeg.Encode(&large, photograph, nil), png.Encode(&small, image.NewNRGBA64(image.Rect(0, 0, 3800, 3800)))); err != nil {
		t.Fatal(err)
	}
	for name, picture := range map[string][]byte{"a photograph of 50 megapixels": large.Bytes(), "deep colour": small.Bytes()} {
		if _, err := reader(t).Read(t.Context(), picture); !errors.Is(err, scan.ErrNoCode) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// scanOf is what a scanner makes of so many pages: a picture each, without loss, and
// the code on the last.
func scanOf(t testing.TB, pages, width, height int, space string, samples int) (document []byte, text string) {
	t.Helper()
	symbol, text := symbol(t)
	rows := slices.Repeat([][]byte{bytes.Repeat([]byte{255}, width*samples)}, height)
	blank := deflated(t, rows...)
	for module := range symbol.Size {
		const scale, at = 12, 300
		row := slices.Clone(rows[0])
		for x := range symbol.Size * scale * samples {
			if symbol.At(x/samples/scale, module) {
				row[at*samples+x] = 0
			}
		}
		for y := range scale {
			rows[at+module*scale+y] = row
		}
	}
	pictures := append(slices.Repeat([]string{blank}, pages-1), deflated(t, rows...))

	objects := []string{"<</Type/Catalog/Pages 2 0 R>>", ""}
	var kids strings.Builder
	for _, picture := range pictures {
		at := len(objects) + 1
		fmt.Fprintf(&kids, "%d 0 R ", at)
		objects = append(objects,
			fmt.Sprintf("<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents %d 0 R/Resources<</XObject<</Im0 %d 0 R>>>>>>", at+1, at+2),
			stream("", "q 595 0 0 842 0 0 cm /Im0 Do Q"),
			stream(fmt.Sprintf("/Type/XObject/Subtype/Image/Width %d/Height %d/ColorSpace/%s/BitsPerComponent 8/Filter/FlateDecode", width, height, space), picture))
	}
	objects[1] = fmt.Sprintf("<</Type/Pages/Count %d/Kids[%s]>>", pages, kids.String())
	return pdf(objects...), text
}

// Scans of several pages, which take more than one picture does, find room there.
func TestScansOfManyPages(t *testing.T) {
	for _, c := range []struct {
		name                 string
		pages, width, height int
		space                string
		samples              int
	}{
		{"four pages of grey at 300 dpi", 4, 2480, 3508, "DeviceGray", 1},
		{"four pages of colour at 15 megapixels", 4, 3700, 4000, "DeviceRGB", 3},
	} {
		b, text := scanOf(t, c.pages, c.width, c.height, c.space, c.samples)
		began := time.Now()
		got, err := reader(t).Read(t.Context(), b)
		t.Logf("%s: %v", c.name, time.Since(began))
		if err != nil || !slices.Equal(got, []string{text}) {
			t.Errorf("%s: %q, %v", c.name, got, err)
		}
	}
}

// Each of these ends a process that reads it, whatever that would recover from.
func TestFilesThatEndAProcess(t *testing.T) {
	bomb := packed(t, 400<<20)
	for name, b := range map[string][]byte{
		"a filter that is its own stream":            page("4 0 R", "<</Length 1/Filter 4 0 R>>stream\nx\nendstream"),
		"parameters of a filter that are the stream": page("4 0 R", "<</Length 1/Filter/FlateDecode/DecodeParms 4 0 R>>stream\nx\nendstream"),
		"a page of forty streams that unpack":        page("["+strings.Repeat("4 0 R ", 40)+"]", stream("/Filter/FlateDecode", bomb)),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var log bytes.Buffer
			r := reader(t)
			r.Log = slog.New(slog.NewTextHandler(&log, nil))
			began := time.Now()
			texts, err := r.Read(t.Context(), b)
			t.Logf("%d bytes, %v: %v %q", len(b), time.Since(began), err, log.String())
			if len(texts) > 0 || !errors.Is(err, scan.ErrTooLarge) || !strings.Contains(log.String(), "ended the process") {
				t.Errorf("%q, %v, %s", texts, err, log.String())
			}
		})
	}
}

// What is no fault of the file is no answer about it.
func TestNoProcess(t *testing.T) {
	picture, _ := code(t)
	r := reader(t)
	r.Program = "/nowhere"
	if _, err := r.Read(t.Context(), picture); !errors.Is(err, scan.ErrBusy) {
		t.Errorf("without a program: %v", err)
	}
	r = reader(t)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := r.Read(ctx, picture); !errors.Is(err, context.Canceled) {
		t.Errorf("where nobody waits: %v", err)
	}
	r.Program, r.Args = "/usr/bin/yes", []string{"yes"}
	var log bytes.Buffer
	r.Log = slog.New(slog.NewTextHandler(&log, nil))
	if _, err := r.Read(t.Context(), picture); !errors.Is(err, scan.ErrTooLarge) || !strings.Contains(log.String(), "broken pipe") {
		t.Errorf("by a program that never ends to speak, and is not cut short: %v, %s", err, log.String())
	}
	r.Program, r.Args = "/bin/echo", []string{"echo", "texts"}
	if _, err := r.Read(t.Context(), picture); !errors.Is(err, scan.ErrTooLarge) {
		t.Errorf("by a program that says something else: %v", err)
	}
}

// BenchmarkRead is what the process costs beside reading.
func BenchmarkRead(b *testing.B) {
	picture, _ := code(b)
	r := reader(b)
	for name, read := range map[string]func([]byte) ([]string, error){
		"here":  scan.Read,
		"apart": func(f []byte) ([]string, error) { return r.Read(context.Background(), f) },
	} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				if _, err := read(picture); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
