package pdf_test

import (
	"bytes"
	"strings"
	"testing"

	"yizheng/templates/pdf"
	"yizheng/templates/pdf/archive"
)

// TestGround lays pages of two files on one ground: it is drawn beneath the
// content of each, for readers and for surfaces, stands in each file once, and
// is no part of what is read aloud.
func TestGround(t *testing.T) {
	z := pdf.NewCompressor(6)
	tile := pdf.NewContent(20)
	tile.Fill(pdf.Hex(0))
	tile.Rect(0, 0, 20, 2)
	tile.PaintFill()
	ground := pdf.NewGround("A", 60)
	ground.Draw(ground.XObject(tile.Form(20, false, z)), 10, 19, 20) // dark in the line of y = 20
	ground.Fill(pdf.Hex(0xFF0000))
	ground.Done(z)

	var sizes []int
	for pages := range 3 {
		f := pdf.New(z)
		song := f.Font(faces(t).Regular)
		for range pages + 1 {
			c := pdf.NewContent(60)
			c.Upon(ground)
			c.Tag(f.Element(nil, "P"))
			c.Text(song, 20, 5, 40, 0, "许可") // black, whatever the ground ended with
			c.End()
			f.Page(100, 60, c)
		}
		b, _ := f.Bytes(pdf.Info{Title: "Ground", Creator: "test"})
		sizes = append(sizes, len(b))
		for _, fault := range archive.Check(b) {
			t.Error(fault)
		}
		path := keep(t, b)
		tool(t, "qpdf", "--check", path)
		if n := dark(t, path, 20); n < 20*2*90 {
			t.Errorf("the ground has %d dark pixels", n)
		}
		if n := dark(t, path, 40); n < 100 {
			t.Errorf("what lies on it has %d dark pixels", n)
		}
		var drawn recorder
		if err := f.Replay(pages, &drawn); err != nil || len(drawn.glyphs) != 2 || len(drawn.inks) == 0 || drawn.inks[0] != pdf.Hex(0) {
			t.Errorf("drawn again: %+v, %v", drawn, err)
		}
		if forms := bytes.Count(b, []byte("/Subtype/Form")); forms != 1 {
			t.Errorf("the ground's form stands there %d times", forms)
		}
		if said := strings.Fields(tool(t, "pdftotext", path, "-")); len(said) != pages+1 || said[0] != "许可" {
			t.Errorf("what is copied is %q", said)
		}
	}
	if first, second := sizes[1]-sizes[0], sizes[2]-sizes[1]; first > 450 || second > 450 {
		t.Errorf("a page more takes %d and %d bytes", first, second)
	}
}
