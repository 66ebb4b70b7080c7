package trust_test

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"yizheng/license"
	"yizheng/signature"
	"yizheng/trust"
	"yizheng/verifier/verifiertest"
)

var now = verifiertest.Now()

func newWorld(t testing.TB) *verifiertest.World {
	t.Helper()
	w, err := verifiertest.New()
	if err != nil {
		t.Fatal(err)
	}
	return w
}

// signed is the trust.json of a world.
func signed(t testing.TB, w *verifiertest.World, sequence uint64, at time.Time) []byte {
	t.Helper()
	b, err := w.Bundle("310105", sequence, at)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func load(t testing.TB, w *verifiertest.World, sequence uint64, at time.Time) *trust.Bundle {
	t.Helper()
	b, err := trust.Load(signed(t, w, sequence, at))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// sound says that nothing of b is left out.
func sound(t testing.TB, b *trust.Bundle) {
	t.Helper()
	if len(b.Faults)+len(b.Refused) > 0 {
		t.Errorf("faults %v, refused %v", b.Faults, b.Refused)
	}
}

func TestLoad(t *testing.T) {
	w := newWorld(t)
	b := load(t, w, 7, now)
	sound(t, b)
	issuer := b.IssuerOf("310105")
	if issuer == nil || issuer.Code != w.Issuer("310105").Code || b.IssuerOf("440106") != nil || len(b.Issuers) != 5 {
		t.Fatalf("IssuerOf: %+v", issuer)
	}
	found := b.KeysByID(issuer.Keys[1].PublicKey.KeyID())
	if len(found) != 1 || found[0].Use != trust.UseStatus || found[0].Issuer != issuer || found[0].By.Path() != "delta/shanghai" {
		t.Errorf("KeysByID: %+v", found)
	}
	if _, ok := b.KeyIn("310106", issuer.Keys[1].PublicKey.KeyID()); ok {
		t.Error("a key stands in the entry of another region")
	}
	for region, want := range map[license.Region]string{"310105": "delta/shanghai", "330400": "delta/zhejiang", "320500": "delta", "110105": "beijing"} {
		if p := b.SpeakerOf(region); p == nil || p.Path() != want {
			t.Errorf("who speaks for %s: %+v", region, p)
		}
	}
	if b.SpeakerOf("440106") != nil || len(b.RulersOf("310105")) != 2 || len(b.RulersOf("320500")) != 1 {
		t.Error("who speaks, who rules")
	}
	if a, ok := b.Of("delta/shanghai").Authority("上海市长宁区体育局"); !ok || a.Region != "310105" {
		t.Errorf("Authority: %+v %v", a, ok)
	}
	if _, ok := b.Of("delta/shanghai").Authority("北京市朝阳区市场监督管理局"); ok {
		t.Error("an authority of another root's directory")
	}
	again, err := b.Marshal()
	if err != nil {
		t.Fatal(err)
	}
	if other, err := trust.Load(again); err != nil || !other.Same(b) {
		t.Errorf("loading what Marshal gave: %v", err)
	}
}

func TestPublishedCarriesNoAnchor(t *testing.T) {
	b := load(t, newWorld(t), 7, now)
	published := b.Published()
	if strings.Contains(string(published), `"anchor"`) || strings.Contains(string(published), `"threshold"`) {
		t.Error("anchor in what is published")
	}
	if _, err := trust.Load(published); err == nil {
		t.Error("documents without an anchor were loaded as a bundle")
	}
	opened, err := b.Anchor.Open(published)
	if err != nil || !opened.Same(b) {
		t.Errorf("opening by an anchor: %v", err)
	}
}

func TestEnds(t *testing.T) {
	w := newWorld(t)
	w.Signed = now.AddDate(0, -6, 0)
	b := load(t, w, 7, now)
	for path, days := range map[string]int{"delta": 30, "delta/shanghai": 7, "beijing": 30} {
		p := b.Of(path)
		if end, by := p.Ends(p.List.Term, trust.ListPart); by != trust.FreshnessPart || !end.Equal(now.AddDate(0, 0, days)) {
			t.Errorf("%s ends at %s by its %s", path, end, by)
		}
	}
	w.Signed = now.Add(-trust.Lifetime).AddDate(0, 0, 1)
	p := load(t, w, 7, now).Of("delta/shanghai")
	if end, by := p.Ends(p.List.Term, trust.ListPart); by != trust.ListPart || !end.Equal(now.AddDate(0, 0, 1)) {
		t.Errorf("ends at %s by its %s", end, by)
	}
	if !p.SignedAt().Equal(w.Signed) {
		t.Errorf("signed at %s", p.SignedAt())
	}
}

// spoil gives the text of a bundle, or of documents, with something replaced.
func spoil(b []byte, old, with string) []byte {
	return []byte(strings.Replace(string(b), old, with, 1))
}

// What the vectors say of whole bundles is not said again here.
func TestLoadRefuses(t *testing.T) {
	good := signed(t, newWorld(t), 7, now)
	for _, c := range []struct {
		name   string
		bundle []byte
		part   string
		reason trust.Reason
	}{
		{"nothing", nil, "bundle", trust.Malformed},
		{"not UTF-8", spoil(good, `"anchor"`, "\"\xff\""), "bundle", trust.Malformed},
		{"too deep", []byte(strings.Repeat("[", 50) + strings.Repeat("]", 50)), "bundle", trust.Malformed},
		{"member in another case", spoil(good, `"publications"`, `"Publications"`), "bundle", trust.Malformed},
		{"verifier in an abolished region", spoil(good, `"region": "310105"`, `"region": "310108"`), "anchor", trust.Inconsistent},
		{"version 0", spoil(good, `"version": 1`, `"version": 0`), "anchor", trust.Inconsistent},
		{"a territory out of order", spoil(good, `"31",`, `"39",`), "anchor", trust.Inconsistent},
		{"a territory of three digits", spoil(good, `"11"`, `"110"`), "anchor", trust.Inconsistent},
		{"a name of no signer", spoil(good, `"name": "delta"`, `"name": "Δ"`), "anchor", trust.Inconsistent},
	} {
		_, err := trust.Load(c.bundle)
		var refusal *trust.Error
		if !errors.As(err, &refusal) || refusal.Reason != c.reason || refusal.Part != c.part {
			t.Errorf("%s: got %v, want %s: %s", c.name, err, c.part, c.reason)
		}
	}
	for _, s := range []string{"null", "{}", "[]", `{"anchor":null,"roots":[],"publications":[]}`, `{"anchor":{}}`, "{", "\x00"} {
		if _, err := trust.Load([]byte(s)); err == nil {
			t.Errorf("%q was loaded", s)
		}
	}
}

// listFault is why the list of Shanghai was refused, after change.
func listFault(t *testing.T, change func(*verifiertest.World)) trust.Reason {
	t.Helper()
	w := newWorld(t)
	change(w)
	for _, f := range load(t, w, 7, now).Faults {
		if f.Signer == "delta/shanghai" {
			return f.Reason
		}
	}
	return ""
}

func TestEntriesAreHeldToTheirRules(t *testing.T) {
	entry := func(change func(*trust.Issuer)) func(*verifiertest.World) {
		return func(w *verifiertest.World) { change(&w.Issuer("310105").Issuer) }
	}
	for name, change := range map[string]func(*verifiertest.World){
		"no region":                      entry(func(i *trust.Issuer) { i.Region = "31010" }),
		"credit code with a wrong check": entry(func(i *trust.Issuer) { i.Code = "91310105MA1FW0XQ4V" }),
		"type code too short":            entry(func(i *trust.Issuer) { i.TypeCode = string(i.Code) }),
		"root as a use":                  entry(func(i *trust.Issuer) { i.Keys[0].Use = "root" }),
		"key twice":                      entry(func(i *trust.Issuer) { i.Keys = append(i.Keys, i.Keys[0]) }),
		"days of a key run backwards":    entry(func(i *trust.Issuer) { i.Keys[0].NotAfter = verifiertest.Day("2019-01-01") }),
		"days of an entry run backwards": entry(func(i *trust.Issuer) { i.ValidUntil = verifiertest.Day("2019-01-01") }),
		"closed by no digest":            entry(func(i *trust.Issuer) { i.Closing = "ABC" }),
		"key closed by no digest":        entry(func(i *trust.Issuer) { i.Keys[0].Closing = strings.Repeat("A", 64) }),
		"bidirectional name":             entry(func(i *trust.Issuer) { i.Name = "上海\u202e市" }),
		"too large a dictionary":         entry(func(i *trust.Issuer) { i.Dictionaries = [][]byte{make([]byte, 1<<15+1)} }),
		"address without TLS":            entry(func(i *trust.Issuer) { i.VerifyURL = "http://310105.example/v/" }),
		"address in capitals":            entry(func(i *trust.Issuer) { i.VerifyURL = "https://ZHENG.example/v/" }),
		"disputes without a host":        entry(func(i *trust.Issuer) { i.Disputes = "https:///disputes" }),
		"disputes over plain HTTP":       entry(func(i *trust.Issuer) { i.Disputes = "http://310105.example/disputes" }),
		"disputes at another path":       entry(func(i *trust.Issuer) { i.Disputes = "https://310105.example/" }),
		"address with a user":            entry(func(i *trust.Issuer) { i.StatusBase = "https://a@310105.example/status/" }),
		"address with a query":           entry(func(i *trust.Issuer) { i.StatusBase = "https://310105.example/?/" }),
		"address without a host":         entry(func(i *trust.Issuer) { i.StatusBase = "https:///status/" }),
		"address with a blank":           entry(func(i *trust.Issuer) { i.StatusBase = "https://310105.example/a b/" }),
		"address with no port":           entry(func(i *trust.Issuer) { i.StatusBase = "https://310105.example:/status/" }),
		"one status address within another": func(w *verifiertest.World) {
			w.Issuer("310106").StatusBase = w.Issuer("310105").StatusBase + "more/"
		},
		"sequence 0":         func(w *verifiertest.World) { w.Signer("delta/shanghai").List = func(l *trust.List) { l.Sequence = 0 } },
		"parts of a second":  list(func(l *trust.List) { l.Issued = l.Issued.Add(time.Millisecond) }),
		"another zone":       list(func(l *trust.List) { l.Issued = l.Issued.In(time.FixedZone("", 8*3600)) }),
		"ends before it was": list(func(l *trust.List) { l.Expires = l.Issued }),
		"authority twice":    func(w *verifiertest.World) { w.Authorities = append(w.Authorities, w.Authorities[0]) },
		"unknown remedy":     func(w *verifiertest.World) { w.Authorities[0].Remedies[0].Kind = "duel" },
	} {
		if got := listFault(t, change); got != trust.Inconsistent {
			t.Errorf("%s: %q", name, got)
		}
	}
	for name, change := range map[string]func(*verifiertest.World){
		"nothing":                   func(*verifiertest.World) {},
		"a server of one's own":     entry(func(i *trust.Issuer) { i.VerifyURL = "http://127.0.0.1:8080/v/" }),
		"disputes over the network": entry(func(i *trust.Issuer) { i.Disputes = "https://310105.example/disputes" }),
		"a port and a long path":    entry(func(i *trust.Issuer) { i.StatusBase = "https://310105.example:8443/a/B_c~1/status/" }),
		"closed by a digest":        entry(func(i *trust.Issuer) { i.Closing = trust.Digest(nil) }),
		"the longest term for it":   list(func(l *trust.List) { l.Expires = l.Issued.Add(trust.Lifetime) }),
	} {
		if got := listFault(t, change); got != "" {
			t.Errorf("%s: %q", name, got)
		}
	}
}

func list(change func(*trust.List)) func(*verifiertest.World) {
	return func(w *verifiertest.World) { w.Signer("delta/shanghai").List = change }
}

func TestAgreementsAreHeldToTheirRules(t *testing.T) {
	for name, change := range map[string]func(*trust.Agreement){
		"no basis":                 func(a *trust.Agreement) { a.Basis.Title = "" },
		"citywide over a province": func(a *trust.Agreement) { a.Members = []string{"33"} },
		"citywide over two cities": func(a *trust.Agreement) { a.Members = []string{"31", "3304"} },
		"Delta beyond the Delta":   func(a *trust.Agreement) { a.Scope, a.Members = trust.YangtzeDelta, []string{"31", "11"} },
		"unknown scope":            func(a *trust.Agreement) { a.Scope = "world" },
		"unknown mode":             func(a *trust.Agreement) { a.Mode = "maybe" },
		"no industries":            func(a *trust.Agreement) { a.Industries = nil },
		"the id of another":        func(a *trust.Agreement) { a.ID = "delta" },
	} {
		agreements := newWorld(t).Agreements
		change(&agreements[0])
		if trust.CheckAgreements(agreements) == nil {
			t.Errorf("%s passed", name)
		}
	}
}

func TestTerritory(t *testing.T) {
	shanghai, delta := trust.Territory{"31"}, trust.Territory{"31", "32", "33", "34"}
	if !shanghai.Has("310105") || shanghai.Has("330402") || !shanghai.Within(delta) || delta.Within(shanghai) {
		t.Error("what lies in Shanghai")
	}
	for _, c := range []struct {
		a, b trust.Territory
		want string
	}{
		{shanghai, delta, "31"}, {delta, trust.Territory{"3304"}, "3304"}, {trust.Territory{"3304"}, delta, "3304"},
		{shanghai, trust.Territory{"33"}, ""}, {trust.Territory{"3304"}, trust.Territory{"3301", "3305"}, ""},
	} {
		if got := c.a.Meets(c.b); got != c.want {
			t.Errorf("%v and %v have %q in common", c.a, c.b, got)
		}
	}
	for _, bad := range []trust.Territory{nil, {}, {"3"}, {"310"}, {"31", "31"}, {"33", "31"}, {"31", "3101"}, {"31010a"}, {""}} {
		if bad.Check() == nil {
			t.Errorf("%v passed", bad)
		}
	}
}

func TestFingerprint(t *testing.T) {
	b := load(t, newWorld(t), 7, now)
	r := b.Anchor.Roots[0]
	first := r.Fingerprint()
	if len(first) != 39 || strings.Trim(first, "0123456789abcdef ") != "" {
		t.Fatalf("fingerprint %q", first)
	}
	elsewhere, turned := r, r
	elsewhere.Territory = trust.Territory{"31"}
	turned.Keys = slices.Clone(r.Keys)
	slices.Reverse(turned.Keys)
	if elsewhere.Fingerprint() != first || turned.Fingerprint() != first {
		t.Error("the same root has two fingerprints")
	}
	weaker, fewer, later, renamed := r, r, r, r
	weaker.Threshold, later.Version, renamed.Name, fewer.Keys = 1, 2, "delt", r.Keys[:2]
	for _, other := range []trust.AnchoredRoot{weaker, fewer, later, renamed, b.Anchor.Roots[1]} {
		if other.Fingerprint() == first {
			t.Errorf("%+v has the same fingerprint", other)
		}
	}
}

func FuzzLoad(f *testing.F) {
	f.Add([]byte(`{"anchor":{"region":"310105","roots":[]}}`))
	f.Add(signed(f, newWorld(f), 7, now))
	f.Fuzz(func(t *testing.T, raw []byte) {
		b, err := trust.Load(raw)
		if err != nil {
			return
		}
		again, err := b.Marshal()
		if err != nil {
			t.Fatal(err)
		}
		if other, err := trust.Load(again); err != nil || !other.Same(b) {
			t.Errorf("what was loaded does not load again: %v", err)
		}
	})
}

// The zero key is refused wherever a key is asked for.
func TestZeroKey(t *testing.T) {
	issuer := newWorld(t).Issuers[0].Issuer
	issuer.Keys[0].PublicKey = signature.PublicKey{}
	if issuer.Check() == nil {
		t.Error("an entry with an empty key passed")
	}
}
