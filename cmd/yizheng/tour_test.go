//go:build !race

package main

import (
	"bufio"
	"bytes"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"yizheng/scan"
	"yizheng/scanner/scannertest"
)

// TestTour starts the demonstration and goes through its guided tour: every
// code is read from the screen and leads to the outcome that stands beside it,
// and every place is there.
func TestTour(t *testing.T) {
	t.Parallel()
	listen := freePorts(t)
	demo := exec.Command(onDay(t, deskDay), "demo", "--data", filepath.Join(t.TempDir(), "demo"), "--listen", listen)
	out, err := demo.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	var complaints bytes.Buffer
	demo.Stderr = &complaints
	if err := demo.Start(); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(out)
	t.Cleanup(func() {
		_ = demo.Process.Signal(syscall.SIGTERM)
		for lines.Scan() { // to the end of what it says
		}
		if err := demo.Wait(); err != nil {
			t.Errorf("the demonstration ended with %v: %s", err, complaints.String())
		}
	})
	for lines.Scan() && !strings.Contains(lines.Text(), "Ctrl-C") {
	}
	home := "http://" + strings.Replace(listen, "127.0.0.1", "localhost", 1)

	c := scannertest.Start(t, "")
	for _, s := range screens {
		c.Size(s.width, s.height, s.phone)
		c.Go(home + "/")
		scannertest.Golden(t, filepath.Join("..", "..", "templates", "pages", "testdata", "golden", "tour-"+s.name+".png"), c.Picture(), *updateScreens)
		c.Accessible("tour " + s.name)
		c.Axe(filepath.Join("..", ".."), "tour "+s.name)
	}
	c.Size(1280, 800, false)
	c.Go(home + "/")
	if paper := c.Paper(); paper.Sides != 1 || !strings.Contains(paper.Text, "8个二维码") || strings.Contains(paper.Text, "打开核验结果") {
		t.Errorf("to hand out, the tour takes %d sides and says %s", paper.Sides, paper.Text)
	}
	var scenes []struct {
		Address, Outcome string
		Box              struct{ X, Y, Width, Height float64 }
	}
	c.Run(`[...document.querySelectorAll(".scene")].map((s) => { const b = s.querySelector(".code-link svg").getBoundingClientRect(); return {
		address: s.querySelector(".code-link").href, outcome: s.querySelector(".badge span span") ? s.querySelector(".badge span").firstChild.data.trim() : "",
		box: { x: b.x + scrollX, y: b.y + scrollY, width: b.width, height: b.height } } })`, &scenes)
	outcomes := map[string]int{}
	for _, s := range scenes {
		outcomes[s.Outcome]++
		var shot struct{ Data string }
		if err := json.Unmarshal(c.Call("Page.captureScreenshot", map[string]any{"format": "png", "captureBeyondViewport": true,
			"clip": map[string]any{"x": s.Box.X, "y": s.Box.Y, "width": s.Box.Width, "height": s.Box.Height, "scale": 2}}), &shot); err != nil {
			t.Fatal(err)
		}
		picture, err := base64.StdEncoding.DecodeString(shot.Data)
		if err != nil {
			t.Fatal(err)
		}
		texts, err := scan.Read(picture)
		if err != nil || len(texts) != 1 || texts[0] != s.Address {
			t.Errorf("%s: the screen shows %.80q, %v", s.Outcome, texts, err)
		}
	}
	for outcome, times := range map[string]int{"有效": 5, "部分有效": 1, "真实，但本地不认可": 1, "伪造或被篡改": 1} {
		if outcomes[outcome] != times {
			t.Errorf("%s stands beside %d codes, want %d: %v", outcome, outcomes[outcome], times, outcomes)
		}
	}
	for _, s := range scenes {
		c.Go(s.Address)
		c.Wait(`document.querySelector(".verdict h1").innerText.includes("` + s.Outcome + `")`)
	}
	c.Go(home + "/")
	var places []string
	c.Run(`[...document.querySelectorAll(".places a, #districts ~ ul a")].map((a) => a.href)`, &places)
	if len(places) < 8 {
		t.Errorf("only %d places", len(places))
	}
	for _, p := range places {
		answer, err := http.Get(p)
		if err != nil || answer.StatusCode != http.StatusOK || answer.Body.Close() != nil {
			t.Errorf("%s: %v, %v", p, answer, err)
		}
	}
	// The desk, as somebody of the demonstration.
	c.Go(home + "/desk")
	c.Wait(`document.body.innerText.includes("演示账号")`)
	c.Run(`document.querySelector("main form").requestSubmit()`, nil)
	c.Wait(`document.body.innerText.includes("需要关注")`)
	// A business of it.
	c.Size(360, 740, true)
	c.Go(home + "/h/me")
	c.Wait(`location.pathname === "/h/me/login" && document.body.innerText.includes("演示账号")`)
	picture := func(name string) {
		t.Helper()
		for _, s := range []screen{screens[0], screens[1]} {
			c.Size(s.width, s.height, s.phone)
			scannertest.Golden(t, filepath.Join("..", "..", "templates", "showing", "testdata", "golden", name+"-"+s.name+".png"), c.Picture(), *updateScreens)
		}
	}
	picture("login")
	c.Accessible("a business logs in")
	c.Axe(filepath.Join("..", ".."), "a business logs in")
	c.Run(`document.querySelector("main form").requestSubmit()`, nil)
	c.Wait(`location.pathname === "/h/me" && document.querySelectorAll(".pick a").length === 1`)
	picture("mine")
	c.Accessible("the licenses of a business")
	c.Axe(filepath.Join("..", ".."), "the licenses of a business")
	c.Run(`document.querySelector(".pick a").click()`, nil)
	c.Wait(`document.getElementById("code")?.getAttribute("d")`)
	// The page takes itself anew at any moment, and has no form just then.
	c.Wait(`(form => form && (form.requestSubmit(), true))(document.querySelector("form[action='/h/me/logout']"))`)
	c.Wait(`document.body.innerText.includes("您已退出")`)
	picture("left")
}
