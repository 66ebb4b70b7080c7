// Package logintest is an OpenID Connect provider on this machine: discovery,
// keys, authorization code flow with PKCE, log-out. Only tests import it.
// Start with [Start].
package logintest

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/lestrrat-go/jwx/v2/jwa"
	"github.com/lestrrat-go/jwx/v2/jwk"
	"github.com/lestrrat-go/jwx/v2/jws"

	"crypto/ecdsa"
	"crypto/elliptic"
)

// Person is who sits at the browser, as the provider knows them.
type Person struct {
	Subject   string
	Authority string
	Scope     string         // space-separated; of those that are asked for only these are given
	Refuses   bool           // presses cancel
	Claims    map[string]any // more of what the ID token says
}

// Provider is a running provider. Its fields may be set between log-ins.
type Provider struct {
	*httptest.Server
	ClientID, Secret string // Secret may be empty: a public client
	Audience         string // of access tokens
	Clock            func() time.Time

	mu       sync.Mutex
	person   Person
	spoil    func(id, access map[string]any) // changes what tokens say
	key      jwk.Key
	codes    map[string]pending
	Redirect string // the only one that is allowed
	Logouts  int
}

// pending is a log-in between its two halves.
type pending struct {
	person                            Person
	nonce, challenge, redirect, scope string
}

// Start starts a provider that ends with the test.
func Start(t testing.TB, clientID, secret, audience string) *Provider {
	t.Helper()
	p := &Provider{ClientID: clientID, Secret: secret, Audience: audience, Clock: time.Now, codes: map[string]pending{}}
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	if p.key, err = jwk.FromRaw(private); err != nil {
		t.Fatal(err)
	}
	if err := p.key.Set(jwk.KeyIDKey, "provider"); err != nil {
		t.Fatal(err)
	}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /.well-known/openid-configuration", p.discover)
	mux.HandleFunc("GET /keys", p.keys)
	mux.HandleFunc("GET /authorize", p.authorize)
	mux.HandleFunc("POST /token", p.token)
	mux.HandleFunc("GET /logout", func(w http.ResponseWriter, r *http.Request) {
		p.mu.Lock()
		p.Logouts++
		p.mu.Unlock()
		http.Redirect(w, r, r.FormValue("post_logout_redirect_uri"), http.StatusFound)
	})
	p.Server = httptest.NewServer(mux)
	t.Cleanup(p.Close)
	return p
}

// Sit says who sits at the browser from now on.
func (p *Provider) Sit(person Person) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.person = person
}

// Spoil changes the claims of the tokens that are given from now on; nil
// leaves them as they should be.
func (p *Provider) Spoil(spoil func(id, access map[string]any)) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.spoil = spoil
}

func answer(w http.ResponseWriter, status int, v any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(v)
}

func (p *Provider) discover(w http.ResponseWriter, _ *http.Request) {
	answer(w, http.StatusOK, map[string]string{"issuer": p.URL, "jwks_uri": p.URL + "/keys",
		"authorization_endpoint": p.URL + "/authorize", "token_endpoint": p.URL + "/token", "end_session_endpoint": p.URL + "/logout"})
}

func (p *Provider) keys(w http.ResponseWriter, _ *http.Request) {
	public, err := p.key.PublicKey()
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	answer(w, http.StatusOK, map[string]any{"keys": []any{public}})
}

// authorize lets in whoever sits there, without a question.
func (p *Provider) authorize(w http.ResponseWriter, r *http.Request) {
	p.mu.Lock()
	defer p.mu.Unlock()
	q := r.URL.Query()
	switch {
	case q.Get("client_id") != p.ClientID || q.Get("redirect_uri") != p.Redirect:
		http.Error(w, "no such client", http.StatusBadRequest)
		return
	case q.Get("response_type") != "code" || q.Get("code_challenge_method") != "S256" || len(q.Get("code_challenge")) != 43 ||
		q.Get("state") == "" || q.Get("nonce") == "" || !strings.Contains(" "+q.Get("scope")+" ", " openid "):
		http.Error(w, "no code flow with PKCE", http.StatusBadRequest)
		return
	}
	back := url.Values{"state": {q.Get("state")}, "iss": {p.URL}}
	if p.person.Refuses {
		back.Set("error", "access_denied")
	} else {
		code := rand.Text()
		back.Set("code", code)
		p.codes[code] = pending{p.person, q.Get("nonce"), q.Get("code_challenge"), q.Get("redirect_uri"), q.Get("scope")}
	}
	http.Redirect(w, r, p.Redirect+"?"+back.Encode(), http.StatusFound)
}

// token exchanges a code, once, with whoever began the log-in.
func (p *Provider) token(w http.ResponseWriter, r *http.Request) {
	p.mu.Lock()
	defer p.mu.Unlock()
	id, secret, basic := r.BasicAuth()
	if p.Secret != "" && (!basic || id != url.QueryEscape(p.ClientID) || secret != url.QueryEscape(p.Secret)) || r.PostFormValue("client_id") != p.ClientID {
		answer(w, http.StatusUnauthorized, map[string]string{"error": "invalid_client"})
		return
	}
	had, found := p.codes[r.PostFormValue("code")]
	delete(p.codes, r.PostFormValue("code"))
	sum := sha256.Sum256([]byte(r.PostFormValue("code_verifier")))
	if !found || r.PostFormValue("grant_type") != "authorization_code" || r.PostFormValue("redirect_uri") != had.redirect ||
		base64.RawURLEncoding.EncodeToString(sum[:]) != had.challenge {
		answer(w, http.StatusBadRequest, map[string]string{"error": "invalid_grant"})
		return
	}
	now := p.Clock().Unix()
	identity := map[string]any{"iss": p.URL, "sub": had.person.Subject, "aud": p.ClientID, "exp": now + 300, "iat": now, "nonce": had.nonce}
	access := map[string]any{"iss": p.URL, "sub": had.person.Subject, "aud": p.Audience, "exp": now + 300, "iat": now,
		"scope": granted(had.scope, had.person.Scope), "authority": had.person.Authority}
	maps.Copy(identity, had.person.Claims)
	if p.spoil != nil {
		p.spoil(identity, access)
	}
	answer(w, http.StatusOK, map[string]any{"token_type": "Bearer", "expires_in": 300,
		"id_token": p.sign(identity, "JWT"), "access_token": p.sign(access, "at+jwt")})
}

// granted are the scopes that were asked for and that the person has.
func granted(asked, has string) string {
	var both []string
	for s := range strings.FieldsSeq(has) {
		if strings.Contains(" "+asked+" ", " "+s+" ") {
			both = append(both, s)
		}
	}
	return strings.Join(both, " ")
}

func (p *Provider) sign(claims map[string]any, typ string) string {
	payload, err := json.Marshal(claims)
	if err != nil {
		panic(err)
	}
	headers := jws.NewHeaders()
	if err := headers.Set(jws.TypeKey, typ); err != nil {
		panic(err)
	}
	signed, err := jws.Sign(payload, jws.WithKey(jwa.ES256, p.key, jws.WithProtectedHeaders(headers)))
	if err != nil {
		panic(err)
	}
	return string(signed)
}
