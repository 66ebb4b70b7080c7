package main

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"yizheng/exchange/exchangetest"
	"yizheng/trust"
)

// TestGivenTrustIsHeeded: a node that fetches trust documents by itself goes on
// looking at the file that a platform hands over, and neither of the two, nor a
// start, brings it back to what is older.
func TestGivenTrustIsHeeded(t *testing.T) {
	t.Parallel()
	now := time.Now().Add(-time.Hour).Truncate(time.Second)
	world := newAbroad(t, now)
	signed := func(number uint64) *trust.Bundle {
		bundle, _ := world.trust(number, now)
		return bundle
	}
	first, second, third, fourth := signed(1), signed(2), signed(3), signed(4)
	var elsewhere atomic.Pointer[trust.Bundle]
	elsewhere.Store(second)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_, _ = w.Write(elsewhere.Load().Published())
	}))
	defer server.Close()

	dir := t.TempDir()
	from, own := filepath.Join(dir, "given"), filepath.Join(dir, "own")
	version := 0
	give := func(bundle *trust.Bundle) { // as Kubernetes renews a volume
		version++
		place := filepath.Join(from, "..v"+strings.Repeat("i", version))
		raw, err := bundle.Marshal()
		if err != nil {
			t.Fatal(err)
		}
		if err := os.MkdirAll(place, 0o755); err != nil {
			t.Fatal(err)
		}
		for name, content := range map[string]string{
			"trust.json": string(raw), "verifier.json": `{"region": "310105", "rate": {"perSecond": 100000, "burst": 100000}, "trust": {"from": ["` + server.URL + `"]}}`,
		} {
			if err := os.WriteFile(filepath.Join(place, name), []byte(content), 0o440); err != nil {
				t.Fatal(err)
			}
			if err := os.Symlink(filepath.Join("..data", name), filepath.Join(from, name)); err != nil && !os.IsExist(err) {
				t.Fatal(err)
			}
		}
		next := filepath.Join(from, "..next")
		if err := os.Symlink(filepath.Base(place), next); err != nil {
			t.Fatal(err)
		}
		if err := os.Rename(next, filepath.Join(from, "..data")); err != nil {
			t.Fatal(err)
		}
	}
	program := ourselves(t)
	listen := ""
	start := func() *process {
		listen = fmt.Sprintf("localhost:%d", exchangetest.FreePort(t))
		return startNode(t, program, listen, "--trust", trustPath(own), "--config", filepath.Join(own, "verifier.json"))
	}
	assembled := func() {
		t.Helper()
		if out, err := exec.Command(program, "assemble", "--from", from, "--data", own).CombinedOutput(); err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
	}
	goesBy := func(bundle *trust.Bundle) func() bool {
		return func() bool { return answered(t, "http://"+listen+wellKnown) == string(bundle.Published()) }
	}

	give(first)
	assembled()
	node := start()
	waitFor(t, "it has fetched what is newer", goesBy(second))
	give(third)
	waitFor(t, "it has taken what was handed over", goesBy(third))
	elsewhere.Store(fourth)
	node.end(t)
	node = start()
	waitFor(t, "it has fetched what is newer than that", goesBy(fourth))
	elsewhere.Store(first)
	node.end(t)
	for _, again := range []func(){func() {}, assembled} { // the container alone, or the pod as well
		again()
		node = start()
		if !goesBy(fourth)() {
			t.Error("a start has set it back")
		}
		give(second)
		time.Sleep(2 * lookForTrust)
		if !goesBy(fourth)() {
			t.Error("it was set back by what was handed over")
		}
		node.end(t)
	}
}
