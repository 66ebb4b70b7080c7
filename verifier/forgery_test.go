package verifier_test

import (
	"bytes"
	"encoding/base64"
	"strings"
	"testing"

	"yizheng/license"
	"yizheng/payload"
	"yizheng/signature"
	"yizheng/trust"
	"yizheng/verifier"
	"yizheng/verifier/verifiertest"
)

// TestForgeries thinks as a forger: each case is a text that is not what the
// issuer signed.
func TestForgeries(t *testing.T) {
	forge := func(s *scene, k *verifiertest.Key) string {
		return must(verifiertest.Seal(s.license, s.issuer.Dictionary, k))(s.t).Text(s.issuer.VerifyURL)
	}
	stranger := func(s *scene) *verifiertest.Key {
		return must(verifiertest.NewKey(signature.ES256, "a forger"))(s.t)
	}
	for _, c := range []struct {
		name    string
		text    func(*scene) string
		outcome verifier.Outcome
		check   verifier.CheckName
		reason  verifier.Reason
	}{
		{"nothing", func(*scene) string { return "" }, verifier.NotALicense, "format", verifier.NoCode},
		{"another address", func(*scene) string { return "https://example.com/menu" }, verifier.NotALicense, "format", verifier.NoCode},
		{"a number", func(*scene) string { return "6901234567892" }, verifier.NotALicense, "format", verifier.NoCode},
		{"a megabyte", func(*scene) string { return strings.Repeat("8", 1<<20) }, verifier.NotALicense, "format", verifier.NoCode},
		{"cut off", func(s *scene) string { x := s.text(); return x[:len(x)-40] }, verifier.Unreadable, "format", verifier.CheckDigits},
		{"a key of the forger's own", func(s *scene) string { return forge(s, stranger(s)) }, verifier.NotGenuine, "trust", verifier.KeyNotOfIssuer},
		{"an issuer of the forger's own", func(s *scene) string {
			k := stranger(s)
			s.license.Region = "440106"
			s.license.Issuer = "广州市天河区政务服务中心"
			code, _ := license.NewCreditCode("11440106MB0000001")
			s.license.Identifier.Issuer, s.license.Identifier.Type = string(code), string(code)+"001"
			return forge(s, k)
		}, verifier.Unknown, "trust", verifier.IssuerUnknown},
		{"another region, the issuer's code", func(s *scene) string {
			s.license.Region = "440106"
			return forge(s, stranger(s))
		}, verifier.NotGenuine, "trust", verifier.KeyNotOfIssuer},
		{"an abolished region that nobody lists", func(s *scene) string {
			s.license.Region = "310119"
			return forge(s, stranger(s))
		}, verifier.NotGenuine, "trust", verifier.RegionAbolished},
		{"signed by the status key", func(s *scene) string { return forge(s, s.issuer.Status) }, verifier.NotGenuine, "trust", verifier.KeyUse},
		{"signed by the key of another region", func(s *scene) string {
			return forge(s, s.world.Issuer("110105").Signer)
		}, verifier.NotGenuine, "trust", verifier.IssuerRegion},
		{"the twin of the signature", func(s *scene) string {
			c := s.code()
			c.Signature = verifiertest.Twin(c.Signature)
			return c.Text("")
		}, verifier.NotGenuine, "signature", verifier.SignatureHighS},
		{"a signature of zeros", func(s *scene) string {
			c := s.code()
			c.Signature = make([]byte, 64)
			return c.Text("")
		}, verifier.NotGenuine, "signature", verifier.SignatureInvalid},
		{"the signature of another license", func(s *scene) string {
			c := s.code()
			s.license.Number += "9"
			c.Signature = s.code().Signature
			return c.Text("")
		}, verifier.NotGenuine, "signature", verifier.SignatureInvalid},
		{"another dictionary that is held", func(s *scene) string {
			c := s.code()
			c.DictionaryID = s.world.Issuer("330400").Dictionary.ID()
			return c.Text("")
		}, verifier.NotGenuine, "signature", verifier.SignatureInvalid},
		{"another dictionary that nobody holds", func(s *scene) string {
			c := s.code()
			c.DictionaryID = "AAAAAAAAAAA"
			return c.Text("")
		}, verifier.NotGenuine, "signature", verifier.SignatureInvalid},
		{"genuine, by a dictionary that is not held", func(s *scene) string {
			d := must(payload.NewDictionary([]byte("a later dictionary")))(s.t)
			return must(verifiertest.Seal(s.license, d, s.issuer.Signer))(s.t).Text("")
		}, verifier.Unknown, "format", verifier.DictionaryUnknown},
		{"genuine claims that are none", func(s *scene) string {
			c := s.code()
			c.Payload = []byte{3, 0}
			c.Signature = must(s.issuer.Signer.Sign(c.SigningInput(signature.ES256)))(s.t)
			return c.Text("")
		}, verifier.Unknown, "format", verifier.ClaimsMalformed},
		{"a stranger's claims that are none", func(s *scene) string {
			c := s.code()
			c.Payload = []byte{3, 0}
			c.KeyID = stranger(s).PublicKey().KeyID()
			return c.Text("")
		}, verifier.NotGenuine, "format", verifier.ClaimsMalformed},
		{"a JWS by the same key", func(s *scene) string { return s.code().Compact(signature.ES256) }, verifier.Valid, "", ""},
		{"a JWS that names another algorithm", func(s *scene) string { return s.code().Compact(signature.EdDSA) }, verifier.NotGenuine, "signature", verifier.AlgorithmMismatch},
		{"a JWS with no algorithm", func(s *scene) string { return s.code().Compact("none") }, verifier.NotGenuine, "signature", verifier.AlgorithmMismatch},
		{"a JWS of another type by the same key", func(s *scene) string {
			return must(signature.SignCompact(s.issuer.Signer, signature.Header{Type: trust.TypeRecord}, []byte("{}")))(s.t)
		}, verifier.NotGenuine, "signature", verifier.TypeMismatch},
		{"a status list", func(s *scene) string { return string(s.list()) }, verifier.NotGenuine, "signature", verifier.TypeMismatch},
		{"somebody else's JWT", func(*scene) string {
			return base64.RawURLEncoding.EncodeToString([]byte(`{"alg":"RS256","typ":"JWT"}`)) + ".e30.AAAA"
		}, verifier.NotALicense, "format", verifier.NoCode},
		{"somebody else's JWT behind a byte order mark", func(*scene) string {
			return "\ufeff" + base64.RawURLEncoding.EncodeToString([]byte(`{"alg":"ES256","kid":"abcdefgh","typ":"JWT"}`)) + ".e30." + strings.Repeat("A", 86)
		}, verifier.NotALicense, "format", verifier.NoCode},
		{"a status list behind a byte order mark", func(s *scene) string { return "\ufeff" + string(s.list()) }, verifier.NotGenuine, "signature", verifier.TypeMismatch},
		{"a JWS cut off behind a byte order mark", func(s *scene) string {
			x := s.code().Compact(signature.ES256)
			return "\ufeff" + x[:len(x)-8]
		}, verifier.Unreadable, "format", verifier.CheckDigits},
		{"an export behind a byte order mark", func(*scene) string {
			return "\ufeff" + base64.RawURLEncoding.EncodeToString([]byte(`{"alg":"ES256","typ":"vc+jwt"}`)) + ".e30.AAAA"
		}, verifier.NotALicense, "format", verifier.ExportedCredential},
		{"a JWS with white space in its header", func(s *scene) string {
			_, rest, _ := strings.Cut(s.code().Compact(signature.ES256), ".")
			return base64.RawURLEncoding.EncodeToString([]byte(`{"alg":"ES256", "typ":"yz-license"}`)) + "." + rest
		}, verifier.NotGenuine, "format", verifier.CodeMalformed},
		{"a JWS cut off", func(s *scene) string { x := s.code().Compact(signature.ES256); return x[:len(x)-8] }, verifier.Unreadable, "format", verifier.CheckDigits},
		{"a later format", func(s *scene) string { return renumber("869" + s.code().Digits()[3:]) }, verifier.Unknown, "format", verifier.VersionUnknown},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := newScene(t)
			text := c.text(s)
			lists := verifier.NewLists(s.trust())
			if err := lists.Add(s.list()); err != nil {
				t.Fatal(err)
			}
			expect(t, s.verifyWith(lists, text), c.outcome, c.check, c.reason)
		})
	}
}

// renumber gives digits the check digits that fit them.
func renumber(digits string) string {
	digits = digits[:len(digits)-5]
	r := len(digits)
	for _, d := range digits {
		r = (r*10 + int(d-'0')) % 99991
	}
	check := []byte("00000")
	for i := 4; i >= 0; i-- {
		check[i] = byte('0' + r%10)
		r /= 10
	}
	return digits + string(check)
}

// TestForgivingTransport: what a scanner, a mail or a person does to the text
// on its way does not change the answer.
func TestForgivingTransport(t *testing.T) {
	s := newScene(t)
	lists := verifier.NewLists(s.trust())
	if err := lists.Add(s.list()); err != nil {
		t.Fatal(err)
	}
	digits := s.code().Digits()
	for name, text := range map[string]string{
		"address":             s.issuer.VerifyURL + digits,
		"bare digits":         digits,
		"line breaks":         digits[:300] + "\r\n" + digits[300:] + "\n",
		"blanks around":       "  " + s.issuer.VerifyURL + digits + "\t",
		"another host":        "https://evil.example/v/" + digits,
		"query":               s.issuer.VerifyURL + digits + "?lang=en",
		"address in capitals": "HTTPS://310105.EXAMPLE/v/" + digits,
	} {
		t.Run(name, func(t *testing.T) {
			r := s.verifyWith(lists, text)
			expect(t, r, verifier.Valid, "", "")
			warned := false
			for _, w := range r.Warnings {
				warned = warned || w == verifier.HostNotIssuers
			}
			if warned != (name == "another host") {
				t.Errorf("warnings %v", r.Warnings)
			}
		})
	}
}

// TestEveryDigitCounts changes each digit of a valid text, as it is and with
// check digits that fit: none is ever valid.
func TestEveryDigitCounts(t *testing.T) {
	s := newScene(t)
	lists := verifier.NewLists(s.trust())
	if err := lists.Add(s.list()); err != nil {
		t.Fatal(err)
	}
	v, digits := s.verifier(lists), []byte(s.code().Digits())
	for i := range digits {
		changed := bytes.Clone(digits)
		changed[i] = '0' + (changed[i]-'0'+1+byte(i%9))%10
		for _, text := range []string{string(changed), renumber(string(changed))} {
			if text == string(digits) {
				continue // only a check digit was changed, and made good again
			}
			r := v.Verify(text, s.now)
			if r.Outcome.Genuine() {
				t.Fatalf("digit %d: %s", i, r.Outcome)
			}
		}
	}
}

func FuzzVerify(f *testing.F) {
	s := newScene(f)
	lists := verifier.NewLists(s.trust())
	if err := lists.Add(s.list()); err != nil {
		f.Fatal(err)
	}
	v, good := s.verifier(lists), s.code()
	f.Add(good.Text("https://310105.example/v/"))
	f.Add(good.Compact(signature.ES256))
	f.Add(string(s.list()))
	f.Add("https://310105.example/v/861")
	f.Fuzz(func(t *testing.T, text string) {
		r := v.Verify(text, s.now)
		sound(t, r)
		if r.Outcome == verifier.Valid {
			if _, c, err := payload.Find(text); err != nil || c.Digits() != good.Digits() {
				t.Errorf("%q is valid", text)
			}
		}
	})
}
