package main

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"yizheng/exchange/exchangetest"
	"yizheng/license"
	"yizheng/trust"
	"yizheng/verifier/verifiertest"
)

// robbed is a district whose license key was copied by a thief and then closed:
// honest is the code of a license from before, forged one that the thief signs.
func robbed(t *testing.T, listen string) (data, honest, forged, digest string) {
	t.Helper()
	dir := t.TempDir()
	data, thief := filepath.Join(dir, "district"), filepath.Join(dir, "thief")
	run := func(args ...string) string {
		t.Helper()
		exit, out, complaints := runMain("", args...)
		if exit != 0 {
			t.Fatalf("%v: exit %d: %s%s", args, exit, out, complaints)
		}
		return out
	}
	issued := func(data, fixture string) string {
		t.Helper()
		out := filepath.Join(dir, filepath.Base(data)+"-out")
		run("issue", "--data", data, "--out", out, filepath.Join("..", "..", "examples", fixture))
		codes, err := filepath.Glob(filepath.Join(out, "*.txt"))
		if err != nil || len(codes) != 1 {
			t.Fatal(codes, err)
		}
		return codes[0]
	}
	run("init", "--data", data, "--demonstration", "--url", "http://"+listen)
	if out, err := exec.Command("cp", "-r", data, thief).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	honest, forged = issued(data, "bookstore-cafe-5-permits.json"), issued(thief, "restaurant-3-permits.json")
	b, err := trust.Load(mustRead(t, trustPath(data)))
	if err != nil {
		t.Fatal(err)
	}
	key := b.IssuerOf("310105").Keys[0]
	if key.Use != trust.UseLicense {
		t.Fatal("the first key is none for licenses")
	}
	run("keys", "compromise", "--data", data, "--key", key.PublicKey.KeyID(), "--since", time.Now().UTC().Format(time.RFC3339))
	if b, err = trust.Load(mustRead(t, trustPath(data))); err != nil {
		t.Fatal(err)
	}
	for _, k := range b.IssuerOf("310105").Keys {
		if k.Closing != "" {
			return data, honest, forged, k.Closing
		}
	}
	t.Fatal("the trust list names no closing list")
	return "", "", "", ""
}

// TestClosingOverHTTP: a node without a register gives out what another
// publishes of closing lists, and a bundle carries it off line.
func TestClosingOverHTTP(t *testing.T) {
	t.Parallel()
	port := func() string { return fmt.Sprintf("localhost:%d", exchangetest.FreePort(t)) }
	first, second := port(), port()
	data, honest, forged, digest := robbed(t, first)
	program := ourselves(t)
	node := startNode(t, program, first, "--data", data)
	config := filepath.Join(t.TempDir(), "verifier.json")
	if err := os.WriteFile(config, []byte(`{"reach": ["127.0.0.0/8", "::1/128"]}`), 0o600); err != nil {
		t.Fatal(err)
	}
	startNode(t, program, second, "--trust", trustPath(data), "--config", config)

	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	get := func(listen, digest string) (*http.Response, []byte) {
		t.Helper()
		answer, err := client.Get("http://" + listen + "/status/closing/" + digest)
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = answer.Body.Close() }()
		body, err := io.ReadAll(answer.Body)
		if err != nil {
			t.Fatal(err)
		}
		return answer, body
	}
	_, head := get(first, digest)
	list, err := trust.ParseClosing(head)
	if err != nil || trust.Digest(head) != digest || list.Entries != 1 {
		t.Fatalf("%v: %s", err, head)
	}
	// The chunk first: the second node has not even seen the list.
	for _, part := range append(list.ChunkDigests(), digest) {
		for _, listen := range []string{second, first} {
			answer, body := get(listen, part)
			if answer.StatusCode != 200 || trust.Digest(body) != part || !strings.Contains(answer.Header.Get("Cache-Control"), "immutable") {
				t.Errorf("part %s at %s: %s, %d bytes, %v", part, listen, answer.Status, len(body), answer.Header)
			}
		}
	}
	unknown := strings.Repeat("0", 64)
	for _, listen := range []string{first, second} {
		if answer, _ := get(listen, unknown); answer.StatusCode != 404 {
			t.Errorf("a digest that nobody names: %s", answer.Status)
		}
	}
	kept := filepath.Join(t.TempDir(), "kept.json")
	exit, out, complaints := runMain("", "bundle", "fetch", "--trust", trustPath(data), "--from", "http://"+first, kept)
	if exit != 0 || !strings.Contains(out, "1 closing lists") {
		t.Fatal(exit, out, complaints)
	}
	node.end(t)
	for _, tt := range []struct {
		code, outcome, reason string
		exit                  int
	}{
		{honest, "valid", "", 0},
		{forged, "not_genuine", "not_on_closing_list", 1},
	} {
		exit, out, complaints := runMain("", "verify", "--bundle", kept, "--json", tt.code)
		var result struct {
			Outcome string
			Checks  []struct{ Name, Reason string }
		}
		if err := json.Unmarshal([]byte(out), &result); err != nil {
			t.Fatal(err, out, complaints)
		}
		if exit != tt.exit || result.Outcome != tt.outcome || !strings.Contains(out, tt.reason) {
			t.Errorf("%s: exit %d, %+v", tt.code, exit, result)
		}
	}
	// What the second node has it gives out while the first is away.
	if answer, _ := get(second, digest); answer.StatusCode != 200 {
		t.Errorf("while the issuer is away: %s", answer.Status)
	}
}

// TestClosingsOfOthers: a bundle has the closing lists of another district, with
// all their chunks, once those were fetched; one that says to be too large for
// a bundle is left out, and its chunks are not asked for.
func TestClosingsOfOthers(t *testing.T) {
	t.Parallel()
	a := newAbroad(t, verifiertest.Now())
	close := func(key int, entries int, claims uint64) (digest string, chunks int) {
		sums := make([][sha256.Size]byte, entries)
		for n := range sums {
			sums[n] = sha256.Sum256(fmt.Append(nil, key, n))
		}
		list, parts, err := trust.BuildClosing(trust.ClosingList{Region: a.issuer.Region, Key: a.issuer.Keys[key].PublicKey.KeyID(), Issued: verifiertest.Now().UTC()}, sums)
		if err != nil {
			t.Fatal(err)
		}
		list = bytes.Replace(list, fmt.Appendf(nil, `"entries":%d`, entries), fmt.Appendf(nil, `"entries":%d`, claims), 1)
		for _, part := range append(parts, list) {
			a.tokens["/status/closing/"+trust.Digest(part)] = string(part)
		}
		a.issuer.Keys[key].Closing = trust.Digest(list)
		return trust.Digest(list), len(parts)
	}
	digest, chunks := close(0, 5000, 5000)
	close(1, 2100, 4<<20)
	a.bundle, a.path = a.trust(2, verifiertest.Now())
	k, _ := a.checker("")
	for _, away := range []bool{false, true} {
		a.down.Store(away) // what was fetched is held
		whole := k.closings(t.Context(), []license.Region{a.issuer.Region, "330400"}, k.closingPart, 5*time.Second)
		if len(whole) != 1 || len(whole[0]) != 1+chunks || trust.Digest(whole[0][0]) != digest {
			t.Fatalf("%d closing lists", len(whole))
		}
		if asked := a.asked.Load(); asked != int32(chunks)+2 {
			t.Errorf("%d parts were asked for", asked)
		}
	}
	a.down.Store(false)
	for path := range a.tokens { // a chunk that no list at hand names is found by way of the lists
		part := filepath.Base(path)
		fresh, _ := a.checker("")
		if content, err := fresh.closingPart(t.Context(), part); err != nil || trust.Digest(content) != part {
			t.Errorf("%s: %v", part, err)
		}
	}
}
