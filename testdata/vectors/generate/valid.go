package main

import (
	"fmt"
	"strings"
	"time"

	"yizheng/license"
	"yizheng/signature"
	"yizheng/status"
	"yizheng/trust"
	"yizheng/verifier/verifiertest"
)

var day = verifiertest.Day

func good() expectation { return expectation{Outcome: "valid"} }

func partly(check, reason string) expectation {
	return expectation{Outcome: "partially_valid", Check: check, Reason: reason}
}

// food is a permit of an authority anywhere.
func food(authority string) license.Permit {
	return license.Permit{Matter: "食品经营许可", Number: "JY23101140040138", Authority: authority, Scope: "热食类食品制售", ValidFrom: day("2026-01-01")}
}

func (d *draft) jingan() {
	d.by("310106", "restaurant-3-permits")
	d.license.Permits = []license.Permit{food("上海市静安区市场监督管理局")}
}

func (d *draft) jiaxing() {
	d.by("330400", "restaurant-3-permits")
	d.license.Permits = []license.Permit{food("嘉兴市市场监督管理局")}
	d.region = "330400"
}

// states says what is expected of each permit, all of them recognised.
func (d *draft) states(states ...license.State) {
	for _, s := range states {
		d.permits = append(d.permits, expectedPermit{State: s, Recognised: true})
	}
}

func (d *draft) compact(alg signature.Algorithm) string {
	return must(d, d.issuer.Issue, d.license).Compact(alg)
}

func (d *draft) digits() string { return must(d, d.issuer.Issue, d.license).Digits() }

// valid are genuine licenses of which at least one permit counts.
func (g *generator) valid() {
	for _, f := range []string{"convenience-store-8-permits", "restaurant-3-permits", "bookstore-cafe-5-permits", "gym-rare-characters"} {
		g.add("valid", f, "The license of the file of that name, by ES256.", good(), func(d *draft) { d.by("310105", f) })
	}
	add := func(name, description string, e expectation, change func(*draft)) {
		g.add("valid", name, description, e, change)
	}
	add("eddsa", "Signed by Ed25519; a license with one permit.", good(), (*draft).jinganAtHome)
	add("sm2", "Signed by SM2 with SM3; the dictionary comes with the trust list.", good(), (*draft).jiaxing)
	add("outside-the-delta-at-home", "An issuer outside the Delta, verified in its own region.", good(), func(d *draft) {
		d.by("110105", "restaurant-3-permits")
		d.license.Permits = []license.Permit{food("北京市朝阳区市场监督管理局")}
		d.region = "110105"
	})
	add("another-district", "Recognised in another district of the city by the citywide agreement.", good(), func(d *draft) { d.region = "310106" })
	add("the-city", "Recognised by a verifier of the city itself.", good(), func(d *draft) { d.region = "310000" })
	add("bare-digits", "The digits without an address.", good(), func(d *draft) { d.text = d.digits() })
	add("line-breaks", "A line break after every 80 digits, as a mail may put in.", good(), func(d *draft) {
		var b strings.Builder
		for i, c := range d.digits() {
			if i > 0 && i%80 == 0 {
				b.WriteString("\r\n")
			}
			b.WriteRune(c)
		}
		d.text = b.String()
	})
	add("blanks-around", "White space before and after.", good(), func(d *draft) { d.text = "\t " + d.issuer.VerifyURL + d.digits() + " \n" })
	add("query", "A query after the digits.", good(), func(d *draft) { d.text = d.issuer.VerifyURL + d.digits() + "?lang=en" })
	add("another-host", "The address is not the issuer's: worth a warning, no more.", good(), func(d *draft) {
		d.text = "https://somewhere.example/v/" + d.digits()
		d.warns = []string{"host_not_issuers"}
	})
	add("host-with-another-port", "The issuer's host, and a port that is not its scheme's: somebody else's, perhaps.", good(), func(d *draft) {
		d.text = "https://310105.example:8443/v/" + d.digits()
		d.warns = []string{"host_not_issuers"}
	})
	add("host-before-an-at-sign", "The issuer's host where the name of a user stands.", good(), func(d *draft) {
		d.text = "310105.example:443@somewhere.example/v/" + d.digits()
		d.warns = []string{"host_not_issuers"}
	})
	add("compact-es256", "The compact JWS in place of the digits.", good(), func(d *draft) { d.text = d.compact(signature.ES256) })
	add("compact-eddsa", "The compact JWS, by Ed25519.", good(), func(d *draft) { d.jinganAtHome(); d.text = d.compact(signature.EdDSA) })
	add("compact-sm2", "The compact JWS, by SM2.", good(), func(d *draft) { d.jiaxing(); d.text = d.compact(signature.SM2) })
	add("one-suspended", "One permit of three is suspended.", partly("status", "permits_not_in_force"), func(d *draft) {
		d.values = []status.Value{0, status.Suspended}
		d.states(license.Suspended, license.Valid, license.Valid)
	})
	add("every-state", "Eight permits, in every state that there is.", partly("status", "permits_not_in_force"), func(d *draft) {
		d.by("310105", "convenience-store-8-permits")
		d.license.Permits[5].ValidUntil = day("2026-11-23")
		d.license.Permits[6].ValidFrom = day("2026-11-25")
		d.values = []status.Value{0, status.Suspended, status.Revoked, status.Withdrawn, status.Cancelled}
		d.states(license.Suspended, license.Revoked, license.Withdrawn, license.Cancelled, license.Valid, license.Expired, license.NotYetValid, license.Valid)
	})
	add("one-expired", "One permit ended yesterday.", partly("validity", "expired"), func(d *draft) {
		d.license.Permits[0].ValidUntil = day("2026-11-23")
		d.states(license.Expired, license.Valid, license.Valid)
	})
	add("one-not-yet", "One permit begins tomorrow.", partly("validity", "not_yet_valid"), func(d *draft) {
		d.license.Permits[2].ValidFrom = day("2026-11-25")
		d.states(license.Valid, license.Valid, license.NotYetValid)
	})
	add("partly-recognised", "In Jiaxing, where the agreement covers one matter of three.", partly("recognition", "partly_recognised"), func(d *draft) {
		d.region = "330400"
		d.permits = []expectedPermit{
			{State: license.Valid, Recognised: true, Mode: trust.Full}, {State: license.Valid}, {State: license.Valid},
		}
		d.warns = []string{"demonstration_basis"}
	})
	add("last-second-of-a-permit", "One second before midnight in Shanghai of a permit's last day.", good(), func(d *draft) {
		d.license.Permits[0].ValidUntil = day("2026-11-24")
		d.now = time.Date(2026, 11, 24, 15, 59, 59, 0, time.UTC)
	})
	add("first-second-of-a-permit", "Midnight in Shanghai of a permit's first day.", good(), func(d *draft) {
		d.license.Permits[0].ValidFrom = day("2026-11-25")
		d.now = time.Date(2026, 11, 24, 16, 0, 0, 0, time.UTC)
	})
	add("issued-today", "Dated today.", good(), func(d *draft) { d.license.IssueDate = day("2026-11-24") })
	add("list-of-72-hours", "The status list is exactly as old as allowed.", good(), func(d *draft) { d.listed = d.now.Add(-72 * time.Hour) })
	add("clock-behind", "The clock is years behind; the list proves it.", good(), func(d *draft) {
		d.now = d.now.AddDate(-3, 0, 0)
		d.warns = []string{"clock_behind"}
	})
	add("newest-version", "The third version; the record names three.", good(), func(d *draft) {
		d.license.Identifier.Version = 3
		d.lists = []token{{token: d.list(5)}, {token: d.record(2, 3)}}
	})
	add("key-ended-since", "The key stopped signing the day after the license was issued.", good(), func(d *draft) {
		d.issuer.Keys[0].NotAfter = day("2026-06-04")
	})
	add("conditions-premises-commitment", "Every optional member of a permit.", good(), func(d *draft) {
		p := &d.license.Permits[0]
		p.Conditions, p.Premises, p.Commitment = "不得使用明火", d.license.Holder.Premises, true
	})
	add("no-term", "Permits without an end.", good(), func(d *draft) {
		for i := range d.license.Permits {
			d.license.Permits[i].ValidUntil = 0
		}
	})
	add("sixteen-permits", "A license with sixteen permits.", good(), func(d *draft) {
		d.by("310105", "convenience-store-8-permits")
		for i, p := range d.license.Permits {
			p.Number = fmt.Sprintf("%s-%d", p.Number, i)
			d.license.Permits = append(d.license.Permits, p)
		}
	})
	add("remembered-sequences", "The list has the sequence that is remembered.", good(), func(d *draft) {
		d.state = map[string]uint64{d.listName(): 5}
	})
	add("first-index", "The first entries of the first chunk.", good(), func(d *draft) { d.license.StatusIndex = 0 })
}

func (d *draft) jinganAtHome() {
	d.jingan()
	d.region = "310106"
}

// address is that of the license's list.
func (d *draft) address() string {
	chunk, _ := status.Locate(d.license.StatusIndex)
	return status.Address(d.issuer.StatusBase, chunk)
}

// listName is under which the sequence of that list is remembered.
func (d *draft) listName() string { return string(d.issuer.Region) + " " + d.address() }

// record signs the record of a license with so many versions.
func (d *draft) record(sequence uint64, versions int) string {
	s, err := d.issuer.Versions(d.license, sequence, d.listed, versions)
	if err != nil {
		d.g.errs = append(d.g.errs, err)
	}
	return s
}
