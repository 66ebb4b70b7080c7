package catalog

import (
	"errors"
	"fmt"
	"slices"

	"yizheng/license"
)

// Warning is something unusual that does not stop a license: the officer sees
// it at the preview and decides.
type Warning struct {
	Field     string `json:"field"`
	Reason    string `json:"reason"`
	Message   string `json:"message"`
	MessageZH string `json:"messageZH"`
}

// field is the place of what is checked. Its path is written out only where
// something is said of it.
type field struct {
	permit int    // from 1; 0 for no permit
	name   string // such as holder.name, or number of a permit
}

func (f field) String() string {
	if f.permit == 0 {
		return f.name
	}
	return fmt.Sprintf("permits[%d].%s", f.permit-1, f.name)
}

// check is one run over an application.
type check struct {
	catalogue *Catalogue
	on        license.Date
	industry  Industry
	known     bool // whether the industry is
	faults    license.Faults
	warnings  []Warning
}

// Check holds an application against every rule of the catalogue on a day and
// gives all faults and all warnings, in the order of the application's
// fields. No fault means that a license may be issued.
func (c *Catalogue) Check(a Application, on license.Date) (license.Faults, []Warning) {
	k := &check{catalogue: c, on: on}
	k.checkIndustry(a.Industry)
	k.checkHolder(&a.Holder)
	if n := len(a.Permits); n < c.Minimum {
		k.fault(field{name: "permits"}, "too_few_permits",
			fmt.Sprintf("An integrated license needs at least %d permits, and there %s %d.", c.Minimum, isAre(n), n),
			fmt.Sprintf("行业综合许可证至少须整合%d项许可，目前为%d项。", c.Minimum, n))
	}
	if n := len(a.Permits); n > MaxPermits {
		k.fault(field{name: "permits"}, "too_many_permits",
			fmt.Sprintf("There are %d permits, and at most %d are read.", n, MaxPermits),
			fmt.Sprintf("共有%d项许可，最多读取%d项。", n, MaxPermits))
		return k.faults, k.warnings
	}
	for i := range a.Permits {
		k.checkPermit(i, &a.Permits[i], &a.Holder)
	}
	k.checkRepeats(a.Permits)
	k.checkRequirements(a)
	return k.faults, k.warnings
}

// CheckFile reads an application's file and checks it, so that faults of form
// and of substance come out together. The application is what could be read.
func (c *Catalogue) CheckFile(b []byte, on license.Date) (Application, license.Faults, []Warning) {
	a, err := ParseApplication(b)
	var form license.Faults
	errors.As(err, &form)
	if unreadable(form) {
		return a, form, nil
	}
	substance, warnings := c.Check(a, on)
	faults := form
	for _, f := range substance {
		if !slices.ContainsFunc(form, func(g license.Fault) bool { return covers(g.Field, f.Field) }) {
			faults = append(faults, f)
		}
	}
	return a, faults, warnings
}

// unreadable says whether the file as a whole could not be read: such a fault
// names no field.
func unreadable(faults license.Faults) bool {
	return slices.ContainsFunc(faults, func(f license.Fault) bool { return f.Field == "" })
}

// covers says whether a fault of form at one field makes what Check says of
// another a mere consequence: the same field, or one within it.
func covers(form, field string) bool {
	if len(field) <= len(form) {
		return field == form
	}
	return field[:len(form)] == form && (field[len(form)] == '.' || field[len(form)] == '[')
}

// Combined gives the matters of an application that its industry does not
// gather, in order: those of other trades, combined freely (跨业态自由组合).
func (c *Catalogue) Combined(a Application) []string {
	industry, ok := c.Industry(a.Industry)
	if !ok {
		return nil
	}
	return c.combined(industry, a.Permits)
}

func (c *Catalogue) combined(industry Industry, permits []license.Permit) (names []string) {
	for i := range permits {
		name := permits[i].Matter
		if !industry.gathers(name) && c.matter(name) != nil && !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	return names
}

// asked is a matter that an industry gathers, if only as one that any
// industry may add, and what is said where no permit is for it; nothing where
// it may well be so.
type asked struct {
	matter string
	absent Warning
}

// asks fills in what the industries ask for. It is the same for every
// application, so that the sentences are written once.
func (c *Catalogue) asks() {
	for i := range c.Industries {
		industry := &c.Industries[i]
		for _, r := range slices.Concat(industry.Requirements, c.everywhere) {
			industry.asked = append(industry.asked, asked{r.Matter, r.absent(industry.Name)})
		}
	}
}

// absent is what is said where a matter is not among the permits.
func (r Requirement) absent(industry string) Warning {
	switch r.Need {
	case Always:
		return Warning{"permits", "permit_missing",
			fmt.Sprintf("Every %s needs %s, and it is not among the permits.", industry, r.Matter),
			fmt.Sprintf("%s均须取得%s，申请中未列出。", industry, r.Matter)}
	case OnCondition:
		return Warning{"permits", "permit_on_condition",
			fmt.Sprintf("%s is not among the permits; it is needed %s.", r.Matter, r.ConditionEN),
			fmt.Sprintf("申请中未列出%s；%s须取得。", r.Matter, r.Condition)}
	}
	return Warning{}
}

// gathers says whether a matter belongs to an industry, if only as one that
// any industry may add.
func (i Industry) gathers(matter string) bool {
	return slices.ContainsFunc(i.asked, func(a asked) bool { return a.matter == matter })
}

func (k *check) fault(at field, reason, message, messageZH string) {
	k.faults = append(k.faults, license.Fault{Field: at.String(), Reason: reason, Message: message, MessageZH: messageZH})
}

func (k *check) warn(at field, reason, message, messageZH string) {
	k.warnings = append(k.warnings, Warning{Field: at.String(), Reason: reason, Message: message, MessageZH: messageZH})
}

// text checks a required text and says whether it is good.
func (k *check) text(at field, s string, max int) bool {
	f, bad := license.TextFault("", s, max)
	if bad {
		f.Field = at.String()
		k.faults = append(k.faults, f)
	}
	return !bad
}

func (k *check) checkIndustry(name string) {
	if !k.text(field{name: "industry"}, name, license.MaxName) {
		return
	}
	if k.industry, k.known = k.catalogue.Industry(name); k.known {
		return
	}
	var names []string
	for _, x := range k.catalogue.Industries {
		names = append(names, x.Name)
	}
	en, zh := didYouMean(name, names)
	k.fault(field{name: "industry"}, "unknown_industry",
		fmt.Sprintf("Catalogue %s has no industry %s.", k.catalogue.Version, quote(name))+en,
		fmt.Sprintf("行业目录%s中没有“%s”这一行业。", k.catalogue.Version, name)+zh)
}

func (k *check) checkHolder(h *license.Holder) {
	k.text(field{name: "holder.name"}, h.Name, license.MaxName)
	if _, err := license.ParseCreditCode(string(h.CreditCode)); err != nil {
		reason, en, zh := "credit_code",
			fmt.Sprintf("%s is not a unified social credit code: 18 characters, the last of which checks the others.", quote(string(h.CreditCode))),
			fmt.Sprintf("%s不是有效的统一社会信用代码（18位，末位为校验码）。", quote(string(h.CreditCode)))
		if e, z := mistyped(err); e != "" {
			en, zh = fmt.Sprintf("%s is not a unified social credit code: %s.", quote(string(h.CreditCode)), e),
				fmt.Sprintf("%s不是有效的统一社会信用代码：%s。", quote(string(h.CreditCode)), z)
		}
		if h.CreditCode == "" {
			reason, en, zh = "missing", "A value is required.", "此项必须填写。"
		}
		k.fault(field{name: "holder.creditCode"}, reason, en, zh)
	}
	k.text(field{name: "holder.representative"}, h.Representative, license.MaxRepresentative)
	if k.text(field{name: "holder.premises"}, h.Premises, license.MaxPremises) {
		k.checkPremisesRegion(field{name: "holder.premises"}, h.Premises)
	}
}

// mistyped says in both languages which check character would have fitted;
// nothing where that is not what is wrong.
func mistyped(err error) (en, zh string) {
	var wrong *license.CheckError
	if !errors.As(err, &wrong) {
		return "", ""
	}
	return fmt.Sprintf("its last character would be %c if the others are right", wrong.Want),
		fmt.Sprintf("如其余各位无误，末位校验码应为%c", wrong.Want)
}

// checkRepeats faults a permit that is given twice, and warns of a matter
// that two permits grant.
func (k *check) checkRepeats(permits []license.Permit) {
	for i := range permits {
		p := &permits[i]
		if p.Matter == "" || p.Number == "" {
			continue
		}
		first, twice := -1, -1 // there are few, so that all before are looked at
		for j := range i {
			q := &permits[j]
			if q.Matter != p.Matter || q.Number == "" {
				continue
			}
			if first < 0 {
				first = j
			}
			if q.Number == p.Number {
				twice = j
				break
			}
		}
		switch {
		case twice >= 0:
			k.fault(field{i + 1, "number"}, "duplicate_permit",
				fmt.Sprintf("The permit is given already as permits[%d].", twice),
				fmt.Sprintf("该许可已在permits[%d]中列出。", twice))
		case first >= 0:
			k.warn(field{i + 1, "matter"}, "matter_repeated",
				fmt.Sprintf("The matter is that of permits[%d] too, with another number.", first),
				fmt.Sprintf("permits[%d]为同一许可事项，编号不同。", first))
		}
	}
}

// checkRequirements warns of permits that the industry asks for and that are
// not there, and notes those of other trades.
func (k *check) checkRequirements(a Application) {
	if !k.known {
		return
	}
	for _, r := range k.industry.asked {
		if r.absent.Reason != "" && !slices.ContainsFunc(a.Permits, func(p license.Permit) bool { return p.Matter == r.matter }) {
			k.warnings = append(k.warnings, r.absent)
		}
	}
	for _, matter := range k.catalogue.combined(k.industry, a.Permits) {
		if !k.excluded(matter) {
			k.warn(field{name: "permits"}, "combined_industries",
				fmt.Sprintf("%s is of another trade than %s; trades may be combined freely.", matter, k.industry.Name),
				fmt.Sprintf("%s不属于%s的常见事项；许可事项可跨业态自由组合。", matter, k.industry.Name))
		}
	}
}

func (k *check) excluded(matter string) bool {
	return slices.ContainsFunc(k.industry.Excluded, func(x Exclusion) bool { return x.Matter == matter })
}

func isAre(n int) string {
	if n == 1 {
		return "is"
	}
	return "are"
}
