package pages_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"yizheng/templates/answer"
	"yizheng/templates/pages"
	"yizheng/verifier"
)

// where is the address of the site in these tests.
const where = "https://zheng.example"

var update = flag.Bool("update", false, "write the golden pages anew")

// TestResultPages renders every result in testdata and holds the page to its
// golden file and to the promises of all pages.
func TestResultPages(t *testing.T) {
	files, err := filepath.Glob("testdata/*.json")
	if err != nil || len(files) < 10 {
		t.Fatalf("%d results in testdata, %v", len(files), err)
	}
	for _, name := range files {
		t.Run(filepath.Base(name), func(t *testing.T) {
			b, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			var r verifier.Result
			if err := json.Unmarshal(b, &r); err != nil {
				t.Fatal(err)
			}
			var page bytes.Buffer
			if err := pages.Result(&page, pages.ResultPage{Result: r, Address: "/v/861", Site: where, Code: pages.Code{Side: 29, Path: "M4 4.5h7"}}); err != nil {
				t.Fatal(err)
			}
			holds(t, page.Bytes())
			golden := strings.TrimSuffix(name, ".json") + ".html"
			if *update {
				if err := os.WriteFile(golden, page.Bytes(), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(golden)
			if err != nil {
				t.Fatal(err)
			}
			if !bytes.Equal(want, page.Bytes()) {
				t.Error("the page is not the golden one: run go test -update and look at it")
			}
			for _, p := range permitsOf(r) {
				for _, s := range []string{p.Matter, p.Number, p.Authority, p.Scope} {
					if !strings.Contains(page.String(), html.EscapeString(s)) {
						t.Errorf("the page does not say %q", s)
					}
				}
			}
		})
	}
}

func permitsOf(r verifier.Result) []verifier.Permit {
	if r.License == nil {
		return nil
	}
	return r.License.Permits
}

// TestTour renders the tour, which is held to all that other pages promise but
// their size: it draws a code for each scene.
func TestTour(t *testing.T) {
	var page bytes.Buffer
	err := pages.Tour(&page, pages.TourPage{Here: "局", Places: []pages.TourPlace{{Title: answer.Text{ZH: "发证台", EN: "desk"}, Address: "/desk"}},
		Scenes: []pages.TourScene{{Title: answer.Text{ZH: "便利店", EN: "store"}, Address: "/v/861", Class: "good", Icon: "tick", Code: pages.Code{Side: 29, Path: "M4 4.5h7"}}}})
	if err != nil {
		t.Fatal(err)
	}
	holds(t, page.Bytes())
	if !strings.Contains(page.String(), `d="M4 4.5h7"`) || !strings.Contains(pages.TourPolicy(), "default-src 'none'") {
		t.Error("the tour shows no code, or loads something")
	}
}

func TestOtherPages(t *testing.T) {
	for name, write := range map[string]func(io.Writer) error{
		"home": func(w io.Writer) error {
			return pages.Home(w, pages.HomePage{Issuer: "上海市长宁区政务服务办公室", Demonstration: true, Scanner: true})
		},
		"error": func(w io.Writer) error {
			return pages.Error(w, pages.ErrorPage{Status: 404, Title: "没有这个页面", TitleEN: "No such page", Detail: "x", DetailEN: "<script>alert(1)</script>", RequestID: "r"})
		},
		"problems": func(w io.Writer) error {
			return pages.Problems(w, []pages.ProblemEntry{{Status: 404, Reason: "not_found", Title: "t", TitleEN: "t", Detail: "d", DetailEN: "d"}})
		},
	} {
		t.Run(name, func(t *testing.T) {
			var page bytes.Buffer
			if err := write(&page); err != nil {
				t.Fatal(err)
			}
			holds(t, page.Bytes())
		})
	}
}

// holds checks what every page promises: small, one language and one main
// heading, nothing loaded, nothing run.
func holds(t *testing.T, page []byte) {
	t.Helper()
	if len(page) > 60_000 {
		t.Errorf("the page has %d bytes", len(page))
	}
	root, err := html.Parse(bytes.NewReader(page))
	if err != nil {
		t.Fatal(err)
	}
	ids := map[string]bool{}
	headings, level := 0, 1
	for n := range root.Descendants() {
		if n.Type != html.ElementNode {
			continue
		}
		switch n.Data {
		case "html":
			if attribute(n, "lang") != "zh-CN" {
				t.Error("the page names no language")
			}
		case "script", "img", "link", "iframe", "object", "embed", "base", "font":
			t.Errorf("the page has an element %s", n.Data)
		case "h1":
			headings++
		case "h2", "h3":
			here := int(n.Data[1] - '0')
			if here > level+1 {
				t.Errorf("heading level %d follows %d", here, level)
			}
			level = here
		}
		for _, a := range n.Attr {
			if strings.HasPrefix(a.Key, "on") || a.Key == "style" || a.Key == "src" {
				t.Errorf("the page has an attribute %s", a.Key)
			}
			if a.Key == "href" && !regexp.MustCompile(`^(#|/|tel:)`).MatchString(a.Val) {
				t.Errorf("the page links to %s", a.Val)
			}
			if a.Key == "id" {
				if ids[a.Val] {
					t.Errorf("id %s stands twice", a.Val)
				}
				ids[a.Val] = true
			}
		}
	}
	if headings != 1 {
		t.Errorf("the page has %d main headings", headings)
	}
	if bytes.Contains(page, []byte("ZgotmplZ")) {
		t.Error("a value did not fit its place")
	}
}

func attribute(n *html.Node, key string) string {
	for _, a := range n.Attr {
		if a.Key == key {
			return a.Val
		}
	}
	return ""
}

// TestHostileText puts markup and direction overrides where text belongs.
func TestHostileText(t *testing.T) {
	b, err := os.ReadFile("testdata/valid.json")
	if err != nil {
		t.Fatal(err)
	}
	var r verifier.Result
	if err := json.Unmarshal(b, &r); err != nil {
		t.Fatal(err)
	}
	r.License.Holder.Name = `</h2><script>alert(1)</script>`
	r.License.Contact.Telephone = `javascript:alert(1)`
	r.License.Permits[0].Scope = `"><img src=x onerror=alert(1)>`
	r.License.Permits[0].State = "unheard_of"
	r.License.Permits[0].Reasons = []verifier.Reason{"<b>"}
	r.Outcome = "unheard_of"
	var page bytes.Buffer
	if err := pages.Result(&page, pages.ResultPage{Result: r, Address: "/v/861", Site: where}); err != nil {
		t.Fatal(err)
	}
	holds(t, page.Bytes())
	if !strings.Contains(page.String(), "无法核实") {
		t.Error("an outcome unheard of does not read as unknown")
	}
}

func TestEmptyResult(t *testing.T) {
	var page bytes.Buffer
	if err := pages.Result(&page, pages.ResultPage{}); err != nil {
		t.Fatal(err)
	}
	holds(t, page.Bytes())
}

func BenchmarkResult(b *testing.B) {
	content, err := os.ReadFile("testdata/valid.json")
	if err != nil {
		b.Fatal(err)
	}
	var r verifier.Result
	if err := json.Unmarshal(content, &r); err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		if err := pages.Result(io.Discard, pages.ResultPage{Result: r}); err != nil {
			b.Fatal(err)
		}
	}
}
