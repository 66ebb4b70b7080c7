package pdf_test

import (
	"bytes"
	"encoding/hex"
	"encoding/xml"
	"errors"
	"flag"
	"fmt"
	"os"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"yizheng/templates/pdf"
	"yizheng/templates/pdf/archive"
)

var update = flag.Bool("update", false, "write the golden file anew")

// lines draws a file without text, so that it is the same whatever the fonts.
func lines() []byte {
	z := pdf.NewCompressor(6)
	f := pdf.New(z)
	petal := pdf.NewContent(20)
	petal.Origin(10, 10)
	for range 6 {
		petal.Stroke(pdf.Hex(0x9E1B22), 0.25)
		petal.MoveTo(0, 0)
		petal.CurveTo(-3, -4, -2, -9, 0, -9)
		petal.CurveTo(2, -9, 3, -4, 0, 0)
		petal.PaintStroke()
		petal.Turn(60)
	}
	name := f.XObject(petal.Form(20, true, z))
	c := pdf.NewContent(60)
	c.Tag(f.Element(nil, "Figure").Alt("花"))
	c.Save()
	c.State(f.Opacity(0.5, true))
	c.Draw(name, 20, 20, 20)
	c.Restore()
	c.End()
	c.Artifact()
	c.Rect(1, 1, 58, 58)
	c.PaintEvenOdd()
	c.End()
	f.Page(60, 60, c)
	b, _ := f.Bytes(pdf.Info{Title: "花", Creator: "test", Created: time.Date(2026, 6, 2, 0, 0, 0, 0, time.UTC)})
	return b
}

// TestBytesStayTheSame holds that the same calls make the same bytes, now and
// with the next version of what this package stands on.
func TestBytesStayTheSame(t *testing.T) {
	const golden = "testdata/lines.pdf"
	got := lines()
	if *update {
		if err := os.WriteFile(golden, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Errorf("%s is not as it was (write it with -update, and raise the version of the template)", golden)
	}
	for _, fault := range archive.Check(want) {
		t.Error(fault)
	}
	tool(t, "qpdf", "--check", golden)
	set := faces(t)
	first, _ := small(t, set)
	second, _ := small(t, set)
	if !bytes.Equal(first, second) {
		t.Error("two runs made different bytes")
	}
}

// TestInformationIsReadBack writes texts that would need escapes, or could
// end what they stand in.
func TestInformationIsReadBack(t *testing.T) {
	for _, text := range []string{
		"a (b) c\\d", "<>[]{}/%", "</rdf:li>&amp;<!--", "]]>", "𬭎𠮷\U0010FFFD", "ü — ‹›", "endobj endstream",
	} {
		t.Run(text, func(t *testing.T) {
			f := pdf.New(pdf.NewCompressor(6))
			c := pdf.NewContent(10)
			c.Tag(f.Element(nil, "Figure").Alt(text))
			c.Rect(1, 1, 2, 2)
			c.PaintFill()
			c.End()
			f.Page(10, 10, c)
			b, _ := f.Bytes(pdf.Info{Title: text, Author: text, Subject: text, Identifier: text, Creator: text})
			for _, fault := range archive.Check(b) {
				t.Error(fault)
			}
			path := keep(t, b)
			said := tool(t, "pdfinfo", path)
			for _, label := range []string{"Title", "Producer"} {
				if !regexp.MustCompile(label + `: +` + regexp.QuoteMeta(text) + "\n").MatchString(said) {
					t.Errorf("%s is not %q:\n%s", label, text, said)
				}
			}
			packet := xml.NewDecoder(strings.NewReader(tool(t, "pdfinfo", "-meta", path)))
			found := 0
			for {
				token, err := packet.Token()
				if err != nil {
					break
				}
				if chars, ok := token.(xml.CharData); ok && string(chars) == text {
					found++
				}
			}
			if found != 6 { // with the identifier, and the program once more
				t.Errorf("the metadata say %d times %q", found, text)
			}
		})
	}
}

// TestSignatureHasItsPlace holds that the gap is what the file says, that all
// else is covered, and that a signature is put there and nowhere else.
func TestSignatureHasItsPlace(t *testing.T) {
	b, gap := small(t, faces(t))
	m := regexp.MustCompile(`/ByteRange\[0 (\d{10}) (\d{10}) (\d{10})\]/Contents<`).FindSubmatchIndex(b)
	if m == nil {
		t.Fatal("there is no byte range")
	}
	var said [3]int
	for i := range said {
		said[i], _ = strconv.Atoi(string(b[m[2+2*i]:m[3+2*i]]))
	}
	if said != [3]int{gap.From, gap.To, len(b) - gap.To} || m[1]-1 != gap.From {
		t.Errorf("the file says %v, the gap is %v of %d", said, gap, len(b))
	}
	if hole := b[gap.From:gap.To]; hole[0] != '<' || hole[len(hole)-1] != '>' || len(bytes.Trim(hole[1:len(hole)-1], "0")) > 0 {
		t.Error("the gap is not empty")
	}
	room := (gap.To - gap.From - 2) / 2
	signature := bytes.Repeat([]byte{0xA7}, room)
	signed, err := gap.Put(b, signature)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(signed[:gap.From], b[:gap.From]) || !bytes.Equal(signed[gap.To:], b[gap.To:]) || string(signed[gap.From+1:gap.To-1]) != hex.EncodeToString(signature) {
		t.Error("the signature changed something else, or is not there")
	}
	if _, err := gap.Put(b, append(signature, 0)); !errors.Is(err, pdf.ErrSignatureSize) {
		t.Errorf("one byte too many: %v", err)
	}
}

// TestLargeFiles holds that there may be very many objects and pages.
func TestLargeFiles(t *testing.T) {
	f := pdf.New(pdf.NewCompressor(1))
	song := f.Font(faces(t).Regular)
	var want strings.Builder
	table := f.Element(nil, "Table")
	for page := range 40 {
		c := pdf.NewContent(297)
		for line := range 50 {
			row := f.Element(table, "TR")
			text := fmt.Sprintf("第%d页%d行", page, line)
			c.Tag(f.Element(row, "TD"))
			c.Text(song, 9, 10, 10+5*float64(line), 0, text)
			c.End()
			want.WriteString(text)
		}
		f.Page(210, 297, c)
	}
	b, _ := f.Bytes(pdf.Info{Title: "long", Creator: "test"})
	for _, fault := range archive.Check(b) {
		t.Error(fault)
	}
	if got := strings.Join(strings.Fields(tool(t, "pdftotext", "-raw", keep(t, b), "-")), ""); got != want.String() {
		t.Errorf("what is copied is not what was set: %.200s", got)
	}
}
