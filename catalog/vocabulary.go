package catalog

import (
	"errors"
	"fmt"
	"io/fs"
	"strings"

	"yizheng/license"
)

// Vocabulary is the public words that licenses of one catalogue are made of,
// from which the dictionary of a region's codes is generated. Every list is
// in order of likely frequency, the most frequent first. It holds no
// business's own name.
type Vocabulary struct {
	Region     license.Region
	Version    string
	Issuer     license.Authority
	TypeCode   string
	Industries []string
	Records    []Record // one a matter

	CreditCodes []string // how credit codes of the region's businesses begin
	Companies   []string // words of company names
	Places      []string // the full names of province and district, then streets and well-known places
	Premises    []string // words of premises
	Phrases     []string // words of scopes
	Surnames    []string // one character each
}

// Record is what permits of one matter have in common: in a code they stand
// as matter, authority, number, scope.
type Record struct {
	Matter    string
	Authority string
	Numbers   []NumberParts
	Scopes    []string // standard phrases, joined by ";" or "、" in practice
}

// NumberParts is how permit numbers of one form begin and end. Where they
// state the year of grant, Prefix holds the word {year}.
type NumberParts struct {
	Prefix string
	Suffix string
}

// InYear is the prefix of a number granted in that year.
func (n NumberParts) InYear(year int) string {
	return strings.ReplaceAll(n.Prefix, "{year}", fmt.Sprintf("%04d", year))
}

// Dated says whether the number states its year.
func (n NumberParts) Dated() bool { return strings.Contains(n.Prefix, "{year}") }

// Vocabulary gathers the words of the catalogue and of the public vocabulary
// beside it. The error is of broken data files only.
func (c *Catalogue) Vocabulary() (Vocabulary, error) {
	v := Vocabulary{Region: c.Region, Version: c.Version, Issuer: c.Issuer, TypeCode: c.TypeCode}
	for _, industry := range c.Industries {
		v.Industries = append(v.Industries, industry.Name)
	}
	var scopes map[string][]string
	if err := readJSON(embedded, "data/vocabulary/scopes.json", nil, &scopes); err != nil {
		return Vocabulary{}, err
	}
	for _, m := range c.Matters {
		record := Record{Matter: m.Name, Authority: m.Authority, Scopes: scopes[m.Name]}
		for _, format := range m.Numbers {
			if format.Prefix+format.Suffix != "" {
				record.Numbers = append(record.Numbers, NumberParts{format.Prefix, format.Suffix})
			}
		}
		v.Records = append(v.Records, record)
	}
	for name, into := range map[string]*[]string{
		"creditcodes": &v.CreditCodes,
		"companies":   &v.Companies,
		"premises":    &v.Premises,
		"phrases":     &v.Phrases,
		"surnames":    &v.Surnames,
		"streets":     &v.Places,
	} {
		lines, err := c.words(name)
		if err != nil {
			return Vocabulary{}, err
		}
		*into = lines
	}
	v.Surnames = strings.Split(strings.Join(v.Surnames, ""), "")
	v.Places = append([]string{c.Region.FullName()}, v.Places...)
	return v, nil
}

// words reads the list called name: the region's own where there is one, the
// general one otherwise, none where neither is. Names in
// braces are filled in as in the catalogue files.
func (c *Catalogue) words(name string) ([]string, error) {
	b, err := fs.ReadFile(embedded, "data/vocabulary/"+name+"-"+string(c.Region)+".txt")
	if errors.Is(err, fs.ErrNotExist) {
		b, err = fs.ReadFile(embedded, "data/vocabulary/"+name+".txt")
	}
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("reading vocabulary: %w", err)
	}
	fill := c.place.replacer()
	var words []string
	for line := range strings.Lines(string(b)) {
		line = strings.TrimSuffix(line, "\n")
		if line != "" && !strings.HasPrefix(line, "#") {
			words = append(words, fill.Replace(line))
		}
	}
	return words, nil
}

// List gives every word of v once, flat, the records first: a dictionary
// that knows no more than this is already a good one.
func (v Vocabulary) List() []string {
	var all []string
	seen := make(map[string]bool)
	add := func(words ...string) {
		for _, w := range words {
			if w != "" && !seen[w] {
				seen[w] = true
				all = append(all, w)
			}
		}
	}
	for _, r := range v.Records {
		add(r.Matter, r.Authority)
		for _, n := range r.Numbers {
			add(strings.Split(n.Prefix, "{year}")...)
			add(n.Suffix)
		}
		add(r.Scopes...)
	}
	add(v.Version, v.Issuer.Name, string(v.Issuer.Code), v.TypeCode)
	for _, list := range [][]string{v.Industries, v.Places, v.Premises, v.Companies, v.CreditCodes, v.Phrases, v.Surnames} {
		add(list...)
	}
	return all
}
