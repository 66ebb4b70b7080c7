package login

import (
	"net/http"
	"net/url"
	"strings"
	"time"
)

// attemptWithin is how long a log-in may take at the provider.
const attemptWithin = 10 * time.Minute

// Browsers keep a cookie of so many bytes at most, its name counted in; a
// session's has far fewer.
const (
	mostAttempt = 4000
	mostSecret  = 256
)

// KeepAttempt lets the browser keep a log-in that is under way. Where its
// destination is longer than a cookie, that is forgotten.
func (s *Sessions) KeepAttempt(w http.ResponseWriter, a Attempt) {
	value := a.State + "." + a.Nonce + "." + a.Verifier
	if to := "." + url.QueryEscape(a.To); len(value)+len(to) <= mostAttempt {
		value += to
	}
	s.set(w, s.c.Name+"-login", value, attemptWithin)
}

// TakeAttempt gives the log-in that the browser began, once. The zero Attempt,
// which finishes nothing, where there is none.
func (s *Sessions) TakeAttempt(w http.ResponseWriter, r *http.Request) Attempt {
	value, ok := s.cookie(r, s.c.Name+"-login", mostAttempt)
	if !ok {
		return Attempt{}
	}
	s.set(w, s.c.Name+"-login", "", -1)
	parts := strings.SplitN(value+".", ".", 4)
	if len(parts) != 4 {
		return Attempt{}
	}
	to, err := url.QueryUnescape(strings.TrimSuffix(parts[3], "."))
	if err != nil {
		to = ""
	}
	return Attempt{State: parts[0], Nonce: parts[1], Verifier: parts[2], To: to}
}

// bound makes a browser refuse the cookie from anywhere but this very host, by
// https: so a neighbouring host cannot plant one.
const bound = "__Host-"

// set gives the browser a cookie that no script reads and no other site's form
// sends along; a negative age takes it away.
func (s *Sessions) set(w http.ResponseWriter, name, value string, age time.Duration) {
	c := &http.Cookie{Name: name, Value: value, Path: "/", HttpOnly: true, SameSite: http.SameSiteLaxMode, MaxAge: int(age / time.Second)}
	if s.c.Secure {
		c.Name, c.Secure = bound+name, true
	}
	if age < 0 {
		c.MaxAge = -1
	}
	http.SetCookie(w, c)
}

// cookie reads one that set has given. A name that stands twice was planted,
// and counts as none.
func (s *Sessions) cookie(r *http.Request, name string, most int) (string, bool) {
	if s.c.Secure {
		name = bound + name
	}
	found := r.CookiesNamed(name)
	if len(found) != 1 || found[0].Value == "" || len(found[0].Value) > most {
		return "", false
	}
	return found[0].Value, true
}
