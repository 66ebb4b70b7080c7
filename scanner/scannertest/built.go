package scannertest

import (
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// Build makes the scanner page of the source as it is, in a folder that is
// removed with the test, and gives that. root is the module's root. What make
// has built already is taken over where it is current, which saves half a
// minute of compressing.
func Build(t testing.TB, root string) string {
	t.Helper()
	out := t.TempDir()
	if err := os.CopyFS(out, os.DirFS(filepath.Join(root, "scanner/built"))); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command("go", "run", "./scanner/build", "-out", out)
	cmd.Dir = root
	if b, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("building the scanner page: %v\n%s", err, b)
	}
	// go test has to know that its result rests on these files.
	for _, folder := range []string{"scanner/page", "scanner/reader", "scanner/wasm", "scanner/offline", "templates/look"} {
		err := filepath.WalkDir(filepath.Join(root, folder), func(path string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() {
				return err
			}
			_, err = os.ReadFile(path)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	return out
}
