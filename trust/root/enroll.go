package root

import (
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"yizheng/license"
	"yizheng/trust"
)

// Refusals of [Folder.Enroll] and what is like it.
var (
	ErrEnrolled  = errors.New("region is enrolled already with another entry")
	ErrAbolished = errors.New("region is abolished")
	ErrRegion    = errors.New("region is not known")
	ErrTerritory = errors.New("the signer does not speak for this region")
	ErrAuthority = errors.New("authority is listed already with other particulars")
)

// Enroll takes in an issuer and the authorities that grant permits in its
// region. Taking in the same once more changes nothing. A region that is
// enrolled with another entry is refused ([ErrEnrolled]): to rotate keys, use
// [Folder.Replace]; so are an abolished region, one that is not known, and an
// authority that is listed with other particulars.
func (f *Folder) Enroll(issuer trust.Issuer, authorities []license.Authority) error {
	if err := f.checkIssuer(issuer); err != nil {
		return err
	}
	issuers := slices.Clone(f.issuers)
	for _, held := range f.issuers {
		if held.Region != issuer.Region {
			continue
		}
		if !same(held, issuer) {
			return fmt.Errorf("root: enrolling %s: %w", issuer.Region, ErrEnrolled)
		}
		return f.list(authorities)
	}
	return f.take(append(issuers, issuer), authorities)
}

// Replace puts a new entry in the place of the one of its region, for keys
// that rotate and addresses that move. The organ stays the same: another code
// is refused with [ErrEnrolled], as is a region that has no entry.
func (f *Folder) Replace(issuer trust.Issuer) error {
	if err := f.checkIssuer(issuer); err != nil {
		return err
	}
	issuers := slices.Clone(f.issuers)
	i := slices.IndexFunc(issuers, func(held trust.Issuer) bool {
		return held.Region == issuer.Region && held.Code == issuer.Code
	})
	if i < 0 {
		return fmt.Errorf("root: replacing the entry of %s: no entry with its code: %w", issuer.Region, ErrEnrolled)
	}
	issuers[i] = issuer
	return f.take(issuers, nil)
}

// checkIssuer refuses what the trust list could not hold, or should not.
func (f *Folder) checkIssuer(issuer trust.Issuer) error {
	if _, err := license.ParseRegion(string(issuer.Region)); err != nil {
		return fmt.Errorf("root: enrolling %q: %w: %w", issuer.Region, ErrRegion, err)
	}
	if !f.next.Territory.Has(issuer.Region) {
		return fmt.Errorf("root: enrolling %s: %w: %s has %s", issuer.Region, ErrTerritory, f.Path(), strings.Join(f.next.Territory, ", "))
	}
	for _, d := range f.delegates {
		if d.Territory.Has(issuer.Region) {
			return fmt.Errorf("root: enrolling %s: %w: %s does", issuer.Region, ErrTerritory, d.Name)
		}
	}
	if to, gone := issuer.Region.Successor(); gone && issuer.Closing == "" {
		return fmt.Errorf("root: enrolling %s: %w, now %s", issuer.Region, ErrAbolished, to)
	}
	if err := issuer.Check(); err != nil {
		return fmt.Errorf("root: enrolling %s: %w", issuer.Region, err)
	}
	return nil
}

// take stores entries and authorities once the whole list has been checked.
func (f *Folder) take(issuers []trust.Issuer, authorities []license.Authority) error {
	slices.SortFunc(issuers, func(a, b trust.Issuer) int { return strings.Compare(string(a.Region), string(b.Region)) })
	if err := trust.CheckIssuers(issuers); err != nil {
		return fmt.Errorf("root: enrolling: %w", err)
	}
	if err := f.list(authorities); err != nil {
		return err
	}
	if err := writeJSON(filepath.Join(f.dir, issuersFile), issuers); err != nil {
		return err
	}
	f.issuers = issuers
	return nil
}

// Relist states authorities anew, where an office has moved or is contested
// elsewhere: each takes the place of the one of its name and region. One that
// is listed for another region is refused with [ErrAuthority].
func (f *Folder) Relist(authorities []license.Authority) error {
	return f.put(authorities, func(held, a license.Authority) bool { return held.Region == a.Region })
}

// list adds authorities to the directory, and refuses one that is listed with
// other particulars.
func (f *Folder) list(authorities []license.Authority) error {
	return f.put(authorities, func(license.Authority, license.Authority) bool { return false })
}

// put brings authorities into the directory; what is listed gives way where it
// may.
func (f *Folder) put(authorities []license.Authority, mayReplace func(held, a license.Authority) bool) error {
	all := slices.Clone(f.authorities)
	changed := false
	for _, a := range authorities {
		if err := trust.CheckAuthority(a); err != nil {
			return fmt.Errorf("root: listing an authority: %w", err)
		}
		if !f.next.Territory.Has(a.Region) {
			return fmt.Errorf("root: listing %s of %s: %w", a.Name, a.Region, ErrTerritory)
		}
		i := slices.IndexFunc(all, func(held license.Authority) bool { return held.Name == a.Name })
		switch {
		case i < 0:
			all, changed = append(all, a), true
		case same(all[i], a):
		case mayReplace(all[i], a):
			all[i], changed = a, true
		default:
			return fmt.Errorf("root: listing %s: %w", a.Name, ErrAuthority)
		}
	}
	if !changed {
		return nil
	}
	slices.SortFunc(all, func(a, b license.Authority) int {
		if c := strings.Compare(string(a.Region), string(b.Region)); c != 0 {
			return c
		}
		return strings.Compare(a.Name, b.Name)
	})
	if err := writeJSON(filepath.Join(f.dir, authoritiesFile), all); err != nil {
		return err
	}
	f.authorities = all
	return nil
}
