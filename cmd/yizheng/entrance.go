package main

import (
	"fmt"
	"strings"
	"time"

	"yizheng/api"
	"yizheng/api/access"
	"yizheng/api/login"
	"yizheng/examples"
	"yizheng/license"
)

// holderCookie is the name of the cookie of a business that is logged in, and
// the other two are for how long it is: a phone at a counter is left lying.
const (
	holderCookie  = "yizheng-holder"
	holderIdle    = 15 * time.Minute
	holderLongest = 2 * time.Hour
)

// entrance lets businesses log in: at the provider of config.json, or as
// somebody of a demonstration; nil where there is neither.
func (d *deployment) entrance(accounts []api.HolderAccount) (*api.Entrance, error) {
	if d.settings.HolderLogin == nil && len(accounts) == 0 {
		return nil, nil
	}
	address := d.publicURL()
	sessions, err := login.NewSessions(login.SessionsConfig{Store: d.store, Name: holderCookie, Secure: strings.HasPrefix(address, "https://"),
		Idle: holderIdle, Longest: holderLongest, Clock: d.clock})
	if err != nil {
		return nil, err
	}
	e := &api.Entrance{Sessions: sessions, Accounts: accounts}
	if at := d.settings.HolderLogin; at != nil {
		if e.Login, err = d.holderLogin(*at, address+api.HolderLoginBack); err != nil {
			return nil, usage("holder_login", err)
		}
	}
	return e, nil
}

// holderLogin logs businesses in at their provider.
func (d *deployment) holderLogin(at holderLoginSettings, back string) (*login.Provider, error) {
	provider, err := access.NewOIDC(at.Issuer, nil, d.clock)
	if err != nil {
		return nil, fmt.Errorf("configuring holderLogin: %w", err)
	}
	identities, err := access.New(access.Config{Audience: at.ClientID, Clock: d.clock, HolderClaim: at.Claim, Issuers: []access.Issuer{providerIssuer(at.Issuer, provider)}})
	if err != nil {
		return nil, fmt.Errorf("configuring holderLogin: %w", err)
	}
	config := login.Config{Provider: provider, ClientID: at.ClientID, Redirect: back, IDTokens: identities, Scopes: at.Scopes}
	if config.Secret, err = d.clientSecret(at.ClientSecretFile); err != nil {
		return nil, err
	}
	return login.New(config)
}

// clientSecret reads a client's secret each time that it is needed, and once
// now; nil where no file is named.
func (d *deployment) clientSecret(file string) (func() (string, error), error) {
	if file == "" {
		return nil, nil
	}
	path := pathIn(d.dir, file)
	read := func() (string, error) { return secretIn(path) }
	_, err := read()
	return read, err
}

// demoHolders are the businesses of a demonstration's district.
func demoHolders(region license.Region) (accounts []api.HolderAccount, _ error) {
	for _, name := range demoExamples()[region] {
		app, err := examples.Read(name)
		if err != nil {
			return nil, err
		}
		accounts = append(accounts, api.HolderAccount{Name: app.Holder.Name, Code: app.Holder.CreditCode})
	}
	return accounts, nil
}
