package issuer

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"yizheng/catalog"
	"yizheng/license"
	"yizheng/payload"
	"yizheng/qr"
)

// Draft is what an application would become. Its identifier and number have a
// serial of zeros: nothing is reserved for it.
type Draft struct {
	License  license.License   `json:"license"`
	Warnings []catalog.Warning `json:"warnings,omitempty"`
	Existing string            `json:"existing,omitempty"` // identifier of the current license with this very content
	Text     string            `json:"-"`                  // what the QR code would hold, with a signature of zeros: for measuring and showing a specimen only
	Version  int               `json:"qrVersion"`          // 1 to 40
	Level    string            `json:"qrLevel"`            // error correction: M, or L where M does not hold it
}

// Preview checks an application and shows the license that it would become,
// without reserving or writing anything. What is wrong is returned as
// license.Faults, all at once; nothing is wrong with what a current license
// says already.
func (i *Issuer) Preview(ctx context.Context, app catalog.Application) (Draft, error) {
	now := i.now()
	standing, err := i.standing(ctx, app.Permits)
	if err != nil {
		return Draft{}, err
	}
	l, warnings, faults, err := i.draft(app, now, license.Identifier{}, standing)
	if err != nil {
		return Draft{}, err
	}
	digest, err := content(app)
	if err != nil {
		return Draft{}, err
	}
	d := Draft{Warnings: warnings}
	if d.Existing, err = i.existing(ctx, digest); err != nil {
		return Draft{}, err
	}
	if len(faults) > 0 && d.Existing == "" {
		return Draft{}, faults
	}
	d.License = specimen(l, now)
	if d.Text, d.Version, d.Level, err = i.measure(d.License); err != nil {
		return Draft{}, err
	}
	return d, nil
}

// PreviewChange is [Issuer.Preview] for a change of the license that id names,
// or, as the verb says, for its renewal ("change", "renew"). Content that is
// current already is given as it is.
func (i *Issuer) PreviewChange(ctx context.Context, verb, id string, app catalog.Application) (Draft, error) {
	current, err := i.Find(ctx, id)
	if err != nil {
		return Draft{}, err
	}
	p, err := i.planChange(ctx, verb, current.License.Identifier.Base(), app)
	if err != nil {
		return Draft{}, err
	}
	d := Draft{License: current.License, Existing: p.answer[0].identifier, Warnings: p.answer[0].warnings}
	if len(p.versions) > 0 {
		d.License = p.versions[0].license
	}
	d.Text, d.Version, d.Level, err = i.measure(d.License)
	return d, err
}

// CheckEach says what is wrong with each application by itself, as
// [Issuer.Issue] would say, and reserves and writes nothing. An application
// whose content a current license has is good: that license is its answer.
func (i *Issuer) CheckEach(ctx context.Context, apps []catalog.Application) ([]license.Faults, error) {
	now := i.now()
	var permits []license.Permit
	for _, app := range apps {
		permits = append(permits, app.Permits...)
	}
	standing, err := i.standing(ctx, permits)
	if err != nil {
		return nil, err
	}
	all := make([]license.Faults, len(apps))
	for n, app := range apps {
		here := standing[:len(app.Permits)]
		standing = standing[len(app.Permits):]
		_, _, faults, err := i.draft(app, now, license.Identifier{}, here)
		if err != nil {
			return nil, err
		}
		if len(faults) == 0 {
			continue
		}
		digest, err := content(app)
		if err != nil {
			return nil, err
		}
		existing, err := i.existing(ctx, digest)
		if err != nil {
			return nil, err
		}
		if existing == "" {
			all[n] = faults
		}
	}
	return all, nil
}

// specimen gives a draft a serial of zeros, as long as a real one.
func specimen(l license.License, now time.Time) license.License {
	if l.Identifier.Serial == "" {
		l.Identifier.Serial = fmt.Sprintf("%04d%07d", license.DateOf(now).Start().Year(), 0)
	}
	l.Number = string(l.Region) + l.Identifier.Serial
	return l
}

// measure finds the symbol that a license's code takes, without signing it.
func (i *Issuer) measure(l license.License) (text string, version int, level string, _ error) {
	d, err := i.encode(l)
	if err != nil {
		return "", 0, "", err
	}
	code, err := d.Sealed(make([]byte, 64))
	if err != nil {
		return "", 0, "", fmt.Errorf("measuring the code: %w", err)
	}
	digits := code.Digits()
	version, fits, ok := qr.Fit(len(i.c.Prefix), len(digits))
	if !ok {
		return "", 0, "", &qr.TooLargeError{Digits: len(digits), Most: qr.Budget(qr.MaxVersion, qr.L, len(i.c.Prefix))}
	}
	return i.c.Prefix + digits, version, string(fits), nil
}

// standing gives where each permit stands. One of a text that no license can have
// stands nowhere, and is not asked for: PostgreSQL would refuse the question.
func (i *Issuer) standing(ctx context.Context, permits []license.Permit) ([]PermitStanding, error) {
	keys := keysOf(permits)
	for n, key := range keys {
		if license.CheckText(key.Authority) != nil || license.CheckText(key.Number) != nil {
			keys[n] = PermitKey{} // which nobody has
		}
	}
	standing, err := i.c.Store.Standing(ctx, keys)
	if err != nil {
		return nil, fmt.Errorf("reading where the permits stand: %w", err)
	}
	if len(standing) != len(permits) {
		return nil, errors.New("reading where the permits stand: the store gave another number than asked for")
	}
	return standing, nil
}

// draft makes the license of an application, without serial and place, or
// says everything that is wrong with it; standing is where its permits stand.
// previous is the current version of the license that the application changes,
// or zero.
func (i *Issuer) draft(app catalog.Application, now time.Time, previous license.Identifier, standing []PermitStanding) (license.License, []catalog.Warning, license.Faults, error) {
	cat, err := i.catalogue(now)
	if err != nil {
		return license.License{}, nil, nil, err
	}
	faults, warnings := cat.Check(app, license.DateOf(now))
	if 1+len(app.Permits) > MaxBlock {
		faults = append(faults, fault("permits", "too_many_permits",
			fmt.Sprintf("a license has at most %d permits", MaxBlock-1), fmt.Sprintf("一张证最多集成%d项许可", MaxBlock-1)))
		return license.License{}, warnings, faults, nil
	}
	faults = append(faults, checkStanding(app.Permits, previous, standing)...)
	if i.c.Printer != nil {
		faults = append(faults, Unprintable(i.c.Printer, app, faults)...)
	}
	l := license.License{
		Identifier: license.Identifier{Type: cat.TypeCode, Issuer: string(cat.Issuer.Code), Version: 1},
		Region:     cat.Region, Issuer: cat.Issuer.Name,
		Industry: app.Industry, Catalogue: cat.Version,
		Holder: app.Holder, Permits: app.Permits,
		IssueDate:     license.DateOf(now),
		Demonstration: i.c.Demonstration || cat.Demonstration,
	}
	if !previous.IsZero() {
		l.Identifier = previous.Next()
	}
	if len(faults) == 0 {
		if faults = i.checkSize(specimen(l, now)); len(faults) > 0 {
			return l, warnings, faults, nil
		}
	}
	return l, warnings, faults, nil
}

// checkSize refuses a license whose code no symbol holds, before anything is
// reserved for it.
func (i *Issuer) checkSize(l license.License) license.Faults {
	most, err := payload.MostDigits(&l)
	if err == nil {
		if _, _, fits := qr.Fit(len(i.c.Prefix), most); fits {
			return nil // without the long way, which compresses the claims
		}
		_, _, _, err = i.measure(l)
	}
	if err == nil {
		return nil
	}
	longest, longestZH := longestTexts(l)
	var large *qr.TooLargeError
	var beyond *payload.MalformedError
	switch {
	case errors.As(err, &large):
		over := large.Digits - large.Most
		return license.Faults{fault("", "too_large",
			fmt.Sprintf("The code would need %d digits, %d more than the largest symbol holds: shorten what it says. The longest texts are %s.", large.Digits, over, longest),
			fmt.Sprintf("二维码需%d位数字，超出最大容量%d位，请精简文字。最长的是%s。", large.Digits, over, longestZH))}
	case errors.As(err, &beyond) && (beyond.Reason == payload.ReasonLength || beyond.Reason == payload.ReasonSize): // more than is counted
		return license.Faults{fault("", "too_large",
			fmt.Sprintf("The license says far more than the largest symbol holds: shorten it. The longest texts are %s.", longest),
			fmt.Sprintf("许可证内容远超二维码的最大容量，请精简文字。最长的是%s。", longestZH))}
	}
	return license.Faults{fault("", "not_encodable", err.Error(), "该证内容无法写入二维码："+err.Error())}
}

// longestTexts names the three longest texts of a license that its office can
// shorten.
func longestTexts(l license.License) (en, zh string) {
	type text struct {
		field, name string
		length      int
	}
	texts := []text{{"holder.premises", "经营场所", utf8.RuneCountInString(l.Holder.Premises)}}
	for n, p := range l.Permits {
		add := func(field, name, s string) {
			texts = append(texts, text{fmt.Sprintf("permits[%d].%s", n, field), fmt.Sprintf("第%d项的%s", n+1, name), utf8.RuneCountInString(s)})
		}
		add("scope", "许可范围", p.Scope)
		add("conditions", "许可条件", p.Conditions)
		add("premises", "许可地址", p.Premises)
	}
	slices.SortStableFunc(texts, func(a, b text) int { return b.length - a.length })
	var ens, zhs []string
	for _, t := range texts[:min(3, len(texts))] {
		ens = append(ens, fmt.Sprintf("%s (%d characters)", t.field, t.length))
		zhs = append(zhs, fmt.Sprintf("%s（%d字）", t.name, t.length))
	}
	return strings.Join(ens, ", "), strings.Join(zhs, "、")
}

// checkStanding refuses permits that ended by an act of their authority, and
// permits that another current license lists.
func checkStanding(permits []license.Permit, previous license.Identifier, standing []PermitStanding) license.Faults {
	keys := keysOf(permits)
	base := ""
	if !previous.IsZero() {
		base = previous.Base()
	}
	var faults license.Faults
	for n, s := range standing {
		field := fmt.Sprintf("permits[%d].number", n)
		if a, ended := endings[s.State]; ended {
			faults = append(faults, fault(field, "permit_"+string(s.State),
				"permit "+keys[n].Number+" was "+string(s.State)+" by "+keys[n].Authority+" and cannot be listed again",
				"许可"+keys[n].Number+"已被"+keys[n].Authority+a+",不能再次列入"))
		}
		if s.Held != "" && s.Held != base {
			faults = append(faults, permitElsewhere(field, keys[n], "the license "+s.Held, "另一张现行证"+s.Held))
		}
	}
	return faults
}

// endings are the states that no act leads out of.
var endings = map[license.State]string{
	license.Revoked:   "吊销",
	license.Withdrawn: "撤销",
	license.Cancelled: "注销",
}

func permitElsewhere(field string, key PermitKey, where, whereZH string) license.Fault {
	return fault(field, "permit_on_other_license",
		"permit "+key.Number+" of "+key.Authority+" is listed on "+where,
		key.Authority+"的许可"+key.Number+"已列入"+whereZH)
}
