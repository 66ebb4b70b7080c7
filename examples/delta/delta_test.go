package main

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// TestDrill goes through the drill with the program as it is built now.
func TestDrill(t *testing.T) {
	program := filepath.Join(t.TempDir(), "yizheng")
	build := exec.Command("go", "build", "-trimpath", "-o", program, "../../cmd/yizheng") // as it is shipped
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("building the program: %v\n%s", err, out)
	}
	var told bytes.Buffer
	d := &drill{out: &told, delta: &delta{program: program, dir: t.TempDir()}}
	t.Cleanup(func() {
		d.stop()
		if path := os.Getenv("DRILL_TOLD"); path != "" {
			_ = os.WriteFile(path, told.Bytes(), 0o644) // for who wants to read it
		}
	})
	if err := d.run(t.Context()); err != nil {
		t.Fatalf("%v\n%s", err, &told)
	}
	d.stop() // nobody writes into the logs any more
	for _, m := range d.everyone() {
		if log := m.log.String(); strings.Contains(log, "level=ERROR") {
			t.Errorf("%s: %s", m.name, log)
		}
	}
	if n := len(d.told); n != d.number {
		t.Errorf("%d steps, %d sentences", d.number, n)
	}
}
