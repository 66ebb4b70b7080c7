package login

import (
	"net/http"
	"strings"
	"time"
)

// attemptWithin is how long a log-in may take at the provider.
const attemptWithin = 10 * time.Minute

// KeepAttempt lets the browser keep a log-in that is under way.
func (s *Sessions) KeepAttempt(w http.ResponseWriter, a Attempt) {
	s.set(w, s.c.Name+"-login", a.State+"."+a.Nonce+"."+a.Verifier, attemptWithin)
}

// TakeAttempt gives the log-in that the browser began, once. The zero Attempt,
// which finishes nothing, where there is none.
func (s *Sessions) TakeAttempt(w http.ResponseWriter, r *http.Request) Attempt {
	value, ok := s.cookie(r, s.c.Name+"-login")
	if !ok {
		return Attempt{}
	}
	s.set(w, s.c.Name+"-login", "", -1)
	parts := strings.Split(value, ".")
	if len(parts) != 3 {
		return Attempt{}
	}
	return Attempt{parts[0], parts[1], parts[2]}
}

// bound makes a browser refuse the cookie from anywhere but this very host, by
// https: so a neighbouring host cannot plant one.
const bound = "__Host-"

// set gives the browser a cookie that no script reads and no other site's form
// sends along; a negative age takes it away.
func (s *Sessions) set(w http.ResponseWriter, name, value string, age time.Duration) {
	c := &http.Cookie{Name: name, Value: value, Path: s.c.Path, HttpOnly: true, SameSite: http.SameSiteLaxMode, MaxAge: int(age / time.Second)}
	if s.c.Secure {
		c.Name, c.Path, c.Secure = bound+name, "/", true
	}
	if age < 0 {
		c.MaxAge = -1
	}
	http.SetCookie(w, c)
}

// cookie reads one that set has given. A name that stands twice was planted,
// and counts as none.
func (s *Sessions) cookie(r *http.Request, name string) (string, bool) {
	if s.c.Secure {
		name = bound + name
	}
	found := r.CookiesNamed(name)
	if len(found) != 1 || found[0].Value == "" || len(found[0].Value) > 256 {
		return "", false
	}
	return found[0].Value, true
}
