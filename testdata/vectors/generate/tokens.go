package main

import (
	"encoding/base64"
	"strings"

	"yizheng/signature"
	"yizheng/trust"
)

// invalidTokens are compact JWS in the place of the digits.
func (g *generator) invalidTokens() {
	add := func(name, description string, e expectation, change func(*draft)) {
		g.add("invalid", name, description, e, change)
	}
	// header puts another protected header before the genuine payload and
	// signature.
	header := func(json string) func(*draft) {
		return func(d *draft) {
			_, rest, _ := strings.Cut(d.compact(signature.ES256), ".")
			d.text = base64.RawURLEncoding.EncodeToString([]byte(json)) + "." + rest
		}
	}
	add("compact-other-algorithm", "The header names EdDSA, the key is one for ES256.", fake("signature", "algorithm_mismatch"), func(d *draft) {
		d.text = d.compact(signature.EdDSA)
	})
	add("compact-none", "The header names the algorithm none.", fake("signature", "algorithm_mismatch"), func(d *draft) { d.text = d.compact("none") })
	add("compact-hs256", "The header names HS256, as if the public key were a secret.", fake("signature", "algorithm_mismatch"), func(d *draft) { d.text = d.compact("HS256") })
	add("compact-wrong-typ", "Signed with the license key as another type of thing.", fake("signature", "type_mismatch"), func(d *draft) {
		s, err := signature.SignCompact(d.issuer.Signer, signature.Header{Type: trust.TypeRecord}, []byte("{}"))
		if err != nil {
			d.g.errs = append(d.g.errs, err)
		}
		d.text = s
	})
	add("compact-status-list", "A status list of the issuer.", fake("signature", "type_mismatch"), func(d *draft) { d.text = d.list(5) })
	add("compact-record", "A license record of the issuer.", fake("signature", "type_mismatch"), func(d *draft) { d.text = d.record(1, 1) })
	add("compact-mark-record", "A license record of the issuer behind U+FEFF, which is dropped like white space.", fake("signature", "type_mismatch"), func(d *draft) { d.text = "\ufeff" + d.record(1, 1) })
	add("compact-mark-cut-off", "A license cut off, behind U+FEFF.", unreadable(), func(d *draft) {
		x := d.compact(signature.ES256)
		d.text = "\ufeff" + x[:len(x)-8]
	})
	add("compact-mark-of-others", "Somebody else's JWT behind U+FEFF.", foreign(), func(d *draft) {
		d.text = "\ufeff" + base64.RawURLEncoding.EncodeToString([]byte(`{"alg":"ES256","kid":"abcdefgh","typ":"JWT"}`)) + ".e30." + strings.Repeat("A", 86)
	})
	add("compact-member-twice", "The header gives alg twice.", fake("format", "code_malformed"),
		header(`{"alg":"none","alg":"ES256","typ":"yz-license","zip":"DEF"}`))
	add("compact-own-key", "The header brings a key of its own.", fake("format", "code_malformed"),
		header(`{"alg":"ES256","jwk":{"kty":"EC"},"typ":"yz-license","zip":"DEF"}`))
	add("compact-white-space", "A blank in the header.", fake("format", "code_malformed"),
		header(`{"alg":"ES256", "typ":"yz-license","zip":"DEF"}`))
	add("compact-padded", "Padding after the signature.", fake("format", "code_malformed"), func(d *draft) { d.text = d.compact(signature.ES256) + "==" })
	add("compact-cut-off", "The last characters of the signature are missing.", unreadable(), func(d *draft) {
		x := d.compact(signature.ES256)
		d.text = x[:len(x)-8]
	})
	add("compact-no-signature", "The signature is empty.", unreadable(), func(d *draft) {
		x := d.compact(signature.ES256)
		d.text = x[:strings.LastIndex(x, ".")+1]
	})
	add("compact-of-others", "A JWT that has nothing to do with us.", foreign(), func(d *draft) {
		d.text = base64.RawURLEncoding.EncodeToString([]byte(`{"alg":"RS256","typ":"JWT"}`)) + ".e30.AAAA"
	})
}
