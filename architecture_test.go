// Package yizheng_test holds the promises that the folders make to each other.
package yizheng_test

import (
	"io/fs"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// may says which of our folders each one may import, directly. It is the table
// of docs/architecture.md; a folder that is in no row may not exist. A folder
// without a row of its own falls under the row of the nearest folder above it,
// and folders under one row may import each other.
var may = map[string][]string{
	"":                  {}, // this test
	"internal/deps":     {},
	"examples/delta":    {"examples"},
	"examples":          {"catalog"},
	"license":           {},
	"signature":         {},
	"qr":                {},
	"scan":              {},
	"seal":              {},
	"mirror":            {"ration"},
	"ration":            {},
	"reach":             {},
	"tracing":           {},
	"tracing/otlp":      {},
	"backup":            {},
	"exchange":          {},
	"catalog":           {"license"},
	"keys":              {"signature", "keys/pkcs11"},
	"status":            {"signature"},
	"payload":           {"license", "signature", "deflate"},
	"deflate":           {},
	"trust":             {"license", "signature"},
	"trust/root":        {"license", "signature", "keys", "trust"},
	"credential":        {"license", "signature", "status"},
	"verifier":          {"license", "signature", "payload", "ration", "status", "trust"},
	"bundle":            {"license", "signature", "trust", "verifier"},
	"notice":            {"signature"},
	"library/metadata":  {"license"},
	"library":           {"license", "library/metadata", "tracing"},
	"issuer":            {"license", "catalog", "signature", "payload", "qr", "status", "trust", "library/metadata"},
	"holder":            {"license", "payload", "signature"},
	"dispute":           {"license", "signature", "trust"},
	"dispute/courier":   {"dispute", "reach", "trust"},
	"register":          {"license", "issuer", "holder", "dispute", "library/metadata", "tracing"},
	"batch":             {"license", "catalog", "issuer"},
	"batch/jobs":        {"license", "catalog", "issuer", "batch", "register"},
	"batch/sample":      {"license", "catalog", "examples"},
	"templates/font":    {},
	"templates/pdf":     {"deflate", "templates/font"},
	"templates":         {"license", "qr", "templates/font", "templates/pdf"},
	"templates/answer":  {"license", "verifier"},
	"templates/look":    {},
	"templates/pages":   {"license", "verifier", "templates/answer", "templates/look"},
	"templates/showing": {"license", "templates/answer", "templates/look"},
	"scanner":           {},
	"scanner/build":     {"scanner", "templates/look"},
	"scanner/offline":   {"license", "status", "trust", "verifier", "templates/answer"},
	"scanner/wasm":      {"license", "verifier", "scanner/offline"},
	"desk": {"license", "catalog", "issuer", "batch", "batch/jobs", "register", "library/metadata", "seal", "templates", "templates/answer", "templates/desk",
		"verifier", "holder", "dispute", "api/access", "api/login"},
	"templates/desk": {"license", "catalog", "templates/answer", "templates/look"},
	"document":       {"payload", "qr", "seal", "templates", "trust", "verifier"},
	"api/access":     {},
	"api/login":      {"api/access"},
	"api/schemas":    {},
	"api":            nil, // all but cmd
	"cmd/yizheng":    nil, // all

	// Measures the built program from outside; tests only.
	"bench": {},

	// A program that runs when the dictionaries are made, and never after.
	"payload/dictionary": {"license", "catalog", "payload"},

	// Tests of the whole: the program's processes, and what is done to them.
	"faults": {},

	// Worlds for tests to stand on. Only tests may import them.
	"faults/wiretest":       {},
	"scan/scantest":         {"license", "signature", "examples", "payload", "qr", "templates", "scan"},
	"api/login/logintest":   {},
	"exchange/exchangetest": {},
	"issuer/issuertest":     {"license", "signature", "catalog", "payload", "issuer"},
	"register/postgrestest": {"faults/wiretest"},
	"register/registertest": {"license", "signature", "issuer", "holder", "dispute", "library", "library/metadata", "register"},
	"scanner/scannertest":   {"license", "payload", "status", "trust", "verifier", "verifier/verifiertest"},
	"verifier/verifiertest": {"license", "signature", "payload", "status", "trust", "verifier"},
}

// onlyForTests end the names of packages that no program may import.
const onlyForTests = "test"

// TestImportsGoOneWay holds the direction in which data goes: issuer, payload,
// verifier, register, library; and the verifier's side never the issuer's.
func TestImportsGoOneWay(t *testing.T) {
	for folder, imports := range packages(t) {
		owner, allowed, ok := rule(folder)
		if !ok {
			t.Errorf("%s is in no row of the table", folder)
			continue
		}
		for _, imported := range imports {
			into, _, _ := rule(imported)
			switch {
			case strings.HasSuffix(imported, onlyForTests) && !strings.HasSuffix(folder, onlyForTests):
				t.Errorf("%s imports %s, which is for tests", folder, imported)
			case strings.HasPrefix(imported, "cmd/"):
				t.Errorf("%s imports %s, a program", folder, imported)
			case into == owner || allowed == nil:
			case !slices.Contains(allowed, into):
				t.Errorf("%s imports %s, which the table does not allow", folder, imported)
			}
		}
	}
}

// packages gives each of our packages and those of ours that it imports, by
// folder. The root is the empty string.
func packages(t *testing.T) map[string][]string {
	t.Helper()
	ours := make(map[string][]string)
	for line := range strings.Lines(goList(t, "-e", "-f", `{{.ImportPath}} {{join .Imports " "}}`, "./...")) {
		fields := strings.Fields(line)
		imports := []string{}
		for _, imported := range fields[1:] {
			if folder, ok := strings.CutPrefix(imported, "yizheng/"); ok {
				imports = append(imports, folder)
			}
		}
		ours[strings.TrimPrefix(strings.TrimPrefix(fields[0], "yizheng"), "/")] = imports
	}
	if len(ours) < 20 {
		t.Fatalf("go list names %d packages only", len(ours))
	}
	return ours
}

// rule gives the row for folder: its own, or that of the nearest folder above.
func rule(folder string) (owner string, allowed []string, ok bool) {
	for name := folder; ; {
		if allowed, ok := may[name]; ok {
			return name, allowed, true
		}
		cut := strings.LastIndex(name, "/")
		if cut < 0 {
			return "", nil, false
		}
		name = name[:cut]
	}
}

// TestReach looks at everything that a package pulls in, to the last one.
func TestReach(t *testing.T) {
	tests := []struct{ from, never, since string }{
		{"verifier", "net/http database/sql os/exec", "it must run in a browser, on what it is given"},
		{"verifier", "yizheng/issuer yizheng/register yizheng/keys yizheng/library yizheng/api yizheng/catalog", "whoever verifies has the trust list and nothing of the issuer's"},
		{"payload", "yizheng/catalog net/http database/sql", "a dictionary is bytes; that ours are made from a catalogue is no business of a decoder"},
		{"templates", "net/http database/sql yizheng/keys", "a document is a function of the license"},
		{"scanner/offline", "net/http database/sql os/exec html/template", "it is compiled for the browser, and sent to it"},
		{"issuer", "net/http database/sql yizheng/verifier yizheng/register yizheng/keys", "it states what it needs as interfaces"},
		{"scan", "yizheng/payload yizheng/verifier database/sql", "it finds text in a picture and judges nothing"},
		{"register", "net/http yizheng/keys", "it keeps records and holds no key"},
		{"batch", "database/sql yizheng/register yizheng/keys yizheng/api", "it works on whatever register the issuer works on"},
		{"tracing", "net/http go.opentelemetry.io/otel/sdk/trace", "what is traced knows nothing of where traces go"},
		{"exchange", "yizheng/verifier yizheng/signature yizheng/trust yizheng/register", "it carries what others judge"},
	}
	for _, test := range tests {
		deps := strings.Fields(goList(t, "-deps", "./"+test.from))
		for _, never := range strings.Fields(test.never) {
			if slices.Contains(deps, never) {
				t.Errorf("%s reaches %s: %s", test.from, never, test.since)
			}
		}
	}
}

// goList runs go list with the arguments. The cache of go test knows which
// folders a test itself reads, and not what go list does; so the test reads
// them too, and runs again when a file was changed.
func goList(t *testing.T, args ...string) string {
	t.Helper()
	err := filepath.WalkDir(".", func(path string, d fs.DirEntry, err error) error {
		if err == nil && d.IsDir() && path != "." && strings.HasPrefix(d.Name(), ".") {
			return fs.SkipDir
		}
		return err
	})
	if err != nil {
		t.Fatalf("walking the folders: %v", err)
	}
	out, err := exec.Command("go", append([]string{"list"}, args...)...).Output()
	if err != nil {
		t.Fatalf("go list %s: %v", strings.Join(args, " "), err)
	}
	return string(out)
}
