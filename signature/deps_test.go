package signature_test

import (
	"os/exec"
	"strings"
	"testing"
)

// TestDependencies holds what the package pulls in, with SM2 and without: it
// goes into a browser and into other people's programs.
func TestDependencies(t *testing.T) {
	for _, tags := range []string{"", "nosm2"} {
		if out, err := exec.Command("go", "vet", "-tags", tags, ".").CombinedOutput(); err != nil {
			t.Errorf("tags %q: %v\n%s", tags, err, out)
		}
		out, err := exec.Command("go", "list", "-deps", "-tags", tags, ".").Output()
		if err != nil {
			t.Fatalf("tags %q: go list: %v", tags, err)
		}
		for dep := range strings.FieldsSeq(string(out)) {
			switch {
			case dep == "yizheng/signature":
			case strings.HasPrefix(dep, "net"), strings.HasPrefix(dep, "database/"), dep == "os/exec", dep == "crypto/tls", dep == "html/template":
				t.Errorf("tags %q: needs %s", tags, dep)
			case strings.HasPrefix(dep, "vendor/"), !strings.Contains(strings.SplitN(dep, "/", 2)[0], "."):
			case tags == "" && (strings.HasPrefix(dep, "github.com/emmansun/gmsm/") || strings.HasPrefix(dep, "golang.org/x/crypto/cryptobyte")):
			case strings.HasPrefix(dep, "filippo.io/nistec"): // P-256 as in the standard library, which keeps it to itself
			case strings.HasPrefix(dep, "golang.org/x/sys/"): // gmsm asks it for the processor's abilities
			default:
				t.Errorf("tags %q: needs %s", tags, dep)
			}
			if strings.HasPrefix(dep, "yizheng/") && dep != "yizheng/signature" {
				t.Errorf("tags %q: needs our own %s", tags, dep)
			}
		}
	}
}
