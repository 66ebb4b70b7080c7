package pdf_test

import (
	"math"
	"strings"
	"testing"
	"unicode"

	"pgregory.net/rapid"

	"yizheng/templates/font"
	"yizheng/templates/pdf"
	"yizheng/templates/pdf/archive"
)

// recorder is a surface that notes where paths and glyphs are.
type recorder struct {
	points []pdf.Point
	inks   []pdf.Colour
	widths []float64
	glyphs []pdf.Point
	depth  int
}

func (r *recorder) path(p pdf.Path, s pdf.State) {
	for _, step := range p {
		if step.Op != 'h' {
			r.points = append(r.points, s.Matrix.Of(step.End()))
		}
	}
}

func (r *recorder) Fill(p pdf.Path, evenOdd bool, s pdf.State) {
	r.path(p, s)
	r.inks = append(r.inks, s.Ink)
}

func (r *recorder) Stroke(p pdf.Path, s pdf.State) {
	r.path(p, s)
	r.inks, r.widths = append(r.inks, s.Line), append(r.widths, s.Width*s.Matrix.Scale())
}

func (r *recorder) Glyph(face *font.Face, glyph uint16, em pdf.Matrix, s pdf.State) {
	r.glyphs = append(r.glyphs, em.Of(pdf.Point{}))
}

func (r *recorder) Save()                    { r.depth++ }
func (r *recorder) Restore()                 { r.depth-- }
func (r *recorder) Clip(pdf.Path, pdf.State) {}
func (r *recorder) Group(pdf.State)          { r.depth++ }
func (r *recorder) EndGroup()                { r.depth-- }

const points = 72 / 25.4 // a millimetre

// TestWhatIsDrawnIsReadBack holds that numbers are written so that what is
// read from them lies within a hundredth of a point of what was meant, and of
// texts within half a tenth.
func TestWhatIsDrawnIsReadBack(t *testing.T) {
	set := faces(t)
	rapid.Check(t, func(t *rapid.T) {
		near := func(got, want float64, what string) {
			if math.Abs(got-want) > 0.0101 { // the origin is rounded, and what is measured from it
				t.Fatalf("%s is %v and was %v", what, got, want)
			}
		}
		length := rapid.Float64Range(-500, 500)
		f := pdf.New(pdf.NewCompressor(1))
		song := f.Font(set.Regular)
		c := pdf.NewContent(100)
		x, y, x2, y2 := length.Draw(t, "x"), length.Draw(t, "y"), length.Draw(t, "x2"), length.Draw(t, "y2")
		ink := pdf.Hex(rapid.Uint32Max(0xFFFFFF).Draw(t, "ink"))
		width := rapid.Float64Range(0.05, 5).Draw(t, "width")
		c.Artifact()
		c.Stroke(ink, width)
		c.Line(x, y, x2, y2)
		c.Save()
		c.Origin(x, y)
		c.Turn(90)
		c.Line(0, 0, x2, 0) // downwards, after the turn
		c.Restore()
		c.Text(song, 10, x, y, 1, "许可")
		c.End()
		f.Page(100, 100, c)
		var r recorder
		if err := f.Replay(0, &r); err != nil {
			t.Fatal(err)
		}
		if len(r.points) != 4 || len(r.glyphs) != 2 || r.depth != 0 {
			t.Fatalf("drawn were %+v", r)
		}
		for i, want := range []pdf.Point{{X: x, Y: y}, {X: x2, Y: y2}, {X: x, Y: y}, {X: x, Y: y + x2}} {
			near(r.points[i].X, want.X*points, "x")
			near(r.points[i].Y, (100-want.Y)*points, "y")
		}
		if off := r.glyphs[0].X - x*points; math.Abs(off) > 0.0501 {
			t.Fatalf("the first glyph is %v off", off)
		}
		unit := 10 / float64(set.Regular.UnitsPerEm) // to which spaces are rounded
		if off := r.glyphs[1].X - r.glyphs[0].X - points - 10; math.Abs(off) > unit/2+1e-6 {
			t.Fatalf("the second glyph is %v off", off)
		}
		near(r.widths[0], width*points, "the width")
		for i := range ink {
			near(r.inks[0][i], ink[i], "the ink")
		}
	})
}

// TestAnyFileIsRead draws files at random and holds that each is for the
// archive, whole for qpdf, and that its text is copied in the order in which
// it was set.
func TestAnyFileIsRead(t *testing.T) {
	set := faces(t)
	characters := rapid.RuneFrom([]rune("行业综合许可证上海市长宁区〔〕()<>\\%/&;0123456789ABCxyz，。㎡食品经营卫生文化旅游消防救援支队绿化容药监械图书报刊零售局第二类备案有限公司"))
	rapid.Check(t, func(rt *rapid.T) {
		z := pdf.NewCompressor(rapid.IntRange(1, 9).Draw(rt, "level"))
		f := pdf.New(z)
		if rapid.Bool().Draw(rt, "signed") {
			f.Signature("Seal", rapid.StringOfN(characters, 1, 20, -1).Draw(rt, "by"), "许可", rapid.IntRange(0, 9000).Draw(rt, "space"), 1, 1, 30, 30, 100)
		}
		fonts := []*pdf.Font{f.Font(set.Regular), f.Font(set.Bold)}
		var want strings.Builder
		for range rapid.IntRange(1, 4).Draw(rt, "pages") {
			c := pdf.NewContent(200)
			form := pdf.NewContent(10)
			form.Circle(5, 5, 4)
			form.PaintStroke()
			c.Artifact()
			c.Draw(f.XObject(form.Form(10, rapid.Bool().Draw(rt, "group"), z)), 10, 10, 10)
			c.End()
			for line := range rapid.IntRange(0, 12).Draw(rt, "lines") {
				e := f.Element(nil, rapid.SampledFrom([]string{"P", "H1"}).Draw(rt, "role"))
				text := rapid.StringOfN(characters, 1, 20, -1).Draw(rt, "text")
				c.Tag(e)
				c.Text(rapid.SampledFrom(fonts).Draw(rt, "font"), 9, 10, 20+10*float64(line), 0, text)
				if rapid.Bool().Draw(rt, "ruled") {
					c.Artifact()
					c.Line(10, 21, 90, 21)
					c.End()
				}
				c.End()
				want.WriteString(text)
			}
			f.Page(200, 200, c)
		}
		b, _ := f.Bytes(pdf.Info{Title: rapid.StringMatching(`[ -~许可]{1,40}[a-z]`).Draw(rt, "title"), Creator: "test"})
		for _, fault := range archive.Check(b) {
			rt.Error(fault)
		}
		path := keep(t, b)
		tool(t, "qpdf", "--check", path)
		if got := strings.Join(strings.Fields(tool(t, "pdftotext", "-raw", path, "-")), ""); got != strings.Join(strings.Fields(want.String()), "") {
			rt.Errorf("what is copied is %q, and was set as %q", got, want.String())
		}
	})
}

// FuzzTexts sets any text as text, title and alternative, in so far as it is
// one that XML and the font can hold, and holds the file to the archive.
func FuzzTexts(f *testing.F) {
	set := faces(f)
	f.Add("许可证 (正本)", "a<b>&\\)")
	f.Add("𬭎毅", "endstream\nendobj")
	f.Fuzz(func(t *testing.T, text, title string) {
		text = strings.Map(func(r rune) rune {
			if _, ok := set.Regular.Glyph(r); !ok || r < ' ' {
				return -1
			}
			return r
		}, text)
		title = strings.Map(func(r rune) rune {
			if r < ' ' || r == 0x7F || r == unicode.ReplacementChar || r == 0xFFFE || r == 0xFFFF || unicode.Is(unicode.Co, r) {
				return -1
			}
			return r
		}, title)
		if len(title) > 8000 || len(text) > 8000 {
			return
		}
		file := pdf.New(pdf.NewCompressor(1))
		c := pdf.NewContent(100)
		c.Tag(file.Element(nil, "Figure").Alt(title + "."))
		c.Instead(title)
		c.Text(file.Font(set.Regular), 9, 10, 10, 0, text)
		c.EndInstead()
		c.End()
		file.Page(100, 100, c)
		b, _ := file.Bytes(pdf.Info{Title: title + ".", Creator: "test"})
		for _, fault := range archive.Check(b) {
			t.Error(fault)
		}
		if err := file.Replay(0, &recorder{}); err != nil {
			t.Error(err)
		}
	})
}
