package main

import (
	"strings"
	"testing"
	"time"

	"yizheng/status"
	"yizheng/verifier/verifiertest"
)

// TestVerifyOnline asks an issuer on this machine, which is reached on the word
// of a trust list only where that is said.
func TestVerifyOnline(t *testing.T) {
	t.Parallel()
	a := newAbroad(t, verifiertest.Now().Add(-time.Hour))
	l := a.license("here", status.Index(0, 100))
	a.publish(l, 5, verifiertest.Now().Add(-time.Minute), 1)
	for name, c := range map[string]struct {
		reach []string
		exit  int
		has   string
		asked bool
		told  string // why an issuer could not be asked
	}{
		"not said":       {nil, 2, "status_list_missing", false, "127.0.0.1: the address is not one of the Internet, and the configuration (reach) names no range with it"},
		"another range":  {[]string{"--reach", "10.0.0.0/8"}, 2, "status_list_missing", false, "names no range with it"},
		"this machine":   {[]string{"--reach", "10.0.0.0/8", "--reach", "127.0.0.0/8"}, 0, `"outcome": "valid"`, true, ""},
		"no such range":  {[]string{"--reach", "127.0.0.1/8"}, exitUsage, "is no range of addresses", false, ""},
		"a name instead": {[]string{"--reach", "localhost"}, exitUsage, "is no range of addresses", false, ""},
	} {
		a.asked.Store(0)
		exit, out, complaints := runMain("", append([]string{"verify", "--online", "--json", "--trust", a.path, "--at", verifiertest.Now().Format(time.RFC3339), a.codes["here"]}, c.reach...)...)
		if exit != c.exit || !strings.Contains(out+complaints, c.has) || (a.asked.Load() > 0) != c.asked {
			t.Errorf("%s: exit %d, asked %d times\n%.600s%s", name, exit, a.asked.Load(), out, complaints)
		}
		if !strings.Contains(complaints, c.told) || (complaints == "") != (c.told == "") {
			t.Errorf("%s: told %q", name, complaints)
		}
	}
}
