package main

import (
	"crypto/tls"
	"errors"
	"flag"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"yizheng/api/login/logintest"
	"yizheng/exchange/exchangetest"
	"yizheng/scanner/scannertest"
)

var updateScreens = flag.Bool("update", false, "keep the screenshots anew; look at them before they are committed")

// deskDay is the clock of everything that the desk's tests start.
const deskDay = "2026-11-24T09:00:00+08:00"

const (
	deskOffice = "上海市长宁区政务服务办公室"
	deskMarket = "上海市长宁区市场监督管理局"
	deskScopes = "license:read license:write permit:write verification:read library:read library:write"
)

// bureauWorld is a district that people log in to at an OpenID Connect
// provider: real nodes, behind a proxy that speaks https and asks them by
// turns.
type bureauWorld struct {
	t        *testing.T
	dir, url string
	program  string
	proxy    *httptest.Server
	provider *logintest.Provider
	shops    *logintest.Provider // where businesses log in
	out      string              // where what was issued lies
	nodes    []string            // where the nodes listen, behind the proxy
}

// codes are the files of the codes that were issued.
func (b *bureauWorld) codes() []string {
	b.t.Helper()
	all, err := filepath.Glob(filepath.Join(b.out, "*.txt"))
	if err != nil || len(all) == 0 {
		b.t.Fatal(all, err)
	}
	return all
}

// second gives the page of an answer.
func second(_ int, page, _ string) string { return page }

func newBureauWorld(t *testing.T, nodes int) *bureauWorld {
	t.Helper()
	return newBureauOn(t, deskDay, nodes)
}

// newBureauOn opens the district on a day; begin are further flags of init.
func newBureauOn(t *testing.T, day string, nodes int, begin ...string) *bureauWorld {
	t.Helper()
	b := &bureauWorld{t: t, program: onDay(t, day), dir: filepath.Join(t.TempDir(), "district")}
	var targets []string
	for range nodes {
		targets = append(targets, fmt.Sprintf("localhost:%d", exchangetest.FreePort(t)))
	}
	var asked atomic.Int64
	b.proxy = httptest.NewUnstartedServer(&httputil.ReverseProxy{FlushInterval: -1, Rewrite: func(r *httputil.ProxyRequest) {
		host := r.In.Host
		r.SetURL(&url.URL{Scheme: "http", Host: targets[int(asked.Add(1))%len(targets)]})
		r.Out.Host = host
	}})
	b.proxy.Config.ErrorLog = log.New(io.Discard, "", 0) // a browser does not like its certificate, and says so each time
	b.proxy.StartTLS()
	t.Cleanup(b.proxy.Close)
	b.url = strings.Replace(b.proxy.URL, "127.0.0.1", "localhost", 1)
	b.run(append([]string{"init", "--data", b.dir, "--demonstration", "--url", b.url}, begin...)...)
	b.provider = logintest.Start(t, "yizheng-desk", "streng geheim", "yizheng")
	b.provider.Redirect = b.url + "/desk/login/back"
	at, err := time.Parse(time.RFC3339, day)
	if err != nil {
		t.Fatal(err)
	}
	b.provider.Clock = func() time.Time { return at }
	if err := os.WriteFile(filepath.Join(b.dir, "desk.secret"), []byte("streng geheim\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	b.shops = logintest.Start(t, "yizheng-shops", "", "something-else")
	b.shops.Redirect, b.shops.Clock = b.url+"/h/me/login/back", b.provider.Clock
	configure(t, filepath.Join(b.dir, settingsFile), map[string]any{"holderLogin": map[string]any{
		"issuer": b.shops.URL, "clientId": "yizheng-shops", "claim": "credit_code", "scopes": []string{"legal_person"}}, "login": map[string]any{
		"issuer": b.provider.URL, "audience": "yizheng", "clientId": "yizheng-desk", "clientSecretFile": "desk.secret"}})
	examples := filepath.Join("..", "..", "examples")
	b.out = t.TempDir()
	b.run("issue", "--data", b.dir, "--out", b.out, filepath.Join(examples, "restaurant-3-permits.json"), filepath.Join(examples, "bookstore-cafe-5-permits.json"),
		filepath.Join(examples, "convenience-store-8-permits.json"), filepath.Join(examples, "gym-rare-characters.json"))
	b.nodes = targets
	for _, target := range targets {
		startNode(t, b.program, target, "--data", b.dir)
	}
	return b
}

func (b *bureauWorld) run(args ...string) { _ = b.output(args...) }

// output runs the program, and gives what it says.
func (b *bureauWorld) output(args ...string) string {
	b.t.Helper()
	said, err := exec.Command(b.program, args...).CombinedOutput()
	if err != nil {
		b.t.Fatalf("%v: %v, %s", args, err, said)
	}
	return string(said)
}

// TestDeskThroughServe logs in at a provider through the real program, on two
// nodes by turns, works, and logs out: from then on the session counts on
// neither.
func TestDeskThroughServe(t *testing.T) {
	t.Parallel()
	b := newBureauWorld(t, 2)
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	browser := &http.Client{Jar: jar, Transport: &http.Transport{TLSClientConfig: &tls.Config{InsecureSkipVerify: true}}}
	read := func(answer *http.Response, err error) (int, string, string) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = answer.Body.Close() }()
		page, err := io.ReadAll(answer.Body)
		if err != nil {
			t.Fatal(err)
		}
		return answer.StatusCode, string(page), answer.Request.URL.Path
	}
	get := func(path string) (int, string, string) {
		t.Helper()
		return read(browser.Get(b.url + path))
	}
	if status, page, at := get("/desk"); status != 200 || at != "/desk/login" || strings.Contains(page, "演示账号") || !strings.Contains(page, "/desk/login/start") {
		t.Fatalf("%d at %s: %s", status, at, page)
	}
	b.provider.Sit(logintest.Person{Subject: "窗口3", Authority: deskOffice, Scope: deskScopes})
	if status, page, at := get("/desk/login/start"); status != 200 || at != "/desk" || !strings.Contains(page, "窗口3") {
		t.Fatalf("%d at %s: %.2000s", status, at, page)
	}
	for range 4 { // each node twice
		if status, page, _ := get("/desk/licenses"); status != 200 || !strings.Contains(page, "便利店") {
			t.Fatalf("%d: %.800s", status, page)
		}
	}
	number := regexp.MustCompile(`/desk/licenses/(310105\d{11})"`)
	_, page, _ := get("/desk/licenses?q=" + url.QueryEscape("仙霞"))
	found := number.FindStringSubmatch(page)
	if found == nil {
		t.Fatalf("a name is not found: %.2000s", page)
	}
	if status, pdf, _ := get("/desk/licenses/" + found[1] + "/files/original.pdf"); status != 200 || !strings.HasPrefix(pdf, "%PDF") {
		t.Errorf("the document: %d, %.40q", status, pdf)
	}
	hidden := func(name, page string) string {
		t.Helper()
		m := regexp.MustCompile(`name="` + name + `" value="([^"]+)"`).FindStringSubmatch(page)
		if m == nil {
			t.Fatalf("the page has no form with a %s", name)
		}
		return m[1]
	}
	token := func(page string) string { return hidden("token", page) }
	_, page, _ = get("/desk/licenses/" + found[1] + "/withdraw")
	status, page, _ := read(browser.PostForm(b.url+"/desk/licenses/"+found[1]+"/withdraw", url.Values{"token": {token(page)}, "key": {hidden("key", page)}, "reason": {"歇业"}}))
	if status != 200 || !strings.Contains(page, "已撤回") {
		t.Errorf("%d: %.800s", status, page)
	}
	// A copy of the cookie is worth nothing after the log-out.
	at, err := url.Parse(b.url)
	if err != nil {
		t.Fatal(err)
	}
	stolen := jar.Cookies(at)
	status, page, _ = read(browser.PostForm(b.url+"/desk/logout", url.Values{"token": {token(page)}}))
	if status != 200 || !strings.Contains(page, "您已退出") || !strings.Contains(page, b.provider.URL+"/logout") {
		t.Errorf("%d: %.800s", status, page)
	}
	jar.SetCookies(at, stolen)
	for range 2 {
		if _, _, at := get("/desk/licenses"); at != "/desk/login" {
			t.Error("a session outlives its log-out")
		}
	}
	b.provider.Sit(logintest.Person{Subject: "某人"})
	get("/desk/login/start")
	if status, page, _ := get("/desk/licenses"); status != http.StatusForbidden || !strings.Contains(page, "license:read") {
		t.Errorf("somebody without a right: %d, %.800s", status, page)
	}
	// An inspector comes back to the result after the log-in, and records the
	// check, whichever node answers.
	read(browser.PostForm(b.url+"/desk/logout", url.Values{"token": {token(second(get("/desk")))}}))
	code := strings.TrimSpace(string(mustRead(t, b.codes()[0])))
	path := strings.TrimPrefix(code, b.url)
	_, page, _ = get(path)
	to := regexp.MustCompile(`href="(/desk/login\?to=[^"]+)"`).FindStringSubmatch(page)
	if to == nil {
		t.Fatalf("the result leads to no log-in: %.2000s", page)
	}
	b.provider.Sit(logintest.Person{Subject: "王检查", Authority: deskMarket, Scope: "verification:write"})
	_, page, _ = get(to[1])
	start := regexp.MustCompile(`href="(/desk/login/start\?to=[^"]+)"`).FindStringSubmatch(page)
	if start == nil {
		t.Fatalf("the log-in forgets the result: %.2000s", page)
	}
	status, page, there := get(start[1])
	if status != 200 || there != path || !strings.Contains(page, "登记本次核验") {
		t.Fatalf("%d at %.80s", status, there)
	}
	key := regexp.MustCompile(`name="key" value="([^"]+)"`).FindStringSubmatch(page)
	form := url.Values{"token": {token(page)}, "key": {key[1]}, "method": {"link"}, "purpose": {"日常检查"}}
	for range 2 {
		if status, page, _ := read(browser.PostForm(b.url+path, form)); status != 200 || !strings.Contains(page, "已登记") {
			t.Fatalf("%d: %.2000s", status, page)
		}
	}

	// A business logs in at its own provider, on both nodes, and out.
	b.shops.Sit(logintest.Person{Subject: "经办人", Claims: map[string]any{"credit_code": "91310105MA7BKL2P8K"}})
	if status, page, at := get("/h/me/login/start"); status != 200 || at != "/h/me" || !strings.Contains(page, "退出登录") {
		t.Fatalf("%d at %s: %.2000s", status, at, page)
	}
	own := regexp.MustCompile(`href="(/h/me/[^"]+)"`).FindStringSubmatch(second(get("/h/me")))
	if own == nil {
		t.Fatal("the business has no license")
	}
	for range 2 {
		if status, page, _ := get(own[1] + "/checks"); status != 200 || !strings.Contains(page, "谁核验过") {
			t.Errorf("%d: %.800s", status, page)
		}
		if status, pdf, _ := get(own[1] + "/document.pdf"); status != 200 || !strings.HasPrefix(pdf, "%PDF") {
			t.Errorf("the document: %d, %.40q", status, pdf)
		}
	}
	left := url.Values{"token": {token(second(get("/h/me")))}}
	if status, page, _ := read(browser.PostForm(b.url+"/h/me/logout", left)); status != 200 || !strings.Contains(page, "您已退出") {
		t.Errorf("%d: %.800s", status, page)
	}
	for range 2 {
		if _, _, at := get("/h/me"); at != "/h/me/login" {
			t.Errorf("after the log-out: %s", at)
		}
	}
	read(browser.PostForm(b.url+"/desk/logout", url.Values{"token": {token(second(get("/desk")))}}))
	b.provider.Sit(logintest.Person{Refuses: true})
	if status, page, _ := get("/desk/login/start"); status != http.StatusForbidden || !strings.Contains(page, "没有登录成功") {
		t.Errorf("cancelled: %d, %.800s", status, page)
	}
}

// TestHolderLoginSettings refuses what would let in whoever likes.
func TestHolderLoginSettings(t *testing.T) {
	for name, test := range map[string]struct {
		s      holderLoginSettings
		passes bool
	}{
		"a public client": {holderLoginSettings{Issuer: "https://i", ClientID: "c", Claim: "credit_code", Scopes: []string{"legal_person"}}, true},
		"no claim":        {holderLoginSettings{Issuer: "https://i", ClientID: "c"}, false},
		"the subject":     {holderLoginSettings{Issuer: "https://i", ClientID: "c", Claim: "sub"}, false},
		"two scopes":      {holderLoginSettings{Issuer: "https://i", ClientID: "c", Claim: "x", Scopes: []string{"a b"}}, false},
		"no client":       {holderLoginSettings{Issuer: "https://i", Claim: "x"}, false},
	} {
		if err := test.s.check(); (err == nil) != test.passes {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestDeskSettings refuses what would let nobody in, or anybody.
func TestDeskSettings(t *testing.T) {
	for name, test := range map[string]struct {
		s      loginSettings
		passes bool
	}{
		"tokens only":                {loginSettings{Issuer: "https://i", Audience: "a"}, true},
		"a public client":            {loginSettings{Issuer: "https://i", Audience: "a", ClientID: "c"}, true},
		"a client with a secret":     {loginSettings{Issuer: "https://i", Audience: "a", ClientID: "c", ClientSecretFile: "f"}, true},
		"ID tokens as access tokens": {loginSettings{Issuer: "https://i", Audience: "a", ClientID: "a"}, false},
		"a secret of no client":      {loginSettings{Issuer: "https://i", Audience: "a", ClientSecretFile: "f"}, false},
		"no audience":                {loginSettings{Issuer: "https://i", ClientID: "c"}, false},
	} {
		if err := test.s.check(); (err == nil) != test.passes {
			t.Errorf("%s: %v", name, err)
		}
	}
	secret := filepath.Join(t.TempDir(), "secret")
	if _, err := secretIn(secret); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("a file that is not there: %v", err)
	}
	for _, file := range []struct {
		content string
		mode    os.FileMode
		passes  bool
	}{{" geheim\n", 0o600, true}, {"\n", 0o600, false}, {"geheim", 0o644, false}} {
		_ = os.Remove(secret)
		if err := os.WriteFile(secret, []byte(file.content), file.mode); err != nil {
			t.Fatal(err)
		}
		if got, err := secretIn(secret); (err == nil) != file.passes || file.passes && got != "geheim" {
			t.Errorf("%+v: %q, %v", file, got, err)
		}
	}
}

// screen is a window of a size.
type screen struct {
	name          string
	width, height int
	phone, dark   bool
}

var screens = []screen{{"1280x800", 1280, 800, false, false}, {"360x740", 360, 740, true, false}}

// TestDeskInChromium goes through every page as people see it, on a desktop and
// on a phone, and holds it to its picture, to axe-core and to contrast.
func TestDeskInChromium(t *testing.T) {
	t.Parallel()
	b := newBureauWorld(t, 1)
	c := scannertest.Start(t, "")
	c.Call("Security.setIgnoreCertificateErrors", map[string]any{"ignore": true})
	show := func(path, name string, on ...screen) {
		t.Helper()
		if len(on) == 0 {
			on = screens
		}
		for _, s := range on {
			c.Size(s.width, s.height, s.phone)
			c.Dark(s.dark)
			if path != "" {
				c.Go(b.url + path)
			}
			c.Run(`location.hash && document.querySelector(location.hash)?.scrollIntoView()`, nil)
			c.Run(`document.fonts.ready.then(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => done(1)))))`, nil)
			scannertest.Golden(t, filepath.Join("..", "..", "desk", "testdata", "golden", name+"-"+s.name+".png"), c.Picture(), *updateScreens)
			c.Accessible(name + " " + s.name)
			c.Axe(filepath.Join("..", ".."), name+" "+s.name)
		}
	}
	desktop, phone, night := screens[0], screens[1], screen{"dark-1280x800", 1280, 800, false, true}
	show("/desk", "login", phone)
	b.provider.Sit(logintest.Person{Subject: "窗口3", Authority: deskOffice, Scope: deskScopes})
	c.Go(b.url + "/desk/login/start")
	show("/desk", "overview")
	show("/desk/licenses", "search")
	show("/desk/licenses?q="+url.QueryEscape("没有这家店"), "empty", phone)
	show("/desk/licenses/nowhere", "missing", phone)
	c.Go(b.url + "/desk/licenses?q=" + url.QueryEscape("仙霞"))
	var license string
	c.Run(`document.querySelector("tbody a").getAttribute("href")`, &license)
	show(license, "license", desktop, phone, night)
	show(license+"/withdraw", "withdraw", phone)

	show("/desk/licenses/new", "form", phone)
	c.Run(`document.querySelector("[name='holder.name']").value = "上海长宁试填店"; document.querySelector("button[value=preview]:not(.unseen)").click()`, nil)
	c.Wait(`document.querySelector("#preview [role=alert]")`)
	show("", "faults", desktop)
	c.Go(b.url + license + "/change")
	c.Run(`document.querySelector("[name='holder.premises']").value += "二楼"; document.querySelector("button[value=preview]:not(.unseen)").click()`, nil)
	c.Wait(`document.querySelector("button[value=issue]") && document.querySelector("#preview img").complete`)
	show("", "preview")

	show("/desk/expiring?days=180", "expiring", phone)
	show("/desk/library", "library", phone)
	show("/desk/statistics", "statistics")
	file := filepath.Join(t.TempDir(), "sample.csv")
	b.run("batch", "sample", "--rows", "40", file)
	show("/desk/batches", "batches", desktop)
	c.Go(b.url + "/desk/batches")
	c.Choose("#file", file)
	c.Run(`document.querySelector("main form").requestSubmit()`, nil)
	c.Wait(`document.body.innerText.includes("办结时间")`) // by the stream of events: nothing is pressed
	show("", "batch", desktop, phone)

	b.provider.Sit(logintest.Person{Subject: "市场监管", Authority: deskMarket, Scope: "license:read permit:write"})
	c.Run(`document.querySelector(".who form").requestSubmit()`, nil)
	c.Wait(`location.pathname === "/desk/login"`)
	c.Go(b.url + "/desk/login/start")
	show(license, "department", desktop)
	var act string
	c.Run(`document.querySelector("a[href*='act=suspend']").getAttribute("href")`, &act)
	show(act, "act", phone)
	show("/desk/statistics", "denied", phone)
	// Answers of 4xx are told in the console by the browser itself.
	for _, complaint := range c.Complaints() {
		if !strings.Contains(complaint, "status of 4") {
			t.Errorf("the browser complains: %s", complaint)
		}
	}
	for _, r := range c.Requests() {
		if !strings.HasPrefix(r, b.url) && !strings.HasPrefix(r, b.provider.URL) && !strings.HasPrefix(r, "data:") && r != "about:blank" {
			t.Errorf("a page asks %s", r)
		}
	}
}

// TestDeskByKeyboard changes a license with nothing but a keyboard.
func TestDeskByKeyboard(t *testing.T) {
	t.Parallel()
	b := newBureauWorld(t, 1)
	b.provider.Sit(logintest.Person{Subject: "窗口3", Authority: deskOffice, Scope: deskScopes})
	c := scannertest.Start(t, "")
	c.Call("Security.setIgnoreCertificateErrors", map[string]any{"ignore": true})
	c.Size(1280, 800, false)
	c.Go(b.url + "/desk")
	c.TabTo(`a[href="/desk/login/start"]`)
	c.Press("Enter")
	c.Wait(`location.pathname === "/desk"`)
	c.TabTo(`.menu a[href="/desk/licenses"]`)
	c.Press("Enter")
	c.Wait(`location.pathname === "/desk/licenses" && document.readyState === "complete"`)
	c.TabTo(".skip")
	c.Press("Enter")
	c.TabTo("#q")
	c.Type("仙霞")
	c.Press("Enter")
	c.Wait(`location.search.startsWith("?q=") && document.readyState === "complete"`)
	c.TabTo("tbody a")
	c.Press("Enter")
	c.Wait(`/licenses\/3101/.test(location.pathname) && document.readyState === "complete"`)
	c.TabTo(`a[href$="/change"]`)
	c.Press("Enter")
	c.Wait(`location.pathname.endsWith("/change") && document.readyState === "complete"`)
	c.TabTo(`[name="holder.premises"]`)
	c.Press("End")
	c.Type("二楼")
	c.Press("Enter") // previews: the form's first button does
	c.Wait(`document.querySelector("button[value=issue]") && document.readyState === "complete"`)
	c.TabTo("button[value=issue]")
	var ring string
	c.Run(`getComputedStyle(document.activeElement).outlineStyle + getComputedStyle(document.activeElement).outlineWidth`, &ring)
	if ring != "solid3px" {
		t.Errorf("the focus shows as %q", ring)
	}
	c.Press("Enter")
	c.Wait(`document.body.innerText.includes("新版本已制发") && document.body.innerText.includes("二楼")`)
}
