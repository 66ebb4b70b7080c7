package main

import (
	"bytes"
	"compress/flate"
	"strings"

	"yizheng/payload"
	"yizheng/verifier/verifiertest"
)

func fake(check, reason string) expectation {
	return expectation{Outcome: "not_genuine", Check: check, Reason: reason}
}

func unknown(check, reason string) expectation {
	return expectation{Outcome: "unknown", Check: check, Reason: reason}
}

func unreadable() expectation {
	return expectation{Outcome: "unreadable", Check: "format", Reason: "check_digits"}
}

func foreign() expectation {
	return expectation{Outcome: "not_a_license", Check: "format", Reason: "no_code"}
}

// changed is the genuine code with something done to its parts; the check
// digits fit.
func (d *draft) changed(change func(*payload.Code)) {
	c := must(d, d.issuer.Issue, d.license)
	change(&c)
	d.text = c.Text(d.issuer.VerifyURL)
}

// resigned is a code whose payload the issuer has signed, whatever it is.
func (d *draft) resigned(change func(*payload.Code)) {
	d.changed(func(c *payload.Code) {
		change(c)
		c.Signature = must(d, d.issuer.Signer.Sign, c.SigningInput(d.issuer.Signer.PublicKey().Algorithm()))
	})
}

// renumbered gives digits the check digits that fit them.
func renumbered(digits string) string {
	r := len(digits)
	for _, c := range digits {
		r = (r*10 + int(c-'0')) % 99991
	}
	check := []byte("00000")
	for i := 4; i >= 0; i-- {
		check[i] = byte('0' + r%10)
		r /= 10
	}
	return digits + string(check)
}

func body(digits string) string { return digits[:len(digits)-5] }

func deflated(b []byte) []byte {
	var out bytes.Buffer
	w, err := flate.NewWriter(&out, flate.BestCompression)
	if err != nil {
		return nil
	}
	_, _ = w.Write(b) // into memory: cannot fail
	_ = w.Close()
	return out.Bytes()
}

// invalidCodes are texts whose digits or parts are not what an issuer wrote.
func (g *generator) invalidCodes() {
	add := func(name, description string, e expectation, change func(*draft)) {
		g.add("invalid", name, description, e, change)
	}
	text := func(s string) func(*draft) { return func(d *draft) { d.text = s } }
	add("empty", "Nothing but a blank.", foreign(), text(" "))
	add("another-address", "An address that has nothing to do with us.", foreign(), text("https://example.com/menu"))
	add("bar-code", "The number of some goods.", foreign(), text("6901234567892"))
	add("path-without-digits", "An address of ours without digits.", foreign(), text("https://310105.example/v/"))
	add("truncated", "The last forty digits are missing.", unreadable(), func(d *draft) { x := d.digits(); d.text = x[:len(x)-40] })
	add("beginning-missing", "The first forty digits are missing.", unreadable(), func(d *draft) { d.text = d.digits()[40:] })
	add("padded", "A zero is appended.", unreadable(), func(d *draft) { d.text = d.digits() + "0" })
	add("one-digit-changed", "One digit was misread.", unreadable(), func(d *draft) {
		x := []byte(d.digits())
		x[200] = '0' + (x[200]-'0'+1)%10
		d.text = string(x)
	})
	add("digits-exchanged", "Two neighbouring digits change places.", unreadable(), func(d *draft) {
		x := []byte(d.digits())
		for i := 100; ; i++ {
			if x[i] != x[i+1] {
				x[i], x[i+1] = x[i+1], x[i]
				break
			}
		}
		d.text = string(x)
	})
	add("check-digit-changed", "The last check digit is another.", unreadable(), func(d *draft) {
		x := []byte(d.digits())
		x[len(x)-1] = '0' + (x[len(x)-1]-'0'+1)%10
		d.text = string(x)
	})
	add("letter-among-digits", "An O for a 0.", unreadable(), func(d *draft) {
		x := d.digits()
		d.text = x[:300] + strings.Replace(x[300:], "0", "O", 1)
	})
	add("leading-zero", "A zero in front of the integer, with check digits that fit: no encoder writes that many digits.", unreadable(), func(d *draft) {
		x := d.digits()
		d.text = renumbered(body(x[:3] + "0" + x[3:]))
	})
	add("integer-too-large", "An integer that the bytes for so many digits cannot hold.", fake("format", "code_malformed"), func(d *draft) {
		x := d.digits()
		d.text = renumbered(x[:3] + strings.Repeat("9", len(x)-8))
	})
	add("later-version", "A format version that does not exist yet.", unknown("format", "version_unknown"), func(d *draft) {
		d.text = renumbered("869" + body(d.digits())[3:])
	})
	add("no-payload", "A code with key id, dictionary id and signature, and nothing signed.", fake("signature", "signature_invalid"), func(d *draft) {
		d.changed(func(c *payload.Code) { c.Payload = []byte{3, 0} })
	})
	add("key-id-changed", "The key id is another that nobody has; the claims name an issuer on the list.", fake("trust", "key_not_of_issuer"), func(d *draft) {
		d.changed(func(c *payload.Code) { c.KeyID = "AAAAAAAA" })
	})
	add("dictionary-changed", "The dictionary is another that is held.", fake("signature", "signature_invalid"), func(d *draft) {
		d.changed(func(c *payload.Code) { c.DictionaryID = d.world.Issuer("330400").Dictionary.ID() })
	})
	add("dictionary-changed-unknown", "The dictionary is another that nobody holds; the signature can be checked all the same.", fake("signature", "signature_invalid"), func(d *draft) {
		d.changed(func(c *payload.Code) { c.DictionaryID = "AAAAAAAAAAA" })
	})
	flip := func(part func(*payload.Code) []byte, i int) func(*draft) {
		return func(d *draft) {
			d.changed(func(c *payload.Code) {
				b := part(c)
				b[(i+len(b))%len(b)] ^= 1
			})
		}
	}
	sig := func(c *payload.Code) []byte { return c.Signature }
	claims := func(c *payload.Code) []byte { return c.Payload }
	add("signature-first-bit", "A bit of r is changed.", fake("signature", "signature_invalid"), flip(sig, 0))
	add("signature-last-bit", "A bit of s is changed.", fake("signature", "signature_invalid"), flip(sig, -1))
	add("payload-first-bit", "A bit of the first byte of the claims is changed.", fake("signature", "signature_invalid"), flip(claims, 0))
	add("payload-middle-bit", "A bit in the middle of the claims is changed.", fake("signature", "signature_invalid"), flip(claims, 150))
	add("payload-last-bit", "A bit of the last byte of the claims is changed.", fake("signature", "signature_invalid"), flip(claims, -1))
	add("signature-of-zeros", "r and s are zero.", fake("signature", "signature_invalid"), func(d *draft) {
		d.changed(func(c *payload.Code) { c.Signature = make([]byte, 64) })
	})
	add("high-s", "The twin of the signature, with n − s.", fake("signature", "signature_high_s"), func(d *draft) {
		d.changed(func(c *payload.Code) { c.Signature = verifiertest.Twin(c.Signature) })
	})
	add("signature-of-another-license", "A genuine signature under other claims.", fake("signature", "signature_invalid"), func(d *draft) {
		d.changed(func(c *payload.Code) {
			d.license.Number += "9"
			c.Signature = must(d, d.issuer.Issue, d.license).Signature
		})
	})
	add("unknown-dictionary", "Genuine, with a dictionary that the verifier does not hold: update.", unknown("format", "dictionary_unknown"), func(d *draft) {
		later := must(d, payload.NewDictionary, []byte("a later dictionary"))
		c, err := verifiertest.Seal(d.license, later, d.issuer.Signer)
		if err != nil {
			d.g.errs = append(d.g.errs, err)
		}
		d.text = c.Text("")
	})
	bomb := deflated(make([]byte, 1<<20))
	add("bomb-signed", "A megabyte of zeros, signed by the issuer.", unknown("format", "claims_malformed"), func(d *draft) {
		d.resigned(func(c *payload.Code) { c.Payload = bomb })
	})
	add("bomb-of-a-stranger", "The same by nobody: it must not cost more.", fake("format", "claims_malformed"), func(d *draft) {
		d.changed(func(c *payload.Code) { c.Payload, c.KeyID = bomb, "AAAAAAAA" })
	})
	add("bytes-after-the-stream", "Bytes follow the DEFLATE stream, signed by the issuer.", unknown("format", "claims_malformed"), func(d *draft) {
		d.resigned(func(c *payload.Code) { c.Payload = append(c.Payload, 0) })
	})
	add("no-claims", "An empty stream, signed by the issuer.", unknown("format", "claims_malformed"), func(d *draft) {
		d.resigned(func(c *payload.Code) { c.Payload = []byte{3, 0} })
	})
	add("broken-stream", "No DEFLATE at all, signed by the issuer.", unknown("format", "claims_malformed"), func(d *draft) {
		d.resigned(func(c *payload.Code) { c.Payload = []byte{7, 7, 7, 7} })
	})
}
