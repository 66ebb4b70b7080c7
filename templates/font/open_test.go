package font_test

import (
	"encoding/binary"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"yizheng/templates/font"
)

// collection puts font files into one, each with its own tables.
func collection(fonts ...[]byte) []byte {
	b := []byte("ttcf\x00\x01\x00\x00")
	b = binary.BigEndian.AppendUint32(b, uint32(len(fonts)))
	at := len(b) + 4*len(fonts)
	for _, f := range fonts {
		b = binary.BigEndian.AppendUint32(b, uint32(at))
		at += len(f)
	}
	for _, f := range fonts {
		start := uint32(len(b))
		f = append([]byte(nil), f...)
		for i := range int(binary.BigEndian.Uint16(f[4:])) { // offsets count from the beginning of the file
			e := f[12+16*i+8:]
			binary.BigEndian.PutUint32(e, binary.BigEndian.Uint32(e)+start)
		}
		b = append(b, f...)
	}
	return b
}

func TestOpen(t *testing.T) {
	dir := t.TempDir()
	put := func(name string, b []byte) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, b, 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	good := small(t, faces(t))
	truncated := put("truncated.otf", good[:len(good)-200])
	path, two := put("small.otf", good), put("two.ttc", collection(good, good))
	if err := os.Truncate(put("large.otf", nil), font.MaxFile+1); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name string
		path string
		err  error
	}{
		{"a font", path, nil},
		{"the second of a collection", two + "#1", nil},
		{"one that a collection does not have", two + "#2", font.ErrFont},
		{"a second font where there is one", path + "#1", font.ErrFont},
		{"a file cut off", truncated, font.ErrFont},
		{"no font", put("text.ttf", []byte("a text that is long enough")), font.ErrFont},
		{"an empty file", put("empty.ttf", nil), font.ErrFont},
		{"a file too large", filepath.Join(dir, "large.otf"), font.ErrFont},
		{"a folder", dir, font.ErrFont},
		{"nothing", filepath.Join(dir, "nothing.ttf"), fs.ErrNotExist},
	} {
		t.Run(c.name, func(t *testing.T) {
			f, err := font.Open(c.path)
			if !errors.Is(err, c.err) {
				t.Fatalf("error is %v", err)
			}
			if c.err != nil {
				return
			}
			if g, ok := f.Glyph('证'); !ok || len(f.Outline(g)) == 0 || f.Name() != "NotoSerifCJKsc-Regular" {
				t.Errorf("%s has no 证", f.Name())
			}
			if !strings.HasPrefix(f.Version(), f.Name()+"-") {
				t.Errorf("its version is %s", f.Version())
			}
		})
	}
	if _, err := font.Open(two + "#x"); err == nil {
		t.Error("no number was taken for one")
	}
}

// TestEmbedding refuses fonts by what they say of their license.
func TestEmbedding(t *testing.T) {
	good := small(t, faces(t))
	for kind, permitted := range map[uint16]bool{0: true, 4: true, 8: true, 2: false, 0x100: false, 0x200: false} {
		path := filepath.Join(t.TempDir(), "a.otf")
		if err := os.WriteFile(path, withKind(good, kind), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := font.Open(path); errors.Is(err, font.ErrEmbedding) == permitted {
			t.Errorf("fsType %#x: %v", kind, err)
		}
	}
}

// withKind gives the font an OS/2 table in place of its post table, which is
// not read.
func withKind(file []byte, kind uint16) []byte {
	b := append([]byte(nil), file...)
	for i := range int(binary.BigEndian.Uint16(b[4:])) {
		e := b[12+16*i:]
		if string(e[:4]) == "post" {
			copy(e, "OS/2")
			binary.BigEndian.PutUint16(b[binary.BigEndian.Uint32(e[8:])+8:], kind)
		}
	}
	return b
}
