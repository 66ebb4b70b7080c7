package login

import (
	"context"
	"crypto/subtle"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"

	"yizheng/api/access"
)

// Finish reads what the provider sent the browser back with, exchanges the
// code, and gives what the access token grants: it counts as for a program,
// and must be of the same person as the ID token that answers this attempt.
// Where access tokens are nothing to us, it gives who that ID token names.
func (p *Provider) Finish(ctx context.Context, a Attempt, answer url.Values) (access.Grant, error) {
	if a.State == "" || subtle.ConstantTimeCompare([]byte(answer.Get("state")), []byte(a.State)) != 1 {
		return access.Grant{}, ErrAttempt
	}
	// RFC 9207: an answer that names another provider was mixed up.
	if iss := answer.Get("iss"); iss != "" && iss != p.c.Provider.Issuer() {
		return access.Grant{}, ErrAttempt
	}
	if answer.Get("error") != "" || answer.Get("code") == "" {
		return access.Grant{}, ErrRefused
	}
	tokens, err := p.exchange(ctx, a, answer.Get("code"))
	if err != nil {
		return access.Grant{}, err
	}
	who, err := p.c.IDTokens.IDToken(ctx, tokens.ID, a.Nonce)
	if err != nil {
		return access.Grant{}, fmt.Errorf("checking the ID token: %w", err)
	}
	if p.c.Tokens == nil {
		return who, nil
	}
	grant, err := p.c.Tokens.Authenticate(ctx, "Bearer "+tokens.Access)
	if err != nil {
		return access.Grant{}, fmt.Errorf("checking the access token: %w", err)
	}
	if grant.Issuer != who.Issuer || grant.Subject != who.Subject {
		return access.Grant{}, fmt.Errorf("%w: its tokens are of two people", ErrRefused)
	}
	return grant, nil
}

// answered is what a code was exchanged for.
type answered struct {
	Access string `json:"access_token"`
	ID     string `json:"id_token"`
	Type   string `json:"token_type"`
}

// exchange gives the code back to the provider (RFC 6749, section 4.1.3).
func (p *Provider) exchange(ctx context.Context, a Attempt, code string) (tokens answered, _ error) {
	places, err := p.c.Provider.Endpoints(ctx)
	if err != nil {
		return tokens, fmt.Errorf("exchanging the code: %w", err)
	}
	form := url.Values{"grant_type": {"authorization_code"}, "code": {code}, "redirect_uri": {p.c.Redirect},
		"client_id": {p.c.ClientID}, "code_verifier": {a.Verifier}}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, places.Token, strings.NewReader(form.Encode()))
	if err != nil {
		return tokens, fmt.Errorf("%w: the provider's address is none", access.ErrUnavailable)
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("Accept", "application/json")
	if p.c.Secret != nil {
		secret, err := p.c.Secret()
		if err != nil {
			return tokens, fmt.Errorf("reading the client's secret: %w", err)
		}
		r.SetBasicAuth(url.QueryEscape(p.c.ClientID), url.QueryEscape(secret))
	}
	response, err := p.c.Client.Do(r)
	if err != nil {
		return tokens, fmt.Errorf("%w: exchanging the code: %w", access.ErrUnavailable, err)
	}
	defer func() { _ = response.Body.Close() }() // it was read
	body, err := io.ReadAll(io.LimitReader(response.Body, maxAnswer+1))
	switch {
	case err != nil || response.StatusCode >= http.StatusInternalServerError:
		return tokens, fmt.Errorf("%w: exchanging the code: status %d", access.ErrUnavailable, response.StatusCode)
	case response.StatusCode != http.StatusOK || len(body) > maxAnswer:
		return tokens, fmt.Errorf("%w: exchanging the code: status %d", ErrRefused, response.StatusCode)
	}
	if err := json.Unmarshal(body, &tokens); err != nil { // whose text may quote a token
		return tokens, fmt.Errorf("%w: the provider's answer is no JSON", ErrRefused)
	}
	if !strings.EqualFold(tokens.Type, "Bearer") || tokens.Access == "" || tokens.ID == "" {
		return tokens, fmt.Errorf("%w: %w", ErrRefused, errors.New("the provider gave no bearer token, or no ID token"))
	}
	return tokens, nil
}
