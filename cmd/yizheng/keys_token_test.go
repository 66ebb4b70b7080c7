//go:build pkcs11

package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"yizheng/keys"
	"yizheng/keys/pkcs11/softtest"
)

// TestKeysInToken issues, states and signs for a root with keys that never left
// their token: every use of a district's, and the holders of a root's keys.
func TestKeysInToken(t *testing.T) {
	soft := softtest.New(t)
	dir := t.TempDir()
	path := func(name string) string { return filepath.Join(dir, name) }
	if err := os.WriteFile(path("pin"), []byte(soft.PIN), 0o600); err != nil {
		t.Fatal(err)
	}
	run := func(args ...string) string {
		t.Helper()
		// Each a process, as for an operator: a token's library is opened once in a
		// process, for as long as that lives.
		cmd := exec.Command("yizheng", args...)
		var out, complaints strings.Builder
		cmd.Stdout, cmd.Stderr = &out, &complaints
		if err := cmd.Run(); err != nil {
			t.Fatalf("%v: %v: %s%s", args, err, &out, &complaints)
		}
		if strings.Contains(out.String()+complaints.String(), soft.PIN) {
			t.Errorf("%v tells the PIN", args)
		}
		return out.String()
	}
	token := func(label string) []string {
		soft.Import(label, softtest.Key(t, "ec"))
		return []string{"--pkcs11-module", soft.Module, "--pkcs11-token", soft.Token, "--pkcs11-key", label, "--pkcs11-pin-file", path("pin")}
	}
	const at = "2026-11-24T09:00:00+08:00"
	data := path("district")
	run("init", "--data", data, "--demonstration", "--at", at)
	for _, use := range rotating {
		run(append([]string{"keys", "import", "--data", data, "--use", string(use)}, token(string(use))...)...)
		run("keys", "rotate", "--data", data, "--at", at, "--use", string(use), "--overlap", "0")
	}
	for _, use := range rotating {
		file, err := os.ReadFile(keys.ActivePath(keysDir(data), use))
		if err != nil || !strings.Contains(string(file), `"yizheng_pkcs11"`) || strings.Contains(string(file), `"d":`) {
			t.Errorf("the %s key is %s, %v", use, file, err)
		}
	}
	run("issue", "../../examples/restaurant-3-permits.json", "--data", data, "--at", at, "--out", path("out"))
	texts, err := filepath.Glob(path("out/*.txt"))
	if err != nil || len(texts) != 1 {
		t.Fatal(texts, err)
	}
	if out := run("verify", texts[0], "--trust", filepath.Join(data, "trust.json"), "--status", filepath.Join(data, "status"), "--at", at); !strings.Contains(out, "VALID") {
		t.Error(out)
	}

	// Two holders with a token, and the on-line key in one.
	for _, name := range []string{"anna", "bo"} {
		run(append([]string{"trust", "key", "--out", path(name)}, token(name)...)...)
	}
	run(append([]string{"trust", "key", "--online", "--out", path("clerk")}, token("clerk")...)...)
	root := path("root")
	run("trust", "create", "--root", root, "--name", "delta", "--title", "三角洲", "--territory", "31",
		"--public", path("anna.pub"), "--public", path("bo.pub"), "--threshold", "2", "--online", path("clerk.pub"))
	out := run("trust", "prepare", "root", "--root", root, "--out", path("draft"))
	digest := out[strings.LastIndex(out, "SHA-256")+len("SHA-256"):]
	digest = strings.Join(strings.Fields(digest), "")
	for _, name := range []string{"anna", "bo"} {
		run("trust", "sign", path("draft"), "--key", path(name), "--digest", digest, "--out", path(name+".jws"))
	}
	run("trust", "combine", path("anna.jws"), path("bo.jws"), "--out", path("root.jws"))
	if out := run("trust", "check", path("root.jws"), "--root", root); !strings.Contains(out, "missing: 0") {
		t.Error(out)
	}
}
