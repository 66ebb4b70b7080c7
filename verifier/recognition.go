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
	today := license.DateOf(e.asked())
	recognised, full, gap := 0, 0, Reason("")
	e.permits = make([]Permit, len(e.license.Permits))
	for i, p := range e.license.Permits {
		out := &e.permits[i]
		*out = Permit{
			Matter: p.Matter, Number: p.Number, Authority: p.Authority, Scope: p.Scope,
			Conditions: p.Conditions, Premises: p.Premises, Commitment: p.Commitment,
			ValidFrom: p.ValidFrom, ValidUntil: p.ValidUntil,
		}
		if missing := e.recognise(out, today); missing != "" {
			gap = missing
		}
		if out.Recognised {
			recognised++
		}
		if out.Counts() {
			full++
		}
		state, reason := e.permitState(i, today)
		out.State = state
		if reason != "" {
			out.Reasons = append(out.Reasons, reason)
		}
	}
	switch {
	case gap != "":
		e.check(RecognitionCheck, NotDone, gap)
	case full == len(e.permits):
		e.check(RecognitionCheck, Passed, "")
	case recognised == len(e.permits):
		e.check(RecognitionCheck, Warned, RecognisedDisplayOnly)
	case recognised > 0:
		e.check(RecognitionCheck, Warned, PartlyRecognised)
	default:
		e.check(RecognitionCheck, Failed, e.permits[0].Reasons[0])
	}
	if d := e.by.Directory; d != nil {
		old := e.v.stale(e.at, e.by, d.Term, trust.AuthoritiesPart, DirectoryExpired, "")
		if old != "" || e.v.lists.rolledBack(e.by, trust.AuthoritiesPart) {
			e.warn(DirectoryExpired)
		}
	}
}

// recognise decides on one permit. Where that cannot be known it says why.
func (e *examination) recognise(p *Permit, today license.Date) (gap Reason) {
	authority, listed := e.by.Authority(p.Authority)
	if !listed {
		e.warn(AuthorityNotListed)
	} else if !competent(authority.Region, e.license.Region) {
		// An issuer vouches for its own region only, and so do the permits
		// on its license.
		p.Reasons = append(p.Reasons, AuthorityOfOtherRegion)
		return ""
	}
	d := e.v.rule(e.at, trust.Question{
		From: e.license.Region, To: e.v.region, Industry: e.license.Industry, Matter: p.Matter, Day: today,
	})
	if d.Gap == "" && !d.Recognised && e.beyond() {
		d.Gap = ClockBeyond // by the days of agreements nothing can be said
	}
	if e.ruling = d.By; d.Gap != "" {
		p.Reasons = append(p.Reasons, d.Gap)
		return d.Gap
	}
	p.Recognised = d.Recognised
	p.Reasons = append(p.Reasons, Reason(d.Reason))
	if d.Recognised || d.Reason == trust.LocalFiling || d.Reason == trust.OnlyHandling {
		p.Mode = d.Mode
	}
	if d.Agreement == nil {
		return ""
	}
	agreement := *d.Agreement
	agreement.ID = d.By.Signer.Name + "/" + agreement.ID
	p.Agreement = agreement.ID
	if !slices.ContainsFunc(e.agreements, func(a trust.Agreement) bool { return a.ID == p.Agreement }) {
		e.agreements = append(e.agreements, agreement)
	}
	if d.Recognised && agreement.Demonstration {
		e.warn(DemonstrationBasis)
	}
	return ""
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
