// Package scannertest drives the scanner page in a real Chromium, over the
// DevTools protocol, and makes the video that its camera shows. Only tests
// import it. Start with [Start].
package scannertest

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/net/websocket"
)

// Browser is a running Chromium with one page.
type Browser struct {
	t    testing.TB
	conn *websocket.Conn

	mu      sync.Mutex
	next    int
	waiting map[int]chan answer
	events  []event
	session string
}

type answer struct {
	Result json.RawMessage
	Error  *struct{ Message string }
}

type event struct {
	Method    string
	Params    json.RawMessage
	SessionID string `json:"sessionId"`
}

// Start runs Chromium, of the Debian package chromium, with a camera that
// shows the video file; none where that is empty. It ends with the test.
func Start(t testing.TB, video string) *Browser {
	t.Helper()
	if video == "" {
		return start(t)
	}
	return start(t, "--use-fake-ui-for-media-stream", "--use-fake-device-for-media-stream", "--use-file-for-fake-video-capture="+video)
}

// Refusing runs Chromium with a camera that nobody has allowed yet.
func Refusing(t testing.TB) *Browser {
	t.Helper()
	return start(t, "--use-fake-device-for-media-stream")
}

func start(t testing.TB, flags ...string) *Browser {
	t.Helper()
	profile := t.TempDir()
	args := []string{
		"--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run", "--mute-audio",
		"--disable-background-networking", "--disable-component-update", "--hide-scrollbars",
		"--remote-debugging-port=0", "--user-data-dir=" + profile, "--lang=zh-CN",
		"--autoplay-policy=no-user-gesture-required",
	}
	cmd := exec.Command("chromium", append(append(args, flags...), "about:blank")...)
	cmd.Env = append(os.Environ(), "TZ=Asia/Shanghai")
	if err := cmd.Start(); err != nil {
		t.Fatalf("starting chromium: %v", err)
	}
	b := &Browser{t: t, waiting: make(map[int]chan answer)}
	t.Cleanup(func() {
		if b.conn != nil {
			_, _ = b.call("", "Browser.close", nil)
			_ = b.conn.Close()
		}
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
		for range 20 { // its children write to the profile until they have ended
			if os.RemoveAll(profile) == nil {
				break
			}
			time.Sleep(50 * time.Millisecond)
		}
	})
	if err := b.connect(profile); err != nil {
		t.Fatalf("connecting to chromium: %v", err)
	}
	go b.read()
	b.open()
	return b
}

// For has the browser report to another test from now on: to the case that it is
// used for.
func (b *Browser) For(t testing.TB) { b.t = t }

// connect waits until Chromium says on which port it listens.
func (b *Browser) connect(profile string) error {
	for deadline := time.Now().Add(2 * time.Minute); ; time.Sleep(50 * time.Millisecond) {
		f, err := os.Open(filepath.Join(profile, "DevToolsActivePort"))
		if err == nil {
			lines := bufio.NewScanner(f)
			lines.Scan()
			port := lines.Text()
			lines.Scan()
			path := lines.Text()
			_ = f.Close()
			if path != "" {
				b.conn, err = websocket.Dial("ws://127.0.0.1:"+port+path, "", "http://127.0.0.1:"+port)
				if err == nil {
					b.conn.MaxPayloadBytes = 64 << 20
				}
				return err
			}
		}
		if time.Now().After(deadline) {
			return errors.New("it does not listen")
		}
	}
}

func (b *Browser) read() {
	for {
		var m struct {
			event
			ID     int
			Result json.RawMessage
			Error  *struct{ Message string }
		}
		if err := websocket.JSON.Receive(b.conn, &m); err != nil {
			return
		}
		b.mu.Lock()
		if waiting := b.waiting[m.ID]; m.ID != 0 && waiting != nil {
			waiting <- answer{m.Result, m.Error}
			delete(b.waiting, m.ID)
		} else if m.Method != "" {
			b.events = append(b.events, m.event)
		}
		b.mu.Unlock()
	}
}

// patience is how long an answer is waited for: longer than a machine takes that
// has much else to do.
const patience = 90 * time.Second

// call sends one command and waits for its answer.
func (b *Browser) call(session, method string, params any) (json.RawMessage, error) {
	return b.within(patience, session, method, params)
}

// within sends one command and waits so long for its answer.
func (b *Browser) within(limit time.Duration, session, method string, params any) (json.RawMessage, error) {
	b.mu.Lock()
	b.next++
	id, waiting := b.next, make(chan answer, 1)
	b.waiting[id] = waiting
	b.mu.Unlock()
	message := map[string]any{"id": id, "method": method}
	if params != nil {
		message["params"] = params
	}
	if session != "" {
		message["sessionId"] = session
	}
	if err := websocket.JSON.Send(b.conn, message); err != nil {
		return nil, err
	}
	select {
	case a := <-waiting:
		if a.Error != nil {
			return nil, errors.New(a.Error.Message)
		}
		return a.Result, nil
	case <-time.After(limit):
		return nil, errors.New("no answer")
	}
}

// Call sends one command of the DevTools protocol to the page.
func (b *Browser) Call(method string, params any) json.RawMessage {
	b.t.Helper()
	result, err := b.call(b.session, method, params)
	if err != nil {
		b.t.Fatalf("%s: %v", method, err)
	}
	return result
}

// open opens the page that everything else is about.
func (b *Browser) open() {
	b.t.Helper()
	var target struct{ TargetID string }
	b.decode(b.Call("Target.createTarget", map[string]any{"url": "about:blank"}), &target)
	var attached struct{ SessionID string }
	b.decode(b.Call("Target.attachToTarget", map[string]any{"targetId": target.TargetID, "flatten": true}), &attached)
	b.session = attached.SessionID
	for _, domain := range []string{"Page", "Runtime", "Network", "Log"} {
		b.Call(domain+".enable", nil)
	}
}

func (b *Browser) decode(raw json.RawMessage, v any) {
	b.t.Helper()
	if err := json.Unmarshal(raw, v); err != nil {
		b.t.Fatal(err)
	}
}

// Size sets the size of the window in CSS pixels, and whether it is a phone's.
func (b *Browser) Size(width, height int, phone bool) {
	b.Call("Emulation.setDeviceMetricsOverride", map[string]any{"width": width, "height": height, "deviceScaleFactor": 1, "mobile": phone})
}

// Dark sets whether the user prefers dark pages.
func (b *Browser) Dark(dark bool) {
	value := "light"
	if dark {
		value = "dark"
	}
	b.Call("Emulation.setEmulatedMedia", map[string]any{"features": []any{map[string]any{"name": "prefers-color-scheme", "value": value}}})
}

// Go opens an address, and waits until it was loaded.
func (b *Browser) Go(address string) {
	b.t.Helper()
	var navigated struct{ ErrorText string }
	b.decode(b.Call("Page.navigate", map[string]any{"url": address}), &navigated)
	if navigated.ErrorText != "" {
		b.t.Fatalf("opening %s: %s", address, navigated.ErrorText)
	}
	b.Wait(`document.readyState === "complete"`)
}

// Run evaluates JavaScript in the page, waits for it if it is a promise, and
// decodes what it gives into v unless that is nil.
func (b *Browser) Run(script string, v any) {
	b.t.Helper()
	if err := b.run(script, v); err != nil {
		b.t.Fatalf("%.200s: %v", script, err)
	}
}

func (b *Browser) run(script string, v any) error {
	raw, err := b.call(b.session, "Runtime.evaluate", map[string]any{
		"expression": script, "awaitPromise": true, "returnByValue": true, "userGesture": true,
	})
	if err != nil {
		return err
	}
	var evaluated struct {
		Result           struct{ Value json.RawMessage }
		ExceptionDetails *struct {
			Text      string
			Exception struct{ Description string }
		}
	}
	if err := json.Unmarshal(raw, &evaluated); err != nil {
		return err
	}
	if e := evaluated.ExceptionDetails; e != nil {
		return fmt.Errorf("%s %s", e.Text, e.Exception.Description)
	}
	if v == nil {
		return nil
	}
	return json.Unmarshal(evaluated.Result.Value, v)
}

// Wait waits until a JavaScript expression is true, at most two minutes:
// long enough for a machine that has much else to do.
func (b *Browser) Wait(expression string) {
	b.t.Helper()
	var last error
	for deadline := time.Now().Add(2 * time.Minute); time.Now().Before(deadline); time.Sleep(20 * time.Millisecond) {
		var holds bool
		if last = b.run("Boolean("+expression+")", &holds); last == nil && holds {
			return
		}
	}
	var text string
	_ = b.run("document.body?.innerText ?? ''", &text)
	b.t.Fatalf("in two minutes not %s (%v); the page says:\n%.1500s\n%s", expression, last, text, strings.Join(b.Complaints(), "\n"))
}

// Choose chooses a file in a file input.
func (b *Browser) Choose(selector, path string) {
	b.t.Helper()
	var document struct{ Root struct{ NodeID int } }
	b.decode(b.Call("DOM.getDocument", nil), &document)
	var found struct{ NodeID int }
	b.decode(b.Call("DOM.querySelector", map[string]any{"nodeId": document.Root.NodeID, "selector": selector}), &found)
	b.Call("DOM.setFileInputFiles", map[string]any{"nodeId": found.NodeID, "files": []string{path}})
}

// Picture takes a screenshot as PNG. A page that goes elsewhere while it is taken,
// as one does that fetches itself anew, takes Chromium's answer with it or has it
// refuse: then it is asked again.
func (b *Browser) Picture() []byte {
	b.t.Helper()
	for asked := time.Now(); ; time.Sleep(20 * time.Millisecond) {
		raw, err := b.within(patience/30, b.session, "Page.captureScreenshot", map[string]any{"format": "png"})
		switch {
		case err != nil && time.Since(asked) < patience:
			continue
		case err != nil:
			b.t.Fatalf("taking a picture: %v", err)
		}
		var shot struct{ Data []byte }
		b.decode(raw, &shot)
		return shot.Data
	}
}

// Paper is what was printed.
type Paper struct {
	PDF   []byte
	Text  string // what is to be read there, without white space
	Sides int    // of A4
}

// Paper prints the page as it stands.
func (b *Browser) Paper() Paper {
	b.t.Helper()
	var printed struct{ Data []byte }
	b.decode(b.Call("Page.printToPDF", map[string]any{"printBackground": true, "preferCSSPageSize": true, "paperWidth": 8.27, "paperHeight": 11.69}), &printed)
	text := string(b.poppler("pdftotext", printed.Data, "-raw", "-", "-"))
	return Paper{printed.Data, strings.Join(strings.Fields(text), ""), strings.Count(text, "\f")}
}

// Side gives a side of what was printed, the first being 1, as a PNG picture of
// 150 dots an inch.
func (b *Browser) Side(p Paper, n int) []byte {
	b.t.Helper()
	return b.poppler("pdftoppm", p.PDF, "-gray", "-r", "150", "-f", strconv.Itoa(n), "-l", strconv.Itoa(n), "-png", "-")
}

func (b *Browser) poppler(name string, pdf []byte, args ...string) []byte {
	b.t.Helper()
	cmd := exec.Command(name, args...)
	cmd.Stdin = bytes.NewReader(pdf)
	out, err := cmd.Output()
	if err != nil {
		b.t.Fatalf("reading what was printed: %v", err)
	}
	return out
}

// Complaints are errors that the page has written to its console, and what its
// policy has kept it from.
func (b *Browser) Complaints() []string {
	b.mu.Lock()
	defer b.mu.Unlock()
	var found []string
	for _, e := range b.events {
		switch e.Method {
		case "Runtime.exceptionThrown":
			found = append(found, string(e.Params))
		case "Log.entryAdded":
			if strings.Contains(string(e.Params), `"level":"error"`) && !strings.Contains(string(e.Params), "ERR_INTERNET_DISCONNECTED") {
				found = append(found, string(e.Params))
			}
		}
	}
	return found
}

// Requests are the addresses that the page has asked the network for.
func (b *Browser) Requests() []string {
	b.mu.Lock()
	defer b.mu.Unlock()
	var found []string
	for _, e := range b.events {
		if e.Method == "Network.requestWillBeSent" {
			var sent struct{ Request struct{ URL string } }
			if json.Unmarshal(e.Params, &sent) == nil {
				found = append(found, sent.Request.URL)
			}
		}
	}
	return found
}

// quoted writes a text as JavaScript does.
func quoted(s string) string {
	b, err := json.Marshal(s)
	if err != nil {
		return `""` // strings always marshal
	}
	return string(b)
}
