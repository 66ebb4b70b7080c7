package main

import (
	"time"

	"yizheng/payload"
	"yizheng/signature"
	"yizheng/status"
	"yizheng/verifier/verifiertest"
)

// shown says what is expected of the presentation check.
func (d *draft) shown(status, reason string) {
	d.presentation = &expectedCheck{Status: status, Reason: reason}
}

// live makes the text a live code that was made at an instant before now.
func (d *draft) live(ago time.Duration) {
	c, err := d.issuer.Live(d.license, d.now.Add(-ago))
	d.note(err)
	d.text = c.Text(d.issuer.VerifyURL)
}

// attached makes the text the license with a statement by any key.
func (d *draft) attached(content payload.Content, k *verifiertest.Key) payload.Code {
	c, err := verifiertest.Attach(must(d, d.issuer.Issue, d.license), content, k)
	d.note(err)
	d.text = c.Text(d.issuer.VerifyURL)
	return c
}

func (d *draft) note(err error) {
	if err != nil {
		d.g.errs = append(d.g.errs, err)
	}
}

func (d *draft) forger() *verifiertest.Key {
	k, err := verifiertest.NewKey(signature.ES256, "a forger")
	d.note(err)
	return k
}

func (d *draft) annotation() payload.Copy {
	return payload.Copy{Made: d.now.Add(-time.Hour), Until: day("2026-11-25"), Recipient: "某银行长宁支行", Purpose: "开立单位银行结算账户"}
}

// statements are live codes and derived copies, good and bad.
func (g *generator) statements() {
	g.liveCodes()
	g.copies()
}

func (g *generator) liveCodes() {
	add := func(name, description, status, reason string, change func(*draft)) {
		g.add("valid", name, description, good(), func(d *draft) {
			change(d)
			d.shown(status, reason)
		})
	}
	fresh := func(d *draft) { d.live(5 * time.Second) }
	add("live", "A live code, five seconds old.", "passed", "", fresh)
	add("live-eddsa", "A live code by Ed25519.", "passed", "", func(d *draft) { d.jinganAtHome(); fresh(d) })
	add("live-sm2", "A live code by SM2.", "passed", "", func(d *draft) { d.jiaxing(); fresh(d) })
	add("live-bare", "The digits of a live code without an address.", "passed", "", func(d *draft) {
		c, err := d.issuer.Live(d.license, d.now)
		d.note(err)
		d.text = c.Digits()
	})
	add("live-last-second", "39 seconds old: the last second in which it passes.", "passed", "", func(d *draft) { d.live(39 * time.Second) })
	add("live-stale", "40 seconds old: the first second in which it does not.", "failed", "presentation_stale", func(d *draft) { d.live(40 * time.Second) })
	add("live-photograph", "A live code of a minute ago.", "failed", "presentation_stale", func(d *draft) { d.live(time.Minute) })
	add("live-clock-slow-a-little", "Ten seconds ahead of the clock, which may be.", "passed", "", func(d *draft) { d.live(-10 * time.Second) })
	add("live-ahead", "Eleven seconds ahead of the clock: the clock is slow.", "not_done", "presentation_ahead", func(d *draft) { d.live(-11 * time.Second) })
	add("live-clock-behind", "The list proves the clock an hour slow, so nothing can be said.", "not_done", "clock_behind", func(d *draft) {
		d.live(time.Hour)
		d.listed = d.now
		d.now = d.now.Add(-time.Hour)
		d.warns = []string{"clock_behind"}
	})
	add("live-forged-key", "A presentation by a key that is not on the list.", "failed", "statement_key", func(d *draft) {
		d.attached(payload.Presentation{At: d.now}, d.forger())
	})
	add("live-license-key", "A presentation by the issuer's key for licenses.", "failed", "statement_key", func(d *draft) {
		d.attached(payload.Presentation{At: d.now}, d.issuer.Signer)
	})
	add("live-key-of-another-issuer", "A presentation by another issuer's key for presentations.", "failed", "statement_key", func(d *draft) {
		d.attached(payload.Presentation{At: d.now}, d.world.Issuer("310106").Presenter)
	})
	add("live-of-another-license", "The presentation of another license.", "failed", "statement_signature", func(d *draft) {
		other := must(d, d.issuer.License, "gym-rare-characters")
		c, err := d.issuer.Live(other, d.now)
		d.note(err)
		d.changed(func(own *payload.Code) { own.Statement = c.Statement })
	})
	add("live-made-fresh", "An old presentation with its instant changed to now.", "failed", "statement_signature", func(d *draft) {
		c := d.attached(payload.Presentation{At: d.now.Add(-time.Hour)}, d.issuer.Presenter)
		c.Statement.Content = payload.Presentation{At: d.now}
		d.text = c.Text(d.issuer.VerifyURL)
	})
	add("live-high-s", "The twin of the presentation's signature.", "failed", "statement_signature", func(d *draft) {
		c := d.attached(payload.Presentation{At: d.now}, d.issuer.Presenter)
		c.Statement.Signature = verifiertest.Twin(c.Statement.Signature)
		d.text = c.Text(d.issuer.VerifyURL)
	})
	bad := func(name, description string, e expectation, change func(*draft)) {
		g.add("invalid", name, description, e, change)
	}
	bad("live-truncated", "A live code without its last forty digits.", unreadable(), func(d *draft) {
		fresh(d)
		d.text = d.text[:len(d.text)-40]
	})
	bad("live-kind-unknown", "A statement of a kind that does not exist yet, here the bytes of a license alone: update.", unknown("format", "version_unknown"), func(d *draft) {
		d.jinganAtHome()
		d.text = renumbered("862" + body(d.digits())[3:])
	})
	bad("live-license-forged", "A fresh presentation of a forged license.", fake("signature", "signature_high_s"), func(d *draft) {
		c := must(d, d.issuer.Issue, d.license)
		c.Signature = verifiertest.Twin(c.Signature)
		c, err := verifiertest.Attach(c, payload.Presentation{At: d.now}, d.issuer.Presenter)
		d.note(err)
		d.text = c.Text(d.issuer.VerifyURL)
		d.shown("not_done", "")
	})
}

func (g *generator) copies() {
	add := func(name, description string, change func(*draft)) { g.add("valid", name, description, good(), change) }
	bad := func(name, description string, e expectation, change func(*draft)) {
		g.add("invalid", name, description, e, change)
	}
	copied := func(change func(*payload.Copy)) func(*draft) {
		return func(d *draft) {
			content := d.annotation()
			change(&content)
			d.attached(content, d.issuer.Presenter)
		}
	}
	add("copy", "A derived copy made by the holder.", copied(func(*payload.Copy) {}))
	add("copy-by-the-office", "A derived copy made by the office.", copied(func(c *payload.Copy) { c.Maker = "上海市长宁区行政服务中心" }))
	add("copy-last-second", "One second before midnight in Shanghai of its last day.", func(d *draft) {
		copied(func(c *payload.Copy) { c.Until = day("2026-11-24") })(d)
		d.now = time.Date(2026, 11, 24, 15, 59, 59, 0, time.UTC)
	})
	bad("copy-expired", "Midnight in Shanghai after its last day.", expectation{Outcome: "invalid", Check: "validity", Reason: "derived_copy_expired"}, func(d *draft) {
		copied(func(c *payload.Copy) { c.Until = day("2026-11-24") })(d)
		d.now = time.Date(2026, 11, 24, 16, 0, 0, 0, time.UTC)
	})
	bad("copy-made-tomorrow", "A derived copy of tomorrow.", expectation{Outcome: "invalid", Check: "validity", Reason: "issued_in_future"}, copied(func(c *payload.Copy) {
		c.Made = c.Made.Add(24 * time.Hour)
	}))
	bad("copy-forged-key", "An annotation by a key that is not on the list.", fake("trust", "statement_key"), func(d *draft) { d.attached(d.annotation(), d.forger()) })
	bad("copy-clock-behind", "An annotation by a key that is not on the list, by a clock by which the list counts still; the status list proves that it does not, and a newer one may name the key.", unknown("trust", "freshness_expired"), func(d *draft) {
		d.attached(d.annotation(), d.forger())
		d.trusted = d.now.AddDate(0, 0, -40)
		d.now = d.now.AddDate(0, 0, -39)
		d.warns = []string{"clock_behind"}
	})
	bad("copy-license-key", "An annotation by the issuer's key for licenses.", fake("trust", "statement_key"), func(d *draft) { d.attached(d.annotation(), d.issuer.Signer) })
	change := func(f func(*payload.Copy)) func(*draft) {
		return func(d *draft) {
			c := d.attached(d.annotation(), d.issuer.Presenter)
			content := d.annotation()
			f(&content)
			c.Statement.Content = content
			d.text = c.Text(d.issuer.VerifyURL)
		}
	}
	bad("copy-term-changed", "Its last day is changed.", fake("signature", "statement_signature"), change(func(c *payload.Copy) { c.Until = day("2036-11-25") }))
	bad("copy-recipient-changed", "Its recipient is changed.", fake("signature", "statement_signature"), change(func(c *payload.Copy) { c.Recipient = "另一家银行" }))
	bad("copy-of-another-license", "The annotation of another license.", fake("signature", "statement_signature"), func(d *draft) {
		other := must(d, d.issuer.License, "gym-rare-characters")
		c, err := d.issuer.Copy(other, d.annotation())
		d.note(err)
		d.changed(func(own *payload.Code) { own.Statement = c.Statement })
	})
	bad("copy-of-a-withdrawn-license", "The license was withdrawn since.", expectation{Outcome: "invalid", Check: "status", Reason: "withdrawn"}, func(d *draft) {
		d.values = []status.Value{status.Withdrawn}
		d.attached(d.annotation(), d.issuer.Presenter)
	})
}
