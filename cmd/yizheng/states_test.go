//go:build !race

package main

import (
	"encoding/json"
	"flag"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"yizheng/api/login/logintest"
	"yizheng/exchange/exchangetest"
	"yizheng/faults/wiretest"
	"yizheng/register/postgrestest"
	"yizheng/scanner/scannertest"
)

// state is one state of one page: how it comes about, and what must then be
// read there, in Chinese with English: what is the matter, and what to do.
type state struct {
	page, state string
	provoke     func(*stage)
	status      int // of the page's answer; 0 where a script puts the page into the state
	reads       []string
}

// stage is where the states are provoked: the program on a PostgreSQL that can
// be taken away, two identity providers, and a browser.
type stage struct {
	*scannertest.Browser
	t        *testing.T
	bureau   *bureauWorld
	database string // its address, past the wire
	wire     *wiretest.Wire
	office   string   // page of a license at the desk
	code     string   // address of a license's code, without its host
	links    []string // addresses of holders, the last one revoked
	folder   string
}

// states are those of the pages that a server renders. The scanner's are
// scanStates; the live code's without a network, and with a server that fails,
// are in yizheng/api, where time can pass; those of a result are the outcomes in
// yizheng/templates/pages.
var states = []state{
	{"/", "nothing was given", func(s *stage) { s.home("", "") }, 200, []string{"不是本系统的码", "Not one of our codes", "怎么做"}},
	{"/", "a file that is no picture", func(s *stage) { s.home("", s.file("x.png", 100)) }, 422, []string{"无法读取文件", "File unreadable", "请换一张清楚的 PNG 或 JPEG", "Take a clear PNG or JPEG"}},
	{"/", "a file that is too large", func(s *stage) { s.home("", s.file("large.png", 11<<20)) }, 413, []string{"内容过大", "Body too large", "不超过 10 MB", "at most 10 MB"}},
	{"/nowhere", "no such page", func(s *stage) { s.open("/nowhere") }, 404, []string{"没有这个页面", "Not found", "从首页开始", "begin at the home page"}},
	{"/", "a method that it does not answer", func(s *stage) { s.post("/problems") }, 405, []string{"不支持此操作", "Method not allowed", "从首页打开", "from the home page"}},
	{"/v/", "read anonymously", func(s *stage) { s.open(s.code) }, 200, []string{"有效", "执法人员登录", "Log in to record"}},
	{"/v/", "an account that may not record", func(s *stage) { s.as("license:read"); s.open(s.code) }, 200, []string{"没有登记核验的权限", "may not record checks", "联系本单位的账号管理员"}},
	{"/v/", "the log-in ended before the form was sent", func(s *stage) {
		s.as("verification:write")
		s.open(s.code)
		s.forget()
		s.Run(`{ const f = document.querySelector("#record form"); f.elements.purpose.value = "日常检查"; f.requestSubmit(); }`, nil)
		s.at("/desk/login")
	}, 200, []string{"登录已结束", "刚才提交的没有办理", "Your log-in had ended", "请重新登录"}},
	{"/v/", "the database is away", func(s *stage) { s.as("verification:write"); s.away(true); s.open(s.code) }, 200, []string{"有效", "核验结论不受影响", "The register cannot be reached just now", "登记请稍候再试"}},

	{"/h/", "a link that is not whole", func(s *stage) { s.open("/h/AAAA") }, 404, []string{"没有这个亮证链接", "No such holder link", "索取新的链接", "Ask the issuing office"}},
	{"/h/", "a revoked link", func(s *stage) { s.open(s.links[1]) }, 410, []string{"亮证链接已作废", "Holder link revoked", "索取新的链接"}},
	{"/h/", "the database is away", func(s *stage) { s.away(true); s.open(s.links[0]) }, 503, []string{"登记簿暂时不可用", "Register unavailable", "过一会儿再打开", "Open the page again in a while"}},
	{"/h/…/checks", "nobody has checked", func(s *stage) { s.open(s.own() + "/checks") }, 200, []string{"还没有登记过核验", "No check has been recorded yet", "返回亮证"}},
	{"/h/…/copy", "nothing was filled in", func(s *stage) {
		s.open(s.own() + "/copy")
		s.Run(`{ const f = document.querySelector("main form"); f.noValidate = true; f.requestSubmit(); }`, nil)
		s.Wait(`document.querySelector(".fault") && document.readyState === "complete"`)
	}, 422, []string{"此项必须填写", "A value is required"}},
	{"/h/me", "nobody is logged in", func(s *stage) { s.open("/h/me") }, 200, []string{"登录亮证", "Log in to show your license", "没有账号时"}},
	{"/h/me", "the log-in was refused", func(s *stage) { s.shop(logintest.Person{Refuses: true}) }, 403, []string{"没有登录成功", "The log-in did not succeed", "重新登录"}},
	{"/h/me", "an account of no business", func(s *stage) { s.shop(logintest.Person{Subject: "某人"}) }, 403, []string{"不是企业账号", "Not the account of a business", "市场主体"}},
	{"/h/me", "a business without a license", func(s *stage) { s.shop(business("1131010500DEM001YN")) }, 200, []string{"名下还没有", "no integrated industry license of yours", "联系发证机关"}},
	{"/h/me", "a business with licenses", func(s *stage) { s.shop(business("91310105MA7BKL2P8K")) }, 200, []string{"我的许可证", "Your licenses", "选择要出示的许可证"}},
	{"/h/me", "the log-in ended", func(s *stage) {
		s.shop(business("91310105MA7BKL2P8K"))
		s.forget()
		s.Run(`document.querySelector(".pick a").click()`, nil)
		s.Wait(`location.pathname !== "/h/me" && document.readyState === "complete"`)
	}, 403, []string{"登录已结束", "The log-in has ended", "重新登录", "Log in again"}},
	{"/h/me", "the database is away", func(s *stage) {
		s.shop(business("91310105MA7BKL2P8K"))
		s.away(true)
		s.open("/h/me")
	}, 503, []string{"登记簿暂时不可用", "Register unavailable", "过一会儿再打开"}},

	{"/desk", "nobody is logged in", func(s *stage) { s.open("/desk") }, 200, []string{"登录发证台", "Log in to the issuer’s desk"}},
	{"/desk", "the log-in was refused", func(s *stage) { s.sit(logintest.Person{Refuses: true}) }, 403, []string{"没有登录成功", "The log-in did not succeed", "请重新登录"}},
	{"/desk", "an account without rights", func(s *stage) { s.as("") }, 200, []string{"您的账号不能查阅证照", "Your account does not read licenses"}},
	{"/desk", "a department without licenses", func(s *stage) { s.department() }, 200, []string{"还没有制发过证", "No license was issued yet"}},
	{"/desk/licenses", "nothing found", func(s *stage) { s.clerk("/desk/licenses?q=没有这家店") }, 200, []string{"没有符合条件的证", "No license fits"}},
	{"/desk/licenses", "a text that finds nothing by its form", func(s *stage) { s.clerk("/desk/licenses?q=店") }, 422, []string{"请至少输入两个字", "two characters at least"}},
	{"/desk/licenses", "a mark of another list", func(s *stage) { s.clerk("/desk/licenses?after=x") }, 400, []string{"翻页标记已失效", "begin at the first page"}},
	{"/desk/licenses/…", "no such license", func(s *stage) { s.clerk("/desk/licenses/31010520269999999") }, 404, []string{"没有这张证", "There is no such license"}},
	{"/desk/licenses/…", "the server fails", func(s *stage) { s.clerk(""); s.spoil(); s.open(s.office) }, 500, []string{"系统出错", "Something went wrong here", "请求编号", "再试一次"}},
	{"/desk/licenses/new", "not one's own right", func(s *stage) { s.department(); s.open("/desk/licenses/new") }, 403, []string{"没有权限", "Not allowed", "账号管理员", "license:write"}},
	{"/desk/licenses/new", "the log-in ended before the form was sent", func(s *stage) {
		s.clerk("/desk/licenses/new")
		s.forget()
		s.Run(`document.querySelector("button[value=preview]:not(.unseen)").click()`, nil)
		s.at("/desk/login")
	}, 200, []string{"登录已结束", "刚才提交的没有办理", "what you sent was not done", "后退"}},
	{"/desk/licenses/new", "somebody else logged in meanwhile", func(s *stage) {
		s.clerk("/desk/licenses/new")
		s.Run(`document.querySelectorAll("[name=token]").forEach((t) => { t.value = "another"; }); document.querySelector("button[value=preview]:not(.unseen)").click()`, nil)
		s.Wait(`document.readyState === "complete" && document.body.innerText.includes("表单已失效")`)
	}, 403, []string{"表单已失效", "The form is not good any more", "重新打开页面"}},
	{"/desk/licenses/new", "more than is taken", func(s *stage) {
		s.clerk("/desk/licenses/new")
		s.Run(`{ const f = document.querySelector("[name='holder.premises']"); f.removeAttribute("maxlength"); f.value = "长".repeat(200000); document.querySelector("button[value=preview]:not(.unseen)").click(); }`, nil)
		s.Wait(`document.readyState === "complete" && document.body.innerText.includes("内容过大")`)
	}, 413, []string{"内容过大", "Too large", "没有办理任何事项"}},
	{"/desk/batches", "no file was handed in yet", func(s *stage) { s.clerk("/desk/batches") }, 200, []string{"还没有提交过文件", "No file was handed in yet"}},
	{"/desk/batches", "no file was chosen", func(s *stage) {
		s.clerk("/desk/batches")
		s.Run(`document.querySelector("main form").requestSubmit()`, nil)
		s.Wait(`document.querySelector("[role=alert]") && document.readyState === "complete"`)
	}, 422, []string{"请先改正下列问题", "Please mend this first"}},
	{"/desk/batches/…", "a file that is no table", func(s *stage) {
		s.clerk("/desk/batches")
		s.Choose("#file", s.file("x.csv", 100))
		s.Run(`document.querySelector("main form").requestSubmit()`, nil)
		s.Wait(`document.readyState === "complete" && (document.body.innerText.includes("办结时间") || document.querySelector("[role=alert]"))`)
	}, 422, []string{"请先改正下列问题", "Please mend this first", "无法识别", "空白表格"}},
	{"/desk/batches/…", "the network is cut while one watches", func(s *stage) { s.watch() }, 0, []string{"连接断了", "The connection is lost", "重新连接"}},
	{"/desk/library", "nothing was given up", func(s *stage) { s.clerk("/desk/library") }, 200, []string{"没有滞留件", "Nothing was given up"}},
	{"/desk/expiring", "nothing ends", func(s *stage) { s.clerk("/desk/expiring") }, 200, []string{"天内没有许可到期", "No permit ends within these days"}},
	{"/desk/statistics", "no check within the year", func(s *stage) { s.clerk("/desk/statistics") }, 200, []string{"这一年还没有", "None within this year"}},
	{"/desk/statistics", "not one's own right", func(s *stage) { s.department(); s.open("/desk/statistics") }, 403, []string{"没有权限", "Not allowed"}},
	{"/desk/disputes", "none yet", func(s *stage) { s.clerk("/desk/disputes") }, 200, []string{"没有待答复的异议", "Nothing waits for an answer", "没有提出过异议"}},
	{"/desk/disputes/…", "no such dispute", func(s *stage) { s.clerk("/desk/disputes/00000000000000000000000000000000") }, 404, []string{"没有这件异议", "There is no such dispute"}},
	{"/desk/nowhere", "no such page", func(s *stage) { s.clerk("/desk/nowhere") }, 404, []string{"没有这个页面", "There is no such page", "回到概览"}},
	{"/desk", "the database is away", func(s *stage) { s.clerk(""); s.away(true); s.open("/desk/licenses") }, 503, []string{"登记簿暂时无法使用", "The register cannot be reached", "再试一次", "Try again"}},
	{"/v/", "asked too often", func(s *stage) { s.often("/v/861") }, 429, []string{"请求过于频繁", "Too many requests", "请等几秒", "Wait a few seconds"}},
}

// pictured are the states of which pictures are kept, on a phone and on a
// desktop, to look at: those that look like no other.
var pictured = map[string]string{
	"/, a file that is no picture":                                          "file-unreadable",
	"/v/, the database is away":                                             "result-unrecorded",
	"/h/…/checks, nobody has checked":                                       "no-checks",
	"/h/me, a business without a license":                                   "shop-without-license",
	"/desk, an account without rights":                                      "desk-without-rights",
	"/desk/licenses, a text that finds nothing by its form":                 "search-too-short",
	"/desk/licenses/…, the server fails":                                    "desk-fails",
	"/desk/licenses/new, the log-in ended before the form was sent":         "desk-log-in-ended",
	"/desk/batches, no file was chosen":                                     "batch-without-file",
	"/desk/batches/…, the network is cut while one watches":                 "batch-cut-off",
	"/desk/library, nothing was given up":                                   "library-idle",
	"/desk/statistics, no check within the year":                            "statistics-without-checks",
	"/desk/disputes, none yet":                                              "no-disputes",
	"/scan, the first visit, and the device is full":                        "scan-full",
	"/scan, the browser has evicted what was kept, and there is no network": "scan-evicted",
	"/scan, nothing was scanned yet":                                        "scan-no-history",
	"/scan, a check is to be recorded, and the device is full":              "scan-not-written-down",
	"/scan, the lists are too old":                                          "scan-lists-too-old",
	"/scan, a token that does not count":                                    "scan-token-refused",
	"/scan, an update fails":                                                "scan-update-failed",
	"/scan, the camera is refused":                                          "scan-camera-refused",
}

var picturesOf = flag.String("pictures", "", "a folder for a picture of every state, to look at")

// TestStates provokes every state of every page through the real program, and
// reads it on a phone: by the words, by axe-core, by contrast in light and dark.
func TestStates(t *testing.T) {
	t.Parallel()
	s := newStage(t, deskDay)
	s.prepare()
	for _, st := range states {
		t.Run(strings.ReplaceAll(st.page, "/", "_")+" "+st.state, func(t *testing.T) {
			s.t = t
			s.For(t)
			defer s.restore()
			st.provoke(s)
			s.look(t, st)
		})
	}
	t.Run("a provider that is away", func(t *testing.T) {
		s.For(t)
		s.providerAway(t)
	})
	s.For(t)
}

func newStage(t *testing.T, day string) *stage {
	t.Helper()
	database := postgrestest.Database(t)
	wire, through := postgrestest.Through(t, database)
	s := &stage{t: t, bureau: newBureauOn(t, day, 1, "--postgres", through), database: database, wire: wire, Browser: scannertest.Start(t, ""), folder: t.TempDir()}
	s.Call("Security.setIgnoreCertificateErrors", map[string]any{"ignore": true})
	s.Size(360, 740, true)
	s.code = strings.TrimPrefix(strings.TrimSpace(string(mustRead(t, s.bureau.codes()[0]))), s.bureau.url)
	return s
}

// look holds the page as it stands to what the table says of it.
func (s *stage) look(t *testing.T, st state) {
	t.Helper()
	name := st.page + ", " + st.state
	if status := s.status(); st.status != 0 && status != st.status {
		t.Errorf("%s: status %d, want %d", name, status, st.status)
	}
	var text string
	s.Run(`document.body.innerText`, &text)
	for _, words := range st.reads {
		if !strings.Contains(text, words) {
			t.Errorf("%s: the page does not say %q:\n%.900s", name, words, text)
		}
	}
	if *picturesOf != "" {
		file := strings.NewReplacer("/", "_", " ", "-", "…", "x", ",", "").Replace(name) + ".png"
		if err := os.WriteFile(filepath.Join(*picturesOf, file), s.Picture(), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	s.Axe(filepath.Join("..", ".."), name)
	s.Accessible(name)
	if file, is := pictured[name]; is {
		s.keep(t, name, file)
	}
	s.Dark(true)
	s.Accessible(name + ", in the dark")
	s.Dark(false)
}

// keep holds the page, on a phone and on a desktop, to the pictures of it that
// are kept, at the place where it says what is the matter.
func (s *stage) keep(t *testing.T, name, file string) {
	t.Helper()
	phone, desktop := screens[1], screens[0]
	for _, on := range []screen{phone, desktop} {
		s.Size(on.width, on.height, on.phone)
		s.Run(`{ const matter = ["form.record .bad", "#queue:not([hidden]) p", "#held .bad", "#record"].map((s) => document.querySelector(s)).find(Boolean); matter ? matter.scrollIntoView({ block: "center" }) : scrollTo(0, 0); }
			new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => done(1))))`, nil)
		scannertest.Golden(t, filepath.Join("testdata", "states", file+"-"+on.name+".png"), s.Picture(), *updateScreens)
	}
	s.Axe(filepath.Join("..", ".."), name+", on a desktop")
	s.Accessible(name + ", on a desktop")
	s.Size(phone.width, phone.height, phone.phone)
}

// prepare finds what the states are about.
func (s *stage) prepare() {
	b := s.bureau
	const shop = "91310105MA7BKL2P8K"
	for range 2 {
		var made struct{ ID, URL string }
		if err := json.Unmarshal([]byte(b.output("holder", "link", "--data", b.dir, "--holder", shop, "--json")), &made); err != nil {
			s.t.Fatal(err)
		}
		s.links = append(s.links, strings.TrimPrefix(made.URL, b.url))
		if len(s.links) == 2 {
			b.run("holder", "revoke", "--data", b.dir, "--holder", shop, "--link", made.ID)
		}
	}
	s.clerk("/desk/licenses")
	s.Run(`document.querySelector("tbody a").getAttribute("href")`, &s.office)
}

// restore ends what a state began: nobody is logged in, the database is there.
func (s *stage) restore() {
	s.away(false)
	s.Call("Network.emulateNetworkConditions", map[string]any{"offline": false, "latency": 0, "downloadThroughput": -1, "uploadThroughput": -1})
	postgrestest.Exec(s.t, s.database, `UPDATE versions SET license = substr(license, 2) WHERE license LIKE '!%'`)
	s.forget()
	s.Call("Network.clearBrowserCookies", nil)
}

func (s *stage) open(path string) {
	s.t.Helper()
	s.Go(s.bureau.url + path)
}

// at waits until the browser has come to a path.
func (s *stage) at(path string) {
	s.t.Helper()
	s.Wait(`location.pathname === ` + fmt.Sprintf("%q", path) + ` && document.readyState === "complete"`)
}

// status is that of the page as it stands.
func (s *stage) status() (status int) {
	s.t.Helper()
	s.Run(`performance.getEntriesByType("navigation")[0].responseStatus`, &status)
	return status
}

// home sends the form of the home page.
func (s *stage) home(text, file string) {
	s.t.Helper()
	s.open("/")
	if file != "" {
		s.Choose("#file", file)
	}
	quoted, _ := json.Marshal(text)
	s.Run(`document.getElementById("text").value = `+string(quoted)+`; document.querySelector("main form").requestSubmit()`, nil)
	s.at("/verify")
}

// post sends an empty form to a path.
func (s *stage) post(path string) {
	s.t.Helper()
	s.open("/")
	s.Run(fmt.Sprintf(`{ const f = document.querySelector("main form"); f.action = %q; f.requestSubmit(); }`, path), nil)
	s.at(path)
}

// file makes a file of so many bytes, which are nothing.
func (s *stage) file(name string, size int) string {
	s.t.Helper()
	path := filepath.Join(s.folder, name)
	if err := os.WriteFile(path, []byte(strings.Repeat("x", size)), 0o600); err != nil {
		s.t.Fatal(err)
	}
	return path
}

// sit logs somebody in at the desk.
func (s *stage) sit(p logintest.Person) {
	s.t.Helper()
	s.bureau.provider.Sit(p)
	s.open("/desk/login/start")
}

func (s *stage) as(scope string) {
	s.t.Helper()
	s.sit(logintest.Person{Subject: "王检查", Authority: deskMarket, Scope: scope})
}

func (s *stage) department() {
	s.t.Helper()
	s.sit(logintest.Person{Subject: "教育", Authority: "上海市长宁区教育局", Scope: "license:read permit:write"})
}

// clerk logs the office's clerk in, and opens a page.
func (s *stage) clerk(path string) {
	s.t.Helper()
	s.sit(logintest.Person{Subject: "窗口3", Authority: deskOffice, Scope: deskScopes + " dispute:read dispute:answer"})
	if path != "" {
		s.open(path)
	}
}

func business(code string) logintest.Person {
	return logintest.Person{Subject: "经办人", Claims: map[string]any{"credit_code": code}}
}

// shop logs a business in.
func (s *stage) shop(p logintest.Person) {
	s.t.Helper()
	s.bureau.shops.Sit(p)
	s.open("/h/me/login/start")
}

// own is the address of a license behind the holder's link.
func (s *stage) own() (path string) {
	s.t.Helper()
	s.open(s.links[0])
	s.Run(`document.querySelector("a[href$='/checks']").getAttribute("href").replace(/\/checks$/, "")`, &path)
	return path
}

// forget ends every session, as a log-out on another node does.
func (s *stage) forget() { postgrestest.Exec(s.t, s.database, `DELETE FROM sessions`) }

// away takes the database away, or brings it back.
func (s *stage) away(on bool) {
	s.t.Helper()
	s.wire.Refuse(on)
	if on {
		s.wire.Cut()
		return
	}
	for deadline := time.Now().Add(time.Minute); ; time.Sleep(20 * time.Millisecond) { // until the node has found it again
		answer, err := http.Get("http://" + s.bureau.nodes[0] + "/readyz")
		if err != nil {
			s.t.Fatal(err)
		}
		_ = answer.Body.Close()
		if answer.StatusCode == http.StatusOK {
			return
		}
		if time.Now().After(deadline) {
			s.t.Fatalf("the node is not ready again: %s", answer.Status)
		}
	}
}

// spoil makes every license in the register unreadable.
func (s *stage) spoil() {
	postgrestest.Exec(s.t, s.database, `UPDATE versions SET license = '!' || license`)
}

// handIn hands a file of many rows in.
func (s *stage) handIn(file string) {
	s.t.Helper()
	s.clerk("/desk/batches")
	s.Choose("#file", file)
	s.Run(`document.querySelector("main form").requestSubmit()`, nil)
	s.Wait(`/^\/desk\/batches\/./.test(location.pathname) && document.readyState === "complete"`)
}

// watch cuts the network while a large file is being worked on.
func (s *stage) watch() {
	s.t.Helper()
	file := filepath.Join(s.folder, "many.csv")
	s.bureau.run("batch", "sample", "--rows", "30000", file)
	s.handIn(file)
	s.Wait(`/[a-z]/.test(document.querySelector("[data-events] [role=status]")?.textContent)`) // an event, which speaks English too
	s.Call("Network.emulateNetworkConditions", map[string]any{"offline": true, "latency": 0, "downloadThroughput": -1, "uploadThroughput": -1})
	s.bureau.proxy.CloseClientConnections()
	s.Wait(`document.body.innerText.includes("连接断了")`)
}

// often opens a page while others ask for it more often than anybody may. Now
// and then it is the browser that gets what is let through: then it asks again.
func (s *stage) often(path string) {
	s.t.Helper()
	defer s.hurry(path)()
	for range 100 {
		if s.open(path); s.status() == http.StatusTooManyRequests {
			return
		}
	}
}

// hurry asks more often than anybody may, and goes on until calm.
func (s *stage) hurry(path string) (calm func()) {
	s.t.Helper()
	refused, stop := make(chan struct{}), make(chan struct{})
	var asking sync.WaitGroup
	ask := func() (status int) {
		answer, err := http.Get("http://" + s.bureau.nodes[0] + path)
		if err != nil {
			return 0
		}
		_ = answer.Body.Close()
		return answer.StatusCode
	}
	told := sync.OnceFunc(func() { close(refused) })
	for range 8 { // more than is let through also where each of them has to wait
		asking.Go(func() {
			for {
				if ask() == http.StatusTooManyRequests {
					told()
				}
				select {
				case <-stop:
					return
				default:
				}
			}
		})
	}
	select {
	case <-refused:
	case <-time.After(time.Minute):
		s.t.Error("nobody is held to a rate")
	}
	return func() { close(stop); asking.Wait() }
}

// providerAway starts a node whose identity providers cannot be reached.
func (s *stage) providerAway(t *testing.T) {
	configure(t, filepath.Join(s.bureau.dir, settingsFile), map[string]any{
		"holderLogin": map[string]any{"issuer": "http://127.0.0.1:1", "clientId": "yizheng-shops", "claim": "credit_code"},
		"login":       map[string]any{"issuer": "http://127.0.0.1:1", "audience": "yizheng", "clientId": "yizheng-desk"}})
	listen := fmt.Sprintf("localhost:%d", exchangetest.FreePort(t))
	startNode(t, s.bureau.program, listen, "--data", s.bureau.dir)
	for _, st := range []state{
		{"/desk/login", "the provider is away", func(s *stage) { s.Go("http://" + listen + "/desk/login/start") }, 503, []string{"暂时无法登录", "Nobody can log in just now", "请稍候再试", "再试一次"}},
		{"/h/me/login", "the provider is away", func(s *stage) { s.Go("http://" + listen + "/h/me/login/start") }, 503, []string{"暂时无法验证身份", "过一会儿再登录", "Log in again in a while"}},
	} {
		st.provoke(s)
		s.look(t, st)
	}
}
