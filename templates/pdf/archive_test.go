package pdf_test

import (
	"bytes"
	"strings"
	"testing"

	"yizheng/templates/pdf"
	"yizheng/templates/pdf/archive"
)

func TestSmallFileIsForTheArchive(t *testing.T) {
	b, _ := small(t, faces(t))
	for _, fault := range archive.Check(b) {
		t.Error(fault)
	}
	if !bytes.Contains(b, []byte("<pdfaid:conformance>A<")) || !bytes.Contains(b, []byte("<pdfuaid:part>1<")) {
		t.Error("it does not claim what it is")
	}
}

// TestFaultsAreFound holds the check itself to what it should find.
func TestFaultsAreFound(t *testing.T) {
	set := faces(t)
	drawn := func(draw func(f *pdf.File, c *pdf.Content, song *pdf.Font)) []byte {
		f := pdf.New(pdf.NewCompressor(6))
		c := pdf.NewContent(100)
		draw(f, c, f.Font(set.Regular))
		f.Page(100, 100, c)
		b, _ := f.Bytes(pdf.Info{Title: "a", Creator: "test"})
		return b
	}
	tagged := func(role string, change func(*pdf.Element)) []byte {
		return drawn(func(f *pdf.File, c *pdf.Content, song *pdf.Font) {
			e := f.Element(nil, role)
			change(e)
			c.Tag(e)
			c.Text(song, 9, 10, 10, 0, "许可")
			c.End()
		})
	}
	nothing := func(*pdf.Element) {}
	good, _ := small(t, set)
	for _, c := range []struct {
		name, clause string
		file         []byte
	}{
		{"no PDF", "6.1.2", []byte("%PDX")},
		{"something appended", "6.1.3", append(bytes.Clone(good), "\n"...)},
		{"a stream cut short", "6.1.7.1", bytes.Replace(good, []byte("\nendstream"), []byte(" endstream"), 1)},
		{"a figure without words", "6.7.5", tagged("Figure", nothing)},
		{"a type that is not standard", "6.7.3.4", tagged("Seal", nothing)},
		{"a heading of the second level first", "UA 7.4.2", tagged("H2", nothing)},
		{"a cell outside of a table", "UA 7.2", tagged("TD", nothing)},
		{"a head without scope", "UA 7.5", tagged("TH", nothing)},
		{"a title that the file does not have", "6.6.3", bytes.Replace(good, []byte("许可证</rdf:li>"), []byte("</rdf:li>         "), 1)},
		{"a level that does not exist", "6.6.4", bytes.Replace(good, []byte("conformance>A"), []byte("conformance>X"), 1)},
	} {
		t.Run(c.name, func(t *testing.T) {
			for _, fault := range archive.Check(c.file) {
				if strings.Contains(fault, c.clause) {
					return
				}
			}
			t.Errorf("not found: %s", archive.Check(c.file))
		})
	}
	loose := drawn(func(f *pdf.File, c *pdf.Content, song *pdf.Font) {
		c.Tag(f.Element(nil, "P"))
		c.Text(song, 9, 10, 10, 0, "许可")
		c.End()
		c.Line(0, 0, 10, 10)
	})
	if !bytes.Contains(loose, []byte("<pdfaid:conformance>U<")) || bytes.Contains(loose, []byte("<pdfuaid:part>")) || len(archive.Check(loose)) > 0 {
		t.Errorf("a file with something outside of its structure: %s", archive.Check(loose))
	}
}
