package api_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"yizheng/api"
	"yizheng/issuer"
	"yizheng/issuer/issuertest"
	"yizheng/payload"
	"yizheng/qr"
	"yizheng/scanner/scannertest"
	"yizheng/templates"
	"yizheng/verifier"
)

// counter is a holder's phone at a counter: a real Chromium with the page of a
// real district, behind a network that the test can break.
type counter struct {
	*scannertest.Browser
	t      *testing.T
	world  *world
	server *httptest.Server
	cut    atomic.Bool
	asked  atomic.Int64 // how often a new code was fetched
}

// newCounter opens a district. The page's two clocks can be shifted: asleep
// moves the one on the wall alone, as a phone's sleep does.
func newCounter(t *testing.T) *counter {
	t.Helper()
	p := &counter{t: t, world: newWorld(t, func(c *api.Config) { c.Limiter = unlimited{} })}
	p.world.strict = false
	p.server = httptest.NewServer(http.HandlerFunc(p.serve))
	t.Cleanup(p.server.Close)
	p.Browser = scannertest.Start(t, "")
	p.Size(360, 740, true)
	p.Call("Page.addScriptToEvaluateOnNewDocument", map[string]any{"source": `
		globalThis.slept = 0;
		const wall = Date.now.bind(Date);
		Date.now = () => wall() + globalThis.slept;
		globalThis.locks = 0;
		const request = navigator.wakeLock.request.bind(navigator.wakeLock);
		navigator.wakeLock.request = (kind) => (globalThis.locks++, request(kind));`})
	return p
}

func (p *counter) serve(w http.ResponseWriter, r *http.Request) {
	if p.cut.Load() {
		panic(http.ErrAbortHandler)
	}
	if strings.HasSuffix(r.URL.Path, "/live") {
		p.asked.Add(1)
	}
	p.world.handler.ServeHTTP(w, r)
}

// flight cuts the phone off, or brings the network back.
func (p *counter) flight(on bool) {
	p.cut.Store(on)
	p.Call("Network.emulateNetworkConditions", map[string]any{"offline": on, "latency": 0, "downloadThroughput": -1, "uploadThroughput": -1})
}

// asleep lets the phone sleep, or its clock be set, by so much.
func (p *counter) asleep(d time.Duration) {
	p.Run(fmt.Sprintf("void (globalThis.slept += %d)", d.Milliseconds()), nil)
}

// open opens the holder's link of a license.
func (p *counter) open(l issuer.Issued) string {
	p.t.Helper()
	_, path := p.world.link(l)
	p.Go(p.server.URL + path)
	return path
}

func (p *counter) path() (d string) {
	p.t.Helper()
	p.Run(`document.getElementById("code").getAttribute("d")`, &d)
	return d
}

// read photographs the screen and reads the code off it with zbar; empty where
// there is none.
func (p *counter) read() string {
	p.t.Helper()
	shot := filepath.Join(p.t.TempDir(), "screen.png")
	if err := os.WriteFile(shot, p.Picture(), 0o600); err != nil {
		p.t.Fatal(err)
	}
	out, err := exec.Command("zbarimg", "--quiet", "--raw", "-Sdisable", "-Sqrcode.enable", shot).Output()
	if err != nil && len(out) > 0 {
		p.t.Fatal(err)
	}
	return strings.TrimSpace(string(out))
}

func (p *counter) presence(text string) verifier.Check {
	p.t.Helper()
	r := p.world.Verify(p.t.Context(), text)
	if r.Outcome != verifier.Valid {
		p.t.Errorf("outcome %s", r.Outcome)
	}
	return r.Check(verifier.PresentationCheck)
}

// TestShowingPage shows a license at a counter: what the screen holds passes
// elsewhere, and a photograph of it a minute later no more.
func TestShowingPage(t *testing.T) {
	t.Parallel()
	p := newCounter(t)
	shop := p.world.issued(issuertest.Store)
	path := p.open(shop)
	shown := p.read()
	if got := p.presence(shown); got.Status != verifier.Passed || !strings.HasPrefix(shown, issuertest.Prefix+"862") {
		t.Fatalf("%q: %+v", shown, got)
	}
	p.world.clock.Advance(time.Minute)
	if got := p.presence(shown); got.Status != verifier.Failed || got.Reason != verifier.PresentationStale {
		t.Errorf("a minute later: %+v", got)
	}

	// The phone sleeps for an hour; whoever wakes it sees a new code at once.
	before, asked := p.path(), p.asked.Load()
	p.asleep(time.Hour)
	p.Wait(fmt.Sprintf(`document.getElementById("code").getAttribute("d") !== %q && document.getElementById("cover").hidden`, before))
	if p.asked.Load() == asked {
		t.Error("nothing was fetched")
	}
	if got := p.presence(p.read()); got.Status != verifier.Passed {
		t.Errorf("after sleep: %+v", got)
	}

	// Its clock is set back by a day: nothing happens, and the page tells the
	// server's time.
	before = p.path()
	p.asleep(-24 * time.Hour)
	p.Run(`new Promise((done) => setTimeout(done, 600))`, nil) // two ticks of the page
	var told string
	p.Run(`document.getElementById("clock").textContent`, &told)
	if want := p.world.clock.Now().In(time.FixedZone("", 8*3600)).Format("15:04"); !strings.HasPrefix(told, want) || p.path() != before {
		t.Errorf("the page tells %s, the server %s", told, want)
	}

	// Without a network, an old code is covered: nothing can be scanned, and
	// the page says why. With one, it comes back by itself.
	p.flight(true)
	p.asleep(24*time.Hour + 31*time.Second)
	p.Wait(`!document.getElementById("cover").hidden && document.getElementById("why").innerText.includes("没有网络")`)
	if text := p.read(); text != "" {
		t.Errorf("a code that is out of use can be read: %s", text)
	}
	p.Accessible("covered")
	p.flight(false)
	p.Run(`dispatchEvent(new Event("online"))`, nil)
	p.Wait(`document.getElementById("cover").hidden`)
	if got := p.presence(p.read()); got.Status != verifier.Passed {
		t.Errorf("after a loss of the network: %+v", got)
	}

	// The server fails, though there is a network.
	p.cut.Store(true)
	p.asleep(31 * time.Second)
	p.Wait(`!document.getElementById("cover").hidden && document.getElementById("why").innerText.includes("未能更新")`)
	p.cut.Store(false)
	p.Run(`document.getElementById("again").click()`, nil)
	p.Wait(`document.getElementById("cover").hidden`)

	var locks int
	p.Run("globalThis.locks", &locks)
	if locks == 0 {
		t.Error("the screen may go dark")
	}
	p.Run(`document.getElementById("large").click()`, nil)
	if got := p.presence(p.read()); got.Status != verifier.Passed {
		t.Errorf("enlarged: %+v", got)
	}

	// The office revokes the link while the page is open.
	code := string(shop.License.Holder.CreditCode)
	links := decoded[struct{ Links []made }](t, p.world.want(request{method: "GET", path: "/v1/holders/" + code + "/links", token: p.world.asOffice()}, 200, ""))
	p.world.want(request{method: "DELETE", path: "/v1/holders/" + code + "/links/" + links.Links[0].ID, token: p.world.asOffice()}, 204, "")
	p.asleep(16 * time.Second)
	p.Wait(`document.body.innerText.includes("亮证链接已作废")`)
	p.Accessible("revoked")

	if path == "" || len(p.foreign()) > 0 {
		t.Errorf("requests to others: %v", p.foreign())
	}
	for _, complaint := range p.Complaints() {
		if !strings.Contains(complaint, "ERR_") && !strings.Contains(complaint, "410") { // the network that the test has cut, and the revoked link
			t.Error(complaint)
		}
	}
}

// foreign are requests that went to somebody else.
func (p *counter) foreign() (all []string) {
	for _, r := range p.Requests() {
		if !strings.HasPrefix(r, p.server.URL) && r != "about:blank" {
			all = append(all, r)
		}
	}
	return all
}

// TestShowingWithoutScript: the page alone shows a live code, and fetches
// itself anew.
func TestShowingWithoutScript(t *testing.T) {
	t.Parallel()
	p := newCounter(t)
	shop := p.world.issued(issuertest.Restaurant)
	_, path := p.world.link(shop)
	p.Call("Emulation.setScriptExecutionDisabled", map[string]any{"value": true})
	p.Go(p.server.URL + own(path, shop))
	first := p.read()
	if got := p.presence(first); got.Status != verifier.Passed {
		t.Fatalf("%+v", got)
	}
	for deadline := time.Now().Add(25 * time.Second); p.read() == first; time.Sleep(500 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("in 25 seconds no other code")
		}
	}
	if got := p.presence(p.read()); got.Status != verifier.Passed {
		t.Errorf("%+v", got)
	}
}

// TestShowingLooks holds the pages to the pictures that were looked at. For
// them the code is that of a vector, since no two live codes are alike.
func TestShowingLooks(t *testing.T) {
	t.Parallel()
	p := newCounter(t)
	shop := p.world.issued(issuertest.Store)
	path := p.open(shop)
	fixed := p.fixed()
	picture := func(name string, width, height int, phone bool) {
		t.Helper()
		p.Size(width, height, phone)
		p.Run(`scrollTo(0, 0)`, nil)
		p.Accessible(name)
		scannertest.Golden(t, filepath.Join("testdata", "showing", fmt.Sprintf("%s-%dx%d.png", name, width, height)), p.Picture(), *update)
	}
	still := func() {
		p.Run(`setInterval = () => 0`, nil)
		for id := 1; id < 20; id++ {
			p.Run(fmt.Sprintf("clearInterval(%d)", id), nil)
		}
		p.Run(fixed, nil)
		p.Run(`document.getElementById("clock").textContent = "10:00:03"; document.getElementById("next").textContent = "12 秒后更换 new in 12 s"; document.getElementById("left").style.transform = "scaleX(.8)"`, nil)
	}
	still()
	picture("live", 360, 740, true)
	picture("live", 1280, 800, false)
	p.Dark(true)
	if paper := p.Paper(); paper.Sides != 1 || !strings.Contains(paper.Text, "亮证码仅供当面核验，打印无效") || !strings.Contains(paper.Text, strings.Join(strings.Fields(shop.License.Holder.Name), "")) {
		t.Errorf("on paper it takes %d sides and says %s", paper.Sides, paper.Text)
	}
	picture("live-dark", 360, 740, true)
	p.Dark(false)
	p.Size(360, 740, true)
	p.Run(`document.getElementById("large").click()`, nil)
	picture("large", 360, 740, true)

	p.Go(p.server.URL + own(path, shop) + "/checks")
	picture("checks-empty", 360, 740, true)
	for i := range 3 {
		p.world.check(p.world.liveCode(path, shop).Text, fmt.Sprint("k", i), "")
		p.world.clock.Advance(time.Minute)
	}
	p.Go(p.server.URL + own(path, shop) + "/checks")
	picture("checks", 360, 740, true)
	picture("checks", 1280, 800, false)

	p.Go(p.server.URL + own(path, shop) + "/copy")
	picture("copy", 360, 740, true)
	p.Run(`document.querySelector("form").noValidate = true; document.getElementById("recipient").value = "某银行长宁支行"; document.querySelector("form").requestSubmit()`, nil)
	p.Wait(`document.querySelectorAll(".fault").length === 2`)
	picture("copy-faults", 360, 740, true)
	picture("copy-faults", 1280, 800, false)

	p.Go(p.server.URL + "/h/AAAAAAAAAAAAAAAAAAAAAAAAAAA")
	picture("unknown", 360, 740, true)

	body := fixture(t, issuertest.Bookstore)
	body = strings.Replace(body, creditCodeIn(t, body), string(shop.License.Holder.CreditCode), 1)
	p.world.want(request{method: "POST", path: "/v1/licenses", token: p.world.asOffice(), key: "branch", media: "application/json", body: body}, 201, "")
	p.Go(p.server.URL + path)
	picture("list", 360, 740, true)

	p.Go(p.server.URL + own(path, shop))
	p.flight(true)
	p.asleep(31 * time.Second)
	p.Wait(`!document.getElementById("cover").hidden && document.getElementById("why").innerText.includes("没有网络")`)
	still()
	picture("offline", 360, 740, true)
}

// fixed is a script that draws the code of a vector.
func (p *counter) fixed() string {
	p.t.Helper()
	b, err := os.ReadFile("../testdata/vectors/valid/live.json")
	if err != nil {
		p.t.Fatal(err)
	}
	var vector struct{ Text string }
	if err := json.Unmarshal(b, &vector); err != nil {
		p.t.Fatal(err)
	}
	prefix, code, err := payload.Find(vector.Text)
	if err != nil {
		p.t.Fatal(err)
	}
	symbol, err := qr.Encode(prefix, code.Digits())
	if err != nil {
		p.t.Fatal(err)
	}
	side, path := templates.CodePath(symbol)
	return fmt.Sprintf(`document.getElementById("code").setAttribute("d", %q); document.querySelector(".qr").setAttribute("viewBox", "0 0 %d %[2]d")`, path, side)
}
