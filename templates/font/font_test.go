package font_test

import (
	"os"
	"strings"
	"testing"

	"yizheng/templates/font"
)

func faces(t testing.TB) font.Set {
	t.Helper()
	s, err := font.Faces()
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func characters(t testing.TB, file string) []rune {
	t.Helper()
	b, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return []rune(strings.ReplaceAll(string(b), "\n", ""))
}

// block are the characters first to last.
func block(first, last rune) (all []rune) {
	for r := first; r <= last; r++ {
		all = append(all, r)
	}
	return all
}

// TestCoverage holds which characters can be printed. GB 18030-2022, level 2,
// asks of ideographs for those of the first block up to U+9FEF, Extension A
// up to U+4DB5, and the whole 通用规范汉字表.
func TestCoverage(t *testing.T) {
	s := faces(t)
	for _, c := range []struct {
		name  string
		face  *font.Face
		chars []rune
	}{
		{"the first block of ideographs", s.Regular, block(0x4E00, 0x9FFF)},
		{"Extension A", s.Regular, block(0x3400, 0x4DBF)},
		{"通用规范汉字表", s.Regular, characters(t, "source/tgh.txt")},
		{"通用规范汉字表, bold", s.Bold, characters(t, "source/tgh.txt")},
		{"rarer characters", s.Regular, characters(t, "source/rare.txt")},
		{"Latin letters and digits", s.Regular, block(0x21, 0x7E)},
		{"Latin letters and digits, bold", s.Bold, block(0x21, 0x7E)},
		{"full-width forms", s.Regular, block(0xFF01, 0xFF5E)},
		{"signs", s.Regular, []rune("〔〕·×²㎡—…“”①Ⅷⅷαя℃、。《》【】㈱")},
		{"signs, bold", s.Bold, []rune("〔〕·—…“”、。《》")},
	} {
		for _, r := range c.chars {
			if g, ok := c.face.Glyph(r); !ok || len(c.face.Outline(g)) == 0 || c.face.Advance(g) == 0 {
				t.Errorf("%s: no %c (%U)", c.name, r, r)
			}
		}
	}
	if _, ok := s.Regular.Glyph(0x1F600); ok {
		t.Error("a character was found that the font does not have")
	}
	for _, f := range []*font.Face{s.Regular, s.Bold} {
		if err := f.Check(); err != nil {
			t.Errorf("%s: %v", f.Name(), err)
		}
	}
}

func BenchmarkFaces(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		if _, err := font.Faces(); err != nil {
			b.Fatal(err)
		}
	}
}
