package api_test

import (
	"net/http"
	"testing"

	"yizheng/api"
)

// TestDeskIsMounted hands what lies under /desk to the desk, and nothing else;
// where there is none, nothing lies there.
func TestDeskIsMounted(t *testing.T) {
	var asked []string
	w := newWorld(t, func(c *api.Config) {
		c.Desk = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			asked = append(asked, r.Method+" "+r.URL.Path)
			if w.Header().Get("X-Request-Id") == "" {
				t.Error("the desk is asked without a request id")
			}
		})
	})
	for _, r := range []request{{method: "GET", path: "/desk"}, {method: "GET", path: "/desk/licenses/x/y"}, {method: "POST", path: "/desk/logout"}, {method: "GET", path: "/deskevil"}, {method: "GET", path: "/"}} {
		r.wild = true
		w.do(r)
	}
	if len(asked) != 3 || asked[1] != "GET /desk/licenses/x/y" || asked[2] != "POST /desk/logout" {
		t.Errorf("the desk was asked for %v", asked)
	}
	newWorld(t, nil).want(request{method: "GET", path: "/desk", wild: true}, http.StatusNotFound, "")
}
