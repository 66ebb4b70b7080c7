package scanner_test

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/andybalholm/brotli"

	"yizheng/scanner"
	"yizheng/scanner/scannertest"
)

const vectors = "../testdata/vectors"

// budgets are how many bytes each part may have as it is sent with Brotli.
var budgets = map[string]int{
	"yizheng.wasm":      1_400_000,
	"zxing_reader.wasm": 350_000,
}

// restBudget is what all other parts may have together.
const restBudget = 62_000

func site(t *testing.T, folder string) scanner.Site {
	t.Helper()
	s, err := scanner.ReadSite(os.DirFS(folder))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func stored(t *testing.T, folder, name, encoding string) []byte {
	t.Helper()
	for _, f := range site(t, folder).Files {
		if f.Name == name {
			b, err := os.ReadFile(filepath.Join(folder, f.Stored(encoding)))
			if err != nil {
				t.Fatal(err)
			}
			return b
		}
	}
	t.Fatalf("the page has no %s", name)
	return nil
}

// TestBuiltPage builds the page once and asks of it: how large it is, how it is
// served, and whether the WebAssembly answers as this process does (here in
// Node.js, which is quick to start; TestVectorsInChromium asks a browser).
func TestBuiltPage(t *testing.T) {
	folder := scannertest.Build(t, "..")
	t.Run("size", func(t *testing.T) { small(t, folder) })
	t.Run("served", func(t *testing.T) { servedAsItShould(t, folder) })
	t.Run("vectors in node", func(t *testing.T) { sameInNode(t, folder) })
	t.Run("chromium", func(t *testing.T) { inChromium(t, folder) })
}

func small(t *testing.T, folder string) {
	rest := 0
	for _, f := range site(t, folder).Files {
		size := len(stored(t, folder, f.Name, "br"))
		budget, named := budgets[f.Name]
		switch {
		case named && size > budget:
			t.Errorf("%s has %d bytes with Brotli, at most %d are allowed: see docs/decisions/scanner-page.md", f.Name, size, budget)
		case named:
			t.Logf("%s: %d bytes, %d with gzip, %d with Brotli", f.Name, f.Size, len(stored(t, folder, f.Name, "gzip")), size)
		default:
			rest += size
		}
	}
	if rest > restBudget {
		t.Errorf("the page without its WebAssembly has %d bytes, at most %d are allowed", rest, restBudget)
	}
	t.Logf("all the rest: %d bytes with Brotli", rest)
}

func servedAsItShould(t *testing.T, folder string) {
	h, err := scanner.Open(os.DirFS(folder))
	if err != nil {
		t.Fatal(err)
	}
	ask := func(path, accept, tag string) *httptest.ResponseRecorder {
		r := httptest.NewRequest(http.MethodGet, path, nil)
		r.Header.Set("Accept-Encoding", accept)
		r.Header.Set("If-None-Match", tag)
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		return w
	}
	for _, f := range site(t, folder).Files {
		plain := ask(f.Path, "", "")
		if plain.Code != 200 || plain.Body.Len() != f.Size || plain.Header().Get("Content-Encoding") != "" {
			t.Errorf("%s plain: %d, %d bytes", f.Path, plain.Code, plain.Body.Len())
		}
		if plain.Header().Get("Content-Type") == "" {
			t.Errorf("%s has no media type", f.Path)
		}
		small := ask(f.Path, "gzip, deflate, br, zstd", "")
		back, err := io.ReadAll(brotli.NewReader(small.Body))
		if err != nil || small.Header().Get("Content-Encoding") != "br" || !bytes.Equal(back, plain.Body.Bytes()) {
			t.Errorf("%s with Brotli: %v, %v", f.Path, small.Header(), err)
		}
		zipped := ask(f.Path, "gzip, br;q=0", "")
		r, err := gzip.NewReader(zipped.Body)
		if err != nil {
			t.Fatal(err)
		}
		if back, err = io.ReadAll(r); err != nil || zipped.Header().Get("Content-Encoding") != "gzip" || !bytes.Equal(back, plain.Body.Bytes()) {
			t.Errorf("%s with gzip: %v, %v", f.Path, zipped.Header(), err)
		}
		if again := ask(f.Path, "br", small.Header().Get("ETag")); again.Code != http.StatusNotModified || again.Body.Len() != 0 {
			t.Errorf("%s asked again: %d", f.Path, again.Code)
		}
		if other := ask(f.Path, "gzip", small.Header().Get("ETag")); other.Code != 200 {
			t.Errorf("%s under another encoding has the same tag", f.Path)
		}
		forEver := strings.Contains(plain.Header().Get("Cache-Control"), "immutable")
		if own := f.Name == "index.html" || f.Name == "sw.js"; own == forEver {
			t.Errorf("%s: Cache-Control %q", f.Path, plain.Header().Get("Cache-Control"))
		}
		policy := plain.Header().Get("Content-Security-Policy")
		if !strings.HasPrefix(policy, "default-src 'none';") || strings.Contains(policy, "'unsafe-") || strings.Contains(policy, "http") {
			t.Errorf("%s: policy %q", f.Path, policy)
		}
	}
	for _, path := range []string{"/scan/x", "/scan/../site.json", "/site.json", "/scan/site.json"} {
		if w := ask(path, "br", ""); w.Code != http.StatusNotFound {
			t.Errorf("%s: %d", path, w.Code)
		}
	}
	if w := ask("/scan/", "br", ""); w.Code != 200 || w.Header().Get("Service-Worker-Allowed") != "" {
		t.Errorf("/scan/: %d", w.Code)
	}
	if w := ask("/scan/icon.svg", "", ""); w.Code != 200 || w.Header().Get("Content-Type") != "image/svg+xml" || strings.Contains(w.Header().Get("Cache-Control"), "immutable") {
		t.Errorf("the icon, as browsers are sent to it from any page: %d, %v", w.Code, w.Header())
	}
	if w := ask("/scan/sw.js", "br", ""); w.Header().Get("Service-Worker-Allowed") != "/scan" {
		t.Error("the service worker may not serve the page")
	}
}

// TestNotBuilt opens what a program has that was compiled without make.
func TestNotBuilt(t *testing.T) {
	if _, err := scanner.Open(fstest.MapFS{}); err == nil || !strings.Contains(err.Error(), "make build") {
		t.Errorf("%v does not say what to do", err)
	}
	for _, bad := range []string{"{", `{"files":[{"path":"/scan","name":"index.html","sha256":"0123456789abcdefgh"}]}`} {
		if _, err := scanner.Open(fstest.MapFS{"site.json": {Data: []byte(bad)}}); err == nil {
			t.Errorf("%s opens", bad)
		}
	}
}

// sameInNode runs the WebAssembly in Node.js over all vectors.
func sameInNode(t *testing.T, folder string) {
	all := append(scannertest.Vectors(t, vectors), scannertest.Made(t)...)
	dir := t.TempDir()
	for _, name := range []string{"wasm_exec.js", "yizheng.wasm"} {
		plain, err := io.ReadAll(brotli.NewReader(bytes.NewReader(stored(t, folder, name, "br"))))
		if err != nil {
			t.Fatal(err)
		}
		write(t, filepath.Join(dir, name), plain)
	}
	cases, err := json.Marshal(all)
	if err != nil {
		t.Fatal(err)
	}
	write(t, filepath.Join(dir, "vectors.json"), cases)
	write(t, filepath.Join(dir, "run.cjs"), []byte(`
const fs = require("node:fs");
require("./wasm_exec.js");
const vectors = JSON.parse(fs.readFileSync("vectors.json", "utf8"));
const go = new Go();
WebAssembly.instantiate(fs.readFileSync("yizheng.wasm"), go.importObject).then(({ instance }) => {
  void go.run(instance);
  fs.writeFileSync("answers.json", JSON.stringify(`+scannertest.Answering+`));
  process.exit(0);
});`))
	cmd := exec.Command("node", "run.cjs")
	cmd.Dir = dir
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("running node, of the Debian package nodejs: %v\n%s", err, out)
	}
	b, err := os.ReadFile(filepath.Join(dir, "answers.json"))
	if err != nil {
		t.Fatal(err)
	}
	var answers []string
	if err := json.Unmarshal(b, &answers); err != nil {
		t.Fatal(err)
	}
	scannertest.Compare(t, all, answers)
}

func write(t *testing.T, path string, content []byte) {
	t.Helper()
	if err := os.WriteFile(path, content, 0o600); err != nil {
		t.Fatal(err)
	}
}

// inChromium does the same where it is to run: on a page that is served with
// its policy, and says how long verifying takes there.
func inChromium(t *testing.T, folder string) {
	all := append(scannertest.Vectors(t, vectors), scannertest.Made(t)...)
	cases, err := json.Marshal(all)
	if err != nil {
		t.Fatal(err)
	}
	h, err := scanner.Open(os.DirFS(folder))
	if err != nil {
		t.Fatal(err)
	}
	var base string
	for _, f := range site(t, folder).Files {
		if f.Name == "yizheng.wasm" {
			base = strings.TrimSuffix(f.Path, f.Name)
		}
	}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/" {
			h.ServeHTTP(w, r)
			return
		}
		w.Header().Set("Content-Type", "text/html")
		_, _ = io.WriteString(w, `<!DOCTYPE html><title>vectors</title><script src="`+base+`wasm_exec.js"></script>`)
	}))
	defer server.Close()
	b := scannertest.Start(t, "")
	b.Go(server.URL + "/")
	b.Run(`(async () => {
		const go = new Go();
		const { instance } = await WebAssembly.instantiateStreaming(fetch("`+base+`yizheng.wasm"), go.importObject);
		void go.run(instance);
	})()`, nil)
	var answers []string
	b.Run("{ const vectors = "+string(cases)+"; "+scannertest.Answering+"; }", &answers)
	scannertest.Compare(t, all, answers)

	var took float64
	one, err := json.Marshal(all[0])
	if err != nil {
		t.Fatal(err)
	}
	b.Run(`{ const v = `+string(one)+`; yizheng.open(v.trust, v.region, "{}");
		for (const l of v.lists ?? []) yizheng.add(l.uri, l.token);
		const times = [];
		for (let n = 0; n < 200; n++) { const began = performance.now(); yizheng.verify(v.text, v.at); times.push(performance.now() - began); }
		times.sort((a, b) => a - b)[100]; }`, &took)
	t.Logf("%s: %.2f ms for one verification in Chromium (median of 200)", all[0].Name, took)
}
