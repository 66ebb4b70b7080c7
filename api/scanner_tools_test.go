package api_test

import (
	"encoding/csv"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"yizheng/issuer"
	"yizheng/issuer/issuertest"
	"yizheng/scanner/scannertest"
)

// TestScannerTools goes through what the scanner's page has beside the camera's
// one answer: a street of shops at any rotation, sound and vibration, the
// torch, a file that is a PDF, pasted text, a scanner that types, and the
// history with its export.
func TestScannerTools(t *testing.T) {
	var store, bookstore issuer.Issued
	p := newPhone(t, func(w *world) []scannertest.Shot {
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

	// A PDF, twice the same; one that is none; and without a network.
	pdf := counterSign(t, store)
	for range 2 {
		p.Run(`delete document.body.dataset.outcome`, nil)
		p.Choose("#file", pdf)
		p.Wait(`document.body.dataset.outcome`)
		p.outcome("valid", store.License.Holder.Name)
	}
	broken := filepath.Join(t.TempDir(), "broken.pdf")
	if err := os.WriteFile(broken, []byte("%PDF-1.7 nothing"), 0o600); err != nil {
		t.Fatal(err)
	}
	p.Choose("#file", broken)
	p.Wait(`/不是能识读的 PDF/.test(document.getElementById("hint").innerText) || document.body.dataset.outcome === "not_a_license"`)
	p.flight(true)
	p.Choose("#file", pdf)
	p.Wait(`document.getElementById("hint").innerText.includes("识读 PDF 需要网络")`)
	p.flight(false)

	// The history, as a table.
	p.Run(`document.querySelector("nav button[data-to=history]").click()`, nil)
	p.Wait(`document.querySelectorAll("#entries li").length >= 5`)
	p.Run(`globalThis.saved = new Promise((done) => { const make = URL.createObjectURL; URL.createObjectURL = (blob) => (blob.text().then(done), make(blob)); }); document.getElementById("export-csv").click()`, nil)
	var table string
	p.Run(`saved`, &table)
	rows, err := csv.NewReader(strings.NewReader(strings.TrimPrefix(table, "\ufeff"))).ReadAll()
	if err != nil || len(rows) < 6 || rows[0][0] != "at" || !strings.Contains(table, store.License.Holder.Name) || !strings.Contains(table, bookstore.License.Permits[0].Number) {
		t.Errorf("%d rows, %v: %.400s", len(rows), err, table)
	}
	for _, c := range p.Complaints() {
		if !strings.Contains(c, "net::ERR") && !strings.Contains(c, "status of 4") {
			t.Errorf("the page complains: %s", c)
		}
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
	path := filepath.Join(t.TempDir(), "counter.pdf")
	if err := os.WriteFile(path, pdf, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}
