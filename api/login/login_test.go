package login_test

import (
	"errors"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"yizheng/api/access"
	"yizheng/api/login"
	"yizheng/api/login/logintest"
	"yizheng/register"
)

const audience = "https://zheng.example"

// site is a deployment with a page that says who is logged in.
type site struct {
	*httptest.Server
	t        *testing.T
	provider *logintest.Provider
	login    *login.Provider
	sessions *login.Sessions
	last     error // of the last log-in
	now      time.Time
}

func newSite(t *testing.T, secret string) *site {
	t.Helper()
	s := &site{t: t, now: time.Now()}
	s.Server = httptest.NewTLSServer(http.HandlerFunc(s.serve))
	t.Cleanup(s.Close)
	s.provider = logintest.Start(t, "desk", secret, audience)
	s.provider.Redirect = s.URL + "/back"
	s.provider.Sit(logintest.Person{Subject: "甲", Authority: "局", Scope: "license:read permit:write"})
	keys, err := access.NewOIDC(s.provider.URL, nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	authenticator := func(audience string) *access.Authenticator {
		a, err := access.New(access.Config{Audience: audience, Issuers: []access.Issuer{{Name: s.provider.URL, Keys: keys, AnyType: true}}})
		if err != nil {
			t.Fatal(err)
		}
		return a
	}
	config := login.Config{Provider: keys, ClientID: "desk", Redirect: s.URL + "/back", Tokens: authenticator(audience), IDTokens: authenticator("desk")}
	if secret != "" {
		config.Secret = func() (string, error) { return "geheim: +&", nil }
	}
	if s.login, err = login.New(config); err != nil {
		t.Fatal(err)
	}
	store, err := register.Create(t.Context(), filepath.Join(t.TempDir(), "register.db"), register.Config{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = store.Close() })
	s.sessions, err = login.NewSessions(login.SessionsConfig{Store: store, Name: "desk", Secure: true, Clock: func() time.Time { return s.now }})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func (s *site) serve(w http.ResponseWriter, r *http.Request) {
	switch r.URL.Path {
	case "/in":
		address, attempt, err := s.login.Begin(r.Context())
		if err != nil {
			s.t.Error(err)
		}
		s.sessions.KeepAttempt(w, attempt)
		http.Redirect(w, r, address, http.StatusSeeOther)
	case "/back":
		var grant access.Grant
		if grant, s.last = s.login.Finish(r.Context(), s.sessions.TakeAttempt(w, r), r.URL.Query()); s.last != nil {
			http.Error(w, s.last.Error(), http.StatusForbidden)
			return
		}
		if err := s.sessions.Start(r.Context(), w, r, grant); err != nil {
			s.t.Error(err)
		}
		http.Redirect(w, r, "/", http.StatusSeeOther)
	case "/out":
		if err := s.sessions.End(w, r); err != nil {
			s.t.Error(err)
		}
	default:
		session, found, err := s.sessions.Of(r)
		if err != nil {
			s.t.Error(err)
		}
		if !found {
			http.Error(w, "nobody", http.StatusUnauthorized)
			return
		}
		_, _ = w.Write([]byte(session.Subject + " of " + session.Authority + " " + session.FormToken()))
	}
}

// browser is one that has no cookies yet.
func (s *site) browser() *http.Client {
	jar, err := cookiejar.New(nil)
	if err != nil {
		s.t.Fatal(err)
	}
	c := *s.Client()
	c.Jar = jar
	return &c
}

func (s *site) get(c *http.Client, address string) (int, string, *http.Response) {
	s.t.Helper()
	response, err := c.Get(address)
	if err != nil {
		s.t.Fatal(err)
	}
	defer response.Body.Close()
	var b strings.Builder
	buffer := make([]byte, 4096)
	n, _ := response.Body.Read(buffer)
	b.Write(buffer[:n])
	return response.StatusCode, b.String(), response
}

func TestLogIn(t *testing.T) {
	for _, secret := range []string{"", "geheim: +&"} {
		s := newSite(t, secret)
		c := s.browser()
		if status, _, _ := s.get(c, s.URL+"/"); status != http.StatusUnauthorized {
			t.Errorf("somebody is logged in: %d", status)
		}
		status, text, _ := s.get(c, s.URL+"/in")
		if status != http.StatusOK || !strings.HasPrefix(text, "甲 of 局 ") {
			t.Fatalf("%d %s: %v", status, text, s.last)
		}
		if status, _, _ := s.get(s.browser(), s.URL+"/"); status != http.StatusUnauthorized {
			t.Error("another browser is logged in, too")
		}
		s.get(c, s.URL+"/out")
		if status, _, _ := s.get(c, s.URL+"/"); status != http.StatusUnauthorized {
			t.Error("a log-out does not log out")
		}
	}
}

// TestLogInRefused tries what a stranger, or a provider that was set up
// wrongly, would: nobody is let in.
func TestLogInRefused(t *testing.T) {
	s := newSite(t, "")
	refused := func(name string, spoil func(id, access map[string]any), reason string) {
		t.Run(name, func(t *testing.T) {
			s.provider.Spoil(spoil)
			defer s.provider.Spoil(nil)
			c := s.browser()
			status, _, _ := s.get(c, s.URL+"/in")
			var token *access.TokenError
			if errors.As(s.last, &token); status != http.StatusForbidden || reason != "" && (token == nil || token.Reason != reason) {
				t.Errorf("status %d, %v, want %s", status, s.last, reason)
			}
			if status, _, _ := s.get(c, s.URL+"/"); status != http.StatusUnauthorized {
				t.Error("somebody is logged in")
			}
		})
	}
	refused("another nonce", func(id, _ map[string]any) { id["nonce"] = "another" }, "nonce")
	refused("no nonce", func(id, _ map[string]any) { delete(id, "nonce") }, "nonce")
	refused("ID token for another client", func(id, _ map[string]any) { id["aud"] = "another" }, "audience")
	refused("ID token for several, made for another", func(id, _ map[string]any) { id["aud"], id["azp"] = []string{"desk", "another"}, "another" }, "audience")
	refused("ID token expired", func(id, _ map[string]any) { id["exp"] = time.Now().Unix() - 100 }, "expired")
	refused("ID token of another provider", func(id, _ map[string]any) { id["iss"] = "https://evil.example" }, "issuer")
	refused("access token for another deployment", func(_, access map[string]any) { access["aud"] = "https://neighbour.example" }, "audience")
	refused("tokens of two people", func(_, access map[string]any) { access["sub"] = "乙" }, "")
	refused("no subject", func(id, access map[string]any) { id["sub"], access["sub"] = "", "" }, "claims")

	t.Run("cancelled", func(t *testing.T) {
		s.provider.Sit(logintest.Person{Refuses: true})
		defer s.provider.Sit(logintest.Person{Subject: "甲"})
		if s.get(s.browser(), s.URL+"/in"); !errors.Is(s.last, login.ErrRefused) {
			t.Errorf("%v", s.last)
		}
	})
	t.Run("state", func(t *testing.T) {
		for name, query := range map[string]string{"none": "code=x", "another": "code=x&state=y", "of nobody": "", "empty": "state=&code=x"} {
			if s.get(s.browser(), s.URL+"/back?"+query); !errors.Is(s.last, login.ErrAttempt) {
				t.Errorf("%s: %v", name, s.last)
			}
		}
	})
}

// TestAnswerOfAnother carries the address with which the provider sends one
// browser back over to another browser: who opens it is not logged in as the
// one who wrote it.
func TestAnswerOfAnother(t *testing.T) {
	s := newSite(t, "")
	evil := s.browser()
	evil.CheckRedirect = func(r *http.Request, _ []*http.Request) error {
		if r.URL.Path == "/back" {
			return http.ErrUseLastResponse
		}
		return nil
	}
	_, _, response := s.get(evil, s.URL+"/in")
	back := response.Header.Get("Location")
	victim := s.browser()
	if status, _, _ := s.get(victim, back); status != http.StatusForbidden || !errors.Is(s.last, login.ErrAttempt) {
		t.Errorf("status %d, %v", status, s.last)
	}
	evil.CheckRedirect = nil
	if status, _, _ := s.get(evil, back); status != http.StatusOK {
		t.Errorf("the browser that began it gets %d, %v", status, s.last)
	}
	if s.get(evil, back); !errors.Is(s.last, login.ErrAttempt) {
		t.Errorf("a code counts twice: %v", s.last)
	}
}

// TestSessionEnds lets a session lie idle, and another go on for too long.
func TestSessionEnds(t *testing.T) {
	s := newSite(t, "")
	in := func() *http.Client {
		c := s.browser()
		if status, _, _ := s.get(c, s.URL+"/in"); status != http.StatusOK {
			t.Fatalf("%d %v", status, s.last)
		}
		return c
	}
	c := in()
	s.now = s.now.Add(29 * time.Minute)
	if status, _, _ := s.get(c, s.URL+"/"); status != http.StatusOK {
		t.Error("a session ends before its time")
	}
	s.now = s.now.Add(29 * time.Minute)
	if status, _, _ := s.get(c, s.URL+"/"); status != http.StatusOK {
		t.Error("a session that is used ends")
	}
	s.now = s.now.Add(31 * time.Minute)
	if status, _, _ := s.get(c, s.URL+"/"); status != http.StatusUnauthorized {
		t.Error("a session that nobody uses goes on")
	}
	c = in()
	for range 8*60/20 - 1 {
		s.now = s.now.Add(20 * time.Minute)
		if status, _, _ := s.get(c, s.URL+"/"); status != http.StatusOK {
			t.Fatal("a session ends before its time")
		}
	}
	s.now = s.now.Add(20 * time.Minute)
	if status, _, _ := s.get(c, s.URL+"/"); status != http.StatusUnauthorized {
		t.Error("a session has no end")
	}
}

// TestCookies holds what the browser is given to what it should promise.
func TestCookies(t *testing.T) {
	s := newSite(t, "")
	c := s.browser()
	c.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	_, _, in := s.get(c, s.URL+"/in")
	at, err := url.Parse(in.Header.Get("Location"))
	if err != nil {
		t.Fatal(err)
	}
	_, _, sent := s.get(c, at.String())
	_, _, back := s.get(c, sent.Header.Get("Location"))
	names := map[string]bool{}
	for _, cookie := range append(in.Cookies(), back.Cookies()...) {
		names[cookie.Name] = true
		if !cookie.HttpOnly || !cookie.Secure || cookie.SameSite != http.SameSiteLaxMode || cookie.Path != "/" || cookie.Domain != "" {
			t.Errorf("%v", cookie)
		}
		if cookie.MaxAge > 8*3600 || cookie.MaxAge == 0 {
			t.Errorf("%s lives for %d seconds", cookie.Name, cookie.MaxAge)
		}
	}
	if !names["__Host-desk"] || !names["__Host-desk-login"] || len(names) != 2 {
		t.Errorf("cookies %v", names)
	}
	// A cookie that stands twice was planted by somebody.
	r := httptest.NewRequest("GET", s.URL, nil)
	for _, cookie := range back.Cookies() {
		if cookie.Name == "__Host-desk" {
			r.AddCookie(cookie)
		}
	}
	if _, found, err := s.sessions.Of(r); err != nil || !found {
		t.Fatalf("%v, %v", found, err)
	}
	r.AddCookie(&http.Cookie{Name: "__Host-desk", Value: "planted"})
	if _, found, _ := s.sessions.Of(r); found {
		t.Error("a cookie that stands twice counts")
	}
}

// TestAttemptGoesOn keeps where somebody wanted to go while they log in at the
// provider, if it fits a cookie.
func TestAttemptGoesOn(t *testing.T) {
	s := newSite(t, "")
	for _, to := range []string{"", "/desk/licenses?q=%E4%BB%99&a=b;c, d", "/v/" + strings.Repeat("8", 3500), "/v/" + strings.Repeat("8", 4000)} {
		kept := httptest.NewRecorder()
		s.sessions.KeepAttempt(kept, login.Attempt{State: "s", Nonce: "n", Verifier: "v", To: to})
		r := httptest.NewRequest(http.MethodGet, "/back", nil)
		for _, c := range kept.Result().Cookies() {
			if len(c.String()) > 4096+100 { // the attributes do not count
				t.Errorf("a cookie of %d bytes", len(c.String()))
			}
			r.AddCookie(c)
		}
		want := login.Attempt{State: "s", Nonce: "n", Verifier: "v", To: to}
		if len(to) > 3900 {
			want.To = ""
		}
		if got := s.sessions.TakeAttempt(httptest.NewRecorder(), r); got != want {
			t.Errorf("%.40q: %.80v", to, got)
		}
	}
}

// TestFormToken holds forms to their session.
func TestFormToken(t *testing.T) {
	s := newSite(t, "")
	tokens := map[string]bool{}
	for range 2 {
		c := s.browser()
		_, text, _ := s.get(c, s.URL+"/in")
		tokens[text] = true
	}
	if len(tokens) != 2 {
		t.Errorf("two sessions have the same form token: %v", tokens)
	}
	if (login.Session{}).Wrote((login.Session{}).FormToken()) {
		t.Error("the form token of no session counts")
	}
}
