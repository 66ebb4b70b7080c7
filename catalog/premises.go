package catalog

import (
	"fmt"
	"slices"
	"strings"

	"golang.org/x/text/unicode/norm"

	"yizheng/license"
)

// foreign is a region other than the issuer's, by the ways in which a name or
// an address there begins.
type foreign struct {
	region license.Region
	starts []string // 上海市静安区 and the like
	alone  string   // 静安区, where the province is the issuer's
	branch string   // 静安, as in 静安分局
}

// foreignTo lists the regions that here is not, does not lie in, and that do
// not lie in it.
func foreignTo(here license.Region) []foreign {
	var list []foreign
	for _, r := range license.KnownRegions() {
		if here.Under(whole(r)) || r.Under(whole(here)) {
			continue
		}
		f := foreign{region: r, starts: []string{r.FullName()}}
		if r.City() == string(r[:4]) && r[4:] != "00" {
			f.starts = append(f.starts, license.Region(r[:4]+"00").Name()+r.Name())
		}
		if r.Province() == here.Province() && r[2:] != "0000" {
			f.alone = r.Name()
		}
		f.branch = strings.TrimSuffix(strings.TrimSuffix(r.Name(), "新区"), "区")
		list = append(list, f)
	}
	return list
}

// nameStart is how many bytes of a name are looked at first: its first two
// characters, and no region has fewer.
const nameStart = 6

// byNameStart sorts regions by how addresses there begin.
func byNameStart(list []foreign) map[string][]foreign {
	sorted := map[string][]foreign{}
	for _, f := range list {
		var before []string
		for _, name := range append(slices.Clone(f.starts), f.alone) {
			start := name[:min(len(name), nameStart)]
			if start != "" && !slices.Contains(before, start) {
				sorted[start] = append(sorted[start], f)
				before = append(before, start)
			}
		}
	}
	return sorted
}

// whole is the prefix of the codes of everything that lies in a region.
func whole(r license.Region) string {
	return strings.TrimSuffix(strings.TrimSuffix(string(r), "00"), "00")
}

// begins says whether a text begins as one of the region does.
func (f foreign) begins(text string) bool {
	for _, start := range f.starts {
		if strings.HasPrefix(text, start) {
			return true
		}
	}
	return false
}

// checkPremisesRegion faults premises whose text begins with the name of
// another district or province than the issuer's. Premises that name no
// district pass: the business license behind them does.
func (k *check) checkPremisesRegion(at field, premises string) {
	text := plainPremises(premises)
	here := k.catalogue.Region
	for _, f := range k.catalogue.elsewhere[text[:min(len(text), nameStart)]] {
		if f.begins(text) || f.alone != "" && strings.HasPrefix(text, f.alone) {
			k.fault(at, "premises_of_other_region",
				fmt.Sprintf("The premises are in %s, and the license is issued by %s.", f.region.FullName(), here.FullName()),
				fmt.Sprintf("经营场所位于%s，与发证机关所在的%s不一致。", f.region.FullName(), here.FullName()))
			return
		}
	}
}

// checkPermitPremises holds a permit's own premises against the holder's. The
// same house is enough, since a permit may be for one floor of a shop; another
// house is a fault; a shared number among several is for the officer.
func (k *check) checkPermitPremises(at field, permit, holder string) {
	p, h := k.stem(permit), k.stem(holder)
	if p.street == h.street && slices.Equal(p.numbers, h.numbers) {
		return
	}
	shared := slices.ContainsFunc(p.numbers, func(n string) bool { return slices.Contains(h.numbers, n) })
	if p.street == h.street && shared {
		k.warn(at, "premises_to_compare",
			"The permit's premises share a house number with the holder's, and are not the same: compare them.",
			"该许可的场所与经营场所部分门牌相同但不完全一致，请核对。")
		return
	}
	k.fault(at, "premises_differ",
		fmt.Sprintf("The permit is for %s, and the holder's premises are %s.", quote(permit), quote(holder)),
		fmt.Sprintf("该许可的场所为%s，与经营场所%s不一致。", quote(permit), quote(holder)))
}

// house is the part of an address that says which house: its street, lane
// included, and its numbers.
type house struct {
	street  string
	numbers []string
}

// stem takes an address apart. One with no house number is all street.
func (k *check) stem(premises string) house {
	text := plainPremises(premises)
	if province := license.Region(k.catalogue.Region.Province() + "0000"); strings.HasPrefix(text, province.Name()) {
		text = strings.TrimPrefix(text, province.Name())
	}
	if city := license.Region(string(k.catalogue.Region[:4]) + "00"); city.Name() != "" {
		text = strings.TrimPrefix(text, city.Name())
	}
	text = strings.TrimPrefix(text, k.catalogue.Region.Name())
	if _, street, ok := strings.Cut(text, "街道"); ok {
		text = street // a subdistrict is named by some and left out by others
	}
	before, _, numbered := strings.Cut(text, "号")
	if !numbered {
		return house{street: text}
	}
	street := strings.TrimRightFunc(before, func(r rune) bool { return strings.ContainsRune("0123456789-~、,/", r) })
	numbers := strings.FieldsFunc(before[len(street):], func(r rune) bool { return strings.ContainsRune("、,/", r) })
	slices.Sort(numbers)
	return house{street, numbers}
}

// plainPremises brings the many ways to type an address to one: full-width
// digits and punctuation to ASCII, and no spaces.
func plainPremises(s string) string {
	return strings.ReplaceAll(norm.NFKC.String(s), " ", "")
}
