package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"yizheng/exchange/exchangetest"
)

// TestBundleOffline takes a bundle from a running district, ends the district
// and verifies by the bundle alone, until it is too old.
func TestBundleOffline(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	data, kept := filepath.Join(dir, "district"), filepath.Join(dir, "kept.json")
	listen := fmt.Sprintf("localhost:%d", exchangetest.FreePort(t))
	run := func(want int, args ...string) string {
		t.Helper()
		exit, out, complaints := runMain("", args...)
		if exit != want {
			t.Fatalf("%v: exit %d, want %d: %s%s", args, exit, want, out, complaints)
		}
		return out + complaints
	}
	run(0, "init", "--data", data, "--demonstration", "--url", "http://"+listen)
	run(0, "issue", "--data", data, "--out", filepath.Join(dir, "out"), filepath.Join("..", "..", "examples", "bookstore-cafe-5-permits.json"))
	codes, err := filepath.Glob(filepath.Join(dir, "out", "*.txt"))
	if err != nil || len(codes) != 1 {
		t.Fatal(codes, err)
	}
	node := startNode(t, ourselves(t), listen, "--data", data)
	fetch := func(want int, more ...string) string {
		t.Helper()
		return run(want, append([]string{"bundle", "fetch", "--trust", trustPath(data), "--from", "http://" + listen, kept}, more...)...)
	}
	if out := fetch(0, "--region", "310105", "--region", "310106"); !strings.Contains(out, "of 2 regions") {
		t.Error(out)
	}
	fetch(64, "--region", "310108")
	node.end(t)
	if out := fetch(64); !strings.Contains(out, "what was there stays") {
		t.Error(out)
	}

	run(0, "verify", "--bundle", kept, codes[0])
	run(0, "verify", "--bundle", kept, "--trust", trustPath(data), codes[0])
	run(0, "bundle", "show", kept)
	var result struct {
		Outcome string
		Checks  []struct{ Name, Reason string }
		Lists   struct{ Status struct{ Age int64 } }
	}
	late := time.Now().Add(73 * time.Hour).UTC().Format(time.RFC3339)
	if err := json.Unmarshal([]byte(run(2, "verify", "--bundle", kept, "--at", late, "--max-age", "2000h", "--json", codes[0])), &result); err != nil {
		t.Fatal(err)
	}
	if result.Outcome != "unknown" || result.Checks[4].Reason != "bundle_expired" || result.Lists.Status.Age < 72*3600 {
		t.Errorf("after three days: %+v", result)
	}

	// A list taken out of it is missed, and another root's file is none.
	raw := mustRead(t, kept)
	var file map[string]any
	if err := json.Unmarshal(raw, &file); err != nil {
		t.Fatal(err)
	}
	file["lists"] = file["lists"].([]any)[1:]
	if err := os.WriteFile(kept, []byte(mustJSON(t, file)), 0o600); err != nil {
		t.Fatal(err)
	}
	if out := run(64, "verify", "--bundle", kept, codes[0]); !strings.Contains(out, "bundle_incomplete") {
		t.Error(out)
	}
	if out := run(64, "verify", "--bundle", trustPath(data), codes[0]); !strings.Contains(out, "bundle_malformed") {
		t.Error(out)
	}
}
