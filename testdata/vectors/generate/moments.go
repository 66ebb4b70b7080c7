package main

import (
	"time"

	"yizheng/license"
	"yizheng/payload"
	"yizheng/status"
	"yizheng/trust"
	"yizheng/verifier/verifiertest"
)

// then is the moment that most cases ask for: a day in August, at noon in
// Shanghai.
func then() time.Time { return time.Date(2026, 8, 1, 4, 0, 0, 0, time.UTC) }

// past is the list of the license's entries as they were at the moment that is
// asked for, as an issuer signs it today.
func (d *draft) past(values ...status.Value) token {
	s, err := d.issuer.List(d.license, 1, d.asOf, values...)
	d.note(err)
	return token{token: s}
}

// pastBy is a list of the moment by any key, in which nothing is assigned but
// the entries of the license.
func (d *draft) pastBy(k *verifiertest.Key) token {
	real := d.issuer.Status
	d.issuer.Status = k
	defer func() { d.issuer.Status = real }()
	return d.past()
}

// today adds today's list after those that are there.
func (d *draft) today(values ...status.Value) {
	d.values = values
	d.lists = append(d.lists, token{token: d.list(5)})
}

// moments are questions about the past: was it valid then?
func (g *generator) moments() {
	add := func(name, description string, e expectation, change func(*draft)) {
		g.add("as-of", name, description, e, func(d *draft) {
			d.asOf = then()
			d.shown("not_done", "as_of_past")
			change(d)
			if d.lists == nil {
				d.lists = []token{d.past()}
			}
		})
	}
	g.momentsOfAct(add)
	g.momentsOfDays(add)
	g.momentsUnknown(add)
	g.momentsOfKeys(add)
}

type adding = func(name, description string, e expectation, change func(*draft))

// momentsOfAct are about what authorities and issuer had done by then.
func (g *generator) momentsOfAct(add adding) {
	add("valid-then", "Valid then; no list of today is held, and none is asked for.", good(), func(*draft) {})
	add("revoked-since", "The license was withdrawn and its first permit revoked since: then it was valid.", good(), func(d *draft) {
		d.lists = []token{d.past()}
		d.today(status.Withdrawn, status.Revoked)
		d.states(license.Valid, license.Valid, license.Valid)
	})
	add("suspended-then", "A permit was suspended then; today all of it is in force.", partly("status", "permits_not_in_force"), func(d *draft) {
		d.lists = []token{d.past(0, status.Suspended)}
		d.today()
		d.states(license.Suspended, license.Valid, license.Valid)
	})
	add("withdrawn-then", "Withdrawn by then, whatever today's list says.", invalid("status", "withdrawn"), func(d *draft) {
		d.lists = []token{d.past(status.Withdrawn)}
		d.today()
		d.warns = []string{"permits_remain_in_force"}
	})
	add("superseded-since", "The issuer's record names a newer version of September: in August this one stood.", good(), func(d *draft) {
		d.lists = []token{d.past(), {token: d.versions("2026-06-03", "2026-09-01")}}
	})
	add("superseded-then", "The list of then says that a newer version existed.", invalid("status", "superseded"), func(d *draft) {
		d.lists = []token{d.past(status.Superseded), {token: d.versions("2026-06-03", "2026-07-01", "2026-09-01")}}
	})
	add("live-code", "A live code; nobody knows who showed what then.", good(), func(d *draft) { d.live(5 * time.Second) })
}

// versions is the issuer's record of a license whose versions were issued on
// these days.
func (d *draft) versions(days ...string) string {
	r := trust.Record{License: d.license.Identifier.Base(), Sequence: 2, Issued: d.listed}
	for n, issued := range days {
		id := d.license.Identifier
		id.Version = n + 1
		r.Versions = append(r.Versions, trust.Version{Identifier: id, Issued: day(issued)})
	}
	token, err := trust.BuildRecord(r, d.issuer.Record)
	d.note(err)
	return token
}

// momentsOfDays are about days: of issue, of permits, of agreements.
func (g *generator) momentsOfDays(add adding) {
	before := invalid("validity", "not_issued_then")
	add("day-before-issue", "The last second of the day before its issue; it needs no list to know.", before, func(d *draft) {
		d.asOf = time.Date(2026, 6, 2, 15, 59, 59, 0, time.UTC)
		d.lists = []token{}
		d.states(license.Unknown, license.Unknown, license.Unknown)
	})
	add("hour-before-issue", "On the day of issue, when its entries were nobody's yet.", before, func(d *draft) {
		d.asOf = time.Date(2026, 6, 3, 1, 0, 0, 0, time.UTC)
		d.lists = []token{d.past(status.Revoked, status.Revoked, status.Revoked, status.Revoked)}
	})
	add("nobodys-entry", "The day after its date its entries still read as nobody's.", invalid("status", "revoked"), func(d *draft) {
		d.asOf = time.Date(2026, 6, 4, 1, 0, 0, 0, time.UTC)
		d.lists = []token{d.past(status.Revoked, status.Revoked, status.Revoked, status.Revoked)}
	})
	add("expired-since", "A permit ended in September: in August it was in force.", good(), func(d *draft) {
		d.license.Permits[0].ValidUntil = day("2026-09-01")
	})
	add("last-second-then", "The last second of a permit's last day in Shanghai.", good(), func(d *draft) {
		d.license.Permits[0].ValidUntil = day("2026-08-01")
		d.asOf = time.Date(2026, 8, 1, 15, 59, 59, 0, time.UTC)
	})
	add("expired-then", "The first second after it.", partly("validity", "expired"), func(d *draft) {
		d.license.Permits[0].ValidUntil = day("2026-08-01")
		d.asOf = time.Date(2026, 8, 1, 16, 0, 0, 0, time.UTC)
		d.states(license.Expired, license.Valid, license.Valid)
	})
	add("not-yet-valid-then", "A permit that has begun since.", partly("validity", "not_yet_valid"), func(d *draft) {
		d.license.Permits[0].ValidFrom = day("2026-08-02")
		d.states(license.NotYetValid, license.Valid, license.Valid)
	})
	elsewhere := func(from, until string) func(*draft) {
		return func(d *draft) {
			d.region = "330400"
			a := &d.world.Agreements[1]
			a.Matters, a.From, a.Until = []string{"*"}, day(from), day(until)
		}
	}
	add("agreement-ended-since", "In Jiaxing, by an agreement that has ended since.", good(), func(d *draft) {
		elsewhere("2026-01-01", "2026-10-31")(d)
		d.warns = []string{"demonstration_basis"}
	})
	add("agreement-not-yet", "In Jiaxing, before the agreement that recognises it today.", expectation{Outcome: "not_recognised", Check: "recognition", Reason: "agreement_not_in_force"},
		elsewhere("2026-08-02", "2027-12-31"))
	copied := func(change func(*payload.Copy)) func(*draft) {
		return func(d *draft) {
			content := d.annotation()
			change(&content)
			d.attached(content, d.issuer.Presenter)
		}
	}
	add("copy-ended-since", "A derived copy that was good until the end of August.", good(), copied(func(c *payload.Copy) {
		c.Made, c.Until = then().Add(-time.Hour), day("2026-08-31")
	}))
	add("copy-made-since", "A derived copy that was made a second later.", before, copied(func(c *payload.Copy) { c.Made = then().Add(time.Second) }))
}

// momentsUnknown are those of which nothing is known.
func (g *generator) momentsUnknown(add adding) {
	missing := unknown("status", "history_missing")
	add("without-list", "No list of then is held: today's says nothing of it.", missing, func(d *draft) {
		d.today()
		d.states(license.Unknown, license.Unknown, license.Unknown)
	})
	add("a-second-earlier", "A list of one second before: much may be done in a second.", missing, func(d *draft) {
		d.asOf = then().Add(-time.Second)
		d.lists = []token{d.past()}
		d.asOf = then()
	})
	add("a-second-later", "A list of one second later.", missing, func(d *draft) {
		d.asOf = then().Add(time.Second)
		d.lists = []token{d.past()}
		d.asOf = then()
	})
	add("list-of-another-chunk", "The list of another chunk.", missing, func(d *draft) {
		index := d.license.StatusIndex
		d.license.StatusIndex += status.ChunkSize
		d.lists = []token{d.past()}
		d.license.StatusIndex = index
	})
	add("ahead", "A day that has not come yet, although somebody has signed a list of it.", unknown("status", "time_ahead"), func(d *draft) {
		d.asOf = d.now.Add(time.Second)
		d.states(license.Unknown, license.Unknown, license.Unknown)
	})
	add("ahead-and-expired", "A day ahead on which every permit will have ended: that is known.", invalid("validity", "expired"), func(d *draft) {
		d.asOf = d.now.AddDate(0, 0, 7)
		for i := range d.license.Permits {
			d.license.Permits[i].ValidUntil = day("2026-11-30")
		}
		d.states(license.Expired, license.Expired, license.Expired)
	})
	add("trust-expired", "Nobody has stated lately that the trust list counts: no answer, of then either.", unknown("trust", "freshness_expired"), func(d *draft) {
		d.trusted = d.now.Add(-7 * 24 * time.Hour)
	})
}

// momentsOfKeys are about who has signed the license, or the list of then. All
// keys count as they are known today.
func (g *generator) momentsOfKeys(add adding) {
	stolen := then().Add(24 * time.Hour)
	closed := func(onIt bool) func(*draft) {
		return func(d *draft) {
			d.closed(closing{of: d.ownClosing(stolen), others: 9}, onIt)
			d.lists[0] = d.past()
		}
	}
	add("key-closed-since", "Its key was stolen the next day and closed; it stands on the closing list.", good(), func(d *draft) {
		closed(true)(d)
		d.warns = []string{"key_closed"}
	})
	add("key-closed-since-not-listed", "The same, and it is not on the closing list: a list of then does not bring it back.", fake("trust", "backdated"), closed(false))
	add("key-closed-since-without-list", "The same, and the closing list is not held.", unknown("trust", "closing_list_missing"), func(d *draft) {
		closed(true)(d)
		d.lists = d.lists[:1]
	})
	add("list-by-the-next-key", "The list of then is signed by today's status key, which was not in use yet.", good(), func(d *draft) {
		d.issuer.Keys[1].NotBefore = day("2026-11-01")
	})
	refused := unknown("status", "status_list_key")
	add("list-by-a-retired-key", "The list of then is signed by a status key that signs no more: nobody knows when.", refused, func(d *draft) {
		d.issuer.Keys[1].NotAfter = day("2026-11-23")
	})
	add("list-by-the-license-key", "A list of then by the issuer's key for licenses.", refused, func(d *draft) { d.lists = []token{d.pastBy(d.issuer.Signer)} })
	add("list-of-another-issuer", "A list of then by the status key of another issuer.", refused, func(d *draft) {
		d.lists = []token{d.pastBy(d.world.Issuer("310106").Status)}
	})
	add("list-tampered-with", "One bit of the signature of the list of then is changed.", unknown("status", "status_list_signature"), func(d *draft) {
		t := []byte(d.past().token)
		t[len(t)-10] ^= 1
		d.lists = []token{{token: string(t)}}
	})
	add("forged", "A forged license under a genuine list of then.", fake("signature", "signature_invalid"), func(d *draft) {
		d.changed(func(c *payload.Code) { c.Signature[5] ^= 1 })
	})
}
