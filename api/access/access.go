// Package access decides who a request comes from and what it may do: bearer
// tokens (RFC 6750) that are signed JWTs (RFC 7519, profile of RFC 9068).
// Start with [New] and [Authenticator.Authenticate]; [Issue] makes a token with
// the deployment's own key, [OIDC] trusts an identity provider's.
//
// Nothing is granted that a token does not name: a [Grant] without a scope
// allows nothing, and one without an authority acts for nobody.
package access

import (
	"errors"
	"slices"
	"time"
)

// Scope is one ability, as the space-separated claim "scope" names it.
type Scope string

// The scopes there are. A token with any other keeps the ones that are known.
const (
	LicenseRead       Scope = "license:read"       // see licenses, their documents and their filing
	LicenseWrite      Scope = "license:write"      // preview, issue, change and withdraw licenses, for the issuing office
	PermitWrite       Scope = "permit:write"       // act on permits of the token's own authority
	VerificationRead  Scope = "verification:read"  // see who checked a license
	VerificationWrite Scope = "verification:write" // record a check
	LibraryRead       Scope = "library:read"       // see what has and has not reached the library
	LibraryWrite      Scope = "library:write"      // send dead letters again
	DisputeRead       Scope = "dispute:read"       // see disputes: the issuing office all, others those that they filed
	DisputeWrite      Scope = "dispute:write"      // file a dispute about a license that was checked
	DisputeAnswer     Scope = "dispute:answer"     // answer a dispute, for the issuing office
)

// Scopes lists every scope, in the order of the constants.
func Scopes() []Scope {
	return []Scope{LicenseRead, LicenseWrite, PermitWrite, VerificationRead, VerificationWrite, LibraryRead, LibraryWrite,
		DisputeRead, DisputeWrite, DisputeAnswer}
}

// Grant is what a token that has been checked allows.
type Grant struct {
	Issuer    string    // who vouches for the subject (iss)
	Subject   string    // who acts (sub): goes into the audit trail
	Authority string    // the full name of the authority the subject acts for; empty for none
	Scopes    []Scope   // known scopes only
	Expires   time.Time // when the token ends, UTC
	Holder    string    // the business that somebody acts for, as the claim of Config.HolderClaim has it; of ID tokens only
}

// Allows says whether g names the scope s.
func (g Grant) Allows(s Scope) bool { return slices.Contains(g.Scopes, s) }

// ActsFor says whether the token acts for the authority of that full name. No
// token acts for the empty name.
func (g Grant) ActsFor(authority string) bool {
	return authority != "" && g.Authority == authority
}

// ErrNoToken is returned where a request carries no bearer token at all.
var ErrNoToken = errors.New("no bearer token")

// ErrUnavailable is returned where the issuer's keys could not be had, so that
// the token is neither good nor bad.
var ErrUnavailable = errors.New("keys of the token's issuer are unavailable")

// TokenError says why a token does not count. The text never quotes the token.
type TokenError struct {
	Reason string // stable: malformed, algorithm, type, issuer, key, signature, audience, expired, not_yet_valid, lifetime, nonce, claims
	text   string
}

// Error gives the reason in words.
func (e *TokenError) Error() string { return "refusing token: " + e.text }

func refuse(reason, text string) error { return &TokenError{Reason: reason, text: text} }
