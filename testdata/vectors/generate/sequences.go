package main

import (
	"yizheng/signature"
	"yizheng/trust"
	"yizheng/verifier/verifiertest"
)

// far is a sequence to which no honest list comes.
const far = 1 << 50

// remembered are cases about the sequences that were seen in earlier runs, by
// the keys that signed them.
func (g *generator) remembered() {
	next := func(d *draft) *verifiertest.Key {
		k, err := verifiertest.NewKey(signature.ES256, "310105 next status")
		if err != nil {
			d.g.errs = append(d.g.errs, err)
		}
		return k
	}
	// status exchanges the issuer's key for lists and gives the id of the former.
	status := func(d *draft) string {
		former := d.issuer.Status.PublicKey().KeyID()
		d.issuer.Status = next(d)
		d.issuer.Keys[1].PublicKey = d.issuer.Status.PublicKey()
		return former
	}
	own := func(d *draft) string { return d.issuer.Status.PublicKey().KeyID() }
	seen := func(d *draft, name string, sequence uint64, by ...string) {
		if d.state == nil {
			d.state = make(map[string]uint64)
		}
		for _, id := range by {
			d.state[name+" by "+id] = sequence
		}
	}
	const freshness, list = "trust:delta/shanghai:freshness", "trust:delta/shanghai:list"
	ids := func(d *draft) (all []string) {
		for _, k := range d.world.Signer("delta/shanghai").Keys {
			all = append(all, k.KeyID())
		}
		return all
	}
	for _, c := range []struct {
		folder, name, description string
		e                         expectation
		change                    func(*draft)
	}{
		{"valid", "list-after-a-stolen-key", "A thief of the status key has signed a very high sequence; the key is off the trust list, and the list is by the one that followed.",
			good(), func(d *draft) { seen(d, d.listName(), far, status(d)) }},
		{"valid", "list-of-the-sequence-seen", "The list has the sequence that is remembered of its key.", good(), func(d *draft) { seen(d, d.listName(), 5, own(d)) }},
		{"valid", "list-seen-before-keys-were-kept", "A sequence that is remembered without a key, and since then by a key that is on no list: the former is known to have been that key's.",
			good(), func(d *draft) {
				seen(d, d.listName(), far, status(d))
				d.state[d.listName()] = far
			}},
		{"valid", "record-after-a-stolen-key", "A thief of the record key has signed a very high sequence; the key is off the trust list.", good(), func(d *draft) {
			seen(d, string(d.issuer.Region)+" "+d.license.Identifier.Base(), far, d.issuer.Record.PublicKey().KeyID())
			d.issuer.Record = next(d)
			d.issuer.Keys[2].PublicKey = d.issuer.Record.PublicKey()
			d.lists = []token{{token: d.list(5)}, {token: d.record(2, 1)}}
		}},
		{"valid", "statement-after-a-stolen-key", "A thief of the on-line key has stated a very high sequence; the key was exchanged.", good(), func(d *draft) { seen(d, freshness, far, "AAAAAAAA") }},
		{"valid", "trust-list-by-one-and-a-former-key", "One key of the signer's and one that was exchanged have signed a very high list; two must sign.",
			good(), func(d *draft) { seen(d, list, far, ids(d)[0], "AAAAAAAA") }},
		{"invalid", "list-older-than-remembered-of-its-key", "A newer list by the key in use was seen in an earlier run.",
			unknown("status", "status_list_rolled_back"), func(d *draft) { seen(d, d.listName(), 6, own(d)) }},
		{"invalid", "list-older-than-remembered-without-a-key", "A sequence that is remembered without a key, and a lower one by a key that is on no list.",
			unknown("status", "status_list_rolled_back"), func(d *draft) {
				seen(d, d.listName(), 5, status(d))
				d.state[d.listName()] = 6
			}},
		{"invalid", "list-by-a-closed-key", "The key for lists bears a closing list: it signs none that counts.", unknown("status", "status_list_key"), func(d *draft) {
			d.issuer.Keys[1].Closing = trust.Digest([]byte("a closing list"))
		}},
		{"invalid", "statement-older-than-remembered-of-its-key", "A newer statement by the key in use was seen in an earlier run.", unknown("trust", "trust_rolled_back"), func(d *draft) {
			seen(d, freshness, 8, d.world.Signer("delta/shanghai").Clerk.PublicKey().KeyID())
		}},
		{"invalid", "trust-list-older-than-remembered-of-two", "A newer trust list by two of the signer's keys was seen in an earlier run.",
			unknown("trust", "trust_rolled_back"), func(d *draft) { seen(d, list, 8, ids(d)[:2]...) }},
	} {
		g.add(c.folder, c.name, c.description, c.e, c.change)
	}
}
