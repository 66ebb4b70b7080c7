package seal_test

import (
	"encoding/asn1"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/digitorus/pkcs7"

	"yizheng/seal"
	"yizheng/seal/sealtest"
)

// TestOthersReadAll holds the fullest signature against others: OpenSSL, which
// checks it as CAdES with its chain, its timestamp and its revocation data
// apart, and digitorus/pkcs7.
func TestOthersReadAll(t *testing.T) {
	w := sealtest.New(t)
	w.Know(w.TSA)
	for name, id := range map[string]seal.Identity{
		"P-256": w.Seal("seal", sealtest.NewKey(t)),
		"RSA":   w.Seal("seal", sealtest.NewRSAKey(t)),
	} {
		t.Run(name, func(t *testing.T) {
			w.Know(id.Certificate)
			d := sealOne(t, want(seal.New(config(t, w, id, true, true)))(t))
			dir := t.TempDir()
			write := func(name string, content []byte) {
				if err := os.WriteFile(filepath.Join(dir, name), content, 0o600); err != nil {
					t.Fatal(err)
				}
			}
			write("cms", d.CMS)
			write("signed", d.signed)
			write("root.pem", []byte(sealtest.PEM(w.Root)))
			write("ca.pem", []byte(sealtest.PEM(w.Intermediate)))
			openssl := func(says string, args ...string) {
				t.Helper()
				if out, err := sealtest.OpenSSL(dir, args...); err != nil || !strings.Contains(out, says) {
					t.Errorf("openssl %v: %s %v", args, out, err)
				}
			}
			openssl("CAdES Verification successful", "cms", "-verify", "-cades", "-inform", "DER", "-in", "cms", "-binary", "-content", "signed",
				"-CAfile", "root.pem", "-purpose", "any", "-out", "/dev/null")
			openssl("Verification successful", "cms", "-verify", "-inform", "DER", "-in", "cms", "-binary", "-content", "signed",
				"-CAfile", "root.pem", "-purpose", "smimesign", "-out", "/dev/null")

			p7 := want(pkcs7.Parse(d.CMS))(t)
			p7.Content = d.signed
			if err := p7.Verify(); err != nil {
				t.Error(err)
			}
			// The timestamp by itself, over the value of the signature.
			var token asn1.RawValue
			for _, a := range p7.Signers[0].UnauthenticatedAttributes {
				if a.Type.String() == "1.2.840.113549.1.9.16.2.14" {
					token = asn1.RawValue{FullBytes: a.Value.Bytes}
				}
			}
			write("token", token.FullBytes)
			write("value", p7.Signers[0].EncryptedDigest)
			openssl("Verification: OK", "ts", "-verify", "-in", "token", "-token_in", "-data", "value", "-CAfile", "root.pem", "-untrusted", "ca.pem")

			// The revocation data, as PDF readers take it from the signed attribute.
			var held struct {
				CRLs  []asn1.RawValue `asn1:"explicit,optional,tag:0"`
				OCSPs []asn1.RawValue `asn1:"explicit,optional,tag:1"`
			}
			if err := p7.UnmarshalSignedAttribute(asn1.ObjectIdentifier{1, 2, 840, 113583, 1, 1, 8}, &held); err != nil {
				t.Fatal(err)
			}
			if len(held.OCSPs) != 2 || len(held.CRLs) != 1 { // seal and timestamp by the responder, the authority by the root's list
				t.Errorf("%d responses and %d lists", len(held.OCSPs), len(held.CRLs))
			}
			write("seal.pem", []byte(sealtest.PEM(id.Certificate)))
			write("ocsp", held.OCSPs[0].FullBytes)
			openssl("seal.pem: good", "ocsp", "-respin", "ocsp", "-issuer", "ca.pem", "-cert", "seal.pem", "-CAfile", "root.pem", "-no_nonce")
			write("crl", held.CRLs[0].FullBytes)
			openssl("verify OK", "crl", "-in", "crl", "-inform", "DER", "-noout", "-CAfile", "root.pem")
		})
	}
}
