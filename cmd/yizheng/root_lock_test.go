package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"yizheng/trust"
	"yizheng/trust/root"
)

// TestRootOfOneProcess holds that the folder of a root is one process's at a
// time: another is refused at once, is told whose it is, and changes nothing.
func TestRootOfOneProcess(t *testing.T) {
	t.Parallel()
	program, dir := ourselves(t), filepath.Join(t.TempDir(), "root")
	f, err := root.Create(dir, root.Config{Name: "shanghai", Title: "上海市", Territory: trust.Territory{"31"}})
	if err != nil {
		t.Fatal(err)
	}
	run := func(args ...string) (string, error) {
		out, err := exec.Command(program, args...).CombinedOutput()
		return string(out), err
	}
	update := func(to string) []string {
		return []string{"trust", "update", "--root", dir, "--out", filepath.Join(filepath.Dir(dir), to), "--region", "310105"}
	}
	for _, args := range [][]string{update("t.json"), {"trust", "prepare", "list", "--root", dir, "--out", dir + ".json"}, {"trust", "rotate", "--new-online", "--root", dir}} {
		out, err := run(args...)
		if err == nil || !strings.Contains(out, "root_locked") || !strings.Contains(out, fmt.Sprintf("process %d on ", os.Getpid())) {
			t.Errorf("%v: %v, %s", args[:2], err, out)
		}
	}
	if entries, err := os.ReadDir(filepath.Join(dir, "sequence")); err != nil || len(entries) != 1 {
		t.Errorf("%d numbers were taken, %v", len(entries), err)
	}
	f.Close()
	if out, err := run(update("t.json")...); err != nil {
		t.Fatalf("after it was closed: %v, %s", err, out)
	}

	// Many at once: each signs or is refused, and what is left is whole.
	var all sync.WaitGroup
	var mu sync.Mutex
	signed := 0
	for i := range 8 {
		all.Go(func() {
			out, err := run("trust", "rotate", "--new-online", "--root", dir)
			mu.Lock()
			defer mu.Unlock()
			if err == nil {
				signed++
			} else if !strings.Contains(out, "root_locked") {
				t.Errorf("%d: %v, %s", i, err, out)
			}
		})
	}
	all.Wait()
	if signed == 0 {
		t.Error("all have refused each other")
	}
	if out, err := run(update("t.json")...); err != nil {
		t.Fatalf("afterwards: %v, %s", err, out)
	}
	if b, err := readBundle(filepath.Join(filepath.Dir(dir), "t.json")); err != nil || b.Of("shanghai").Root.Version != 2 || len(b.Faults) > 0 {
		t.Errorf("%+v, %v", b, err)
	}
}
