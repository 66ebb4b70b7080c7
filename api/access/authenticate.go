package access

import (
	"context"
	"crypto"
	"crypto/subtle"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/lestrrat-go/jwx/v2/jwa"
	"github.com/lestrrat-go/jwx/v2/jws"
)

// MaxLifetime is the longest that a token may hold, where a [Config] says
// nothing else, and the longest that [Issue] makes.
const MaxLifetime = 12 * time.Hour

const (
	maxToken    = 8 << 10
	maxName     = 512
	defaultSkew = time.Minute
	tokenType   = "at+jwt" // RFC 9068
)

// Keys finds an issuer's public key by its key id. Key must be safe for use
// from many goroutines. It returns a [*TokenError] for an id that the issuer
// does not have, and an error that is [ErrUnavailable] where it cannot tell.
type Keys interface {
	Key(ctx context.Context, keyID string) (crypto.PublicKey, error)
}

// Issuer is one source of tokens.
type Issuer struct {
	Name       string   // must equal the claim iss
	Keys       Keys     // where its public keys come from
	Algorithms []string // JWS algorithms accepted from it; empty for ES256 and EdDSA. Never "none", never a MAC.
	AnyType    bool     // accept tokens whose header names no typ, or "JWT": some identity providers know no other
}

// Config is what an Authenticator needs.
type Config struct {
	Audience    string           // must stand in the claim aud: names this deployment
	Issuers     []Issuer         // none: every token is refused
	Clock       func() time.Time // nil for time.Now
	Skew        time.Duration    // by which clocks may differ; zero for one minute, at most five
	MaxLifetime time.Duration    // longest allowed exp-iat; zero for 12 h
	HolderClaim string           // of ID tokens: the claim that names the business somebody acts for; empty for none
}

// Authenticator checks bearer tokens. It is safe for use from many goroutines.
type Authenticator struct{ config Config }

// allowed are the algorithms an issuer may be configured with: signatures
// only, so that a public key can never be taken for a MAC's secret.
var allowed = []string{"ES256", "ES384", "EdDSA", "RS256", "PS256"}

// New checks the configuration.
func New(c Config) (*Authenticator, error) {
	if c.Audience == "" {
		return nil, fmt.Errorf("configuring access: no audience")
	}
	if c.Skew < 0 || c.Skew > 5*time.Minute {
		return nil, fmt.Errorf("configuring access: clock skew %s lies outside 0 to 5 min", c.Skew)
	}
	if c.MaxLifetime < 0 {
		return nil, fmt.Errorf("configuring access: longest lifetime %s is negative", c.MaxLifetime)
	}
	c.Issuers = slices.Clone(c.Issuers)
	for i, issuer := range c.Issuers {
		if issuer.Name == "" || issuer.Keys == nil {
			return nil, fmt.Errorf("configuring access: issuer %d needs a name and keys", i)
		}
		if slices.ContainsFunc(c.Issuers[:i], func(o Issuer) bool { return o.Name == issuer.Name }) {
			return nil, fmt.Errorf("configuring access: issuer %q is named twice", issuer.Name)
		}
		for _, alg := range issuer.Algorithms {
			if !slices.Contains(allowed, alg) {
				return nil, fmt.Errorf("configuring access: algorithm %q of issuer %q is not one of %s", alg, issuer.Name, strings.Join(allowed, ", "))
			}
		}
		if len(issuer.Algorithms) == 0 {
			c.Issuers[i].Algorithms = []string{"ES256", "EdDSA"}
		}
	}
	if c.Clock == nil {
		c.Clock = time.Now
	}
	if c.Skew == 0 {
		c.Skew = defaultSkew
	}
	if c.MaxLifetime == 0 {
		c.MaxLifetime = MaxLifetime
	}
	return &Authenticator{config: c}, nil
}

// Authenticate reads the value of an Authorization header and gives what its
// token grants. Errors are [ErrNoToken], a [*TokenError], or an error that is
// [ErrUnavailable].
func (a *Authenticator) Authenticate(ctx context.Context, authorization string) (Grant, error) {
	scheme, token, _ := strings.Cut(authorization, " ")
	if !strings.EqualFold(scheme, "Bearer") {
		return Grant{}, ErrNoToken
	}
	_, c, err := a.verified(ctx, token)
	if err != nil {
		return Grant{}, err
	}
	return grant(c)
}

// IDToken checks an ID token (OpenID Connect Core 1.0, section 3.1.3.7) that
// was had for the nonce, and says who logged in; it grants nothing. The
// authenticator's audience is then the client's id. Errors are as those of
// [Authenticator.Authenticate].
func (a *Authenticator) IDToken(ctx context.Context, token, nonce string) (Grant, error) {
	h, c, err := a.verified(ctx, token)
	if err != nil {
		return Grant{}, err
	}
	if strings.EqualFold(h.Type, tokenType) {
		return Grant{}, refuse("type", "it is an access token")
	}
	if nonce == "" || subtle.ConstantTimeCompare([]byte(c.Nonce), []byte(nonce)) != 1 {
		return Grant{}, refuse("nonce", "it was made for another log-in")
	}
	if c.AuthorizedParty != "" && c.AuthorizedParty != a.config.Audience {
		return Grant{}, refuse("audience", "it was made for another client")
	}
	c.Scope, c.Authority = "", ""
	g, err := grant(c)
	if err != nil || a.config.HolderClaim == "" {
		return g, err
	}
	g.Holder, err = named(token, a.config.HolderClaim)
	return g, err
}

// named gives the text of a claim of a token that was verified; empty where it
// has none.
func named(token, claim string) (string, error) {
	var all map[string]json.RawMessage
	if err := decode(strings.Split(token, ".")[1], &all); err != nil {
		return "", refuse("malformed", "its claims cannot be read")
	}
	raw, has := all[claim]
	if !has {
		return "", nil
	}
	var text string
	if err := json.Unmarshal(raw, &text); err != nil || !plain(text) {
		return "", refuse("claims", "the claim of the business is no plain text")
	}
	return text, nil
}

// verified gives what a token says that one of the issuers has signed for this
// audience, and that is valid now.
func (a *Authenticator) verified(ctx context.Context, token string) (header, claims, error) {
	no := func(err error) (header, claims, error) { return header{}, claims{}, err }
	h, c, err := read(token)
	if err != nil {
		return no(err)
	}
	i := slices.IndexFunc(a.config.Issuers, func(o Issuer) bool { return o.Name == c.Issuer })
	if i < 0 {
		return no(refuse("issuer", "its issuer is not one of ours"))
	}
	issuer := a.config.Issuers[i]
	if !slices.Contains(issuer.Algorithms, h.Algorithm) {
		return no(refuse("algorithm", "its algorithm is not one of the issuer's"))
	}
	if !typed(h.Type, issuer.AnyType) {
		return no(refuse("type", "its type is not "+tokenType))
	}
	key, err := issuer.Keys.Key(ctx, h.KeyID)
	if err != nil {
		return no(err)
	}
	if err := fits(h.Algorithm, key); err != nil {
		return no(err)
	}
	if _, err := jws.Verify([]byte(token), jws.WithKey(jwa.SignatureAlgorithm(h.Algorithm), key)); err != nil {
		return no(refuse("signature", "its signature does not verify"))
	}
	if err := a.timely(c); err != nil {
		return no(err)
	}
	if !slices.Contains(c.Audience, a.config.Audience) {
		return no(refuse("audience", "it is meant for another audience"))
	}
	return h, c, nil
}

// header is what the token says of itself. Only alg, kid and typ are used: a
// key that travels in the token (jwk, jku, x5c) proves nothing.
type header struct {
	Algorithm string          `json:"alg"`
	KeyID     string          `json:"kid"`
	Type      string          `json:"typ"`
	Critical  json.RawMessage `json:"crit"`
}

// read takes the token apart; nothing in it is trusted yet.
func read(token string) (header, claims, error) {
	if len(token) > maxToken {
		return header{}, claims{}, refuse("malformed", "it is too long")
	}
	parts := strings.Split(token, ".")
	if len(parts) != 3 {
		return header{}, claims{}, refuse("malformed", "it is not a compact JWS")
	}
	var h header
	if err := decode(parts[0], &h); err != nil {
		return header{}, claims{}, refuse("malformed", "its header cannot be read")
	}
	if h.Critical != nil {
		return header{}, claims{}, refuse("malformed", "it asks for critical extensions")
	}
	var c claims
	if err := decode(parts[1], &c); err != nil {
		return header{}, claims{}, refuse("malformed", "its claims cannot be read")
	}
	return h, c, nil
}

func decode(part string, into any) error {
	b, err := base64.RawURLEncoding.Strict().DecodeString(part)
	if err != nil {
		return err
	}
	return json.Unmarshal(b, into)
}

func typed(typ string, anyType bool) bool {
	switch strings.ToLower(strings.TrimPrefix(strings.ToLower(typ), "application/")) {
	case tokenType:
		return true
	case "", "jwt":
		return anyType
	}
	return false
}
