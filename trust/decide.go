package trust

import (
	"slices"

	"yizheng/license"
)

// Question asks whether a permit on a license of one region is recognised in
// another on a day.
type Question struct {
	From     license.Region // of the license
	To       license.Region // of the verifier
	Industry string
	Matter   string
	Day      license.Date
}

// Decision answers a [Question].
type Decision struct {
	Recognised bool
	Reason     DecisionReason
	Agreement  *Agreement // the deciding one, of the policy: not to be changed; nil where none speaks of both regions
}

// DecisionReason says why in one stable word.
type DecisionReason string

// The reasons of a decision. Those that refuse stand in the order of how far
// an agreement went before it failed: the answer is the one that came closest.
const (
	OwnRegion           DecisionReason = "recognised_own_region"
	ByAgreement         DecisionReason = "recognised_agreement"
	NoAgreement         DecisionReason = "no_agreement"            // none has both regions for members
	HandlingOnly        DecisionReason = "agreement_handling_only" // 跨省通办 alone recognises nothing
	AgreementNotInForce DecisionReason = "agreement_not_in_force"  // by its own days
	BasisNotInForce     DecisionReason = "basis_not_in_force"      // its legal basis has run out, or not begun
	IndustryNotCovered  DecisionReason = "industry_not_covered"
	MatterNotCovered    DecisionReason = "matter_not_covered"
)

// Decide answers q. A license is always recognised in its own region; beyond
// it, only where an agreement in force says so.
func (p *Policy) Decide(q Question) Decision {
	if q.From == q.To {
		return Decision{Recognised: true, Reason: OwnRegion}
	}
	best, rank := Decision{Reason: NoAgreement}, -1
	for i := range p.Agreements {
		a := &p.Agreements[i]
		if !a.Between(q.From, q.To) {
			continue
		}
		reason, r := a.decide(q)
		if reason == ByAgreement {
			return Decision{Recognised: true, Reason: reason, Agreement: a}
		}
		if r > rank {
			best, rank = Decision{Reason: reason, Agreement: a}, r
		}
	}
	return best
}

// decide says how far a goes for q, and what it fails at.
func (a *Agreement) decide(q Question) (DecisionReason, int) {
	switch {
	case a.Mode != MutualRecognition:
		return HandlingOnly, 0
	case !within(q.Day, a.From, a.Until):
		return AgreementNotInForce, 1
	case !within(q.Day, a.Basis.From, a.Basis.Until):
		return BasisNotInForce, 2
	case !covers(a.Industries, q.Industry):
		return IndustryNotCovered, 3
	case !covers(a.Matters, q.Matter) || slices.Contains(a.Excluded, q.Matter):
		return MatterNotCovered, 4
	}
	return ByAgreement, 5
}

// Between says whether both regions are members of a.
func (a *Agreement) Between(from, to license.Region) bool { return a.member(from) && a.member(to) }

func (a *Agreement) member(r license.Region) bool {
	for _, m := range a.Members {
		if r.Under(m) {
			return true
		}
	}
	return false
}

func covers(names []string, name string) bool {
	return slices.Contains(names, "*") || slices.Contains(names, name)
}
