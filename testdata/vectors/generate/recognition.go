package main

import (
	"slices"
	"time"

	"yizheng/license"
	"yizheng/trust"
)

// recognition are genuine licenses of which it is the question whether, and
// how far, they are recognised.
func (g *generator) recognition() {
	// there has the Delta's agreement, in Jiaxing, cover all matters in a mode.
	there := func(mode trust.Mode) func(*draft) {
		return func(d *draft) {
			d.region = "330400"
			d.world.Agreements[1].Mode, d.world.Agreements[1].Matters = mode, []string{"*"}
		}
	}
	add := func(name, description string, e expectation, change func(*draft)) {
		g.add("invalid", name, description, e, change)
	}
	not := func(reason string) expectation {
		return expectation{Outcome: "not_recognised", Check: "recognition", Reason: reason}
	}
	g.add("valid", "display-only", "In Jiaxing, where an agreement lets licenses be shown and no more.", partly("recognition", "recognised_display_only"), func(d *draft) {
		there(trust.DisplayOnly)(d)
		d.permits = slices.Repeat([]expectedPermit{{State: license.Valid, Recognised: true, Mode: trust.DisplayOnly}}, 3)
		d.warns = []string{"demonstration_basis"}
	})
	g.add("valid", "three-modes", "One permit recognised in full, one for display, one once it is filed.", partly("recognition", "partly_recognised"), func(d *draft) {
		there(trust.Full)(d)
		base := d.world.Agreements[1]
		for i, mode := range []trust.Mode{trust.Full, trust.DisplayOnly, trust.NeedsLocalFiling} {
			a := base
			a.ID, a.Mode, a.Matters = string(mode), mode, []string{d.license.Permits[i].Matter}
			d.world.Agreements = append(d.world.Agreements, a)
		}
		d.world.Agreements = slices.Delete(d.world.Agreements, 1, 2)
		d.permits = []expectedPermit{
			{State: license.Valid, Recognised: true, Mode: trust.Full},
			{State: license.Valid, Recognised: true, Mode: trust.DisplayOnly},
			{State: license.Valid, Mode: trust.NeedsLocalFiling},
		}
	})
	g.add("valid", "best-of-two-agreements", "One agreement lets it be shown, another recognises it in full: the one that goes further counts.", good(), func(d *draft) {
		there(trust.DisplayOnly)(d)
		a := d.world.Agreements[1]
		a.ID, a.Mode = "further", trust.Full
		d.world.Agreements = append(d.world.Agreements, a)
		d.warns = []string{"demonstration_basis"}
	})
	g.add("valid", "by-the-policy-of-a-delegate", "The policy of the delegate recognises what that of its root does not speak of.", good(), func(d *draft) {
		d.region = "330400"
		d.world.Agreements = d.world.Agreements[:1]
		a := d.world.Agreements[0]
		a.ID, a.Scope, a.Members = "one-sided", trust.District, []string{"3304", "3304"}
		d.world.Agreements = append(d.world.Agreements, a)
		d.world.Agreements[1].Members = []string{"330400", "3304"}
		d.by("330400", "restaurant-3-permits")
		d.license.Permits = []license.Permit{food("嘉兴市市场监督管理局")}
		d.region = "330402"
	})
	g.add("valid", "own-region-without-a-policy", "One's own region needs no policy.", good(), func(d *draft) {
		d.reshaped(func(f *bundleFile) {
			for _, p := range f.Publications[:atZhejiang] {
				delete(p, "policy")
			}
		})
		d.fault("delta", "policy", "trust_missing")
		d.fault("delta/shanghai", "policy", "trust_missing")
	})
	add("needs-local-filing", "In Jiaxing, where an agreement recognises it once it is filed.", not("needs_local_filing"), func(d *draft) {
		there(trust.NeedsLocalFiling)(d)
		d.permits = slices.Repeat([]expectedPermit{{State: license.Valid, Mode: trust.NeedsLocalFiling}}, 3)
	})
	add("handling-only", "In Jiaxing, where only handling across regions is agreed.", not("agreement_handling_only"), func(d *draft) {
		there(trust.HandlingOnly)(d)
		d.permits = slices.Repeat([]expectedPermit{{State: license.Valid, Mode: trust.HandlingOnly}}, 3)
	})
	add("display-only-and-revoked", "In Jiaxing, for display only; every permit was revoked.", invalid("status", "permits_not_in_force"), func(d *draft) {
		there(trust.DisplayOnly)(d)
		d.values = append(d.values, 0, 1, 1, 1)
	})
	add("basis-not-in-force", "The legal basis of the agreement ran out yesterday.", not("basis_not_in_force"), func(d *draft) {
		there(trust.Full)(d)
		d.world.Agreements[1].Basis.Until = day("2026-11-23")
	})
	add("policy-of-another-territory", "Shanghai's policy recognises its licenses in Beijing; it does not count there.", not("no_agreement"), func(d *draft) {
		d.region = "110105"
		d.world.Agreements[0].Scope, d.world.Agreements[0].Members = trust.District, []string{"11", "31"}
		d.world.Agreements = d.world.Agreements[:1]
	})
	jingan := func(change func(*draft)) func(*draft) {
		return func(d *draft) {
			d.region = "310106"
			change(d)
		}
	}
	gap := func(reason string) expectation { return unknown("recognition", reason) }
	add("policy-missing", "In another district: the statement of freshness names a policy that is not there.", gap("policy_missing"), jingan(func(d *draft) {
		d.reshaped(func(f *bundleFile) { delete(f.Publications[atShanghai], "policy") })
		d.fault("delta/shanghai", "policy", "trust_missing")
	}))
	add("policy-rolled-back", "In another district: a newer policy was seen in an earlier run.", gap("policy_rolled_back"), jingan(func(d *draft) {
		d.state = map[string]uint64{"trust:delta/shanghai:policy": 8}
	}))
	add("policy-of-a-root-refused", "In Beijing, whose root cannot be believed: whether it recognises anything is not known.", gap("policy_missing"), func(d *draft) {
		d.region = "110105"
		d.reshaped(func(f *bundleFile) { f.Roots = f.Roots[:1] })
		d.fault("beijing", "root", "trust_chain")
	})
	add("policy-freshness-ahead", "Another province, whose own statement is dated ahead of the clock: whether it recognises more is not known.", gap("freshness_ahead"), func(d *draft) {
		d.region = "330402"
		d.stated("delta/zhejiang", d.now.Add(2*24*time.Hour))
		d.world.Agreements = d.world.Agreements[:1]
	})
	add("policy-freshness-expired", "Another province, whose own statement is seven days old: whether it recognises more is not known.", gap("freshness_expired"), func(d *draft) {
		d.region = "330402"
		d.stated("delta/zhejiang", d.now.Add(-7*24*time.Hour))
		d.world.Agreements = d.world.Agreements[:1]
	})
}
