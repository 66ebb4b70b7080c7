package main

import (
	"bytes"
	"time"

	"yizheng/license"
	"yizheng/status"
	"yizheng/trust"
	"yizheng/verifier/verifiertest"
)

// invalidLists are genuine licenses with lists that do not help, and lists
// that are bad enough to know.
func (g *generator) invalidLists() {
	const hours = time.Hour
	gap := func(reason string) expectation { return unknown("status", reason) }
	add := func(name, description string, e expectation, change func(*draft)) {
		g.add("invalid", name, description, e, change)
	}
	by := func(subject func(*draft) string, key func(*draft) *verifiertest.Key) func(*draft) {
		return func(d *draft) {
			s, err := status.Build(status.Config{
				Subject: subject(d), IssuedAt: d.listed, Lifetime: 24 * hours, TTL: hours, Sequence: 9, Values: map[uint32]status.Value{},
			}, key(d))
			if err != nil {
				d.g.errs = append(d.g.errs, err)
			}
			d.lists = []token{{token: s}}
		}
	}
	own := (*draft).address
	add("no-list", "No status list is held.", gap("status_list_missing"), func(d *draft) {
		d.lists = []token{}
		d.states(license.Unknown, license.Unknown, license.Unknown)
	})
	add("list-too-old", "One second older than 72 hours.", gap("status_list_too_old"), func(d *draft) { d.listed = d.now.Add(-72*hours - time.Second) })
	add("list-expired", "Past the list's own end.", gap("status_list_expired"), func(d *draft) { d.listed = d.now.Add(-8 * 24 * hours) })
	add("list-expired-but-bad", "Past its end, and it says withdrawn: bad stays bad.", invalid("status", "withdrawn"), func(d *draft) {
		d.listed = d.now.Add(-8 * 24 * hours)
		d.values = []status.Value{status.Withdrawn}
	})
	overEdge := func(lower, upper time.Duration) func(*draft) {
		return func(d *draft) {
			d.license.StatusIndex = status.Index(7, status.ChunkSize-2)
			d.lists = nil
			for n, age := range []time.Duration{upper, lower} { // in which order they are given decides nothing
				s, err := d.issuer.ListOf(uint32(8-n), d.license, 5, d.now.Add(-age))
				if err != nil {
					d.g.errs = append(d.g.errs, err)
				}
				d.lists = append(d.lists, token{token: s})
			}
		}
	}
	add("lists-expired-and-too-old", "The entries run over the edge of a chunk. The lower chunk's list is past its end, the upper one's too old: the lower one is told.",
		gap("status_list_expired"), overEdge(8*24*hours, 73*hours))
	add("lists-too-old-and-expired", "The same, and the lower chunk's list is the one that is too old.",
		gap("status_list_too_old"), overEdge(73*hours, 8*24*hours))
	add("list-of-another-issuer", "Signed by the status key of another issuer.", gap("status_list_key"),
		by(own, func(d *draft) *verifiertest.Key { return d.world.Issuer("110105").Status }))
	add("list-by-the-license-key", "Signed by the issuer's key for licenses.", gap("status_list_key"),
		by(own, func(d *draft) *verifiertest.Key { return d.issuer.Signer }))
	add("list-of-another-chunk", "The list of one chunk in the place of another.", gap("status_list_address"), func(d *draft) {
		chunk, _ := status.Locate(d.license.StatusIndex)
		by(func(*draft) string { return status.Address(d.issuer.StatusBase, chunk+1) }, func(*draft) *verifiertest.Key { return d.issuer.Status })(d)
		d.lists[0].uri = d.address()
	})
	add("list-rolled-back", "An older list after a newer one that says withdrawn.", invalid("status", "withdrawn"), func(d *draft) {
		old := d.list(4)
		d.values = []status.Value{status.Withdrawn}
		d.lists = []token{{token: d.list(5)}, {token: old}}
	})
	add("list-older-than-remembered", "A newer one was seen in an earlier run.", gap("status_list_rolled_back"), func(d *draft) {
		d.state = map[string]uint64{d.listName(): 6}
	})
	add("list-tampered-with", "One bit of the list's signature is changed.", gap("status_list_signature"), func(d *draft) {
		b := []byte(d.list(5))
		b[len(b)-10] ^= 1
		d.lists = []token{{token: string(b)}}
	})
	add("list-unreadable", "The list is no token at all.", gap("status_list_malformed"), func(d *draft) {
		d.lists = []token{{uri: d.address(), token: "no list"}}
	})
	add("entry-of-nobody", "The index points at entries that were never assigned: they read revoked.", invalid("status", "revoked"), func(d *draft) {
		d.lists = []token{{token: d.list(5)}}
		d.license.StatusIndex += 1000
	})
	add("list-before-issue", "The license was issued today, after the list was made: its entries read as nobody's.", gap("status_list_before_issue"), func(d *draft) {
		d.listed = d.now.Add(-hours)
		d.lists = []token{{token: d.list(5)}}
		d.license.StatusIndex += 1000
		d.license.IssueDate = license.DateOf(d.now)
	})
	add("list-before-issue-but-bad", "The list is of the day of issue and says withdrawn: bad stays bad.", invalid("status", "withdrawn"), func(d *draft) {
		d.listed = d.now.Add(-hours)
		d.values = []status.Value{status.Withdrawn}
		d.license.IssueDate = license.DateOf(d.now)
	})
	add("index-beyond-every-list", "The entries would lie past the last index.", gap("status_index_invalid"), func(d *draft) {
		d.lists = []token{{token: d.list(5)}}
		d.license.StatusIndex = 1<<32 - 2
	})
	add("record-by-the-status-key", "A record by the wrong key says that the license is superseded: it is not taken, and nothing else is held.", gap("status_list_missing"), func(d *draft) {
		d.issuer.Record = d.issuer.Status
		d.lists = []token{{token: d.record(2, 2)}}
	})
}

// invalidTrust are trust bundles that must not load.
func (g *generator) invalidTrust() {
	add := func(name, description, reason string, change func(*draft)) {
		g.add("invalid", name, description, expectation{Trust: reason}, change)
	}
	add("trust-member-twice", "The bundle has two lists of roots.", "trust_malformed", func(d *draft) {
		d.bundle = func(b []byte) []byte { return append([]byte(`{"roots":[],`), b[1:]...) }
	})
	add("trust-unknown-member", "The bundle has a member that it should not have.", "trust_malformed", func(d *draft) {
		d.bundle = func(b []byte) []byte { return append([]byte(`{"trusted":true,`), b[1:]...) }
	})
	add("trust-null", "A member is null, which is not the same as absent.", "trust_malformed", func(d *draft) {
		d.bundle = func(b []byte) []byte {
			return bytes.Replace(b, []byte(`"publications": [`), []byte(`"publications": [null,`), 1)
		}
	})
	add("trust-roots-of-one-region", "The anchor believes two roots for the same region.", "trust_inconsistent", func(d *draft) {
		d.world.Signer("beijing").Territory = trust.Territory{"11", "3101"}
	})
	add("trust-roots-of-one-name", "The anchor has two roots of one name.", "trust_inconsistent", func(d *draft) {
		d.bundle = func(b []byte) []byte {
			return bytes.Replace(b, []byte(`"name": "beijing"`), []byte(`"name": "delta"`), 1)
		}
	})
	add("trust-root-threshold", "The anchor asks for four signatures of three keys.", "trust_inconsistent", func(d *draft) {
		d.bundle = func(b []byte) []byte { return bytes.Replace(b, []byte(`"threshold": 2`), []byte(`"threshold": 4`), 1) }
	})
	add("trust-no-roots", "The anchor has no root.", "trust_inconsistent", func(d *draft) { d.world.Roots = nil })
	add("trust-nothing-left", "Nothing that any root says can be believed.", "trust_signature", func(d *draft) {
		d.bundle = func(b []byte) []byte { return bytes.ReplaceAll(b, []byte(`"threshold": 2`), []byte(`"threshold": 3`)) }
	})
	add("trust-cut-off", "The bundle ends too soon.", "trust_malformed", func(d *draft) {
		d.bundle = func(b []byte) []byte { return b[:len(b)-2] }
	})
}
