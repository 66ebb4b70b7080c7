// Package scanner serves the offline scanner page, which `make scanner` has
// put into this program: an installable page that reads codes with the camera
// and verifies them on the phone, by the same Go function as the server,
// compiled to WebAssembly. Start with [Open].
//
// The page itself is in page/, its verifier in offline/ and wasm/, and the
// reader of QR codes in reader/. build/ makes what is served of them.
package scanner

import (
	"embed"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
)

//go:embed built
var built embed.FS

// Built is the page as it was put into this program. It holds no page where
// the program was compiled without `make`.
func Built() fs.FS {
	sub, err := fs.Sub(built, "built")
	if err != nil {
		return built // cannot be: the name is a valid path
	}
	return sub
}

// Root is the address of the page on its host; all that is its own lies below.
const Root = "/scan"

// ErrNotBuilt says that a folder holds no page.
var ErrNotBuilt = errors.New("the scanner page was not built into this program: compile it by make build")

// Site lists the files of a built page, as site.json holds them.
type Site struct {
	Version string `json:"version"` // stands in the addresses of all files that may be kept for ever
	Files   []File `json:"files"`
}

// File is one file of the page.
type File struct {
	Path   string `json:"path"`   // its address on the host
	Name   string `json:"name"`   // what it is, by its ending
	SHA256 string `json:"sha256"` // of its content, base64url
	Size   int    `json:"size"`   // of its content, in bytes
}

// Encodings are the content codings in which each file is kept, the one that
// is sent where a browser takes both first.
func Encodings() []string { return []string{"br", "gzip"} }

// Stored is the name under which the file lies in a built folder. A file that
// has changed has another name.
func (f File) Stored(encoding string) string {
	return fmt.Sprintf("%s.%s.%s", f.Name, f.SHA256[:10], encoding)
}

// ReadSite reads the list of a built page; [ErrNotBuilt] where there is none.
func ReadSite(folder fs.FS) (Site, error) {
	b, err := fs.ReadFile(folder, "site.json")
	if errors.Is(err, fs.ErrNotExist) {
		return Site{}, ErrNotBuilt
	}
	if err != nil {
		return Site{}, fmt.Errorf("reading the scanner page: %w", err)
	}
	var s Site
	if err := json.Unmarshal(b, &s); err != nil {
		return Site{}, fmt.Errorf("reading the scanner page: site.json: %w", err)
	}
	return s, nil
}
