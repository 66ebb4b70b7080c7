package pdf_test

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"yizheng/templates/font"
	"yizheng/templates/pdf"
)

// faces are the fonts that travel with the program.
func faces(t testing.TB) font.Set {
	t.Helper()
	set, err := font.Faces()
	if err != nil {
		t.Fatal(err)
	}
	return set
}

// small draws a file of two pages with a bit of everything that documents
// have: headings, a table that goes on, a figure, decoration and a signature.
func small(t testing.TB, set font.Set) ([]byte, pdf.Gap) {
	t.Helper()
	z := pdf.NewCompressor(6)
	f := pdf.New(z)
	f.Signature("Seal", "某某专用章", "许可", 0, 60, 60, 30, 30, 100)
	song := f.Font(set.Regular)
	ground := pdf.NewContent(100)
	ground.Stroke(pdf.Hex(0xB8924A), 0.3)
	ground.Circle(50, 50, 40)
	ground.PaintStroke()
	name := f.XObject(ground.Form(100, false, z))

	c := pdf.NewContent(100)
	c.Artifact()
	c.Draw(name, 0, 0, 100)
	c.End()
	c.Tag(f.Element(nil, "H1"))
	c.Text(song, 20, 10, 20, 0, "行业综合许可证")
	c.End()
	c.TagIn(f.Element(nil, "P"), "en")
	c.Text(song, 10, 10, 30, 0, "License")
	c.End()
	figure := f.Element(nil, "Figure").Alt("印章")
	c.Tag(figure)
	c.Fill(pdf.Hex(0xE60012))
	c.Circle(75, 75, 15)
	c.PaintFill()
	c.End()
	table := f.Element(nil, "Table")
	heads := f.Element(table, "TR")
	for i, s := range []string{"事项", "机关"} {
		c.Tag(f.Element(heads, "TH").Scope("Column"))
		c.Text(song, 9, 10+float64(i)*40, 50, 0, s)
		c.End()
	}
	row := f.Element(table, "TR")
	cell := f.Element(row, "TD")
	c.Tag(cell)
	c.Text(song, 9, 10, 60, 0, "食品经营")
	c.End()
	f.Page(100, 100, c)

	c = pdf.NewContent(100)
	c.Tag(cell)
	c.Text(song, 9, 10, 20, 0, "许可")
	c.Artifact()
	c.Line(10, 22, 90, 22)
	c.End()
	c.Text(song, 9, 10, 30, 0, "(续)")
	c.End()
	c.Tag(f.Element(row, "TD"))
	c.Text(song, 9, 50, 20, 0, "市场监督管理局")
	c.End()
	f.Page(100, 100, c)
	return f.Bytes(pdf.Info{Title: "许可证", Author: "某某局", Subject: "某某店", Identifier: "1.2.3", Creator: "test",
		Created: time.Date(2026, 6, 2, 0, 0, 0, 0, time.UTC)})
}

// keep writes a file into a folder of the test.
func keep(t testing.TB, b []byte) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "a.pdf")
	if err := os.WriteFile(path, b, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// tool runs another program that reads PDF, which must not fail.
func tool(t testing.TB, name string, args ...string) string {
	t.Helper()
	var complaints bytes.Buffer
	cmd := exec.Command(name, args...)
	cmd.Stderr = &complaints
	out, err := cmd.Output()
	if err != nil || complaints.Len() > 0 {
		t.Errorf("%s %s: %v\n%s%s", name, strings.Join(args, " "), err, out, &complaints)
	}
	return string(out)
}

// TestStructureIsRead holds that another reader finds the elements with what
// stands in them, in their order, across pages and without the decoration.
func TestStructureIsRead(t *testing.T) {
	b, _ := small(t, faces(t))
	got := strings.Join(strings.Fields(tool(t, "pdfinfo", "-struct-text", keep(t, b))), " ")
	const want = `Document H1 (block) "行业综合许可证" P (block) "License" Figure "" ` +
		`Table (block) TR TH: /Scope /Column "事项" TH: /Scope /Column "机关" ` +
		`TR TD "食品经营" "许可" "(续)" TD "市场监督管理局" Form Object 6 0`
	if got != want {
		t.Errorf("the structure is\n%s\nand should be\n%s", got, want)
	}
}
