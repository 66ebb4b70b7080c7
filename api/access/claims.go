package access

import (
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"strings"
	"time"
	"unicode"
)

// claims are the members that count. encoding/json takes the last of members
// named twice; the issuer signed them, so that is the issuer's affair.
type claims struct {
	Issuer    string   `json:"iss"`
	Subject   string   `json:"sub"`
	Audience  audience `json:"aud"`
	Expires   *numeric `json:"exp"`
	NotBefore *numeric `json:"nbf,omitempty"`
	IssuedAt  *numeric `json:"iat"`
	ID        string   `json:"jti,omitempty"`
	Scope     string   `json:"scope"`
	Authority string   `json:"authority,omitempty"`

	// Of ID tokens only.
	Nonce           string `json:"nonce,omitempty"`
	AuthorizedParty string `json:"azp,omitempty"`
}

// audience is a string or a list of them (RFC 7519, section 4.1.3).
type audience []string

// UnmarshalJSON reads both forms.
func (a *audience) UnmarshalJSON(b []byte) error {
	if len(b) > 0 && b[0] == '"' {
		var one string
		err := json.Unmarshal(b, &one)
		*a = audience{one}
		return err
	}
	return json.Unmarshal(b, (*[]string)(a))
}

// numeric is a NumericDate: seconds since 1970, perhaps with a fraction.
type numeric struct{ time.Time }

// UnmarshalJSON reads seconds within the years that a clock can show.
func (n *numeric) UnmarshalJSON(b []byte) error {
	var seconds float64
	if err := json.Unmarshal(b, &seconds); err != nil {
		return err
	}
	if seconds < 0 || seconds > 1<<40 {
		return fmt.Errorf("reading date: %v seconds lie outside what a clock shows", seconds)
	}
	n.Time = time.Unix(int64(math.Floor(seconds)), 0).UTC()
	return nil
}

// MarshalJSON writes whole seconds.
func (n numeric) MarshalJSON() ([]byte, error) { return json.Marshal(n.Unix()) }

// timely checks exp, nbf and iat against the clock. Both exp and iat are
// required: without them no lifetime can be capped.
func (a *Authenticator) timely(c claims) error {
	if c.Expires == nil || c.IssuedAt == nil {
		return refuse("claims", "it lacks exp or iat")
	}
	now := a.config.Clock()
	if !now.Before(c.Expires.Add(a.config.Skew)) {
		return refuse("expired", "it has expired")
	}
	if c.IssuedAt.After(now.Add(a.config.Skew)) || c.NotBefore != nil && c.NotBefore.After(now.Add(a.config.Skew)) {
		return refuse("not_yet_valid", "it is not valid yet")
	}
	if c.Expires.Sub(c.IssuedAt.Time) > a.config.MaxLifetime {
		return refuse("lifetime", "it lives longer than is allowed here")
	}
	return nil
}

// grant turns checked claims into what they allow.
func grant(c claims) (Grant, error) {
	if c.Subject == "" || !plain(c.Subject) || !plain(c.Authority) {
		return Grant{}, refuse("claims", "its subject or authority is empty, too long or not plain text")
	}
	g := Grant{Issuer: c.Issuer, Subject: c.Subject, Authority: c.Authority, Expires: c.Expires.Time}
	for _, s := range strings.Fields(c.Scope) {
		if slices.Contains(Scopes(), Scope(s)) && !g.Allows(Scope(s)) {
			g.Scopes = append(g.Scopes, Scope(s))
		}
	}
	return g, nil
}

// plain holds for text that may stand in a log line or an audit record.
func plain(s string) bool {
	return len(s) <= maxName && !strings.ContainsFunc(s, func(r rune) bool {
		return r == unicode.ReplacementChar || !unicode.IsGraphic(r)
	})
}
