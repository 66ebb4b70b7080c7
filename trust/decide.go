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
	Mode       Mode // of the agreement that decides; [Full] in the license's own region
	Reason     DecisionReason
	Agreement  *Agreement // the deciding one, of the policy: not to be changed; nil where none speaks of both regions
}

// DecisionReason says why in one stable word.
type DecisionReason string

// The reasons of a decision.
const (
	OwnRegion           DecisionReason = "recognised_own_region"
	ByAgreement         DecisionReason = "recognised_agreement"
	ForDisplay          DecisionReason = "recognised_display_only"
	LocalFiling         DecisionReason = "needs_local_filing"      // not recognised, until its holder has filed it
	NoAgreement         DecisionReason = "no_agreement"            // none has both regions for members
	OnlyHandling        DecisionReason = "agreement_handling_only" // 跨省通办 alone recognises nothing
	AgreementNotInForce DecisionReason = "agreement_not_in_force"  // by its own days
	BasisNotInForce     DecisionReason = "basis_not_in_force"      // its legal basis has run out, or not begun
	IndustryNotCovered  DecisionReason = "industry_not_covered"
	MatterNotCovered    DecisionReason = "matter_not_covered"
)

// ranks orders the reasons by how far an agreement went: the answer is the one
// that went furthest, and of those the first.
var ranks = [...]DecisionReason{
	NoAgreement, OnlyHandling, AgreementNotInForce, BasisNotInForce, IndustryNotCovered, MatterNotCovered, LocalFiling, ForDisplay, ByAgreement, OwnRegion,
}

// Beats says whether d goes before other where both answer the same question.
func (d Decision) Beats(other Decision) bool {
	return slices.Index(ranks[:], d.Reason) > slices.Index(ranks[:], other.Reason)
}

// Decide answers q. A license is always recognised in its own region; beyond
// it, only as far as an agreement in force says.
func (p *Policy) Decide(q Question) Decision {
	best := Decision{Reason: NoAgreement}
	if q.From == q.To {
		best = Decision{Recognised: true, Mode: Full, Reason: OwnRegion}
	}
	for _, d := range p.Examine(q) {
		if d.Beats(best) {
			best = d
		}
	}
	return best
}

// Examine says for each agreement that has both regions for members what it
// decides, in the order of the policy.
func (p *Policy) Examine(q Question) (found []Decision) {
	for i := range p.Agreements {
		if a := &p.Agreements[i]; a.Between(q.From, q.To) {
			reason := a.decide(q)
			found = append(found, Decision{Recognised: reason == ByAgreement || reason == ForDisplay, Mode: a.Mode, Reason: reason, Agreement: a})
		}
	}
	return found
}

// decide says how far a goes for q, and what it fails at.
func (a *Agreement) decide(q Question) DecisionReason {
	switch {
	case a.Mode == HandlingOnly:
		return OnlyHandling
	case !within(q.Day, a.From, a.Until):
		return AgreementNotInForce
	case !within(q.Day, a.Basis.From, a.Basis.Until):
		return BasisNotInForce
	case !covers(a.Industries, q.Industry):
		return IndustryNotCovered
	case !covers(a.Matters, q.Matter) || slices.Contains(a.Excluded, q.Matter):
		return MatterNotCovered
	case a.Mode == NeedsLocalFiling:
		return LocalFiling
	case a.Mode == DisplayOnly:
		return ForDisplay
	}
	return ByAgreement
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
