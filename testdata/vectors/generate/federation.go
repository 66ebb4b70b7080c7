package main

import (
	"encoding/json"
	"errors"
	"slices"
	"time"

	"yizheng/license"
	"yizheng/trust"
	"yizheng/verifier/verifiertest"
)

// bundleFile is a trust.json to cut and to paste.
type bundleFile struct {
	Anchor json.RawMessage `json:"anchor"`
	Roots  []struct {
		Name      string            `json:"name"`
		Documents []json.RawMessage `json:"documents"`
	} `json:"roots"`
	Publications []map[string]json.RawMessage `json:"publications"`
}

// reshaped changes the trust.json after it was signed.
func (d *draft) reshaped(change func(*bundleFile)) {
	d.bundle = func(b []byte) []byte {
		var f bundleFile
		err := json.Unmarshal(b, &f)
		change(&f)
		out, encoding := json.MarshalIndent(f, "", " ")
		d.g.errs = append(d.g.errs, errors.Join(err, encoding))
		return out
	}
}

// The places of signers in the publications of the test world.
const (
	atDelta = iota
	atShanghai
	atZhejiang
)

func (d *draft) rotate(times int) {
	for range times {
		d.g.errs = append(d.g.errs, d.world.Root("delta").Rotate())
	}
}

// stated sets when the last statement of a signer was made.
func (d *draft) stated(path string, issued time.Time) {
	s := d.world.Signer(path)
	s.Statement = func(f *trust.Freshness) {
		f.Issued, f.Expires = issued, issued.Add(time.Duration(s.Signer.Online.Days)*24*time.Hour)
	}
}

// unnamed takes a document out of the statement of a signer.
func (d *draft) unnamed(path, typ string) {
	d.world.Signer(path).Statement = func(f *trust.Freshness) {
		f.Documents = slices.DeleteFunc(f.Documents, func(n trust.Named) bool { return n.Type == typ })
	}
}

func (d *draft) fault(signer, part, reason string) {
	d.faults = append(d.faults, expectedFault{signer, part, reason})
}

// validFederation are bundles of several signers, some of whom are wrong: the
// others are believed all the same.
func (g *generator) validFederation() {
	add := func(name, description string, change func(*draft)) { g.add("valid", name, description, good(), change) }
	add("root-rotated-twice", "The verifier was given version 1 of the root; version 3 signs by now.", func(d *draft) { d.rotate(2) })
	add("root-given-at-version-3", "The verifier was given version 3 of the root; the older ones are passed over.", func(d *draft) {
		d.rotate(2)
		d.world.Root("delta").Anchored = 3
	})
	add("root-given-at-version-2", "Version 2 of 3, without the first.", func(d *draft) {
		d.rotate(2)
		d.world.Root("delta").Anchored = 2
		d.reshaped(func(f *bundleFile) { f.Roots[0].Documents = f.Roots[0].Documents[1:] })
	})
	add("signed-half-a-year-ago", "The documents were signed half a year ago; an hour ago it was stated that they count.", func(d *draft) {
		d.world.Signed = d.now.AddDate(0, -6, 0)
	})
	add("statement-of-7-days", "One second before the statement of freshness ends.", func(d *draft) { d.trusted = d.now.Add(-7*24*time.Hour + time.Second) })
	add("statement-a-day-ahead", "The statement of freshness is dated a day ahead of the clock, which may be slow.", func(d *draft) {
		d.stated("delta/shanghai", d.now.Add(24*time.Hour))
	})
	add("another-list-refused", "The list of Zhejiang is broken; a license of Shanghai does not rest on it.", func(d *draft) {
		d.world.Issuer("330400").Keys[0].Use = "everything"
		d.fault("delta/zhejiang", "list", "trust_inconsistent")
	})
	add("another-list-missing", "Nothing of Zhejiang is held.", func(d *draft) {
		d.reshaped(func(f *bundleFile) { f.Publications = slices.Delete(f.Publications, atZhejiang, atZhejiang+1) })
	})
	add("another-root-refused", "The root of Beijing cannot be followed; the Delta does not rest on it.", func(d *draft) {
		d.world.Root("beijing").Sign = func(_ *trust.Root, by *[]*verifiertest.Key) { *by = (*by)[:1] }
		d.fault("beijing", "root", "trust_signature")
	})
	add("key-claimed-by-another", "Zhejiang lists the issuer's own key as that of a city of its own.", func(d *draft) {
		d.world.Issuer("330400").Keys[0] = d.issuer.Keys[0]
	})
	add("status-address-claimed-by-another", "Zhejiang lists the issuer's own addresses and status key for a city of its own.", func(d *draft) {
		other := d.world.Issuer("330400")
		other.StatusBase, other.VerifyURL, other.Keys[1] = d.issuer.StatusBase, d.issuer.VerifyURL, d.issuer.Keys[1]
	})
	add("region-claimed-by-another", "Zhejiang lists an issuer of Shanghai: its list is refused, and Shanghai's counts.", func(d *draft) {
		d.claim("delta/zhejiang", d.issuer.Issuer)
		d.fault("delta/zhejiang", "list", "trust_territory")
	})
	add("delegated-region-claimed-by-root", "The root itself lists an issuer for which it has named a delegate: its list is refused.", func(d *draft) {
		d.claim("delta", d.issuer.Issuer)
		d.fault("delta", "list", "trust_territory")
	})
}

// claim puts an entry on the list of a signer.
func (d *draft) claim(path string, entry trust.Issuer) {
	d.world.Signer(path).List = func(l *trust.List) { l.Issuers = append(l.Issuers, entry) }
}

// invalidFederation are documents that do not count, or no more.
func (g *generator) invalidFederation() {
	const hours = time.Hour
	refused := unknown("trust", "trust_list_refused")
	add := func(name, description string, e expectation, change func(*draft)) {
		g.add("invalid", name, description, e, change)
	}
	week := func(d *draft) { d.trusted = d.now.Add(-7 * 24 * hours) }
	add("freshness-expired", "The statement of freshness is seven days old.", unknown("trust", "freshness_expired"), week)
	add("freshness-expired-key-unknown", "With an expired statement, a key that is not on the list proves nothing.", unknown("trust", "freshness_expired"), func(d *draft) {
		week(d)
		c := must(d, d.issuer.Issue, d.license)
		c.KeyID = "AAAAAAAA"
		d.text = c.Text(d.issuer.VerifyURL)
	})
	add("freshness-expired-but-forged", "With an expired statement, a false signature is still false.", fake("signature", "signature_invalid"), func(d *draft) {
		week(d)
		c := must(d, d.issuer.Issue, d.license)
		c.Signature[5] ^= 1
		d.text = c.Text(d.issuer.VerifyURL)
	})
	add("freshness-of-the-root-expired", "The root has not stated for thirty days that it still counts, and so not whom it has named.", unknown("trust", "freshness_expired"), func(d *draft) {
		d.stated("delta", d.now.Add(-30*24*hours))
	})
	ahead := unknown("trust", "freshness_ahead")
	add("freshness-ahead", "The statement of freshness is dated more than a day ahead of the clock: it would keep an older list in force for longer than its days.", ahead, func(d *draft) {
		d.stated("delta/shanghai", d.now.Add(24*hours+time.Second))
	})
	add("freshness-of-the-root-ahead", "The same of the root's statement.", ahead, func(d *draft) {
		d.stated("delta", d.now.Add(330*24*hours))
	})
	add("freshness-missing", "No statement of freshness is held.", refused, func(d *draft) {
		d.reshaped(func(f *bundleFile) { delete(f.Publications[atShanghai], "freshness") })
		d.fault("delta/shanghai", "freshness", "trust_missing")
	})
	add("freshness-of-the-root-missing", "The root has stated nothing.", refused, func(d *draft) {
		d.reshaped(func(f *bundleFile) { f.Publications = slices.Delete(f.Publications, atDelta, atDelta+1) })
		d.fault("delta/shanghai", "freshness", "trust_missing")
	})
	add("freshness-by-a-signing-key", "A statement by a key that signs lists.", refused, func(d *draft) {
		s := d.world.Signer("delta/shanghai")
		s.Clerk = s.Private[0]
		d.fault("delta/shanghai", "freshness", "trust_signature")
	})
	add("freshness-too-long", "A statement for eight days, where its role has seven.", refused, func(d *draft) {
		d.world.Signer("delta/shanghai").Statement = func(f *trust.Freshness) { f.Expires = f.Issued.Add(8 * 24 * hours) }
		d.fault("delta/shanghai", "freshness", "trust_inconsistent")
	})
	add("freshness-of-another", "The statement of another signer.", refused, func(d *draft) {
		d.world.Signer("delta/shanghai").Statement = func(f *trust.Freshness) { f.Signer = "delta/zhejiang" }
		d.fault("delta/shanghai", "freshness", "trust_inconsistent")
	})
	add("list-not-named", "The statement does not name the list.", refused, func(d *draft) {
		d.unnamed("delta/shanghai", trust.TypeList)
		d.fault("delta/shanghai", "list", "trust_not_named")
	})
	add("list-not-the-one-named", "The statement names another list of the same number.", refused, func(d *draft) {
		d.world.Signer("delta/shanghai").Statement = func(f *trust.Freshness) {
			for i, n := range f.Documents {
				if n.Type == trust.TypeList {
					f.Documents[i].SHA256 = trust.Digest([]byte("another"))
				}
			}
		}
		d.fault("delta/shanghai", "list", "trust_not_named")
	})
	add("list-missing", "The statement names a list that is not there.", refused, func(d *draft) {
		d.reshaped(func(f *bundleFile) { delete(f.Publications[atShanghai], "list") })
		d.fault("delta/shanghai", "list", "trust_missing")
	})
	add("signer-missing", "Nothing of Shanghai is held, and the key is on no list.", unknown("trust", "trust_list_missing"), func(d *draft) {
		d.reshaped(func(f *bundleFile) { f.Publications = slices.Delete(f.Publications, atShanghai, atShanghai+1) })
	})
	add("list-by-the-online-key", "A list that the on-line role has signed.", refused, func(d *draft) {
		s := d.world.Signer("delta/shanghai")
		s.Private = []*verifiertest.Key{s.Clerk, s.Private[0]}
		d.fault("delta/shanghai", "list", "trust_signature")
	})
	add("list-by-one-of-two", "A list with one signature where two are asked for.", refused, func(d *draft) {
		s := d.world.Signer("delta/shanghai")
		s.Private = []*verifiertest.Key{s.Private[0], d.world.Signer("delta/zhejiang").Private[0]}
		d.fault("delta/shanghai", "list", "trust_signature")
	})
	add("list-of-another", "Shanghai has signed a list that calls itself Zhejiang's.", refused, func(d *draft) {
		d.world.Signer("delta/shanghai").List = func(l *trust.List) { l.Signer = "delta/zhejiang" }
		d.fault("delta/shanghai", "list", "trust_inconsistent")
	})
	add("list-key-of-two-issuers", "A key id stands in two entries of one list.", refused, func(d *draft) {
		d.issuer.Keys = append(d.issuer.Keys, d.world.Issuer("310106").Keys[0])
		d.fault("delta/shanghai", "list", "trust_inconsistent")
	})
	add("list-region-twice", "A region has two entries.", refused, func(d *draft) {
		d.claim("delta/shanghai", d.world.Issuer("310105").Issuer)
		d.fault("delta/shanghai", "list", "trust_inconsistent")
	})
	add("list-unknown-use", "A key for everything.", refused, func(d *draft) {
		d.issuer.Keys[0].Use = "everything"
		d.fault("delta/shanghai", "list", "trust_inconsistent")
	})
	add("list-term-of-two-years", "A list that is to count for two years.", refused, func(d *draft) {
		d.world.Signer("delta/shanghai").List = func(l *trust.List) { l.Expires = l.Issued.AddDate(2, 0, 0) }
		d.fault("delta/shanghai", "list", "trust_inconsistent")
	})
	add("trust-list-expired", "The list's own term has run out; that it is stated to count does not help.", unknown("trust", "trust_list_expired"), func(d *draft) {
		d.world.Signer("delta/shanghai").List = func(l *trust.List) { l.Expires = d.now }
	})
	add("root-expired", "The term of the root document has run out.", unknown("trust", "root_expired"), func(d *draft) {
		d.world.Root("delta").Sign = func(r *trust.Root, _ *[]*verifiertest.Key) { r.Expires = d.now }
	})
	add("trust-list-rolled-back", "A newer trust list was seen in an earlier run.", unknown("trust", "trust_rolled_back"), func(d *draft) {
		d.state = map[string]uint64{"trust:delta/shanghai:list": 8}
	})
	add("freshness-rolled-back", "A newer statement was seen in an earlier run.", unknown("trust", "trust_rolled_back"), func(d *draft) {
		d.state = map[string]uint64{"trust:delta/shanghai:freshness": 8}
	})
	add("root-rolled-back", "A newer version of the root was seen in an earlier run.", unknown("trust", "trust_rolled_back"), func(d *draft) {
		d.state = map[string]uint64{"trust:delta:root": 2}
	})
	g.brokenRoots(refused)
	add("delegate-out-of-territory", "Zhejiang lists a district of Guangdong: its whole list is refused.", refused, func(d *draft) {
		d.jiaxing()
		d.issuer.Dictionary = d.world.Issuer("310105").Dictionary // its own would come with the list
		entry := d.world.Issuer("110105").Issuer
		entry.Region = "440106"
		d.claim("delta/zhejiang", entry)
		d.fault("delta/zhejiang", "list", "trust_territory")
	})
	add("issuer-out-of-territory", "An issuer of Guangdong that only Zhejiang lists.", unknown("trust", "issuer_unknown"), func(d *draft) {
		d.by("110105", "restaurant-3-permits")
		d.license.Region = "440106"
		entry := d.issuer.Issuer
		entry.Region = "440106"
		d.world.Issuers = slices.DeleteFunc(d.world.Issuers, func(i *verifiertest.Issuer) bool { return i.Region == "110105" })
		d.claim("delta/zhejiang", entry)
		d.fault("delta/zhejiang", "list", "trust_territory")
	})
	add("issuer-beyond-the-anchor", "The root speaks for Jiaxing, but is believed here for Shanghai only.", unknown("trust", "issuer_unknown"), func(d *draft) {
		d.jiaxing()
		d.anchored("delta", "31")
	})
	add("authority-out-of-territory", "Zhejiang's directory names an authority of Shanghai: it is refused, and Shanghai's counts.",
		partly("status", "permits_not_in_force"), func(d *draft) {
			d.values = append(d.values, 0, 2)
			d.states(license.Suspended, license.Valid, license.Valid)
			for i, a := range d.world.Authorities {
				if a.Region == "330400" {
					d.world.Authorities[i].Region = "330402"
				}
			}
		})
}

// anchored has the root believed for these regions only.
func (d *draft) anchored(root string, territory ...string) {
	d.reshaped(func(f *bundleFile) {
		var a trust.Anchor
		d.g.errs = append(d.g.errs, json.Unmarshal(f.Anchor, &a))
		for i := range a.Roots {
			if a.Roots[i].Name == root {
				a.Roots[i].Territory = territory
			}
		}
		b, err := json.Marshal(a)
		f.Anchor = b
		d.g.errs = append(d.g.errs, err)
	})
}

// brokenRoots are chains of root documents that cannot be followed.
func (g *generator) brokenRoots(refused expectation) {
	add := func(name, description, reason string, change func(*draft)) {
		g.add("invalid", name, description, refused, func(d *draft) {
			change(d)
			d.fault("delta", "root", reason)
		})
	}
	second := func(change func(d *trust.Root, by *[]*verifiertest.Key)) func(*draft) {
		return func(d *draft) {
			d.rotate(1)
			d.world.Root("delta").Sign = func(r *trust.Root, by *[]*verifiertest.Key) {
				if r.Version == 2 {
					change(r, by)
				}
			}
		}
	}
	add("root-cross-signature-missing", "Version 2 is signed by its own keys, and by one of the two that version 1 asks for.", "trust_signature",
		second(func(_ *trust.Root, by *[]*verifiertest.Key) { *by = (*by)[:3] }))
	add("root-cross-signature-forged", "Version 2 is signed by its own keys, and in the place of the others by keys of nobody.", "trust_signature",
		second(func(_ *trust.Root, by *[]*verifiertest.Key) {
			for i := range 2 {
				if k, err := verifiertest.NewKey("ES256", string(rune('a'+i))); err == nil {
					(*by)[2+i] = k
				}
			}
		}))
	add("root-not-by-its-own-keys", "Version 2 is signed by the keys of version 1 alone: nobody has shown that the new ones are held.", "trust_signature",
		second(func(_ *trust.Root, by *[]*verifiertest.Key) { *by = (*by)[2:] }))
	add("root-version-skipped", "Version 3 stands right after version 1.", "trust_chain", func(d *draft) {
		d.rotate(2)
		d.reshaped(func(f *bundleFile) { f.Roots[0].Documents = slices.Delete(f.Roots[0].Documents, 1, 2) })
	})
	add("root-version-missing", "The version that was given by hand is not there.", "trust_chain", func(d *draft) {
		d.reshaped(func(f *bundleFile) { f.Roots[0].Documents = []json.RawMessage{} })
	})
	add("root-of-another-name", "The root goes by another name from version 2 on.", "trust_chain",
		second(func(r *trust.Root, _ *[]*verifiertest.Key) { r.Name = "delta-2" }))
	add("root-other-keys-than-given", "The first version names a key more than was given by hand.", "trust_chain", func(d *draft) {
		d.world.Root("delta").Sign = func(r *trust.Root, _ *[]*verifiertest.Key) {
			if k, err := verifiertest.NewKey("ES256", "one more"); err == nil {
				r.Keys = append(r.Keys, k.PublicKey())
			}
		}
	})
	add("root-delegates-too-much", "A delegate is to speak for regions for which the root itself does not.", "trust_territory", func(d *draft) {
		d.world.Signer("delta/zhejiang").Territory = trust.Territory{"33", "44"}
	})
	add("root-delegates-twice", "Two delegates are to speak for the same city.", "trust_inconsistent", func(d *draft) {
		d.world.Signer("delta/zhejiang").Territory = trust.Territory{"3101", "33"}
	})
	add("root-key-of-two-roles", "An on-line key of a delegate is one of the root's own.", "trust_inconsistent", func(d *draft) {
		s := d.world.Signer("delta/zhejiang")
		s.Signer.Online.Keys = d.world.Signer("delta").Keys[:1]
	})
}
