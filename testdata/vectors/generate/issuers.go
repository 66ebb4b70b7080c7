package main

import (
	"yizheng/license"
	"yizheng/signature"
	"yizheng/trust"
	"yizheng/verifier/verifiertest"
)

// invalidIssuers are codes that are well made, by or for the wrong one.
func (g *generator) invalidIssuers() {
	add := func(name, description string, e expectation, change func(*draft)) {
		g.add("invalid", name, description, e, change)
	}
	forge := func(d *draft, k *verifiertest.Key) {
		c, err := verifiertest.Seal(d.license, d.issuer.Dictionary, k)
		if err != nil {
			d.g.errs = append(d.g.errs, err)
		}
		d.text = c.Text(d.issuer.VerifyURL)
	}
	stranger := func(d *draft) *verifiertest.Key {
		k, err := verifiertest.NewKey(signature.ES256, "a forger")
		if err != nil {
			d.g.errs = append(d.g.errs, err)
		}
		return k
	}
	elsewhere := func(d *draft) {
		code, err := license.NewCreditCode("11440106MB0000001")
		if err != nil {
			d.g.errs = append(d.g.errs, err)
		}
		d.license.Region, d.license.Issuer = "440106", "广州市天河区政务服务中心"
		d.license.Identifier.Issuer, d.license.Identifier.Type = string(code), string(code)+"001"
	}
	add("key-of-nobody", "Signed by a key that is not on the list; the claims name an issuer that is.", fake("trust", "key_not_of_issuer"), func(d *draft) { forge(d, stranger(d)) })
	add("issuer-of-nobody", "Neither key nor issuer are on the list.", unknown("trust", "issuer_unknown"), func(d *draft) {
		elsewhere(d)
		forge(d, stranger(d))
	})
	add("code-of-a-known-issuer", "A region that is not on the list, with the credit code of an issuer that is.", fake("trust", "key_not_of_issuer"), func(d *draft) {
		d.license.Region = "440106"
		forge(d, stranger(d))
	})
	add("status-key", "Signed by the issuer's key for status lists.", fake("trust", "key_use"), func(d *draft) { forge(d, d.issuer.Status) })
	add("record-key", "Signed by the issuer's key for records.", fake("trust", "key_use"), func(d *draft) { forge(d, d.issuer.Record) })
	add("key-of-another-region", "An issuer on the list signs for a region that is not its own.", fake("trust", "issuer_region"), func(d *draft) { forge(d, d.world.Issuer("110105").Signer) })
	add("region-of-another", "The issuer's own key, the region of another.", fake("trust", "issuer_region"), func(d *draft) { d.license.Region = "310106" })
	add("name-of-another", "The issuer's own key and region, the name of another.", fake("trust", "issuer_mismatch"), func(d *draft) { d.license.Issuer = "上海市静安区行政服务中心" })
	add("issuer-code-of-another", "The identifier holds the code of another issuer.", fake("trust", "issuer_mismatch"), func(d *draft) {
		d.license.Identifier.Issuer = string(d.world.Issuer("310106").Code)
	})
	add("another-type", "The identifier holds another type of license.", fake("trust", "issuer_mismatch"), func(d *draft) {
		d.license.Identifier.Type = string(d.issuer.Code) + "002"
	})
	add("before-the-key", "Dated the day before the key began.", fake("trust", "key_not_valid_then"), func(d *draft) { d.issuer.Keys[0].NotBefore = day("2026-06-04") })
	add("after-the-key", "Dated the day after the key ended.", fake("trust", "key_not_valid_then"), func(d *draft) { d.issuer.Keys[0].NotAfter = day("2026-06-02") })
	add("before-the-entry", "Dated before the issuer's entry began.", fake("trust", "key_not_valid_then"), func(d *draft) { d.issuer.ValidFrom = day("2026-06-04") })
	add("after-the-entry", "Dated after the issuer's entry ended.", fake("trust", "key_not_valid_then"), func(d *draft) { d.issuer.ValidUntil = day("2026-06-02") })
	expired := unknown("trust", "freshness_expired")
	old := func(name, description string, e expectation, change func(*draft)) {
		add(name, description, e, func(d *draft) {
			d.trusted = d.now.AddDate(0, 0, -7)
			change(d)
		})
	}
	old("old-list-another-name", "Another name than on a trust list that counts no more: a newer one may have it.", expired, func(d *draft) { d.license.Issuer = "上海市长宁区数据局" })
	old("old-list-after-the-key", "The key had ended by a trust list that counts no more: a newer one may have given it a longer term.", expired, func(d *draft) { d.issuer.Keys[0].NotAfter = day("2026-06-02") })
	old("old-list-after-the-entry", "The same of the issuer's entry.", expired, func(d *draft) { d.issuer.ValidUntil = day("2026-06-02") })
	old("old-list-another-region", "A region is never another's, however old the list is.", fake("trust", "issuer_region"), func(d *draft) { d.license.Region = "310106" })
	add("abolished-region", "An issuer of a region that was abolished, on the list.", fake("trust", "region_abolished"), func(d *draft) { d.by("310108", "restaurant-3-permits") })
	add("abolished-region-closed", "The same, with a closing list that the verifier does not hold.", unknown("trust", "closing_list_missing"), func(d *draft) {
		d.by("310108", "restaurant-3-permits")
		d.issuer.Closing = trust.Digest([]byte("a closing list"))
	})
	add("key-closed", "The key was closed, and the verifier does not hold the list of what it may have signed.", unknown("trust", "closing_list_missing"), func(d *draft) {
		d.issuer.Keys[0].Closing = trust.Digest([]byte("a closing list"))
	})
	add("abolished-region-of-nobody", "An abolished region that is not on the list.", fake("trust", "region_abolished"), func(d *draft) {
		elsewhere(d)
		d.license.Region = "310119"
		forge(d, stranger(d))
	})
}
