package desk_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"yizheng/desk"
	"yizheng/holder"
	"yizheng/issuer"
	"yizheng/issuer/issuertest"
	"yizheng/license"
	"yizheng/register"
)

// TestRights is the table of who may do what. Whoever is not named may not.
func TestRights(t *testing.T) {
	w := newWorld(t, nil)
	l := w.bookstore()
	number := l.Number
	food, book := permitOf(t, l, market), permitOf(t, l, culture)
	readers := "office reader market culture pretender"
	for _, test := range []struct{ method, path, may string }{
		{"GET", "/desk", "office reader market culture pretender unbound inspector nothing"},
		{"GET", "/desk/licenses", readers},
		{"GET", "/desk/licenses/" + number, readers},
		{"GET", "/desk/licenses/" + number + "/files/original.pdf", "office reader"},
		{"GET", "/desk/licenses/" + number + "/files/code.svg", "office reader"},
		{"GET", "/desk/licenses/" + number + "/act?act=suspend&permit=" + url.QueryEscape(food.Number), "market pretender"},
		{"GET", "/desk/licenses/" + number + "/act?act=suspend&permit=" + url.QueryEscape(book.Number), "culture"},
		{"POST", "/desk/licenses/" + number + "/act?act=suspend&permit=" + url.QueryEscape(food.Number), "market pretender"},
		{"POST", "/desk/licenses/" + number + "/act?act=suspend&permit=" + url.QueryEscape(book.Number), "culture"},
		{"GET", "/desk/licenses/" + number + "/withdraw", "office"},
		{"POST", "/desk/licenses/" + number + "/withdraw", "office"},
		{"POST", "/desk/licenses/" + number + "/links", "office"},
		{"POST", "/desk/licenses/" + number + "/links/x/revoke", "office"},
		{"GET", "/desk/licenses/new", "office"},
		{"POST", "/desk/licenses/new", "office"},
		{"GET", "/desk/licenses/" + number + "/change", "office"},
		{"POST", "/desk/licenses/" + number + "/change", "office"},
		{"GET", "/desk/batches", "office market culture pretender"},
		{"GET", "/desk/library", "office pretender unbound"},
		{"POST", "/desk/library/replay", ""}, // of nothing: those who may are told that it is malformed
		{"POST", "/desk/library/hurry", "office pretender"},
		{"GET", "/desk/expiring", readers},
		{"GET", "/desk/statistics", "office reader"},
	} {
		for _, p := range people {
			b := w.as(p.Name)
			if test.method == "POST" {
				b.post(test.path, url.Values{"key": {strings.Repeat("0", 32)}}) // without a reason nothing is done
			} else {
				b.get(test.path)
			}
			allowed := b.status == http.StatusOK || b.status == http.StatusUnprocessableEntity
			if b.status >= http.StatusInternalServerError {
				t.Errorf("%s %s as %s: status %d", test.method, test.path, p.Name, b.status)
			}
			if may := strings.Contains(" "+test.may+" ", " "+p.Name+" "); allowed != may {
				t.Errorf("%s %s as %s: status %d", test.method, test.path, p.Name, b.status)
			}
		}
		nobody := w.browser()
		if test.method == "POST" {
			nobody.post(test.path, url.Values{"reason": {"x"}})
		} else {
			nobody.get(test.path)
		}
		if !strings.HasPrefix(nobody.where, "/desk/login") {
			t.Errorf("%s %s as nobody leads to %s", test.method, test.path, nobody.where)
		}
	}
	v, err := w.register.Current(context.Background(), number)
	if err != nil || v.State != license.Valid || license.Summary(v.States) != license.Valid {
		t.Errorf("the license is %v %v, %v", v.State, v.States, err)
	}
}

func permitOf(t *testing.T, l license.License, authority string) license.Permit {
	t.Helper()
	for _, p := range l.Permits {
		if p.Authority == authority {
			return p
		}
	}
	t.Fatalf("the license lists no permit of %s", authority)
	return license.Permit{}
}

// TestForeignForms sends forms that another site, an old page or another
// session has made: nothing is done.
func TestForeignForms(t *testing.T) {
	w := newWorld(t, nil)
	l := w.bookstore()
	path := "/desk/licenses/" + l.Number + "/withdraw"
	own := w.as("office")
	key := own.get(path).hidden("key")
	other := w.as("office").get("/desk")
	for name, test := range map[string]struct {
		token  string
		header map[string]string
	}{
		"no token":          {"", map[string]string{"Sec-Fetch-Site": "same-origin"}},
		"another session's": {other.token, map[string]string{"Sec-Fetch-Site": "same-origin"}},
		"another site":      {own.get("/desk").token, map[string]string{"Sec-Fetch-Site": "cross-site"}},
		"a sister host":     {own.token, map[string]string{"Sec-Fetch-Site": "same-site"}},
		"another origin":    {own.token, map[string]string{"Origin": "https://evil.example"}},
	} {
		t.Run(name, func(t *testing.T) {
			form := url.Values{"reason": {"歇业"}, "key": {key}, "token": {test.token}}
			r := httptest.NewRequest(http.MethodPost, address+path, strings.NewReader(form.Encode()))
			r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
			for n, v := range test.header {
				r.Header.Set(n, v)
			}
			own.send(r)
			own.want(http.StatusForbidden, "表单已失效")
		})
	}
	if v, err := w.register.Current(context.Background(), l.Number); err != nil || v.State != license.Valid {
		t.Errorf("%v, %v", v.State, err)
	}
	own.get(path).post(path, url.Values{"reason": {"歇业"}, "key": {key}}).want(http.StatusOK, "已撤回")
}

// TestHeaders holds every page to what keeps others out.
func TestHeaders(t *testing.T) {
	w := newWorld(t, nil)
	for _, b := range []*browser{w.browser().get("/desk"), w.as("office").get("/desk"), w.as("office").get("/desk/nowhere"), w.as("nothing").get("/desk/licenses")} {
		policy := b.header.Get("Content-Security-Policy")
		for _, part := range []string{"default-src 'none'", "script-src 'self'", "form-action 'self'", "base-uri 'none'", "frame-ancestors 'none'", "trusted-types"} {
			if !strings.Contains(policy, part) {
				t.Errorf("%s: the policy %q lacks %s", b.where, policy, part)
			}
		}
		if strings.Contains(policy, "unsafe") || b.header.Get("Cache-Control") != "no-store" || b.header.Get("X-Content-Type-Options") != "nosniff" {
			t.Errorf("%s: %v", b.where, b.header)
		}
		if strings.Contains(b.page, "<script>") || strings.Contains(b.page, " onclick") || strings.Contains(b.page, " style=") || strings.Contains(b.page, "ZgotmplZ") {
			t.Errorf("%s has script or style of its own", b.where)
		}
	}
	w.as("office").get("/desk/nowhere").want(http.StatusNotFound, "没有这个页面")
}

// TestLoginGoesOn brings whoever had to log in to where they wanted, and
// nobody to another place.
func TestLoginGoesOn(t *testing.T) {
	w := newWorld(t, nil)
	l := w.bookstore()
	b := w.browser().get("/desk/licenses/" + l.Number)
	b.want(http.StatusOK, "演示账号")
	to := b.hidden("to")
	if to != "/desk/licenses/"+l.Number {
		t.Errorf("goes on to %s", to)
	}
	b.post("/desk/login/account", url.Values{"account": {"0"}, "to": {to}}).want(http.StatusOK, l.Holder.Name)
	for _, elsewhere := range []string{"https://evil.example/desk", "//evil.example/desk", "/\\evil.example", "/v/../evil", "/verify", "javascript:alert(1)", "/desk/login?to=/desk", "/deskevil"} {
		b := w.browser()
		b.post("/desk/login/account", url.Values{"account": {"0"}, "to": {elsewhere}})
		if b.where != "/desk" {
			t.Errorf("%q leads to %s", elsewhere, b.where)
		}
	}
	result := "/v/" + strings.Repeat("86123", 300) // on which checks are recorded; it is not the desk that answers
	b = w.browser()
	if b.post("/desk/login/account", url.Values{"account": {"0"}, "to": {result}}); b.where != result {
		t.Errorf("the log-in of an inspector leads to %s", b.where)
	}
	b = w.as("office").get("/desk")
	b.post("/desk/logout", url.Values{}).want(http.StatusOK, "您已退出")
	if len(b.cookies) != 0 {
		t.Errorf("cookies %v are left", b.cookies)
	}
}

// TestNoAccountsInService refuses accounts without a password where it counts.
func TestNoAccountsInService(t *testing.T) {
	w := newWorld(t, nil)
	c := w.config
	c.Demonstration = false
	if _, err := desk.New(c); err == nil {
		t.Error("a desk in service has accounts without a password")
	}
	c.Accounts = nil
	if _, err := desk.New(c); err == nil {
		t.Error("a desk at which nobody can log in is built")
	}
}

// TestLicensePage shows the office everything and a department its own.
func TestLicensePage(t *testing.T) {
	w := newWorld(t, nil)
	l := w.bookstore()
	food, book := permitOf(t, l, market), permitOf(t, l, culture)
	w.as("office").get("/desk/licenses/"+l.Number).want(http.StatusOK, food.Number, book.Number, l.Identifier.String(), "制发", "归集状态", "核验记录", "变更", "撤回").
		never("/act?")
	b := w.as("market").get("/desk/licenses/"+l.Number).want(http.StatusOK, food.Number, "另有", "/act?act=suspend").
		never(book.Number, "归集状态", "/change", "/withdraw", "original.pdf")
	b.get("/desk/licenses?q="+url.QueryEscape(book.Number)).want(http.StatusOK, "没有符合条件的证")
	// A license that lists none of a department's permits is not there for it.
	other := w.issued(issuertest.Application(t, issuertest.Gym))[0].License
	for _, p := range other.Permits {
		if p.Authority == culture {
			t.Fatal("the example lists a permit of the department")
		}
	}
	w.as("culture").get("/desk/licenses/"+other.Number).want(http.StatusNotFound, "没有这张证")
	w.as("culture").get("/desk/licenses?q=" + other.Number).want(http.StatusOK).never(other.Holder.Name)
	w.as("culture").get("/desk/licenses").want(http.StatusOK, l.Holder.Name).never(other.Holder.Name)
	w.as("office").get("/desk/licenses/nowhere").want(http.StatusNotFound, "没有这张证")
}

// TestSearch finds licenses by each thing that people know of them.
func TestSearch(t *testing.T) {
	w := newWorld(t, nil)
	l := w.bookstore()
	other := w.issued(issuertest.Application(t, issuertest.Gym))[0].License
	b := w.as("office")
	trade := strings.TrimPrefix(strings.TrimPrefix(l.Holder.Name, "上海"), "长宁")
	until := l.Permits[0].ValidUntil
	for query, says := range map[string]string{
		"q=" + url.QueryEscape(l.Holder.Name[:15]):                                         l.Holder.Name,
		"q=" + url.QueryEscape(trade[:9]):                                                  l.Holder.Name,
		"q=" + string(l.Holder.CreditCode):                                                 l.Holder.Name,
		"q=" + strings.ToLower(string(l.Holder.CreditCode)):                                l.Holder.Name,
		"q=" + url.QueryEscape(l.Permits[0].Number):                                        l.Holder.Name,
		"industry=" + url.QueryEscape(l.Industry):                                          l.Holder.Name,
		"from=" + until.String() + "&until=" + until.String():                              l.Holder.Name,
		"state=valid&industry=" + url.QueryEscape(l.Industry) + "&until=" + until.String(): l.Holder.Name,
		"state=withdrawn": "没有符合条件的证",
		"state=acted":     "没有符合条件的证",
		"q=" + url.QueryEscape("没有这家店"): "没有符合条件的证",
	} {
		b.get("/desk/licenses?"+query).want(http.StatusOK, says).never(other.Holder.Name)
	}
	for _, whole := range []string{l.Number, l.Identifier.String(), l.Identifier.Base()} {
		if b.get("/desk/licenses?q=" + whole); !strings.HasPrefix(b.where, "/desk/licenses/"+l.Number) {
			t.Errorf("%s leads to %s", whole, b.where)
		}
	}
	b.get("/desk/licenses?q=x").want(http.StatusUnprocessableEntity, "请至少输入两个字")
	b.get("/desk/licenses?q=%00%ff").want(http.StatusUnprocessableEntity, "不能查找的字符")
	b.get("/desk/licenses?from=tomorrow").want(http.StatusUnprocessableEntity, "日期应为")
	b.get("/desk/licenses?after=nonsense").want(http.StatusBadRequest, "翻页标记已失效")
	newWorld(t, nil).as("office").get("/desk/licenses").want(http.StatusOK, "登记簿中还没有证")
}

// TestActs carries out acts, twice, and those that may not be.
func TestActs(t *testing.T) {
	w := newWorld(t, nil)
	l := w.bookstore()
	food := permitOf(t, l, market)
	at := "/desk/licenses/" + l.Number + "/act"
	b := w.as("market")
	act := func(name, reason string) *browser {
		t.Helper()
		b.get(at+"?act="+name+"&permit="+url.QueryEscape(food.Number)).want(http.StatusOK, food.Matter)
		return b.post(at, url.Values{"act": {name}, "permit": {food.Number}, "reason": {reason}, "key": {b.hidden("key")}})
	}
	act("suspend", "").want(http.StatusUnprocessableEntity, "须说明处理理由")
	act("suspend", "检查不合格").want(http.StatusOK, "处理已登记", "已暂扣", "检查不合格", "部分有效")
	act("suspend", "检查不合格").want(http.StatusOK, "没有重复办理")
	act("reinstate", "整改完成").want(http.StatusOK, "处理已登记")
	act("revoke", "<script>alert(1)</script>").want(http.StatusOK, "已吊销").never("<script>alert")
	act("reinstate", "后悔").want(http.StatusUnprocessableEntity, "只有被暂扣的许可可以恢复")
	if w.published != 3 {
		t.Errorf("published %d times", w.published)
	}
	b.get(at + "?act=explode&permit=" + url.QueryEscape(food.Number)).want(http.StatusNotFound)
	b.post(at, url.Values{"act": {"suspend"}, "permit": {"none"}, "reason": {"x"}}).want(http.StatusNotFound)
}

// TestActSentAgain sends the form of an act a second time, after the answer to
// the first was lost and a later act came between: the permit stays as it is.
func TestActSentAgain(t *testing.T) {
	w := newWorld(t, nil)
	l := w.bookstore()
	food := permitOf(t, l, market)
	at := "/desk/licenses/" + l.Number + "/act"
	b := w.as("market")
	form := func(name, reason string) url.Values {
		t.Helper()
		b.get(at+"?act="+name+"&permit="+url.QueryEscape(food.Number)).want(http.StatusOK, food.Matter)
		return url.Values{"act": {name}, "permit": {food.Number}, "reason": {reason}, "key": {b.hidden("key")}}
	}
	standing := func(want license.State) {
		t.Helper()
		v, err := w.register.Current(t.Context(), l.Number)
		if err != nil {
			t.Fatal(err)
		}
		for n, p := range v.License.Permits {
			if p.Number == food.Number && v.States[n] != want {
				t.Errorf("the permit is %s, want %s", v.States[n], want)
			}
		}
	}
	suspend := form("suspend", "检查不合格")
	b.post(at, suspend).want(http.StatusOK, "处理已登记", "已暂扣")
	b.post(at, form("reinstate", "整改完成")).want(http.StatusOK, "处理已登记")
	b.post(at, suspend).want(http.StatusOK, "没有重复办理", "目前的状态以本页为准")
	standing(license.Valid)

	// Another reason under the same key is another act, and the page that says
	// so has a key of its own.
	suspend.Set("reason", "再次检查不合格")
	b.post(at, suspend).want(http.StatusUnprocessableEntity, "幂等键已用于另一请求")
	standing(license.Valid)
	suspend.Set("key", b.hidden("key"))
	b.post(at, suspend).want(http.StatusOK, "处理已登记")
	standing(license.Suspended)

	for _, key := range []string{"", "x", strings.Repeat("0", 33), strings.Repeat("z", 32)} {
		again := form("reinstate", "整改完成")
		again.Set("key", key)
		b.post(at, again).want(http.StatusBadRequest, "没有办理任何事项")
	}
	standing(license.Suspended)
}

// TestWithdraw withdraws a license, says that its permits stay in force, and
// does nothing a second time.
func TestWithdraw(t *testing.T) {
	w := newWorld(t, nil)
	l := w.bookstore()
	at := "/desk/licenses/" + l.Number + "/withdraw"
	b := w.as("office").get(at).want(http.StatusOK, "各单项许可继续有效")
	b.post(at, url.Values{"reason": {""}, "key": {b.hidden("key")}}).want(http.StatusUnprocessableEntity, "须说明处理理由")
	key := b.hidden("key")
	b.post(at, url.Values{"reason": {"歇业"}, "key": {key}}).want(http.StatusOK, "各单项许可继续有效", "歇业")
	b.post(at, url.Values{"reason": {"歇业"}, "key": {key}}).want(http.StatusOK, "没有重复办理")
	b.post(at, url.Values{"reason": {"歇业"}}).want(http.StatusBadRequest, "没有办理任何事项")
	b.get("/desk/licenses?state=withdrawn").want(http.StatusOK, l.Holder.Name)
	_, err := w.issuer.Find(context.Background(), l.Number)
	if err != nil {
		t.Fatal(err)
	}
}

// TestOverview shows what needs attention, and to whom.
func TestOverview(t *testing.T) {
	w := newWorld(t, nil)
	w.as("office").get("/desk").want(http.StatusOK, "还没有制发过证", "滞留件", "信任清单")
	l := w.bookstore()
	w.dead(l)
	// A list that is stated to count each day never has more than days left: that
	// alone is no news.
	w.expiry.TrustList = w.clock.Now().AddDate(0, 0, 6)
	w.as("office").get("/desk").never(`tile warn`)
	w.expiry.TrustList, w.expiry.TrustLate = w.clock.Now().AddDate(0, 0, 3), true
	w.expiry.Seal = w.clock.Now().AddDate(0, 0, -1)
	w.as("office").get("/desk").want(http.StatusOK, "电子证照库拒收", "电子印章证书已到期", `tile warn`, `tile bad`, l.Holder.Name)
	w.as("market").get("/desk").want(http.StatusOK, l.Holder.Name).never("滞留件", "信任清单")
	w.as("nothing").get("/desk").want(http.StatusOK, "您的账号不能查阅证照").never(l.Holder.Name, "滞留件", "登记核验")
	w.as("inspector").get("/desk").want(http.StatusOK, "登记核验", `href="/"`).never(l.Holder.Name, "您的账号不能查阅证照")
}

// TestWrongInput sends what no page of ours sends: never a 500.
func TestWrongInput(t *testing.T) {
	w := newWorld(t, nil)
	l := w.bookstore()
	b := w.as("office").get("/desk")
	for path, form := range map[string]url.Values{
		"/desk/licenses/new":                                        {"permits[99].number": {"1"}, "permits[-1].number": {"1"}, "permits[0].nothing": {"1"}, "permits[0]number": {"1"}, "do": {"\x00"}},
		"/desk/licenses/" + l.Number + "/change":                    {"holder.name": {strings.Repeat("长", 10_000)}, "industry": {"\xff\xfe"}, "do": {"preview"}},
		"/desk/licenses/" + l.Number + "/withdraw":                  {"reason": {"\u202e\x00"}},
		"/desk/licenses/%00/withdraw":                               {"reason": {"x"}},
		"/desk/licenses/" + strings.Repeat("9", 3000) + "/withdraw": {"reason": {"x"}},
	} {
		b.post(path, form)
		if b.status >= http.StatusInternalServerError || b.status == http.StatusOK {
			t.Errorf("%s: status %d", path, b.status)
		}
	}
	large := url.Values{"reason": {strings.Repeat("x", 600<<10)}}
	b.post("/desk/licenses/"+l.Number+"/withdraw", large).want(http.StatusRequestEntityTooLarge, "内容过大")
	for _, method := range []string{http.MethodPut, http.MethodDelete, "BREW"} {
		r := httptest.NewRequest(method, address+"/desk/licenses", nil)
		r.Header.Set("Sec-Fetch-Site", "same-origin")
		b.send(r)
		if b.status != http.StatusNotFound && b.status != http.StatusMethodNotAllowed {
			t.Errorf("%s: status %d", method, b.status)
		}
	}
	if strings.Contains(w.log.String(), b.cookies["__Host-desk"]) || strings.Contains(w.log.String(), b.token) {
		t.Error("the log has a secret")
	}
}

// TestHolderLink gives a holder a link, once to be seen, and takes it back.
func TestHolderLink(t *testing.T) {
	w := newWorld(t, nil)
	l := w.bookstore()
	at := "/desk/licenses/" + l.Number
	b := w.as("office").get(at).want(http.StatusOK, "还没有给过链接")
	b.post(at+"/links", url.Values{}).want(http.StatusOK, "只显示这一次", address+"/h/")
	secret := regexp.MustCompile(`/h/([\w-]{27})"`).FindStringSubmatch(b.page)
	if secret == nil || strings.Contains(b.where, "?") || strings.Contains(w.log.String(), secret[1]) {
		t.Fatalf("%v at %s, or the log has it", secret, b.where)
	}
	b.get(at).want(http.StatusOK, "收回").never(secret[1])
	revoke := between(t, b.page, `action="`+at+"/links/", `/revoke"`)
	b.post(at+"/links/"+revoke+"/revoke", url.Values{}).want(http.StatusOK, "链接已收回", "还没有给过链接")
	b.post(at+"/links/"+revoke+"/revoke", url.Values{}).want(http.StatusOK, "没有重复办理")
	for range holder.MostLinks {
		b.post(at+"/links", url.Values{}).want(http.StatusOK)
		b.get(at)
	}
	b.post(at+"/links", url.Values{}).want(http.StatusUnprocessableEntity, "已达上限")
}

// TestRegisterAway answers with a page while the register is away, and says
// nothing of why when something broke.
func TestRegisterAway(t *testing.T) {
	for name, test := range map[string]struct {
		err    error
		status int
		says   string
	}{
		"away":   {fmt.Errorf("reading: %w", issuer.ErrUnavailable), http.StatusServiceUnavailable, "登记簿暂时无法使用"},
		"broken": {errors.New("secret cause"), http.StatusInternalServerError, "系统出错"},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, nil)
			b := w.as("office")
			w.config.Register = broken{w.register, test.err}
			var err error
			if w.desk, err = desk.New(w.config); err != nil {
				t.Fatal(err)
			}
			for _, path := range []string{"/desk", "/desk/licenses", "/desk/expiring"} {
				b.get(path).want(test.status, test.says, "request-1").never("secret cause")
			}
			if !strings.Contains(w.log.String(), test.err.Error()) {
				t.Error("the log does not say why")
			}
		})
	}
}

// broken is a register whose lists fail.
type broken struct {
	*register.Store
	err error
}

func (b broken) List(context.Context, register.Filter, string, int) (register.List, error) {
	return register.List{}, b.err
}
