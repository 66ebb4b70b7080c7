package templates_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"flag"
	"fmt"
	"image"
	"image/color/palette"
	"image/draw"
	"image/png"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"yizheng/qr"
	"yizheng/templates"
)

var update = flag.Bool("update", false, "write the golden files anew; look at them before they are committed")

// goldenDPI is enough to see that a page is as it was.
const goldenDPI = 60

// documents are those whose pages are kept as pictures.
func documents(t testing.TB) map[string]templates.Document {
	draft := fixture(t, "restaurant-3-permits")
	draft.Draft = true
	rare := fixture(t, "gym-rare-characters")
	rare.Demonstration = true
	duplicate := fixture(t, "convenience-store-8-permits")
	duplicate.Form = templates.Duplicate
	bilingual := fixture(t, "bookstore-cafe-5-permits")
	bilingual.Bilingual = true
	both := bilingual
	both.Form = templates.Duplicate
	most := extreme(t)
	most.Form, most.Bilingual = templates.Duplicate, true
	derived := fixture(t, "bookstore-cafe-5-permits")
	derived.Copy = annotation(t)
	return map[string]templates.Document{
		"license": fixture(t, "convenience-store-8-permits"), "demonstration": rare, "draft": draft,
		"duplicate": duplicate, "bilingual": bilingual, "bilingual-duplicate": both,
		"least": least(t), "most": extreme(t), "most-duplicate": most,
		"copy": derived,
	}
}

// least is a document of two permits and the shortest texts.
func least(t testing.TB) templates.Document {
	d := fixture(t, "restaurant-3-permits")
	d.License.Holder.Name, d.License.Holder.Premises = "愚园面馆", "愚园路1号"
	d.License.Permits = d.License.Permits[:2]
	symbol, err := qr.Encode("https://zheng.example/v/", strings.Repeat("8612345678", 40))
	if err != nil {
		t.Fatal(err)
	}
	d.Symbol = symbol
	return d
}

// goldenPages is how many pages of a document are kept.
const goldenPages = 3

// TestPagesLookAsTheyDid compares the pages with pictures that a person has
// looked at. Renderers differ in a shade here and there, so the measure is
// how much of the page differs plainly, and of each part of it, so that no
// ornament goes missing.
func TestPagesLookAsTheyDid(t *testing.T) {
	p := printer(t)
	for name, d := range documents(t) {
		t.Run(name, func(t *testing.T) {
			body, err := p.Document(d)
			if err != nil {
				t.Fatal(err)
			}
			in := keep(t, "in.pdf", body.Unsigned())
			out := filepath.Join(filepath.Dir(in), "page")
			tool(t, "pdftoppm", "-r", fmt.Sprint(goldenDPI), "-png", in, out)
			pages, err := filepath.Glob(out + "*.png")
			if err != nil || len(pages) < 2 {
				t.Fatalf("%d pages, %v", len(pages), err)
			}
			for i, page := range pages[:min(len(pages), goldenPages)] {
				got, err := os.ReadFile(page)
				if err != nil {
					t.Fatal(err)
				}
				looksLike(t, fmt.Sprintf("%s-%d", name, i+1), got)
			}
		})
	}
}

// looksLike compares a picture with the one that is kept under a name, or
// keeps it.
func looksLike(t *testing.T, name string, got []byte) {
	t.Helper()
	golden := "testdata/golden/" + name + ".png"
	if *update {
		// Few colours make small files, and show all that the measure sees.
		img := picture(t, got)
		few := image.NewPaletted(img.Bounds(), palette.WebSafe)
		draw.Draw(few, few.Rect, img, img.Bounds().Min, draw.Src)
		var b bytes.Buffer
		if err := (&png.Encoder{CompressionLevel: png.BestCompression}).Encode(&b, few); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(golden, b.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if all, worst, at := difference(t, golden, got); all > 0.005 || worst > 0.1 {
		t.Errorf("%s: %.2f %% of the picture is not as it was, and %.0f %% around %v", golden, 100*all, 100*worst, at)
	}
}

// tile is the side of the parts of a picture that are compared by themselves.
const tile = 32

// difference is the part of the pixels that differ by more than a quarter of
// full scale: of all, and of those of the tile that differs most.
func difference(t *testing.T, golden string, got []byte) (all, worst float64, at image.Point) {
	t.Helper()
	b, err := os.ReadFile(golden)
	if err != nil {
		t.Fatalf("%v (write it with -update)", err)
	}
	was, now := picture(t, b), picture(t, got)
	if was.Bounds() != now.Bounds() {
		t.Fatalf("the page is %v and was %v", now.Bounds(), was.Bounds())
	}
	r, n := was.Bounds(), 0
	tiles := map[image.Point]int{}
	for y := r.Min.Y; y < r.Max.Y; y++ {
		for x := r.Min.X; x < r.Max.X; x++ {
			r1, g1, b1, _ := was.At(x, y).RGBA()
			r2, g2, b2, _ := now.At(x, y).RGBA()
			if far(r1, r2) || far(g1, g2) || far(b1, b2) {
				n++
				tiles[image.Pt(x/tile, y/tile)]++
			}
		}
	}
	for of, n := range tiles {
		if part := float64(n) / (tile * tile); part > worst {
			worst, at = part, of.Mul(tile)
		}
	}
	return float64(n) / float64(r.Dx()*r.Dy()), worst, at
}

func far(a, b uint32) bool { return max(a, b)-min(a, b) > 0x4000 }

func picture(t *testing.T, b []byte) image.Image {
	t.Helper()
	img, err := png.Decode(bytes.NewReader(b))
	if err != nil {
		t.Fatal(err)
	}
	return img
}

// TestBytesStayTheSame holds that a template version makes the same bytes for
// ever. Where this fails after a change of the template, raise its version
// and run it with -update.
func TestBytesStayTheSame(t *testing.T) {
	p := printer(t)
	var lines []string
	all := documents(t)
	for _, name := range slices.Sorted(maps.Keys(all)) {
		d := all[name]
		var sums [2]string
		version := ""
		for i := range sums {
			body, err := p.Document(d)
			if err != nil {
				t.Fatal(err)
			}
			sum := sha256.Sum256(body.Unsigned())
			sums[i], version = hex.EncodeToString(sum[:]), body.Version()
		}
		if sums[0] != sums[1] {
			t.Errorf("%s: two runs made different bytes", name)
		}
		lines = append(lines, version+" "+name+" "+sums[0])
	}
	got := strings.Join(lines, "\n") + "\n"
	const golden = "testdata/golden/bytes.txt"
	if *update {
		if err := os.WriteFile(golden, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("the bytes are\n%sand were\n%s", got, want)
	}
}

// TestFontsAreEmbedded asks another reader what the fonts of a document are.
func TestFontsAreEmbedded(t *testing.T) {
	body, err := printer(t).Document(fixture(t, "gym-rare-characters"))
	if err != nil {
		t.Fatal(err)
	}
	out := tool(t, "pdffonts", keep(t, "a.pdf", body.Unsigned()))
	lines := strings.Split(strings.TrimSpace(out), "\n")[2:]
	if len(lines) != 2 {
		t.Errorf("the fonts are\n%s", out)
	}
	for _, line := range lines {
		if !strings.Contains(line, "CID Type 0C") || !strings.Contains(line, "yes yes yes") {
			t.Errorf("a font is not embedded as a subset with its characters: %s", line)
		}
	}
}

// TestOtherReadersFindTheCode reads the printed code with zbar, from the
// whole page, for the smallest and the largest symbol.
func TestOtherReadersFindTheCode(t *testing.T) {
	for name, d := range map[string]templates.Document{"usual": fixture(t, "convenience-store-8-permits"), "extreme": extreme(t)} {
		body, err := printer(t).Document(d)
		if err != nil {
			t.Fatal(err)
		}
		in := keep(t, "in.pdf", body.Unsigned())
		for _, dpi := range []int{150, 300} {
			t.Run(fmt.Sprintf("%s, version %d, %d dpi", name, d.Symbol.Version, dpi), func(t *testing.T) {
				out := filepath.Join(t.TempDir(), "page")
				tool(t, "pdftoppm", "-r", fmt.Sprint(dpi), "-f", "1", "-l", "1", "-singlefile", "-png", in, out)
				if text := tool(t, "zbarimg", "--raw", "-q", out+".png"); !strings.HasPrefix(text, "https://zheng.example/v/") {
					t.Errorf("read %q", text)
				}
			})
		}
	}
}

func TestCodesAsPictures(t *testing.T) {
	p := printer(t)
	symbol, err := qr.Encode("https://zheng.example/v/", strings.Repeat("8612345678", 100))
	if err != nil {
		t.Fatal(err)
	}
	const number = "沪长行综〔2026〕000187号"
	for _, module := range []int{3, 4, 10} {
		b, err := p.CodePNG(symbol, number, module)
		if err != nil {
			t.Fatal(err)
		}
		if text := tool(t, "zbarimg", "--raw", "-q", keep(t, "code.png", b)); strings.TrimSpace(text) != "https://zheng.example/v/"+strings.Repeat("8612345678", 100) {
			t.Errorf("%d pixels a module: read %q", module, text)
		}
	}
	for _, module := range []int{-1, 0, 65} {
		if _, err := p.CodePNG(symbol, number, module); !errors.Is(err, templates.ErrModule) {
			t.Errorf("%d pixels a module: %v", module, err)
		}
	}
	svg := string(templates.CodeSVG(symbol, `<&"`))
	if !strings.Contains(svg, "&lt;&amp;&#34;</text>") || strings.Count(svg, "<path") != 1 {
		t.Errorf("SVG is %.300s", svg)
	}
}

func TestMissingCharacters(t *testing.T) {
	p := printer(t)
	if missing := p.Missing("上海𬭎毅𬱖㛃𠮷〔2026〕㎡㐀\U0003FFFD\n"); string(missing) != "\U0003FFFD" {
		t.Errorf("missing are %q", missing)
	}
	d := fixture(t, "gym-rare-characters")
	d.License.Holder.Name += "\U0002F9FF"
	if _, err := p.Document(d); !errors.Is(err, templates.ErrCharacter) || !strings.Contains(err.Error(), "\U0002F9FF") {
		t.Errorf("error is %v", err)
	}
}
