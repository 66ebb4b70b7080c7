package trust

import (
	"slices"
	"strings"

	"yizheng/license"
)

// Territory (辖区) is the part of the country that a signer may speak for: the
// regions whose codes begin with one of these prefixes of 2, 4 or 6 digits.
type Territory []string

// maxTerritory bounds the prefixes of one territory.
const maxTerritory = 512

// Has says whether region lies in the territory.
func (t Territory) Has(region license.Region) bool {
	return slices.ContainsFunc(t, region.Under)
}

// Within says whether all of t lies in u.
func (t Territory) Within(u Territory) bool {
	for _, p := range t {
		if !slices.ContainsFunc(u, func(q string) bool { return strings.HasPrefix(p, q) }) {
			return false
		}
	}
	return true
}

// Meets gives a prefix that t and u have in common, empty where there is none.
func (t Territory) Meets(u Territory) string {
	for _, p := range t {
		for _, q := range u {
			if strings.HasPrefix(p, q) {
				return p
			}
			if strings.HasPrefix(q, p) {
				return q
			}
		}
	}
	return ""
}

// Check holds a territory to its one form: prefixes in ascending order, none
// of which lies in the one before.
func (t Territory) Check() error {
	if len(t) == 0 || len(t) > maxTerritory {
		return breaks("a territory of %d prefixes, want 1 to %d", len(t), maxTerritory)
	}
	for i, p := range t {
		if !regionPrefix(p) {
			return breaks("%q is no prefix of 2, 4 or 6 digits", p)
		}
		if i > 0 && (p <= t[i-1] || strings.HasPrefix(p, t[i-1])) {
			return breaks("the territory is not in order at %q", p)
		}
	}
	return nil
}

func regionPrefix(s string) bool {
	if len(s) != 2 && len(s) != 4 && len(s) != 6 {
		return false
	}
	for _, c := range s {
		if c < '0' || c > '9' {
			return false
		}
	}
	return true
}
