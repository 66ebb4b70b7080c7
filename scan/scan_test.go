package scan_test

import (
	"bytes"
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/draw"
	"image/jpeg"
	"image/png"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"yizheng/license"
	"yizheng/qr"
	"yizheng/scan"
	"yizheng/templates"
)

const prefix = "https://zheng.example/v/"

// digits makes n digits without a pattern.
func digits(n int) string {
	var b strings.Builder
	state := uint32(n)
	for range n {
		state = state*1664525 + 1013904223
		b.WriteByte('0' + byte(state>>24)%10)
	}
	return b.String()
}

// document renders a license whose code has n digits, as a PDF.
func document(t testing.TB, n int) (pdf []byte, text string, version int) {
	t.Helper()
	p, err := templates.New(templates.Config{})
	if err != nil {
		t.Fatal(err)
	}
	symbol, err := qr.Encode(prefix, digits(n))
	if err != nil {
		t.Fatal(err)
	}
	day, err := license.ParseDate("2026-06-02")
	if err != nil {
		t.Fatal(err)
	}
	body, err := p.Document(templates.Document{
		License: license.License{
			Number: "长行综〔2026〕1号", Issuer: "上海市长宁区政务服务办公室", Industry: "书店", IssueDate: day,
			Holder:  license.Holder{Name: "上海某某书店", CreditCode: "91310105MA1FW0XQ4U", Representative: "王晓明", Premises: "上海市长宁区仙霞路321号"},
			Permits: []license.Permit{{Matter: "出版物零售许可", Number: "新出发沪零字第D1048号", Authority: "上海市长宁区文化和旅游局", Scope: "图书零售", ValidFrom: day}},
		},
		Text: prefix + digits(n), Symbol: symbol, SealName: "上海市长宁区行业综合许可专用章", VerifyURL: prefix,
	})
	if err != nil {
		t.Fatal(err)
	}
	return body.Unsigned(), prefix + digits(n), symbol.Version
}

// render makes a picture of the first page, as a scanner of that resolution
// would.
func render(t testing.TB, pdf []byte, dpi int, format string) []byte {
	t.Helper()
	dir := t.TempDir()
	in, out := filepath.Join(dir, "in.pdf"), filepath.Join(dir, "out")
	if err := os.WriteFile(in, pdf, 0o600); err != nil {
		t.Fatal(err)
	}
	b, err := exec.Command("pdftoppm", "-r", fmt.Sprint(dpi), "-f", "1", "-l", "1", "-singlefile", "-"+format, in, out).CombinedOutput()
	if err != nil {
		t.Fatalf("pdftoppm, of poppler-utils: %v\n%s", err, b)
	}
	files, err := filepath.Glob(out + ".*")
	if err != nil || len(files) != 1 {
		t.Fatalf("pdftoppm made %v, %v", files, err)
	}
	picture, err := os.ReadFile(files[0])
	if err != nil {
		t.Fatal(err)
	}
	return picture
}

func check(t *testing.T, b []byte, want string) {
	t.Helper()
	texts, err := scan.Read(b)
	if err != nil {
		t.Fatal(err)
	}
	if len(texts) != 1 || texts[0] != want {
		t.Errorf("read %q", texts)
	}
}

func TestReadsDocuments(t *testing.T) {
	for _, n := range []int{700, 1300, 1500, 2300, 3900} {
		pdf, text, version := document(t, n)
		t.Run(fmt.Sprintf("version %d", version), func(t *testing.T) { check(t, pdf, text) })
	}
}

func TestReadsPictures(t *testing.T) {
	for _, n := range []int{700, 1300, 2300} {
		pdf, text, version := document(t, n)
		for _, dpi := range []int{150, 200, 300} {
			for _, format := range []string{"png", "jpeg"} {
				t.Run(fmt.Sprintf("version %d, %d dpi, %s", version, dpi, format), func(t *testing.T) {
					check(t, render(t, pdf, dpi, format), text)
				})
			}
		}
	}
}

// turned turns a picture by quarters, and inverts it where asked to.
func turned(t *testing.T, b []byte, quarters int, invert bool) []byte {
	t.Helper()
	img, err := png.Decode(bytes.NewReader(b))
	if err != nil {
		t.Fatal(err)
	}
	for range quarters {
		r := img.Bounds()
		next := image.NewGray(image.Rect(0, 0, r.Dy(), r.Dx()))
		for y := range r.Dy() {
			for x := range r.Dx() {
				next.Set(r.Dy()-1-y, x, img.At(x, y))
			}
		}
		img = next
	}
	if invert {
		r := img.Bounds()
		next := image.NewGray(r)
		draw.Draw(next, r, img, r.Min, draw.Src)
		for i, v := range next.Pix {
			next.Pix[i] = 255 - v
		}
		img = next
	}
	var out bytes.Buffer
	if err := png.Encode(&out, img); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func TestReadsTurnedAndInverted(t *testing.T) {
	pdf, text, _ := document(t, 1300)
	picture := render(t, pdf, 200, "png")
	for quarters := range 4 {
		check(t, turned(t, picture, quarters, false), text)
	}
	check(t, turned(t, picture, 0, true), text)
}

// TestReadsScannedDocuments reads a page that is one picture in a PDF, as a
// copier makes it.
func TestReadsScannedDocuments(t *testing.T) {
	pdf, text, _ := document(t, 1300)
	picture := render(t, pdf, 200, "jpeg")
	config, err := jpeg.DecodeConfig(bytes.NewReader(picture))
	if err != nil {
		t.Fatal(err)
	}
	check(t, copied(picture, config.Width, config.Height), text)
}

// copied wraps a JPEG picture in a PDF of one page.
func copied(picture []byte, w, h int) []byte {
	var b bytes.Buffer
	var at []int
	object := func(format string, a ...any) {
		at = append(at, b.Len())
		fmt.Fprintf(&b, "%d 0 obj\n"+format+"\nendobj\n", append([]any{len(at)}, a...)...)
	}
	b.WriteString("%PDF-1.4\n")
	object("<</Type/Catalog/Pages 2 0 R>>")
	object("<</Type/Pages/Count 1/Kids[3 0 R]>>")
	object("<</Type/Page/Parent 2 0 R/MediaBox[0 0 842 595]/Resources<</XObject<</I 5 0 R>>>>/Contents 4 0 R>>")
	object("<</Length 31>>stream\nq 842 0 0 595 0 0 cm /I Do Q    \nendstream")
	object("<</Type/XObject/Subtype/Image/Width %d/Height %d/ColorSpace/DeviceRGB/BitsPerComponent 8/Filter/DCTDecode/Length %d>>stream\n%s\nendstream", w, h, len(picture), picture)
	start := b.Len()
	fmt.Fprintf(&b, "xref\n0 %d\n0000000000 65535 f \n", len(at)+1)
	for _, a := range at {
		fmt.Fprintf(&b, "%010d 00000 n \n", a)
	}
	fmt.Fprintf(&b, "trailer\n<</Size %d/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n", len(at)+1, start)
	return b.Bytes()
}

func TestRefusals(t *testing.T) {
	var blank bytes.Buffer
	white := image.NewGray(image.Rect(0, 0, 300, 300))
	draw.Draw(white, white.Rect, image.NewUniform(color.White), image.Point{}, draw.Src)
	if err := png.Encode(&blank, white); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name string
		b    []byte
		want error
	}{
		{"nothing", nil, scan.ErrFormat},
		{"text", []byte("https://zheng.example/v/86"), scan.ErrFormat},
		{"half a picture", blank.Bytes()[:40], scan.ErrFormat},
		{"a blank picture", blank.Bytes(), scan.ErrNoCode},
		{"half a PDF", []byte("%PDF-1.7\n1 0 obj\n"), scan.ErrFormat},
		{"too many bytes", make([]byte, scan.MaxSize+1), scan.ErrTooLarge},
	} {
		t.Run(c.name, func(t *testing.T) {
			if texts, err := scan.Read(c.b); !errors.Is(err, c.want) {
				t.Errorf("read %q, %v; want %v", texts, err, c.want)
			}
		})
	}
}

// TestReadsBeforeWhatWasAdded adds to a document what makes it unreadable: its
// code is read all the same, so that somebody can be told what was done to it.
func TestReadsBeforeWhatWasAdded(t *testing.T) {
	pdf, text, _ := document(t, 700)
	var start int
	if _, err := fmt.Sscanf(string(pdf[bytes.LastIndex(pdf, []byte("startxref")):]), "startxref\n%d", &start); err != nil {
		t.Fatal(err)
	}
	const object = "999 0 obj\n<</Title(x)>>\nendobj\n"
	for name, added := range map[string]string{
		"a table that does not fit": object + fmt.Sprintf("xref\n999 1\n%010d 00000 n \ntrailer<</Size 1000/Root 1 0 R/Prev %d>>\nstartxref\n%d\n%%%%EOF\n", len(pdf), start, len(pdf)+len(object)),
		"a place that is nowhere":   "startxref\n99999999\n%%EOF\n",
	} {
		if texts, err := scan.Read(append(bytes.Clone(pdf), added...)); err != nil || !slices.Contains(texts, text) {
			t.Errorf("%s: read %q, %v", name, texts, err)
		}
	}
}

func FuzzRead(f *testing.F) {
	pdf, _, _ := document(f, 100)
	f.Add(pdf)
	f.Add(copied([]byte("\xff\xd8\xff\xd9"), 3, 3))
	var b bytes.Buffer
	if err := png.Encode(&b, image.NewGray(image.Rect(0, 0, 9, 9))); err != nil {
		f.Fatal(err)
	}
	f.Add(b.Bytes())
	f.Fuzz(func(t *testing.T, b []byte) {
		if texts, err := scan.Read(b); err == nil && len(texts) == 0 {
			t.Error("neither a text nor an error")
		}
	})
}
