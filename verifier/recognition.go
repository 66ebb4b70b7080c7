package verifier

import (
	"slices"
	"strings"

	"yizheng/license"
	"yizheng/trust"
)

// checkRecognition asks for each permit whether it counts where the verifier
// stands. It runs after the states are known, and fills in e.permits.
func (e *examination) checkRecognition() {
	today := license.DateOf(e.at)
	stale := e.policyStale()
	recognised := 0
	e.permits = make([]Permit, len(e.license.Permits))
	for i, p := range e.license.Permits {
		out := &e.permits[i]
		*out = Permit{
			Matter: p.Matter, Number: p.Number, Authority: p.Authority, Scope: p.Scope,
			Conditions: p.Conditions, Premises: p.Premises, Commitment: p.Commitment,
			ValidFrom: p.ValidFrom, ValidUntil: p.ValidUntil,
		}
		if stale != "" {
			out.Reasons = append(out.Reasons, stale)
		} else {
			e.recognise(out, today)
		}
		if out.Recognised {
			recognised++
		}
		state, reason := e.permitState(i, today)
		out.State = state
		if reason != "" {
			out.Reasons = append(out.Reasons, reason)
		}
	}
	switch {
	case stale != "":
		e.check(RecognitionCheck, NotDone, stale)
	case recognised == len(e.permits):
		e.check(RecognitionCheck, Passed, "")
	case recognised > 0:
		e.check(RecognitionCheck, Warned, PartlyRecognised)
	default:
		e.check(RecognitionCheck, Failed, e.permits[0].Reasons[0])
	}
	if !e.at.Before(e.v.trust.Directory.Expires) || e.v.lists.rolledBack(directoryName, e.v.trust.Directory.Sequence) {
		e.warn(DirectoryExpired)
	}
}

// recognise decides on one permit.
func (e *examination) recognise(p *Permit, today license.Date) {
	b := e.v.trust
	authority, listed := b.Directory.Authority(p.Authority)
	if !listed {
		e.warn(AuthorityNotListed)
	} else if !competent(authority.Region, e.license.Region) {
		// An issuer vouches for its own region only, and so do the permits
		// on its license.
		p.Reasons = append(p.Reasons, AuthorityOfOtherRegion)
		return
	}
	d := b.Policy.Decide(trust.Question{
		From: e.license.Region, To: e.v.region, Industry: e.license.Industry, Matter: p.Matter, Day: today,
	})
	p.Recognised = d.Recognised
	p.Reasons = append(p.Reasons, Reason(d.Reason))
	if d.Agreement == nil {
		return
	}
	p.Agreement = d.Agreement.ID
	if !slices.ContainsFunc(e.agreements, func(a trust.Agreement) bool { return a.ID == d.Agreement.ID }) {
		e.agreements = append(e.agreements, *d.Agreement)
	}
	if d.Recognised && d.Agreement.Demonstration {
		e.warn(DemonstrationBasis)
	}
}

// competent says whether an authority of one region can grant permits in the
// district of another: its own, or one that lies within it.
func competent(authority, district license.Region) bool {
	prefix := string(authority)
	for strings.HasSuffix(prefix, "00") && len(prefix) > 2 {
		prefix = prefix[:len(prefix)-2]
	}
	return district.Under(prefix)
}

// policyStale says why the policy does not count, if so.
func (e *examination) policyStale() Reason {
	switch p := e.v.trust.Policy; {
	case e.v.lists.rolledBack(policyName, p.Sequence):
		return PolicyRolledBack
	case !e.at.Before(p.Expires):
		return PolicyExpired
	case e.at.Sub(p.Issued) > e.v.limits.Trust:
		return PolicyTooOld
	}
	return ""
}
