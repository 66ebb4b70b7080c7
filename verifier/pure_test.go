package verifier_test

import (
	"os/exec"
	"strings"
	"testing"
)

// TestImportsAreSmall keeps the verifier free of network, storage and the
// issuer's side: it runs in a browser, and answers by its arguments alone.
func TestImportsAreSmall(t *testing.T) {
	out, err := exec.Command("go", "list", "-deps", ".").Output()
	if err != nil {
		t.Fatalf("listing imports: %v", err)
	}
	refused := []string{
		"net/http", "database/sql", "os/exec",
		"yizheng/issuer", "yizheng/register", "yizheng/api", "yizheng/keys", "yizheng/library", "yizheng/templates", "yizheng/trust/root",
	}
	for pkg := range strings.Lines(string(out)) {
		pkg = strings.TrimSpace(pkg)
		for _, r := range refused {
			if pkg == r || strings.HasPrefix(pkg, r+"/") {
				t.Errorf("the verifier imports %s", pkg)
			}
		}
	}
}
