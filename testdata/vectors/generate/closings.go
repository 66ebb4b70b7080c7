package main

import (
	"crypto/sha256"
	"fmt"
	"slices"
	"time"

	"yizheng/license"
	"yizheng/trust"
	"yizheng/verifier/verifiertest"
)

// closing is a closing list in the making.
type closing struct {
	of     trust.ClosingList
	others int                 // licenses on it beside ours
	spoil  func([]byte) []byte // changes list or chunk before they are named
	held   func(list []byte, chunks [][]byte) [][]byte
}

// closed closes the key of the license by a list, or its whole entry where the
// list names no key; the license stands on it where onIt says so.
func (d *draft) closed(c closing, onIt bool) {
	var sums [][sha256.Size]byte
	for n := range c.others {
		sums = append(sums, sha256.Sum256(fmt.Appendf(nil, "license %d", n)))
	}
	key := d.issuer.Signer.PublicKey()
	if onIt {
		code := must(d, d.issuer.Issue, d.license)
		sums = append(sums, sha256.Sum256(code.SigningInput(key.Algorithm())))
	}
	if c.of.Region == "" {
		c.of.Region = d.issuer.Region
	}
	c.of.Issued = d.trusted.UTC()
	list, chunks, err := trust.BuildClosing(c.of, sums)
	if err != nil {
		d.g.errs = append(d.g.errs, err)
		return
	}
	if c.spoil != nil {
		list = c.spoil(list)
	}
	if c.of.Key == "" {
		d.issuer.Closing = trust.Digest(list)
	} else {
		d.issuer.Keys[0].Closing = trust.Digest(list)
	}
	d.lists = []token{{token: d.list(5)}}
	parts := append([][]byte{list}, chunks...)
	if c.held != nil {
		parts = c.held(list, chunks)
	}
	for _, part := range parts {
		d.lists = append(d.lists, token{token: string(part), part: true})
	}
}

// ownClosing is a list for the key of the license.
func (d *draft) ownClosing(since time.Time) trust.ClosingList {
	return trust.ClosingList{Key: d.issuer.Signer.PublicKey().KeyID(), Since: since}
}

// closings are licenses whose key was closed, or whose region was abolished.
func (g *generator) closings() {
	stolen := verifiertest.Now().Add(-24 * time.Hour).UTC().Truncate(time.Second)
	good := func(name, description string, change func(*draft)) {
		g.add("valid", name, description, expectation{Outcome: "valid"}, func(d *draft) {
			d.warns = []string{"key_closed"}
			change(d)
		})
	}
	bad := func(name, description string, e expectation, change func(*draft)) {
		g.add("invalid", name, description, e, change)
	}
	good("closed-key", "The key was stolen and closed; the license stands on the closing list.", func(d *draft) {
		d.closed(closing{of: d.ownClosing(stolen), others: 9}, true)
	})
	good("closed-key-retired", "The key was closed without anybody having had it.", func(d *draft) {
		d.closed(closing{of: d.ownClosing(time.Time{})}, true)
	})
	good("closed-key-chunk", "Of a list of four chunks the one that tells is held.", func(d *draft) {
		d.closed(closing{of: d.ownClosing(stolen), others: 5000, held: func(list []byte, chunks [][]byte) [][]byte {
			return [][]byte{list, d.chunkOf(chunks)}
		}}, true)
	})
	good("closed-region", "The region was abolished; the license stands on the closing list of its entry.", func(d *draft) {
		d.by("310108", "restaurant-3-permits")
		for n := range d.license.Permits { // of offices that are gone as well
			d.license.Permits[n].Authority = "上海市闸北区市场监督管理局"
		}
		d.closed(closing{others: 9}, true)
	})
	bad("closed-key-backdated", "Not on the list, and dated before the theft: by a thief who dated it back.", fake("trust", "backdated"), func(d *draft) {
		d.closed(closing{of: d.ownClosing(stolen), others: 9}, false)
	})
	bad("closed-key-after-the-theft", "Not on the list, and dated after the theft.", fake("trust", "not_on_closing_list"), func(d *draft) {
		d.closed(closing{of: d.ownClosing(d.license.IssueDate.Start().UTC()), others: 9}, false)
	})
	bad("closed-key-empty-list", "The register knows nothing by this key.", fake("trust", "not_on_closing_list"), func(d *draft) {
		d.closed(closing{of: d.ownClosing(time.Time{})}, false)
	})
	bad("closed-key-old-list", "Not on the list, and the trust list that names it counts no more: a newer one may name a longer list.", unknown("trust", "freshness_expired"), func(d *draft) {
		d.trusted = d.now.AddDate(0, 0, -7)
		d.closed(closing{of: d.ownClosing(stolen), others: 9}, false)
	})
	bad("closed-region-not-listed", "Of an abolished region, and not on the list of its entry.", fake("trust", "not_on_closing_list"), func(d *draft) {
		d.by("310108", "restaurant-3-permits")
		d.closed(closing{others: 9}, false)
	})
	bad("closed-key-without-chunk", "The list is held, the chunk that would tell is not.", unknown("trust", "closing_list_missing"), func(d *draft) {
		d.closed(closing{of: d.ownClosing(stolen), others: 5000, held: func(list []byte, chunks [][]byte) [][]byte {
			ours := d.chunkOf(chunks)
			others := slices.DeleteFunc(slices.Clone(chunks), func(c []byte) bool { return string(c) == string(ours) })
			return append([][]byte{list}, others[0])
		}}, true)
	})
	bad("closed-key-chunk-changed", "One bit of the chunk is changed, so that it is nobody's.", unknown("trust", "closing_list_missing"), func(d *draft) {
		d.closed(closing{of: d.ownClosing(stolen), others: 9, held: func(list []byte, chunks [][]byte) [][]byte {
			other := slices.Clone(chunks[0])
			other[0] ^= 1
			return [][]byte{list, other}
		}}, true)
	})
	bad("closed-key-list-of-a-thief", "A list that holds the license and that no trust list names.", unknown("trust", "closing_list_missing"), func(d *draft) {
		d.closed(closing{of: d.ownClosing(stolen), others: 9}, true)
		d.issuer.Keys[0].Closing = trust.Digest([]byte("the true list"))
	})
	bad("closed-key-list-of-another-key", "The list that is named is of another key.", unknown("trust", "closing_list_refused"), func(d *draft) {
		d.closed(closing{of: trust.ClosingList{Key: d.issuer.Status.PublicKey().KeyID()}, others: 9}, true)
	})
	bad("closed-key-list-of-another-region", "The list that is named is of another region.", unknown("trust", "closing_list_refused"), func(d *draft) {
		of := d.ownClosing(stolen)
		of.Region = "310106"
		d.closed(closing{of: of, others: 9}, true)
	})
	bad("closed-key-list-malformed", "What is named is no closing list.", unknown("trust", "closing_list_refused"), func(d *draft) {
		d.closed(closing{of: d.ownClosing(stolen), others: 9, spoil: func(list []byte) []byte { return append(list, '}') }}, true)
	})
}

// chunkOf finds the chunk that holds the license of the draft.
func (d *draft) chunkOf(chunks [][]byte) []byte {
	code := must(d, d.issuer.Issue, d.license)
	sum := sha256.Sum256(code.SigningInput(d.issuer.Signer.PublicKey().Algorithm()))
	for _, chunk := range chunks {
		if trust.ClosingChunk(chunk).Has(sum) {
			return chunk
		}
	}
	d.g.errs = append(d.g.errs, fmt.Errorf("no chunk holds the license %s of %s", d.license.Identifier, license.Region(d.issuer.Region)))
	return nil
}
