package main

import (
	"bytes"
	"context"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"testing"
	"time"

	"yizheng/keys"
	"yizheng/license"
	"yizheng/trust"
	"yizheng/trust/root"
)

// tended is a root, and the trust.json that it began with.
type tended struct {
	folder *root.Folder
	dir    string
	online string // the file of its on-line key
	raw    []byte
	clock  func() time.Time
}

func newTended(t *testing.T, at time.Time, clock func() time.Time) *tended {
	t.Helper()
	w := &tended{dir: t.TempDir(), clock: clock}
	var err error
	if w.folder, err = root.Create(filepath.Join(w.dir, "root"), root.Config{Name: "shanghai", Title: "上海市", Territory: trust.Territory{"31"}}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(w.folder.Close)
	if w.raw, err = w.folder.BundleFor("310105", at); err != nil {
		t.Fatal(err)
	}
	w.online = filepath.Join(w.dir, "root", "key-"+w.folder.Signer().Online.Keys[0].KeyID()+".jwk")
	return w
}

// node is one that goes by a copy of that trust.json.
func (w *tended) node(t *testing.T, name string, s *trustSettings) *checker {
	t.Helper()
	file := filepath.Join(w.dir, name)
	if err := os.WriteFile(file, w.raw, 0o644); err != nil {
		t.Fatal(err)
	}
	bundle, err := readBundle(file)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.check(); err != nil {
		t.Fatal(err)
	}
	tending, err := newTending(s, w.dir, nil)
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
		clock: w.clock, log: log,
	}, bundle)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// rerooted signs that by other keys, which a newer version of the root names.
func (w *tended) rerooted(t *testing.T, at time.Time) []byte {
	t.Helper()
	if err := w.folder.Rotate(root.Config{}); err != nil {
		t.Fatal(err)
	}
	return w.relisted(t, at)
}

// delegated signs a root document that names a delegate, and nothing else anew.
func (w *tended) delegated(t *testing.T, at time.Time) []byte {
	t.Helper()
	below := filepath.Join(w.dir, "below")
	f, err := root.Create(below, root.Config{Name: "changning", Title: "长宁区", Territory: trust.Territory{"310105"}, Under: "shanghai"})
	if err != nil {
		t.Fatal(err)
	}
	f.Close()
	request, err := os.ReadFile(filepath.Join(below, "signer.json"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.folder.Delegate(request); err != nil {
		t.Fatal(err)
	}
	raw, err := w.folder.BundleFor("310105", at)
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

// relisted signs a newer directory, with one office.
func (w *tended) relisted(t *testing.T, at time.Time) []byte {
	t.Helper()
	if err := w.folder.Relist([]license.Authority{{Name: "长宁区市场监督管理局", Region: "310105"}}); err != nil {
		t.Fatal(err)
	}
	raw, err := w.folder.BundleFor("310105", at)
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

// TestOvertake: a list, or a version of the root, that was signed before the node
// stated anew that the one of before counts, and arrives after, is gone by.
func TestOvertake(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	at := time.Date(2026, 11, 24, 2, 0, 0, 0, time.UTC)
	for name, arrives := range map[string]func(t *testing.T, c *checker, raw []byte) error{
		"on the disk": func(t *testing.T, c *checker, raw []byte) error {
			if err := os.WriteFile(c.trustFile, raw, 0o644); err != nil {
				t.Fatal(err)
			}
			return c.reloadTrust(ctx)
		},
		"on the disk while it states": func(t *testing.T, c *checker, raw []byte) error {
			if err := os.WriteFile(c.trustFile, raw, 0o644); err != nil {
				t.Fatal(err)
			}
			return c.tendOnce(ctx)
		},
		"from another deployment": func(t *testing.T, c *checker, raw []byte) error {
			b := mustLoad(t, raw)
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write(b.Published()) }))
			defer server.Close()
			c.tending.from = []string{server.URL}
			return c.tendOnce(ctx)
		},
	} {
		overtakes := func(t *testing.T, signed func(w *tended, t *testing.T, at time.Time) []byte) {
			now := at
			w := newTended(t, at, func() time.Time { return now })
			c := w.node(t, "trust.json", &trustSettings{Signer: "shanghai", Keys: []string{w.online}})
			keyless := w.node(t, "keyless.json", &trustSettings{})
			before := c.view.Load().bundle.Of("shanghai")

			now = at.Add(20 * time.Hour) // signed
			raw := signed(w, t, now)
			now = at.Add(25 * time.Hour) // stated
			if err := c.tendOnce(ctx); err != nil || !c.view.Load().bundle.Of("shanghai").Freshness.Issued.Equal(now) {
				t.Fatal("the node does not state that the list of before counts:", err)
			}
			stated := c.view.Load().bundle.Published()
			if name == "on the disk while it states" {
				now = at.Add(50 * time.Hour)
			} else {
				now = at.Add(26 * time.Hour)
			}
			if err := arrives(t, c, raw); err != nil {
				t.Fatal(err)
			}
			onDisk, err := readBundle(c.trustFile)
			if err != nil {
				t.Fatal(err)
			}
			for where, b := range map[string]*trust.Bundle{"what it goes by": c.view.Load().bundle, "on the disk": onDisk} {
				p := b.Of("shanghai")
				if p.Directory == nil || len(p.Directory.Entries) != 1 || p.Freshness.Sequence <= before.Freshness.Sequence || !p.Freshness.Issued.Equal(now) || len(b.Faults) > 0 {
					t.Errorf("%s: %+v, stated at %s, %v", where, p.Directory, p.Freshness.Issued, b.Faults)
				}
			}

			// What is older is refused as before, and nothing is stated for it.
			overtaken := c.view.Load().bundle
			now = now.Add(time.Hour)
			for what, older := range map[string][]byte{"the first list": mustLoad(t, w.raw).Published(), "the statement of before": stated, "the same list again": mustLoad(t, raw).Published()} {
				if n, _, err := c.update(overtaken, older); err == nil && !n.Same(overtaken) {
					t.Errorf("%s is taken", what)
				}
			}
			// Who has no key of the signer cannot state it, and takes what is stated.
			held, _, err := keyless.update(keyless.view.Load().bundle, stated)
			if err != nil {
				t.Fatal(err)
			}
			if n, _, err := keyless.update(held, mustLoad(t, raw).Published()); err == nil && !n.Same(held) {
				t.Error("without a key the older statement is taken")
			}
			if n, _, err := keyless.update(held, overtaken.Published()); err != nil || len(n.Of("shanghai").Directory.Entries) != 1 {
				t.Errorf("what was overtaken is refused: %v", err)
			}
		}
		t.Run(name, func(t *testing.T) { overtakes(t, (*tended).relisted) })
		t.Run("by a newer root, "+name, func(t *testing.T) { overtakes(t, (*tended).rerooted) })
	}
}

// TestKeptTrust: what a node keeps on the disk takes nothing away from what was put
// there and it cannot take in.
func TestKeptTrust(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 11, 24, 2, 0, 0, 0, time.UTC)
	signedLate := func(t *testing.T, w *tended) []byte { return w.relisted(t, at.Add(time.Hour)) }
	half := func(_ *testing.T, w *tended) []byte { return w.raw[:len(w.raw)/2] }
	for name, c := range map[string]struct {
		put  func(t *testing.T, w *tended) []byte
		at   time.Duration // when the node states
		kept bool
	}{
		"half of a file":                     {half, 25 * time.Hour, true},
		"a list whose statement has ended":   {signedLate, 40 * 24 * time.Hour, true},
		"a list that can be stated to count": {signedLate, 25 * time.Hour, false},
		"a root whose statement has ended":   {func(t *testing.T, w *tended) []byte { return w.delegated(t, at.Add(time.Hour)) }, 40 * 24 * time.Hour, true},
		"what the node began with, of another place": {func(t *testing.T, w *tended) []byte {
			raw, err := mustLoad(t, w.raw).In("310106").Marshal()
			if err != nil {
				t.Fatal(err)
			}
			return raw
		}, 25 * time.Hour, false},
	} {
		t.Run(name, func(t *testing.T) {
			now := at.Add(2 * time.Hour)
			w := newTended(t, at, func() time.Time { return now })
			node := w.node(t, "trust.json", &trustSettings{Signer: "shanghai", Keys: []string{w.online}})
			put := c.put(t, w)
			now = at.Add(c.at)
			if c.kept { // it has stated before
				if err := node.tendOnce(t.Context()); err != nil {
					t.Fatal(err)
				}
				now = now.Add(25 * time.Hour)
			}
			if err := os.WriteFile(node.trustFile, put, 0o644); err != nil {
				t.Fatal(err)
			}
			err := node.tendOnce(t.Context())
			left, readErr := os.ReadFile(node.trustFile)
			if readErr != nil {
				t.Fatal(readErr)
			}
			if same := bytes.Equal(left, put); same != c.kept || (err != nil) != c.kept {
				t.Errorf("it is left there: %v, %v", same, err)
			}
			if !node.view.Load().bundle.Of("shanghai").Freshness.Issued.Equal(now) {
				t.Error("it does not go by what it has stated")
			}
			if onDisk, err := readBundle(node.trustFile); name == "what the node began with, of another place" && (err != nil || onDisk.Anchor.Region != "310106") {
				t.Errorf("the place is set back: %v", err)
			}
		})
	}
}

func mustLoad(t *testing.T, raw []byte) *trust.Bundle {
	t.Helper()
	b, err := trust.Load(raw)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// TestTend: the node that has the on-line key states each day that the list
// counts, and one that fetches from it goes by that, with no other key.
func TestTend(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 11, 24, 2, 0, 0, 0, time.UTC)
	now := at
	w := newTended(t, at, func() time.Time { return now })
	f, dir, online := w.folder, w.dir, w.online
	stating := w.node(t, "stating.json", &trustSettings{Signer: "shanghai", Keys: []string{online}})
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
	fetching := w.node(t, "fetching.json", &trustSettings{From: []string{server.URL}})
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
