package trust

import (
	"net/url"
	"strings"
)

// checkAddresses holds the two addresses of an entry to the one form in which
// they can be compared as text: https, a lower-case host, no user, query or
// fragment, and the ending that says what they are for.
func (i *Issuer) checkAddresses(at string) error {
	if !usableAddress(i.VerifyURL, "/v/") {
		return breaks("%s: verifyURL %q must be of the form https://host/…/v/", at, i.VerifyURL)
	}
	if !usableAddress(i.StatusBase, "/") {
		return breaks("%s: statusBase %q must be of the form https://host/…/", at, i.StatusBase)
	}
	return nil
}

func usableAddress(s, ending string) bool {
	if len(s) > maxAddress || !strings.HasSuffix(s, ending) {
		return false
	}
	u, err := url.Parse(s)
	if err != nil || u.String() != s || u.User != nil || u.RawQuery != "" || u.Fragment != "" {
		return false
	}
	return u.Host != "" && u.Host == strings.ToLower(u.Host) && (u.Scheme == "https" || local(u))
}

// local lets a development server speak plain HTTP to itself: what comes over
// it is signed all the same.
func local(u *url.URL) bool {
	h := u.Hostname()
	return u.Scheme == "http" && (h == "localhost" || h == "127.0.0.1" || h == "::1")
}
