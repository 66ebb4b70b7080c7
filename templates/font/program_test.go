package font_test

import (
	"bytes"
	"encoding/binary"
	"slices"
	"strings"
	"testing"

	"golang.org/x/image/font/sfnt"
	"golang.org/x/image/math/fixed"

	"yizheng/templates/font"
)

const sample = "证Ä许𬭎ⅷ一Qg@〇龘"

// small is a font of the sample's characters, written anew.
func small(t testing.TB, s font.Set) []byte {
	t.Helper()
	var glyphs []font.Glyph
	for _, r := range sample {
		g, ok := s.Regular.Glyph(r)
		if !ok {
			t.Fatalf("no %c", r)
		}
		advance := s.Regular.Advance(g)
		glyphs = append(glyphs, font.Glyph{Char: r, Advance: advance, Code: font.Encode(s.Regular.Outline(g), advance, s.Regular.UnitsPerEm)})
	}
	return font.Build(s.Regular, s.Regular.UnitsPerEm, glyphs)
}

// TestBuild writes a font and reads it with another reader: outlines and
// widths are what they were.
func TestBuild(t *testing.T) {
	s := faces(t)
	file := small(t, s)
	cut, err := font.Parse("cut", file)
	if err != nil {
		t.Fatal(err)
	}
	other, err := sfnt.Parse(file)
	if err != nil {
		t.Fatal(err)
	}
	if cut.UnitsPerEm != s.Regular.UnitsPerEm || cut.Ascent != s.Regular.Ascent || cut.Descent != s.Regular.Descent {
		t.Errorf("measures are %d, %d, %d", cut.UnitsPerEm, cut.Ascent, cut.Descent)
	}
	var buf sfnt.Buffer
	em := fixed.I(cut.UnitsPerEm)
	for _, r := range sample {
		g, ok := cut.Glyph(r)
		o, err := other.GlyphIndex(&buf, r)
		if !ok || err != nil || uint16(o) != g {
			t.Errorf("%c is glyph %d, and %d to another reader: %v", r, g, o, err)
		}
		was, _ := s.Regular.Glyph(r)
		width, err := other.GlyphAdvance(&buf, o, em, 0)
		if cut.Advance(g) != s.Regular.Advance(was) || err != nil || width.Round() != cut.Advance(g) {
			t.Errorf("%c is %d wide, %v to another reader, and was %d", r, cut.Advance(g), width, s.Regular.Advance(was))
		}
		if !same(cut.Outline(g), s.Regular.Outline(was)) {
			t.Errorf("%c is drawn otherwise", r)
		}
		segments, err := other.LoadGlyph(&buf, o, em, nil)
		if err != nil {
			t.Fatal(err)
		}
		steps := flatten(cut.Outline(g))
		for i, j := 0, 0; j < len(steps); i, j = i+1, j+1 {
			for i < len(segments) && segments[i].Op == sfnt.SegmentOpLineTo && steps[j].move {
				i++ // the other one closes contours by a line
			}
			if i == len(segments) {
				t.Errorf("%c has fewer lines to another reader", r)
				break
			}
			last := map[sfnt.SegmentOp]int{sfnt.SegmentOpCubeTo: 2}[segments[i].Op]
			if p := segments[i].Args[last]; p.X.Round() != int(steps[j].end.X) || -p.Y.Round() != int(steps[j].end.Y) {
				t.Errorf("%c, step %d: ends at %v, and at %v to another reader", r, j, steps[j].end, p)
				break
			}
		}
	}
}

type step struct {
	move bool
	end  font.Point
}

func flatten(contours []font.Contour) (out []step) {
	for _, c := range contours {
		out = append(out, step{true, c.Start})
		for _, s := range c.Segments {
			out = append(out, step{false, s.End})
		}
	}
	return out
}

func same(a, b []font.Contour) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		if a[i].Start != b[i].Start || len(a[i].Segments) != len(b[i].Segments) {
			return false
		}
		for j := range a[i].Segments {
			if a[i].Segments[j] != b[i].Segments[j] {
				return false
			}
		}
	}
	return true
}

// TestProgram reads the font program that a document embeds, wrapped as an
// OpenType font, with another reader.
func TestProgram(t *testing.T) {
	s := faces(t)
	var glyphs []font.Letter
	for i, r := range []rune("证许𬭎一Qg@证许gg") {
		g, ok := s.Bold.Glyph(r)
		if !ok {
			t.Fatalf("no %c", r)
		}
		letter := font.Letter{Glyph: g, Advance: s.Bold.Advance(g)}
		switch i { // with other advances than their own
		case 7:
			letter.Advance += 17
		case 8:
			letter.Advance += 5000
		case 9:
			letter.Advance = s.Bold.UnitsPerEm
		case 10:
			letter.Advance -= 3
		}
		glyphs = append(glyphs, letter)
	}
	program := s.Bold.Program(1, glyphs)
	name, head, outlines := program.Name, program.Head, program.Outlines
	cff := slices.Concat(head, outlines)
	if len(name) != 7+len(s.Bold.Name()) || !strings.HasSuffix(name, "+"+s.Bold.Name()) || !bytes.Contains(cff, []byte(name)) {
		t.Errorf("its name is %q", name)
	}
	other, err := sfnt.Parse(wrapped(cff, s.Bold.UnitsPerEm, len(glyphs)+1))
	if err != nil {
		t.Fatal(err)
	}
	var buf sfnt.Buffer
	for i, g := range glyphs {
		segments, err := other.LoadGlyph(&buf, sfnt.GlyphIndex(i+1), fixed.I(s.Bold.UnitsPerEm), nil)
		if err != nil {
			t.Errorf("glyph %d: %v", i+1, err)
			continue
		}
		if want := s.Bold.Outline(g.Glyph); len(want) == 0 || segments[0].Args[0].X.Round() != int(want[0].Start.X) {
			t.Errorf("glyph %d begins at %v", i+1, segments[0].Args[0])
		}
		if !bytes.Contains(cff, font.Encode(s.Bold.Outline(g.Glyph), g.Advance, s.Bold.UnitsPerEm)) {
			t.Errorf("glyph %d has another advance than %d", i+1, g.Advance)
		}
	}
}

// wrapped makes a bare CFF font an OpenType font, with no more than a reader
// asks for.
func wrapped(cff []byte, em, glyphs int) []byte {
	u16 := func(values ...int) (b []byte) {
		for _, v := range values {
			b = binary.BigEndian.AppendUint16(b, uint16(v))
		}
		return b
	}
	head := make([]byte, 54)
	copy(head[18:], u16(em))
	hhea := make([]byte, 36)
	copy(hhea[34:], u16(1))
	cmap := append(u16(0, 1, 3, 1, 0, 12, 4, 24, 0, 2, 2, 0, 0), u16(0xFFFF, 0, 0xFFFF, 1, 0)...)
	tables := []struct {
		tag string
		b   []byte
	}{
		{"CFF ", cff}, {"cmap", cmap}, {"head", head}, {"hhea", hhea}, {"hmtx", make([]byte, 4+2*(glyphs-1))},
		{"maxp", u16(0, 0x5000, glyphs)}, {"post", append([]byte{0, 3, 0, 0}, make([]byte, 28)...)},
	}
	b := append([]byte("OTTO"), u16(len(tables), 64, 2, 48)...)
	at := len(b) + 16*len(tables)
	for _, t := range tables {
		b = append(append(b, t.tag...), 0, 0, 0, 0)
		b = binary.BigEndian.AppendUint32(b, uint32(at))
		b = binary.BigEndian.AppendUint32(b, uint32(len(t.b)))
		at += (len(t.b) + 3) &^ 3
	}
	for _, t := range tables {
		b = append(b, t.b...)
		for len(b)%4 != 0 {
			b = append(b, 0)
		}
	}
	return b
}
