// Package dictionary makes the preset dictionary of a region's codes from the
// public vocabulary of its catalogue. Start with [Make]; the program in gen
// writes the files of this folder with it.
//
// DEFLATE replaces what stood before by how far back and how long, and the
// nearer, the fewer bits. So what nearly every license says stands at the end
// and what few say at the start; and what follows each other in the claims
// follows each other here, so that one match runs over matter, authority and
// the beginning of the number.
package dictionary

import (
	"bytes"
	"slices"
	"strings"

	"yizheng/catalog"
	"yizheng/payload"
)

// Make gives the dictionary for a region's codes. The same catalogue gives the
// same bytes.
func Make(c *catalog.Catalogue) ([]byte, error) {
	v, err := c.Vocabulary()
	if err != nil {
		return nil, err
	}
	var b builder
	b.head(v, c)
	b.holder(v)
	for _, r := range v.Records {
		matter, _ := c.Matter(r.Matter)
		b.record(r, matter, c)
	}
	b.words(v.Premises)
	b.words(v.Places)
	for _, r := range v.Records {
		b.scopes(r)
	}
	b.words(v.Phrases)
	b.words(v.Companies)
	return b.bytes(), nil
}

// builder gathers pieces, those for the end first.
type builder struct{ have []byte }

// add takes a piece, unless its bytes stand in one that was taken already.
func (b *builder) add(piece []byte) {
	if len(piece) < 3 || bytes.Contains(b.have, piece) {
		return // no match is shorter than 3
	}
	b.have = append(slices.Clone(piece), b.have...)
}

func (b *builder) bytes() []byte {
	if over := len(b.have) - payload.MaxDictionary; over > 0 {
		return b.have[over:]
	}
	return b.have
}

// texts are texts in a row, each with its end.
func texts(all ...string) []byte {
	var out []byte
	for _, s := range all {
		out = payload.AppendText(out, s)
	}
	return out
}

// open is a text that goes on. A digit that would share its byte with the next
// one is left out, as is the end.
func open(s string) []byte {
	digits := len(s) - len(strings.TrimRight(s, "0123456789"))
	if digits%2 == 1 {
		s = s[:len(s)-1]
	}
	out := payload.AppendText(nil, s)
	return out[:len(out)-1]
}

// head is what all licenses of the catalogue begin with, to the industry.
func (b *builder) head(v catalog.Vocabulary, c *catalog.Catalogue) {
	industries := slices.Clone(v.Industries)
	slices.Reverse(industries)
	b.add(texts(append([]string{""}, industries...)...))
	head := []byte{payload.Flags(c.Demonstration)}
	b.add(append(head, texts(string(v.Region), v.Issuer.Name, string(v.Issuer.Code), v.TypeCode, v.Version)...))
}

// The years of grant that permits in force mostly bear. Each takes a few
// hundred bytes of every dictionary.
const firstYear, lastYear = 2023, 2027

// record is what permits of one matter begin with, in each form of number.
func (b *builder) record(r catalog.Record, m catalog.Matter, c *catalog.Catalogue) {
	start := append([]byte{0, payload.UsualTerm(m.UsualYears)}, texts(r.Matter, r.Authority)...)
	start = slices.Clip(start)
	for _, n := range r.Numbers {
		for _, prefix := range prefixes(n, m, c) {
			b.add(append(start, open(prefix)...))
		}
	}
	if len(r.Numbers) == 0 {
		b.add(start)
	}
}

func prefixes(n catalog.NumberParts, m catalog.Matter, c *catalog.Catalogue) []string {
	if n.Dated() {
		var all []string
		for year := lastYear; year >= firstYear; year-- {
			all = append(all, n.InYear(year))
		}
		return all
	}
	for _, format := range m.Numbers {
		if format.Check == "food" && format.Prefix == n.Prefix {
			// Sales, catering, canteen; the region; and a serial of six digits,
			// of which no district has used up the first.
			return []string{
				n.Prefix + "2" + string(c.Region) + "0",
				n.Prefix + "1" + string(c.Region) + "0",
				n.Prefix + "3" + string(c.Region) + "0",
			}
		}
	}
	return []string{n.Prefix}
}

// scopes are the standard phrases, each after the end of a number and before
// the end of a text: that is where a scope begins, and where many end.
func (b *builder) scopes(r catalog.Record) {
	suffix := ""
	if len(r.Numbers) > 0 {
		suffix = r.Numbers[0].Suffix
	}
	row := texts(suffix)
	for i, s := range r.Scopes {
		piece := open(s)
		if bytes.Contains(b.have, piece) || bytes.Contains(row, piece) {
			continue
		}
		if i > 0 {
			row = append(row, open(suffix)...)
			row = append(row, texts("")...)
		}
		row = append(row, piece...)
		if suffix != "" {
			row = append(row, texts("")...)
		}
	}
	b.add(append(row, texts("")...))
}

// holder is what follows a company's own name: kind of company, credit code,
// premises.
func (b *builder) holder(v catalog.Vocabulary) {
	for i, company := range v.Companies {
		if i >= 2 {
			break
		}
		for _, code := range v.CreditCodes {
			b.add(append(texts(company), open(code)...))
		}
	}
	for _, code := range v.CreditCodes {
		b.add(open(code))
	}
}

// words are phrases of their own.
func (b *builder) words(all []string) {
	for _, w := range all {
		b.add(open(w))
	}
}
