package api_test

import (
	"strings"
	"testing"

	"yizheng/api"
	"yizheng/issuer/issuertest"
)

// TestCopies gives the lists of a region, none of a region that is unknown,
// and takes nothing else for a region.
func TestCopies(t *testing.T) {
	w := newWorld(t, nil)
	type answer struct {
		Region string
		Lists  []string
	}
	got := decoded[answer](t, w.want(request{method: "GET", path: "/status/lists?region=" + string(issuertest.Region)}, 200, ""))
	if got.Region != string(issuertest.Region) || len(got.Lists) != 1 || got.Lists[0] != "a.b.c" {
		t.Errorf("%+v", got)
	}
	if got := decoded[answer](t, w.want(request{method: "GET", path: "/status/lists?region=440305"}, 200, "")); len(got.Lists) != 0 || got.Lists == nil {
		t.Errorf("of a region that is not on the list: %+v", got)
	}
	for _, bad := range []string{"", "?region=", "?region=abc", "?region=../1"} {
		w.want(request{method: "GET", path: "/status/lists" + bad, wild: true}, 400, "invalid_parameter")
	}
}

// TestAnchor is the scanner page's first belief, which no other site may read.
func TestAnchor(t *testing.T) {
	w := newWorld(t, nil)
	answer := w.want(request{method: "GET", path: "/scan/anchor.json"}, 200, "")
	if answer.Header().Get("Access-Control-Allow-Origin") != "" || answer.Header().Get("Cache-Control") != "no-store" {
		t.Errorf("headers %v", answer.Header())
	}
	if home := w.want(request{method: "GET", path: "/", accept: "text/html"}, 200, "").Body.String(); !strings.Contains(home, `href="/scan"`) {
		t.Error("the home page does not link to the scanner")
	}
	if icon := w.want(request{method: "GET", path: "/favicon.ico"}, 301, ""); icon.Header().Get("Location") != "/scan/icon.svg" {
		t.Errorf("the icon is at %q", icon.Header().Get("Location"))
	}
	without := newWorld(t, func(c *api.Config) { c.Scanner, c.Anchor = nil, nil })
	for _, path := range []string{"/scan", "/scan/anchor.json"} {
		without.want(request{method: "GET", path: path, accept: "application/json", wild: true}, 404, "not_found")
	}
	if home := without.want(request{method: "GET", path: "/", accept: "text/html"}, 200, "").Body.String(); strings.Contains(home, "/scan") {
		t.Error("the home page links to a scanner that is not there")
	}
}
