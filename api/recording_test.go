package api_test

import (
	"compress/gzip"
	"context"
	"errors"
	"html"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"yizheng/api"
	"yizheng/api/access"
	"yizheng/api/login"
	"yizheng/dispute"
	"yizheng/issuer"
	"yizheng/issuer/issuertest"
	"yizheng/license"
	"yizheng/register"
)

// inspected lets people log in at a desk, who may then record checks.
func inspected(t testing.TB) func(*api.Config) {
	return func(c *api.Config) {
		c.Desk = http.NotFoundHandler()
		store, _ := c.Register.(*register.Store)
		c.Sessions = sessionsOf(t, store, c.Clock)
		c.Limiter = unlimited{}
		c.Entrance = &api.Entrance{Sessions: holderSessions(t, store, c.Clock), Accounts: []api.HolderAccount{{Name: "演示店", Code: "91310105MA1FW0000A"}}}
	}
}

func sessionsOf(t testing.TB, store login.Store, clock func() time.Time) *login.Sessions {
	t.Helper()
	s, err := login.NewSessions(login.SessionsConfig{Store: store, Name: "desk", Secure: true, Clock: clock})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// inspector is somebody's browser.
type inspector struct {
	w      *world
	cookie string // empty for nobody's
	page   string // shown last
	answer *httptest.ResponseRecorder
}

// inspector logs somebody of the market bureau in.
func (w *world) inspector(subject string, scopes ...access.Scope) *inspector {
	return w.loggedIn(access.Grant{Issuer: "i", Subject: subject, Authority: market, Scopes: scopes})
}

func (w *world) loggedIn(g access.Grant) *inspector {
	w.t.Helper()
	answer := httptest.NewRecorder()
	if err := w.config.Sessions.Start(context.Background(), answer, httptest.NewRequest("GET", "/desk", nil), g); err != nil {
		w.t.Fatal(err)
	}
	c := answer.Result().Cookies()[0]
	return &inspector{w: w, cookie: c.Name + "=" + c.Value}
}

func (i *inspector) get(path string) *inspector {
	i.w.t.Helper()
	return i.keep(i.w.do(request{method: "GET", path: path, accept: "text/html", header: map[string]string{"Cookie": i.cookie}}))
}

func (i *inspector) keep(answer *httptest.ResponseRecorder) *inspector {
	i.answer, i.page = answer, answer.Body.String()
	return i
}

// field gives what stands in a field of the form.
func (i *inspector) field(name string) string {
	i.w.t.Helper()
	m := regexp.MustCompile(`name="` + name + `" value="([^"]*)"`).FindStringSubmatch(i.page)
	if m == nil {
		i.w.t.Fatalf("the page has no field %s", name)
	}
	return html.UnescapeString(m[1])
}

// form is the form as it stands on the page, with a purpose written in.
func (i *inspector) form(purpose string) url.Values {
	i.w.t.Helper()
	f := url.Values{"purpose": {purpose}}
	for _, name := range []string{"token", "key", "method", "place", "matter"} {
		f.Set(name, i.field(name))
	}
	return f
}

func (i *inspector) send(path string, form url.Values, header map[string]string) *inspector {
	i.w.t.Helper()
	all := map[string]string{"Cookie": i.cookie, "Sec-Fetch-Site": "same-origin"}
	for name, value := range header {
		all[name] = value
	}
	return i.keep(i.w.do(request{method: "POST", path: path, accept: "text/html", media: "application/x-www-form-urlencoded", body: form.Encode(), header: all, wild: true}))
}

// want checks the last answer and what its page says.
func (i *inspector) want(status int, says ...string) *inspector {
	i.w.t.Helper()
	if i.answer.Code != status {
		i.w.t.Fatalf("status %d, want %d: %.3000s", i.answer.Code, status, i.page)
	}
	for _, s := range says {
		if !strings.Contains(i.page, s) {
			i.w.t.Errorf("the page does not say %q", s)
		}
	}
	return i
}

func (w *world) recorded(l issuer.Issued) []license.Verification {
	w.t.Helper()
	records, err := w.register.Verifications(context.Background(), l.License.Identifier.String(), 100)
	if err != nil {
		w.t.Fatal(err)
	}
	return records
}

// page is the path of a license's result page.
func pathOf(text string) string { return strings.TrimPrefix(text, address) }

// TestRecordingOnThePage: an inspector records a check on the result page,
// once, however often the form is sent or the page loaded anew.
func TestRecordingOnThePage(t *testing.T) {
	w := newWorld(t, inspected(t))
	shop := w.issued(issuertest.Restaurant)
	path := pathOf(shop.Text)

	nobody := (&inspector{w: w}).get(path).want(200, `href="/desk/login?to=`+url.QueryEscape(path)+`"`)
	if strings.Contains(nobody.page, `method="post"`) || len(nobody.answer.Result().Cookies()) > 0 || nobody.answer.Header().Get("Referrer-Policy") != "no-referrer" {
		t.Errorf("an anonymous look: %v", nobody.answer.Header())
	}

	i := w.inspector("王检查", access.VerificationWrite).get(path).want(200, "登记核验", "王检查", market)
	if i.field("place") != shop.License.Holder.Premises || i.field("method") != "link" || i.answer.Header().Get("Referrer-Policy") != "same-origin" {
		t.Errorf("the form: %q", i.form(""))
	}
	if len(w.recorded(shop)) != 0 {
		t.Fatal("a look was recorded")
	}
	first := i.form("  日常检查 ")
	i.send(path, first, nil).want(303)
	where := i.answer.Header().Get("Location")
	records := w.recorded(shop)
	if len(records) != 1 {
		t.Fatalf("%d records", len(records))
	}
	r := records[0]
	if r.Purpose != "日常检查" || r.Operator != "王检查" || r.Organisation != market || r.Method != "link" || r.Outcome != "valid" || r.Place != shop.License.Holder.Premises || r.Presentation != "" {
		t.Errorf("%+v", r)
	}
	w.clock.Advance(time.Minute)
	if i.send(path, first, nil).want(303); i.answer.Header().Get("Location") != where {
		t.Errorf("the second click leads to %s, the first to %s", i.answer.Header().Get("Location"), where)
	}
	changed := i.w.clone(first, "purpose", "专项检查")
	if i.send(path, changed, nil).want(303); i.answer.Header().Get("Location") != where {
		t.Errorf("an old page leads to %s", i.answer.Header().Get("Location"))
	}
	for range 2 {
		i.get(strings.TrimSuffix(where, "#record")).want(200, "已登记", r.ID, r.At.Format(time.RFC3339), "日常检查")
	}
	if n := len(w.recorded(shop)); n != 1 {
		t.Errorf("%d records", n)
	}
	i.get(path).want(200, "您最近一次登记此证", r.ID)
	if i.field("key") == first.Get("key") {
		t.Error("another form has the same key")
	}
	other := w.inspector("李检查", access.VerificationWrite).get(strings.TrimSuffix(where, "#record")).want(200)
	if strings.Contains(other.page, r.ID) {
		t.Error("somebody else is told that it was recorded")
	}
	// By a picture of the license the same form comes.
	uploaded := &inspector{w: w, cookie: i.cookie}
	uploaded.keep(w.do(request{method: "POST", path: "/verify", accept: "text/html", media: "application/x-www-form-urlencoded",
		body: url.Values{"text": {shop.Text}}.Encode(), header: map[string]string{"Cookie": i.cookie}})).want(200)
	uploaded.send(path, uploaded.form("投诉举报核查"), nil).want(303)
	if records := w.recorded(shop); len(records) != 2 || records[0].Method != "" {
		t.Errorf("%+v", records)
	}
}

func (w *world) clone(form url.Values, name, value string) url.Values {
	c := url.Values{}
	for n, v := range form {
		c[n] = v
	}
	c.Set(name, value)
	return c
}

// TestRecordingRefuses what is not the form of somebody who may: nothing is
// recorded.
// TestPagesTravelSmall wants a page compressed for whoever takes that, the same
// page to the letter; but not one that has a form's secret in it.
func TestPagesTravelSmall(t *testing.T) {
	w := newWorld(t, inspected(t))
	path := pathOf(w.issued(issuertest.Restaurant).Text)
	plain := w.want(request{method: "GET", path: path}, 200, "")
	small := w.want(request{method: "GET", path: path, header: map[string]string{"Accept-Encoding": "gzip, deflate, br"}}, 200, "")
	if got := small.Header(); got.Get("Content-Encoding") != "gzip" || !slices.Contains(got.Values("Vary"), "Accept-Encoding") || small.Body.Len() > 20_000 {
		t.Errorf("%d bytes, %v", small.Body.Len(), got)
	}
	r, err := gzip.NewReader(small.Body)
	if err != nil {
		t.Fatal(err)
	}
	if page, err := io.ReadAll(r); err != nil || string(page) != plain.Body.String() {
		t.Errorf("another page: %v\n%s", err, page)
	}
	if got := w.want(request{method: "GET", path: path, accept: "application/json", header: map[string]string{"Accept-Encoding": "gzip"}}, 200, ""); got.Header().Get("Content-Encoding") != "" {
		t.Error("programs pay for what they do not need")
	}
	if got := w.want(request{method: "GET", path: path, header: map[string]string{"Accept-Encoding": "br, gzip;q=0"}}, 200, ""); got.Header().Get("Content-Encoding") != "" {
		t.Error("somebody gets what he does not take")
	}
	i := w.inspector("王检查", access.VerificationWrite)
	i.keep(w.do(request{method: "GET", path: path, accept: "text/html", header: map[string]string{"Cookie": i.cookie, "Accept-Encoding": "gzip"}}))
	if i.want(200, "登记核验", `name="token"`); i.answer.Header().Get("Content-Encoding") != "" {
		t.Error("a page with a secret is compressed")
	}
}

func TestRecordingRefuses(t *testing.T) {
	w := newWorld(t, inspected(t))
	shop := w.issued(issuertest.Restaurant)
	path := pathOf(shop.Text)
	i := w.inspector("王检查", access.VerificationWrite).get(path)
	form := i.form("日常检查")
	foreign := w.inspector("李检查", access.VerificationWrite).get(path).form("日常检查")
	reader := w.inspector("只读", access.VerificationRead).get(path).want(200, "没有登记核验的权限")
	stranger := w.loggedIn(access.Grant{Issuer: "i", Subject: "无机关", Scopes: access.Scopes()}).get(path).want(200, "没有登记核验的权限")
	if strings.Contains(reader.page+stranger.page, `name="purpose"`) {
		t.Error("somebody without the right has a form")
	}
	own := func(i *inspector) url.Values { return w.clone(form, "token", i.field("token")) }
	for name, test := range map[string]struct {
		who    *inspector
		path   string
		form   url.Values
		header map[string]string
		status int
		says   string
	}{
		"another session's form": {i, path, foreign, nil, 403, "表单已失效"},
		"no token":               {i, path, w.clone(form, "token", ""), nil, 403, "表单已失效"},
		"another site":           {i, path, form, map[string]string{"Sec-Fetch-Site": "cross-site"}, 403, "表单已失效"},
		"a sister host":          {i, path, form, map[string]string{"Sec-Fetch-Site": "same-site"}, 403, "表单已失效"},
		"another origin":         {i, path, form, map[string]string{"Sec-Fetch-Site": "", "Origin": "https://evil.example"}, 403, "表单已失效"},
		"no right":               {reader, path, own(reader), nil, 403, "没有登记核验的权限"},
		"no authority":           {stranger, path, own(stranger), nil, 403, "没有登记核验的权限"},
		"no key":                 {i, path, w.clone(form, "key", ""), nil, 400, "请求格式有误"},
		"a long key":             {i, path, w.clone(form, "key", strings.Repeat("k", 200)), nil, 400, "请求格式有误"},
		"no purpose":             {i, path, w.clone(form, "purpose", " "), nil, 422, "aria-invalid"},
		"a change of direction":  {i, path, w.clone(form, "place", "愚园路\u202e"), nil, 422, "aria-invalid"},
		"a forged code":          {i, pathOf(forged(t, shop.Text)), form, nil, 422, "没有可登记的证"},
		"no code":                {i, "/v/123", form, nil, 422, "没有可登记的证"},
		"too much":               {i, path, w.clone(form, "place", strings.Repeat("愚", 20_000)), nil, 413, "内容过大"},
		"nobody":                 {&inspector{w: w}, path, form, nil, 303, ""},
		"a made-up session":      {&inspector{w: w, cookie: "__Host-desk=abc"}, path, form, nil, 303, ""},
	} {
		t.Run(name, func(t *testing.T) {
			i.w.t = t
			test.who.send(test.path, test.form, test.header).want(test.status, test.says)
			if test.status == 303 && !strings.HasPrefix(test.who.answer.Header().Get("Location"), "/desk/login?to=%2Fv%2F") {
				t.Errorf("nobody is led to %s", test.who.answer.Header().Get("Location"))
			}
			if n := len(w.recorded(shop)); n != 0 {
				t.Errorf("%d records", n)
			}
		})
	}
	w.t = t
	// What was written stays, and the mended form is the same one.
	i.get(path)
	again := i.form(strings.Repeat("长", 201))
	i.send(path, again, nil).want(422, "长长长")
	if i.field("key") != again.Get("key") {
		t.Error("the form has another key")
	}
	w.clock.Advance(31 * time.Minute)
	i.send(path, form, nil).want(303)
	if n := len(w.recorded(shop)); n != 0 {
		t.Errorf("a session that has run out has recorded %d", n)
	}
}

// TestRecordingALiveCode: one live code counts in one record.
func TestRecordingALiveCode(t *testing.T) {
	w := newWorld(t, inspected(t))
	shop := w.issued(issuertest.Restaurant)
	w.clock.Advance(time.Minute) // a node that has just started cannot tell what has counted
	live, err := w.presenter.Live(shop.Text)
	if err != nil {
		t.Fatal(err)
	}
	path := pathOf(live.Text)
	first, second := w.inspector("王检查", access.VerificationWrite).get(path), w.inspector("李检查", access.VerificationWrite).get(path)
	form := first.form("日常检查")
	for range 2 {
		first.send(path, form, nil).want(303)
	}
	w.clock.Advance(time.Second)
	second.send(path, second.form("日常检查"), nil).want(303)
	records := w.recorded(shop)
	if len(records) != 2 || records[1].Presentation != "passed" || records[0].Presentation != "failed" {
		t.Fatalf("%+v", records)
	}
	second.get(strings.TrimSuffix(second.answer.Header().Get("Location"), "#record")).want(200, "未证明")
}

// away is a register that cannot be reached.
type away struct{ login.Store }

func (away) Session(context.Context, string, time.Time) (string, time.Time, bool, error) {
	return "", time.Time{}, false, errors.New("gone: secret cause")
}

// TestResultWithoutTheRegister: who is logged in cannot be told, and the result
// is given all the same.
func TestResultWithoutTheRegister(t *testing.T) {
	w := newWorld(t, func(c *api.Config) {
		inspected(t)(c)
		c.Sessions = sessionsOf(t, away{}, c.Clock)
	})
	shop := w.issued(issuertest.Restaurant)
	i := &inspector{w: w, cookie: "__Host-desk=abc"}
	i.get(pathOf(shop.Text)).want(200, "有效", "登记簿暂时无法使用")
	if strings.Contains(i.page, `method="post"`) || strings.Contains(i.page, "secret cause") {
		t.Error("the page has a form, or says too much")
	}
}

// TestResultWhereNobodyLogsIn names no log-in.
func TestResultWhereNobodyLogsIn(t *testing.T) {
	w := newWorld(t, nil)
	shop := w.issued(issuertest.Restaurant)
	if i := (&inspector{w: w}).get(pathOf(shop.Text)).want(200); strings.Contains(i.page, "/desk") {
		t.Error("the page names a desk")
	}
	w.strict = false // what it answers to is not in the description
	w.want(request{method: "POST", path: pathOf(shop.Text)}, http.StatusMethodNotAllowed, "")
}

// TestContestingOnThePage: after a check is on record, its page offers a dispute
// with the issuer, files one however often the form is sent, and says what came
// of it.
func TestContestingOnThePage(t *testing.T) {
	w := newWorld(t, inspected(t))
	shop := w.issued(issuertest.Restaurant)
	path := pathOf(shop.Text)
	i := w.inspector("王检查", access.VerificationWrite, access.DisputeWrite, access.DisputeRead).get(path)
	i.send(path, i.form("跨区域协查"), nil).want(303)
	recorded := strings.TrimSuffix(i.answer.Header().Get("Location"), "#record")
	i.get(recorded).want(200, "向发证机关提出异议", w.office)
	form := url.Values{"token": {i.field("token")}, "key": {i.field("key")}, "check": {i.field("check")},
		"reason": {"premises_differ"}, "permit": {shop.License.Permits[0].Number}, "text": {"现场为\n另一门牌。"}, "name": {"王检查"}, "telephone": {"021-55550000"}}

	i.send(path, w.clone(form, "telephone", ""), nil).want(422, "此项必须填写", "另一门牌", `value="premises_differ" selected`)
	if i.field("key") != form.Get("key") {
		t.Error("the mended form is another one")
	}
	for _, words := range []string{"现场为\n另一门牌。", "另一句。"} { // the second from an old page
		i.send(path, w.clone(form, "text", words), nil).want(303)
	}
	if got := i.answer.Header().Get("Location"); got != recorded+"#record" {
		t.Errorf("goes on to %s", got)
	}
	i.get(recorded).want(200, "异议：经营场所不符", "/desk/disputes/")
	office, _ := w.config.Disputes.(*dispute.Office)
	filed, err := office.List(context.Background(), dispute.Filter{})
	if err != nil || len(filed) != 1 || filed[0].Statement.Text != "现场为 另一门牌。" || filed[0].Statement.Contact.Organisation != market {
		t.Fatalf("%+v, %v", filed, err)
	}

	weak := w.inspector("李检查", access.VerificationWrite).get(path)
	weak.send(path, weak.form("日常检查"), nil).want(303)
	weak.get(strings.TrimSuffix(weak.answer.Header().Get("Location"), "#record")).want(200, "已登记")
	if strings.Contains(weak.page, `name="check"`) {
		t.Error("somebody without the right is offered the form")
	}
	weak.send(path, w.clone(form, "token", weak.field("token")), nil).want(403, "没有提出异议的权限")
	other := w.loggedIn(access.Grant{Issuer: "i", Subject: "他", Authority: w.office, Scopes: access.Scopes()}).get(path)
	other.send(path, w.clone(form, "token", other.field("token")), nil).want(403, "不能代表其他单位")
	i.send(path, w.clone(form, "key", "another"), map[string]string{"Sec-Fetch-Site": "cross-site"}).want(403, "表单已失效")
	if filed, _ := office.List(context.Background(), dispute.Filter{}); len(filed) != 1 {
		t.Errorf("%d disputes", len(filed))
	}
}
