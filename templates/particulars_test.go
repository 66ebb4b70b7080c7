package templates_test

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"yizheng/license"
	"yizheng/qr"
	"yizheng/templates"
	"yizheng/templates/font"
)

// TestCompare holds a page against the code: it agrees with its own license
// and with nothing else.
func TestCompare(t *testing.T) {
	p := printer(t)
	d := fixture(t, "restaurant-3-permits")
	body, err := p.Document(d)
	if err != nil {
		t.Fatal(err)
	}
	file, err := body.Sealed([]byte("any signature: whose it is, is looked at elsewhere"))
	if err != nil {
		t.Fatal(err)
	}
	other, err := qr.Encode("https://zheng.example/v/", "8612")
	if err != nil {
		t.Fatal(err)
	}
	change := func(f func(l *license.License)) license.License {
		l := d.License
		l.Permits = append([]license.Permit(nil), l.Permits...)
		f(&l)
		return l
	}
	flip := func(at int) []byte {
		b := bytes.Clone(file)
		b[at] ^= 1
		return b
	}
	roomy := d
	roomy.SignatureSpace = 1 << 20
	large, err := p.Document(roomy)
	if err != nil {
		t.Fatal(err)
	}
	without := bytes.Replace(large.Unsigned(), bytes.Repeat([]byte("0"), 2<<20), []byte("0"), 1)
	private := bytes.Index(file, []byte("/Type/YizhengPrivate")) + 200
	for _, c := range []struct {
		name   string
		file   []byte
		l      license.License
		symbol qr.Symbol
		want   error
	}{
		{"its own license", file, d.License, d.Symbol, nil},
		{"another name", file, change(func(l *license.License) { l.Holder.Name += "二" }), d.Symbol, templates.ErrPage},
		{"another scope", file, change(func(l *license.License) { l.Permits[1].Scope += "等" }), d.Symbol, templates.ErrPage},
		{"one permit less", file, change(func(l *license.License) { l.Permits = l.Permits[1:] }), d.Symbol, templates.ErrPage},
		{"no permits", file, change(func(l *license.License) { l.Permits = nil }), d.Symbol, templates.ErrPage},
		{"not marked as a demonstration", file, change(func(l *license.License) { l.Demonstration = !l.Demonstration }), d.Symbol, templates.ErrPage},
		{"another code", file, d.License, other, templates.ErrPage},
		{"a byte of the first page", flip(len(file) / 3), d.License, d.Symbol, templates.ErrPage},
		{"the last byte", flip(len(file) - 1), d.License, d.Symbol, templates.ErrPage},
		{"cut off", file[:len(file)-1], d.License, d.Symbol, templates.ErrPage},
		{"appended", append(bytes.Clone(file), '\n'), d.License, d.Symbol, templates.ErrPage},
		{"damaged particulars", flip(private), d.License, d.Symbol, templates.ErrParticulars},
		{"no particulars", bytes.Replace(file, []byte("/Type/YizhengPrivate"), []byte("/Type/YizhengPrivatf"), 1), d.License, d.Symbol, templates.ErrParticulars},
		{"of a template before 7, which kept them in another form", bytes.Replace(file, []byte("/YizhengPrivate/Length"), []byte("/YizhengPrivate/Filter/FlateDecode/Length"), 1), d.License, d.Symbol, templates.ErrTemplate},
		{"of another template", bytes.Replace(file, []byte(">>stream\n"+body.Version()+"\n"), []byte(">>stream\n0"+body.Version()[1:]+"\n"), 1), d.License, d.Symbol, templates.ErrTemplate},
		{"room for a larger signature", large.Unsigned(), d.License, d.Symbol, nil},
		{"room for a signature that is larger than the file", without, d.License, d.Symbol, templates.ErrParticulars},
		{"nothing", nil, d.License, d.Symbol, templates.ErrParticulars},
	} {
		t.Run(c.name, func(t *testing.T) {
			if err := p.Compare(c.file, templates.Document{License: c.l, Text: d.Text, Symbol: c.symbol}); !errors.Is(err, c.want) {
				t.Errorf("error is %v, want %v", err, c.want)
			}
		})
	}
}

// TestCompareWithFurtherFonts prints a name that the program's own fonts lack:
// only who has the font can draw the page again, and it hinders nobody else.
func TestCompareWithFurtherFonts(t *testing.T) {
	bare := printer(t)
	further, err := templates.New(templates.Config{More: []*font.Face{furtherFace(t)}})
	if err != nil {
		t.Fatal(err)
	}
	usual := fixture(t, "restaurant-3-permits")
	rare := usual
	rare.License.Holder.Name = "上海\U0002F800饭店"
	for _, c := range []struct {
		name string
		d    templates.Document
		want string // the font that others lack
	}{
		{"needs none of it", usual, ""},
		{"needs it", rare, "NotoSerif"},
	} {
		t.Run(c.name, func(t *testing.T) {
			body, err := further.Document(c.d)
			if err != nil {
				t.Fatal(err)
			}
			if err := further.Compare(body.Unsigned(), c.d); err != nil {
				t.Error(err)
			}
			err = bare.Compare(body.Unsigned(), c.d)
			var lacks *templates.FontsError
			switch {
			case c.want == "" && err != nil:
				t.Error(err)
			case c.want != "" && (!errors.As(err, &lacks) || len(lacks.Names) != 1 || !strings.HasPrefix(lacks.Names[0], c.want)):
				t.Errorf("error is %v, want one that names %s", err, c.want)
			}
		})
	}
}

// furtherFace opens a font file such as an operator adds: it has U+2F800, drawn
// as 丽, and nothing else.
func furtherFace(t testing.TB) *font.Face {
	t.Helper()
	set, err := font.Faces()
	if err != nil {
		t.Fatal(err)
	}
	f := set.Regular
	g, _ := f.Glyph('丽')
	path := filepath.Join(t.TempDir(), "further.otf")
	b := font.Build(f, f.UnitsPerEm, []font.Glyph{{Char: '\U0002F800', Advance: f.Advance(g), Code: font.Encode(f.Outline(g), f.Advance(g), f.UnitsPerEm)}})
	if err := os.WriteFile(path, b, 0o600); err != nil {
		t.Fatal(err)
	}
	face, err := font.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	return face
}

// FuzzCompare sees that no file makes a printer panic, and that none but the
// document itself is taken for it.
func FuzzCompare(f *testing.F) {
	p := printer(f)
	d := fixture(f, "restaurant-3-permits")
	body, err := p.Document(d)
	if err != nil {
		f.Fatal(err)
	}
	file := body.Unsigned()
	f.Add(file)
	f.Add([]byte("<</Type/YizhengPrivate/Length 2>>stream\n{}"))
	f.Add([]byte("<</Type/YizhengPrivate/Length 12>>stream\n" + body.Version() + "\n"))
	f.Fuzz(func(t *testing.T, b []byte) {
		if err := p.Compare(b, d); err == nil && len(b) != len(file) {
			t.Error("took a document of another length for the same")
		}
	})
}
