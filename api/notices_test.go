package api_test

import (
	"strings"
	"testing"

	"yizheng/api"
)

// TestNotices answers what was made of a notice, and waits for nothing.
func TestNotices(t *testing.T) {
	w := newWorld(t, nil)
	send := func(media, body string, status int, reason string) {
		t.Helper()
		w.want(request{method: "POST", path: "/v1/notices", media: media, body: body, wild: true}, status, reason)
	}
	send("application/jwt", "a.b.c", 202, "")
	send("application/jwt", "unsigned", 403, "notice_unsigned")
	send("application/jwt", "rubbish", 400, "malformed_request")
	send("application/json", "a.b.c", 415, "unsupported_media_type")
	send("application/jwt", strings.Repeat("a", 65<<10), 413, "")
	newWorld(t, func(c *api.Config) { c.Noticed = nil }).
		want(request{method: "POST", path: "/v1/notices", media: "application/jwt", body: "a.b.c", wild: true}, 404, "not_found")
}
