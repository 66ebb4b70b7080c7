package root_test

import (
	"crypto/rand"
	"encoding/json"
	"errors"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"yizheng/keys"
	"yizheng/signature"
	"yizheng/trust"
	"yizheng/trust/root"
)

// TestStolenOnlineKey holds that a thief of the on-line key who states the
// highest number that there is blocks the honest statements no longer than
// until the key is exchanged: neither the signer nor those who saw his.
func TestStolenOnlineKey(t *testing.T) {
	f, dir := create(t, root.Config{Keys: 1})
	if err := f.Enroll(entry(t, "310105"), nil); err != nil {
		t.Fatal(err)
	}
	update(t, f, now)
	stolen, err := keys.Load(filepath.Join(dir, "key-"+f.Signer().Online.Keys[0].KeyID()+".jwk"), nil)
	if err != nil {
		t.Fatal(err)
	}
	statement := *f.Bundle().Of("shanghai").Freshness
	statement.Sequence = 1<<53 - 1
	thiefs := altered(t, f.Bundle(), "shanghai", func(p *trust.SignedPublication) {
		p.Freshness = signedBy(t, stolen, trust.TypeFreshness, statement)
	})
	verifier, err := f.Bundle().Update(thiefs) // a verifier somewhere
	if err != nil {
		t.Fatal(err)
	}
	if err := f.Take(thiefs); err != nil { // and the signer itself
		t.Fatal(err)
	}
	if err := f.Update(now.Add(time.Minute)); err == nil {
		t.Fatal("stated a number that not every reader of JSON keeps")
	}

	if err := f.RotateOnline(root.Config{Keys: 1}); err != nil {
		t.Fatal(err)
	}
	honest := update(t, f, now.Add(time.Hour))
	for _, documents := range [][]byte{honest.Published(), thiefs} { // his are refused from then on
		n, err := verifier.Update(documents)
		if got := n; err == nil {
			verifier = got
		}
	}
	if p := verifier.Of("shanghai"); len(verifier.Faults) > 0 || p.Root.Version != 2 || !p.Freshness.Issued.Equal(honest.Of("shanghai").Freshness.Issued) {
		t.Errorf("goes by version %d, stated at %s: %v", p.Root.Version, p.Freshness.Issued, verifier.Faults)
	}
}

func marshal(t *testing.T, v any) []byte {
	t.Helper()
	b, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// signedBy signs a document by one key, whatever that may sign.
func signedBy(t *testing.T, k signature.Signer, typ string, document any) json.RawMessage {
	t.Helper()
	b, err := signature.SignMulti([]signature.Signer{k}, signature.Header{Type: typ}, marshal(t, document))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// altered gives the documents of a bundle with those of one signer changed.
func altered(t *testing.T, b *trust.Bundle, path string, change func(p *trust.SignedPublication)) []byte {
	t.Helper()
	d := b.Documents()
	d.Publications = slices.Clone(d.Publications)
	i := slices.IndexFunc(d.Publications, func(p trust.SignedPublication) bool { return p.Signer == path })
	change(&d.Publications[i])
	return marshal(t, d)
}

// TestNothingOldIsStated: somebody who hands over an old list beside a statement
// that names a newer one does not get the old one stated, by whatever way.
func TestNothingOldIsStated(t *testing.T) {
	_, f, _ := delta(t)
	first := update(t, f, now)
	if err := f.Enroll(entry(t, "310107"), nil); err != nil {
		t.Fatal(err)
	}
	signed := update(t, f, now.Add(time.Hour))
	clerks := []signature.Signer{f.OnlineKeys()[0]}
	const path = "delta/shanghai"
	for name, held := range beside(t, signed, path, first.Documents().By(path).List) {
		if n, err := root.Publish(held, path, clerks, now.Add(2*time.Hour)); err == nil {
			t.Errorf("%s: stated to count, list %+v", name, n.Of(path).List)
		}
		if n, err := held.Update(signed.Published()); err != nil || n.IssuerOf("310107") == nil {
			t.Errorf("%s: the honest documents are refused: %v", name, err)
		}
	}
}

// beside gives bundles with a statement that names a newer list than the one that
// lies beside it.
func beside(t *testing.T, signed *trust.Bundle, path string, old json.RawMessage) map[string]*trust.Bundle {
	t.Helper()
	all := make(map[string]*trust.Bundle)
	for name, list := range map[string]json.RawMessage{"an old list": old, "no list": nil} {
		held, err := signed.Anchor.Open(altered(t, signed, path, func(p *trust.SignedPublication) { p.List = list }))
		if err != nil {
			t.Fatal(err)
		}
		if p := held.Of(path); p.List != nil || p.Freshness == nil {
			t.Fatalf("%s: it is believed", name)
		}
		all[name] = held
	}
	return all
}

// TestVoidStatement: where the last statement is not believed any more, nothing
// that lies beside it is stated to count.
func TestVoidStatement(t *testing.T) {
	_, below, _ := delta(t)
	signed := update(t, below, now)
	clerks := []signature.Signer{below.OnlineKeys()[0]}
	const path = "delta/shanghai"
	thief, err := keys.Generate(keys.UseOnline, signature.ES256, rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	held, err := signed.Anchor.Open(altered(t, signed, path, func(p *trust.SignedPublication) {
		p.Freshness = signedBy(t, thief, trust.TypeFreshness, *signed.Of(path).Freshness)
	}))
	if err != nil || held.Of(path).Freshness != nil {
		t.Fatalf("the statement of a thief: %v", err)
	}
	if _, err := root.Publish(held, path, clerks, now.Add(time.Hour)); !errors.Is(err, root.ErrVoid) {
		t.Errorf("what lies beside a void statement is stated: %v", err)
	}
	own := signed.Documents().By(path)
	if _, err := root.Publish(held, path, clerks, now.Add(time.Hour), own.List, own.Policy); !errors.Is(err, root.ErrVoid) {
		t.Errorf("what was not given is stated: %v", err)
	}
	if n, err := root.Publish(held, path, clerks, now.Add(time.Hour), own.List, own.Policy, own.Authorities); err != nil || n.Of(path).List == nil {
		t.Errorf("all of them together are refused: %v", err)
	}
}

// TestStolenNumber: a thief of a root's on-line key states a very high number, and
// whoever has it and the next one goes on from there. The next version of the root,
// which names the next one alone, is taken all the same.
func TestStolenNumber(t *testing.T) {
	f, _ := create(t, root.Config{})
	first := update(t, f, now)
	thief := f.OnlineKeys()[0]
	high := *first.Of("shanghai").Freshness
	high.Sequence = 1 << 52
	held, err := first.Update(altered(t, first, "shanghai", func(p *trust.SignedPublication) { p.Freshness = signedBy(t, thief, trust.TypeFreshness, high) }))
	if err != nil {
		t.Fatal(err)
	}
	if err := f.RotateOnline(root.Config{}); err != nil {
		t.Fatal(err)
	}
	var both []signature.Signer
	for _, k := range f.OnlineKeys() {
		both = append(both, k)
	}
	stated, err := root.Publish(held, "shanghai", both, now.Add(time.Hour))
	if err != nil || len(both) != 2 || stated.Of("shanghai").Freshness.Sequence <= high.Sequence {
		t.Fatal(len(both), err)
	}
	newest := update(t, f, now.Add(2*time.Hour))
	n, err := stated.Update(newest.Published())
	if err != nil || n.Of("shanghai").Root.Version != 2 || n.Of("shanghai").Freshness.Sequence >= high.Sequence {
		t.Fatalf("the version that takes the key from him is not taken: %v", err)
	}
	if n, err = root.Publish(n, "shanghai", both[1:], now.Add(3*time.Hour)); err != nil || len(n.Faults) > 0 {
		t.Errorf("and nothing can be stated by it: %v", err)
	}
}

// TestJunkBeside: somebody who carries a root's newest document writes a signature
// of his own beside, as of a document of another typ. Who has the on-line key goes
// on stating, and what is clean takes its place.
func TestJunkBeside(t *testing.T) {
	f, _ := create(t, root.Config{})
	first := update(t, f, now)
	if err := f.Rotate(root.Config{}); err != nil {
		t.Fatal(err)
	}
	newest := update(t, f, now.Add(time.Hour))
	d := newest.Documents()
	chain := slices.Clone(d.Of("shanghai"))
	m, err := signature.ParseMulti(chain[1])
	if err != nil {
		t.Fatal(err)
	}
	beside := stranger(t)
	for beside.PublicKey().KeyID() > m.Signatures[0].Header.KeyID { // until it stands before the others
		beside = stranger(t)
	}
	junk, err := signature.SignMulti([]signature.Signer{beside}, signature.Header{Type: "x"}, m.Payload)
	if err != nil {
		t.Fatal(err)
	}
	its, err := signature.ParseMulti(junk)
	if err != nil {
		t.Fatal(err)
	}
	m.Signatures = slices.Insert(m.Signatures, 0, its.Signatures[0])
	chain[1] = marshal(t, m)
	d.Roots = []trust.Chain{{Name: "shanghai", Documents: chain}}
	held, err := first.Update(marshal(t, d))
	if err != nil || held.Of("shanghai").Root.Version != 2 {
		t.Fatal(err)
	}
	clerks := []signature.Signer{f.OnlineKeys()[0]}
	stated, err := root.Publish(held, "shanghai", clerks, now.Add(2*time.Hour))
	if err != nil || len(stated.Faults) > 0 {
		t.Fatalf("nothing can be stated: %v", err)
	}
	offered := newest.Documents()
	offered.Publications = []trust.SignedPublication{}
	n, err := stated.Update(marshal(t, offered))
	if err != nil {
		t.Fatal(err)
	}
	if len(n.Documents().Of("shanghai")[1]) != len(newest.Documents().Of("shanghai")[1]) || len(n.Faults) > 0 {
		t.Errorf("what was written beside stays: %v", n.Faults)
	}
}

func stranger(t *testing.T) signature.Signer {
	t.Helper()
	key, err := keys.Generate(keys.UseOnline, signature.ES256, rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return key
}
