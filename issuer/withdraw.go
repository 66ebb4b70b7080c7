package issuer

import (
	"context"
	"errors"
	"fmt"

	"yizheng/library/metadata"
	"yizheng/license"
)

// LicenseWithdrawn is what a withdrawal came to.
type LicenseWithdrawn struct {
	Issued
	Notice   string `json:"notice"` // that the permits stay in force
	NoticeZH string `json:"noticeZH"`
}

// Withdraw withdraws the integrated license that id names, with all its
// versions. The permits beneath it stay in force, each until its own
// authority acts on it. A second time changes nothing. Another request under
// the same key is refused.
func (i *Issuer) Withdraw(ctx context.Context, id, reason string, o Order) (LicenseWithdrawn, error) {
	if err := o.Actor.mayIssue(); err != nil {
		return LicenseWithdrawn{}, err
	}
	if faults := checkReason(reason); len(faults) > 0 {
		return LicenseWithdrawn{}, faults
	}
	hash, err := digest(struct{ Verb, ID, Reason, Actor string }{"withdraw", id, reason, o.Actor.String()})
	if err != nil {
		return LicenseWithdrawn{}, err
	}
	for range attempts {
		if _, _, err := i.doneBefore(ctx, o.Key, hash); err != nil {
			return LicenseWithdrawn{}, err
		}
		current, err := i.Find(ctx, id)
		if err != nil {
			return LicenseWithdrawn{}, err
		}
		if current.State == license.Withdrawn {
			current.Repeated = true // and stays so for ever, under whatever key
			return withdrawn(current), nil
		}
		done := i.doing(o.Key, hash, Done{Identifier: current.License.Identifier.String(), State: license.Withdrawn})
		err = i.withdraw(ctx, current.License.Identifier, reason, o.Actor, done)
		var held *Conflict
		if errors.As(err, &held) {
			if err := i.makeWay(ctx, held.Batch, o.Actor); err != nil {
				return LicenseWithdrawn{}, err
			}
			continue
		}
		if errors.Is(err, ErrMoved) {
			continue
		}
		if err != nil {
			return LicenseWithdrawn{}, err
		}
		current.State = license.Withdrawn
		return withdrawn(current), nil
	}
	return LicenseWithdrawn{}, errContention
}

func (i *Issuer) withdraw(ctx context.Context, id license.Identifier, reason string, actor Actor, done *Done) error {
	now := i.now()
	event, err := metadata.NewEvent(id.Base(), metadata.Status, now, metadata.StatusChange{
		ZZBS: id.String(), From: metadata.StateCode(license.Valid), To: metadata.StateCode(license.Withdrawn),
		Reason: reason, Actor: actor.String(), At: now,
	})
	if err != nil {
		return err
	}
	err = i.c.Store.Withdraw(ctx, Withdrawal{Identifier: id.String(), Reason: reason, Actor: actor.String(), At: now, Event: event, Done: done})
	if err != nil {
		return fmt.Errorf("withdrawing the license: %w", err)
	}
	i.c.Log.Info("withdrew license", "license", id.Base())
	return nil
}

func withdrawn(v Issued) LicenseWithdrawn {
	return LicenseWithdrawn{
		Issued:   v,
		Notice:   "The integrated license is withdrawn; the permits beneath it stay in force, each until its own authority acts on it.",
		NoticeZH: "行业综合许可证已撤回；其集成的各单项许可继续有效，直至作出许可的机关依法处理。",
	}
}
