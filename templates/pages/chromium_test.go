package pages_test

import (
	"bytes"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"yizheng/license"
	"yizheng/qr"
	"yizheng/scanner/scannertest"
	"yizheng/templates"
	"yizheng/templates/answer"
	"yizheng/templates/pages"
	"yizheng/verifier"
)

// outcomes are the results in testdata that stand for each outcome; superseded
// is invalid and has a page of its own.
var outcomes = []string{"valid", "partially-valid", "invalid", "superseded", "not-recognised", "unknown-status", "not-a-license", "unreadable", "not-genuine", "past-valid"}

// site serves every page of this package as the HTTP side does.
func site(t *testing.T) *httptest.Server {
	t.Helper()
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Type", "text/html; charset=utf-8")
		h.Set("Content-Security-Policy", pages.Policy())
		var err error
		switch name := r.URL.Path[1:]; name {
		case "home":
			err = pages.Home(w, pages.HomePage{Issuer: "上海市长宁区政务服务办公室", Demonstration: true, Scanner: true})
		case "error":
			err = pages.Error(w, pages.ErrorPage{Status: 404, Title: "没有这个页面或对象", TitleEN: "Not found", Detail: "此处没有所请求的内容。", DetailEN: "There is nothing of this name here.", RequestID: "0f1e2d3c4b5a6978"})
		case "record":
			err = pages.Result(w, pages.ResultPage{Result: result(t, "valid"), Address: "/v/861", Site: where, Code: again(t), Recording: inspector(nil)})
		case "record-faults":
			err = pages.Result(w, pages.ResultPage{Result: result(t, "valid"), Address: "/v/861", Site: where, Recording: inspector(license.Faults{{Field: "purpose", Reason: "missing", Message: "A value is required.", MessageZH: "此项必须填写。"}})})
		case "recorded":
			page := inspector(nil)
			page.Done = &pages.Recorded{Again: "/v/861", Verification: license.Verification{ID: "77161ef108d631511a74f1923470bd9a", Outcome: "valid",
				At: time.Date(2026, 7, 1, 2, 0, 0, 0, time.UTC), Place: "愚园路1088弄48号", Purpose: "日常检查", Presentation: "passed"},
				Contest:  &pages.ContestForm{Key: "k", Issuer: "上海市长宁区政务服务办公室", Permits: result(t, "valid").License.Permits, Reasons: []pages.Choice{{Value: "premises_differ", Text: answer.Text{ZH: "经营场所不符"}}}, MostText: 500, MostName: 200, MostNumber: 40},
				Disputes: []pages.Dispute{{ID: "8c0e6a0a4f5f4c1fb5c1f6a9a41b2c3d", Reason: answer.Text{ZH: "经营场所不符"}, State: answer.Text{ZH: "待答复", EN: "waits for an answer"}}}}
			err = pages.Result(w, pages.ResultPage{Result: result(t, "valid"), Address: "/v/861", Site: where, Recording: page})
		default:
			err = pages.Result(w, pages.ResultPage{Result: result(t, name), Address: "/v/861", Site: where, Code: again(t), Recording: &pages.Recording{Login: "/desk/login?to=%2Fv%2F861"}})
		}
		if err != nil {
			t.Error(err)
		}
	}))
	t.Cleanup(s.Close)
	return s
}

func inspector(faults license.Faults) *pages.Recording {
	return &pages.Recording{Who: "王检查", Authority: "上海市长宁区市场监督管理局", Token: "t", Address: "/v/861", Key: "k", Method: "link",
		Fields: pages.Fields("上海市长宁区仙霞路588号", "", "", []string{"食品经营许可"}, faults)}
}

// someCode gives the digits of the license of eight permits.
func someCode(t *testing.T) string {
	t.Helper()
	b, err := os.ReadFile("../../testdata/vectors/valid/convenience-store-8-permits.json")
	if err != nil {
		t.Fatal(err)
	}
	var vector struct{ Text string }
	if err := json.Unmarshal(b, &vector); err != nil {
		t.Fatal(err)
	}
	return vector.Text[strings.LastIndex(vector.Text, "/")+1:]
}

// again is the symbol of that.
func again(t *testing.T) pages.Code {
	t.Helper()
	symbol, err := qr.Encode(where+"/v/", someCode(t))
	if err != nil {
		t.Fatal(err)
	}
	side, path := templates.CodePath(symbol)
	return pages.Code{Side: side, Path: path}
}

func result(t *testing.T, name string) (r verifier.Result) {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("testdata", name+".json"))
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(b, &r); err != nil {
		t.Fatal(err)
	}
	return r
}

// TestInChromium looks at every page as people see it: a phone, a desk, the
// dark, a slow network, paper.
func TestInChromium(t *testing.T) {
	s, c := site(t), scannertest.Start(t, "")
	root := filepath.Join("..", "..")
	look := func(name, shot string, width, height int) {
		t.Helper()
		c.Size(width, height, width < 500)
		c.Go(s.URL + "/" + name)
		c.Run(`location.hash && document.querySelector(location.hash).scrollIntoView()`, nil)
		c.Run(`document.fonts.ready.then(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => done(1)))))`, nil)
		scannertest.Golden(t, filepath.Join("testdata", "golden", shot+".png"), c.Picture(), *update)
		c.Accessible(shot)
		c.Axe(root, shot)
	}
	for _, name := range append(outcomes, "record#record", "record-faults#record", "recorded#record", "error", "home") {
		look(name, strings.Split(name, "#")[0]+"-360x740", 360, 740)
	}
	for _, name := range []string{"partially-valid", "not-genuine", "record#record"} {
		look(name, strings.Split(name, "#")[0]+"-1280x800", 1280, 800)
	}
	c.Size(360, 740, true)
	c.Go(s.URL + "/recorded")
	c.Run(`document.querySelector("#record details").open = true; document.querySelector("#record details").scrollIntoView()`, nil)
	scannertest.Golden(t, filepath.Join("testdata", "golden", "contest-360x740.png"), c.Picture(), *update)
	c.Accessible("contest")
	c.Axe(root, "contest")
	c.Dark(true)
	look("partially-valid", "partially-valid-dark-360x740", 360, 740)
	for _, name := range append(outcomes, "record", "record-faults", "recorded", "error", "home") {
		c.Go(s.URL + "/" + name)
		c.Accessible(name + " in the dark")
	}
	for _, name := range outcomes { // in the dark as well, paper is white
		c.Go(s.URL + "/" + name)
		printed := paper(t, c, name)
		if name != "valid" {
			continue
		}
		reader := exec.Command("zbarimg", "--quiet", "--raw", "-")
		reader.Stdin = bytes.NewReader(c.Side(printed, printed.Sides))
		if text, err := reader.Output(); err != nil || strings.TrimSpace(string(text)) != where+"/v/"+someCode(t) {
			t.Errorf("the code on paper reads %.60q, %v", text, err)
		}
	}
	c.Call("Emulation.setEmulatedMedia", map[string]any{"media": "print", "features": []any{map[string]any{"name": "prefers-color-scheme", "value": "dark"}}})
	c.Size(1280, 800, false)
	for _, name := range outcomes {
		c.Go(s.URL + "/" + name)
		for _, fault := range c.Faults() {
			if strings.HasPrefix(fault, "contrast") {
				t.Errorf("%s on paper: %s", name, fault)
			}
		}
		var dark []string
		c.Run(`[...document.querySelectorAll("body *")].filter((e) => { const b = getComputedStyle(e).backgroundColor.match(/[\d.]+/g).map(Number); return b[3] !== 0 && b[0] + b[1] + b[2] < 500 && !e.closest("svg") && e.checkVisibility(); }).map((e) => e.className || e.tagName)`, &dark)
		var joined []string // the line between them is none on paper
		c.Run(`[...document.querySelectorAll(".scroll td")].map((e) => e.innerText).filter((text) => /:\d\d[^\s]/.test(text.replace(/\d\d:/, "")))`, &joined)
		if len(joined) > 0 {
			t.Errorf("%s on paper joins what stands apart: %v", name, joined)
		}
		if len(dark) > 0 {
			t.Errorf("%s on paper has a dark ground: %v", name, dark)
		}
	}
	c.Dark(false)
	for _, address := range c.Requests() {
		// The browser's own picture in a field for a date has an address as well.
		if !strings.HasPrefix(address, s.URL+"/") && address != "about:blank" && !strings.HasPrefix(address, "data:image/svg+xml;") {
			t.Errorf("a page asks %s", address)
		}
	}
	for _, complaint := range c.Complaints() {
		t.Errorf("a page complains: %s", complaint)
	}
}

// paper prints the page as it stands, and reads what is on paper: all that the
// screen says, what was folded too.
func paper(t *testing.T, c *scannertest.Browser, name string) scannertest.Paper {
	t.Helper()
	printed := c.Paper()
	text, sides := printed.Text, printed.Sides
	if sides > 2 && len(permitsOf(result(t, name))) < 8 || sides > 3 { // one sheet, printed on both sides
		t.Errorf("%s takes %d sides", name, sides)
	}
	for _, p := range permitsOf(result(t, name)) {
		for _, said := range []string{p.Number, p.Scope} {
			if !strings.Contains(text, strings.Join(strings.Fields(said), "")) {
				t.Errorf("%s on paper does not say %s", name, said)
			}
		}
	}
	if len(permitsOf(result(t, name))) > 0 && !strings.Contains(text, "行政复议") {
		t.Errorf("%s on paper does not name the remedies", name)
	}
	if strings.HasPrefix(name, "past") && !strings.Contains(text, "不是现在的结论") {
		t.Errorf("%s on paper could be taken for today's answer", name)
	}
	if !strings.Contains(text, "打印自"+where) {
		t.Errorf("%s on paper does not say where it is from", name)
	}
	if strings.Contains(text, "核验另一个") {
		t.Errorf("%s on paper has something to press", name)
	}
	return printed
}

// TestFirstPaint opens the page of each outcome over a slow 3G: 400 ms to and
// fro, 50 kB a second, nothing compressed. Something is on the screen within a
// second, and all of the page is less than 60 kB.
func TestFirstPaint(t *testing.T) {
	s, c := site(t), scannertest.Start(t, "")
	c.Size(360, 740, true)
	c.Go(s.URL + "/home") // the browser has warmed up
	c.Call("Network.setCacheDisabled", map[string]any{"cacheDisabled": true})
	c.Call("Network.emulateNetworkConditions", map[string]any{"offline": false, "latency": 400, "downloadThroughput": 50_000, "uploadThroughput": 50_000})
	for _, name := range outcomes {
		best, size := 1e9, 0
		for range 3 { // the machine may be busy; the page is the same
			c.Go(s.URL + "/" + name)
			c.Wait(`performance.getEntriesByName("first-contentful-paint").length`)
			var seen struct {
				Paint float64
				Size  int
				More  int
			}
			c.Run(`({ paint: performance.getEntriesByName("first-contentful-paint")[0].startTime, size: performance.getEntriesByType("navigation")[0].transferSize, more: performance.getEntriesByType("resource").length })`, &seen)
			best, size = min(best, seen.Paint), seen.Size
			if seen.More > 0 {
				t.Errorf("%s loads %d things more", name, seen.More)
			}
			if best < 1000 {
				break
			}
		}
		t.Logf("%-16s first paint after %4.0f ms, %d bytes", name, best, size)
		if best >= 1000 {
			t.Errorf("%s: first paint after %.0f ms", name, best)
		}
		if size == 0 || size >= 60_000 {
			t.Errorf("%s: %d bytes", name, size)
		}
	}
}
