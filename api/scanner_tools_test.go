package api_test

import (
	"encoding/csv"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"yizheng/api/access"
	"yizheng/issuer"
	"yizheng/issuer/issuertest"
	"yizheng/scanner/scannertest"
)

// scannerTools goes through what the scanner's page has beside the camera's
// one answer: a street of shops at any rotation, sound and vibration, the
// torch, a file that is a PDF, pasted text, a scanner that types, and the
// history with its export.
func scannerTools(t *testing.T, page http.Handler) {
	var store, bookstore issuer.Issued
	p := newPhone(t, page, func(w *world) []scannertest.Shot {
		store, bookstore = w.issued(issuertest.Store), w.issued(issuertest.Bookstore)
		first, second := face(t, w, store), face(t, w, bookstore)
		return []scannertest.Shot{
			{Picture: first, Degrees: 90, Scale: 0.4, Frames: 20}, {Frames: 5},
			{Picture: second, Degrees: 197, Scale: 0.55, Frames: 20}, {Frames: 5},
			{Picture: first, Degrees: -52, Scale: 0.45, Frames: 20}, {Frames: 5},
		}
	})
	// What a phone has and a machine has not: it shakes, it sounds, it has a lamp.
	p.Call("Page.addScriptToEvaluateOnNewDocument", map[string]any{"source": `
		globalThis.shaken = [];
		navigator.vibrate = (pattern) => (shaken.push(pattern), true);
		globalThis.notes = [];
		const make = AudioContext.prototype.createOscillator;
		AudioContext.prototype.createOscillator = function () { const o = make.call(this); const start = o.start.bind(o); o.start = (at) => (notes.push(o.frequency.value), start(at)); return o; };
		globalThis.lamp = [];
		MediaStreamTrack.prototype.getCapabilities = () => ({ torch: true });
		const apply = MediaStreamTrack.prototype.applyConstraints;
		MediaStreamTrack.prototype.applyConstraints = function (c) { const t = c?.advanced?.[0]?.torch; return t === undefined ? apply.call(this, c) : (lamp.push(t), Promise.resolve()); };`})
	p.visit()

	// A street of shops: one after another, whichever way the phone is held.
	p.Run(`document.getElementById("continuous").click()`, nil)
	p.Run(`globalThis.seen = new Set(); new MutationObserver(() => seen.add(document.querySelector("#answer .holder")?.innerText)).observe(document.getElementById("answer"), { childList: true })`, nil)
	p.scan()
	for _, shop := range []issuer.Issued{store, bookstore} {
		name, _ := json.Marshal(shop.License.Holder.Name)
		p.Wait(fmt.Sprintf(`seen.has(%s)`, name))
	}
	p.Wait(`document.body.classList.contains("continuous")`)
	p.Wait(`shaken.length >= 2 && notes.length >= 4`) // for two shops; they come a moment after what is seen
	p.Run(`document.getElementById("torch").click()`, nil)
	p.Wait(`lamp.join() === "true" && document.getElementById("torch").getAttribute("aria-pressed") === "true"`)
	p.Accessible("a street of shops")
	p.Size(1280, 800, false)
	p.Accessible("a street of shops on a desk")
	p.Size(360, 740, true)
	p.Run(`document.getElementById("continuous").click()`, nil)
	p.Wait(`!document.body.classList.contains("continuous") && !document.getElementById("video").srcObject`) // with the next shop

	// Pasted text.
	text, _ := json.Marshal(bookstore.Text)
	p.Run(`delete document.body.dataset.outcome; { const data = new DataTransfer(); data.setData("text", `+string(text)+`); document.body.dispatchEvent(new ClipboardEvent("paste", { clipboardData: data, bubbles: true })); }`, nil)
	name, _ := json.Marshal(bookstore.License.Holder.Name)
	p.Wait(fmt.Sprintf(`document.querySelector("#answer .holder")?.innerText === %s && document.body.dataset.outcome`, name)) // the camera's last may come before
	p.outcome("valid", bookstore.License.Holder.Name)
	p.Run(`delete document.body.dataset.outcome; document.getElementById("text").value = `+string(text)+`; document.getElementById("typed").requestSubmit()`, nil)
	p.Wait(`document.body.dataset.outcome`)
	p.outcome("valid", bookstore.License.Holder.Name)

	// A PDF, twice the same; one that is none; one that is too large; and
	// without a network.
	pdf := counterSign(t, store)
	for range 2 {
		p.choose(pdf)
		p.outcome("valid", store.License.Holder.Name, "上传的文件", "没有电子印章")
	}
	p.Accessible("a PDF")
	recordFile(p, store)
	broken, large := filepath.Join(t.TempDir(), "broken.pdf"), filepath.Join(t.TempDir(), "large.pdf")
	for path, size := range map[string]int{broken: 0, large: 10<<20 + 1} {
		if err := os.WriteFile(path, append([]byte("%PDF-1.7 nothing"), make([]byte, size)...), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	hints := func(says string) {
		t.Helper()
		p.Wait(`document.getElementById("hint").innerText.includes("` + says + `")`)
	}
	p.Choose("#file", broken)
	hints("不是能识读的 PDF")
	p.Choose("#file", large)
	hints("超过 10 MB")
	p.flight(true)
	p.Choose("#file", pdf)
	hints("识读 PDF 需要网络")
	p.Run(`document.querySelector("nav button[data-to=history]").click()`, nil)
	p.Wait(`[...document.querySelectorAll("#entries li")].some((e) => e.innerText.includes("已登记"))`)
	p.Run(`delete document.body.dataset.outcome; [...document.querySelectorAll("#entries li")].find((e) => e.innerText.includes("已登记")).querySelector("button").click()`, nil)
	p.Wait(`document.body.dataset.outcome`)
	p.outcome("valid", store.License.Holder.Name, "上传的文件", "没有电子印章") // as it was found then
	p.flight(false)
	silent(p, string(text))

	// The history, as a table.
	p.Run(`document.querySelector("nav button[data-to=history]").click()`, nil)
	p.Wait(`document.querySelectorAll("#entries li").length >= 5`)
	table := p.exported("csv")
	rows, err := csv.NewReader(strings.NewReader(strings.TrimPrefix(table, "\ufeff"))).ReadAll()
	if err != nil || len(rows) < 6 || rows[0][0] != "at" || !strings.Contains(table, store.License.Holder.Name) || !strings.Contains(table, bookstore.License.Permits[0].Number) {
		t.Errorf("%d rows, %v: %.400s", len(rows), err, table)
	}
	var entries []struct {
		At, Outcome, Holder, Method, Text, Recorded, Record string
		Permits                                             []struct{ Number string }
	}
	if err := json.Unmarshal([]byte(p.exported("json")), &entries); err != nil || len(entries) != len(rows)-1 {
		t.Fatalf("%d entries beside %d rows, %v", len(entries), len(rows), err)
	}
	recorded := 0
	for n, e := range entries { // the same, in the same order
		if e.At != rows[n+1][0] || e.Outcome != rows[n+1][1] || !strings.HasPrefix(e.Text, issuertest.Prefix) || len(e.Permits) == 0 {
			t.Errorf("entry %d is %+v, its row %q", n, e, rows[n+1])
		}
		if e.Recorded == "sent" && e.Record != "" && e.Method == "file" && e.Holder == store.License.Holder.Name {
			recorded++
		}
	}
	if recorded != 1 {
		t.Errorf("%d entries say that they were recorded", recorded)
	}
	for _, c := range p.Complaints() {
		if !strings.Contains(c, "net::ERR") && !strings.Contains(c, "status of 4") {
			t.Errorf("the page complains: %s", c)
		}
	}
}

// choose chooses a file, and waits for the answer.
func (p *phone) choose(path string) {
	p.t.Helper()
	p.Run(`delete document.body.dataset.outcome`, nil)
	p.Choose("#file", path)
	p.Wait(`document.body.dataset.outcome`)
}

// exported presses a button of the history, and gives what is saved.
func (p *phone) exported(ending string) (content string) {
	p.t.Helper()
	p.Run(`globalThis.saved = new Promise((done) => { const make = URL.createObjectURL; URL.createObjectURL = (blob) => (URL.createObjectURL = make, blob.text().then(done), make(blob)); }); document.getElementById("export-`+ending+`").click()`, nil)
	p.Run(`saved`, &content)
	return content
}

// recordFile records the check of a PDF that is shown, and loses the first
// answer: it is sent again, and is on record once.
func recordFile(p *phone, of issuer.Issued) {
	t := p.t
	t.Helper()
	p.lose.Store(true)
	p.give(p.world.token(market, access.VerificationWrite))
	p.Run(`document.querySelector("nav button[data-to=scan]").click(); document.getElementById("record").open = true`, nil)
	p.Run(`{ const form = document.querySelector("form.record"); form.elements.purpose.value = "网上申报材料核对"; form.elements.operator.value = "李检查"; form.requestSubmit(); form.requestSubmit(); }`, nil)
	p.sent(1)
	p.refresh()
	p.Wait(`document.getElementById("queue").hidden`)
	records, err := p.world.register.Verifications(t.Context(), of.License.Identifier.String(), 10)
	if err != nil || len(records) != 1 || p.posts.Load() != 2 {
		t.Fatalf("%d records after %d requests, %v", len(records), p.posts.Load(), err)
	}
	if r := records[0]; r.Method != "file" || r.Operator != "李检查" || r.Found != "valid" || r.Outcome != "valid" {
		t.Errorf("record %+v", r)
	}
}

// silent turns sound and vibration off and on: each is remembered, also when
// the page is loaded anew, and holds for the next code.
func silent(p *phone, text string) {
	p.t.Helper()
	set := func(sound, vibrate bool) {
		p.t.Helper()
		p.settings()
		p.Run(fmt.Sprintf(`for (const [name, on] of [["sound", %t], ["vibrate", %t]]) if (document.getElementById(name).checked !== on) document.getElementById(name).click()`, sound, vibrate), nil)
		p.settings() // reads what was kept
		var kept bool
		if p.Run(fmt.Sprintf(`document.getElementById("sound").checked === %t && document.getElementById("vibrate").checked === %t`, sound, vibrate), &kept); !kept {
			p.t.Error("a choice was not kept")
		}
	}
	verify := func() {
		p.t.Helper()
		p.Run(`document.querySelector("nav button[data-to=scan]").click(); delete document.body.dataset.outcome; document.getElementById("text").value = `+text+`; document.getElementById("typed").requestSubmit()`, nil)
		p.Wait(`document.body.dataset.outcome`)
	}
	set(false, false)
	p.Go(p.server.URL + "/scan")
	p.Wait(`document.body.dataset.ready === "lists" && document.body.dataset.outcome`) // the camera opens by itself
	p.settings()
	var off bool
	if p.Run(`!document.getElementById("sound").checked && !document.getElementById("vibrate").checked`, &off); !off {
		p.t.Error("after the page was loaded anew, sound or vibration is on again")
	}
	verify()
	set(false, true)
	verify()
	p.Wait(`shaken.length > 0`)
	set(true, false)
	verify()
	p.Wait(`notes.length > 1`)
	var shaken, notes int
	p.Run(`shaken.length`, &shaken)
	p.Run(`notes.length`, &notes)
	if shaken != 1 || notes != 2 {
		p.t.Errorf("it shook %d times and sounded %d notes, where each was on for one valid license", shaken, notes)
	}
}

// counterSign draws the sign for a counter, a PDF with the code.
func counterSign(t *testing.T, i issuer.Issued) string {
	t.Helper()
	printer, document := printed(t, i)
	pdf, err := printer.CounterSign(document)
	if err != nil {
		t.Fatal(err)
	}
	return written(t, "counter.pdf", pdf)
}

func written(t *testing.T, name string, content []byte) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, content, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}
