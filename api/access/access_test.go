package access_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"encoding/base64"
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/lestrrat-go/jwx/v2/jwa"
	"github.com/lestrrat-go/jwx/v2/jwk"
	"github.com/lestrrat-go/jwx/v2/jws"

	"yizheng/api/access"
)

const (
	issuer   = "https://zheng.example/access"
	audience = "https://zheng.example"
	bureau   = "上海市长宁区市场监督管理局"
)

var now = time.Date(2026, 3, 4, 5, 6, 7, 0, time.UTC)

func newKey(t *testing.T) (*access.Key, access.Set) {
	t.Helper()
	key, err := access.Generate(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	public, err := key.PublicSet()
	if err != nil {
		t.Fatal(err)
	}
	set, err := access.ParseSet(public)
	if err != nil {
		t.Fatal(err)
	}
	return key, set
}

func authenticator(t *testing.T, issuers ...access.Issuer) *access.Authenticator {
	t.Helper()
	a, err := access.New(access.Config{Audience: audience, Issuers: issuers, Clock: func() time.Time { return now }})
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func TestIssuedTokenIsAccepted(t *testing.T) {
	key, set := newKey(t)
	token, err := access.Issue(key, access.Token{
		Issuer: issuer, Audience: audience, Subject: "沈国良", Authority: bureau,
		Scopes: []access.Scope{access.PermitWrite, access.LicenseRead}, Lifetime: time.Hour,
	}, now, rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	a := authenticator(t, access.Issuer{Name: issuer, Keys: set})
	g, err := a.Authenticate(context.Background(), "bearer "+token)
	if err != nil {
		t.Fatal(err)
	}
	if g.Subject != "沈国良" || !g.ActsFor(bureau) || g.ActsFor("") || !g.Expires.Equal(now.Add(time.Hour)) {
		t.Errorf("grant is %+v", g)
	}
	if !g.Allows(access.PermitWrite) || !g.Allows(access.LicenseRead) || g.Allows(access.LicenseWrite) {
		t.Errorf("scopes are %v", g.Scopes)
	}
}

// forged signs any claims with any header and key.
func forged(t *testing.T, alg jwa.SignatureAlgorithm, key any, header map[string]any, claims map[string]any) string {
	t.Helper()
	payload, err := json.Marshal(claims)
	if err != nil {
		t.Fatal(err)
	}
	headers := jws.NewHeaders()
	for name, value := range header {
		if err := headers.Set(name, value); err != nil {
			t.Fatal(err)
		}
	}
	signed, err := jws.Sign(payload, jws.WithKey(alg, key, jws.WithProtectedHeaders(headers)))
	if err != nil {
		t.Fatal(err)
	}
	return string(signed)
}

func TestTokensThatDoNotCount(t *testing.T) {
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	other, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	a := authenticator(t, access.Issuer{Name: issuer, Keys: access.Set{"k": &private.PublicKey}})

	claims := func(change func(map[string]any)) map[string]any {
		c := map[string]any{"iss": issuer, "sub": "s", "aud": []string{"x", audience}, "scope": "license:read",
			"iat": now.Unix(), "exp": now.Add(time.Hour).Unix()}
		if change != nil {
			change(c)
		}
		return c
	}
	set := func(name string, value any) map[string]any {
		return claims(func(c map[string]any) { c[name] = value })
	}
	without := func(name string) map[string]any {
		return claims(func(c map[string]any) { delete(c, name) })
	}
	header := map[string]any{"typ": "at+jwt", "kid": "k"}
	sign := func(c map[string]any) string { return forged(t, jwa.ES256, private, header, c) }
	good := sign(claims(nil))
	if _, err := a.Authenticate(t.Context(), "Bearer "+good); err != nil {
		t.Fatalf("the good token is refused: %v", err)
	}
	parts := strings.Split(good, ".")
	b64 := base64.RawURLEncoding.EncodeToString
	none := b64([]byte(`{"alg":"none","typ":"at+jwt","kid":"k"}`)) + "." + parts[1] + "."

	carried, err := jwk.FromRaw(&other.PublicKey)
	if err != nil {
		t.Fatal(err)
	}

	for name, test := range map[string]struct{ token, reason string }{
		"empty":                 {"", "malformed"},
		"two parts":             {parts[0] + "." + parts[1], "malformed"},
		"too long":              {good + strings.Repeat("A", 9000), "malformed"},
		"header no base64":      {"!" + good, "malformed"},
		"claims no object":      {parts[0] + "." + b64([]byte(`[]`)) + "." + parts[2], "malformed"},
		"critical":              {b64([]byte(`{"alg":"ES256","typ":"at+jwt","kid":"k","crit":["b64"]}`)) + "." + parts[1] + "." + parts[2], "malformed"},
		"none":                  {none, "algorithm"},
		"public key as secret":  {forged(t, jwa.HS256, []byte("public"), header, claims(nil)), "algorithm"},
		"other curve's name":    {b64([]byte(`{"alg":"ES384","typ":"at+jwt","kid":"k"}`)) + "." + parts[1] + "." + parts[2], "algorithm"},
		"other issuer":          {sign(set("iss", "https://other.example")), "issuer"},
		"no issuer":             {sign(without("iss")), "issuer"},
		"an ID token's type":    {forged(t, jwa.ES256, private, map[string]any{"kid": "k", "typ": "JWT"}, claims(nil)), "type"},
		"license code's type":   {forged(t, jwa.ES256, private, map[string]any{"kid": "k", "typ": "yz-license"}, claims(nil)), "type"},
		"unknown key":           {forged(t, jwa.ES256, private, map[string]any{"kid": "q", "typ": "at+jwt"}, claims(nil)), "key"},
		"no key id":             {forged(t, jwa.ES256, private, map[string]any{"typ": "at+jwt"}, claims(nil)), "key"},
		"somebody's signature":  {forged(t, jwa.ES256, other, header, claims(nil)), "signature"},
		"key in the header":     {forged(t, jwa.ES256, other, map[string]any{"kid": "k", "typ": "at+jwt", "jwk": carried}, claims(nil)), "signature"},
		"claims exchanged":      {parts[0] + "." + strings.Split(sign(set("scope", "license:write")), ".")[1] + "." + parts[2], "signature"},
		"other audience":        {sign(set("aud", "https://other.example")), "audience"},
		"no audience":           {sign(without("aud")), "audience"},
		"expired":               {sign(set("exp", now.Add(-time.Minute).Unix())), "expired"},
		"no expiry":             {sign(without("exp")), "claims"},
		"no time of issue":      {sign(without("iat")), "claims"},
		"expiry no number":      {sign(set("exp", "2030")), "malformed"},
		"expiry beyond clocks":  {sign(set("exp", 1e30)), "malformed"},
		"not before":            {sign(set("nbf", now.Add(2*time.Minute).Unix())), "not_yet_valid"},
		"issued in future":      {sign(set("iat", now.Add(2*time.Minute).Unix())), "not_yet_valid"},
		"lives too long":        {sign(set("exp", now.Add(13*time.Hour).Unix())), "lifetime"},
		"no subject":            {sign(without("sub")), "claims"},
		"subject breaks a line": {sign(set("sub", "a\nb")), "claims"},
		"authority too long":    {sign(set("authority", strings.Repeat("局", 300))), "claims"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := a.Authenticate(t.Context(), "Bearer "+test.token)
			var refused *access.TokenError
			if !errors.As(err, &refused) || refused.Reason != test.reason {
				t.Fatalf("got %v, want reason %s", err, test.reason)
			}
			if test.token != "" && strings.Contains(err.Error(), test.token) {
				t.Error("the error quotes the token")
			}
		})
	}
}

func TestScopesAreOnlyThoseNamed(t *testing.T) {
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	a := authenticator(t, access.Issuer{Name: issuer, Keys: access.Set{"k": &private.PublicKey}})
	for scope, want := range map[string]int{"": 0, "openid profile": 0, "license:read license:read": 1, "license:*": 0, "LICENSE:READ": 0, "license:read\tpermit:write": 2} {
		token := forged(t, jwa.ES256, private, map[string]any{"typ": "at+jwt", "kid": "k"}, map[string]any{
			"iss": issuer, "sub": "s", "aud": audience, "scope": scope, "iat": now.Unix(), "exp": now.Unix() + 60})
		g, err := a.Authenticate(t.Context(), "Bearer "+token)
		if err != nil || len(g.Scopes) != want {
			t.Errorf("scope %q gives %v, %v", scope, g.Scopes, err)
		}
	}
}

func TestNoBearerToken(t *testing.T) {
	a := authenticator(t)
	for _, header := range []string{"", "Basic Zm9vOmJhcg==", "Bearertoken"} {
		if _, err := a.Authenticate(t.Context(), header); !errors.Is(err, access.ErrNoToken) {
			t.Errorf("%q gives %v", header, err)
		}
	}
}

func TestConfigurationsThatAreRefused(t *testing.T) {
	for name, c := range map[string]access.Config{
		"no audience":        {},
		"skew of an hour":    {Audience: audience, Skew: time.Hour},
		"negative lifetime":  {Audience: audience, MaxLifetime: -1},
		"issuer without key": {Audience: audience, Issuers: []access.Issuer{{Name: issuer}}},
		"issuer twice":       {Audience: audience, Issuers: []access.Issuer{{Name: issuer, Keys: access.Set{}}, {Name: issuer, Keys: access.Set{}}}},
		"none":               {Audience: audience, Issuers: []access.Issuer{{Name: issuer, Keys: access.Set{}, Algorithms: []string{"none"}}}},
		"a MAC":              {Audience: audience, Issuers: []access.Issuer{{Name: issuer, Keys: access.Set{}, Algorithms: []string{"HS256"}}}},
	} {
		if _, err := access.New(c); err == nil {
			t.Errorf("%s is accepted", name)
		}
	}
}

func TestKeySetsKeepPublicSigningKeysOnly(t *testing.T) {
	weak, err := rsa.GenerateKey(rand.Reader, 1024)
	if err != nil {
		t.Skip("this Go makes no weak keys: ", err)
	}
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	form := func(raw any, id, use string) jwk.Key {
		key, err := jwk.FromRaw(raw)
		if err != nil {
			t.Fatal(err)
		}
		_ = key.Set(jwk.KeyIDKey, id)
		if use != "" {
			_ = key.Set(jwk.KeyUsageKey, use)
		}
		return key
	}
	b, err := json.Marshal(map[string]any{"keys": []jwk.Key{
		form(&private.PublicKey, "good", ""), form(&private.PublicKey, "", "sig"), form(&private.PublicKey, "enc", "enc"),
		form(private, "private", ""), form([]byte("secret"), "secret", ""), form(&weak.PublicKey, "weak", ""),
	}})
	if err != nil {
		t.Fatal(err)
	}
	set, err := access.ParseSet(b)
	if err != nil {
		t.Fatal(err)
	}
	if len(set) != 1 || set["good"] == nil {
		t.Errorf("the set is %v", set)
	}
	twice, _ := json.Marshal(map[string]any{"keys": []jwk.Key{form(&private.PublicKey, "k", ""), form(&private.PublicKey, "k", "")}})
	if _, err := access.ParseSet(twice); err == nil {
		t.Error("a key id that stands twice is accepted")
	}
}
