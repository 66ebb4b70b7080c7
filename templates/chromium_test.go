package templates_test

import (
	"bufio"
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"html/template"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/klauspost/compress/zstd"

	"yizheng/templates"
)

// BenchmarkChromium prints what BenchmarkDocument prints, in headless
// Chromium: the same text in the same fonts, with the code as inline SVG, but
// without guilloche, seal and tags, which it is spared. "print" prints a page
// that stands laid out in a warm browser; "load and print" is the work that
// each further license is; "cold" is the command line.
func BenchmarkChromium(b *testing.B) {
	dir := b.TempDir()
	b.Setenv("FONTCONFIG_FILE", filepath.Join(dir, "fonts.conf"))
	for _, name := range []string{"restaurant-3-permits", "convenience-store-8-permits"} {
		page := webPage(b, dir, name)
		b.Run(name+"/print", func(b *testing.B) {
			browser := newChromium(b)
			browser.load(page)
			browser.print()
			for b.Loop() {
				browser.print()
			}
		})
		b.Run(name+"/load and print", func(b *testing.B) {
			browser := newChromium(b)
			browser.load(page)
			browser.print()
			for b.Loop() {
				browser.load(page)
				browser.print()
			}
		})
		b.Run(name+"/cold", func(b *testing.B) {
			out := filepath.Join(dir, "out.pdf")
			for b.Loop() {
				args := []string{"--headless", "--no-sandbox", "--disable-gpu", "--no-pdf-header-footer", "--user-data-dir=" + filepath.Join(dir, "cold"),
					"--print-to-pdf=" + out, "file://" + page}
				if said, err := exec.Command("chromium", args...).CombinedOutput(); err != nil {
					b.Fatalf("%v\n%s", err, said)
				}
				made, err := os.ReadFile(out)
				if err != nil || !bytes.HasPrefix(made, []byte("%PDF-")) {
					b.Fatalf("no PDF: %v", err)
				}
				if err := os.Remove(out); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// webPage writes the license as a page, with its fonts beside it and a
// configuration that makes them the installed ones.
func webPage(tb testing.TB, dir, name string) string {
	tb.Helper()
	for _, face := range []string{"regular", "bold"} {
		packed, err := os.ReadFile("font/" + face + ".otf.zst")
		if err != nil {
			tb.Fatal(err)
		}
		unpacker, err := zstd.NewReader(bytes.NewReader(packed))
		if err != nil {
			tb.Fatal(err)
		}
		var font bytes.Buffer
		if _, err := font.ReadFrom(unpacker); err != nil {
			tb.Fatal(err)
		}
		unpacker.Close()
		if err := os.WriteFile(filepath.Join(dir, face+".otf"), font.Bytes(), 0o600); err != nil {
			tb.Fatal(err)
		}
	}
	config := fmt.Sprintf("<fontconfig><dir>%s</dir><cachedir>%s</cachedir></fontconfig>", dir, filepath.Join(dir, "cache"))
	if err := os.WriteFile(filepath.Join(dir, "fonts.conf"), []byte(config), 0o600); err != nil {
		tb.Fatal(err)
	}
	d := issued(tb, name)
	var page bytes.Buffer
	err := template.Must(template.ParseFiles("testdata/license.html")).Execute(&page, struct {
		templates.Document
		Code template.HTML
	}{d, template.HTML(templates.CodeSVG(d.Symbol, d.License.Number))})
	if err != nil {
		tb.Fatal(err)
	}
	path := filepath.Join(dir, name+".html")
	if err := os.WriteFile(path, page.Bytes(), 0o600); err != nil {
		tb.Fatal(err)
	}
	return path
}

// chromium is a headless browser with one tab, spoken to over a pipe by the
// DevTools protocol.
type chromium struct {
	tb      testing.TB
	in      *os.File
	out     *bufio.Reader
	session string
	id      int
	pid     int
}

func newChromium(tb testing.TB) *chromium {
	tb.Helper()
	theirIn, in, err1 := os.Pipe()
	out, theirOut, err2 := os.Pipe()
	if err := errors.Join(err1, err2); err != nil {
		tb.Fatal(err)
	}
	cmd := exec.Command("chromium", "--headless", "--no-sandbox", "--disable-gpu", "--remote-debugging-pipe", "--user-data-dir="+tb.TempDir(), "about:blank")
	cmd.ExtraFiles = []*os.File{theirIn, theirOut} // descriptors 3 and 4, as the protocol has it
	if err := cmd.Start(); err != nil {
		tb.Fatalf("starting Chromium: %v", err)
	}
	if err := errors.Join(theirIn.Close(), theirOut.Close()); err != nil {
		tb.Fatal(err)
	}
	c := &chromium{tb: tb, in: in, out: bufio.NewReaderSize(out, 1<<20), pid: cmd.Process.Pid}
	tb.Cleanup(func() {
		c.session = ""
		c.call("Browser.close", nil, nil)
		if err := cmd.Wait(); err != nil {
			tb.Errorf("Chromium ended with %v", err)
		}
		if err := errors.Join(in.Close(), out.Close()); err != nil {
			tb.Error(err)
		}
	})
	var made struct{ TargetID, SessionID string }
	c.call("Target.createTarget", map[string]any{"url": "about:blank"}, &made)
	c.call("Target.attachToTarget", map[string]any{"targetId": made.TargetID, "flatten": true}, &made)
	c.session = made.SessionID
	c.call("Page.enable", nil, nil)
	return c
}

// message is what goes over the pipe, each with a zero byte after it.
type message struct {
	ID        int             `json:"id,omitempty"`
	Method    string          `json:"method,omitempty"`
	SessionID string          `json:"sessionId,omitempty"`
	Params    any             `json:"params,omitempty"`
	Result    json.RawMessage `json:"result,omitempty"`
	Error     json.RawMessage `json:"error,omitempty"`
}

// call asks the browser and waits for its answer.
func (c *chromium) call(method string, params, result any) {
	c.tb.Helper()
	c.id++
	raw, err := json.Marshal(message{ID: c.id, Method: method, SessionID: c.session, Params: params})
	if err != nil {
		c.tb.Fatal(err)
	}
	if _, err := c.in.Write(append(raw, 0)); err != nil {
		c.tb.Fatal(err)
	}
	answer := c.until(func(m message) bool { return m.ID == c.id })
	if answer.Error != nil {
		c.tb.Fatalf("%s: %s", method, answer.Error)
	}
	if result != nil {
		if err := json.Unmarshal(answer.Result, result); err != nil {
			c.tb.Fatal(err)
		}
	}
}

// until reads up to the message that is waited for.
func (c *chromium) until(wanted func(message) bool) message {
	c.tb.Helper()
	for {
		raw, err := c.out.ReadBytes(0)
		if err != nil {
			c.tb.Fatal(err)
		}
		var m message
		if err := json.Unmarshal(raw[:len(raw)-1], &m); err != nil {
			c.tb.Fatal(err)
		}
		if wanted(m) {
			return m
		}
	}
}

// load opens the page and waits for it.
func (c *chromium) load(path string) {
	c.tb.Helper()
	c.call("Page.navigate", map[string]any{"url": "file://" + path}, nil)
	c.until(func(m message) bool { return m.Method == "Page.loadEventFired" })
}

// print prints the page.
func (c *chromium) print() {
	c.tb.Helper()
	var made struct{ Data string }
	c.call("Page.printToPDF", map[string]any{"landscape": true, "paperWidth": 8.27, "paperHeight": 11.69, "printBackground": true}, &made)
	head, err := base64.StdEncoding.DecodeString(made.Data[:min(len(made.Data), 8)])
	if err != nil || !bytes.HasPrefix(head, []byte("%PDF-")) {
		c.tb.Fatal(fmt.Errorf("no PDF: %.40q, %w", made.Data, err))
	}
}
