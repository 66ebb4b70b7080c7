package issuer

import (
	"context"
	"fmt"

	"yizheng/catalog"
	"yizheng/license"
	"yizheng/payload"
)

// operationReissue is the operation of a version that has the content of the
// one before.
const operationReissue = "reissue"

// Reissue makes a new version, with the content that it has, of each license
// whose current version was not issued under the catalogue in force, by the
// key and with the dictionary in use; the version before becomes superseded.
// All of them or none. One whose current version has all three is given as it
// is: so the same licenses a second time, after a crash or by another process
// at once, get no third version, and need no idempotency key. Each id is as in
// [Issuer.Change]. What stands in the way, such as a permit that has ended, is
// license.Faults; with several licenses each field begins with the license's
// place, as in [2].permits[0].number.
func (i *Issuer) Reissue(ctx context.Context, ids []string, actor Actor) ([]Issued, error) {
	if err := actor.mayIssue(); err != nil {
		return nil, err
	}
	if len(ids) == 0 || len(ids) > maxApplications {
		return nil, license.Faults{fault("", "batch_size",
			fmt.Sprintf("one request issues 1 to %d licenses, not %d", maxApplications, len(ids)),
			fmt.Sprintf("一次请求可以制发1至%d张证，不能是%d张", maxApplications, len(ids)))}
	}
	return i.fulfil(ctx, Order{Actor: actor}, [32]byte{}, func(ctx context.Context) (plan, error) { return i.planReissue(ctx, ids) })
}

// planReissue finds what is not as it would be issued now.
func (i *Issuer) planReissue(ctx context.Context, ids []string) (plan, error) {
	var p plan
	var faults license.Faults
	seen := map[string]int{}
	for n, id := range ids {
		at := ""
		if len(ids) > 1 {
			at = fmt.Sprintf("[%d]", n)
		}
		current, err := i.Find(ctx, id)
		if wrong, ok := err.(license.Faults); ok {
			faults = append(faults, within(at, wrong)...)
			continue
		}
		if err != nil {
			return plan{}, err
		}
		base := current.License.Identifier.Base()
		if index, ok := seen[base]; ok {
			p.answer = append(p.answer, p.answer[index])
			continue
		}
		seen[base] = len(p.answer)
		timely, err := i.timely(current)
		if err != nil {
			return plan{}, err
		}
		if timely {
			p.answer = append(p.answer, answer{identifier: current.License.Identifier.String()})
			continue
		}
		v, warnings, wrong, err := i.again(ctx, current)
		if err != nil {
			return plan{}, err
		}
		faults = append(faults, within(at, wrong)...)
		p.answer = append(p.answer, answer{planned: len(p.versions), warnings: warnings})
		p.versions = append(p.versions, v)
	}
	return p, faults.Err()
}

// timely says whether a version is as it would be issued now.
func (i *Issuer) timely(v Issued) (bool, error) {
	in, err := i.catalogue(i.now())
	if err != nil {
		return false, err
	}
	_, code, err := payload.Find(v.Text)
	if err != nil {
		return false, fmt.Errorf("reading the code of %s: %w", v.License.Identifier, err)
	}
	return v.License.Catalogue == in.Version && code.KeyID == i.c.Keys.License.PublicKey().KeyID() &&
		code.DictionaryID == i.c.Dictionary.ID(), nil
}

// again plans the next version of a license with the content that it has.
func (i *Issuer) again(ctx context.Context, current Issued) (planned, []catalog.Warning, license.Faults, error) {
	before := current.License
	if current.State == license.Withdrawn {
		return planned{}, nil, license.Faults{withdrawnBefore()}, nil
	}
	app := catalog.Application{Industry: before.Industry, Holder: before.Holder, Permits: before.Permits}
	v, warnings, faults, err := i.next(ctx, before, app)
	if err != nil {
		return planned{}, nil, nil, err
	}
	v.operation = operationReissue
	v.content, err = content(app)
	return v, warnings, faults, err
}
