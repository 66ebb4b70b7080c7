//go:build !race

package main

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestReadmeSession runs the session that README.md shows, in both languages,
// word for word.
func TestReadmeSession(t *testing.T) {
	examples, err := filepath.Abs(filepath.Join("..", "..", "examples"))
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"README.md", "README.zh-CN.md"} {
		t.Run(name, func(t *testing.T) {
			raw, err := os.ReadFile(filepath.Join("..", "..", name))
			if err != nil {
				t.Fatal(err)
			}
			t.Chdir(t.TempDir())
			if err := os.Symlink(examples, "examples"); err != nil {
				t.Fatal(err)
			}
			ran := 0
			for line := range strings.Lines(string(raw)) {
				command, ok := strings.CutPrefix(strings.TrimSpace(line), "bin/yizheng ")
				if !ok || strings.Contains(command, " ID ") {
					continue
				}
				ran++
				var out, problems bytes.Buffer
				exit := Main(context.Background(), expand(t, strings.Fields(command)), strings.NewReader(""), &out, &problems)
				want := 0
				if strings.Contains(command, "--region 330402") && strings.HasPrefix(command, "verify") {
					want = 1 // Jiaxing recognises some of the permits
				}
				if exit != want {
					t.Fatalf("%s: exit %d, want %d\n%s%s", command, exit, want, &out, &problems)
				}
			}
			if ran < 4 {
				t.Errorf("only %d commands found", ran)
			}
		})
	}
}

// expand does what the shell does with a pattern.
func expand(t *testing.T, args []string) []string {
	t.Helper()
	var all []string
	for _, arg := range args {
		if !strings.Contains(arg, "*") {
			all = append(all, arg)
			continue
		}
		files, err := filepath.Glob(arg)
		if err != nil || len(files) == 0 {
			t.Fatalf("%s matches nothing (%v)", arg, err)
		}
		all = append(all, files...)
	}
	return all
}
