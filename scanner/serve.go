package scanner

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"path"
	"strconv"
	"strings"
)

// policy is the Content-Security-Policy of all that is served here: scripts,
// WebAssembly and connections of this host only. A script that would write
// markup or start another script finds no way to (Trusted Types), but for the
// page's own two workers.
const policy = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; img-src 'self'; " +
	"connect-src 'self'; worker-src 'self'; manifest-src 'self'; form-action 'none'; base-uri 'none'; frame-ancestors 'none'"

const trustedTypes = "; require-trusted-types-for 'script'; trusted-types yizheng"

// types are the media types by a file's ending.
var types = map[string]string{
	".html":        "text/html; charset=utf-8",
	".js":          "text/javascript; charset=utf-8",
	".css":         "text/css; charset=utf-8",
	".txt":         "text/plain; charset=utf-8",
	".svg":         "image/svg+xml",
	".png":         "image/png",
	".wasm":        "application/wasm",
	".webmanifest": "application/manifest+json",
}

// Handler serves a built page.
type Handler struct {
	files map[string]served
}

type served struct {
	header  http.Header
	tag     string
	encoded map[string][]byte
}

// Open reads a built page, such as [Built], and gives what serves it.
func Open(folder fs.FS) (*Handler, error) {
	site, err := ReadSite(folder)
	if err != nil {
		return nil, err
	}
	h := &Handler{files: make(map[string]served, len(site.Files))}
	for _, f := range site.Files {
		s := served{header: headers(f), tag: `"` + f.SHA256[:16], encoded: make(map[string][]byte, 2)}
		for _, encoding := range Encodings() {
			if s.encoded[encoding], err = fs.ReadFile(folder, f.Stored(encoding)); err != nil {
				return nil, fmt.Errorf("reading the scanner page: %w", err)
			}
		}
		h.files[f.Path] = s
		if f.Name == "icon.svg" { // at an address that outlives a version too: whoever asks for /favicon.ico is sent there
			s.header = s.header.Clone()
			s.header.Set("Cache-Control", "public, max-age=86400")
			h.files[Root+"/"+f.Name] = s
		}
	}
	return h, nil
}

func headers(f File) http.Header {
	h := http.Header{}
	h.Set("Content-Type", types[path.Ext(f.Name)])
	h.Set("Content-Security-Policy", policy)
	h.Set("Permissions-Policy", "camera=(self), microphone=(), geolocation=()")
	h.Set("Vary", "Accept-Encoding")
	h.Set("Cache-Control", "public, max-age=31536000, immutable")
	switch f.Name {
	case "index.html":
		h.Set("Content-Security-Policy", policy+trustedTypes)
		h.Set("Cache-Control", "no-cache")
	case "sw.js":
		h.Set("Service-Worker-Allowed", Root)
		h.Set("Cache-Control", "no-cache")
	}
	return h
}

// ServeHTTP answers GET and HEAD under [Root]; other paths are not found.
func (h *Handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	name := r.URL.Path
	if name == Root+"/" {
		name = Root
	}
	f, found := h.files[name]
	if !found {
		http.NotFound(w, r)
		return
	}
	header := w.Header()
	for key, values := range f.header {
		header[key] = values
	}
	encoding := preferred(r.Header.Get("Accept-Encoding"))
	tag := f.tag + "-" + encoding + `"`
	header.Set("ETag", tag)
	if strings.Contains(r.Header.Get("If-None-Match"), tag) {
		w.WriteHeader(http.StatusNotModified)
		return
	}
	body := f.encoded[encoding]
	if encoding == "identity" {
		plain, err := unzipped(f.encoded["gzip"])
		if err != nil {
			http.Error(w, http.StatusText(http.StatusInternalServerError), http.StatusInternalServerError)
			return
		}
		body = plain
	} else {
		header.Set("Content-Encoding", encoding)
	}
	header.Set("Content-Length", strconv.Itoa(len(body)))
	w.WriteHeader(http.StatusOK)
	if r.Method != http.MethodHead {
		_, _ = w.Write(body) // the browser has gone away; it asks again
	}
}

// preferred gives the first of [Encodings] that an Accept-Encoding header
// takes, or "identity".
func preferred(accept string) string {
	for _, encoding := range Encodings() {
		for item := range strings.SplitSeq(accept, ",") {
			name, weight, _ := strings.Cut(strings.TrimSpace(item), ";")
			if strings.EqualFold(strings.TrimSpace(name), encoding) && !refused(weight) {
				return encoding
			}
		}
	}
	return "identity"
}

// refused says whether a weight is "q=0".
func refused(weight string) bool {
	q, given := strings.CutPrefix(strings.ReplaceAll(weight, " ", ""), "q=")
	value, err := strconv.ParseFloat(q, 64)
	return given && err == nil && value == 0
}

func unzipped(b []byte) ([]byte, error) {
	r, err := gzip.NewReader(bytes.NewReader(b))
	if err != nil {
		return nil, err
	}
	return io.ReadAll(r)
}
