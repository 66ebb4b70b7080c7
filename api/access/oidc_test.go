package access_test

import (
	"crypto/rand"
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"yizheng/api/access"
)

// provider is an OpenID Connect provider on this machine.
type provider struct {
	*httptest.Server
	keys    atomic.Pointer[[]byte]
	down    atomic.Bool
	fetches atomic.Int64
	issuer  string // as the discovery document names it
}

func newProvider(t *testing.T) *provider {
	p := &provider{}
	p.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch {
		case p.down.Load():
			http.Error(w, "down", http.StatusServiceUnavailable)
		case r.URL.Path == "/.well-known/openid-configuration":
			_ = json.NewEncoder(w).Encode(map[string]string{"issuer": p.issuer, "jwks_uri": p.URL + "/keys"})
		case r.URL.Path == "/keys":
			p.fetches.Add(1)
			_, _ = w.Write(*p.keys.Load())
		default:
			http.Redirect(w, r, "/keys", http.StatusFound)
		}
	}))
	t.Cleanup(p.Close)
	p.issuer = p.URL
	return p
}

func (p *provider) publish(t *testing.T) *access.Key {
	key, err := access.Generate(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	public, err := key.PublicSet()
	if err != nil {
		t.Fatal(err)
	}
	p.keys.Store(&public)
	return key
}

func TestOIDCKeysAreFetchedAndKept(t *testing.T) {
	p := newProvider(t)
	first := p.publish(t)
	clock := now
	keys, err := access.NewOIDC(p.URL, nil, func() time.Time { return clock })
	if err != nil {
		t.Fatal(err)
	}
	a, err := access.New(access.Config{Audience: audience, Issuers: []access.Issuer{{Name: p.URL, Keys: keys}}, Clock: func() time.Time { return clock }})
	if err != nil {
		t.Fatal(err)
	}
	try := func(key *access.Key) error {
		token, err := access.Issue(key, access.Token{Issuer: p.URL, Audience: audience, Subject: "s", Scopes: access.Scopes(), Lifetime: time.Hour}, clock, rand.Reader)
		if err != nil {
			t.Fatal(err)
		}
		_, err = a.Authenticate(t.Context(), "Bearer "+token)
		return err
	}
	fetched := func(want int64, when string) {
		t.Helper()
		if got := p.fetches.Load(); got != want {
			t.Errorf("%s: %d fetches, want %d", when, got, want)
		}
	}

	for range 3 {
		if err := try(first); err != nil {
			t.Fatal(err)
		}
	}
	fetched(1, "three tokens")

	second := p.publish(t)
	for range 3 {
		if err := try(second); err == nil {
			t.Error("the provider is asked again at once")
		}
	}
	fetched(1, "unknown key at once")
	clock = clock.Add(31 * time.Second)
	if err := try(second); err != nil {
		t.Errorf("a new key after the pause: %v", err)
	}
	var refused *access.TokenError
	if err := try(first); !errors.As(err, &refused) || refused.Reason != "key" {
		t.Errorf("a key no longer published: %v", err)
	}
	fetched(2, "unknown key after the pause")

	p.down.Store(true)
	clock = clock.Add(time.Hour)
	if err := try(second); err != nil {
		t.Errorf("an hour of outage: %v", err)
	}
	clock = clock.Add(6 * time.Hour)
	if err := try(second); !errors.Is(err, access.ErrUnavailable) {
		t.Errorf("seven hours of outage: %v", err)
	}
	p.down.Store(false)
	clock = clock.Add(time.Minute)
	if err := try(second); err != nil {
		t.Errorf("after the outage: %v", err)
	}
}

func TestOIDCProvidersThatAreNotBelieved(t *testing.T) {
	for name, spoil := range map[string]func(*provider){
		"of another issuer": func(p *provider) { p.issuer = "https://other.example" },
		"too large": func(p *provider) {
			b := []byte(`{"keys":[],"x":"` + strings.Repeat("x", 300<<10) + `"}`)
			p.keys.Store(&b)
		},
		"no key set": func(p *provider) { b := []byte(`<html>`); p.keys.Store(&b) },
		"down":       func(p *provider) { p.down.Store(true) },
	} {
		t.Run(name, func(t *testing.T) {
			p := newProvider(t)
			p.publish(t)
			spoil(p)
			keys, err := access.NewOIDC(p.URL, nil, nil)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := keys.Key(t.Context(), "k"); !errors.Is(err, access.ErrUnavailable) {
				t.Errorf("got %v", err)
			}
		})
	}
	for _, address := range []string{"", "http://zheng.example", "https://a:b@zheng.example", "file:///etc/keys", "zheng.example"} {
		if _, err := access.NewOIDC(address, nil, nil); err == nil {
			t.Errorf("%q is accepted", address)
		}
	}
}
