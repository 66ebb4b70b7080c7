package license

import (
	_ "embed"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// Region is an administrative division (行政区划) by its six-digit code of
// GB/T 2260: two digits of the province, two of the prefecture, two of the
// county or district; trailing zeros stand for the whole.
type Region string

// ErrRegion marks text that is no region code of six digits, or one that the
// table of this package does not hold.
var ErrRegion = errors.New("unknown region code")

//go:embed data/regions.tsv
var regionData string

type regionEntry struct {
	name      string
	successor Region
}

// regions is the table of data/regions.tsv: code, name and, where the
// division was abolished, the code of the one that took it over.
var regions = readRegions(regionData)

func readRegions(data string) map[Region]regionEntry {
	table := make(map[Region]regionEntry)
	for line := range strings.Lines(data) {
		line = strings.TrimSuffix(line, "\n")
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		code, rest, _ := strings.Cut(line, "\t")
		name, successor, _ := strings.Cut(rest, "\t")
		table[Region(code)] = regionEntry{name, Region(successor)}
	}
	return table
}

// ParseRegion reads a six-digit code that the table holds, abolished ones
// included: the caller asks [Region.Successor]. The table is not the whole
// standard: it holds every province, the prefectures and the better known
// counties of the Yangtze Delta, and all districts of Shanghai.
func ParseRegion(s string) (Region, error) {
	r := Region(s)
	if !r.WellFormed() {
		return "", fmt.Errorf("%w: %q is not six digits", ErrRegion, s)
	}
	if _, ok := regions[r]; !ok {
		return "", fmt.Errorf("%w: %s", ErrRegion, s)
	}
	return r, nil
}

// WellFormed says whether r has the form of a region code. It is all that
// can be asked of a code in a signed document, whose region may be younger
// than this program's table.
func (r Region) WellFormed() bool {
	return len(r) == 6 && allDigits(string(r)) && r[:2] != "00"
}

// Name is the division's own name, such as 长宁区, and the empty string for a
// code that the table does not hold.
func (r Region) Name() string { return regions[r].name }

// FullName is the name with those of the divisions above it, such as
// 上海市长宁区, as official names begin; empty when the table does not hold r.
func (r Region) FullName() string {
	name := r.Name()
	if name == "" {
		return ""
	}
	if r[4:] != "00" && r.City() == string(r[:4]) {
		name = regions[r[:4]+"00"].name + name
	}
	if r[2:] != "0000" {
		name = regions[r[:2]+"0000"].name + name
	}
	return name
}

// Successor gives the division that took over an abolished one.
func (r Region) Successor() (Region, bool) {
	s := regions[r].successor
	return s, s != ""
}

// Under says whether r lies in the division whose code begins with prefix,
// such as "31", "3304" or "310105".
func (r Region) Under(prefix string) bool {
	return prefix != "" && strings.HasPrefix(string(r), prefix)
}

// Province is the first two digits, and the empty string for a code that is
// not well formed.
func (r Region) Province() string {
	if !r.WellFormed() {
		return ""
	}
	return string(r[:2])
}

// City is the prefix of the city: four digits, and two for a municipality
// directly under the central government, whose districts have no prefecture
// above them. It is the empty string for a code that is not well formed.
func (r Region) City() string {
	switch p := r.Province(); p {
	case "":
		return ""
	case "11", "12", "31", "50":
		return p
	}
	return string(r[:4])
}

func allDigits(s string) bool {
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return s != ""
}

// KnownRegions lists every code that the table holds, in order, abolished
// ones included.
func KnownRegions() []Region {
	return slices.Sorted(maps.Keys(regions))
}
