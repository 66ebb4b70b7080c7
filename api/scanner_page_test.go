package api_test

import (
	"bytes"
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"image"
	"image/png"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"yizheng/api"
	"yizheng/api/access"
	"yizheng/holder"
	"yizheng/issuer"
	"yizheng/issuer/issuertest"
	"yizheng/license"
	"yizheng/payload"
	"yizheng/qr"
	"yizheng/scanner"
	"yizheng/scanner/scannertest"
	"yizheng/templates"
)

var update = flag.Bool("update", false, "keep the screenshots anew; look at them before they are committed")

// phone is an inspector's phone: a real Chromium whose camera sees what the
// test holds before it, and a district's real server behind a network that
// the test can break.
type phone struct {
	*scannertest.Browser
	t      *testing.T
	world  *world
	server *httptest.Server
	cut    atomic.Bool // no request gets through
	lose   atomic.Bool // the next answer to a recorded check is lost on its way
	posts  atomic.Int64
	asked  atomic.Int64             // bytes of requests for newer status lists
	given  atomic.Int64             // and of the answers
	spoil  atomic.Bool              // deltas are spoilt on their way
	old    atomic.Pointer[[][]byte] // status lists of before, given in place of today's
	other  atomic.Bool              // another anchor is offered than at first
}

// TestScanner builds the page once, and goes through a day with it and through
// its tools, side by side: a camera makes one wait.
func TestScanner(t *testing.T) {
	t.Parallel()
	page, err := scanner.Open(os.DirFS(scannertest.Build(t, "..")))
	if err != nil {
		t.Fatal(err)
	}
	t.Run("morning", func(t *testing.T) {
		t.Parallel()
		scannerMorning(t, page)
	})
	t.Run("tools", func(t *testing.T) {
		t.Parallel()
		scannerTools(t, page)
	})
	t.Run("closed key", func(t *testing.T) {
		t.Parallel()
		scannerClosing(t, page)
	})
	t.Run("deltas", func(t *testing.T) {
		t.Parallel()
		scannerDeltas(t, page)
	})
}

// newPhone opens a district with the page, lets show say what lies before the
// camera, and starts the browser. change may alter the district's configuration.
func newPhone(t *testing.T, page http.Handler, show func(w *world) []scannertest.Shot, change ...func(*api.Config)) *phone {
	t.Helper()
	p := &phone{t: t}
	p.world = newWorld(t, func(c *api.Config) {
		c.Scanner = page
		c.Anchor = func() []byte {
			b, err := json.Marshal(p.world.bundle.Anchor)
			if err != nil {
				t.Error(err)
			}
			if p.other.Load() {
				return bytes.Replace(b, []byte(`"threshold":2`), []byte(`"threshold":1`), 1)
			}
			return b
		}
		c.Copies = func(_ context.Context, region license.Region) (tokens [][]byte) {
			if old := p.old.Load(); old != nil {
				return *old
			}
			for _, held := range p.world.lists.Held() {
				if held.Region == region {
					tokens = append(tokens, held.Token)
				}
			}
			return tokens
		}
		for _, f := range change {
			f(c)
		}
	})
	p.world.strict = false
	shots := show(p.world)
	p.server = httptest.NewServer(http.HandlerFunc(p.serve))
	t.Cleanup(p.server.Close)
	p.Browser = scannertest.Start(t, scannertest.Video(t, shots...))
	p.Size(360, 740, true)
	p.setClock(0)
	return p
}

// serve is the way from the phone to the server and back.
func (p *phone) serve(w http.ResponseWriter, r *http.Request) {
	if p.cut.Load() {
		panic(http.ErrAbortHandler)
	}
	w.Header().Set("Date", p.world.clock.Now().UTC().Format(http.TimeFormat))
	if r.URL.Path == "/v1/verifications" {
		p.posts.Add(1)
		if p.lose.Swap(false) {
			p.world.handler.ServeHTTP(httptest.NewRecorder(), r)
			panic(http.ErrAbortHandler)
		}
	}
	if r.URL.Path == "/status/lists" {
		p.asked.Add(r.ContentLength)
		w = counted{w, &p.given, &p.spoil}
	}
	p.world.handler.ServeHTTP(w, r)
}

// counted counts the bytes of an answer's body, and spoils deltas in it.
type counted struct {
	http.ResponseWriter
	bytes *atomic.Int64
	spoil *atomic.Bool
}

func (c counted) Write(b []byte) (int, error) {
	c.bytes.Add(int64(len(b)))
	if c.spoil.Load() {
		return c.ResponseWriter.Write(bytes.ReplaceAll(b, []byte(`"entries":[`), []byte(`"entries":[3,5,`)))
	}
	return c.ResponseWriter.Write(b)
}

// setClock gives the page the world's clock, wrong by so much.
func (p *phone) setClock(wrong time.Duration) {
	shift := time.Until(p.world.clock.Now().Add(wrong)).Milliseconds()
	p.Call("Page.addScriptToEvaluateOnNewDocument", map[string]any{"source": fmt.Sprintf(`
		globalThis.RealDate ??= Date;
		globalThis.Date = class extends RealDate {
			constructor(...given) { given.length ? super(...given) : super(RealDate.now() + %d); }
			static now() { return RealDate.now() + %[1]d; }
		};`, shift)})
}

// flight cuts the phone off, or brings the network back.
func (p *phone) flight(on bool) {
	p.cut.Store(on)
	p.Call("Network.emulateNetworkConditions", map[string]any{"offline": on, "latency": 0, "downloadThroughput": -1, "uploadThroughput": -1})
}

// visit opens the page and waits until it could be used without a network.
func (p *phone) visit() {
	p.t.Helper()
	p.Go(p.server.URL + "/scan")
	p.Wait(`document.body.dataset.ready === "lists"`)
	p.Wait(`document.body.dataset.offline === "ready"`)
}

// scan opens the camera and waits for an answer.
func (p *phone) scan() {
	p.t.Helper()
	p.Run(`(document.getElementById("again").hidden ? document.getElementById("start") : document.getElementById("again")).click()`, nil)
	p.Wait(`document.body.dataset.outcome && !document.getElementById("answer").hidden`)
}

// types is a hand-held scanner: a burst of keys and Enter.
func (p *phone) types(text string) {
	p.t.Helper()
	p.Run(`delete document.body.dataset.outcome`, nil)
	b, _ := json.Marshal(text)
	p.Run(`for (const key of [...`+string(b)+`, "Enter"]) document.body.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true, cancelable: true }))`, nil)
	p.Wait(`document.body.dataset.outcome && !document.getElementById("answer").hidden`)
}

func (p *phone) outcome(want string, says ...string) {
	p.t.Helper()
	var outcome, text string
	p.Run(`document.body.dataset.outcome`, &outcome)
	p.Run(`document.getElementById("answer").innerText`, &text)
	if outcome != want {
		p.t.Errorf("outcome %s, want %s: %.300s", outcome, want, text)
	}
	for _, s := range says {
		if !strings.Contains(text, s) {
			p.t.Errorf("the answer does not say %q: %.300s", s, text)
		}
	}
}

func (p *phone) golden(name string) {
	p.t.Helper()
	p.Run(`document.fonts.ready.then(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => done(1)))))`, nil)
	scannertest.Golden(p.t, filepath.Join("../scanner/testdata/golden", name+".png"), p.Picture(), *update)
}

// printed is what a printer needs to draw a license.
func printed(t *testing.T, i issuer.Issued) (*templates.Printer, templates.Document) {
	t.Helper()
	printer, err := templates.New(templates.Config{})
	if err != nil {
		t.Fatal(err)
	}
	cut := strings.LastIndex(i.Text, "/") + 1
	symbol, err := qr.Encode(i.Text[:cut], i.Text[cut:])
	if err != nil {
		t.Fatal(err)
	}
	return printer, templates.Document{
		License: i.License, Text: i.Text, Symbol: symbol, SealName: "上海市长宁区行业综合许可专用章", VerifyURL: address, Demonstration: true,
	}
}

// face draws the license as it hangs on the wall.
func face(t *testing.T, w *world, i issuer.Issued) image.Image {
	t.Helper()
	printer, document := printed(t, i)
	drawn, err := printer.FacePNG(document, 1800)
	if err != nil {
		t.Fatal(err)
	}
	img, err := png.Decode(bytes.NewReader(drawn))
	if err != nil {
		t.Fatal(err)
	}
	return img
}

// refresh fetches lists and sends what waits, as a tap on the lists' age does.
func (p *phone) refresh() {
	p.t.Helper()
	p.Run(`document.getElementById("freshness").click()`, nil)
	p.Wait(`!document.getElementById("freshness").hasAttribute("aria-busy")`)
}

// settings opens the settings.
func (p *phone) settings() {
	p.t.Helper()
	p.Run(`document.getElementById("held").replaceChildren(); document.querySelector("nav button[data-to=settings]").click()`, nil)
	p.Wait(`document.querySelectorAll("#held li").length > 3`)
}

// give writes an inspector's token into the settings.
func (p *phone) give(token string) {
	p.t.Helper()
	quoted, _ := json.Marshal(token)
	p.settings()
	p.Run(`{ const t = document.getElementById("token"); t.value = `+string(quoted)+`; t.dispatchEvent(new Event("change")); }`, nil)
}

// sent waits until so many requests to record a check were made, and the page
// has done with them.
func (p *phone) sent(requests int64) {
	p.t.Helper()
	for deadline := time.Now().Add(30 * time.Second); p.posts.Load() < requests; time.Sleep(10 * time.Millisecond) {
		if time.Now().After(deadline) {
			p.t.Fatal("a record that waited was not sent")
		}
	}
	p.Wait(`!document.getElementById("freshness").hasAttribute("aria-busy")`)
}

// recordedLater has the check that is on the screen sent a minute later, when a
// live code is live no more. By the server's clock it was when it was scanned,
// and the record says so whatever the phone's clock shows.
func (p *phone) recordedLater(of issuer.Issued) {
	p.t.Helper()
	p.flight(true)
	before := p.posts.Load()
	p.Run(`{ const form = document.querySelector("form.record"); form.elements.purpose.value = "亮证检查"; form.elements.operator.value = "王检查"; form.requestSubmit(); }`, nil)
	p.Wait(`document.getElementById("queue").dataset.waiting === "1"`)
	p.world.clock.Advance(time.Minute)
	p.flight(false)
	p.refresh()
	p.sent(before + 1)
	p.Wait(`document.getElementById("queue").hidden`)
	records, err := p.world.register.Verifications(context.Background(), of.License.Identifier.String(), 1)
	if err != nil || len(records) != 1 || records[0].Purpose != "亮证检查" || records[0].Presentation != "passed" {
		p.t.Errorf("recorded as %+v, %v", records, err)
	}
}

// suspend has the market bureau suspend the first permit of a license.
func (p *phone) suspend(i issuer.Issued) {
	p.t.Helper()
	number := ""
	for _, permit := range i.License.Permits {
		if permit.Authority == market {
			number = permit.Number
			break
		}
	}
	p.world.want(request{
		method: "POST", path: "/v1/licenses/" + i.License.Identifier.String() + "/permits/" + url.PathEscape(number) + "/suspend",
		token: p.world.token(market, access.PermitWrite), media: "application/json", body: `{"reason":"后厨卫生整改"}`,
	}, 200, "")
}

// scannerMorning is a morning of an inspector: the page is installed, reads a
// license on a wall, goes on in flight mode, has a check recorded once though
// its answer was lost, and hears of a suspended permit.
func scannerMorning(t *testing.T, page http.Handler) {
	var store, bookstore issuer.Issued
	var wall bytes.Buffer
	p := newPhone(t, page, func(w *world) []scannertest.Shot {
		store, bookstore = w.issued(issuertest.Store), w.issued(issuertest.Bookstore)
		hung := face(t, w, store)
		if err := png.Encode(&wall, hung); err != nil {
			t.Fatal(err)
		}
		return []scannertest.Shot{
			{Frames: 10},
			{Picture: hung, Degrees: 24, Scale: 0.62, Frames: 30},
		}
	})
	began := time.Now()
	p.visit()
	t.Logf("ready for flight mode %v after the first visit began", time.Since(began).Round(time.Millisecond))
	var paint float64
	p.Run(`performance.getEntriesByName("first-contentful-paint")[0]?.startTime ?? -1`, &paint)
	t.Logf("first paint after %.0f ms", paint)
	p.Accessible("the page at its start")
	p.golden("start-360x740")

	p.scan()
	p.outcome("valid", store.License.Holder.Name, store.License.Holder.Premises, "8/8")
	var took string
	p.Run(`document.body.dataset.took`, &took)
	t.Logf("from the frame to the answer %s ms", took)
	p.Accessible("a valid license")
	p.golden("valid-360x740")

	t.Run("flight mode", func(t *testing.T) {
		p.flight(true)
		p.Go(p.server.URL + "/scan")
		p.Wait(`document.body.dataset.ready === "lists"`)
		p.Wait(`document.body.dataset.outcome`) // the camera is allowed, so it opens by itself
		p.outcome("valid", store.License.Holder.Name)
		p.types(bookstore.Text)
		p.outcome("valid", bookstore.License.Holder.Name)
		p.Run(`document.getElementById("record").open = true`, nil)
		p.Run(`{ const form = document.querySelector("form.record"); form.elements.purpose.value = "日常检查"; form.elements.operator.value = "王检查"; form.requestSubmit(); }`, nil)
		p.Wait(`document.getElementById("queue").dataset.waiting === "1"`)
		p.Accessible("a record that waits")
		p.golden("flight-360x740")
	})

	t.Run("recorded once", func(t *testing.T) {
		p.flight(false)
		p.lose.Store(true)
		p.give(p.world.token(market, access.VerificationWrite, access.VerificationRead))
		p.sent(1)
		p.Accessible("the settings")
		p.golden("settings-360x740")
		var top float64
		p.Run(`scrollTo(0, 400); document.querySelector("nav button[data-to=scan]").click()`, nil)
		if p.Run(`scrollY`, &top); top != 0 {
			t.Errorf("a tab begins %v pixels down", top)
		}
		p.settings()
		p.refresh()
		p.Wait(`document.getElementById("queue").hidden`)
		p.refresh()
		records, err := p.world.register.Verifications(context.Background(), bookstore.License.Identifier.String(), 10)
		if err != nil || len(records) != 1 || p.posts.Load() != 2 {
			t.Fatalf("%d records after %d requests, %v", len(records), p.posts.Load(), err)
		}
		if r := records[0]; r.Operator != "王检查" || r.Purpose != "日常检查" || r.Found != "valid" || r.Method != "scanner" || r.Place == "" {
			t.Errorf("record %+v", r)
		}
		p.Run(`document.querySelector("nav button[data-to=history]").click()`, nil)
		p.Wait(`document.getElementById("entries").innerText.includes("已登记")`)
		p.Accessible("the history")
		p.golden("history-360x740")
	})

	t.Run("suspended", func(t *testing.T) {
		before := p.world.config.Copies(context.Background(), issuertest.Region)
		p.suspend(store)
		p.refresh()
		p.types(store.Text)
		p.outcome("partially_valid", "7/8", "已暂扣")
		p.Accessible("a suspended permit")
		p.golden("suspended-360x740")
		p.old.Store(&before) // what was in force before the suspension is served again
		p.refresh()
		p.types(store.Text)
		p.outcome("partially_valid", "7/8", "已暂扣")
		p.old.Store(nil)
		p.Dark(true)
		p.Accessible("a suspended permit, in the dark")
		p.golden("suspended-dark-360x740")
		p.Size(1280, 800, false)
		p.Dark(false)
		p.Accessible("a suspended permit on a desk")
		p.golden("suspended-1280x800")
		p.Size(360, 740, true)
	})

	t.Run("live code", func(t *testing.T) {
		live, err := p.world.presenter.Live(bookstore.Text)
		if err != nil {
			t.Fatal(err)
		}
		presence := func(want string, says ...string) {
			t.Helper()
			var got string
			p.Run(`document.body.dataset.presence`, &got)
			if got != want {
				t.Errorf("presence %q, want %q", got, want)
			}
			p.outcome("valid", says...)
		}
		p.refresh()
		p.types(live.Text)
		presence("good", "由持证人当场出示：已证明", bookstore.License.Holder.Name)
		p.Accessible("a live code")
		p.golden("live-360x740")
		p.world.clock.Advance(time.Minute)
		p.refresh()
		p.types(live.Text)
		presence("bad", "由持证人当场出示：未证明", "可能是截图或翻拍")
		p.Accessible("a photograph of a live code")
		p.golden("live-stale-360x740")
		p.types(bookstore.Text)
		presence("")

		copied, err := p.world.presenter.Copy(bookstore.Text, holder.Wish{Recipient: "某银行长宁支行", Purpose: "开立单位银行结算账户", Until: license.DateOf(p.world.clock.Now()) + 6})
		if err != nil {
			t.Fatal(err)
		}
		p.types(copied.Text)
		presence("", "加注件：仅供下列用途", "某银行长宁支行", "开立单位银行结算账户")
		p.Accessible("a derived copy")
		p.golden("copy-360x740")

		// What the history shows is what was found then.
		p.Run(`document.querySelector("nav button[data-to=history]").click()`, nil)
		p.Wait(`[...document.querySelectorAll("#entries button")].some((e) => e.innerText.includes("已证明"))`)
		p.Run(`delete document.body.dataset.outcome; [...document.querySelectorAll("#entries button")].find((e) => e.innerText.includes("已证明")).click()`, nil)
		p.Wait(`document.body.dataset.outcome`)
		presence("good")

		// A phone whose clock is ten minutes fast does not call a live code
		// copied, once it has asked the server; nor a photograph live.
		p.setClock(10 * time.Minute)
		p.Go(p.server.URL + "/scan")
		p.Wait(`document.body.dataset.ready === "lists"`)
		p.Wait(`document.body.dataset.outcome`) // the camera, which opens by itself, has found the wall
		p.refresh()
		fresh, err := p.world.presenter.Live(bookstore.Text)
		if err != nil {
			t.Fatal(err)
		}
		p.types(fresh.Text)
		presence("good")
		p.recordedLater(bookstore)
		p.types(live.Text)
		presence("bad")
		p.setClock(0)
		p.Go(p.server.URL + "/scan")
		p.Wait(`document.body.dataset.ready === "lists"`)
		p.Wait(`document.body.dataset.outcome`) // the camera, which opens by itself, has found the wall
		p.refresh()
	})

	t.Run("forged", func(t *testing.T) {
		p.types(forged(t, store.Text))
		p.outcome("not_genuine", "伪造或被篡改")
		p.Accessible("a forged code")
		p.golden("forged-360x740")
		p.types(store.Text[:len(store.Text)-9])
		p.outcome("unreadable")
		p.golden("unreadable-360x740")
		p.types("https://pay.example/p/1234567890123456789012345678")
		p.outcome("not_a_license")
		p.golden("other-360x740")
	})

	t.Run("picture", func(t *testing.T) {
		path := filepath.Join(t.TempDir(), "wall.png")
		if err := os.WriteFile(path, wall.Bytes(), 0o600); err != nil {
			t.Fatal(err)
		}
		p.Run(`delete document.body.dataset.outcome`, nil)
		p.Choose("#file", path)
		p.Wait(`document.body.dataset.outcome`)
		p.outcome("partially_valid", store.License.Holder.Name)
	})

	t.Run("a street of shops", func(t *testing.T) {
		p.Go(p.server.URL + "/scan")
		p.Wait(`document.body.dataset.ready === "lists"`)
		p.Wait(`document.body.dataset.outcome`)
		p.Run(`document.getElementById("continuous").click()`, nil)
		p.scan()
		p.Wait(`document.body.classList.contains("continuous") && document.getElementById("video").readyState > 1`)
		p.Accessible("a street of shops")
		p.Run(`document.getElementById("continuous").click()`, nil)
	})

	t.Run("other roots", func(t *testing.T) {
		p.other.Store(true)
		p.refresh()
		p.Wait(`document.getElementById("notices").innerText.includes("信任根")`)
		p.types(bookstore.Text)
		p.outcome("valid")
		p.other.Store(false)
		p.refresh()
		p.Wait(`document.getElementById("notices").innerText === ""`)
	})

	t.Run("wrong clock", func(t *testing.T) {
		p.setClock(-72 * time.Hour)
		p.Go(p.server.URL + "/scan")
		p.Wait(`document.getElementById("notices").innerText.includes("时钟慢了约 3 天")`)
		p.Accessible("a wrong clock")
	})

	for _, c := range p.Complaints() {
		if !strings.Contains(c, "net::ERR") { // of the cut network and the lost answer
			t.Errorf("the page complains: %s", c)
		}
	}
	for _, address := range p.Requests() {
		if !strings.HasPrefix(address, p.server.URL) && !strings.HasPrefix(address, "blob:") && !strings.HasPrefix(address, "about:") {
			t.Errorf("the page asked %s", address)
		}
	}
	var cookies string
	p.Run(`document.cookie`, &cookies)
	if cookies != "" {
		t.Errorf("cookies %q", cookies)
	}
}

// forged gives the code with one bit of its signature turned over. Its check
// digits are right, as a forger would make them.
func forged(t *testing.T, text string) string {
	t.Helper()
	prefix, code, err := payload.Find(text)
	if err != nil {
		t.Fatal(err)
	}
	code.Signature = append([]byte(nil), code.Signature...)
	code.Signature[10] ^= 1
	return code.Text(prefix)
}
