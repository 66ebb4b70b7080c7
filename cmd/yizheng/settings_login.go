package main

import (
	"errors"
	"fmt"
	"slices"
	"strings"
)

type loginSettings struct {
	Issuer   string `json:"issuer"`   // of an OpenID Connect provider
	Audience string `json:"audience"` // that its access tokens must name
	// ClientID is this deployment, as the provider knows it: people then log
	// in to the desk there. Without it there is no desk.
	ClientID string `json:"clientId,omitempty"`
	// ClientSecretFile is a file with the client's secret, from the data
	// directory; none for a public client, which PKCE protects alone.
	ClientSecretFile string `json:"clientSecretFile,omitempty"`
}

// audience is what tokens must be for that this deployment takes, its own as
// well as a provider's: the one that the provider knows, or else the address.
func (s *settings) audience() string {
	if s.Login != nil {
		return s.Login.Audience
	}
	return s.URL
}

func (s *loginSettings) check() error {
	switch {
	case s.Issuer == "" || s.Audience == "":
		return errors.New("login needs issuer and audience, both or neither")
	case s.ClientID == s.Audience:
		return errors.New("login: clientId is also the audience, so that an ID token would pass for an access token")
	case s.ClientSecretFile != "" && s.ClientID == "":
		return errors.New("login: clientSecretFile needs clientId")
	}
	return nil
}

// holderLoginSettings name an OpenID Connect provider that knows businesses.
// Its access tokens are nothing to us: what its ID tokens say counts.
type holderLoginSettings struct {
	Issuer   string `json:"issuer"`   // of the provider
	ClientID string `json:"clientId"` // this deployment, as the provider knows it
	// ClientSecretFile is a file with the client's secret, from the data
	// directory; none for a public client.
	ClientSecretFile string `json:"clientSecretFile,omitempty"`
	// Claim of the ID token is the unified social credit code of the business.
	Claim  string   `json:"claim"`
	Scopes []string `json:"scopes,omitempty"` // asked for beside openid, so that the claim is given
}

func (s *holderLoginSettings) check() error {
	switch {
	case s.Issuer == "" || s.ClientID == "" || s.Claim == "":
		return errors.New("holderLogin needs issuer, clientId and claim")
	case slices.Contains([]string{"sub", "iss", "aud", "nonce", "azp"}, s.Claim):
		return fmt.Errorf("holderLogin: the claim %q says something else than a credit code", s.Claim)
	case slices.ContainsFunc(s.Scopes, func(scope string) bool { return scope == "" || strings.ContainsAny(scope, " \"\\") }):
		return errors.New("holderLogin: a scope is one word")
	}
	return nil
}
