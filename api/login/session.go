package login

import (
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"time"

	"yizheng/api/access"
)

// Store keeps sessions for all nodes of a deployment, by the digest of what
// the browser has: whoever reads the store cannot log in with it. All methods
// are safe for concurrent use.
type Store interface {
	PutSession(ctx context.Context, id, content string, now, expires time.Time) error
	Session(ctx context.Context, id string, now time.Time) (content string, expires time.Time, found bool, _ error)
	ExtendSession(ctx context.Context, id string, expires time.Time) error
	EndSession(ctx context.Context, id string) error
}

// SessionsConfig is what sessions are made of.
type SessionsConfig struct {
	Store  Store  // required
	Name   string // of the cookie; required
	Secure bool   // the deployment is reached by https alone: all but a demonstration on one machine

	Idle    time.Duration    // after which a session that nobody uses ends; 30 minutes when zero
	Longest time.Duration    // after which any session ends; 8 hours when zero
	Clock   func() time.Time // nil for the machine's
	Rand    io.Reader        // nil for the machine's
}

// Sessions are who is logged in.
type Sessions struct{ c SessionsConfig }

// NewSessions checks the configuration.
func NewSessions(c SessionsConfig) (*Sessions, error) {
	if c.Store == nil || c.Name == "" {
		return nil, errors.New("configuring sessions: Store and Name are required")
	}
	if c.Idle == 0 {
		c.Idle = 30 * time.Minute
	}
	if c.Longest == 0 {
		c.Longest = 8 * time.Hour
	}
	if c.Idle < 0 || c.Longest < c.Idle {
		return nil, errors.New("configuring sessions: Idle and Longest are not in that order")
	}
	if c.Clock == nil {
		c.Clock = time.Now
	}
	if c.Rand == nil {
		c.Rand = rand.Reader
	}
	return &Sessions{c}, nil
}

// Session is somebody logged in.
type Session struct {
	access.Grant
	Began time.Time

	secret string // what the browser has
}

// kept is a session as it is stored.
type kept struct {
	Issuer    string         `json:"issuer"`
	Subject   string         `json:"subject"`
	Authority string         `json:"authority,omitempty"`
	Holder    string         `json:"holder,omitempty"`
	Scopes    []access.Scope `json:"scopes"`
	Began     time.Time      `json:"began"`
	Cookie    string         `json:"cookie,omitempty"` // by whose name it is had: that of people at the desk opens no holder's page, nor the reverse
}

// Start logs somebody in: it keeps what is granted, and gives the browser a
// secret. A session that the browser had ends.
func (s *Sessions) Start(ctx context.Context, w http.ResponseWriter, r *http.Request, g access.Grant) error {
	if err := s.forget(ctx, r); err != nil {
		return err
	}
	secret, err := draw(s.c.Rand)
	if err != nil {
		return err
	}
	now := s.c.Clock().UTC().Truncate(time.Second)
	content, err := json.Marshal(kept{Issuer: g.Issuer, Subject: g.Subject, Authority: g.Authority, Holder: g.Holder, Scopes: g.Scopes, Began: now, Cookie: s.c.Name})
	if err != nil {
		return fmt.Errorf("writing a session: %w", err)
	}
	if err := s.c.Store.PutSession(ctx, digest(secret), string(content), now, now.Add(s.c.Idle)); err != nil {
		return fmt.Errorf("starting a session: %w", err)
	}
	s.set(w, s.c.Name, secret, s.c.Longest)
	return nil
}

// Of gives the session of a request; found is false where nobody is logged in.
func (s *Sessions) Of(r *http.Request) (_ Session, found bool, _ error) {
	secret, ok := s.cookie(r, s.c.Name, mostSecret)
	if !ok {
		return Session{}, false, nil
	}
	ctx, now := r.Context(), s.c.Clock().UTC().Truncate(time.Second)
	content, expires, found, err := s.c.Store.Session(ctx, digest(secret), now)
	if err != nil || !found {
		return Session{}, false, err
	}
	var k kept
	if err := json.Unmarshal([]byte(content), &k); err != nil {
		return Session{}, false, fmt.Errorf("reading a session: %w", err)
	}
	end := k.Began.Add(s.c.Longest)
	if !now.Before(end) || k.Cookie != "" && k.Cookie != s.c.Name {
		return Session{}, false, nil
	}
	// Written now and then only: most requests of a session follow on another.
	if until := earlier(now.Add(s.c.Idle), end); until.Sub(expires) >= s.c.Idle/30 {
		if err := s.c.Store.ExtendSession(ctx, digest(secret), until); err != nil {
			return Session{}, false, err
		}
	}
	g := access.Grant{Issuer: k.Issuer, Subject: k.Subject, Authority: k.Authority, Holder: k.Holder, Scopes: k.Scopes, Expires: end}
	return Session{Grant: g, Began: k.Began, secret: secret}, true, nil
}

// End logs the request's browser out.
func (s *Sessions) End(w http.ResponseWriter, r *http.Request) error {
	s.set(w, s.c.Name, "", -1)
	return s.forget(r.Context(), r)
}

func (s *Sessions) forget(ctx context.Context, r *http.Request) error {
	secret, ok := s.cookie(r, s.c.Name, mostSecret)
	if !ok {
		return nil
	}
	if err := s.c.Store.EndSession(ctx, digest(secret)); err != nil {
		return fmt.Errorf("ending a session: %w", err)
	}
	return nil
}

// FormToken is what every form of this session carries, so that no page of
// another site can send one. It tells nothing of the session's secret.
func (s Session) FormToken() string {
	mac := hmac.New(sha256.New, []byte(s.secret))
	mac.Write([]byte("form"))
	return base64.RawURLEncoding.EncodeToString(mac.Sum(nil))
}

// Wrote says whether a form with this token is one of the session's.
func (s Session) Wrote(token string) bool {
	return s.secret != "" && hmac.Equal([]byte(token), []byte(s.FormToken()))
}

// OwnForms lets a request pass that no page of another site has sent, by what
// the browser says of it. The address is where the deployment is reached.
func OwnForms(address string) (*http.CrossOriginProtection, error) {
	u, err := url.Parse(address)
	if err != nil {
		return nil, fmt.Errorf("reading the deployment's address: %w", err)
	}
	own := http.NewCrossOriginProtection()
	if err := own.AddTrustedOrigin(u.Scheme + "://" + u.Host); err != nil {
		return nil, fmt.Errorf("configuring forms: %w", err)
	}
	return own, nil
}

func digest(secret string) string {
	sum := sha256.Sum256([]byte(secret))
	return hex.EncodeToString(sum[:])
}

func earlier(a, b time.Time) time.Time {
	if a.Before(b) {
		return a
	}
	return b
}
