package desk_test

import (
	"flag"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"

	"yizheng/scanner/scannertest"
)

var update = flag.Bool("update", false, "keep the screenshots anew; look at them before they are committed")

// TestDisputesInChromium looks at the disputes as the office does: one that
// waits, its page with the form, what is wrong with an answer, and the answer.
// The other pages of the desk are looked at through the program, in cmd/yizheng.
func TestDisputesInChromium(t *testing.T) {
	t.Parallel()
	w, there, register := disputing(t)
	k := w.contested(w.bookstore(), there, register)
	server := httptest.NewTLSServer(w.desk)
	t.Cleanup(server.Close)
	c := scannertest.Start(t, "")
	c.Call("Security.setIgnoreCertificateErrors", map[string]any{"ignore": true})
	look := func(name string, width, height int) {
		t.Helper()
		c.Size(width, height, width < 500)
		c.Run(`scrollTo(0, document.querySelector("#faults")?.offsetTop ?? 0); document.fonts.ready.then(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => done(1)))))`, nil)
		scannertest.Golden(t, filepath.Join("testdata", "golden", name+".png"), c.Picture(), *update)
		c.Accessible(name)
		c.Axe("..", name)
		c.Dark(true)
		c.Accessible(name + ", in the dark")
		c.Dark(false)
	}
	both := func(name string) {
		t.Helper()
		look(name+"-360x740", 360, 740)
		look(name+"-1280x800", 1280, 800)
	}
	c.Go(server.URL + "/desk/disputes")
	c.Run(`document.querySelector("main form").requestSubmit()`, nil) // the first account is the office's
	c.Wait(`location.pathname === "/desk/disputes" && document.readyState === "complete"`)
	both("disputes")
	c.Go(server.URL + "/desk/disputes/" + k.Statement.ID)
	both("dispute")
	c.Run(`{ const f = document.querySelector("#reply").closest("section").querySelector("form"); f.noValidate = true; f.elements.act.value = "责令变更地址"; f.requestSubmit(); }`, nil)
	c.Wait(`document.querySelector("#faults") && document.readyState === "complete"`)
	look("dispute-faults-360x740", 360, 740)
	c.Run(`{ const f = document.querySelector("#reply").closest("section").querySelector("form"); f.elements.result[0].checked = true; f.elements.text.value = "经查属实。"; f.requestSubmit(); }`, nil)
	c.Wait(`document.body.innerText.includes("答复已签署并存档")`)
	look("dispute-answered-360x740", 360, 740)
	for _, complaint := range c.Complaints() {
		if !strings.Contains(complaint, "status of 4") { // the answer that had to be mended
			t.Errorf("the browser complains: %s", complaint)
		}
	}
}
