//go:build !race

package main

import (
	"encoding/json"
	"path/filepath"
	"strings"
	"testing"

	"yizheng/verifier"
)

// TestVerifyVectors holds the command to every vector. There is nothing to race
// in one command after another; the detector would take a minute for it.
func TestVerifyVectors(t *testing.T) {
	t.Parallel()
	for _, folder := range []string{"valid", "invalid", "as-of"} {
		files, err := filepath.Glob(filepath.Join(vectorFolder, folder, "*.json"))
		if err != nil || len(files) == 0 {
			t.Fatal("no vectors", err)
		}
		for _, path := range files {
			v := readCase(t, path)
			if hasAddress(v) {
				continue // the command reads files: it does not know where a list came from
			}
			t.Run(folder+"/"+filepath.Base(path), func(t *testing.T) { runCase(t, v) })
		}
	}
}

func hasAddress(v vectorCase) bool {
	for _, s := range v.Status {
		if s.URI != "" {
			return true
		}
	}
	return false
}

func runCase(t *testing.T, v vectorCase) {
	args := v.args()
	if v.State != nil {
		bundle, err := readBundle(filepath.Join(vectorFolder, v.Trust))
		if err != nil {
			t.Fatal(err)
		}
		dir := filepath.Join(t.TempDir(), "state")
		if err := writeSeen(dir, bundle, v.State); err != nil {
			t.Fatal(err)
		}
		args = append(args, "--state", dir)
	}
	exit, out, _ := runMain("", append(args, "--json", "--", v.Text)...)
	if _, err := parseAt(v.At); err != nil {
		// No clock may be named that is past the last day of a license.
		if exit != exitUsage || !strings.Contains(out, `"at"`) {
			t.Errorf("exit %d: %s, want at", exit, out)
		}
		return
	}
	if v.Expect.Trust != "" {
		if exit != exitUsage || !strings.Contains(out, v.Expect.Trust) {
			t.Errorf("exit %d: %s, want %s", exit, out, v.Expect.Trust)
		}
		return
	}
	var r verifier.Result
	if err := json.Unmarshal([]byte(out), &r); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	if string(r.Outcome) != v.Expect.Outcome || exit != r.Outcome.Exit() {
		t.Errorf("exit %d, outcome %s, want %s", exit, r.Outcome, v.Expect.Outcome)
	}
	humanExit, text, _ := runMain("", append(args, "--", v.Text)...)
	if humanExit != exit || !strings.Contains(text, "==  ") {
		t.Errorf("for people: exit %d, %s", humanExit, text)
	}
}
