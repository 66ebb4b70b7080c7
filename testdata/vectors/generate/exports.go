package main

import (
	"strings"

	"yizheng/credential"
)

// invalidExports are licenses in the forms for other programs. They are signed
// by the very key that signs licenses, and are no licenses all the same.
func (g *generator) invalidExports() {
	add := func(name, description string, f credential.Form, ending string) {
		g.add("invalid", name, description, expectation{Outcome: "not_a_license", Check: "format", Reason: "exported_credential"}, func(d *draft) {
			d.text = d.export(f) + ending
		})
	}
	add("exported-vc", "The license as a W3C Verifiable Credential, signed by the key for licenses.", credential.VC, "")
	add("exported-sd-jwt", "The license as an SD-JWT VC with all disclosures.", credential.SDJWT, "")
	add("exported-sd-jwt-bound", "The same with something behind it where a key binding would stand.", credential.SDJWT, "e30.e30.AAAA")
}

func (d *draft) export(f credential.Form) string {
	e, err := credential.New(credential.Config{
		Issuer: strings.TrimSuffix(d.issuer.VerifyURL, "/v/"), StatusBase: d.issuer.StatusBase,
		Signer: d.issuer.Signer, Random: strings.NewReader(strings.Repeat("worthless salt. ", 8)),
	})
	if err != nil {
		d.g.errs = append(d.g.errs, err)
		return ""
	}
	text, err := e.Export(f, *d.license, d.now)
	if err != nil {
		d.g.errs = append(d.g.errs, err)
	}
	return text
}
