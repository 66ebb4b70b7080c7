package main

import (
	"context"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"testing"
	"time"

	"yizheng/keys"
	"yizheng/trust"
	"yizheng/trust/root"
)

// TestTend: the node that has the on-line key states each day that the list
// counts, and one that fetches from it goes by that, with no other key.
func TestTend(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 11, 24, 2, 0, 0, 0, time.UTC)
	dir := t.TempDir()
	f, err := root.Create(filepath.Join(dir, "root"), root.Config{Name: "shanghai", Title: "上海市", Territory: trust.Territory{"31"}})
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	raw, err := f.BundleFor("310105", at)
	if err != nil {
		t.Fatal(err)
	}
	online, err := filepath.Glob(filepath.Join(dir, "root", "key-"+f.Signer().Online.Keys[0].KeyID()+".jwk"))
	if err != nil || len(online) != 1 {
		t.Fatal(online, err)
	}
	now := at
	tended := func(name string, s *trustSettings) *checker {
		file := filepath.Join(dir, name)
		if err := os.WriteFile(file, raw, 0o644); err != nil {
			t.Fatal(err)
		}
		bundle, err := readBundle(file)
		if err != nil {
			t.Fatal(err)
		}
		if err := s.check(); err != nil {
			t.Fatal(err)
		}
		tending, err := newTending(s, dir, nil)
		if err != nil {
			t.Fatal(err)
		}
		log := slog.New(slog.DiscardHandler)
		alone, err := openExchange(nil, nil, "", "310105", log)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = alone.Close() })
		c, err := newChecker(checkerConfig{
			trustFile: file, region: "310105", client: &http.Client{Timeout: time.Second}, shared: alone, tending: tending,
			clock: func() time.Time { return now }, log: log,
		}, bundle)
		if err != nil {
			t.Fatal(err)
		}
		return c
	}
	stating := tended("stating.json", &trustSettings{Signer: "shanghai", Keys: []string{online[0]}})
	asked := 0
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked++
		published := stating.view.Load().bundle.Published()
		w.Header().Set("ETag", `"`+trust.Digest(published)+`"`)
		if r.Header.Get("If-None-Match") == w.Header().Get("ETag") {
			w.WriteHeader(http.StatusNotModified)
			return
		}
		_, _ = w.Write(published)
	}))
	defer server.Close()
	fetching := tended("fetching.json", &trustSettings{From: []string{server.URL}})
	stated := func(c *checker) time.Time { return c.view.Load().bundle.Of("shanghai").Freshness.Issued }

	for _, step := range []struct {
		after time.Duration
		want  time.Time
	}{
		{time.Hour, at}, {24 * time.Hour, at.Add(24 * time.Hour)}, {30 * time.Hour, at.Add(24 * time.Hour)}, {49 * time.Hour, at.Add(49 * time.Hour)},
	} {
		now = at.Add(step.after)
		if err := stating.tendOnce(context.Background()); err != nil {
			t.Fatal(err)
		}
		if err := fetching.tendOnce(context.Background()); err != nil {
			t.Fatal(err)
		}
		if !stated(stating).Equal(step.want) || !stated(fetching).Equal(step.want) {
			t.Errorf("after %s stated at %s, fetched %s, want %s", step.after, stated(stating), stated(fetching), step.want)
		}
	}
	if asked != 4 {
		t.Errorf("asked %d times", asked)
	}
	onDisk, err := readBundle(fetching.trustFile)
	if err != nil || !onDisk.Of("shanghai").Freshness.Issued.Equal(at.Add(49*time.Hour)) {
		t.Errorf("on the disk: %v", err)
	}
	server.Close()
	if err := fetching.tendOnce(context.Background()); err == nil {
		t.Error("nobody is told that nothing could be fetched")
	}
	if _, err := newTending(&trustSettings{Signer: "shanghai", Keys: []string{filepath.Join("root", "key-"+f.Signer().Keys[0].KeyID()+".jwk")}}, dir, nil); err == nil {
		t.Errorf("a key for %s states", keys.UseRoot)
	}
}
