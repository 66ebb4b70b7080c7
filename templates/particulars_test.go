package templates_test

import (
	"bytes"
	"errors"
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
		{"nothing", nil, d.License, d.Symbol, templates.ErrParticulars},
	} {
		t.Run(c.name, func(t *testing.T) {
			if err := p.Compare(c.file, c.l, d.Text, c.symbol); !errors.Is(err, c.want) {
				t.Errorf("error is %v, want %v", err, c.want)
			}
		})
	}
	t.Run("other fonts", func(t *testing.T) {
		set, err := font.Faces()
		if err != nil {
			t.Fatal(err)
		}
		further, err := templates.New(templates.Config{Fonts: set, More: []*font.Face{set.Regular}})
		if err != nil {
			t.Fatal(err)
		}
		if err := further.Compare(file, d.License, d.Text, d.Symbol); !errors.Is(err, templates.ErrTemplate) {
			t.Errorf("error is %v", err)
		}
	})
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
	f.Add([]byte("<</Type/YizhengPrivate/Filter/FlateDecode/Length 2>>stream\n{}"))
	f.Fuzz(func(t *testing.T, b []byte) {
		if err := p.Compare(b, d.License, d.Text, d.Symbol); err == nil && len(b) != len(file) {
			t.Error("took a document of another length for the same")
		}
	})
}
