package pdf_test

import (
	"bytes"
	"compress/zlib"
	"io"
	"regexp"
	"strconv"
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
	if said, _, _ := xmp(t, b); !strings.Contains(said, "<pdfaid:conformance>A<") || !strings.Contains(said, "<pdfuaid:part>1<") {
		t.Error("it does not claim what it is")
	}
}

// xmp gives the XMP of a file, and from where to where it lies there,
// compressed.
func xmp(t *testing.T, b []byte) (said string, from, to int) {
	t.Helper()
	m := regexp.MustCompile(`/Type/Metadata/Subtype/XML/Filter/FlateDecode/Length (\d+)>>stream\n`).FindSubmatchIndex(b)
	if m == nil {
		t.Fatal("there is no XMP")
	}
	n, _ := strconv.Atoi(string(b[m[2]:m[3]]))
	r, err := zlib.NewReader(bytes.NewReader(b[m[1] : m[1]+n]))
	if err != nil {
		t.Fatal(err)
	}
	plain, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	return string(plain), m[1], m[1] + n
}

// saying changes the XMP of a file where it stands.
func saying(t *testing.T, b []byte, was, is string) []byte {
	t.Helper()
	said, from, to := xmp(t, b)
	var packed bytes.Buffer
	w, _ := zlib.NewWriterLevel(&packed, zlib.BestCompression)
	w.Write([]byte(strings.Replace(said, was, is, 1)))
	w.Close()
	if packed.Len() > to-from || !strings.Contains(said, was) {
		t.Fatalf("%d bytes do not fit %d, or %q is not there", packed.Len(), to-from, was)
	}
	out := bytes.Clone(b)
	clear(out[from:to])
	copy(out[from:to], packed.Bytes())
	return out
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
		{"a title that the file does not have", "6.6.3", saying(t, good, "许可证</rdf:li>", "</rdf:li>")},
		{"no level", "6.6.4", saying(t, good, "<pdfaid:conformance>A</pdfaid:conformance>", "")},
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
	if said, _, _ := xmp(t, loose); !strings.Contains(said, "<pdfaid:conformance>U<") || strings.Contains(said, "<pdfuaid:part>") || len(archive.Check(loose)) > 0 {
		t.Errorf("a file with something outside of its structure: %s", archive.Check(loose))
	}
}
