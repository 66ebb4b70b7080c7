package payload

import (
	"embed"
	"fmt"
	"strings"
	"sync"

	"yizheng/license"
)

//go:generate go run ./dictionary/gen dictionary

// The dictionaries that were ever released, each in a file named by its id,
// and the index, a line for each: region, id. Of a region's lines the last is
// the one to issue with. Lines are added and never removed.
//
//go:embed dictionary/index.txt dictionary/*.bin
var dictionaryFiles embed.FS

// library is the built-in dictionaries by id and, the newest of each, by
// region.
type library struct {
	byID     map[string]*Dictionary
	byRegion map[license.Region]*Dictionary
}

// builtins is read when first asked for. A broken file is a broken build,
// which the tests refuse.
var builtins = sync.OnceValue(func() library {
	l := library{map[string]*Dictionary{}, map[license.Region]*Dictionary{}}
	index, err := dictionaryFiles.ReadFile("dictionary/index.txt")
	if err != nil {
		panic(fmt.Sprintf("reading built-in dictionaries: %v", err))
	}
	for line := range strings.Lines(string(index)) {
		region, id, _ := strings.Cut(strings.TrimSpace(line), " ")
		b, err := dictionaryFiles.ReadFile("dictionary/" + id + ".bin")
		if err != nil {
			panic(fmt.Sprintf("reading built-in dictionaries: %v", err))
		}
		d, err := NewDictionary(b)
		if err != nil || d.ID() != id {
			panic(fmt.Sprintf("built-in dictionary %s is not what its name says", id))
		}
		l.byID[id], l.byRegion[license.Region(region)] = d, d
	}
	return l
})

// Builtin is the dictionary with which licenses of a region are written; false
// where this program brings none.
func Builtin(region license.Region) (*Dictionary, bool) {
	d, ok := builtins().byRegion[region]
	return d, ok
}

// BuiltinByID is the dictionary of that name, new or old; false where this
// program brings none of that name.
func BuiltinByID(id string) (*Dictionary, bool) {
	d, ok := builtins().byID[id]
	return d, ok
}
