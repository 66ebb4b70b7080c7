package api_test

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"net/http"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"time"

	"yizheng/api"
	"yizheng/catalog"
	"yizheng/exchange"
	"yizheng/issuer"
	"yizheng/issuer/issuertest"
	"yizheng/payload"
	"yizheng/register"
	"yizheng/scanner/offline"
	"yizheng/scanner/scannertest"
	"yizheng/trust"
	"yizheng/verifier"
)

// robbery is a district whose license key was stolen and closed, and what its
// nodes give out of the closing list.
type robbery struct {
	world    *world
	mu       sync.Mutex
	parts    map[string][]byte
	asked    []string // digests
	sequence uint64
}

// part implements api.Config's Closing.
func (r *robbery) part(_ context.Context, digest string) ([]byte, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	part, ok := r.parts[digest]
	if !ok {
		return nil, issuer.ErrNotFound
	}
	r.asked = append(r.asked, digest)
	return part, nil
}

// close publishes a trust list that names the closing list of the license key:
// on it stand the codes, among so many others. It gives the list's digest.
func (r *robbery) close(t *testing.T, others int, codes ...string) string {
	t.Helper()
	key := r.world.keys.License.PublicKey()
	sums := make([][sha256.Size]byte, others)
	for n := range sums {
		sums[n] = sha256.Sum256(fmt.Append(nil, n))
	}
	for _, text := range codes {
		_, code, err := payload.Find(text)
		if err != nil {
			t.Fatal(err)
		}
		sums = append(sums, sha256.Sum256(code.SigningInput(key.Algorithm())))
	}
	now := r.world.clock.Now().UTC()
	list, chunks, err := trust.BuildClosing(trust.ClosingList{Region: issuertest.Region, Key: key.KeyID(), Since: now.Add(-24 * time.Hour), Issued: now}, sums)
	if err != nil {
		t.Fatal(err)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.parts, r.asked = map[string][]byte{trust.Digest(list): list}, nil
	for _, chunk := range chunks {
		r.parts[trust.Digest(chunk)] = chunk
	}
	r.world.others.Issuer(issuertest.Region).Keys[0].Closing = trust.Digest(list)
	r.sequence++
	signed, err := r.world.others.Bundle(issuertest.Region, r.sequence, r.world.clock.Now())
	if err != nil {
		t.Fatal(err)
	}
	w := r.world
	if w.bundle, err = trust.Load(signed); err != nil {
		t.Fatal(err)
	}
	w.lists = w.lists.For(w.bundle)
	for _, part := range append([][]byte{list}, chunks...) {
		if err := w.lists.Add(part); err != nil {
			t.Fatal(err)
		}
	}
	if w.verifier, err = verifier.New(verifier.Config{Trust: w.bundle, Lists: w.lists}); err != nil {
		t.Fatal(err)
	}
	return trust.Digest(list)
}

// fetched gives how many parts were asked for since the key was last closed.
func (r *robbery) fetched() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return len(r.asked)
}

// backdated are licenses that the thief of the world's key has signed in a
// place of his own, and dated ten days back.
func backdated(t *testing.T, w *world) (texts []string) {
	t.Helper()
	ctx := context.Background()
	hideout, err := register.Create(ctx, filepath.Join(t.TempDir(), "thief.db"), register.Config{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = hideout.Close() })
	clock := issuertest.NewClock()
	clock.Advance(-10 * 24 * time.Hour)
	config := issuertest.Config(t, hideout, clock)
	config.Keys = w.keys
	thief, err := issuer.New(config)
	if err != nil {
		t.Fatal(err)
	}
	var loot []catalog.Application
	for n := range 8 {
		loot = append(loot, issuertest.Numbered(t, n))
	}
	forged, err := thief.Issue(ctx, loot, issuer.Order{Actor: issuer.Operator("贼")})
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range forged {
		texts = append(texts, f.Text)
	}
	return texts
}

// agrees holds the page's answer to the server's: the same checks, for the same
// reasons.
func (p *phone) agrees(text string, want verifier.Outcome, reason verifier.Reason) {
	p.t.Helper()
	p.finds(text, want, reason)
	server := p.world.verifier.Verify(text, p.world.clock.Now())
	if page := p.judged(text); page.Outcome != server.Outcome || !slices.Equal(page.Checks, server.Checks) || !slices.Equal(page.Warnings, server.Warnings) {
		p.t.Errorf("the page says %+v, the server %s %+v %v", page, server.Outcome, server.Checks, server.Warnings)
	}
}

// finds types a text and holds the page's answer to an outcome, and to what is
// said of trust.
func (p *phone) finds(text string, want verifier.Outcome, reason verifier.Reason) {
	p.t.Helper()
	p.types(text)
	p.outcome(string(want))
	if found := p.judged(text).Checks[2].Reason; found != reason {
		p.t.Errorf("reason %q, want %q", found, reason)
	}
}

// judged is a result as the page's own modules have it.
type judged struct {
	Outcome  verifier.Outcome
	Checks   []verifier.Check
	Warnings []verifier.Reason
}

func (p *phone) judged(text string) (page judged) {
	p.t.Helper()
	p.Run(p.module("session.js", `m.verify(`+quoted(p.t, text)+`).then((a) => a.result)`), &page)
	return page
}

// module is JavaScript for an expression over a module m of the page.
func (p *phone) module(name, expression string) string {
	p.t.Helper()
	var address string
	p.Run(`performance.getEntriesByType("resource").map((e) => e.name).find((n) => n.includes("/`+name+`"))`, &address)
	return `import(` + quoted(p.t, address) + `).then((m) => ` + expression + `)`
}

func quoted(t *testing.T, text string) string {
	t.Helper()
	b, err := json.Marshal(text)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// restart closes the page and opens it again.
func (p *phone) restart() {
	p.t.Helper()
	p.Go(p.server.URL + "/scan")
	p.Wait(`document.body.dataset.ready === "lists"`)
}

// scannerClosing: an inspector in flight mode meets licenses whose key was
// stolen and closed. What the register knows passes, what the thief signed and
// dated back does not, before and after a restart of the page; and so it is
// with a closing list that is too large to be carried unasked.
func scannerClosing(t *testing.T, page http.Handler) {
	r := &robbery{sequence: 8}
	var honest string
	p := newPhone(t, page, func(w *world) []scannertest.Shot {
		r.world = w
		honest = w.issued(issuertest.Store).Text
		return []scannertest.Shot{{Frames: 10}}
	}, func(c *api.Config) {
		c.Closing = r.part
		c.Trust = func() []byte { return r.world.bundle.Published() }
		limiter, err := exchange.New(exchange.Config{Rate: exchange.Rate{PerSecond: 1000, Burst: 1000}, Clock: c.Clock})
		if err != nil {
			t.Fatal(err)
		}
		c.Limiter = limiter
	})
	forged := backdated(t, p.world)
	p.visit()
	p.agrees(honest, verifier.Valid, "")
	p.agrees(forged[0], verifier.Invalid, "") // by an unused entry of the list: the theft is not known yet

	r.close(t, 5000, honest)
	p.refresh()
	if n := r.fetched(); n != 5 {
		t.Errorf("%d parts were fetched ahead, want the list and 4 chunks", n)
	}
	both := func(judge func(string, verifier.Outcome, verifier.Reason)) {
		t.Helper()
		judge(honest, verifier.Valid, "")
		judge(forged[0], verifier.NotGenuine, verifier.Backdated)
	}
	both(p.agrees)
	p.flight(true)
	both(p.agrees)
	p.restart()
	both(p.agrees)
	p.Accessible("a license by a closed key")
	p.golden("closed-forged-360x740")
	p.settings()
	p.Wait(`document.getElementById("held").innerText.includes("关闭清单：5001 张证")`)
	p.flight(false)
	if n := r.fetched(); n != 5 {
		t.Errorf("in flight mode %d parts were fetched", n-5)
	}

	// A list of a hundred thousand and more: its chunks come when they are needed.
	list := r.close(t, offline.Ahead/16, honest)
	p.refresh()
	if n := r.fetched(); n != 1 {
		t.Errorf("%d parts of the large list were fetched ahead", n)
	}
	both(p.agrees)
	if n := r.fetched(); n > 3 {
		t.Errorf("%d parts were fetched for two licenses", n)
	}
	unseen := r.elsewhere(t, list, forged)
	p.flight(true)
	p.restart()
	both(p.agrees)
	p.finds(unseen, verifier.Unknown, verifier.ClosingListMissing)
	p.flight(false)
	p.refresh()
	p.Wait(`!document.getElementById("freshness").innerText.includes("离线")`)
	p.settings()
	p.Run(`document.getElementById("large").scrollIntoView({ block: "center" })`, nil)
	p.Accessible("the settings with a large closing list")
	p.golden("closed-settings-360x740")
	p.Run(`document.getElementById("large").click()`, nil)
	p.Wait(`document.getElementById("large")?.checked && !document.getElementById("held").innerText.includes("用到时联网取")`)
	p.flight(true)
	p.restart()
	both(p.agrees)
	p.agrees(unseen, verifier.NotGenuine, verifier.Backdated)

	// What lies on the device is held to its digest each time.
	for digest := range r.parts {
		p.Run(p.module("store.js", `m.keep("closing/`+digest+`", new Uint8Array(16))`), nil)
	}
	p.restart()
	p.finds(honest, verifier.Unknown, verifier.ClosingListMissing)
	p.finds(forged[0], verifier.Unknown, verifier.ClosingListMissing)
	p.flight(false)
	p.refresh()
	both(p.agrees)
}

// elsewhere gives one of the texts whose chunk was not asked for yet.
func (r *robbery) elsewhere(t *testing.T, digest string, texts []string) string {
	t.Helper()
	list, err := trust.ParseClosing(r.parts[digest])
	if err != nil {
		t.Fatal(err)
	}
	for _, text := range texts {
		_, code, err := payload.Find(text)
		if err != nil {
			t.Fatal(err)
		}
		sum := sha256.Sum256(code.SigningInput(r.world.keys.License.PublicKey().Algorithm()))
		if !slices.Contains(r.asked, list.Chunk(sum)) {
			return text
		}
	}
	t.Fatal("all stand in chunks that were asked for")
	return ""
}

// scannerDeltas: what a phone pays for one suspended permit, that it knows of it
// off line, and that nobody on the way can make it miss one.
func scannerDeltas(t *testing.T, page http.Handler) {
	var store issuer.Issued
	p := newPhone(t, page, func(w *world) []scannertest.Shot {
		store = w.issued(issuertest.Store)
		return []scannertest.Shot{{Frames: 10}}
	})
	paid := func() (up, down int64) { return p.asked.Swap(0), p.given.Swap(0) }
	p.visit()
	p.agrees(store.Text, verifier.Valid, "")
	_, all := paid()
	p.refresh()
	up, same := paid()
	p.suspend(store)
	p.refresh()
	_, one := paid()
	p.agrees(store.Text, verifier.PartiallyValid, "")
	t.Logf("bytes of POST /status/lists for one list: %d asked; %d given at first, %d when nothing is new, %d for one suspended permit", up, all, same, one)
	if one > 1000 || one > all/2 || same > 400 {
		t.Errorf("%d bytes for one change and %d for none, of %d", one, same, all)
	}
	p.flight(true)
	p.restart()
	p.agrees(store.Text, verifier.PartiallyValid, "")
	p.flight(false)

	// What a delta does not fit is asked for whole, in the same breath.
	p.spoil.Store(true)
	p.world.want(request{
		method: "POST", path: "/v1/licenses/" + store.License.Number + "/withdraw", token: p.world.asOffice(), media: "application/json", body: `{"reason":"停业"}`,
	}, 200, "")
	p.refresh()
	p.agrees(store.Text, verifier.Invalid, "")
	if _, whole := paid(); whole < all/2 {
		t.Errorf("%d bytes in all: the list was not asked for whole", whole)
	}
}
