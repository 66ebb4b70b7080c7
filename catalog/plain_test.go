package catalog

import (
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"unicode/utf8"
)

const plainWhole = `{"industry":"饭店","holder":{"name":"a","creditCode":"b","representative":"c","premises":"d"},` +
	`"permits":[{"matter":"m","number":"n","authority":"o","scope":"s","commitment":true,"validFrom":"2025-01-02"}]}`

// FuzzPlainApplication holds the reader of plain applications to the one of
// all: what it reads has no fault, and is read alike.
func FuzzPlainApplication(f *testing.F) {
	files, err := filepath.Glob("../examples/*.json")
	if err != nil || len(files) == 0 {
		f.Fatal(files, err)
	}
	for _, name := range files {
		b, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		if _, ok := plainApplication(b); !ok {
			f.Errorf("%s is not plain", name)
		}
		f.Add(b)
	}
	for _, change := range [][2]string{
		{"", ""}, {`"饭店"`, `"饭店" `}, {`"饭店"`, `""`}, {`"饭店"`, `"\n"`}, {`"饭店"`, `"\u996d"`}, {`"饭店"`, "\"\t\""}, {`"饭店"`, `"�"`}, {`"饭店"`, `null`}, {`"饭店"`, `饭店`},
		{`"industry"`, `"Industry"`}, {`"industry"`, `"industry":"x","industry"`}, {`"industry":`, `"industry"`}, {`{"industry"`, `{,"industry"`}, {`"饭店",`, `"饭店"`},
		{`"permits":[`, `"permits":[],"permits":[`}, {`"permits":[`, `"permits":[{},`}, {`"permits":[`, `"permits":[,`}, {`]`, `,]`}, {`]`, ``}, {`}`, ``}, {`}]`, `},]`},
		{`true`, `false`}, {`true`, `truefalse`}, {`true`, `"true"`}, {`true`, ` true `}, {`true`, `false,"commitment":false`}, {`"matter":"m",`, ``}, {`"number":"n",`, ``}, {`"authority":"o",`, ``},
		{`"scope":"s",`, ``}, {`,"validFrom":"2025-01-02"`, ``}, {`"2025-01-02"`, `"2025-02-30"`}, {`"2025-01-02"`, `"2025-01-02","validUntil":""`}, {`"2025-01-02"`, `"2025-01-02","validUntil":"2026-01-01"`},
		{`"name":"a",`, ``}, {`"creditCode":"b",`, ``}, {`,"premises":"d"`, ``}, {`"representative":"c",`, ``}, {`{"name"`, "\v{\"name\""}, {`{"name"`, "\r\n{\"name\""},
	} {
		text := strings.Replace(plainWhole, change[0], change[1], 1)
		f.Add([]byte(text))
		f.Add([]byte(text + "\n"))
		f.Add([]byte(text + "{}"))
	}
	one := plainWhole[strings.Index(plainWhole, `{"matter"`) : len(plainWhole)-2]
	for _, n := range []int{MaxPermits, MaxPermits + 1} {
		f.Add([]byte(strings.Replace(plainWhole, one, strings.TrimSuffix(strings.Repeat(one+",", n), ","), 1)))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		if !utf8.Valid(b) {
			return
		}
		plain, ok := plainApplication(b)
		if !ok {
			return
		}
		root, faults := parseTree(b)
		r := reader{}
		if len(faults) == 0 {
			a := r.application(root)
			faults = r.faults
			if reflect.DeepEqual(plain, a) && len(faults) == 0 {
				return
			}
		}
		t.Errorf("%q is read as %+v, which is not what the other reads: %v", b, plain, faults)
	})
}

// TestPlainIsUsual holds that the quick reader is the one that is used.
func TestPlainIsUsual(t *testing.T) {
	for text, want := range map[string]bool{
		plainWhole: true, " " + plainWhole + "\n": true,
		strings.Replace(plainWhole, `"n"`, `"\n"`, 1): false,
		strings.Replace(plainWhole, `true`, `1`, 1):   false,
	} {
		if _, ok := plainApplication([]byte(text)); ok != want {
			t.Errorf("%q: %t", text, ok)
		}
	}
}
