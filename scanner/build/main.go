// Command build makes the offline scanner page: the verifier compiled to
// WebAssembly, the page with its parts, each compressed by Brotli and gzip,
// and site.json, which lists them for yizheng/scanner. It runs in the root of
// the module. What is there already and has not changed is not compressed
// again.
package main

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"flag"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"

	"yizheng/scanner"
	"yizheng/templates/look"
)

func main() {
	out := flag.String("out", "scanner/built", "folder to write to")
	tags := flag.String("tags", "", "build tags of the WebAssembly; nosm2 leaves SM2 out")
	flag.Parse()
	if err := build(*out, *tags); err != nil {
		fmt.Fprintln(os.Stderr, "building the scanner page:", err)
		os.Exit(1)
	}
}

func build(out, tags string) error {
	parts, err := gather(tags)
	if err != nil {
		return err
	}
	version := digest(parts)[:12]
	base := scanner.Root + "/" + version + "/"
	files := []string{scanner.Root}
	var site scanner.Site
	add := func(path, name string, content []byte) {
		site.Files = append(site.Files, scanner.File{Path: path, Name: name, SHA256: hash(content), Size: len(content)})
	}
	for i, p := range parts {
		if p.name == "manifest.webmanifest" {
			p.content = bytes.ReplaceAll(p.content, []byte("{{base}}"), []byte(base))
			parts[i] = p
		}
		add(base+p.name, p.name, p.content)
		files = append(files, base+p.name)
	}
	icons, err := look.Icons()
	if err != nil {
		return err
	}
	page, err := filled("index.html", map[string]string{"base": base, "icons": icons})
	if err != nil {
		return err
	}
	list, err := json.Marshal(files)
	if err != nil {
		return err
	}
	worker, err := filled("sw.js", map[string]string{"version": version, "files": string(list)})
	if err != nil {
		return err
	}
	parts = append(parts, part{"index.html", page}, part{"sw.js", worker})
	add(scanner.Root, "index.html", page)
	add(scanner.Root+"/sw.js", "sw.js", worker)
	site.Version = version
	return write(out, site, parts)
}

// part is one file of the page.
type part struct {
	name    string
	content []byte
}

// gather reads and makes all that the page loads, by name.
func gather(tags string) ([]part, error) {
	var parts []part
	page, err := filepath.Glob("scanner/page/*")
	if err != nil {
		return nil, err
	}
	for _, path := range page {
		switch filepath.Base(path) {
		case "index.html", "sw.js", "scanner.css":
			continue // name the others, or are a part of another
		}
		if parts, err = read(parts, filepath.Base(path), path); err != nil {
			return nil, err
		}
	}
	root, err := output("go", "env", "GOROOT")
	if err != nil {
		return nil, err
	}
	for _, f := range []struct {
		name  string
		paths []string
	}{
		{"wasm_exec.js", []string{filepath.Join(root, "lib/wasm/wasm_exec.js")}},
		{"zxing.js", []string{"scanner/reader/zxing.js"}},
		{"zxing_reader.wasm", []string{"scanner/reader/zxing_reader.wasm"}},
	} {
		if parts, err = read(parts, f.name, f.paths...); err != nil {
			return nil, err
		}
	}
	wasm, err := compile(tags)
	if err != nil {
		return nil, err
	}
	licenses, err := notices(root)
	if err != nil {
		return nil, err
	}
	style, err := os.ReadFile("scanner/page/scanner.css")
	if err != nil {
		return nil, err
	}
	parts = append(parts, part{"yizheng.wasm", wasm}, part{"licenses.txt", licenses},
		part{"style.css", []byte(look.Core() + look.Small(string(style)))})
	slices.SortFunc(parts, func(a, b part) int { return cmp.Compare(a.name, b.name) })
	return parts, nil
}

func read(parts []part, name string, paths ...string) ([]part, error) {
	var content []byte
	for _, path := range paths {
		b, err := os.ReadFile(path)
		if err != nil {
			return nil, err
		}
		content = append(content, b...)
	}
	return append(parts, part{name, content}), nil
}

// compile makes the WebAssembly. Calls are not inlined, but for the packages
// in which verifying spends its time: that takes a tenth off what is sent and
// leaves verifying as fast as it was (docs/decisions/scanner-page.md).
func compile(tags string) ([]byte, error) {
	dir, err := os.MkdirTemp("", "yizheng-scanner-")
	if err != nil {
		return nil, err
	}
	defer func() { _ = os.RemoveAll(dir) }()
	path := filepath.Join(dir, "yizheng.wasm")
	args := []string{"build", "-trimpath", "-buildvcs=false", "-tags", tags, "-ldflags", "-s -w", "-gcflags=all=-l"}
	const curves = "crypto/internal/fips140/"
	for _, fast := range []string{
		curves + "nistec/...", curves + "bigmod", curves + "sha256", curves + "edwards25519/...", curves + "ecdsa", curves + "subtle",
		"crypto/internal/fips140deps/...", "math/bits", "compress/flate", "filippo.io/nistec/...", "github.com/emmansun/...",
	} {
		args = append(args, "-gcflags="+fast+"=")
	}
	cmd := exec.Command("go", append(args, "-o", path, "./scanner/wasm")...)
	cmd.Env = append(os.Environ(), "GOOS=js", "GOARCH=wasm", "CGO_ENABLED=0", "GOFLAGS=")
	cmd.Stderr = os.Stderr
	if err := cmd.Run(); err != nil {
		return nil, fmt.Errorf("compiling the verifier: %w", err)
	}
	return os.ReadFile(path)
}

// notices are the licenses of what the page is made of.
func notices(root string) ([]byte, error) {
	type notice struct{ of, path string }
	list := []notice{
		{"The Go standard library and wasm_exec.js", filepath.Join(root, "LICENSE")},
		{"zxing-wasm", "scanner/reader/LICENSE-zxing-wasm"},
		{"ZXing-C++, in zxing_reader.wasm", "scanner/reader/LICENSE-zxing-cpp"},
	}
	for _, module := range []string{"filippo.io/nistec", "github.com/emmansun/gmsm", "golang.org/x/crypto", "golang.org/x/text"} {
		dir, err := output("go", "list", "-m", "-f", "{{.Dir}}", module)
		if err != nil {
			return nil, err
		}
		list = append(list, notice{module, filepath.Join(dir, "LICENSE")})
	}
	var all bytes.Buffer
	for _, n := range list {
		b, err := os.ReadFile(n.path)
		if err != nil {
			return nil, err
		}
		fmt.Fprintf(&all, "%s\n%s\n\n%s\n\n", n.of, strings.Repeat("=", len(n.of)), bytes.TrimSpace(b))
	}
	return all.Bytes(), nil
}

func filled(name string, values map[string]string) ([]byte, error) {
	b, err := os.ReadFile(filepath.Join("scanner/page", name))
	if err != nil {
		return nil, err
	}
	for key, value := range values {
		b = bytes.ReplaceAll(b, []byte("{{"+key+"}}"), []byte(value))
	}
	return b, nil
}

func output(name string, args ...string) (string, error) {
	b, err := exec.Command(name, args...).Output()
	if err != nil {
		return "", fmt.Errorf("running %s %s: %w", name, strings.Join(args, " "), err)
	}
	return strings.TrimSpace(string(b)), nil
}

func hash(b []byte) string {
	sum := sha256.Sum256(b)
	return base64.RawURLEncoding.EncodeToString(sum[:])
}

// digest names all parts together, the page's own two files included.
func digest(parts []part) string {
	h := sha256.New()
	for _, p := range parts {
		fmt.Fprintf(h, "%s %s\n", p.name, hash(p.content))
	}
	for _, name := range []string{"scanner/page/index.html", "scanner/page/sw.js", "templates/look/icons.html"} {
		b, err := os.ReadFile(name)
		if err != nil {
			continue // build reads them next, and says so
		}
		fmt.Fprintf(h, "%s %s\n", name, hash(b))
	}
	return strings.NewReplacer("-", "a", "_", "b").Replace(base64.RawURLEncoding.EncodeToString(h.Sum(nil)))
}

// write compresses what is not in the folder yet, and leaves in it what the
// site has and nothing else.
func write(out string, site scanner.Site, parts []part) error {
	if err := os.MkdirAll(out, 0o755); err != nil {
		return err
	}
	keep := map[string]bool{"README.md": true, "site.json": true}
	for _, f := range site.Files {
		i := slices.IndexFunc(parts, func(p part) bool { return p.name == f.Name })
		for _, encoding := range scanner.Encodings() {
			name := f.Stored(encoding)
			keep[name] = true
			path := filepath.Join(out, name)
			if _, err := os.Stat(path); err == nil {
				continue
			}
			small, err := compressed(encoding, parts[i].content)
			if err != nil {
				return fmt.Errorf("compressing %s: %w", f.Name, err)
			}
			if err := replace(path, small); err != nil {
				return err
			}
		}
	}
	list, err := json.MarshalIndent(site, "", " ")
	if err != nil {
		return err
	}
	if err := replace(filepath.Join(out, "site.json"), append(list, '\n')); err != nil {
		return err
	}
	return prune(out, keep)
}

// replace writes a file whole or not at all, and leaves one alone that is the
// same, so that nothing is compiled anew for it.
func replace(path string, content []byte) error {
	if before, err := os.ReadFile(path); err == nil && bytes.Equal(before, content) {
		return nil
	}
	if err := os.WriteFile(path+".new", content, 0o644); err != nil {
		return err
	}
	return os.Rename(path+".new", path)
}

func prune(out string, keep map[string]bool) error {
	entries, err := fs.ReadDir(os.DirFS(out), ".")
	if err != nil {
		return err
	}
	for _, e := range entries {
		if !keep[e.Name()] {
			if err := os.Remove(filepath.Join(out, e.Name())); err != nil {
				return err
			}
		}
	}
	return nil
}
