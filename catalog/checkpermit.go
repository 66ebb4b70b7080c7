package catalog

import (
	"fmt"
	"strings"

	"yizheng/license"
)

// checkPermit holds the permit at place i against what its matter's data say.
func (k *check) checkPermit(i int, p *license.Permit, h *license.Holder) {
	at := func(member string) field { return field{i + 1, member} }
	var matter *Matter // nil where it is not known
	if k.text(at("matter"), p.Matter, license.MaxName) {
		if matter = k.catalogue.matter(p.Matter); matter == nil {
			k.unknownMatter(at("matter"), p.Matter)
		}
	}
	numberOK := k.text(at("number"), p.Number, license.MaxPermitNumber)
	authorityOK := k.text(at("authority"), p.Authority, license.MaxName)
	k.text(at("scope"), p.Scope, license.MaxScope)
	if p.Conditions != "" {
		k.text(at("conditions"), p.Conditions, license.MaxConditions)
	}
	if p.Premises != "" && k.text(at("premises"), p.Premises, license.MaxPremises) {
		k.checkPermitPremises(at("premises"), p.Premises, h.Premises)
	}
	k.checkDays(i, p)
	if authorityOK {
		k.checkAuthority(at("authority"), p.Authority, matter)
	}
	if matter == nil {
		return
	}
	if numberOK && !p.ValidFrom.IsZero() {
		k.checkNumber(at("number"), p, matter)
	}
	k.checkTerm(i, p, matter)
	for _, x := range k.industry.Excluded {
		if x.Matter == p.Matter {
			k.warn(at("matter"), "matter_excluded",
				fmt.Sprintf("%s is not usual for %s: %s.", p.Matter, k.industry.Name, x.WhyEN),
				fmt.Sprintf("%s一般不含%s：%s。", k.industry.Name, p.Matter, x.Why))
		}
	}
}

func (k *check) unknownMatter(at field, name string) {
	var names []string
	for _, m := range k.catalogue.Matters {
		names = append(names, m.Name)
	}
	en, zh := didYouMean(name, names)
	k.fault(at, "unknown_matter",
		fmt.Sprintf("Catalogue %s has no matter %s.", k.catalogue.Version, quote(name))+en,
		fmt.Sprintf("行业目录%s中没有“%s”这一许可事项。", k.catalogue.Version, name)+zh)
}

// checkDays faults days that contradict each other or the day of issue.
func (k *check) checkDays(i int, p *license.Permit) {
	if p.ValidFrom.IsZero() {
		k.fault(field{i + 1, "validFrom"}, "missing", "A value is required.", "此项必须填写。")
		return
	}
	switch p.StateOn(k.on) {
	case license.NotYetValid:
		k.warn(field{i + 1, "validFrom"}, "permit_not_yet_valid",
			fmt.Sprintf("The permit begins on %s, after %s.", p.ValidFrom, k.on),
			fmt.Sprintf("该许可自%s起生效，晚于%s。", p.ValidFrom, k.on))
	case license.Expired:
		k.fault(field{i + 1, "validUntil"}, "permit_expired",
			fmt.Sprintf("The permit ended on %s, and a permit that has ended cannot go on a license.", p.ValidUntil),
			fmt.Sprintf("该许可已于%s届满，不能列入行业综合许可证。", p.ValidUntil))
	}
	if !p.ValidUntil.IsZero() && p.ValidUntil < p.ValidFrom {
		k.fault(field{i + 1, "validUntil"}, "term_reversed",
			fmt.Sprintf("The permit ends on %s, before it begins on %s.", p.ValidUntil, p.ValidFrom),
			fmt.Sprintf("有效期止%s早于有效期起%s。", p.ValidUntil, p.ValidFrom))
	}
}

// checkAuthority faults an authority that is not of this district, or that
// does not grant the matter; what it grants is not asked where matter is nil.
func (k *check) checkAuthority(at field, name string, matter *Matter) {
	authority, known := k.catalogue.Authority(name)
	switch {
	case !known:
		if region, ok := k.otherRegion(name); ok {
			k.fault(at, "authority_of_other_region",
				fmt.Sprintf("%s is an authority of %s (%s), and permits must be of the issuer's region, %s.", name, region.FullName(), region, k.catalogue.Region.FullName()),
				fmt.Sprintf("“%s”属于%s（%s），许可应由%s的机关核发。", name, region.FullName(), region, k.catalogue.Region.FullName()))
			return
		}
		var names []string
		for _, x := range k.catalogue.Authorities {
			names = append(names, x.Name)
		}
		en, zh := didYouMean(name, names)
		k.fault(at, "unknown_authority",
			fmt.Sprintf("Catalogue %s has no authority %s.", k.catalogue.Version, quote(name))+en,
			fmt.Sprintf("行业目录%s中没有“%s”这一实施机关。", k.catalogue.Version, name)+zh)
	case authority.Region != k.catalogue.Region:
		k.fault(at, "authority_of_other_region",
			fmt.Sprintf("%s is an authority of region %s, and the issuer is of %s.", name, authority.Region, k.catalogue.Region),
			fmt.Sprintf("“%s”的行政区划为%s，与发证机关的%s不一致。", name, authority.Region, k.catalogue.Region))
	case matter != nil && matter.Authority != name:
		k.fault(at, "authority_not_of_matter",
			fmt.Sprintf("%s is granted by %s, not by %s.", matter.Name, matter.Authority, name),
			fmt.Sprintf("%s的实施机关为%s，而非%s。", matter.Name, matter.Authority, name))
	}
}

// otherRegion finds the region of an unknown authority by its name: it begins
// with that of the region, or is a branch (分局) there.
func (k *check) otherRegion(name string) (license.Region, bool) {
	city := license.Region(k.catalogue.Region.Province() + "0000").Name()
	for _, f := range k.catalogue.foreign {
		branch := f.alone != "" && strings.HasPrefix(name, city) && strings.HasSuffix(name, f.branch+"分局")
		if f.begins(name) || branch {
			return f.region, true
		}
	}
	return "", false
}

// checkNumber holds a permit's number against the forms of its matter that
// were in use when it began. Certain forms refuse, usual ones warn.
func (k *check) checkNumber(at field, p *license.Permit, m *Matter) {
	certain, usual := tally{}, tally{}
	for n := range m.Numbers {
		format := &m.Numbers[n]
		if !within(p.ValidFrom, format.From, format.Until) {
			continue
		}
		t := &usual
		if format.Certain {
			t = &certain
		}
		t.add(format.matches(p.Number))
	}
	if certain.failed() {
		why, zh := certain.why.Error(), ""
		if en, z := mistyped(certain.why); en != "" {
			why, zh = en, ":"+z
		}
		k.fault(at, "permit_number",
			fmt.Sprintf("%s is no number of %s: %s.", quote(p.Number), m.Name, why),
			fmt.Sprintf("%s不是有效的%s编号%s。", quote(p.Number), m.Name, zh))
		return
	}
	if usual.failed() {
		k.warn(at, "number_unusual",
			fmt.Sprintf("%s does not look like the usual numbers of %s.", quote(p.Number), m.Name),
			fmt.Sprintf("%s与%s的常见编号格式不符。", quote(p.Number), m.Name))
	}
}

// tally counts the forms of one kind that were tried.
type tally struct {
	tried, matched int
	why            error
}

func (t *tally) add(err error) {
	t.tried++
	if err == nil {
		t.matched++
		return
	}
	t.why = err
}

func (t *tally) failed() bool { return t.tried > 0 && t.matched == 0 }

// checkFood is the one check that a number form may name: that of a food
// permit's last digit.
const checkFood = "food"

// matches says how a number departs from the form, if it does.
func (f *NumberFormat) matches(number string) error {
	if !f.expression.MatchString(number) {
		return fmt.Errorf("it has not the form %s", f.Pattern)
	}
	if f.Check == checkFood {
		return license.CheckFoodPermitNumber(number)
	}
	return nil
}

// checkTerm holds the days of a permit against the matter's rules: days on
// which none was granted refuse, unusual terms warn.
func (k *check) checkTerm(i int, p *license.Permit, m *Matter) {
	if p.ValidFrom.IsZero() {
		return
	}
	if !m.IssuedUntil.IsZero() && p.ValidFrom > m.IssuedUntil {
		k.fault(field{i + 1, "validFrom"}, "matter_ended",
			fmt.Sprintf("No %s was granted after %s: %s.", m.Name, m.IssuedUntil, m.EndedByEN),
			fmt.Sprintf("%s后不再核发%s：%s。", m.IssuedUntil, m.Name, m.EndedBy))
	}
	if p.ValidFrom < m.IssuedFrom {
		k.fault(field{i + 1, "validFrom"}, "matter_not_begun",
			fmt.Sprintf("No %s was granted before %s.", m.Name, m.IssuedFrom),
			fmt.Sprintf("%s前不核发%s。", m.IssuedFrom, m.Name))
	}
	until := p.ValidUntil
	at := field{i + 1, "validUntil"}
	switch {
	case m.Term == NoEnd && !until.IsZero():
		k.warn(at, "term_not_usual",
			fmt.Sprintf("%s usually has no end, and this one ends on %s.", m.Name, until),
			fmt.Sprintf("%s通常无有效期限，此件有效期至%s。", m.Name, until))
	case (m.Term == Years || m.Term == YearEnd) && until.IsZero():
		k.warn(at, "term_missing",
			fmt.Sprintf("%s usually has an end, and none is given.", m.Name),
			fmt.Sprintf("%s通常有有效期限，此件未注明。", m.Name))
	case m.Term == YearEnd && !strings.HasSuffix(until.String(), "-12-31"):
		k.warn(at, "term_not_year_end",
			fmt.Sprintf("%s usually ends with a year, and this one on %s.", m.Name, until),
			fmt.Sprintf("%s通常至某年12月31日止，此件有效期至%s。", m.Name, until))
	case m.Term == Years && m.UsualYears > 0 && until >= p.ValidFrom:
		k.checkYears(at, p, m)
	}
}

// checkYears warns when a permit runs for other than the usual years, whose
// last day is the one before the anniversary.
func (k *check) checkYears(at field, p *license.Permit, m *Matter) {
	usual := p.ValidFrom.AddYears(m.UsualYears)
	if usual.IsZero() || p.ValidUntil == usual-1 {
		return
	}
	reason, than, thanZH := "term_longer", "longer", "长"
	if p.ValidUntil < usual-1 {
		reason, than, thanZH = "term_shorter", "shorter", "短"
	}
	k.warn(at, reason,
		fmt.Sprintf("The term is %s than the usual %d years, to %s.", than, m.UsualYears, usual-1),
		fmt.Sprintf("有效期比通常的%d年（至%s）%s。", m.UsualYears, usual-1, thanZH))
}
