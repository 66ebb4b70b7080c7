package issuer

import (
	"context"
	"errors"
	"fmt"
	"unicode/utf8"

	"yizheng/library/metadata"
	"yizheng/license"
)

// Act is what an authority does to a permit that it granted.
type Act string

// The acts, by the words of the administrative licensing law.
const (
	Suspend   Act = "suspend"   // 暂扣
	Reinstate Act = "reinstate" // 恢复, from suspension only
	Revoke    Act = "revoke"    // 吊销, final
	Rescind   Act = "withdraw"  // 撤销, final
	Cancel    Act = "cancel"    // 注销, final
)

// target is the state that each act leads to.
var target = map[Act]license.State{
	Suspend: license.Suspended, Reinstate: license.Valid,
	Revoke: license.Revoked, Rescind: license.Withdrawn, Cancel: license.Cancelled,
}

// maxReason caps the stated reason of an act, in characters.
const maxReason = 500

// PermitActed is what an act came to.
type PermitActed struct {
	License  license.License `json:"license"` // the current version of the license that was named
	Permit   license.Permit  `json:"permit"`
	State    license.State   `json:"state"`
	Repeated bool            `json:"repeated,omitempty"` // it stood so before, and nothing was written
}

// SetPermit carries an authority's act on one permit into every version of
// every license that lists it. number names a permit on the current version
// of the license that id names. The same act a second time changes nothing.
func (i *Issuer) SetPermit(ctx context.Context, id, number string, act Act, reason string, actor Actor) (PermitActed, error) {
	for range attempts {
		result, from, err := i.planAct(ctx, id, number, act, reason, actor)
		if err != nil || result.Repeated {
			return result, err
		}
		key := PermitKey{Authority: result.Permit.Authority, Number: result.Permit.Number}
		err = i.actOn(ctx, key, result.Permit.Matter, from, result.State, reason, actor)
		if errors.Is(err, ErrMoved) {
			continue
		}
		return result, err
	}
	return PermitActed{}, errContention
}

// CheckPermit says what SetPermit would come to, or what is wrong with it, and
// writes nothing.
func (i *Issuer) CheckPermit(ctx context.Context, id, number string, act Act, reason string, actor Actor) (PermitActed, error) {
	result, _, err := i.planAct(ctx, id, number, act, reason, actor)
	return result, err
}

// planAct finds the permit and where it stands now, from which the act leads.
func (i *Issuer) planAct(ctx context.Context, id, number string, act Act, reason string, actor Actor) (_ PermitActed, from license.State, _ error) {
	to, known := target[act]
	if !known {
		return PermitActed{}, "", license.Faults{fault("act", "unknown_act",
			"the acts are suspend, reinstate, revoke, withdraw and cancel", "处理种类只有暂扣、恢复、吊销、撤销、注销")}
	}
	if err := checkReason(reason); err != nil {
		return PermitActed{}, "", err
	}
	current, err := i.Find(ctx, id)
	if err != nil {
		return PermitActed{}, "", err
	}
	permit, err := pick(current.License.Permits, number, actor)
	if err != nil {
		return PermitActed{}, "", err
	}
	result := PermitActed{License: current.License, Permit: permit, State: to}
	standing, err := i.c.Store.Standing(ctx, []PermitKey{{Authority: permit.Authority, Number: permit.Number}})
	if err != nil {
		return PermitActed{}, "", fmt.Errorf("reading where the permit stands: %w", err)
	}
	result.Repeated, err = mayFollow(standing[0], act, to)
	return result, standing[0].State, err
}

// pick finds the permit with the number that the actor may act on.
func pick(permits []license.Permit, number string, actor Actor) (license.Permit, error) {
	var found []license.Permit
	for _, p := range permits {
		if p.Number == number {
			found = append(found, p)
		}
	}
	if len(found) == 0 {
		return license.Permit{}, license.Faults{fault("number", "permit_not_found",
			"the current version of the license lists no permit of this number", "该证现行版本中没有该编号的许可")}
	}
	if actor.operator && found[0].Authority != found[len(found)-1].Authority {
		return license.Permit{}, license.Faults{fault("number", "permit_ambiguous",
			"two authorities granted permits of this number: the department itself must act", "两个实施机关有相同编号的许可:须由作出许可的部门处理")}
	}
	for _, p := range found {
		if actor.mayActOn(p.Authority) == nil {
			return p, nil
		}
	}
	return license.Permit{}, actor.mayActOn(found[0].Authority)
}

// mayFollow says whether the act may follow on where the permit stands, and
// whether it has been done already.
func mayFollow(s PermitStanding, act Act, to license.State) (repeated bool, _ error) {
	if act == Reinstate && s.State != license.Suspended && !(s.State == license.Valid && s.Acted) {
		return false, license.Faults{fault("act", "permit_not_suspended",
			"only a suspended permit is reinstated; this one is "+string(s.State), "只有被暂扣的许可可以恢复")}
	}
	if s.State == to {
		return true, nil
	}
	if word, final := endings[s.State]; final {
		return false, license.Faults{fault("act", "permit_final",
			"the permit was "+string(s.State)+", and that is final", "该许可已被"+word+",不能再作其他处理")}
	}
	return false, nil
}

// actOn writes the act with an event for each license that it concerns.
func (i *Issuer) actOn(ctx context.Context, key PermitKey, matter string, from, to license.State, reason string, actor Actor) error {
	now := i.now()
	carriers, err := i.c.Store.Carriers(ctx, key)
	if err != nil {
		return fmt.Errorf("finding the licenses that list the permit: %w", err)
	}
	a := PermitAct{Key: key, From: from, To: to, Reason: reason, Actor: actor.String(), At: now, Carriers: carriers}
	for _, carrier := range carriers {
		id, err := license.ParseIdentifier(carrier)
		if err != nil {
			return fmt.Errorf("reading the register's identifier: %w", err)
		}
		event, err := metadata.NewEvent(id.Base(), metadata.Status, now, metadata.StatusChange{
			ZZBS: carrier, Matter: matter, Number: key.Number, Authority: key.Authority,
			From: metadata.StateCode(from), To: metadata.StateCode(to), Operation: metadata.OperationOf(to),
			Reason: reason, Actor: actor.String(), At: now,
		})
		if err != nil {
			return err
		}
		a.Events = append(a.Events, event)
	}
	if err := i.c.Store.ActOnPermit(ctx, a); err != nil {
		return fmt.Errorf("writing the act: %w", err)
	}
	i.c.Log.Info("acted on permit", "authority", key.Authority, "number", key.Number, "state", string(to), "licenses", len(carriers))
	return nil
}

// LicenseWithdrawn is what a withdrawal came to.
type LicenseWithdrawn struct {
	Issued
	Notice   string `json:"notice"` // that the permits stay in force
	NoticeZH string `json:"noticeZH"`
}

// Withdraw withdraws the integrated license that id names, with all its
// versions. The permits beneath it stay in force, each until its own
// authority acts on it. A second time changes nothing.
func (i *Issuer) Withdraw(ctx context.Context, id, reason string, actor Actor) (LicenseWithdrawn, error) {
	if err := actor.mayIssue(); err != nil {
		return LicenseWithdrawn{}, err
	}
	if err := checkReason(reason); err != nil {
		return LicenseWithdrawn{}, err
	}
	for range attempts {
		current, err := i.Find(ctx, id)
		if err != nil {
			return LicenseWithdrawn{}, err
		}
		if current.State == license.Withdrawn {
			current.Repeated = true
			return withdrawn(current), nil
		}
		err = i.withdraw(ctx, current.License.Identifier, reason, actor)
		var held *Conflict
		if errors.As(err, &held) {
			// A change is under way, or was left by a crash: it comes first.
			if err := i.finish(ctx, held.Batch, actor); err != nil && !errors.Is(err, errVoid) {
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

func (i *Issuer) withdraw(ctx context.Context, id license.Identifier, reason string, actor Actor) error {
	now := i.now()
	event, err := metadata.NewEvent(id.Base(), metadata.Status, now, metadata.StatusChange{
		ZZBS: id.String(), From: metadata.StateCode(license.Valid), To: metadata.StateCode(license.Withdrawn),
		Reason: reason, Actor: actor.String(), At: now,
	})
	if err != nil {
		return err
	}
	err = i.c.Store.Withdraw(ctx, Withdrawal{Identifier: id.String(), Reason: reason, Actor: actor.String(), At: now, Event: event})
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
		NoticeZH: "行业综合许可证已撤回;其集成的各单项许可继续有效,直至作出许可的机关依法处理。",
	}
}

// checkReason wants a reason that a person can read.
func checkReason(reason string) error {
	if reason == "" {
		return license.Faults{fault("reason", "reason_missing", "an act states its reason", "须说明处理理由")}
	}
	if utf8.RuneCountInString(reason) > maxReason {
		return license.Faults{fault("reason", "reason_too_long",
			fmt.Sprintf("a reason has at most %d characters", maxReason), fmt.Sprintf("理由最长%d字", maxReason))}
	}
	if err := license.CheckText(reason); err != nil {
		return license.Faults{fault("reason", "bad_text", "the reason "+err.Error(), "理由含有不允许的字符")}
	}
	return nil
}
