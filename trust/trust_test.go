package trust_test

import (
	"crypto/rand"
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"yizheng/keys"
	"yizheng/license"
	"yizheng/signature"
	"yizheng/trust"
)

var now = time.Date(2026, 11, 24, 2, 0, 0, 0, time.UTC)

const (
	codeA = "91310105MA1FW0XQ4U"
	codeB = "91310105MA7BKL2P8K"
)

func generate(t testing.TB, use keys.Use) *keys.Key {
	t.Helper()
	k, err := keys.Generate(use, signature.ES256, rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func day(s string) license.Date {
	d, err := license.ParseDate(s)
	if err != nil {
		panic(err)
	}
	return d
}

// world is a bundle under construction: roots, and what they sign.
type world struct {
	roots     []*keys.Key
	signedBy  []int
	threshold int
	region    license.Region
	list      trust.List
	policy    trust.Policy
	directory trust.Directory
	typ       map[string]string
	payload   map[string]func([]byte) []byte
}

func newWorld(t testing.TB) *world {
	term := trust.Term{Sequence: 7, Issued: now, Expires: now.Add(trust.Lifetime)}
	w := &world{
		signedBy: []int{0, 1}, threshold: 2, region: "310105",
		list: trust.List{Term: term, Issuers: []trust.Issuer{entry(t, "310105", codeA), entry(t, "310106", codeB)}},
		policy: trust.Policy{Term: term, Agreements: []trust.Agreement{{
			ID: "city", Title: "全市互认", Scope: trust.Citywide, Mode: trust.MutualRecognition, Members: []string{"31"},
			Industries: []string{"*"}, Matters: []string{"*"}, From: day("2021-06-20"), Basis: trust.Basis{Title: "沪府规〔2021〕5号"},
		}}},
		directory: trust.Directory{Term: term, Entries: []license.Authority{{Name: "上海市长宁区体育局", Region: "310105"}}},
		typ:       map[string]string{"list": trust.TypeList, "policy": trust.TypePolicy, "authorities": trust.TypeAuthorities},
		payload:   map[string]func([]byte) []byte{},
	}
	for range 3 {
		w.roots = append(w.roots, generate(t, keys.UseRoot))
	}
	return w
}

func entry(t testing.TB, region license.Region, code license.CreditCode) trust.Issuer {
	return trust.Issuer{
		Region: region, Name: "上海市" + region.Name() + "政务服务办公室", Code: code, TypeCode: codeA + "001",
		Keys: []trust.Key{
			{PublicKey: generate(t, keys.UseLicense).PublicKey(), Use: trust.UseLicense, NotBefore: day("2026-01-01")},
			{PublicKey: generate(t, keys.UseStatus).PublicKey(), Use: trust.UseStatus, NotBefore: day("2026-01-01")},
		},
		VerifyURL: "https://" + string(region) + ".example/v/", StatusBase: "https://" + string(region) + ".example/status/",
		ValidFrom: day("2026-01-01"),
	}
}

func (w *world) bytes(t testing.TB) []byte {
	t.Helper()
	type anchor struct {
		Roots     []signature.PublicKey `json:"roots"`
		Threshold int                   `json:"threshold"`
		Region    license.Region        `json:"region"`
	}
	a := anchor{Threshold: w.threshold, Region: w.region}
	var signers []signature.Signer
	for _, k := range w.roots {
		a.Roots = append(a.Roots, k.PublicKey())
	}
	for _, i := range w.signedBy {
		signers = append(signers, w.roots[i])
	}
	out := map[string]any{"anchor": a}
	for member, value := range map[string]any{"list": w.list, "policy": w.policy, "authorities": w.directory} {
		payload, err := json.Marshal(value)
		if err != nil {
			t.Fatal(err)
		}
		if change := w.payload[member]; change != nil {
			payload = change(payload)
		}
		signed, err := signature.SignMulti(signers, signature.Header{Type: w.typ[member]}, payload)
		if err != nil {
			t.Fatal(err)
		}
		out[member] = json.RawMessage(signed)
	}
	b, err := json.Marshal(out)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func replace(old, with string) func([]byte) []byte {
	return func(b []byte) []byte { return []byte(strings.Replace(string(b), old, with, 1)) }
}

func TestLoad(t *testing.T) {
	w := newWorld(t)
	b, err := trust.Load(w.bytes(t))
	if err != nil {
		t.Fatal(err)
	}
	issuer := b.IssuerOf("310105")
	if issuer == nil || issuer.Code != codeA || b.IssuerOf("330400") != nil {
		t.Fatalf("IssuerOf: %+v", issuer)
	}
	k, ok := b.KeyByID(issuer.Keys[1].PublicKey.KeyID())
	if !ok || k.Use != trust.UseStatus || k.Issuer != issuer {
		t.Errorf("KeyByID: %+v %v", k, ok)
	}
	if a, ok := b.Directory.Authority("上海市长宁区体育局"); !ok || a.Region != "310105" {
		t.Errorf("Authority: %+v %v", a, ok)
	}
	again, err := b.Marshal()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := trust.Load(again); err != nil {
		t.Errorf("loading what Marshal gave: %v", err)
	}
}

func TestPublishedCarriesNoRoot(t *testing.T) {
	b, err := trust.Load(newWorld(t).bytes(t))
	if err != nil {
		t.Fatal(err)
	}
	published := b.Published()
	for _, root := range b.Anchor.Roots {
		jwk, _ := json.Marshal(root)
		var members struct{ X string }
		if err := json.Unmarshal(jwk, &members); err != nil || strings.Contains(string(published), members.X) {
			t.Errorf("root key in what is published (%v)", err)
		}
	}
	if strings.Contains(string(published), "anchor") || strings.Contains(string(published), "threshold") {
		t.Error("anchor in what is published")
	}
	if _, err := trust.Load(published); err == nil {
		t.Error("documents without an anchor were loaded as a bundle")
	}
	opened, err := b.Anchor.Open(published)
	if err != nil || opened.List.Sequence != 7 {
		t.Errorf("opening by an anchor: %v", err)
	}
}

func TestUpdateRefusesOlder(t *testing.T) {
	w := newWorld(t)
	held, err := trust.Load(w.bytes(t))
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name     string
		sequence uint64
		refused  bool
	}{{"older", 6, true}, {"the same", 7, false}, {"newer", 8, false}} {
		t.Run(c.name, func(t *testing.T) {
			w.policy.Sequence = c.sequence
			other, err := trust.Load(w.bytes(t))
			if err != nil {
				t.Fatal(err)
			}
			_, err = held.Update(other.Published())
			var refusal *trust.Error
			if got := errors.As(err, &refusal) && refusal.Reason == trust.RolledBack; got != c.refused {
				t.Errorf("got %v", err)
			}
		})
	}
}

func TestLoadRefuses(t *testing.T) {
	sharedKey := func(use trust.Use) func(*world) {
		return func(w *world) {
			k := w.list.Issuers[0].Keys[0]
			k.Use = use
			w.list.Issuers[1].Keys = append(w.list.Issuers[1].Keys, k)
		}
	}
	for _, c := range []struct {
		name   string
		change func(*world)
		reason trust.Reason
		part   string
	}{
		{"one signature of two", func(w *world) { w.signedBy = []int{0} }, trust.BadSignature, "list"},
		{"threshold of none", func(w *world) { w.threshold = 0 }, trust.Inconsistent, "anchor"},
		{"threshold out of reach", func(w *world) { w.threshold = 4 }, trust.Inconsistent, "anchor"},
		{"a root twice", func(w *world) { w.roots = append(w.roots, w.roots[0]) }, trust.Inconsistent, "anchor"},
		{"verifier in an abolished region", func(w *world) { w.region = "310108" }, trust.Inconsistent, "anchor"},
		{"policy passed off as a list", func(w *world) { w.typ["list"] = trust.TypePolicy }, trust.BadSignature, "list"},
		{"list passed off as a policy", func(w *world) { w.typ["policy"] = trust.TypeList }, trust.BadSignature, "policy"},
		{"unknown member", func(w *world) { w.payload["list"] = replace(`{"sequence"`, `{"trusted":true,"sequence"`) }, trust.Malformed, "list"},
		{"member twice", func(w *world) { w.payload["list"] = replace(`"use":"license"`, `"use":"status","use":"license"`) }, trust.Malformed, "list"},
		{"member in another case", func(w *world) { w.payload["list"] = replace(`"issuers"`, `"Issuers"`) }, trust.Malformed, "list"},
		{"twice in two cases", func(w *world) { w.payload["policy"] = replace(`"members"`, `"Members":["11"],"members"`) }, trust.Malformed, "policy"},
		{"trailing bytes", func(w *world) { w.payload["list"] = func(b []byte) []byte { return append(b, "{}"...) } }, trust.Malformed, "list"},
		{"not JSON", func(w *world) { w.payload["list"] = func([]byte) []byte { return []byte("list") } }, trust.Malformed, "list"},
		{"not UTF-8", func(w *world) { w.payload["list"] = replace("上海", "\xff") }, trust.Malformed, "list"},
		{"nested too deep", func(w *world) {
			w.payload["list"] = func([]byte) []byte { return []byte(strings.Repeat("[", 50) + strings.Repeat("]", 50)) }
		}, trust.Malformed, "list"},
		{"sequence 0", func(w *world) { w.list.Sequence = 0 }, trust.Inconsistent, "list"},
		{"negative sequence", func(w *world) { w.payload["list"] = replace(`"sequence":7`, `"sequence":-7`) }, trust.Malformed, "list"},
		{"31 days", func(w *world) { w.list.Expires = w.list.Issued.Add(31 * 24 * time.Hour) }, trust.Inconsistent, "list"},
		{"expires before issue", func(w *world) { w.policy.Expires = w.policy.Issued }, trust.Inconsistent, "policy"},
		{"instants in another zone", func(w *world) {
			w.list.Issued = w.list.Issued.In(time.FixedZone("", 8*3600))
		}, trust.Inconsistent, "list"},
		{"parts of a second", func(w *world) { w.list.Issued = w.list.Issued.Add(time.Millisecond) }, trust.Inconsistent, "list"},
		{"region twice", func(w *world) { w.list.Issuers[1].Region = "310105" }, trust.Inconsistent, "list"},
		{"no region", func(w *world) { w.list.Issuers[1].Region = "31010" }, trust.Inconsistent, "list"},
		{"credit code with a wrong check", func(w *world) { w.list.Issuers[0].Code = "91310105MA1FW0XQ4V" }, trust.Inconsistent, "list"},
		{"type code too short", func(w *world) { w.list.Issuers[0].TypeCode = codeA }, trust.Inconsistent, "list"},
		{"unknown use", func(w *world) { w.list.Issuers[0].Keys[0].Use = "everything" }, trust.Inconsistent, "list"},
		{"root as a use", func(w *world) { w.list.Issuers[0].Keys[0].Use = "root" }, trust.Inconsistent, "list"},
		{"key twice in one entry", func(w *world) {
			w.list.Issuers[0].Keys = append(w.list.Issuers[0].Keys, w.list.Issuers[0].Keys[0])
		}, trust.Inconsistent, "list"},
		{"key of two uses", func(w *world) {
			k := w.list.Issuers[0].Keys[0]
			k.Use = trust.UseStatus
			w.list.Issuers[0].Keys = append(w.list.Issuers[0].Keys, k)
		}, trust.Inconsistent, "list"},
		{"key of two issuers", sharedKey(trust.UseLicense), trust.Inconsistent, "list"},
		{"key of two issuers and uses", sharedKey(trust.UseStatus), trust.Inconsistent, "list"},
		{"days of a key run backwards", func(w *world) { w.list.Issuers[0].Keys[0].NotAfter = day("2025-01-01") }, trust.Inconsistent, "list"},
		{"days of an entry run backwards", func(w *world) { w.list.Issuers[0].ValidUntil = day("2025-01-01") }, trust.Inconsistent, "list"},
		{"one status address within another", func(w *world) {
			w.list.Issuers[1].StatusBase = w.list.Issuers[0].StatusBase + "more/"
		}, trust.Inconsistent, "list"},
		{"address without TLS", func(w *world) { w.list.Issuers[0].VerifyURL = "http://310105.example/v/" }, trust.Inconsistent, "list"},
		{"address in capitals", func(w *world) { w.list.Issuers[0].VerifyURL = "https://ZHENG.example/v/" }, trust.Inconsistent, "list"},
		{"address with a user", func(w *world) { w.list.Issuers[0].StatusBase = "https://a@310105.example/status/" }, trust.Inconsistent, "list"},
		{"bidirectional name", func(w *world) { w.list.Issuers[0].Name = "上海\u202e市" }, trust.Inconsistent, "list"},
		{"dictionary larger than the window", func(w *world) { w.list.Issuers[0].Dictionaries = [][]byte{make([]byte, 1<<15+1)} }, trust.Inconsistent, "list"},
		{"agreement twice", func(w *world) { w.policy.Agreements = append(w.policy.Agreements, w.policy.Agreements[0]) }, trust.Inconsistent, "policy"},
		{"agreement without a basis", func(w *world) { w.policy.Agreements[0].Basis.Title = "" }, trust.Inconsistent, "policy"},
		{"citywide over a province", func(w *world) { w.policy.Agreements[0].Members = []string{"33"} }, trust.Inconsistent, "policy"},
		{"citywide over two cities", func(w *world) { w.policy.Agreements[0].Members = []string{"31", "3304"} }, trust.Inconsistent, "policy"},
		{"Delta beyond the Delta", func(w *world) {
			w.policy.Agreements[0].Scope, w.policy.Agreements[0].Members = trust.YangtzeDelta, []string{"31", "11"}
		}, trust.Inconsistent, "policy"},
		{"unknown scope", func(w *world) { w.policy.Agreements[0].Scope = "world" }, trust.Inconsistent, "policy"},
		{"unknown mode", func(w *world) { w.policy.Agreements[0].Mode = "maybe" }, trust.Inconsistent, "policy"},
		{"authority twice", func(w *world) { w.directory.Entries = append(w.directory.Entries, w.directory.Entries[0]) }, trust.Inconsistent, "authorities"},
		{"unknown remedy", func(w *world) { w.directory.Entries[0].Remedies = []license.Remedy{{Kind: "duel"}} }, trust.Inconsistent, "authorities"},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := newWorld(t)
			c.change(w)
			_, err := trust.Load(w.bytes(t))
			var refusal *trust.Error
			if !errors.As(err, &refusal) || refusal.Reason != c.reason || refusal.Part != c.part {
				t.Errorf("got %v, want %s: %s", err, c.part, c.reason)
			}
		})
	}
}

func TestLoadRefusesForeignRoots(t *testing.T) {
	w := newWorld(t)
	foreign := newWorld(t)
	b, err := trust.Load(w.bytes(t))
	if err != nil {
		t.Fatal(err)
	}
	f, err := trust.Load(foreign.bytes(t))
	if err != nil {
		t.Fatal(err)
	}
	var refusal *trust.Error
	if _, err := b.Update(f.Published()); !errors.As(err, &refusal) || refusal.Reason != trust.BadSignature {
		t.Errorf("documents of other roots: %v", err)
	}
}

func TestLoadRefusesGarbage(t *testing.T) {
	for _, s := range []string{"", "null", "{}", "[]", `{"anchor":null,"list":null,"policy":null,"authorities":null}`, `{"anchor":{}}`, "{", "\x00"} {
		if _, err := trust.Load([]byte(s)); err == nil {
			t.Errorf("%q was loaded", s)
		}
	}
}

func FuzzLoad(f *testing.F) {
	f.Add([]byte(`{"anchor":{"roots":[],"threshold":1,"region":"310105"}}`))
	f.Add(newWorld(f).bytes(f))
	f.Fuzz(func(t *testing.T, b []byte) {
		bundle, err := trust.Load(b)
		if err == nil && bundle.List == nil {
			t.Error("a bundle without a list")
		}
	})
}

// A key that no one holds must not be made by accident: the zero key is
// refused wherever a key is asked for.
func TestZeroKey(t *testing.T) {
	issuer := entry(t, "310105", codeA)
	issuer.Keys[0].PublicKey = signature.PublicKey{}
	if issuer.Check() == nil {
		t.Error("an entry with an empty key passed")
	}
}
