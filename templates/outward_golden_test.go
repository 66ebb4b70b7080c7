package templates_test

import (
	"crypto/sha256"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"yizheng/templates"
)

// TestFacesStayTheSame holds that the other faces of a license are the same
// bytes each time, and keeps pictures of the two that are designs of their
// own, for a person to look at.
func TestFacesStayTheSame(t *testing.T) {
	p := printer(t)
	var lines strings.Builder
	for _, name := range []string{"demonstration", "draft", "license"} {
		d := documents(t)[name]
		faces := []struct {
			name string
			make func() ([]byte, error)
		}{
			{"face.svg", func() ([]byte, error) { return p.FaceSVG(d) }},
			{"face.png", func() ([]byte, error) { return p.FacePNG(d, templates.MinFace) }},
			{"card.png", func() ([]byte, error) { return p.CardPNG(d) }},
			{"counter.pdf", func() ([]byte, error) { return p.CounterSign(d) }},
		}
		for _, face := range faces {
			b, err := face.make()
			if err != nil {
				t.Fatal(err)
			}
			fmt.Fprintf(&lines, "%s %s %x\n", name, face.name, sha256.Sum256(b))
			if strings.HasPrefix(face.name, "c") {
				small(t, fmt.Sprintf("testdata/golden/%s-%s.png", name, strings.Split(face.name, ".")[0]), face.name, b)
			}
		}
	}
	const golden = "testdata/golden/faces.txt"
	if *update {
		if err := os.WriteFile(golden, []byte(lines.String()), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if lines.String() != string(want) {
		t.Errorf("the bytes are\n%sand were\n%s", &lines, want)
	}
}

// small compares a face with the picture of it that is kept, at the width of
// 360 pixels.
func small(t *testing.T, golden, name string, b []byte) {
	t.Helper()
	in := keep(t, name, b)
	out := filepath.Join(filepath.Dir(in), "small")
	if strings.HasSuffix(name, ".pdf") {
		tool(t, "pdftoppm", "-scale-to-x", "360", "-scale-to-y", "-1", "-singlefile", "-png", in, out)
	} else {
		tool(t, "rsvg-convert", "-w", "360", wrapped(t, in), "-o", out+".png")
	}
	got, err := os.ReadFile(out + ".png")
	if err != nil {
		t.Fatal(err)
	}
	if *update {
		if err := os.WriteFile(golden, got, 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if part, _, _ := difference(t, golden, got); part > 0.005 {
		t.Errorf("%s: %.2f %% of the picture is not as it was", golden, 100*part)
	}
}

// wrapped puts a picture into an SVG, by which it can be made smaller.
func wrapped(t *testing.T, picture string) string {
	t.Helper()
	out := filepath.Join(filepath.Dir(picture), "wrapped.svg")
	svg := `<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" viewBox="0 0 1080 1920" width="1080" height="1920">` +
		`<image width="1080" height="1920" xlink:href="` + filepath.Base(picture) + `"/></svg>`
	if err := os.WriteFile(out, []byte(svg), 0o600); err != nil {
		t.Fatal(err)
	}
	return out
}

// TestFacesLookAlike compares the face as it is drawn here with what poppler
// makes of the PDF and librsvg of the SVG: three programs, one picture. They
// are drafts, as a code lies on whole pixels here and nowhere else.
func TestFacesLookAlike(t *testing.T) {
	p := printer(t)
	upright := specimen(t)
	upright.Form = templates.Duplicate
	for _, c := range []struct {
		name          string
		d             templates.Document
		width, height string
	}{
		{"original", specimen(t), "1754", "1240"},
		{"duplicate", upright, "1240", "1754"},
	} {
		t.Run(c.name, func(t *testing.T) {
			body, err := p.Document(c.d)
			if err != nil {
				t.Fatal(err)
			}
			in := keep(t, "in.pdf", body.Unsigned())
			dir := filepath.Dir(in)
			tool(t, "pdftoppm", "-scale-to-x", c.width, "-scale-to-y", c.height, "-f", "1", "-l", "1", "-singlefile", "-png", in, filepath.Join(dir, "pdf"))
			drawing, err := p.FaceSVG(c.d)
			if err != nil {
				t.Fatal(err)
			}
			tool(t, "rsvg-convert", "-w", c.width, "-h", c.height, keep(t, "face.svg", drawing), "-o", filepath.Join(dir, "svg.png"))
			width, err := strconv.Atoi(c.width)
			if err != nil {
				t.Fatal(err)
			}
			ours, err := p.FacePNG(c.d, width)
			if err != nil {
				t.Fatal(err)
			}
			// Poppler draws lines thinner than a pixel as whole ones.
			for other, most := range map[string]float64{"pdf.png": 0.04, "svg.png": 0.003} {
				part, _, _ := difference(t, filepath.Join(dir, other), ours)
				t.Logf("%s: %.2f %% differ", other, 100*part)
				if part > most {
					t.Errorf("%s: %.2f %% of the picture is another", other, 100*part)
				}
			}
		})
	}
}
