// Package login lets people log in with a browser: at an OpenID Connect
// provider, by the authorization code flow with PKCE (OpenID Connect Core 1.0,
// section 3.1; RFC 7636), after which a session stands for what their access
// token grants. Start with [New] for the provider's side and [NewSessions] for
// ours.
//
// Rights are those of bearer tokens, by the same claims: whoever may do a thing
// by a page may do it by a program, and nobody more.
package login

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"yizheng/api/access"
)

// Sentinels of logging in. What is wrong with a token is an
// [*access.TokenError], a provider that cannot be reached
// [access.ErrUnavailable].
var (
	// ErrAttempt says that the answer is to no log-in of this browser, or to
	// one that took too long.
	ErrAttempt = errors.New("no log-in of this browser is under way")
	// ErrRefused says that the provider has let nobody in.
	ErrRefused = errors.New("the provider refused the log-in")
)

// Config is what logging in at a provider needs.
type Config struct {
	Provider *access.OIDC           // required
	ClientID string                 // as the provider knows this deployment; required
	Secret   func() (string, error) // the client's secret, read when it is needed; nil for a public client
	Redirect string                 // where the provider sends the browser back to; required
	Tokens   *access.Authenticator  // checks access tokens, as for programs; nil where the ID token alone counts, which grants nothing
	Scopes   []string               // asked for beside openid where Tokens is nil; with Tokens those of programs are
	IDTokens *access.Authenticator  // checks ID tokens: its audience is ClientID; required
	Client   *http.Client           // nil for the default one
	Rand     io.Reader              // nil for the machine's
}

// Provider logs people in at one OpenID Connect provider. It is safe for use
// from many goroutines.
type Provider struct{ c Config }

// How long the provider may take to answer, and how much it may say.
const (
	exchangeWithin = 5 * time.Second
	maxAnswer      = 64 << 10
)

// New checks the configuration. Nothing is fetched yet.
func New(c Config) (*Provider, error) {
	if c.Provider == nil || c.ClientID == "" || c.Redirect == "" || c.IDTokens == nil {
		return nil, errors.New("configuring log-in: Provider, ClientID, Redirect and IDTokens are required")
	}
	if c.Tokens != nil && len(c.Scopes) > 0 {
		return nil, errors.New("configuring log-in: with Tokens the scopes are those of programs")
	}
	if c.Client == nil {
		c.Client = http.DefaultClient
	}
	bounded := *c.Client
	bounded.Timeout = exchangeWithin
	bounded.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	c.Client = &bounded
	if c.Rand == nil {
		c.Rand = rand.Reader
	}
	return &Provider{c}, nil
}

// Attempt is one log-in that is under way. The browser keeps it, out of the
// reach of scripts, until it comes back.
type Attempt struct {
	State    string // which answer belongs to it
	Nonce    string // which ID token belongs to it
	Verifier string // proves to the provider that who began it exchanges its code
	To       string // where to go on afterwards, for whoever began it to judge; may be empty
}

// Begin draws an attempt and gives the address to send the browser to.
func (p *Provider) Begin(ctx context.Context) (address string, a Attempt, _ error) {
	places, err := p.c.Provider.Endpoints(ctx)
	if err != nil {
		return "", a, fmt.Errorf("beginning a log-in: %w", err)
	}
	for _, s := range []*string{&a.State, &a.Nonce, &a.Verifier} {
		if *s, err = draw(p.c.Rand); err != nil {
			return "", a, err
		}
	}
	to, err := url.Parse(places.Authorization)
	if err != nil {
		return "", a, fmt.Errorf("%w: the provider's address is none", access.ErrUnavailable)
	}
	challenge := sha256.Sum256([]byte(a.Verifier))
	q := to.Query()
	for name, value := range map[string]string{
		"response_type": "code", "client_id": p.c.ClientID, "redirect_uri": p.c.Redirect, "scope": p.scopes(),
		"state": a.State, "nonce": a.Nonce,
		"code_challenge": base64.RawURLEncoding.EncodeToString(challenge[:]), "code_challenge_method": "S256",
	} {
		q.Set(name, value)
	}
	to.RawQuery = q.Encode()
	return to.String(), a, nil
}

// scopes are those that a log-in asks for: the provider gives of them what the
// person has.
func (p *Provider) scopes() string {
	all := append([]string{"openid"}, p.c.Scopes...)
	if p.c.Tokens == nil {
		return strings.Join(all, " ")
	}
	for _, s := range access.Scopes() {
		all = append(all, string(s))
	}
	return strings.Join(all, " ")
}

// Goodbye gives the address where a log-out may go on at the provider, which
// sends the browser back to the one given; empty where there is none.
func (p *Provider) Goodbye(ctx context.Context, back string) string {
	places, err := p.c.Provider.Endpoints(ctx)
	if err != nil || places.EndSession == "" {
		return ""
	}
	to, err := url.Parse(places.EndSession)
	if err != nil {
		return ""
	}
	q := to.Query()
	q.Set("client_id", p.c.ClientID)
	q.Set("post_logout_redirect_uri", back)
	to.RawQuery = q.Encode()
	return to.String()
}

// draw gives 256 random bits as text.
func draw(from io.Reader) (string, error) {
	var b [32]byte
	if _, err := io.ReadFull(from, b[:]); err != nil {
		return "", fmt.Errorf("drawing a secret: %w", err)
	}
	return base64.RawURLEncoding.EncodeToString(b[:]), nil
}
