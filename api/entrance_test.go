package api_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"yizheng/api"
	"yizheng/api/access"
	"yizheng/api/login"
	"yizheng/api/login/logintest"
	"yizheng/issuer/issuertest"
	"yizheng/register"
)

func holderSessions(t testing.TB, store login.Store, clock func() time.Time) *login.Sessions {
	t.Helper()
	s, err := login.NewSessions(login.SessionsConfig{Store: store, Name: "holder", Secure: true, Idle: 15 * time.Minute, Longest: 2 * time.Hour, Clock: clock})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// shopper is the browser of somebody at a business, and the provider that it
// logs in at.
type shopper struct {
	inspector
	provider *logintest.Provider
}

// newShopper makes a district that businesses log in to at a real provider
// whose ID tokens have a claim credit_code.
func newShopper(t *testing.T) (*world, *shopper) {
	t.Helper()
	p := logintest.Start(t, "shops", "geheim", "someone-else")
	p.Redirect = address + api.HolderLoginBack
	w := newWorld(t, func(c *api.Config) {
		inspected(t)(c)
		p.Clock = c.Clock
		keys, err := access.NewOIDC(p.URL, nil, c.Clock)
		if err != nil {
			t.Fatal(err)
		}
		identities, err := access.New(access.Config{Audience: "shops", HolderClaim: "credit_code", Clock: c.Clock,
			Issuers: []access.Issuer{{Name: p.URL, Keys: keys, AnyType: true}}})
		if err != nil {
			t.Fatal(err)
		}
		at, err := login.New(login.Config{Provider: keys, ClientID: "shops", Secret: func() (string, error) { return "geheim", nil },
			Redirect: address + api.HolderLoginBack, IDTokens: identities, Scopes: []string{"legal_person"}})
		if err != nil {
			t.Fatal(err)
		}
		store, _ := c.Register.(*register.Store)
		c.Entrance = &api.Entrance{Sessions: holderSessions(t, store, c.Clock), Login: at}
	})
	return w, &shopper{inspector{w: w}, p}
}

// cookies keeps what the last answer has set.
func (s *shopper) cookies() {
	jar := map[string]string{}
	for pair := range strings.SplitSeq(s.cookie, "; ") {
		if name, value, ok := strings.Cut(pair, "="); ok {
			jar[name] = value
		}
	}
	for _, c := range s.answer.Result().Cookies() {
		if jar[c.Name] = c.Value; c.MaxAge < 0 {
			delete(jar, c.Name)
		}
	}
	var all []string
	for name, value := range jar {
		all = append(all, name+"="+value)
	}
	s.cookie = strings.Join(all, "; ")
}

// enters goes to the provider as somebody and back, and gives the last answer.
func (s *shopper) enters(p logintest.Person) *inspector {
	s.w.t.Helper()
	s.provider.Sit(p)
	s.get("/h/me/login/start").want(http.StatusSeeOther)
	s.cookies()
	client := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	answer, err := client.Get(s.answer.Header().Get("Location"))
	if err != nil {
		s.w.t.Fatal(err)
	}
	defer func() { _ = answer.Body.Close() }()
	s.get(strings.TrimPrefix(answer.Header.Get("Location"), address))
	s.cookies()
	return &s.inspector
}

func business(code any) logintest.Person {
	return logintest.Person{Subject: "经办人", Claims: map[string]any{"credit_code": code}}
}

// TestEntrance: a business that its provider vouches for sees its own licenses
// and branches, by the pages that its link opens too, until it logs out.
func TestEntrance(t *testing.T) {
	w, s := newShopper(t)
	shop, other := w.issued(issuertest.Restaurant), w.issued(issuertest.Bookstore)
	code := string(shop.License.Holder.CreditCode)
	branch := strings.Replace(fixture(t, issuertest.Store), creditCodeIn(t, fixture(t, issuertest.Store)), code, 1)
	w.want(request{method: "POST", path: "/v1/licenses", token: w.asOffice(), key: "branch", media: "application/json", body: branch}, 201, "")

	s.get("/h/me").want(http.StatusSeeOther)
	if to := s.answer.Header().Get("Location"); to != "/h/me/login" {
		t.Fatalf("nobody is led to %s", to)
	}
	s.get("/h/me/login").want(200, "统一身份认证", "/h/me/login/start")
	s.enters(business(code)).want(http.StatusSeeOther)
	s.get("/h/me").want(200, shop.License.Number, shop.License.Holder.Premises, "退出登录")
	if strings.Count(s.page, `<li><a href="/h/me/`) != 2 || strings.Contains(s.page, other.License.Number) {
		t.Errorf("the list: %s", s.page)
	}
	own, foreign := "/h/me/"+shop.License.Identifier.Base(), "/h/me/"+other.License.Identifier.Base()
	s.get(own).want(200, "亮证", own+"/live", own+"/document.pdf", own+"/face.png", own+"/checks", own+"/copy")
	for _, path := range []string{"/live", "/document.pdf", "/face.png", "/checks", "/copy"} {
		s.get(own + path).want(200)
		s.get(foreign + path).want(404)
	}
	s.get(own + "/copy")
	form := url.Values{"token": {s.field("token")}, "recipient": {"某银行"}, "purpose": {"开户"}, "until": {w.clock.Now().AddDate(0, 0, 3).Format(time.DateOnly)}}
	s.send(own+"/copy", w.clone(form, "token", ""), nil).want(403, "表单已失效")
	s.send(own+"/copy", form, nil).want(200, "%PDF", "某银行")
	if log := w.log.String(); strings.Contains(log, code) {
		t.Error("a log names the business")
	}

	// A copy of the cookie is worth nothing after the log-out.
	stolen := s.cookie
	s.get("/h/me")
	s.send("/h/me/logout", url.Values{"token": {"x"}}, nil).want(403)
	s.send("/h/me/logout", url.Values{"token": {form.Get("token")}}, nil).want(http.StatusSeeOther)
	s.cookie = stolen
	s.get("/h/me").want(http.StatusSeeOther)
	s.get(own).want(403, "登录已结束")
	s.w.want(request{method: "GET", path: own + "/live", header: map[string]string{"Cookie": stolen}}, 403, "holder_logged_out")

	s.enters(business(code)).want(http.StatusSeeOther)
	w.clock.Advance(16 * time.Minute)
	s.get(own).want(403, "登录已结束")
}

// TestEntranceRefuses whoever is no business by its provider's word.
func TestEntranceRefuses(t *testing.T) {
	w, s := newShopper(t)
	shop := w.issued(issuertest.Restaurant)
	code := string(shop.License.Holder.CreditCode)
	for name, test := range map[string]struct {
		who  logintest.Person
		says string
	}{
		"no claim":             {logintest.Person{Subject: code}, "不是企业账号"},
		"an empty claim":       {business(""), "不是企业账号"},
		"a bad check":          {business(code[:17] + "?"), "不是企业账号"},
		"a code and more":      {business(code + " "), "不是企业账号"},
		"a number":             {business(12), "没有登录成功"},
		"a list":               {business([]string{code}), "没有登录成功"},
		"cancelled":            {logintest.Person{Refuses: true}, "没有登录成功"},
		"an authority's claim": {logintest.Person{Subject: "x", Authority: code, Scope: "license:read"}, "不是企业账号"},
	} {
		s.cookie = ""
		s.enters(test.who).want(403, test.says)
		if s.cookie != "" {
			t.Errorf("%s: cookies %s", name, s.cookie)
		}
	}
	s.provider.Spoil(func(id, _ map[string]any) { id["nonce"] = "another" })
	s.enters(business(code)).want(403, "没有登录成功")
	s.provider.Spoil(nil)
	s.cookie = ""
	s.get("/h/me/login/back?code=x&state=y").want(403, "没有登录成功")

	// A business without a license here sees that, and nothing else.
	s.enters(business("91310000631696382C")).want(http.StatusSeeOther)
	s.get("/h/me").want(200, "名下还没有行业综合许可证")
	s.get("/h/me/" + shop.License.Identifier.Base()).want(404)

	// The session of an inspector is none of a business, nor the reverse.
	i := w.inspector("王检查", access.VerificationWrite)
	_, secret, _ := strings.Cut(i.cookie, "=")
	s.cookie = "__Host-holder=" + secret
	s.get("/h/me").want(http.StatusSeeOther)
	s.enters(business(code)).want(http.StatusSeeOther)
	_, secret, _ = strings.Cut(s.cookie, "=")
	(&inspector{w: w, cookie: "__Host-desk=" + secret}).get(pathOf(shop.Text)).want(200, "/desk/login?to=")

	// Where nobody can log in, "me" is no link.
	plain := newWorld(t, nil)
	plain.strict = false
	plain.want(request{method: "GET", path: "/h/me", accept: "text/html"}, 404, "")
	plain.want(request{method: "GET", path: "/h/me/login", accept: "text/html"}, 404, "")
}

// TestEntranceOfADemonstration lets businesses in without a password, and only
// there.
func TestEntranceOfADemonstration(t *testing.T) {
	w := newWorld(t, inspected(t))
	i := &inspector{w: w}
	i.get("/h/me/login").want(200, "演示店", "没有密码")
	i.send("/h/me/login/account", url.Values{"account": {"0"}}, map[string]string{"Sec-Fetch-Site": "cross-site"}).want(403)
	i.send("/h/me/login/account", url.Values{"account": {"1"}}, nil).want(404)
	c := w.config
	c.Demonstration = false
	if _, err := api.New(c); err == nil {
		t.Error("accounts without a password count in service")
	}
	c.Entrance = &api.Entrance{}
	if _, err := api.New(c); err == nil {
		t.Error("an entrance for nobody")
	}
}
