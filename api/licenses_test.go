package api_test

import (
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"time"

	"yizheng/api"
	"yizheng/api/access"
	"yizheng/catalog"
	"yizheng/issuer"
	"yizheng/issuer/issuertest"
	"yizheng/license"
	"yizheng/register"
	"yizheng/status"
	"yizheng/verifier"
)

func (w *world) outcome(text string) verifier.Result {
	w.t.Helper()
	return decoded[verifier.Result](w.t, w.want(request{method: "POST", path: "/v1/verify", media: "text/plain", body: text}, 200, ""))
}

func TestALicensesLife(t *testing.T) {
	w := newWorld(t, nil)
	office := w.asOffice()
	body := fixture(t, issuertest.Restaurant)

	draft := decoded[issuer.Draft](t, w.want(request{method: "POST", path: "/v1/licenses/preview", token: office, media: "application/json", body: body}, 200, ""))
	if draft.Existing != "" || draft.Version == 0 {
		t.Errorf("draft %+v", draft)
	}
	specimen := w.want(request{method: "POST", path: "/v1/licenses/preview.pdf?form=duplicate", token: office, media: "application/json", body: body}, 200, "")
	if media := specimen.Header().Get("Content-Type"); media != "application/pdf" || !strings.Contains(specimen.Body.String(), "specimen duplicate") {
		t.Errorf("the specimen is %s: %q", media, specimen.Body)
	}
	w.want(request{method: "POST", path: "/v1/licenses/preview.pdf", token: office, media: "application/json", body: "{}", wild: true}, 422, "faults")
	first := w.issued(issuertest.Restaurant)
	id := first.License.Identifier.String()
	again := decoded[issuer.Issued](t, w.want(request{method: "POST", path: "/v1/licenses", token: office, key: issuertest.Restaurant, media: "application/json", body: body}, 200, ""))
	if !again.Repeated || again.License.Identifier != first.License.Identifier {
		t.Errorf("the same key issues another license")
	}
	w.want(request{method: "POST", path: "/v1/licenses", token: office, key: issuertest.Restaurant, media: "application/json", body: fixture(t, issuertest.Gym)}, 422, "idempotency_key_reused")
	if r := w.outcome(first.Text); r.Outcome != verifier.Valid {
		t.Fatalf("outcome %s: %+v", r.Outcome, r.Checks)
	}

	// A department suspends its own permit, and reinstates it.
	permit := first.License.Permits[0]
	department := w.token(permit.Authority, access.PermitWrite)
	act := func(token, number, act string) request {
		return request{method: "POST", path: "/v1/licenses/" + id + "/permits/" + url.PathEscape(number) + "/" + act,
			token: token, media: "application/json", body: `{"reason":"检查发现问题"}`}
	}
	w.want(act(department, permit.Number, "suspend"), 200, "")
	if r := w.outcome(first.Text); r.Outcome != verifier.PartiallyValid || r.License.Permits[0].State != license.Suspended {
		t.Errorf("after suspension: %s", r.Outcome)
	}
	if acted := decoded[issuer.PermitActed](t, w.want(act(department, permit.Number, "suspend"), 200, "")); !acted.Repeated {
		t.Error("suspending twice does something twice")
	}
	w.want(act(department, permit.Number, "reinstate"), 200, "")
	w.want(act(department, permit.Number, "reinstate"), 200, "")

	// Nobody else acts on it: another department, the office, a token without
	// authority, a token without the scope.
	other := first.License.Permits[1]
	w.want(act(department, other.Number, "revoke"), 403, "not_the_authority")
	w.want(act(office, permit.Number, "revoke"), 403, "not_the_authority")
	w.want(act(w.token("", access.PermitWrite), permit.Number, "revoke"), 403, "authority_missing")
	w.want(act(w.token(permit.Authority, access.LicenseWrite), permit.Number, "revoke"), 403, "scope_missing")
	w.want(act(department, "JY00000000000000", "revoke"), 404, "permit_not_found")
	wild := act(department, permit.Number, "forgive")
	wild.wild = true
	w.want(wild, 422, "faults")

	// A permit's number with characters that an address cannot hold.
	fire := w.token(other.Authority, access.PermitWrite)
	w.want(act(fire, other.Number, "revoke"), 200, "")
	w.want(act(fire, other.Number, "reinstate"), 409, "permit_not_suspended")
	w.want(act(fire, other.Number, "suspend"), 409, "permit_final")

	// A change supersedes.
	changed := strings.Replace(body, "沈国良", "沈国梁", 1)
	changed = strings.Replace(changed, `"permits": [`, `"permits": [`, 1)
	put := request{method: "PUT", path: "/v1/licenses/" + first.License.Number, token: office, key: "change", media: "application/json", body: changed}
	w.want(put, 422, "faults") // the revoked permit cannot be listed again

	// Withdrawal leaves the permits in force, and says so.
	withdraw := request{method: "POST", path: "/v1/licenses/" + id + "/withdraw", token: office, media: "application/json", body: `{"reason":"企业申请"}`}
	notice := decoded[issuer.LicenseWithdrawn](t, w.want(withdraw, 200, ""))
	if notice.Notice == "" || notice.State != license.Withdrawn {
		t.Errorf("withdrawn %+v", notice)
	}
	w.want(withdraw, 200, "")
	if r := w.outcome(first.Text); r.Outcome != verifier.Invalid {
		t.Errorf("after withdrawal: %s", r.Outcome)
	}
	put.key = "after"
	w.want(put, 409, "license_withdrawn")
}

func TestChangeAndRenew(t *testing.T) {
	w := newWorld(t, nil)
	office := w.asOffice()
	first := w.issued(issuertest.Restaurant)
	body := strings.Replace(fixture(t, issuertest.Restaurant), "沈国良", "沈国梁", 1)
	put := request{method: "PUT", path: "/v1/licenses/" + first.License.Number, token: office, key: "c", media: "application/json", body: body}
	second := decoded[issuer.Issued](t, w.want(put, 201, ""))
	w.want(put, 200, "")
	if second.License.Identifier.Version != 2 {
		t.Errorf("version %d", second.License.Identifier.Version)
	}
	if r := w.outcome(first.Text); r.Outcome != verifier.Invalid || r.License.State != license.Superseded || r.License.SupersededBy == nil || *r.License.SupersededBy != second.License.Identifier {
		t.Errorf("the old version: %s %+v", r.Outcome, r.License)
	}
	put.key, put.path = "r", put.path+"?operation=renew"
	put.body = strings.Replace(body, "沈国梁", "沈国栋", 1)
	w.want(put, 422, "faults")
	put.key, put.body = "r2", strings.Replace(body, "2030-06-08", "2031-06-08", 1)
	w.want(put, 201, "")
	put.path = "/v1/licenses/" + first.License.Number + "?operation=erase"
	put.wild = true
	w.want(put, 400, "invalid_parameter")
	put.wild, put.path = false, "/v1/licenses/31010520990000001"
	w.want(put, 404, "license_not_found")

	record := w.want(request{method: "GET", path: "/status/records/" + first.License.Identifier.Base()}, 200, "")
	if record.Header().Get("Content-Type") != "application/jwt" {
		t.Error("the record is not a JWT")
	}
	shown := w.want(request{method: "GET", path: "/v1/licenses/" + first.License.Identifier.String(), token: office}, 200, "")
	if n := strings.Count(shown.Body.String(), `"issuedAt"`); n != 4 {
		t.Errorf("%d instants of issue, want one for the license and one for each of three versions", n)
	}
	old := w.want(request{method: "GET", path: "/v1/licenses/" + first.License.Identifier.String() + "/code.txt", token: office}, 200, "")
	if old.Body.String() != first.Text {
		t.Error("a full identifier does not name that very version")
	}
}

func TestApplicationsThatAreRefused(t *testing.T) {
	w := newWorld(t, nil)
	office := w.asOffice()
	good := fixture(t, issuertest.Restaurant)
	for name, test := range map[string]struct {
		key, media, body string
		status           int
		reason           string
	}{
		"no key":         {"", "application/json", good, 400, "idempotency_key_missing"},
		"key with space": {"a b", "application/json", good, 400, "idempotency_key_missing"},
		"long key":       {strings.Repeat("k", 129), "application/json", good, 400, "idempotency_key_missing"},
		"no JSON":        {"k", "application/json", "{", 400, "malformed_request"},
		"trailing":       {"k", "application/json", good + "{}", 400, "malformed_request"},
		"no type":        {"k", "", good, 415, "unsupported_media_type"},
		"too large":      {"k", "application/json", good + strings.Repeat(" ", 70<<10), 413, "body_too_large"},
		"unknown member": {"k", "application/json", strings.Replace(good, `"industry"`, `"industri"`, 1), 422, "faults"},
		"bad number":     {"k", "application/json", strings.Replace(good, "JY23101050077811", "JY23101050077812", 1), 422, "faults"},
		"no such day":    {"k", "application/json", strings.Replace(good, "2025-06-09", "2025-06-31", 1), 422, "faults"},
	} {
		t.Run(name, func(t *testing.T) {
			w.t = t
			answer := w.want(request{method: "POST", path: "/v1/licenses", token: office, key: test.key, media: test.media, body: test.body, wild: true}, test.status, test.reason)
			if p := decoded[api.Problem](t, answer); test.reason == "faults" && (len(p.Faults) == 0 || p.Faults[0].MessageZH == "") {
				t.Errorf("faults %+v", p.Faults)
			}
		})
	}
}

// TestEveryRouteAsksForItsScope tries each guarded route without a token, with
// a bad one, and with every scope but its own.
func TestEveryRouteAsksForItsScope(t *testing.T) {
	w := newWorld(t, nil)
	id := w.issued(issuertest.Restaurant).License.Identifier.String()
	for _, route := range []struct {
		method, path string
		scope        access.Scope
	}{
		{"GET", "/v1/licenses", access.LicenseRead},
		{"GET", "/v1/licenses/" + id, access.LicenseRead},
		{"GET", "/v1/licenses/" + id + "/events", access.LicenseRead},
		{"GET", "/v1/licenses/" + id + "/code.txt", access.LicenseRead},
		{"GET", "/v1/licenses/" + id + "/credential", access.LicenseRead},
		{"GET", "/v1/licenses/" + id + "/code.png", access.LicenseRead},
		{"GET", "/v1/licenses/" + id + "/face.png", access.LicenseRead},
		{"GET", "/v1/licenses/" + id + "/face.svg", access.LicenseRead},
		{"GET", "/v1/licenses/" + id + "/card.png", access.LicenseRead},
		{"GET", "/v1/licenses/" + id + "/counter.pdf", access.LicenseRead},
		{"GET", "/v1/licenses/" + id + "/code.svg", access.LicenseRead},
		{"GET", "/v1/licenses/" + id + "/document.pdf", access.LicenseRead},
		{"GET", "/v1/licenses/" + id + "/verifications", access.VerificationRead},
		{"POST", "/v1/licenses/preview", access.LicenseWrite},
		{"POST", "/v1/licenses/preview.pdf", access.LicenseWrite},
		{"POST", "/v1/licenses", access.LicenseWrite},
		{"PUT", "/v1/licenses/" + id, access.LicenseWrite},
		{"POST", "/v1/licenses/" + id + "/withdraw", access.LicenseWrite},
		{"POST", "/v1/licenses/" + id + "/permits/1/revoke", access.PermitWrite},
		{"POST", "/v1/verifications", access.VerificationWrite},
		{"GET", "/v1/library/outbox", access.LibraryRead},
		{"POST", "/v1/library/outbox/x/1/replay", access.LibraryWrite},
	} {
		r := request{method: route.method, path: route.path, wild: true}
		answer := w.want(r, 401, "token_missing")
		if answer.Header().Get("WWW-Authenticate") == "" {
			t.Errorf("%s %s asks for nothing", route.method, route.path)
		}
		r.token = "not.a.token"
		w.want(r, 401, "token_invalid")
		var others []access.Scope
		for _, s := range access.Scopes() {
			if s != route.scope {
				others = append(others, s)
			}
		}
		r.token = w.token(w.office, others...)
		answer = w.want(r, 403, "scope_missing")
		if !strings.Contains(answer.Header().Get("WWW-Authenticate"), string(route.scope)) {
			t.Errorf("%s %s does not say which scope", route.method, route.path)
		}
	}
	// The scope alone makes nobody the issuing office.
	department := w.token(market, access.LicenseWrite)
	for _, r := range []request{
		{method: "POST", path: "/v1/licenses/preview"},
		{method: "POST", path: "/v1/licenses/preview.pdf"},
		{method: "POST", path: "/v1/licenses", key: "k"},
		{method: "PUT", path: "/v1/licenses/" + id, key: "k"},
		{method: "POST", path: "/v1/licenses/" + id + "/withdraw"},
	} {
		r.token, r.media, r.body, r.wild = department, "application/json", fixture(t, issuertest.Gym), true
		w.want(r, 403, "not_the_issuer")
	}
}

func TestSearch(t *testing.T) {
	w := newWorld(t, nil)
	office := w.asOffice()
	restaurant := w.issued(issuertest.Restaurant)
	w.issued(issuertest.Bookstore)
	w.clock.Advance(time.Minute)
	w.issued(issuertest.Gym)
	type page struct {
		Licenses []register.Found
		Next     string
	}
	list := func(query string) page {
		t.Helper()
		return decoded[page](t, w.want(request{method: "GET", path: "/v1/licenses" + query, token: office}, 200, ""))
	}
	if p := list(""); len(p.Licenses) != 3 || p.Next != "" || p.Licenses[0].Industry != "体育健身场馆" {
		t.Errorf("all: %+v", p)
	}
	var seen []string
	for after := ""; ; {
		p := list("?limit=1&after=" + after)
		for _, l := range p.Licenses {
			seen = append(seen, l.Identifier)
		}
		if after = p.Next; after == "" {
			break
		}
		if len(seen) > 3 {
			break
		}
	}
	if len(seen) != 3 || seen[0] == seen[1] || seen[1] == seen[2] {
		t.Errorf("page by page: %v", seen)
	}
	first := list("?limit=1")
	if _, err := w.issuer.Issue(t.Context(), []catalog.Application{issuertest.Numbered(t, 1)}, issuer.Order{Actor: issuer.Operator("test")}); err != nil {
		t.Fatal(err)
	}
	if p := list("?limit=10&after=" + first.Next); len(p.Licenses) != 2 || p.Licenses[0].Identifier != seen[1] || p.Licenses[1].Identifier != seen[2] || p.Next != "" {
		t.Errorf("after one more of the same second: %+v", p)
	}
	permit := restaurant.License.Permits[0]
	for query, want := range map[string]int{
		"?holder=" + string(restaurant.License.Holder.CreditCode):                      1,
		"?number=" + restaurant.License.Number:                                         1,
		"?permit=" + permit.Number + "&authority=" + url.QueryEscape(permit.Authority): 1,
		"?permit=" + permit.Number + "&authority=x":                                    0,
		"?holder=" + url.QueryEscape(`' OR 1=1 --`):                                    0,
	} {
		if p := list(query); len(p.Licenses) != want {
			t.Errorf("%s: %d licenses, want %d", query, len(p.Licenses), want)
		}
	}
	for _, query := range []string{"?limit=0", "?limit=1000", "?limit=x", "?after=x", "?after=1.x", "?after=-1.0", "?after=1782871200.1"} {
		w.want(request{method: "GET", path: "/v1/licenses" + query, token: office, wild: true}, 400, "invalid_parameter")
	}
	for _, path := range []string{"", "/events", "/code.txt", "/credential", "/document.pdf"} {
		w.want(request{method: "GET", path: "/v1/licenses/31010520990000001" + path, token: office}, 404, "license_not_found")
	}
	for path, want := range map[string]struct{ media, body string }{
		"document.pdf":                               {"application/pdf", "%PDF-1.7 31"},
		"document.pdf?form=duplicate":                {"application/pdf", " duplicate"},
		"document.pdf?form=duplicate&language=zh-en": {"application/pdf", " duplicate-zh-en"},
		"document.pdf?form=original&language=zh-en":  {"application/pdf", " original-zh-en"},
		"code.png":                               {"image/png", "code.png 0"},
		"code.svg":                               {"image/svg+xml", "code.svg 0"},
		"code.txt":                               {"text/plain; charset=utf-8", "https://"},
		"face.png":                               {"image/png", "face.png 0"},
		"face.png?width=1240":                    {"image/png", "face.png 1240"},
		"face.svg":                               {"image/svg+xml", "face.svg 0"},
		"face.svg?form=duplicate&language=zh-en": {"image/svg+xml", "face.svg 0 duplicate-zh-en"},
		"card.png":                               {"image/png", "card.png 0"},
		"counter.pdf":                            {"application/pdf", "counter.pdf 0"},
	} {
		answer := w.want(request{method: "GET", path: "/v1/licenses/" + restaurant.License.Number + "/" + path, token: office}, 200, "")
		if answer.Header().Get("Content-Type") != want.media || answer.Header().Get("Cache-Control") != "no-store" || !strings.Contains(answer.Body.String(), want.body) {
			t.Errorf("%s: %v %q", path, answer.Header(), answer.Body)
		}
	}
	for _, path := range []string{"document.pdf?form=third", "document.pdf?language=en", "face.png?width=100", "face.png?width=100000", "face.png?width=x"} {
		w.want(request{method: "GET", path: "/v1/licenses/" + restaurant.License.Number + "/" + path, token: office, wild: true}, 400, "invalid_parameter")
	}
}

func TestVerifications(t *testing.T) {
	w := newWorld(t, nil)
	issued := w.issued(issuertest.Restaurant)
	inspector := w.token(market, access.VerificationWrite, access.VerificationRead)
	body := `{"text":"` + issued.Text + `","place":"愚园路1088弄","purpose":"日常检查","matter":"食品经营许可","method":"camera"}`
	r := request{method: "POST", path: "/v1/verifications", token: inspector, key: "1", media: "application/json", body: body}
	type answer struct {
		Verification license.Verification
		Repeated     bool
	}
	first := decoded[answer](t, w.want(r, 201, ""))
	if v := first.Verification; v.Organisation != market || v.Operator != "窗口3" || v.Outcome != "valid" || v.Region != issuertest.Region {
		t.Errorf("record %+v", v)
	}
	w.clock.Advance(time.Minute)
	if second := decoded[answer](t, w.want(r, 200, "")); !second.Repeated || second.Verification != first.Verification {
		t.Errorf("a repetition gives %+v", second)
	}
	r.body = strings.Replace(body, "日常检查", "专项检查", 1)
	w.want(r, 422, "idempotency_key_reused")
	r.key = "2"
	w.want(r, 201, "")

	list := decoded[struct{ Verifications []license.Verification }](t, w.want(request{method: "GET", path: "/v1/licenses/" + issued.License.Identifier.String() + "/verifications", token: inspector}, 200, ""))
	if len(list.Verifications) != 2 || list.Verifications[0].Purpose != "专项检查" {
		t.Errorf("records %+v", list)
	}
	events := w.want(request{method: "GET", path: "/v1/licenses/" + issued.License.Number + "/events", token: w.asOffice()}, 200, "")
	if n := strings.Count(events.Body.String(), `"verification"`); n != 2 {
		t.Errorf("%d verifications are queued for the library, want 2", n)
	}

	for name, test := range map[string]struct {
		token, key, body string
		status           int
		reason           string
	}{
		"no key":              {inspector, "", body, 400, "idempotency_key_missing"},
		"no purpose":          {inspector, "3", `{"text":"` + issued.Text + `"}`, 422, "faults"},
		"hidden characters":   {inspector, "3", strings.Replace(body, "愚园路", `\u202e`, 1), 422, "faults"},
		"long place":          {inspector, "3", strings.Replace(body, "愚园路", strings.Repeat("路", 300), 1), 422, "faults"},
		"found at no time":    {inspector, "3", strings.Replace(body, `"place"`, `"found":"valid","place"`, 1), 422, "faults"},
		"found tomorrow":      {inspector, "3", strings.Replace(body, `"place"`, `"found":"valid","foundAt":"2099-01-01T00:00:00Z","place"`, 1), 422, "faults"},
		"found long ago":      {inspector, "3", strings.Replace(body, `"place"`, `"found":"valid","foundAt":"2020-01-01T00:00:00Z","place"`, 1), 422, "faults"},
		"found a forgery":     {inspector, "3", strings.Replace(body, `"place"`, `"found":"not_genuine","foundAt":"`+w.clock.Now().Format(time.RFC3339)+`","place"`, 1), 422, "faults"},
		"unknown method":      {inspector, "3", strings.Replace(body, "camera", "guess", 1), 422, "faults"},
		"another's name":      {inspector, "3", strings.Replace(body, `"place"`, `"organisation":"别的单位","place"`, 1), 403, "organisation_not_own"},
		"nobody's token":      {w.token("", access.VerificationWrite), "3", body, 403, "authority_missing"},
		"nothing to record":   {inspector, "3", `{"text":"hello","purpose":"p"}`, 422, "not_recordable"},
		"unknown member":      {inspector, "3", `{"text":"","purpose":"p","x":1}`, 400, "malformed_request"},
		"more than a request": {inspector, "3", `{"text":"` + strings.Repeat("8", 20<<10) + `","purpose":"p"}`, 413, "body_too_large"},
	} {
		t.Run(name, func(t *testing.T) {
			w.t = t
			w.want(request{method: "POST", path: "/v1/verifications", token: test.token, key: test.key, media: "application/json", body: test.body, wild: true}, test.status, test.reason)
		})
	}
}

// TestFoundOffLine records a check that a phone made while it had no network,
// sent twice since the first answer was lost.
func TestFoundOffLine(t *testing.T) {
	w := newWorld(t, nil)
	issued := w.issued(issuertest.Restaurant)
	at := w.clock.Now().UTC().Truncate(time.Second)
	w.clock.Advance(5 * time.Hour)
	inspector := w.token(market, access.VerificationWrite)
	r := request{method: "POST", path: "/v1/verifications", token: inspector, key: "offline-1", media: "application/json",
		body: `{"text":"` + issued.Text + `","purpose":"日常检查","found":"unknown","foundAt":"` + at.Format(time.RFC3339) + `"}`}
	type answer struct {
		Verification license.Verification
		Repeated     bool
	}
	first := decoded[answer](t, w.want(r, 201, "")).Verification
	if first.Outcome != "valid" || first.Found != "unknown" || !first.FoundAt.Equal(at) || !first.At.After(at) {
		t.Errorf("record %+v", first)
	}
	w.clock.Advance(time.Minute)
	if again := decoded[answer](t, w.want(r, 200, "")); !again.Repeated || again.Verification != first {
		t.Errorf("sent again: %+v", again)
	}
}

func TestOutbox(t *testing.T) {
	w := newWorld(t, nil)
	office := w.asOffice()
	for _, name := range []string{issuertest.Restaurant, issuertest.Gym} {
		w.issued(name)
	}
	type outbox struct {
		Pending, Dead int
		Licenses      []string
		Next          string
		DeadLetters   []struct{ ID string }
	}
	show := func(query string) outbox {
		t.Helper()
		return decoded[outbox](t, w.want(request{method: "GET", path: "/v1/library/outbox" + query, token: office}, 200, ""))
	}
	all := show("")
	if all.Pending != 2 || len(all.Licenses) != 2 || all.Dead != 0 {
		t.Fatalf("outbox %+v", all)
	}
	first := show("?limit=1")
	if second := show("?limit=1&after=" + first.Next); len(second.Licenses) != 1 || second.Licenses[0] != all.Licenses[1] || second.Next != "" {
		t.Errorf("second page %+v", second)
	}
	replay := request{method: "POST", path: "/v1/library/outbox/" + all.Licenses[0] + "/1/replay", token: office}
	w.want(replay, 409, "not_dead")
	if err := w.register.Failed(t.Context(), all.Licenses[0], 1, "refused", w.clock.Now(), true); err != nil {
		t.Fatal(err)
	}
	if dead := show(""); dead.Dead != 1 || len(dead.DeadLetters) != 1 {
		t.Errorf("outbox %+v", dead)
	}
	w.want(replay, 200, "")
	if after := show(""); after.Dead != 0 || after.Pending != 2 {
		t.Errorf("outbox %+v", after)
	}
	replay.path, replay.wild = "/v1/library/outbox/x/y/replay", true
	w.want(replay, 400, "invalid_parameter")
	replay.path, replay.token, replay.wild = "/v1/library/outbox/x/1/replay", w.token("", access.LibraryWrite), false
	w.want(replay, 403, "authority_missing")
}

func TestPublished(t *testing.T) {
	w := newWorld(t, nil)
	issued := w.issued(issuertest.Restaurant)
	number, _ := status.Locate(issued.License.StatusIndex)
	chunk := strconv.Itoa(int(number))
	for path, media := range map[string]string{
		"/status/" + chunk:                "application/statuslist+jwt",
		"/.well-known/jwks.json":          "application/jwk-set+json",
		"/.well-known/yizheng-trust.json": "application/json",
		"/openapi.yaml":                   "application/yaml",
		"/robots.txt":                     "text/plain; charset=utf-8",
	} {
		answer := w.want(request{method: "GET", path: path}, 200, "")
		tag := answer.Header().Get("ETag")
		if answer.Header().Get("Content-Type") != media || tag == "" || !strings.HasPrefix(answer.Header().Get("Cache-Control"), "public, max-age=") {
			t.Errorf("%s: %v", path, answer.Header())
		}
		for _, match := range []string{tag, `"x", W/` + tag, "*"} {
			if again := w.want(request{method: "GET", path: path, header: map[string]string{"If-None-Match": match}}, 304, ""); again.Body.Len() != 0 {
				t.Errorf("%s: 304 with a body", path)
			}
		}
		w.want(request{method: "GET", path: path, header: map[string]string{"If-None-Match": `"other"`}}, 200, "")
	}
	if trust := w.want(request{method: "GET", path: "/.well-known/yizheng-trust.json"}, 200, ""); strings.Contains(trust.Body.String(), "anchor") {
		t.Error("the published trust documents carry their own root")
	}
	for _, path := range []string{"/status/999999", "/status/01", "/status/x", "/status/-1", "/status/99999999999", "/status/records/x", "/status/records/" + issued.License.Identifier.Base()} {
		w.want(request{method: "GET", path: path}, 404, "not_found")
	}
	// Within a second of an act, the list shows it.
	before := w.want(request{method: "GET", path: "/status/" + chunk}, 200, "").Body.String()
	w.want(request{method: "POST", path: "/v1/licenses/" + issued.License.Number + "/withdraw", token: w.asOffice(), media: "application/json", body: `{"reason":"r"}`}, 200, "")
	w.clock.Advance(time.Second)
	if w.want(request{method: "GET", path: "/status/" + chunk}, 200, "").Body.String() == before {
		t.Error("the list is still the one before the withdrawal")
	}
}

// TestVerifierOnlyNode has neither issuer nor register: their routes are not
// there.
func TestVerifierOnlyNode(t *testing.T) {
	w := newWorld(t, func(c *api.Config) {
		c.Access, c.Issuer, c.Register, c.Renderer, c.Batches, c.IssuerName, c.Region = nil, nil, nil, nil, nil, "", ""
		c.Links, c.Presenter, c.Credentials, c.CredentialIssuer, c.Disputes = nil, nil, nil, nil, nil
	})
	for _, path := range []string{"/v1/licenses", "/status/0", "/v1/library/outbox", "/v1/disputes"} {
		w.want(request{method: http.MethodGet, path: path, accept: "application/json", wild: true}, 404, "not_found")
	}
	w.want(request{method: "POST", path: "/v1/verifications", accept: "application/json", wild: true}, 404, "not_found")
	// What lies under /v1 is for programs, whatever they say they accept.
	w.want(request{method: http.MethodGet, path: "/v1/nowhere", accept: "text/html", wild: true}, 404, "not_found")
	w.want(request{method: "POST", path: "/v1/verify", media: "text/plain", body: "x"}, 200, "")
}
