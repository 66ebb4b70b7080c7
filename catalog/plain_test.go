package catalog

import (
	"os"
	"path/filepath"
	"reflect"
	"testing"
	"unicode/utf8"
)

// FuzzPlainTree holds the reader of plain files to the one of all files: what
// it reads, it reads alike.
func FuzzPlainTree(f *testing.F) {
	files, err := filepath.Glob("../examples/*.json")
	if err != nil || len(files) == 0 {
		f.Fatal(files, err)
	}
	for _, name := range files {
		b, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		if _, ok := plainTree(b); !ok {
			f.Errorf("%s is not plain", name)
		}
		f.Add(b)
	}
	for _, text := range []string{
		"", "{", "{}", "[]", " [ ] ", "[1]", "[true,false,null]", "[truefalse]", "true", "nul", `{"a":"b"}`, `{"a":"b",}`, `{"a" : [ {"a":null} , "" ]}`,
		`{"a":"b" "c":1}`, `{"a":1}`, `"\n"`, `"\u0041"`, `"` + "\t" + `"`, `"�"`, `{"a":{"a":{"a":[]}}} x`, "[[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]", "[[[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]]",
		"\v[]", "[]\u00a0", `{"":""}`, `{"a":"b","a":"c"}`, `["a""b"]`, `[,]`, `{,}`,
	} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		if !utf8.Valid(b) {
			return
		}
		plain, ok := plainTree(b)
		if !ok {
			return
		}
		root, faults := anyTree(b)
		if len(faults) > 0 || !reflect.DeepEqual(plain, root) {
			t.Errorf("%q is read as %+v, and by the other as %+v, %v", b, plain, root, faults)
		}
	})
}
