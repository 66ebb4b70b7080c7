package credential_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"errors"
	"flag"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/lestrrat-go/jwx/v2/jwk"
	"github.com/lestrrat-go/jwx/v2/jws"

	"yizheng/credential"
	"yizheng/license"
	"yizheng/payload"
	"yizheng/signature"
	"yizheng/verifier/verifiertest"
)

var update = flag.Bool("update", false, "rewrite golden files")

const issuer = "https://310105.example"

var at = time.Date(2026, 11, 24, 2, 0, 0, 0, time.UTC)

// counted is no source of randomness: the same test draws the same salts.
type counted struct{ drawn uint64 }

func (c *counted) Read(b []byte) (int, error) {
	for i := range b {
		if i%sha256.Size == 0 {
			c.drawn++
			sum := sha256.Sum256(binary.BigEndian.AppendUint64(nil, c.drawn))
			copy(b[i:], sum[:])
		}
	}
	return len(b), nil
}

func key(t *testing.T, alg signature.Algorithm) *verifiertest.Key {
	t.Helper()
	k, err := verifiertest.NewKey(alg, "310105 credential")
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func exporter(t *testing.T, alg signature.Algorithm) *credential.Exporter {
	t.Helper()
	e, err := credential.New(credential.Config{
		Issuer: issuer, StatusBase: issuer + "/status/", Signer: key(t, alg), Random: &counted{},
	})
	if err != nil {
		t.Fatal(err)
	}
	return e
}

func restaurant(t *testing.T) license.License {
	t.Helper()
	w, err := verifiertest.New()
	if err != nil {
		t.Fatal(err)
	}
	l, err := w.Issuer("310105").License("restaurant-3-permits")
	if err != nil {
		t.Fatal(err)
	}
	return *l
}

func export(t *testing.T, f credential.Form, permits ...string) string {
	t.Helper()
	text, err := exporter(t, signature.ES256).Export(f, restaurant(t), at, permits...)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// TestGolden holds the exports to files, which public libraries for JavaScript
// verify in clients/js.
func TestGolden(t *testing.T) {
	metadata, err := credential.Metadata(issuer, []signature.PublicKey{key(t, signature.ES256).PublicKey()})
	if err != nil {
		t.Fatal(err)
	}
	for name, got := range map[string]string{
		"restaurant.vc.jwt":     export(t, credential.VC),
		"restaurant.sd-jwt":     export(t, credential.SDJWT),
		"restaurant.one.sd-jwt": export(t, credential.SDJWT, "JY23101050077811"),
		"jwt-vc-issuer.json":    string(metadata),
	} {
		path := filepath.Join("testdata", name)
		if *update {
			if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if got != string(want) {
			t.Errorf("%s is another:\n%s", name, got)
		}
	}
}

// TestVerifiedByJWX verifies exports by another library, with the keys that
// the issuer publishes.
func TestVerifiedByJWX(t *testing.T) {
	for _, alg := range []signature.Algorithm{signature.ES256, signature.EdDSA} {
		for _, form := range []credential.Form{credential.VC, credential.SDJWT} {
			text, err := exporter(t, alg).Export(form, restaurant(t), at)
			if err != nil {
				t.Fatal(err)
			}
			token, _, _ := strings.Cut(text, "~")
			payload, err := jws.Verify([]byte(token), jws.WithKeySet(published(t, alg)))
			if err != nil {
				t.Errorf("%s by %s: %v", form, alg, err)
			}
			var claims struct {
				Issuer string `json:"iss"`
			}
			if err := json.Unmarshal(payload, &claims); err != nil || claims.Issuer != issuer {
				t.Errorf("%s says %q, %v", form, claims.Issuer, err)
			}
			message, err := jws.Parse([]byte(token))
			if err != nil {
				t.Fatal(err)
			}
			if typ := "application/" + message.Signatures()[0].ProtectedHeaders().Type(); typ != form.MediaType() {
				t.Errorf("typ of %s: %s", form, typ)
			}
			if _, err := jws.Verify([]byte(token[:len(token)-6]+"AAAAAA"), jws.WithKeySet(published(t, alg))); err == nil {
				t.Errorf("%s with another signature verifies", form)
			}
		}
	}
}

func published(t *testing.T, alg signature.Algorithm) jwk.Set {
	t.Helper()
	b, err := credential.Metadata(issuer, []signature.PublicKey{key(t, alg).PublicKey()})
	if err != nil {
		t.Fatal(err)
	}
	var metadata struct {
		JWKS json.RawMessage `json:"jwks"`
	}
	if err := json.Unmarshal(b, &metadata); err != nil {
		t.Fatal(err)
	}
	set, err := jwk.Parse(metadata.JWKS)
	if err != nil {
		t.Fatal(err)
	}
	return set
}

// TestSelective: what is not disclosed is nowhere in the text, and each
// disclosure has its digest.
func TestSelective(t *testing.T) {
	l := restaurant(t)
	full := export(t, credential.SDJWT)
	one := export(t, credential.SDJWT, l.Permits[1].Number)
	if !strings.HasSuffix(full, "~") || !strings.HasSuffix(one, "~") {
		t.Error("an SD-JWT without key binding ends in a tilde")
	}
	token, rest, _ := strings.Cut(one, "~")
	if whole, _, _ := strings.Cut(full, "~"); whole != token {
		t.Error("what is signed depends on what is disclosed")
	}
	signed := claims(t, token)
	for i, p := range l.Permits {
		if strings.Contains(signed, p.Number) || strings.Contains(signed, p.Scope) {
			t.Errorf("permit %d stands in what is signed", i)
		}
	}
	if strings.Contains(signed, l.Holder.Representative) {
		t.Error("the representative stands in what is signed")
	}
	disclosures := strings.Split(strings.TrimSuffix(rest, "~"), "~")
	if len(disclosures) != 1 {
		t.Fatalf("%d disclosures", len(disclosures))
	}
	if n := strings.Count(full, "~"); n != 2+len(l.Permits) {
		t.Errorf("%d tildes in the whole", n)
	}
	var element []json.RawMessage
	if err := json.Unmarshal(decode(t, disclosures[0]), &element); err != nil || len(element) != 2 {
		t.Fatalf("disclosure %s: %v", disclosures[0], err)
	}
	if !bytes.Contains(element[1], []byte(l.Permits[1].Number)) || !bytes.Contains(element[1], []byte(`"idx"`)) {
		t.Errorf("disclosed: %s", element[1])
	}
	sum := sha256.Sum256([]byte(disclosures[0]))
	if digest := base64.RawURLEncoding.EncodeToString(sum[:]); !strings.Contains(signed, `{"...":"`+digest+`"}`) {
		t.Error("the disclosure's digest is not signed")
	}
}

// TestStatus: the version and each permit point at the entry in the lists
// that a verifier of codes would read.
func TestStatus(t *testing.T) {
	l := restaurant(t)
	l.StatusIndex = 32767 // its permits lie in the next chunk
	text, err := exporter(t, signature.ES256).Export(credential.VC, l, at)
	if err != nil {
		t.Fatal(err)
	}
	got := claims(t, text)
	for _, want := range []string{
		`"status":{"status_list":{"idx":32767,"uri":"` + issuer + `/status/0"}}`,
		`"status":{"status_list":{"idx":0,"uri":"` + issuer + `/status/1"}}`,
		`"status":{"status_list":{"idx":2,"uri":"` + issuer + `/status/1"}}`,
		`"demonstration":true`,
	} {
		if !strings.Contains(got, want) {
			t.Errorf("%s is not in %s", want, got)
		}
	}
}

// TestPassesForNothingElse: an export is no code, and a code no export.
func TestPassesForNothingElse(t *testing.T) {
	for _, form := range []credential.Form{credential.VC, credential.SDJWT} {
		text := export(t, form)
		if _, _, err := payload.Find(text); err == nil {
			t.Errorf("%s is read as a code", form)
		}
		token, _, _ := strings.Cut(text, "~")
		parsed, err := signature.Parse(token)
		if err != nil {
			t.Fatal(err)
		}
		for _, typ := range []string{"yz-license", "yz-record", "statuslist+jwt"} {
			if err := parsed.Verify(key(t, signature.ES256).PublicKey(), typ); !errors.Is(err, signature.ErrType) {
				t.Errorf("%s verifies as %s: %v", form, typ, err)
			}
		}
	}
}

func TestRefused(t *testing.T) {
	good := credential.Config{Issuer: issuer, StatusBase: issuer + "/status/", Signer: key(t, signature.ES256), Random: &counted{}}
	for name, change := range map[string]func(*credential.Config){
		"no signer":       func(c *credential.Config) { c.Signer = nil },
		"no randomness":   func(c *credential.Config) { c.Random = nil },
		"no issuer":       func(c *credential.Config) { c.Issuer = "" },
		"slash at end":    func(c *credential.Config) { c.Issuer += "/" },
		"no status lists": func(c *credential.Config) { c.StatusBase = "" },
		"SM2":             func(c *credential.Config) { c.Signer = key(t, signature.SM2) },
	} {
		c := good
		change(&c)
		if _, err := credential.New(c); err == nil {
			t.Errorf("%s is taken", name)
		}
	}
	e := exporter(t, signature.ES256)
	if _, err := e.Export(credential.SDJWT, restaurant(t), at, "JY00000000000000"); !errors.Is(err, credential.ErrPermit) {
		t.Errorf("a permit that is not there: %v", err)
	}
	if _, err := e.Export(credential.VC, restaurant(t), at, "JY23101050077811"); !errors.Is(err, credential.ErrPermit) {
		t.Errorf("a permit of a form that shows all: %v", err)
	}
	if _, err := e.Export("mdoc", restaurant(t), at); !errors.Is(err, credential.ErrForm) {
		t.Errorf("a form that is none: %v", err)
	}
	for s, want := range map[string]credential.Form{"": credential.VC, "vc": credential.VC, "sd-jwt": credential.SDJWT} {
		if got, err := credential.ParseForm(s); got != want || err != nil {
			t.Errorf("form %q: %s, %v", s, got, err)
		}
	}
	if _, err := credential.ParseForm("VC"); !errors.Is(err, credential.ErrForm) {
		t.Errorf("form VC: %v", err)
	}
}

// TestSalts: the same permit never has the same digest twice.
func TestSalts(t *testing.T) {
	e := exporter(t, signature.ES256)
	var digests []string
	for range 2 {
		text, err := e.Export(credential.SDJWT, restaurant(t), at)
		if err != nil {
			t.Fatal(err)
		}
		token, _, _ := strings.Cut(text, "~")
		var c struct {
			Permits []map[string]string `json:"permits"`
		}
		if err := json.Unmarshal([]byte(claims(t, token)), &c); err != nil {
			t.Fatal(err)
		}
		for _, p := range c.Permits {
			digests = append(digests, p["..."])
		}
	}
	slices.Sort(digests)
	if len(digests) != 6 || len(slices.Compact(digests)) != 6 {
		t.Errorf("digests: %v", digests)
	}
}

func claims(t *testing.T, token string) string {
	t.Helper()
	return string(decode(t, strings.Split(token, ".")[1]))
}

func decode(t *testing.T, s string) []byte {
	t.Helper()
	b, err := base64.RawURLEncoding.DecodeString(s)
	if err != nil {
		t.Fatal(err)
	}
	return b
}
