package font_test

import (
	"testing"

	"golang.org/x/image/font/sfnt"
	"golang.org/x/image/math/fixed"

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

func TestCoverage(t *testing.T) {
	s := faces(t)
	for _, c := range []struct {
		name  string
		face  *font.Face
		chars string
	}{
		{"regular", s.Regular, "一龥䶮㛃𬭎𬱖𫘝A9〔〕·×²㎡—…“”①"},
		{"bold", s.Bold, "一㛃𬭎𬱖𫘝A9〔〕·—…“”"},
		{"rare", s.Rare, "𠮷𡈽𩸽"},
	} {
		for _, r := range c.chars {
			if g, ok := c.face.Glyph(r); !ok || len(c.face.Outline(g)) == 0 || c.face.Advance(g) == 0 {
				t.Errorf("%s has no %c", c.name, r)
			}
		}
	}
	if _, ok := s.Regular.Glyph('𠮷'); ok {
		t.Error("a character was found that the font does not have")
	}
}

// TestSubset cuts a font and reads what is left with another reader: the
// glyphs are in the order asked for, with their outlines and widths.
func TestSubset(t *testing.T) {
	s := faces(t)
	const chars = "证Ä证许𬭎ⅷ"
	var glyphs []uint16
	for _, r := range chars {
		g, ok := s.Regular.Glyph(r)
		if !ok {
			t.Fatalf("no %c", r)
		}
		glyphs = append(glyphs, g)
	}
	var all []rune
	for _, r := range chars {
		all = append(all, r)
	}
	cut, err := font.Parse("cut", s.Regular.SubsetCharacters(all))
	if err != nil {
		t.Fatal(err)
	}
	other, err := sfnt.Parse(s.Regular.SubsetCharacters(all))
	if err != nil {
		t.Fatal(err)
	}
	var buf sfnt.Buffer
	for i, r := range all {
		g, ok := cut.Glyph(r)
		o, err := other.GlyphIndex(&buf, r)
		if !ok || err != nil || uint16(o) != g {
			t.Errorf("%c is glyph %d, and %d to another reader: %v", r, g, o, err)
		}
		if cut.Advance(g) != s.Regular.Advance(glyphs[i]) {
			t.Errorf("%c is %d wide, and was %d", r, cut.Advance(g), s.Regular.Advance(glyphs[i]))
		}
		segments, err := other.LoadGlyph(&buf, o, fixed.I(1000), nil)
		if err != nil {
			t.Fatal(err)
		}
		n, contours := 0, cut.Outline(g)
		for _, c := range contours {
			n += 1 + len(c.Segments)
		}
		// The other one closes each line by a step of its own.
		if n == 0 || n > len(segments) || n < len(segments)-len(contours) {
			t.Errorf("%c has %d segments, and %d to another reader", r, n, len(segments))
		}
	}
}

func FuzzParse(f *testing.F) {
	s, err := font.Faces()
	if err != nil {
		f.Fatal(err)
	}
	small := s.Regular.SubsetCharacters([]rune("证Äⅷ"))
	f.Add(small)
	f.Add(small[:100])
	f.Fuzz(func(t *testing.T, b []byte) {
		face, err := font.Parse("fuzz", b)
		if err != nil {
			return
		}
		for _, r := range "证Äⅷ" {
			if g, ok := face.Glyph(r); ok {
				face.Advance(g)
				face.Outline(g)
				face.Subset([]uint16{g})
			}
		}
	})
}
