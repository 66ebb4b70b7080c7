package api_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"yizheng/api"
	"yizheng/api/access"
	"yizheng/catalog"
	"yizheng/exchange"
	"yizheng/holder"
	"yizheng/issuer"
	"yizheng/issuer/issuertest"
	"yizheng/license"
	"yizheng/register"
	"yizheng/verifier"
)

// made is a link as the interface gives it out.
type made struct {
	ID, Holder, URL string
}

// link gives the holder of an issued license a link, and the path of it.
func (w *world) link(l issuer.Issued) (made, string) {
	w.t.Helper()
	answer := w.want(request{method: "POST", path: "/v1/holders/" + string(l.License.Holder.CreditCode) + "/links", token: w.asOffice()}, 201, "")
	m := decoded[made](w.t, answer)
	path, ok := strings.CutPrefix(m.URL, address)
	if !ok || len(path) < len("/h/")+22 {
		w.t.Fatalf("link %+v", m)
	}
	return m, path
}

func own(path string, l issuer.Issued) string { return path + "/" + l.License.Identifier.Base() }

func TestHolderLinks(t *testing.T) {
	w := newWorld(t, nil)
	shop, other := w.issued("restaurant-3-permits.json"), w.issued("bookstore-cafe-5-permits.json")
	code := string(shop.License.Holder.CreditCode)
	links := "/v1/holders/" + code + "/links"

	w.want(request{method: "POST", path: links}, 401, "token_missing")
	w.want(request{method: "POST", path: links, token: w.token(w.office, access.LicenseRead)}, 403, "scope_missing")
	w.want(request{method: "POST", path: links, token: w.token(market, access.LicenseWrite)}, 403, "not_the_issuer")
	w.want(request{method: "POST", path: "/v1/holders/91310105MA7BKL2P80/links", token: w.asOffice()}, 400, "invalid_parameter")
	w.want(request{method: "POST", path: "/v1/holders/91350100M000100Y43/links", token: w.asOffice()}, 404, "license_not_found")

	first, path := w.link(shop)
	second, _ := w.link(shop)
	if first.ID == second.ID || first.URL == second.URL || first.Holder != code {
		t.Errorf("%+v and %+v", first, second)
	}
	answer := w.want(request{method: "GET", path: links, token: w.asOffice()}, 200, "")
	if body := answer.Body.String(); !strings.Contains(body, first.ID) || !strings.Contains(body, second.ID) || strings.Contains(body, strings.TrimPrefix(path, "/h/")) {
		t.Errorf("%s", body)
	}
	w.want(request{method: "GET", path: "/v1/holders/" + string(other.License.Holder.CreditCode) + "/links", token: w.asOffice()}, 200, "")

	w.want(request{method: "GET", path: own(path, shop)}, 200, "")
	revoke := request{method: "DELETE", path: links + "/" + first.ID, token: w.asOffice()}
	w.want(request{method: "DELETE", path: "/v1/holders/" + string(other.License.Holder.CreditCode) + "/links/" + first.ID, token: w.asOffice()}, 404, "holder_link_unknown")
	w.want(revoke, 204, "")
	w.want(revoke, 404, "holder_link_unknown")
	for _, p := range []string{path, own(path, shop), own(path, shop) + "/checks", own(path, shop) + "/document.pdf"} {
		gone := w.do(request{method: "GET", path: p})
		if gone.Code != http.StatusGone || !strings.Contains(gone.Body.String(), "亮证链接已作废") {
			t.Errorf("%s of a revoked link: %d", p, gone.Code)
		}
	}
	w.want(request{method: "GET", path: own(path, shop) + "/live"}, 410, "holder_link_revoked")
	for range holder.MostLinks - 1 {
		w.link(shop)
	}
	w.want(request{method: "POST", path: links, token: w.asOffice()}, 409, "holder_links_too_many")
}

// TestHolderPages looks at what a holder sees, and at what nobody else does.
func TestHolderPages(t *testing.T) {
	w := newWorld(t, nil)
	shop, other := w.issued("restaurant-3-permits.json"), w.issued("bookstore-cafe-5-permits.json")
	_, path := w.link(shop)

	home := w.do(request{method: "GET", path: path})
	if home.Code != http.StatusSeeOther || home.Header().Get("Location") != own(path, shop) {
		t.Errorf("the link of a holder with one license: %d, %s", home.Code, home.Header().Get("Location"))
	}
	page := w.want(request{method: "GET", path: own(path, shop)}, 200, "")
	for name, want := range map[string]string{
		"Cache-Control": "no-store", "Referrer-Policy": "no-referrer", "X-Robots-Tag": "noindex, nofollow",
	} {
		if got := page.Header().Get(name); got != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
	body := page.Body.String()
	for _, want := range []string{shop.License.Holder.Name, shop.License.Number, `<meta http-equiv="refresh" content="15">`, `<path id="code" d="M4 4.5m0 0h7m`, "有效", own(path, shop) + "/copy"} {
		if !strings.Contains(body, want) {
			t.Errorf("the page does not say %s", want)
		}
	}
	if other := other.License.Holder.Name; strings.Contains(body, other) {
		t.Errorf("the page says %s", other)
	}

	for _, p := range []string{own(path, other), path + "/x", path[:len(path)-1], "/h/" + strings.Repeat("A", 27)} {
		if missing := w.do(request{method: "GET", path: p}); missing.Code != http.StatusNotFound {
			t.Errorf("%s: %d", p, missing.Code)
		}
	}
	w.want(request{method: "GET", path: own(path, other) + "/live"}, 404, "license_not_found")

	pdf := w.want(request{method: "GET", path: own(path, shop) + "/document.pdf"}, 200, "")
	if !strings.HasPrefix(pdf.Body.String(), "%PDF") || !strings.Contains(pdf.Header().Get("Content-Disposition"), "filename") {
		t.Errorf("%v", pdf.Header())
	}
	w.want(request{method: "GET", path: own(path, shop) + "/face.png"}, 200, "")
	if script := w.want(request{method: "GET", path: "/h/live.js"}, 200, ""); !strings.Contains(script.Body.String(), "wakeLock") {
		t.Error("no script")
	}
	if strings.Contains(w.log.String(), strings.TrimPrefix(path, "/h/")) {
		t.Error("the log has the secret of a link")
	}
}

// TestSeveralLicenses lists those of one holder, the withdrawn one too.
func TestSeveralLicenses(t *testing.T) {
	w := newWorld(t, nil)
	shop := w.issued("restaurant-3-permits.json")
	body := fixture(t, "bookstore-cafe-5-permits.json")
	body = strings.Replace(body, creditCodeIn(t, body), string(shop.License.Holder.CreditCode), 1)
	answer := w.want(request{method: "POST", path: "/v1/licenses", token: w.asOffice(), key: "branch", media: "application/json", body: body}, 201, "")
	branch := decoded[issuer.Issued](t, answer)
	_, path := w.link(shop)
	list := w.want(request{method: "GET", path: path}, 200, "").Body.String()
	for _, l := range []issuer.Issued{shop, branch} {
		if !strings.Contains(list, own(path, l)) || !strings.Contains(list, l.License.Holder.Premises) {
			t.Errorf("the list lacks %s", l.License.Number)
		}
	}
	if page := w.want(request{method: "GET", path: own(path, branch)}, 200, "").Body.String(); !strings.Contains(page, own(path, shop)) || !strings.Contains(page, `aria-current="page"`) {
		t.Error("the page of one does not lead to the other")
	}
	w.want(request{method: "POST", path: "/v1/licenses/" + shop.License.Number + "/withdraw", token: w.asOffice(), media: "application/json", body: `{"reason":"歇业"}`}, 200, "")
	if list := w.want(request{method: "GET", path: path}, 200, "").Body.String(); !strings.Contains(list, "已撤回") {
		t.Error("the list does not say that one was withdrawn")
	}
}

// TestChainOfLicenses: the page of a holder with more licenses than it lists has
// those that count, the newest first, and says that there are others; the
// interface lists them all, page by page.
func TestChainOfLicenses(t *testing.T) {
	w := newWorld(t, nil)
	shop := w.issued("restaurant-3-permits.json")
	w.want(request{method: "POST", path: "/v1/licenses/" + shop.License.Number + "/withdraw", token: w.asOffice(), media: "application/json", body: `{"reason":"歇业"}`}, 200, "")
	branches := []issuer.Issued{shop}
	branch := func() {
		t.Helper()
		app := issuertest.Numbered(t, len(branches))
		app.Holder = shop.License.Holder
		app.Holder.Premises += fmt.Sprintf("%d号铺", len(branches))
		issued, err := w.issuer.Issue(t.Context(), []catalog.Application{app}, issuer.Order{Actor: issuer.Operator("test")})
		if err != nil {
			t.Fatal(err)
		}
		branches = append(branches, issued...)
	}
	for range 49 {
		branch()
	}
	_, path := w.link(shop)
	page := func(of string) string { return w.want(request{method: "GET", path: of}, 200, "").Body.String() }
	if all := page(path); strings.Contains(all, "未列出") || !strings.Contains(all, own(path, shop)) {
		t.Error("fifty licenses are not all listed, or more are said to be there")
	}
	branch()
	newest, oldest := branches[50], branches[1]
	for _, of := range []string{path, own(path, oldest)} {
		page := page(of)
		if !strings.Contains(page, "未列出") {
			t.Errorf("%s does not say that there are more", of)
		}
		if at := strings.Index(page, own(path, newest)+`"`); at < 0 || at > strings.Index(page, own(path, oldest)+`"`) && of == path {
			t.Errorf("%s does not list the newest first", of)
		}
		if strings.Contains(page, own(path, shop)+`"`) {
			t.Errorf("%s lists what was withdrawn in the place of what counts", of)
		}
	}
	_, more, _ := strings.Cut(page(path), `href="`+path+`?after=`)
	mark, _, _ := strings.Cut(more, `"`)
	if rest := page(path + "?after=" + mark); strings.Contains(rest, "未列出") || strings.Contains(rest, own(path, oldest)+`"`) || !strings.Contains(rest, own(path, shop)+`"`) {
		t.Error("the next page does not list the rest alone")
	}
	w.want(request{method: "GET", path: path + "?after=x", wild: true}, 400, "")

	type list struct {
		Licenses []register.Found
		Next     string
	}
	at := "/v1/licenses?limit=20&holder=" + string(shop.License.Holder.CreditCode)
	var seen []string
	for l := (list{Next: "first"}); l.Next != ""; {
		after := ""
		if len(seen) > 0 {
			after = "&after=" + l.Next
		}
		l = decoded[list](t, w.want(request{method: "GET", path: at + after, token: w.asOffice()}, 200, ""))
		for _, f := range l.Licenses {
			seen = append(seen, f.Identifier)
		}
	}
	if len(seen) != 51 || seen[0] != newest.License.Identifier.String() || seen[50] != shop.License.Identifier.String() {
		t.Errorf("%d listed: %v", len(seen), seen)
	}
	w.want(request{method: "GET", path: at + "&after=x", token: w.asOffice(), wild: true}, 400, "invalid_parameter")
}

func creditCodeIn(t *testing.T, body string) string {
	t.Helper()
	_, rest, ok := strings.Cut(body, `"creditCode": "`)
	if !ok || len(rest) < 18 {
		t.Fatal("no credit code")
	}
	return rest[:18]
}

// fresh is what the page's script fetches.
type fresh struct {
	Text, Clock string
	Made        time.Time
}

func (w *world) liveCode(path string, l issuer.Issued) fresh {
	w.t.Helper()
	return decoded[fresh](w.t, w.want(request{method: "GET", path: own(path, l) + "/live"}, 200, ""))
}

// recordedCheck is a record as the interface gives it.
type recordedCheck struct {
	Verification license.Verification
	Result       verifier.Result
	Repeated     bool
}

func (w *world) check(text, key string, more string) recordedCheck {
	w.t.Helper()
	body := fmt.Sprintf(`{"text":%q,"purpose":"日常检查","place":"愚园路"%s}`, text, more)
	answer := w.do(request{method: "POST", path: "/v1/verifications", token: w.token(market, access.VerificationWrite), key: key, media: "application/json", body: body})
	if answer.Code != 201 && answer.Code != 200 {
		w.t.Fatalf("%d %s", answer.Code, answer.Body)
	}
	return decoded[recordedCheck](w.t, answer)
}

func presence(t *testing.T, r recordedCheck, status verifier.CheckStatus, reason verifier.Reason) {
	t.Helper()
	if got := r.Result.Check(verifier.PresentationCheck); got.Status != status || got.Reason != reason {
		t.Errorf("presentation %+v, want %s %s", got, status, reason)
	}
	if r.Verification.Presentation != string(status) {
		t.Errorf("recorded as %q, want %q", r.Verification.Presentation, status)
	}
}

// TestLiveCodeCountsOnce: looking uses nothing up, recording does; a second
// record of the same code is told so, and the same request again is not.
func TestLiveCodeCountsOnce(t *testing.T) {
	w := newWorld(t, nil)
	shop := w.issued("restaurant-3-permits.json")
	_, path := w.link(shop)
	w.clock.Advance(time.Minute) // since the node was started: it remembers as far back
	live := w.liveCode(path, shop)
	if again := w.liveCode(path, shop); again.Text == live.Text || len(live.Clock) != len("00:00:00") {
		t.Errorf("%+v and %+v", live, again)
	}
	for range 3 { // a link preview, a scan with a bare camera
		r := decoded[verifier.Result](t, w.want(request{method: "GET", path: strings.TrimPrefix(live.Text, address), accept: "application/json"}, 200, ""))
		if r.Check(verifier.PresentationCheck).Status != verifier.Passed {
			t.Errorf("looking: %+v", r.Check(verifier.PresentationCheck))
		}
	}
	presence(t, w.check(live.Text, "first", ""), verifier.Passed, "")
	presence(t, w.check(live.Text, "second", ""), verifier.Failed, verifier.PresentationUsed)
	w.clock.Advance(time.Second) // within the same one the records are equal
	repeated := w.check(live.Text, "first", "")
	presence(t, repeated, verifier.Passed, "")
	if !repeated.Repeated {
		t.Error("it was recorded twice")
	}
	w.clock.Advance(time.Minute)
	presence(t, w.check(live.Text, "third", ""), verifier.Failed, verifier.PresentationStale)
	foundAt := fmt.Sprintf(`,"found":"valid","foundAt":%q`, live.Made.Add(5*time.Second).Format(time.RFC3339))
	if r := w.check(live.Text, "off-line", foundAt); r.Verification.Presentation != "passed" || r.Result.Check(verifier.PresentationCheck).Reason != verifier.PresentationStale {
		t.Errorf("found fresh by a device, recorded later: %+v", r.Verification)
	}
	late := fmt.Sprintf(`,"found":"valid","foundAt":%q`, live.Made.Add(50*time.Second).Format(time.RFC3339))
	if r := w.check(live.Text, "off-line-late", late); r.Verification.Presentation != "failed" {
		t.Errorf("found stale by a device: %+v", r.Verification)
	}
	printed := w.check(shop.Text, "printed", "")
	if printed.Verification.Presentation != "" {
		t.Errorf("a printed code: %+v", printed.Verification)
	}

	checks := w.want(request{method: "GET", path: own(path, shop) + "/checks"}, 200, "").Body.String()
	for _, want := range []string{market, "日常检查", "愚园路", "当场出示：已证明", "当场出示：未证明"} {
		if !strings.Contains(checks, want) {
			t.Errorf("who has checked: %s is missing", want)
		}
	}
	if strings.Contains(checks, "窗口3") {
		t.Error("the holder is told the name of who checked")
	}
}

// failsOnce is a register that cannot be reached when the first check is to be
// recorded.
type failsOnce struct {
	api.Register
	failed bool
}

func (f *failsOnce) AddVerification(ctx context.Context, v license.Verification) error {
	if !f.failed {
		f.failed = true
		return issuer.ErrUnavailable
	}
	return f.Register.AddVerification(ctx, v)
}

// TestLiveCodeOfARetry: a check that could not be stored, asked for again under
// its key, finds what it would have found; nobody else's does, and the key of
// somebody else is not his.
func TestLiveCodeOfARetry(t *testing.T) {
	w := newWorld(t, func(c *api.Config) { c.Register = &failsOnce{Register: c.Register} })
	shop := w.issued("restaurant-3-permits.json")
	_, path := w.link(shop)
	w.clock.Advance(time.Minute)
	live := w.liveCode(path, shop)
	asking := func(subject string) request {
		return request{method: "POST", path: "/v1/verifications", token: w.tokenOf(subject, market, access.VerificationWrite), key: "k", media: "application/json",
			body: fmt.Sprintf(`{"text":%q,"purpose":"日常检查"}`, live.Text)}
	}
	w.want(asking("a"), 503, "register_unavailable")
	presence(t, decoded[recordedCheck](t, w.want(asking("b"), 201, "")), verifier.Failed, verifier.PresentationUsed)
	presence(t, decoded[recordedCheck](t, w.want(asking("a"), 201, "")), verifier.Passed, "")
}

// forgetful cannot tell whether a code was used, or breaks.
type forgetful struct{ err error }

func (f forgetful) Once(context.Context, string, string, time.Duration) (bool, error) {
	return false, f.err
}

func TestLiveCodeWithoutMemory(t *testing.T) {
	w := newWorld(t, func(c *api.Config) { c.Once = forgetful{exchange.ErrUnknown} })
	shop := w.issued("restaurant-3-permits.json")
	_, path := w.link(shop)
	presence(t, w.check(w.liveCode(path, shop).Text, "a", ""), verifier.NotDone, verifier.PresentationUnchecked)

	w = newWorld(t, func(c *api.Config) { c.Once = forgetful{errors.New("broken: secret cause")} })
	shop = w.issued("restaurant-3-permits.json")
	_, path = w.link(shop)
	w.want(request{method: "POST", path: "/v1/verifications", token: w.token(market, access.VerificationWrite), key: "a", media: "application/json",
		body: fmt.Sprintf(`{"text":%q,"purpose":"日常检查"}`, w.liveCode(path, shop).Text)}, 500, "internal")
}

// TestLiveCodeOfNewVersion: after a change the same address shows the new
// version.
func TestLiveCodeOfNewVersion(t *testing.T) {
	w := newWorld(t, nil)
	shop := w.issued("restaurant-3-permits.json")
	_, path := w.link(shop)
	body := strings.Replace(fixture(t, "restaurant-3-permits.json"), "愚园路", "愚园西路", 1)
	w.want(request{method: "PUT", path: "/v1/licenses/" + shop.License.Identifier.Base(), token: w.asOffice(), key: "change", media: "application/json", body: body}, 201, "")
	r := w.Verify(context.Background(), w.liveCode(path, shop).Text)
	if r.License == nil || r.License.Version != 2 || r.Outcome != verifier.Valid {
		t.Errorf("%s %+v", r.Outcome, r.License)
	}
	if !strings.Contains(w.want(request{method: "GET", path: own(path, shop)}, 200, "").Body.String(), "愚园西路") {
		t.Error("the page shows the old version")
	}
}
