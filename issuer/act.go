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
// of the license that id names. The same act a second time changes nothing;
// under the same key it changes nothing even where a later act came between,
// and gets the answer of the first.
func (i *Issuer) SetPermit(ctx context.Context, id, number string, act Act, reason string, o Order) (PermitActed, error) {
	hash, err := digest(struct{ ID, Number, Act, Reason, Actor string }{id, number, string(act), reason, o.Actor.String()})
	if err != nil {
		return PermitActed{}, err
	}
	for range attempts {
		if done, found, err := i.doneBefore(ctx, o.Key, hash); err != nil {
			return PermitActed{}, err
		} else if found {
			return i.permitActed(ctx, done)
		}
		result, from, err := i.planAct(ctx, id, number, act, reason, o.Actor)
		if err != nil {
			return PermitActed{}, err
		}
		key := PermitKey{Authority: result.Permit.Authority, Number: result.Permit.Number}
		done := i.doing(o.Key, hash, Done{Identifier: result.License.Identifier.String(), Permit: key, State: result.State})
		switch {
		case !result.Repeated:
			err = i.actOn(ctx, key, result.Permit.Matter, from, result.State, reason, o.Actor, done)
		case done != nil:
			err = i.c.Store.Remember(ctx, *done)
		}
		if errors.Is(err, ErrMoved) {
			continue
		}
		return result, err
	}
	return PermitActed{}, errContention
}

// permitActed is the answer to an act that was done before.
func (i *Issuer) permitActed(ctx context.Context, done Done) (PermitActed, error) {
	v, err := i.version(ctx, done.Identifier)
	if err != nil {
		return PermitActed{}, err
	}
	for _, p := range v.License.Permits {
		if p.Authority == done.Permit.Authority && p.Number == done.Permit.Number {
			return PermitActed{License: v.License, Permit: p, State: done.State, Repeated: true}, nil
		}
	}
	return PermitActed{}, fmt.Errorf("%s does not list the permit that was acted on", done.Identifier)
}

// CheckPermit says what SetPermit would come to, or what is wrong with it, and
// writes nothing.
func (i *Issuer) CheckPermit(ctx context.Context, id, number string, act Act, reason string, actor Actor) (PermitActed, error) {
	result, _, err := i.planAct(ctx, id, number, act, reason, actor)
	return result, err
}

// planAct finds the permit and where it stands now, from which the act leads.
// What is wrong with the act, its reason and the permit it says all at once.
func (i *Issuer) planAct(ctx context.Context, id, number string, act Act, reason string, actor Actor) (_ PermitActed, from license.State, _ error) {
	var faults license.Faults
	to, known := target[act]
	if !known {
		faults = append(faults, fault("act", "unknown_act",
			"the acts are suspend, reinstate, revoke, withdraw and cancel", "处理种类只有暂扣、恢复、吊销、撤销、注销"))
	}
	faults = append(faults, checkReason(reason)...)
	current, permit, err := i.findPermit(ctx, id, number, actor)
	var missing license.Faults
	if err != nil && !errors.As(err, &missing) {
		return PermitActed{}, "", err
	}
	if faults = append(faults, missing...); len(faults) > 0 {
		return PermitActed{}, "", faults
	}
	result := PermitActed{License: current, Permit: permit, State: to}
	standing, err := i.c.Store.Standing(ctx, []PermitKey{{Authority: permit.Authority, Number: permit.Number}})
	if err != nil {
		return PermitActed{}, "", fmt.Errorf("reading where the permit stands: %w", err)
	}
	result.Repeated, err = mayFollow(standing[0], act, to)
	return result, standing[0].State, err
}

// findPermit finds the permit that the actor may act on, and the current version
// of the license that id names.
func (i *Issuer) findPermit(ctx context.Context, id, number string, actor Actor) (license.License, license.Permit, error) {
	current, err := i.Find(ctx, id)
	if err != nil {
		return license.License{}, license.Permit{}, err
	}
	permit, err := pick(current.License.Permits, number, actor)
	return current.License, permit, err
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
			"two authorities granted permits of this number: the department itself must act", "两个实施机关有相同编号的许可：须由作出许可的部门处理")}
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

// actOn writes the act with an event for each license that it concerns, and
// what is to be remembered of it, if anything is.
func (i *Issuer) actOn(ctx context.Context, key PermitKey, matter string, from, to license.State, reason string, actor Actor, done *Done) error {
	now := i.now()
	carriers, err := i.c.Store.Carriers(ctx, key)
	if err != nil {
		return fmt.Errorf("finding the licenses that list the permit: %w", err)
	}
	a := PermitAct{Key: key, From: from, To: to, Reason: reason, Actor: actor.String(), At: now, Carriers: carriers, Done: done}
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

// checkReason wants a reason that a person can read.
func checkReason(reason string) license.Faults {
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
