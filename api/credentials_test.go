package api_test

import (
	"crypto/rand"
	"encoding/json"
	"strings"
	"testing"

	"github.com/lestrrat-go/jwx/v2/jwk"
	"github.com/lestrrat-go/jwx/v2/jws"

	"yizheng/api"
	"yizheng/api/access"
	"yizheng/credential"
	"yizheng/issuer/issuertest"
	"yizheng/signature"
	"yizheng/verifier"
)

// exporting gives c a real exporter, and publishes its key.
func exporting(t testing.TB, c *api.Config) {
	t.Helper()
	key := issuertest.NewSigner(t)
	exporter, err := credential.New(credential.Config{Issuer: address, StatusBase: issuertest.StatusBase, Signer: key, Random: rand.Reader})
	if err != nil {
		t.Fatal(err)
	}
	c.Credentials = exporter
	c.CredentialIssuer = func() ([]byte, error) {
		return credential.Metadata(address, []signature.PublicKey{key.PublicKey()})
	}
}

// TestCredential exports a license, and verifies it by another library with
// nothing but what is published.
func TestCredential(t *testing.T) {
	w := newWorld(t, nil)
	l := w.issued("restaurant-3-permits.json").License
	path := "/v1/licenses/" + l.Number + "/credential"
	reader := w.token(market, access.LicenseRead)

	w.want(request{method: "GET", path: path, wild: true}, 401, "token_missing")
	w.want(request{method: "GET", path: path, token: w.token(market, access.PermitWrite)}, 403, "scope_missing")
	w.want(request{method: "GET", path: path + "?as=mdoc", token: reader, wild: true}, 400, "invalid_parameter")
	w.want(request{method: "GET", path: path + "?as=sd-jwt&permit=JY00000000000000", token: reader}, 400, "invalid_parameter")
	w.want(request{method: "GET", path: path + "?as=vc&permit=" + l.Permits[0].Number, token: reader}, 400, "invalid_parameter")

	metadata := decoded[struct {
		Issuer string          `json:"issuer"`
		JWKS   json.RawMessage `json:"jwks"`
	}](t, w.want(request{method: "GET", path: "/.well-known/jwt-vc-issuer"}, 200, ""))
	keys, err := jwk.Parse(metadata.JWKS)
	if err != nil {
		t.Fatal(err)
	}
	for query, want := range map[string]struct {
		media       string
		disclosures int
	}{
		"":           {"application/vc+jwt", 0},
		"?as=vc":     {"application/vc+jwt", 0},
		"?as=sd-jwt": {"application/dc+sd-jwt", 1 + len(l.Permits)},
		"?as=sd-jwt&permit=" + l.Permits[0].Number:                                    {"application/dc+sd-jwt", 1},
		"?as=sd-jwt&permit=" + l.Permits[0].Number + "&permit=" + l.Permits[2].Number: {"application/dc+sd-jwt", 2},
		"?as=sd-jwt&permit=" + l.Permits[0].Number + "&permit=" + l.Permits[0].Number: {"application/dc+sd-jwt", 1},
	} {
		answer := w.want(request{method: "GET", path: path + query, token: reader}, 200, "")
		if got := answer.Header().Get("Content-Type"); got != want.media {
			t.Errorf("%s: media type %s", query, got)
		}
		if got := answer.Header().Get("Cache-Control"); got != "no-store" {
			t.Errorf("%s: Cache-Control %q", query, got)
		}
		token, disclosures, _ := strings.Cut(answer.Body.String(), "~")
		if n := strings.Count(disclosures, "~"); n != want.disclosures {
			t.Errorf("%s: %d disclosures, want %d", query, n, want.disclosures)
		}
		payload, err := jws.Verify([]byte(token), jws.WithKeySet(keys))
		if err != nil {
			t.Fatalf("%s: %v", query, err)
		}
		if !strings.Contains(string(payload), `"iss":"`+metadata.Issuer+`"`) || !strings.Contains(string(payload), l.Identifier.String()) {
			t.Errorf("%s: %s", query, payload)
		}

		result := decoded[verifier.Result](t, w.want(request{method: "POST", path: "/v1/verify", media: "text/plain", body: answer.Body.String()}, 200, ""))
		if result.Outcome != verifier.NotALicense || result.Check(verifier.FormatCheck).Reason != verifier.ExportedCredential {
			t.Errorf("%s verifies as %s, %+v", query, result.Outcome, result.Checks[0])
		}
	}
}
