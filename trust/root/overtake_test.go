package root_test

import (
	"crypto/rand"
	"testing"
	"time"

	"yizheng/keys"
	"yizheng/signature"
	"yizheng/trust"
	"yizheng/trust/root"
)

// TestOvertake: newer documents count by a statement of who has the on-line key,
// where their own is older than his last; nothing else does.
func TestOvertake(t *testing.T) {
	f, _ := create(t, root.Config{})
	if err := f.Enroll(entry(t, "310105"), nil); err != nil {
		t.Fatal(err)
	}
	first := update(t, f, now)
	if err := f.Enroll(entry(t, "310107"), nil); err != nil {
		t.Fatal(err)
	}
	signed := update(t, f, now.Add(time.Hour))
	var clerks []signature.Signer
	for _, k := range f.OnlineKeys() {
		clerks = append(clerks, k)
	}
	stated, err := root.Publish(first, "shanghai", clerks, now.Add(2*time.Hour))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := stated.Update(signed.Published()); err == nil {
		t.Fatal("nothing is refused, so that this test shows nothing")
	}
	at := now.Add(3 * time.Hour)

	n, err := root.Overtake(stated, signed.Published(), "shanghai", clerks, at)
	if err != nil || n == nil {
		t.Fatal(n, err)
	}
	p := n.Of("shanghai")
	if n.IssuerOf("310107") == nil || p.List.Sequence != signed.Of("shanghai").List.Sequence || !p.Freshness.Issued.Equal(at.UTC().Truncate(time.Second)) || len(n.Faults) > 0 {
		t.Errorf("list %d, stated at %s, %v", p.List.Sequence, p.Freshness.Issued, n.Faults)
	}
	if m, err := stated.Update(n.Published()); err != nil || m.IssuerOf("310107") == nil {
		t.Errorf("a verifier elsewhere: %v", err)
	}

	thief, err := keys.Generate(keys.UseOnline, signature.ES256, rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	changed := func(change func(p *trust.SignedPublication)) []byte { return altered(t, signed, "shanghai", change) }
	for name, offered := range map[string][]byte{
		"nothing":       []byte(`{"roots":[],"publications":[]}`),
		"no documents":  []byte(`{`),
		"what is held":  stated.Published(),
		"what is older": first.Published(),
		"what has a newer statement, which Update takes": n.Published(),
		"a list that its holders have not signed": changed(func(p *trust.SignedPublication) {
			list := *signed.Of("shanghai").List
			list.Sequence += 5
			p.List = signedBy(t, thief, trust.TypeList, list)
		}),
		"a list that the on-line key has signed": changed(func(p *trust.SignedPublication) {
			p.List = signedBy(t, clerks[0], trust.TypeList, *signed.Of("shanghai").List)
		}),
		"a list that a thief has stated to count": changed(func(p *trust.SignedPublication) {
			p.Freshness = signedBy(t, thief, trust.TypeFreshness, *signed.Of("shanghai").Freshness)
		}),
		"a list that was never stated to count": changed(func(p *trust.SignedPublication) { p.Freshness = first.Documents().Publications[0].Freshness }),
		"without the policy":                    changed(func(p *trust.SignedPublication) { p.Policy = nil }),
		"without a statement":                   changed(func(p *trust.SignedPublication) { p.Freshness = nil }),
	} {
		if got, err := root.Overtake(stated, offered, "shanghai", clerks, at); got != nil || err != nil {
			t.Errorf("%s: %v, %v", name, got != nil, err)
		}
	}
	for _, path := range []string{"", "zhejiang", "shanghai/changning"} {
		if got, err := root.Overtake(stated, signed.Published(), path, clerks, at); got != nil || err != nil {
			t.Errorf("for %q: %v, %v", path, got != nil, err)
		}
	}
	if got, err := root.Overtake(stated, signed.Published(), "shanghai", []signature.Signer{thief}, at); got != nil || err == nil {
		t.Error("who has not the on-line key states")
	}
}

// TestOvertakeOfDelegate: likewise, from the delegate's own documents alone.
func TestOvertakeOfDelegate(t *testing.T) {
	_, f, _ := delta(t)
	first := update(t, f, now)
	if err := f.Enroll(entry(t, "310107"), nil); err != nil {
		t.Fatal(err)
	}
	signed := update(t, f, now.Add(time.Hour))
	clerks := []signature.Signer{f.OnlineKeys()[0]}
	stated, err := root.Publish(first, "delta/shanghai", clerks, now.Add(2*time.Hour))
	if err != nil {
		t.Fatal(err)
	}
	offered := marshal(t, trust.Documents{Roots: []trust.Chain{}, Publications: []trust.SignedPublication{signed.Documents().By("delta/shanghai")}})
	n, err := root.Overtake(stated, offered, "delta/shanghai", clerks, now.Add(3*time.Hour))
	if err != nil || n == nil || n.IssuerOf("310107") == nil || len(n.Faults) > 0 {
		t.Fatalf("%v, %v", n, err)
	}
	if got, err := root.Overtake(stated, offered, "delta", clerks, now.Add(3*time.Hour)); got != nil || err != nil {
		t.Errorf("the root's: %v, %v", got != nil, err)
	}
}

// TestOvertakeNothingOlder: a newer list beside an older policy is not taken.
func TestOvertakeNothingOlder(t *testing.T) {
	f, _ := create(t, root.Config{Policy: root.DefaultPolicy(trust.Territory{"31"}, false)})
	first := update(t, f, now)
	if err := f.Enroll(entry(t, "310107"), nil); err != nil {
		t.Fatal(err)
	}
	signed := update(t, f, now.Add(time.Hour))
	later := update(t, f, now.AddDate(0, 7, 0)) // everything is signed anew
	clerks := []signature.Signer{f.OnlineKeys()[0]}
	held, err := root.Publish(first, "shanghai", clerks, now.AddDate(0, 7, 0), later.Documents().By("shanghai").Policy)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := root.Overtake(held, signed.Published(), "shanghai", clerks, now.Add(2*time.Hour)); got != nil || err != nil {
		t.Errorf("a policy is set back: %v, %v", got != nil, err)
	}
	without, err := root.Publish(first, "shanghai", clerks, now.Add(2*time.Hour))
	if err != nil {
		t.Fatal(err)
	}
	if got, err := root.Overtake(without, signed.Published(), "shanghai", clerks, now.Add(3*time.Hour)); got == nil || err != nil {
		t.Fatalf("without that policy nothing is overtaken, so that this test shows nothing: %v", err)
	}
	if got, err := root.Overtake(without, signed.Published(), "shanghai", clerks, now.AddDate(1, 0, 0)); got != nil || err != nil {
		t.Errorf("by a statement that has ended: %v, %v", got != nil, err)
	}
}

// TestOvertakeSpoilt: where what is held of the signer is not whole nobody knows
// what is newer, and nothing is overtaken.
func TestOvertakeSpoilt(t *testing.T) {
	_, f, _ := delta(t)
	first := update(t, f, now)
	if err := f.Enroll(entry(t, "310107"), nil); err != nil {
		t.Fatal(err)
	}
	signed := update(t, f, now.Add(time.Hour))
	const path = "delta/shanghai"
	for name, held := range beside(t, signed, path, first.Documents().By(path).List) {
		if n, err := root.Overtake(held, first.Published(), path, []signature.Signer{f.OnlineKeys()[0]}, now.Add(2*time.Hour)); n != nil || err != nil {
			t.Errorf("%s: the first list is stated to count: %v", name, err)
		}
	}
}

// TestOvertakeOfRoot: a newer version of a root comes late, with the documents of
// before and with new ones.
func TestOvertakeOfRoot(t *testing.T) {
	for name, sign := range map[string]func(t *testing.T, above *root.Folder, belowDir string){
		"another key of a delegate": func(t *testing.T, above *root.Folder, belowDir string) {
			below, err := root.Open(belowDir, nil)
			if err != nil {
				t.Fatal(err)
			}
			defer below.Close()
			if err := below.RotateOnline(root.Config{}); err != nil {
				t.Fatal(err)
			}
			name(t, above, belowDir)
		},
		"the root's keys": func(t *testing.T, above *root.Folder, _ string) {
			if err := above.Rotate(root.Config{}); err != nil {
				t.Fatal(err)
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			above, below, belowDir := delta(t)
			first := above.Bundle()
			below.Close()
			sign(t, above, belowDir)
			signed := update(t, above, now.Add(time.Hour))
			clerks := []signature.Signer{above.OnlineKeys()[0]}
			stated, err := root.Publish(first, "delta", clerks, now.Add(2*time.Hour))
			if err != nil {
				t.Fatal(err)
			}
			if _, err := stated.Update(signed.Published()); err == nil {
				t.Fatal("nothing is refused, so that this test shows nothing")
			}
			n, err := root.Overtake(stated, signed.Published(), "delta", clerks, now.Add(3*time.Hour))
			if err != nil || n == nil || n.Of("delta").Root.Digest() != signed.Of("delta").Root.Digest() || len(n.Faults)+len(n.Refused) > 0 {
				t.Fatalf("%v: %v", err, n)
			}
			if m, err := stated.Update(n.Published()); err != nil || m.Of("delta").Root.Version != 2 {
				t.Errorf("a verifier elsewhere: %v", err)
			}
			if got, err := root.Overtake(n, first.Published(), "delta", clerks, now.Add(4*time.Hour)); got != nil || err != nil {
				t.Errorf("the version of before: %v, %v", got != nil, err)
			}
			if got, err := root.Overtake(stated, altered(t, signed, "delta", func(p *trust.SignedPublication) { p.List = nil }), "delta", clerks, now.Add(3*time.Hour)); got != nil || err != nil {
				t.Errorf("without the list: %v, %v", got != nil, err)
			}

			// Another root of that name goes on from nothing that is held.
			other, _, _ := delta(t)
			if err := other.Rotate(root.Config{}); err != nil {
				t.Fatal(err)
			}
			forged := update(t, other, now.Add(time.Hour))
			if got, err := root.Overtake(stated, forged.Published(), "delta", clerks, now.Add(3*time.Hour)); got != nil || err != nil {
				t.Errorf("another root's: %v, %v", got != nil, err)
			}
		})
	}
}
