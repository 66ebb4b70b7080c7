package main

import (
	"time"

	"yizheng/license"
	"yizheng/status"
)

func invalid(check, reason string) expectation {
	return expectation{Outcome: "invalid", Check: check, Reason: reason}
}

// invalidStates are genuine licenses that do not count, here or now.
func (g *generator) invalidStates() {
	add := func(name, description string, e expectation, change func(*draft)) {
		g.add("invalid", name, description, e, change)
	}
	values := func(v ...status.Value) func(*draft) { return func(d *draft) { d.values = v } }
	add("superseded", "The list says that a newer version exists.", invalid("status", "superseded"), values(status.Superseded))
	add("superseded-by-record", "No list; the issuer's record names a newer version.", invalid("status", "superseded"), func(d *draft) {
		d.lists = []token{{token: d.record(2, 2)}}
	})
	add("withdrawn", "The license is withdrawn, its permits are not.", invalid("status", "withdrawn"), func(d *draft) {
		d.values = []status.Value{status.Withdrawn}
		d.states(license.Valid, license.Valid, license.Valid)
		d.warns = []string{"permits_remain_in_force"}
	})
	add("revoked", "The license is revoked.", invalid("status", "revoked"), values(status.Revoked))
	add("cancelled", "The license is cancelled.", invalid("status", "cancelled"), values(status.Cancelled))
	add("no-permit-in-force", "Every permit is out of force, each in its own way.", invalid("status", "permits_not_in_force"), func(d *draft) {
		d.values = []status.Value{0, status.Suspended, status.Revoked, status.Cancelled}
		d.states(license.Suspended, license.Revoked, license.Cancelled)
	})
	add("all-expired", "Every permit has ended; it needs no list to know.", invalid("validity", "expired"), func(d *draft) {
		for i := range d.license.Permits {
			d.license.Permits[i].ValidUntil = day("2026-11-23")
		}
		d.lists = []token{}
		d.states(license.Expired, license.Expired, license.Expired)
	})
	add("none-begun", "No permit has begun.", invalid("validity", "not_yet_valid"), func(d *draft) {
		for i := range d.license.Permits {
			d.license.Permits[i].ValidFrom = day("2026-11-25")
			d.license.Permits[i].ValidUntil = 0
		}
		d.states(license.NotYetValid, license.NotYetValid, license.NotYetValid)
	})
	add("first-second-after", "Midnight in Shanghai after the last day of the only permit.", invalid("validity", "expired"), func(d *draft) {
		d.license.Permits = d.license.Permits[:1]
		d.license.Permits[0].ValidUntil = day("2026-11-24")
		d.now = time.Date(2026, 11, 24, 16, 0, 0, 0, time.UTC)
	})
	add("last-second-before", "One second before the first day of the only permit.", invalid("validity", "not_yet_valid"), func(d *draft) {
		d.license.Permits = d.license.Permits[:1]
		d.license.Permits[0].ValidFrom = day("2026-11-25")
		d.now = time.Date(2026, 11, 24, 15, 59, 59, 0, time.UTC)
	})
	add("issued-in-future", "Dated tomorrow.", invalid("validity", "issued_in_future"), func(d *draft) { d.license.IssueDate = day("2026-11-25") })
	beyond := unknown("validity", "clock_beyond")
	add("clock-beyond", "The clock is past the last day that a license can name: nothing is said of days.", beyond, func(d *draft) { d.now = time.Date(2179, 6, 5, 16, 0, 0, 0, time.UTC) })
	add("clock-beyond-elsewhere", "The same, where an agreement recognises.", beyond, func(d *draft) {
		d.region = "330400"
		d.now = d.now.AddDate(200, 0, 0)
	})
	add("not-recognised", "Genuine, in a region that no agreement covers.", expectation{Outcome: "not_recognised", Check: "recognition", Reason: "no_agreement"}, func(d *draft) { d.region = "110105" })
	add("not-recognised-industry", "An industry that the agreement does not cover.", expectation{Outcome: "not_recognised", Check: "recognition", Reason: "industry_not_covered"}, func(d *draft) {
		d.region, d.license.Industry = "330400", "酒吧"
	})
	add("not-recognised-matter", "Matters that the agreement does not cover.", expectation{Outcome: "not_recognised", Check: "recognition", Reason: "matter_not_covered"}, func(d *draft) {
		d.region, d.license.Permits = "330400", d.license.Permits[1:]
	})
	add("not-recognised-agreement-ended", "The day after the agreement ended.", expectation{Outcome: "not_recognised", Check: "recognition", Reason: "agreement_not_in_force"}, func(d *draft) {
		d.region = "330400"
		d.world.Agreements[1].Until = day("2026-11-23")
	})
	add("authority-of-another-region", "Permits of an authority of another district.", expectation{Outcome: "not_recognised", Check: "recognition", Reason: "authority_of_other_region"}, func(d *draft) {
		d.license.Permits = []license.Permit{food("上海市静安区市场监督管理局")}
	})
	add("recognised-permit-revoked", "In Jiaxing, where the only matter that is covered was revoked: nothing of it counts.", expectation{Outcome: "not_recognised", Check: "recognition", Reason: "partly_recognised"}, func(d *draft) {
		d.region, d.values = "330400", []status.Value{0, status.Revoked}
	})
}
