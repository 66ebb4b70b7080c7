package access

import (
	"context"
	"crypto"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"
)

const (
	fresh      = 15 * time.Minute // after which keys are fetched anew
	retained   = 6 * time.Hour    // for which fetched keys serve while the provider is down
	pause      = 30 * time.Second // between two fetches, whatever tokens ask for
	fetchLimit = 5 * time.Second
)

// OIDC holds the public keys of an OpenID Connect provider: found through its
// discovery document, fetched when first needed, kept for 15 minutes, fetched
// sooner for a key id not seen before but never more than twice a minute, and
// kept for six hours where the provider does not answer.
type OIDC struct {
	issuer string
	client *http.Client
	clock  func() time.Time

	// The gate lets one goroutine fetch at a time; unlike a mutex it can be
	// left when the request is given up.
	gate chan struct{}

	mu      sync.Mutex
	keys    Set
	places  Endpoints
	fetched time.Time // when keys were had
	tried   time.Time // when they were last asked for
	failure error     // of the last try
}

var _ Keys = (*OIDC)(nil)

// NewOIDC takes the issuer's URL exactly as its tokens name it: https, or http
// on a loopback address. The client (nil for the default one) is used without
// redirects and with a limit of five seconds; nothing is fetched yet.
func NewOIDC(issuer string, client *http.Client, clock func() time.Time) (*OIDC, error) {
	if err := fetchable(issuer); err != nil {
		return nil, fmt.Errorf("configuring identity provider: %w", err)
	}
	if client == nil {
		client = http.DefaultClient
	}
	bounded := *client
	bounded.Timeout = fetchLimit
	bounded.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	if clock == nil {
		clock = time.Now
	}
	return &OIDC{issuer: issuer, client: &bounded, clock: clock, gate: make(chan struct{}, 1)}, nil
}

// Key finds the provider's key of that id, fetching where need be.
func (o *OIDC) Key(ctx context.Context, keyID string) (crypto.PublicKey, error) {
	if err := o.look(ctx, func() bool { _, due := o.known(keyID); return due }); err != nil {
		return nil, err
	}
	key, _ := o.known(keyID)
	return answer(key, o.usable())
}

// look fetches what the provider says of itself where that is due.
func (o *OIDC) look(ctx context.Context, due func() bool) error {
	if !due() {
		return nil
	}
	select {
	case o.gate <- struct{}{}:
		defer func() { <-o.gate }()
	case <-ctx.Done():
		return fmt.Errorf("%w: %w", ErrUnavailable, ctx.Err())
	}
	// Whoever held the gate before may have fetched what is wanted here.
	if due() {
		o.refresh(ctx)
	}
	return nil
}

// Endpoints are where a provider logs people in and out, by its discovery
// document (OpenID Connect Discovery 1.0, section 3).
type Endpoints struct {
	Authorization string // where a browser is sent
	Token         string // where a code becomes tokens
	EndSession    string // where a log-out goes on; empty where the provider has none
}

// Endpoints gives them, fetching where need be. The error is [ErrUnavailable].
func (o *OIDC) Endpoints(ctx context.Context) (Endpoints, error) {
	stale := func() bool {
		o.mu.Lock()
		defer o.mu.Unlock()
		now := o.clock()
		return (o.keys == nil || now.Sub(o.fetched) >= fresh) && (o.tried.IsZero() || now.Sub(o.tried) >= pause)
	}
	if err := o.look(ctx, stale); err != nil {
		return Endpoints{}, err
	}
	if err := o.usable(); err != nil {
		return Endpoints{}, err
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.places.Authorization == "" || o.places.Token == "" {
		return Endpoints{}, fmt.Errorf("%w: the provider names no place to log in", ErrUnavailable)
	}
	return o.places, nil
}

// Issuer gives the provider's name, as its tokens have it.
func (o *OIDC) Issuer() string { return o.issuer }

func answer(key crypto.PublicKey, err error) (crypto.PublicKey, error) {
	if err != nil {
		return nil, err
	}
	if key == nil {
		return nil, refuse("key", "its key is not one of the issuer's")
	}
	return key, nil
}

// known gives the key of that id, nil where there is none, and says whether
// the provider should be asked.
func (o *OIDC) known(keyID string) (key crypto.PublicKey, due bool) {
	o.mu.Lock()
	defer o.mu.Unlock()
	now := o.clock()
	key = o.keys[keyID]
	stale := key == nil || now.Sub(o.fetched) >= fresh
	return key, stale && (o.tried.IsZero() || now.Sub(o.tried) >= pause)
}

// usable says whether the keys held still count.
func (o *OIDC) usable() error {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.keys == nil || o.clock().Sub(o.fetched) >= retained {
		return fmt.Errorf("%w: %w", ErrUnavailable, o.failure)
	}
	return nil
}

func (o *OIDC) refresh(ctx context.Context) {
	keys, places, err := o.fetch(ctx)
	o.mu.Lock()
	defer o.mu.Unlock()
	o.tried = o.clock()
	o.failure = err
	if err == nil {
		o.keys, o.places, o.fetched = keys, places, o.tried
	}
}

// fetch reads the discovery document and the key set it names.
func (o *OIDC) fetch(ctx context.Context) (Set, Endpoints, error) {
	document, err := o.get(ctx, strings.TrimSuffix(o.issuer, "/")+"/.well-known/openid-configuration")
	if err != nil {
		return nil, Endpoints{}, fmt.Errorf("fetching discovery document: %w", err)
	}
	var provider struct {
		Issuer        string `json:"issuer"`
		Keys          string `json:"jwks_uri"`
		Authorization string `json:"authorization_endpoint"`
		Token         string `json:"token_endpoint"`
		EndSession    string `json:"end_session_endpoint"`
	}
	if err := json.Unmarshal(document, &provider); err != nil {
		return nil, Endpoints{}, fmt.Errorf("reading discovery document: %w", err)
	}
	if provider.Issuer != o.issuer {
		return nil, Endpoints{}, fmt.Errorf("reading discovery document: it is of another issuer")
	}
	if err := fetchable(provider.Keys); err != nil {
		return nil, Endpoints{}, fmt.Errorf("reading discovery document: %w", err)
	}
	places := Endpoints{provider.Authorization, provider.Token, provider.EndSession}
	for _, place := range []*string{&places.Authorization, &places.Token, &places.EndSession} {
		if fetchable(*place) != nil {
			*place = "" // as if it were not named: nobody is sent there
		}
	}
	b, err := o.get(ctx, provider.Keys)
	if err != nil {
		return nil, Endpoints{}, fmt.Errorf("fetching key set: %w", err)
	}
	set, err := ParseSet(b)
	return set, places, err
}

func (o *OIDC) get(ctx context.Context, address string) ([]byte, error) {
	// The fetch serves every waiting request, so the end of the one that
	// began it must not break it off.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), fetchLimit)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return nil, err
	}
	request.Header.Set("Accept", "application/json")
	response, err := o.client.Do(request)
	if err != nil {
		return nil, err
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("the provider answers %s", response.Status)
	}
	b, err := io.ReadAll(io.LimitReader(response.Body, maxKeySet+1))
	if err == nil && len(b) > maxKeySet {
		err = fmt.Errorf("more than %d bytes", maxKeySet)
	}
	return b, err
}

// fetchable refuses addresses over which anyone on the way could hand us keys.
func fetchable(address string) error {
	u, err := url.Parse(address)
	if err != nil || u.Host == "" || u.User != nil || u.Fragment != "" {
		return fmt.Errorf("%q is no address to fetch keys from", address)
	}
	if ip := net.ParseIP(u.Hostname()); u.Scheme == "https" || u.Scheme == "http" && (u.Hostname() == "localhost" || ip.IsLoopback()) {
		return nil
	}
	return fmt.Errorf("%q is neither https nor on this machine", address)
}
