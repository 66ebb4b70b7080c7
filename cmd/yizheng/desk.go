package main

import (
	"bytes"
	"fmt"
	"net/http"
	"os"
	"strings"
	"time"

	"yizheng/api"
	"yizheng/api/access"
	"yizheng/api/login"
	bureau "yizheng/desk"
	"yizheng/license"
	"yizheng/trust"
)

// deskCookie is the name of the desk's cookie.
const deskCookie = "yizheng-desk"

// desk builds the issuer's desk, and gives who is logged in there. There is
// none where nobody could log in: the accounts are those of a demonstration,
// and serve has none.
func (n *node) desk(tokens *access.Authenticator, provider *access.OIDC, accounts []bureau.Account, disputes bureau.Disputes) (http.Handler, *login.Sessions, error) {
	d := n.d
	address := d.publicURL()
	at, err := d.logIn(tokens, provider, address+bureau.Root+"/login/back")
	if err != nil || at == nil && len(accounts) == 0 {
		return nil, nil, err
	}
	issuing, err := d.office()
	if err != nil {
		return nil, nil, err
	}
	sessions, err := login.NewSessions(login.SessionsConfig{
		Store: d.store, Name: deskCookie, Secure: strings.HasPrefix(address, "https://"), Clock: d.clock,
	})
	if err != nil {
		return nil, nil, err
	}
	config := bureau.Config{
		URL: address, IssuerName: issuing.Name, Region: d.settings.Region, Sessions: sessions, Accounts: accounts,
		Issuer: n.issuing, Register: d.store, Renderer: d.press, Batches: n.batches, Links: d.links(), Disputes: disputes, Catalogue: d.catalogue,
		Changed: n.wake, Expiry: n.expiry, Closing: api.Closing, Issuers: n.issuerNamed,
		Demonstration: d.settings.Demonstration, Log: d.log, Clock: d.clock,
	}
	if at != nil {
		config.Login = at
	}
	desk, err := bureau.New(config)
	if err != nil {
		return nil, nil, err
	}
	n.bureau = desk
	return desk, sessions, nil
}

// logIn logs people in at the provider of config.json; nil where it names no
// client.
func (d *deployment) logIn(tokens *access.Authenticator, provider *access.OIDC, back string) (*login.Provider, error) {
	at := d.settings.Login
	if provider == nil || at.ClientID == "" {
		return nil, nil
	}
	identities, err := access.New(access.Config{Audience: at.ClientID, Clock: d.clock, Issuers: []access.Issuer{providerIssuer(at.Issuer, provider)}})
	if err != nil {
		return nil, usage("login", fmt.Errorf("configuring login: %w", err))
	}
	config := login.Config{Provider: provider, ClientID: at.ClientID, Redirect: back, Tokens: tokens, IDTokens: identities}
	if config.Secret, err = d.clientSecret(at.ClientSecretFile); err != nil {
		return nil, usage("login", err)
	}
	p, err := login.New(config)
	if err != nil {
		return nil, usage("login", err)
	}
	return p, nil
}

// secretIn reads a secret from its file, whose owner alone may read it. It is
// read each time, so that it can be changed while the program runs.
func secretIn(path string) (string, error) {
	info, err := os.Stat(path)
	if err != nil {
		return "", fmt.Errorf("reading the client's secret: %w", err)
	}
	if info.Mode().Perm()&0o077 != 0 {
		return "", fmt.Errorf("reading the client's secret: %s is open to others (mode %s)", path, info.Mode().Perm())
	}
	b, err := os.ReadFile(path)
	if err != nil {
		return "", fmt.Errorf("reading the client's secret: %w", err)
	}
	if b = bytes.TrimSpace(b); len(b) == 0 {
		return "", fmt.Errorf("reading the client's secret: %s is empty", path)
	}
	return string(b), nil
}

// expiry says when the trust list and the seal's certificate end.
func (n *node) expiry() bureau.Expiry {
	e := bureau.Expiry{Seal: time.Unix(int64(n.d.press.seal.expires()), 0)}
	for _, part := range []trust.Part{trust.ListPart, trust.PolicyPart, trust.AuthoritiesPart} {
		if at := n.trustEnds(part); !at.IsZero() && (e.TrustList.IsZero() || at.Before(e.TrustList)) {
			e.TrustList = at
		}
	}
	e.TrustLate = len(n.aging()) > 0
	return e
}

// issuerNamed gives the name of the organ with a credit code, by the trust
// list.
func (n *node) issuerNamed(code string) string {
	for _, i := range n.view.Load().bundle.Issuers {
		if i.Code == license.CreditCode(code) {
			return i.Name
		}
	}
	return ""
}
