package trust

import "yizheng/license"

// Directory is the signed directory of authorities: with it a verifier far
// away and without a network can say whom to turn to, and how a permit can be
// contested.
type Directory struct {
	Term
	Entries []license.Authority `json:"authorities"`

	byName map[string]int
}

const maxAuthorities = 1 << 16

// Authority finds an authority by its full name (实施机关), as permits carry
// it.
func (d *Directory) Authority(name string) (license.Authority, bool) {
	i, ok := d.byName[name]
	if !ok {
		return license.Authority{}, false
	}
	return d.Entries[i], true
}

func (d *Directory) check() error {
	if err := d.Term.check(); err != nil {
		return err
	}
	if len(d.Entries) > maxAuthorities {
		return breaks("%d authorities, at most %d", len(d.Entries), maxAuthorities)
	}
	d.byName = make(map[string]int, len(d.Entries))
	for i, a := range d.Entries {
		if err := CheckAuthority(a); err != nil {
			return err
		}
		if _, twice := d.byName[a.Name]; twice {
			return breaks("authority %s is given twice", a.Name)
		}
		d.byName[a.Name] = i
	}
	return nil
}

// CheckAuthority holds one entry of the directory to its rules: a name, a
// region, and texts that can be shown. Its code may be missing, since not
// every body that grants permits has one of its own; one that is given must
// check.
func CheckAuthority(a license.Authority) error {
	if a.Name == "" || len(a.Name) > maxName || license.CheckText(a.Name) != nil {
		return breaks("the name %q of an authority cannot be used", a.Name)
	}
	if a.Code != "" {
		if _, err := license.ParseCreditCode(string(a.Code)); err != nil {
			return breaks("authority %s: code: %v", a.Name, err)
		}
	}
	if !a.Region.WellFormed() {
		return breaks("authority %s: %q is no region", a.Name, a.Region)
	}
	texts := []string{a.Address, a.Telephone}
	for _, r := range a.Remedies {
		if r.Kind != "reconsideration" && r.Kind != "litigation" {
			return breaks("authority %s: %q is no kind of remedy", a.Name, r.Kind)
		}
		texts = append(texts, r.Organ, r.Term, r.TermEN, r.Basis, r.Address, r.Telephone)
	}
	for _, s := range texts {
		if s != "" && license.CheckText(s) != nil {
			return breaks("authority %s: the text %q cannot be used", a.Name, s)
		}
	}
	return nil
}
