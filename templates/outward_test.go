package templates_test

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"image"
	"io"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"yizheng/templates"
)

// read gives what zbar reads from a picture, and nothing where it finds no
// code.
func read(t testing.TB, path string) string {
	t.Helper()
	out, err := exec.Command("zbarimg", "--raw", "-q", path).Output()
	if exit := (*exec.ExitError)(nil); errors.As(err, &exit) && exit.ExitCode() == 4 {
		return ""
	} else if err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(string(out))
}

// specimen is a draft as a preview makes it.
func specimen(t testing.TB) templates.Document {
	d := fixture(t, "restaurant-3-permits")
	d.Draft = true
	return d
}

// codeOn is what the code of a document says: a draft has none.
func codeOn(d templates.Document) string {
	if d.Draft {
		return ""
	}
	return d.Text
}

// numberOn is what stands where the license's number would: a draft has none.
func numberOn(d templates.Document) string {
	if d.Draft {
		return "样本"
	}
	return d.License.Number
}

// TestFaceAsPicture reads the code from the face as a picture of many sizes,
// for the usual symbol and the largest, and never from a draft.
func TestFaceAsPicture(t *testing.T) {
	p := printer(t)
	for name, d := range map[string]templates.Document{"usual": fixture(t, "convenience-store-8-permits"), "extreme": extreme(t), "draft": specimen(t)} {
		for _, width := range []int{templates.MinFace, templates.UsualFace} {
			t.Run(fmt.Sprintf("%s, %d pixels", name, width), func(t *testing.T) {
				b, err := p.FacePNG(d, width)
				if err != nil {
					t.Fatal(err)
				}
				again, err := p.FacePNG(d, width)
				if err != nil || !bytes.Equal(b, again) {
					t.Error("the second picture is not the first")
				}
				if img := picture(t, b); img.Bounds().Dx() != width {
					t.Errorf("the picture is %v", img.Bounds())
				}
				text := read(t, keep(t, "face.png", b))
				if text != codeOn(d) {
					t.Errorf("read %q", text)
				}
			})
		}
	}
	for _, width := range []int{0, templates.MinFace - 1, templates.MaxFace + 1} {
		if _, err := p.FacePNG(fixture(t, "restaurant-3-permits"), width); !errors.Is(err, templates.ErrWidth) {
			t.Errorf("%d pixels: %v", width, err)
		}
	}
}

// TestFaceAsVectors has another program draw the SVG and reads the code from
// that, and holds that it is well-formed and says what it shows.
func TestFaceAsVectors(t *testing.T) {
	p := printer(t)
	for name, d := range map[string]templates.Document{"usual": fixture(t, "gym-rare-characters"), "extreme": extreme(t), "draft": specimen(t)} {
		t.Run(name, func(t *testing.T) {
			b, err := p.FaceSVG(d)
			if err != nil {
				t.Fatal(err)
			}
			again, err := p.FaceSVG(d)
			if err != nil || !bytes.Equal(b, again) {
				t.Error("the second drawing is not the first")
			}
			for dec := xml.NewDecoder(bytes.NewReader(b)); ; {
				_, err := dec.Token()
				if err == io.EOF {
					break
				} else if err != nil {
					t.Fatalf("not well-formed: %v", err)
				}
			}
			for _, said := range []string{"<title id=\"title\">", numberOn(d), d.License.Holder.Name, d.License.Permits[0].Number} {
				if !strings.Contains(string(b), said) {
					t.Errorf("the drawing does not say %q", said)
				}
			}
			if strings.Contains(string(b), "<text") || strings.Contains(string(b), "font-family") {
				t.Error("the drawing needs a font")
			}
			in := keep(t, "face.svg", b)
			out := filepath.Join(filepath.Dir(in), "face.png")
			tool(t, "rsvg-convert", "-w", "2480", in, "-o", out)
			text := read(t, out)
			if text != codeOn(d) {
				t.Errorf("read %q", text)
			}
		})
	}
}

// TestCards reads the code from the card for the telephone and from the
// counter sign as it is printed, and never from a draft's.
func TestCards(t *testing.T) {
	p := printer(t)
	for name, d := range map[string]templates.Document{"usual": documents(t)["demonstration"], "extreme": extreme(t), "draft": specimen(t)} {
		t.Run(name, func(t *testing.T) {
			card, err := p.CardPNG(d)
			if err != nil {
				t.Fatal(err)
			}
			if again, err := p.CardPNG(d); err != nil || !bytes.Equal(card, again) {
				t.Error("the second card is not the first")
			}
			if size := picture(t, card).Bounds().Size(); size != image.Pt(1080, 1920) {
				t.Errorf("the card is %v", size)
			}
			sign, err := p.CounterSign(d)
			if err != nil {
				t.Fatal(err)
			}
			again, err := p.CounterSign(d)
			if err != nil || !bytes.Equal(sign, again) {
				t.Error("the second sign is not the first")
			}
			in := keep(t, "sign.pdf", sign)
			tool(t, "qpdf", "--check", in)
			said := strings.Join(strings.Fields(tool(t, "pdftotext", in, "-")), "")
			for _, want := range []string{d.License.Holder.Name, strings.Replace(numberOn(d), "样本", "签发时编定", 1), d.VerifyURL} {
				if !strings.Contains(said, want) {
					t.Errorf("the sign says %q and not %q", said, want)
				}
			}
			tool(t, "pdftoppm", "-r", "200", "-png", "-singlefile", in, strings.TrimSuffix(in, ".pdf"))
			for _, path := range []string{keep(t, "card.png", card), strings.TrimSuffix(in, ".pdf") + ".png"} {
				text := read(t, path)
				if text != codeOn(d) {
					t.Errorf("%s: read %q", filepath.Base(path), text)
				}
			}
		})
	}
}

// BenchmarkOutward makes each of the faces.
func BenchmarkOutward(b *testing.B) {
	p := printer(b)
	d := fixture(b, "convenience-store-8-permits")
	for name, make := range map[string]func() ([]byte, error){
		"face svg":     func() ([]byte, error) { return p.FaceSVG(d) },
		"face png":     func() ([]byte, error) { return p.FacePNG(d, templates.UsualFace) },
		"card":         func() ([]byte, error) { return p.CardPNG(d) },
		"counter sign": func() ([]byte, error) { return p.CounterSign(d) },
	} {
		b.Run(name, func(b *testing.B) {
			var out []byte
			for b.Loop() {
				var err error
				if out, err = make(); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(len(out)), "bytes/file")
		})
	}
}
