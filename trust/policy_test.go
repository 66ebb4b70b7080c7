package trust_test

import (
	"testing"

	"yizheng/license"
	"yizheng/trust"
	"yizheng/verifier/verifiertest"
)

func TestDecide(t *testing.T) {
	all := []string{"*"}
	basis := trust.Basis{Title: "basis", From: verifiertest.Day("2021-06-20")}
	policy := &trust.Policy{Agreements: []trust.Agreement{
		{ID: "handling", Title: "t", Scope: trust.YangtzeDelta, Mode: trust.HandlingOnly, Members: []string{"31", "33"}, Industries: all, Matters: all, From: verifiertest.Day("2026-01-01"), Basis: basis},
		{ID: "city", Title: "t", Scope: trust.Citywide, Mode: trust.Full, Members: []string{"31"}, Industries: all, Matters: all, From: verifiertest.Day("2021-06-20"), Basis: basis},
		{ID: "delta", Title: "t", Scope: trust.YangtzeDelta, Mode: trust.Full, Members: []string{"31", "3304"},
			Industries: []string{"便利店", "书店"}, Matters: all, Excluded: []string{"烟草专卖零售许可"},
			From: verifiertest.Day("2026-01-01"), Until: verifiertest.Day("2026-12-31"), Basis: basis, Demonstration: true},
		{ID: "shown", Title: "t", Scope: trust.YangtzeDelta, Mode: trust.DisplayOnly, Members: []string{"31", "3304"}, Industries: all, Matters: all, From: verifiertest.Day("2026-01-01"), Until: verifiertest.Day("2026-12-31"), Basis: basis},
		{ID: "filed", Title: "t", Scope: trust.YangtzeDelta, Mode: trust.NeedsLocalFiling, Members: []string{"31", "3401"}, Industries: all, Matters: all, From: verifiertest.Day("2026-01-01"), Basis: basis},
		{ID: "ended-basis", Title: "t", Scope: trust.District, Mode: trust.Full, Members: []string{"310105", "320500"},
			Industries: all, Matters: all, From: verifiertest.Day("2020-01-01"), Basis: trust.Basis{Title: "b", Until: verifiertest.Day("2022-12-31")}},
	}}
	if err := trust.CheckAgreements(policy.Agreements); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name             string
		from, to         license.Region
		industry, matter string
		day              string
		reason           trust.DecisionReason
		agreement        string
	}{
		{"own district", "310105", "310105", "便利店", "食品经营许可", "2026-11-24", trust.OwnRegion, ""},
		{"own region elsewhere", "110101", "110101", "便利店", "食品经营许可", "2026-11-24", trust.OwnRegion, ""},
		{"same city", "310105", "310106", "任何", "任何许可", "2026-11-24", trust.ByAgreement, "city"},
		{"the city itself", "310105", "310000", "任何", "任何许可", "2026-11-24", trust.ByAgreement, "city"},
		{"before it began", "310105", "310106", "任何", "任何许可", "2021-06-19", trust.AgreementNotInForce, "city"},
		{"the day it began", "310105", "310106", "任何", "任何许可", "2021-06-20", trust.ByAgreement, "city"},
		{"Delta", "310105", "330402", "便利店", "食品经营许可", "2026-11-24", trust.ByAgreement, "delta"},
		{"Delta, the other way", "330402", "310105", "书店", "食品经营许可", "2026-11-24", trust.ByAgreement, "delta"},
		{"last day", "310105", "330402", "便利店", "食品经营许可", "2026-12-31", trust.ByAgreement, "delta"},
		{"day after", "310105", "330402", "便利店", "食品经营许可", "2027-01-01", trust.AgreementNotInForce, "delta"},
		{"matter excluded", "310105", "330402", "便利店", "烟草专卖零售许可", "2026-11-24", trust.ForDisplay, "shown"},
		{"industry not covered", "310105", "330402", "饭店", "食品经营许可", "2026-11-24", trust.ForDisplay, "shown"},
		{"to be filed first", "310105", "340100", "便利店", "食品经营许可", "2026-11-24", trust.LocalFiling, "filed"},
		{"handled, not recognised", "310105", "330100", "便利店", "食品经营许可", "2026-11-24", trust.OnlyHandling, "handling"},
		{"basis ran out", "310105", "320500", "便利店", "食品经营许可", "2026-11-24", trust.BasisNotInForce, "ended-basis"},
		{"its last day", "310105", "320500", "便利店", "食品经营许可", "2022-12-31", trust.ByAgreement, "ended-basis"},
		{"another district of the same city is no member", "310106", "320500", "便利店", "食品经营许可", "2022-12-31", trust.NoAgreement, ""},
		{"outside", "310105", "110101", "便利店", "食品经营许可", "2026-11-24", trust.NoAgreement, ""},
		{"from outside", "110101", "310105", "便利店", "食品经营许可", "2026-11-24", trust.NoAgreement, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			d := policy.Decide(trust.Question{From: c.from, To: c.to, Industry: c.industry, Matter: c.matter, Day: verifiertest.Day(c.day)})
			id := ""
			if d.Agreement != nil {
				id = d.Agreement.ID
			}
			if d.Reason != c.reason || id != c.agreement {
				t.Errorf("got %s by %q, want %s by %q", d.Reason, id, c.reason, c.agreement)
			}
			if want := c.reason == trust.OwnRegion || c.reason == trust.ByAgreement || c.reason == trust.ForDisplay; d.Recognised != want {
				t.Errorf("recognised %v", d.Recognised)
			}
		})
	}
}
