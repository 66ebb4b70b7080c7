package pdf_test

import (
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/image/font/gofont/goregular"

	"yizheng/templates/font"
	"yizheng/templates/pdf"
	"yizheng/templates/pdf/archive"
)

// TestFacesOfAnOperator embeds a TrueType face and a hinted OpenType one of
// other em squares than ours: readers find the characters, and the file is
// still for the archive, which holds widths to what the font says.
func TestFacesOfAnOperator(t *testing.T) {
	hinted, err := font.Open("../font/testdata/hinted.otf")
	if err != nil {
		t.Fatal(err)
	}
	latin, err := font.Parse("Go", goregular.TTF)
	if err != nil {
		t.Fatal(err)
	}
	const first, second = "Größe & Qualität 0123", "证许国家A9g龘行业"
	f := pdf.New(pdf.NewCompressor(6))
	c := pdf.NewContent(60)
	c.Tag(f.Element(nil, "P"))
	c.Text(f.Font(latin), 14, 5, 20, 0, first)
	c.Text(f.Font(hinted), 14, 5, 40, 0, second)
	c.End()
	f.Page(100, 60, c)
	b, _ := f.Bytes(pdf.Info{Title: "Faces", Creator: "test"})
	for _, fault := range archive.Check(b) {
		t.Error(fault)
	}
	path := keep(t, b)
	if fonts := tool(t, "pdffonts", path); strings.Count(fonts, "CID Type 0C") != 2 || strings.Count(fonts, "yes yes yes") != 2 {
		t.Errorf("the fonts are\n%s", fonts)
	}
	if got := tool(t, "pdftotext", path, "-"); !strings.Contains(got, first) || !strings.Contains(got, second) {
		t.Errorf("what is copied is %q", got)
	}
	if dark(t, path, 20) < 500 || dark(t, path, 40) < 500 {
		t.Error("a line is not drawn")
	}
}

// dark counts the dark pixels of the line that stands y millimetres below the
// top of the first page.
func dark(t testing.TB, path string, y int) (n int) {
	t.Helper()
	out := filepath.Join(t.TempDir(), "page")
	tool(t, "pdftoppm", "-r", "254", "-gray", "-singlefile", path, out) // ten pixels a millimetre
	b, err := os.ReadFile(out + ".pgm")
	if err != nil {
		t.Fatal(err)
	}
	const width, height = 1000, 600
	pixels := b[len(b)-width*height:]
	for _, v := range pixels[(10*y-50)*width : (10*y+10)*width] {
		if v < 128 {
			n++
		}
	}
	return n
}

// TestTextGoesOn sets texts with everything between them that a text object
// goes on over, or ends at: each stands where it was set, and readers find it as
// what it is.
func TestTextGoesOn(t *testing.T) {
	f := pdf.New(pdf.NewCompressor(6))
	song := f.Font(faces(t).Regular)
	c := pdf.NewContent(100)
	var want []pdf.Point
	set := func(x, y float64, s string) {
		c.Text(song, 10, x, y, 0, s)
		want = append(want, pdf.Point{X: x * points, Y: (100 - y) * points})
	}
	paragraph := func() *pdf.Element { return f.Element(nil, "P") }
	c.Tag(paragraph())
	set(10, 10, "一")
	set(10, 15, "二")
	c.End()
	c.Tag(paragraph())
	set(50.3, 10, "三")
	c.Rect(50, 12, 10, 1) // of the same paragraph
	c.PaintFill()
	set(50.3, 20, "四")
	c.End()
	c.Tag(paragraph())
	c.Save()
	set(10, 30, "五")
	c.TextAt(song, 10, [4]float64{0, 1, -1, 0}, 40, 30, "六")
	want = append(want, pdf.Point{X: 40 * points, Y: 70 * points})
	set(10, 35, "七")
	c.Restore()
	c.Artifact()
	c.End() // for nothing
	set(20, 35, "八")
	c.TagIn(paragraph(), "en")
	set(20, 40, "A")
	c.End()
	c.Artifact()
	set(5, 90, "1")
	c.Line(5, 91, 90, 91)
	set(80, 90, "2")
	c.End()
	c.End()
	f.Page(100, 100, c)
	b, _ := f.Bytes(pdf.Info{Title: "Texts", Creator: "test"})
	for _, fault := range archive.Check(b) {
		t.Error(fault)
	}
	path := keep(t, b)
	tool(t, "qpdf", "--check", path)
	got := strings.Join(strings.Fields(tool(t, "pdfinfo", "-struct-text", path)), " ")
	if got != `Document P (block) "一二" P (block) "三" "四" P (block) "五六七" "八" P (block) "A"` {
		t.Errorf("the structure is %s", got)
	}
	var r recorder
	if err := f.Replay(0, &r); err != nil {
		t.Fatal(err)
	}
	if len(r.glyphs) != len(want) {
		t.Fatalf("%d characters are drawn, and %d were set", len(r.glyphs), len(want))
	}
	for i, at := range want {
		if math.Abs(r.glyphs[i].X-at.X) > 0.051 || math.Abs(r.glyphs[i].Y-at.Y) > 0.051 {
			t.Errorf("character %d is at %v, and was set at %v", i, r.glyphs[i], at)
		}
	}
}

// weigher notes how much heavier glyphs are drawn.
type weigher struct {
	recorder
	heavier []float64
}

func (w *weigher) Glyph(face *font.Face, glyph uint16, em pdf.Matrix, s pdf.State) {
	w.heavier = append(w.heavier, s.Heavier)
}

// TestHeavierText holds that heavier text is that, for surfaces and for
// readers, that what follows is not, and that it is copied once.
func TestHeavierText(t *testing.T) {
	f := pdf.New(pdf.NewCompressor(6))
	song := f.Font(faces(t).Regular)
	c := pdf.NewContent(60)
	c.Tag(f.Element(nil, "P"))
	c.Heavier(pdf.Hex(0), 0.2)
	c.Text(song, 20, 5, 20, 0, "许可")
	c.Lighter()
	c.Text(song, 20, 5, 40, 0, "许可")
	c.End()
	f.Page(100, 60, c)
	b, _ := f.Bytes(pdf.Info{Title: "Weights", Creator: "test"})
	for _, fault := range archive.Check(b) {
		t.Error(fault)
	}
	var w weigher
	if err := f.Replay(0, &w); err != nil {
		t.Fatal(err)
	}
	if len(w.heavier) != 4 || math.Abs(w.heavier[0]-0.2*points) > 0.001 || w.heavier[0] != w.heavier[1] || w.heavier[2] != 0 || w.heavier[3] != 0 {
		t.Errorf("glyphs are heavier by %v", w.heavier)
	}
	path := keep(t, b)
	if got := strings.Join(strings.Fields(tool(t, "pdftotext", path, "-")), ""); got != "许可许可" {
		t.Errorf("what is copied is %q", got)
	}
	if heavy, usual := dark(t, path, 20), dark(t, path, 40); float64(heavy) < 1.3*float64(usual) {
		t.Errorf("%d pixels are dark, and %d without", heavy, usual)
	}
}
