package scannertest_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"yizheng/scanner/scannertest"
)

// TestFaults shows each fault to the one who is to find it.
func TestFaults(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_, _ = w.Write([]byte(`<!DOCTYPE html><html lang="en"><meta charset="utf-8"><body style="background:#fff">
			<h1>One</h1><h3>Three</h3><p style="color:#999">pale</p><p style="color:#333">dark</p>
			<p hidden style="color:#fff">unseen</p><button style="width:20px;height:20px;padding:0">x</button><input>
			<div style="width:3000px">wide</div>`))
	}))
	defer server.Close()
	b := scannertest.Start(t, "")
	b.Size(360, 740, true)
	b.Go(server.URL)
	faults := strings.Join(b.Faults(), "\n")
	for _, want := range []string{`of "pale"`, "level 3 follows level 1", "no room for a finger", "INPUT without a name", "wider than the window", "no language"} {
		if !strings.Contains(faults, want) {
			t.Errorf("%s was not found in\n%s", want, faults)
		}
	}
	for _, not := range []string{"dark", "unseen"} {
		if strings.Contains(faults, not) {
			t.Errorf("%s is no fault:\n%s", not, faults)
		}
	}
}
