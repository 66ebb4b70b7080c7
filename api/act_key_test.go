package api_test

import (
	"net/url"
	"testing"

	"yizheng/api/access"
	"yizheng/issuer"
	"yizheng/issuer/issuertest"
	"yizheng/license"
)

// TestActUnderAKey loses the answer to an act, and asks again after another
// act came between: it has the first answer and does nothing; the key goes with
// no other request; a key that is none is refused.
func TestActUnderAKey(t *testing.T) {
	w := newWorld(t, nil)
	issued := w.issued(issuertest.Restaurant)
	permit := issued.License.Permits[0]
	act := func(what, key, reason string) request {
		return request{method: "POST", path: "/v1/licenses/" + issued.License.Number + "/permits/" + url.PathEscape(permit.Number) + "/" + what,
			token: w.token(permit.Authority, access.PermitWrite), key: key, media: "application/json", body: `{"reason":"` + reason + `"}`}
	}
	lost := decoded[issuer.PermitActed](t, w.want(act("suspend", "k", "检查"), 200, ""))
	w.want(act("reinstate", "l", "整改完成"), 200, "")
	again := decoded[issuer.PermitActed](t, w.want(act("suspend", "k", "检查"), 200, ""))
	if lost.Repeated || !again.Repeated || again.State != lost.State || again.State != license.Suspended ||
		again.Permit.Number != lost.Permit.Number || again.License.Identifier != lost.License.Identifier {
		t.Errorf("answered %+v, and again %+v", lost, again)
	}
	shown := decoded[issuer.Issued](t, w.want(request{method: "GET", path: "/v1/licenses/" + issued.License.Number, token: w.asOffice()}, 200, ""))
	if shown.Permits[0] != license.Valid {
		t.Errorf("the permit is %s again", shown.Permits[0])
	}
	w.want(act("suspend", "k", "另有原因"), 422, "idempotency_key_reused")
	w.want(act("revoke", "k", "检查"), 422, "idempotency_key_reused")
	spaced := act("suspend", "a b", "检查")
	spaced.wild = true
	w.want(spaced, 400, "idempotency_key_missing")

	withdraw := request{method: "POST", path: "/v1/licenses/" + issued.License.Number + "/withdraw", token: w.asOffice(), key: "w", media: "application/json", body: `{"reason":"歇业"}`}
	w.want(withdraw, 200, "")
	if again := decoded[issuer.LicenseWithdrawn](t, w.want(withdraw, 200, "")); !again.Repeated {
		t.Error("it was withdrawn twice")
	}
	withdraw.body = `{"reason":"另有原因"}`
	w.want(withdraw, 422, "idempotency_key_reused")
}
