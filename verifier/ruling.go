package verifier

import (
	"time"

	"yizheng/trust"
)

// Ruling says whether and how far a permit is recognised, and by whose policy.
type Ruling struct {
	trust.Decision
	By  *trust.Publication // whose policy decided, or left the Gap; nil where none was asked
	Gap Reason             // why it cannot be known, empty where it is
}

// Rule answers q at the instant now, by the policies that count in q.To. It is
// what [Verifier.Verify] goes by for each permit.
func (v *Verifier) Rule(q trust.Question, now time.Time) Ruling {
	return v.rule(now.UTC().Truncate(time.Second), q)
}

// rule asks those whose policy counts where the license is shown. What a policy
// that counts no more, or is missing, might have recognised is not known.
func (v *Verifier) rule(at time.Time, q trust.Question) (r Ruling) {
	r.Decision = (&trust.Policy{}).Decide(q) // by its own region, or by nothing
	if r.Reason == trust.OwnRegion {
		return r
	}
	if v.trust.Lost(q.To) {
		r.Gap = PolicyMissing
	}
	for _, p := range v.trust.RulersOf(q.To) {
		switch gap := v.PolicyGap(p, at); {
		case gap != "" && !r.Recognised:
			r.Gap, r.By = gap, p
		case gap == "" && p.Policy != nil:
			if d := p.Policy.Decide(q); r.By == nil || d.Beats(r.Decision) {
				r.Decision = d
				if r.Gap == "" || d.Recognised {
					r.By, r.Gap = p, ""
				}
			}
		}
	}
	return r
}

// PolicyGap says why it is not known what the policy of p decides at the
// instant now; empty where that is known.
func (v *Verifier) PolicyGap(p *trust.Publication, now time.Time) Reason {
	switch {
	case p.Lacks(trust.TypePolicy):
		return PolicyMissing
	case p.Policy == nil:
		return ""
	case v.lists.rolledBack(p, trust.PolicyPart):
		return PolicyRolledBack
	}
	return v.stale(now, p, p.Policy.Term, trust.PolicyPart, PolicyExpired, PolicyTooOld)
}

// stale says why a document of p does not count by its age, if so: its own
// term, its statement of freshness or what stands above has run out, a
// statement is dated ahead, or it is older than this verifier allows.
func (v *Verifier) stale(at time.Time, p *trust.Publication, document trust.Term, part trust.Part, expired, tooOld Reason) Reason {
	end, by := p.Ends(document, part)
	switch {
	case at.Before(end) && p.Ahead(at):
		return FreshnessAhead
	case at.Before(end) && at.Sub(p.Freshness.Issued) <= v.limits.Trust:
		return ""
	case at.Before(end):
		return tooOld
	case by == trust.FreshnessPart:
		return FreshnessExpired
	case by == trust.RootPart:
		return RootExpired
	}
	return expired
}
