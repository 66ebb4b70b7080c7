package issuer

import (
	"context"
	"errors"
	"fmt"

	"yizheng/catalog"
	"yizheng/license"
)

// Change (变更) makes a new version of the license that id names, with the
// content of the application; the version before becomes superseded. id is a
// full identifier of any version, one without version and check character, or
// a license number. The content that is current already gives the current
// version, and nothing new. The holder's credit code cannot change: that is
// another license.
func (i *Issuer) Change(ctx context.Context, id string, app catalog.Application, o Order) (Issued, error) {
	return i.supersede(ctx, "change", id, app, o)
}

// Renew (延续) is a change that moves the term of at least one permit on.
func (i *Issuer) Renew(ctx context.Context, id string, app catalog.Application, o Order) (Issued, error) {
	return i.supersede(ctx, "renew", id, app, o)
}

func (i *Issuer) supersede(ctx context.Context, verb, id string, app catalog.Application, o Order) (Issued, error) {
	if err := o.Actor.mayIssue(); err != nil {
		return Issued{}, err
	}
	current, err := i.Find(ctx, id)
	if err != nil {
		return Issued{}, err
	}
	base := current.License.Identifier.Base()
	hash, err := requestHash(verb, base, []catalog.Application{app})
	if err != nil {
		return Issued{}, err
	}
	issued, err := i.fulfil(ctx, o, hash, func(ctx context.Context) (plan, error) {
		return i.planChange(ctx, verb, base, app)
	})
	if err != nil {
		return Issued{}, err
	}
	return issued[0], nil
}

// planChange checks the application against the current version.
func (i *Issuer) planChange(ctx context.Context, verb, base string, app catalog.Application) (plan, error) {
	current, err := i.Find(ctx, base)
	if err != nil {
		return plan{}, err
	}
	before := current.License
	if current.State == license.Withdrawn {
		return plan{}, license.Faults{withdrawnBefore()}
	}
	was, err := content(catalog.Application{Industry: before.Industry, Holder: before.Holder, Permits: before.Permits})
	if err != nil {
		return plan{}, err
	}
	now, err := content(app)
	if err != nil {
		return plan{}, err
	}
	if was == now {
		return plan{answer: []answer{{identifier: before.Identifier.String()}}}, nil
	}
	v, warnings, faults, err := i.next(ctx, before, app)
	if err != nil {
		return plan{}, err
	}
	v.content, v.operation = now, verb
	if app.Holder.CreditCode != before.Holder.CreditCode {
		faults = append(faults, fault("holder.creditCode", "holder_changed",
			"another credit code is another holder: withdraw this license and issue a new one",
			"统一社会信用代码不同即为另一市场主体：请撤回本证后重新制发"))
	}
	if verb == "renew" && !extends(before.Permits, app.Permits) {
		faults = append(faults, fault("permits", "nothing_renewed",
			"no permit's term moves on: this is a change, not a renewal", "没有任何许可的有效期延长：应当办理变更而非延续"))
	}
	if len(faults) > 0 {
		return plan{}, faults
	}
	return plan{
		answer:   []answer{{warnings: warnings}},
		versions: []planned{v},
	}, nil
}

// withdrawnBefore says that a license was withdrawn.
func withdrawnBefore() license.Fault {
	return fault("", "license_withdrawn", "the license was withdrawn; issue a new one", "该证已撤回，请重新制发")
}

// next plans the version that follows on the current one; its content and its
// operation are the caller's to say.
func (i *Issuer) next(ctx context.Context, before license.License, app catalog.Application) (planned, []catalog.Warning, license.Faults, error) {
	standing, err := i.standing(ctx, app.Permits)
	if err != nil {
		return planned{}, nil, nil, err
	}
	previous := i.passing(before)
	l, warnings, faults, err := i.draft(app, i.now(), previous, standing)
	if err != nil {
		return planned{}, nil, nil, err
	}
	if previous.Version >= license.MaxVersion {
		faults = append(faults, fault("", "versions_exhausted",
			"the identifier has no version after 999: withdraw this license and issue a new one",
			"证照标识的版本号已用至999:请撤回本证后重新制发"))
	}
	l.Number = before.Number
	return planned{license: l, predecessor: before.Identifier.String(), states: statesOf(standing)}, warnings, faults, nil
}

// passedVersions is how many versions a license may have got, at most, that a
// store which came back from an old copy does not know.
const passedVersions = 9

// passing gives the identifier that the next version's follows: a version that
// was lost with its store stays the only one of its identifier.
func (i *Issuer) passing(before license.License) license.Identifier {
	id := before.Identifier
	if !i.c.Restored.IsZero() && before.IssueDate <= license.DateOf(i.c.Restored) {
		id.Version += passedVersions
	}
	return id
}

// extends says whether some matter of the same authority ends later than
// before. A permit may get a new number when it is renewed.
func extends(before, after []license.Permit) bool {
	type matter struct{ authority, name string }
	until := map[matter]license.Date{}
	for _, p := range before {
		if !p.ValidUntil.IsZero() {
			until[matter{p.Authority, p.Matter}] = p.ValidUntil
		}
	}
	for _, p := range after {
		was, ok := until[matter{p.Authority, p.Matter}]
		if ok && (p.ValidUntil.IsZero() || p.ValidUntil > was) {
			return true
		}
	}
	return false
}

// Find gives the current version of the license that id names: a full
// identifier of any version, one without version and check character, or a
// license number. A license that is not there is a fault of the reason
// license_not_found.
func (i *Issuer) Find(ctx context.Context, id string) (Issued, error) {
	v, err := i.c.Store.Current(ctx, id)
	if errors.Is(err, ErrNotFound) {
		return Issued{}, license.Faults{fault("license", "license_not_found",
			"the register has no license of this identifier or number", "登记簿中没有该标识或编号的证")}
	}
	if err != nil {
		return Issued{}, fmt.Errorf("looking up the license: %w", err)
	}
	return asIssued(v), nil
}
