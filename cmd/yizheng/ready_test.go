package main

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"yizheng/api"
	"yizheng/verifier/verifiertest"
)

// TestReadyOfTrust: a node that verifies is ready until its trust list ends.
func TestReadyOfTrust(t *testing.T) {
	a := newAbroad(t, verifiertest.Now())
	k, _ := a.checker("")
	check := k.checks()[0]
	if err := check.Ready(t.Context()); check.Name != "trust" || err != nil {
		t.Errorf("%s: %v", check.Name, err)
	}
	a.now.Add(int64(31 * 24 * time.Hour))
	var missing *api.NotReady
	if err := check.Ready(t.Context()); !errors.As(err, &missing) || missing.Reason != "trust_list_expired" {
		t.Errorf("a month later: %v", err)
	}
}

// TestReadyOfKeys: when a trust list comes that does not name a node's keys,
// what it signs would be genuine nowhere, and it says so; until the right one
// is put back.
func TestReadyOfKeys(t *testing.T) {
	t.Parallel()
	ours, others := filepath.Join(t.TempDir(), "ours"), filepath.Join(t.TempDir(), "others")
	for _, data := range []string{ours, others} {
		if exit, _, problems := runMain("", "init", "--data", data, "--demonstration", "--url", "https://zheng.example"); exit != 0 {
			t.Fatal(problems)
		}
	}
	right := mustRead(t, trustPath(ours))
	node, _ := serving(t, "serve", "--data", ours, "--listen", "127.0.0.1:0")
	for _, test := range []struct {
		trust []byte
		want  string
	}{
		{right, `"status":"ok"`},
		{mustRead(t, trustPath(others)), `"missing":{"keys":"key_not_on_trust_list"}`},
		{right, `"status":"ok"`},
	} {
		if err := os.WriteFile(trustPath(ours), test.trust, 0o644); err != nil {
			t.Fatal(err)
		}
		eventually(t, 15*time.Second, "/readyz does not say "+test.want, func() bool {
			return strings.Contains(answered(t, node+"/readyz"), test.want)
		})
	}
}
