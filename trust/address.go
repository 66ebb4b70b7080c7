package trust

import "strings"

// checkAddresses holds the addresses of an entry to the one form in which
// they can be compared as text: https, a host in small letters, a path of plain
// characters, no user, query or fragment, and the ending that says what they
// are for.
func (i *Issuer) checkAddresses(at string) error {
	if !usableAddress(i.VerifyURL, "/v/") {
		return breaks("%s: verifyURL %q must be of the form https://host/…/v/", at, i.VerifyURL)
	}
	if !usableAddress(i.StatusBase, "/") {
		return breaks("%s: statusBase %q must be of the form https://host/…/", at, i.StatusBase)
	}
	if i.Disputes != "" && !usableAddress(i.Disputes, "/disputes") {
		return breaks("%s: disputes %q must be of the form https://host/…/disputes", at, i.Disputes)
	}
	return nil
}

// The characters of an address.
const (
	letters   = "abcdefghijklmnopqrstuvwxyz"
	hostChars = letters + "0123456789.-"
	pathChars = hostChars + "ABCDEFGHIJKLMNOPQRSTUVWXYZ_~%+/"
)

func usableAddress(s, ending string) bool {
	scheme, rest, _ := strings.Cut(s, "://")
	authority, path, _ := strings.Cut(rest, "/")
	host, port, ported := strings.Cut(authority, ":")
	switch {
	case len(s) > maxAddress || !strings.HasSuffix(s, ending) || !made(path, pathChars) || strings.Contains(path, "//"):
		return false
	case ported && (port == "" || !made(port, "0123456789")):
		return false
	}
	// A development server may speak plain HTTP to itself: what comes over it is
	// signed all the same.
	local := host == "localhost" || host == "127.0.0.1"
	return host != "" && made(host, hostChars) && (scheme == "https" || scheme == "http" && local)
}

func made(s, of string) bool { return strings.Trim(s, of) == "" }
