package bundle_test

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"yizheng/bundle"
	"yizheng/license"
	"yizheng/signature"
	"yizheng/status"
	"yizheng/trust"
	"yizheng/verifier"
	"yizheng/verifier/verifiertest"
)

// scene is a deployment in 310105 that hands out bundles, and a license of it.
type scene struct {
	world  *verifiertest.World
	trust  *trust.Bundle
	text   string
	config bundle.Config
}

func newScene(t *testing.T) *scene {
	t.Helper()
	w, err := verifiertest.New()
	if err != nil {
		t.Fatal(err)
	}
	s := &scene{world: w, trust: documents(t, w, 7)}
	lists := verifier.NewLists(s.trust)
	for _, region := range []license.Region{"310105", "330400"} {
		issuer := w.Issuer(region)
		l, err := issuer.License("bookstore-cafe-5-permits")
		if err != nil {
			t.Fatal(err)
		}
		token, err := issuer.List(l, 5, verifiertest.Now())
		if err != nil {
			t.Fatal(err)
		}
		if err := lists.Add([]byte(token)); err != nil {
			t.Fatal(err)
		}
		if region == "310105" {
			code, err := issuer.Issue(l)
			if err != nil {
				t.Fatal(err)
			}
			s.text = code.Text(issuer.VerifyURL)
		}
	}
	s.config = bundle.Config{
		By: "310105", Regions: []license.Region{"330400", "310105"}, Made: verifiertest.Now(), Life: 24 * time.Hour,
		Trust: s.trust, Lists: lists.Held(),
	}
	return s
}

func documents(t *testing.T, w *verifiertest.World, sequence uint64) *trust.Bundle {
	t.Helper()
	raw, err := w.Bundle("310105", sequence, verifiertest.Now())
	if err != nil {
		t.Fatal(err)
	}
	b, err := trust.Load(raw)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func (s *scene) made(t *testing.T) []byte {
	t.Helper()
	raw, err := bundle.Make(s.config, s.world.Issuer(s.config.By).Status)
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

// verify says what the license is by an opened bundle alone, some time after
// it was made.
func (s *scene) verify(t *testing.T, b *bundle.Bundle, after time.Duration) verifier.Result {
	t.Helper()
	v, err := verifier.New(verifier.Config{Trust: b.Trust, Lists: b.Lists, Limits: verifier.Freshness{Until: b.Expires}})
	if err != nil {
		t.Fatal(err)
	}
	return v.Verify(s.text, verifiertest.Now().Add(after))
}

// TestOffline goes off line with a bundle: it is enough to verify by until it
// ends, and from then on nothing is known to be good.
func TestOffline(t *testing.T) {
	t.Parallel()
	s := newScene(t)
	b, err := bundle.Open(s.made(t), s.trust)
	if err != nil || len(b.Refused) > 0 {
		t.Fatal(err, b.Refused)
	}
	if !slices.Equal(b.Regions, []license.Region{"310105", "330400"}) || len(b.Lists.Held()) != 2 || b.Statement.Lists != 2 {
		t.Errorf("%+v", b.Statement)
	}
	for _, tt := range []struct {
		after  time.Duration
		want   verifier.Outcome
		reason verifier.Reason
	}{
		{0, verifier.Valid, ""},
		{24*time.Hour - time.Second, verifier.Valid, ""},
		{24 * time.Hour, verifier.Unknown, verifier.BundleExpired},
		{100 * time.Hour, verifier.Unknown, verifier.BundleExpired},
	} {
		r := s.verify(t, b, tt.after)
		if r.Outcome != tt.want || r.Check(verifier.StatusCheck).Reason != tt.reason || r.Lists.Status == nil || r.Lists.Status.Age != int64(tt.after/time.Second) {
			t.Errorf("%v on: %s, %s", tt.after, r.Outcome, r.Check(verifier.StatusCheck).Reason)
		}
	}
}

// TestKeep: a bundle that its user keeps carries the anchor, and needs nothing
// beside it; one that is handed out never does.
func TestKeep(t *testing.T) {
	t.Parallel()
	s := newScene(t)
	raw := s.made(t)
	if strings.Contains(string(raw), `"anchor"`) {
		t.Error("what is handed out carries its own root")
	}
	if _, err := bundle.Open(raw, nil); !errors.Is(err, bundle.ErrMalformed) {
		t.Errorf("without an anchor: %v", err)
	}
	kept, err := bundle.Keep(raw, s.trust.Anchor)
	if err != nil {
		t.Fatal(err)
	}
	b, err := bundle.Open(kept, nil)
	if err != nil || s.verify(t, b, time.Hour).Outcome != verifier.Valid {
		t.Errorf("kept: %v", err)
	}
}

// TestKeepNoLists keeps a bundle without the member lists: null is no list.
func TestKeepNoLists(t *testing.T) {
	t.Parallel()
	kept, err := bundle.Keep([]byte(`{"trust":{},"statement":"x"}`), newScene(t).trust.Anchor)
	if err != nil || !bytes.Contains(kept, []byte(`"lists":[]`)) {
		t.Errorf("%s, %v", kept, err)
	}
}

// TestKeepIndented: the statement binds the trust documents as they stand in the
// file, so a copy that is kept has them as they stood there.
func TestKeepIndented(t *testing.T) {
	t.Parallel()
	s := newScene(t)
	var f map[string]json.RawMessage
	var documents bytes.Buffer
	if err := errors.Join(json.Unmarshal(s.made(t), &f), json.Indent(&documents, f["trust"], "", " ")); err != nil {
		t.Fatal(err)
	}
	var statement bundle.Statement
	_, payload, _ := strings.Cut(string(f["statement"]), ".")
	payload, _, _ = strings.Cut(payload, ".")
	b, err := base64.RawURLEncoding.DecodeString(payload)
	if err := errors.Join(err, json.Unmarshal(b, &statement)); err != nil {
		t.Fatal(err)
	}
	statement.Trust = trust.Digest(append(documents.Bytes(), '\n'))
	b, err = json.Marshal(statement)
	if err != nil {
		t.Fatal(err)
	}
	token, err := signature.SignCompact(s.world.Issuer("310105").Status, signature.Header{Type: bundle.Type}, b)
	if err != nil {
		t.Fatal(err)
	}
	raw := fmt.Appendf(nil, " {\"lists\": %s, \"anchor\": {}, \"trust\" : %s ,\"statement\":%q}\n", f["lists"], documents.Bytes(), token)
	if _, err := bundle.Open(raw, s.trust); err != nil {
		t.Fatal(err)
	}
	kept, err := bundle.Keep(raw, s.trust.Anchor)
	if err != nil {
		t.Fatal(err)
	}
	opened, err := bundle.Open(kept, nil)
	if err != nil || s.verify(t, opened, time.Hour).Outcome != verifier.Valid {
		t.Errorf("kept: %v", err)
	}
}

// TestTrust: newer trust documents in a bundle are taken over, and older ones
// are no reason to go back.
func TestTrust(t *testing.T) {
	t.Parallel()
	s := newScene(t)
	raw := s.made(t)
	for _, held := range []uint64{6, 7, 8} {
		b, err := bundle.Open(raw, documents(t, s.world, held))
		if err != nil {
			// A bundle of older trust documents is complete as it was made.
			t.Fatalf("held %d: %v", held, err)
		}
		if got := b.Trust.Of("delta/shanghai").List.Sequence; got != max(7, held) {
			t.Errorf("held %d: goes by %d", held, got)
		}
	}
	stranger, err := verifiertest.New()
	if err != nil {
		t.Fatal(err)
	}
	if err := stranger.Usurp(); err != nil {
		t.Fatal(err)
	}
	usurped, err := bundle.Make(bundle.Config{
		By: "310105", Regions: s.config.Regions, Made: verifiertest.Now(), Life: time.Hour, Trust: documents(t, stranger, 9),
	}, s.world.Issuer("330400").Status)
	if err != nil {
		t.Fatal(err)
	}
	if b, err := bundle.Open(usurped, s.trust); err == nil {
		t.Errorf("roots of its own are believed: %+v", b.Statement)
	}
}

// TestOpenRefuses what somebody on the way, or the deployment of another
// region, might make of a bundle.
func TestOpenRefuses(t *testing.T) {
	t.Parallel()
	s := newScene(t)
	good := string(s.made(t))
	edited := func(change func(map[string]any)) string {
		var f map[string]any
		if err := json.Unmarshal([]byte(good), &f); err != nil {
			t.Fatal(err)
		}
		change(f)
		out, err := json.Marshal(f)
		if err != nil {
			t.Fatal(err)
		}
		return string(out)
	}
	by := func(key *verifiertest.Key, change func(*bundle.Config)) string {
		c := s.config
		change(&c)
		raw, err := bundle.Make(c, key)
		if err != nil {
			t.Fatal(err)
		}
		return string(raw)
	}
	own, other := s.world.Issuer("310105"), s.world.Issuer("330400")
	lists := func(f map[string]any) []any { return f["lists"].([]any) }
	tests := map[string]struct {
		raw  string
		want error
	}{
		"as it is":               {good, nil},
		"a list left out":        {edited(func(f map[string]any) { f["lists"] = lists(f)[1:] }), bundle.ErrIncomplete},
		"all lists left out":     {edited(func(f map[string]any) { f["lists"] = []any{} }), bundle.ErrIncomplete},
		"a list added":           {edited(func(f map[string]any) { f["lists"] = append(lists(f), "a.b.c") }), bundle.ErrIncomplete},
		"lists exchanged":        {edited(func(f map[string]any) { slices.Reverse(lists(f)) }), bundle.ErrIncomplete},
		"no statement":           {edited(func(f map[string]any) { delete(f, "statement") }), bundle.ErrMalformed},
		"something more":         {edited(func(f map[string]any) { f["more"] = 1 }), bundle.ErrMalformed},
		"by its license key":     {by(own.Signer, func(*bundle.Config) {}), bundle.ErrSignature},
		"by another region":      {by(other.Status, func(*bundle.Config) {}), bundle.ErrSignature},
		"in another's name":      {by(own.Status, func(c *bundle.Config) { c.By = "330400" }), bundle.ErrSignature},
		"of nobody":              {by(own.Status, func(c *bundle.Config) { c.By = "440305" }), bundle.ErrSignature},
		"before its key":         {by(own.Status, func(c *bundle.Config) { c.Made = c.Made.AddDate(-20, 0, 0) }), bundle.ErrSignature},
		"something behind it":    {good + "{}", bundle.ErrMalformed},
		"a brace behind it":      {good + "} and anything", bundle.ErrMalformed},
		"a member twice":         {`{"lists":["x","y"],` + good[1:], bundle.ErrMalformed},
		"a name in large":        {strings.Replace(good, `"lists":`, `"LISTS":`, 1), bundle.ErrMalformed},
		"a member of nothing":    {`{"closing":null,` + good[1:], bundle.ErrMalformed},
		"nothing":                {"", bundle.ErrMalformed},
		"a trust file":           {string(s.trust.Published()), bundle.ErrMalformed},
		"another thing's token":  {edited(func(f map[string]any) { f["statement"] = lists(f)[0] }), bundle.ErrMalformed},
		"a signature of another": {edited(func(f map[string]any) { f["statement"] = f["statement"].(string)[:40] }), bundle.ErrMalformed},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			if _, err := bundle.Open([]byte(tt.raw), s.trust); !errors.Is(err, tt.want) {
				t.Errorf("%v, want %v", err, tt.want)
			}
		})
	}
	for name, change := range map[string]func(*bundle.Config){
		"for ever":      func(c *bundle.Config) { c.Life = bundle.MaxLife + time.Second },
		"for no time":   func(c *bundle.Config) { c.Life = 0 },
		"of no region":  func(c *bundle.Config) { c.Regions = nil },
		"of one twice":  func(c *bundle.Config) { c.Regions = []license.Region{"310105", "310105"} },
		"of no regions": func(c *bundle.Config) { c.Regions = []license.Region{"x"} },
	} {
		c := s.config
		change(&c)
		if _, err := bundle.Make(c, own.Status); !errors.Is(err, bundle.ErrMalformed) {
			t.Errorf("made %s: %v", name, err)
		}
	}
}

func FuzzOpen(f *testing.F) {
	f.Add([]byte(`{"statement":"a.b.c","trust":{},"lists":["a.b.c"]}`))
	f.Fuzz(func(t *testing.T, raw []byte) {
		if _, err := bundle.Open(raw, nil); err == nil {
			t.Error("opened without an anchor that anybody gave")
		}
	})
}

// TestManyLists: what a bundle may have of one region is kept when it is opened,
// although a node on line keeps less of one issuer.
func TestManyLists(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("signs two thousand lists")
	}
	const chunks = 2100 // more than 32 MiB when they are unpacked
	s := newScene(t)
	issuer := s.world.Issuer("310105")
	l, err := issuer.License("bookstore-cafe-5-permits")
	if err != nil {
		t.Fatal(err)
	}
	s.config.Lists = nil
	for chunk := range uint32(chunks) {
		l.StatusIndex = status.Index(chunk, 0)
		token, err := issuer.List(l, 5, verifiertest.Now())
		if err != nil {
			t.Fatal(err)
		}
		s.config.Lists = append(s.config.Lists, verifier.Held{Region: "310105", Token: []byte(token)})
	}
	b, err := bundle.Open(s.made(t), s.trust)
	if err != nil || len(b.Refused) > 0 || b.Statement.Lists != chunks || len(b.Lists.Held()) != chunks || b.Lists.IsOver("310105") {
		t.Errorf("%d of %d lists are kept, refused %v: %v", len(b.Lists.Held()), chunks, b.Refused, err)
	}
}

// TestLimit: a region with lists without end is left out, and the statement says
// so; the others' are there.
func TestLimit(t *testing.T) {
	s := newScene(t)
	large := make([]byte, 1<<20)
	for i := range large {
		large[i] = 'x'
	}
	for range bundle.MaxLists >> 20 {
		s.config.Lists = append(s.config.Lists, verifier.Held{Region: "330400", Token: large})
	}
	raw := s.made(t)
	if len(raw) > bundle.MaxFile {
		t.Fatalf("%d bytes", len(raw))
	}
	opened, err := bundle.Open(raw, s.trust)
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(opened.Regions, []license.Region{"310105"}) || len(opened.Lists.Held()) != 1 || len(opened.Refused) != 0 {
		t.Errorf("regions %v, %d lists, refused %v", opened.Regions, len(opened.Lists.Held()), opened.Refused)
	}
	v, err := verifier.New(verifier.Config{Trust: opened.Trust, Lists: opened.Lists})
	if err != nil {
		t.Fatal(err)
	}
	if r := v.Verify(s.text, verifiertest.Now()); r.Outcome != verifier.Valid {
		t.Errorf("%s", r.Outcome)
	}
}
