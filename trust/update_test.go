package trust_test

import (
	"encoding/json"
	"errors"
	"testing"
	"time"

	"yizheng/trust"
	"yizheng/verifier/verifiertest"
)

// only gives of what a bundle publishes the part that keep keeps.
func only(t *testing.T, b *trust.Bundle, keep func(*trust.Documents)) []byte {
	t.Helper()
	d := b.Documents()
	keep(&d)
	raw, err := json.Marshal(d)
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

// of keeps the publications of some signers, and no chain.
func of(paths ...string) func(*trust.Documents) {
	return func(d *trust.Documents) {
		all := *d
		d.Roots, d.Publications = []trust.Chain{}, nil
		for _, path := range paths {
			d.Publications = append(d.Publications, all.By(path))
		}
	}
}

func sequenceOf(b *trust.Bundle, path string) uint64 { return b.Of(path).List.Sequence }

func TestUpdate(t *testing.T) {
	w := newWorld(t)
	held := load(t, w, 7, now)
	for _, c := range []struct {
		name     string
		sequence uint64
		refused  bool
	}{{"older", 6, true}, {"the same", 7, false}, {"newer", 8, false}} {
		n, err := held.Update(load(t, w, c.sequence, now).Published())
		var refusal *trust.Error
		if got := errors.As(err, &refusal) && refusal.Reason == trust.RolledBack; got != c.refused {
			t.Errorf("%s: got %v", c.name, err)
		}
		if err == nil {
			sound(t, n)
		}
	}
	if _, err := held.Update([]byte("{")); err == nil {
		t.Error("half an object was taken")
	}
	// Documents of other roots change nothing.
	other := newWorld(t)
	if err := other.Usurp(); err != nil {
		t.Fatal(err)
	}
	var refusal *trust.Error
	if _, err := held.Update(load(t, other, 9, now).Published()); !errors.As(err, &refusal) || refusal.Reason != trust.BadSignature {
		t.Errorf("documents of other roots: %v", err)
	}
}

// Each signer is brought up to date by itself.
func TestUpdateOfOne(t *testing.T) {
	w := newWorld(t)
	held := load(t, w, 7, now)
	n, err := held.Update(only(t, load(t, w, 8, now), of("delta/zhejiang")))
	if err != nil {
		t.Fatal(err)
	}
	sound(t, n)
	if sequenceOf(n, "delta/zhejiang") != 8 || sequenceOf(n, "delta/shanghai") != 7 || sequenceOf(n, "delta") != 7 {
		t.Error("others than Zhejiang have changed")
	}

	w.Issuer("310105").Keys[0].Use = "everything"
	n, err = held.Update(load(t, w, 8, now).Published())
	if err != nil || len(n.Faults) != 0 || len(n.Refused) != 1 || n.Refused[0].Signer != "delta/shanghai" {
		t.Fatalf("%v, %v, %v", err, n.Faults, n.Refused)
	}
	if sequenceOf(n, "delta/shanghai") != 7 || sequenceOf(n, "delta/zhejiang") != 8 || n.IssuerOf("310105") == nil {
		t.Error("what one signer has spoilt keeps others from being brought up to date")
	}

	// Where nothing of a signer is held, what there is of it is taken.
	first, err := held.Anchor.Open(only(t, held, func(d *trust.Documents) { d.Publications = d.Publications[:2] }))
	if err != nil {
		t.Fatal(err)
	}
	if n, err = first.Update(only(t, held, of("delta/zhejiang"))); err != nil || n.IssuerOf("330400") == nil {
		t.Errorf("%v", err)
	}
}

// A statement and a list that were fetched at two moments do not make a list
// that counts; what was there before stays.
func TestUpdateOfHalf(t *testing.T) {
	w := newWorld(t)
	held, newer := load(t, w, 7, now), load(t, w, 8, now)
	for name, mix := range map[string]func(old, new trust.SignedPublication) trust.SignedPublication{
		"new statement, old list": func(old, new trust.SignedPublication) trust.SignedPublication { new.List = old.List; return new },
		"old statement, new list": func(old, new trust.SignedPublication) trust.SignedPublication { old.List = new.List; return old },
		"no policy any more":      func(_, new trust.SignedPublication) trust.SignedPublication { new.Policy = nil; return new },
		"no statement":            func(_, new trust.SignedPublication) trust.SignedPublication { new.Freshness = nil; return new },
	} {
		half := mix(held.Documents().By("delta/shanghai"), newer.Documents().By("delta/shanghai"))
		_, err := held.Update(only(t, newer, func(d *trust.Documents) {
			*d = trust.Documents{Roots: []trust.Chain{}, Publications: []trust.SignedPublication{half}}
		}))
		if err == nil {
			t.Errorf("%s: taken", name)
		}
	}
}

func TestUpdateOfRoots(t *testing.T) {
	w := newWorld(t)
	held := load(t, w, 7, now)
	rotate := func(w *verifiertest.World) {
		if err := w.Root("delta").Rotate(); err != nil {
			t.Fatal(err)
		}
	}
	rotate(w)
	rotate(w)
	third := load(t, w, 8, now)
	n, err := held.Update(third.Published())
	if err != nil {
		t.Fatal(err)
	}
	sound(t, n)
	if n.Of("delta").Root.Version != 3 || n.Anchor.Roots[0].Version != 1 {
		t.Errorf("version %d", n.Of("delta").Root.Version)
	}
	if _, err := n.Update(held.Published()); err == nil {
		t.Error("the root was rolled back")
	}

	// A chain without the statement that names its end is not taken: whoever
	// carries the documents could blind a verifier by it.
	if _, err := held.Update(only(t, third, func(d *trust.Documents) { d.Publications = []trust.SignedPublication{} })); err == nil {
		t.Error("a chain was taken of which nobody says that it counts")
	}

	// Whoever has the keys of version 2 cannot make another version 3.
	second := newWorld(t)
	rotate(second)
	fork := newWorld(t)
	rotate(fork)
	rotate(fork)
	rotate(fork)
	fork.Root("delta").Versions[2] = fork.Root("delta").Versions[3]
	fork.Root("delta").Versions = fork.Root("delta").Versions[:3]
	forked := load(t, fork, 9, now)
	if forked.Of("delta") == nil || forked.Of("delta").Root.Version != 3 {
		t.Fatal("the fork is not good enough to be an attack")
	}
	after, err := load(t, second, 8, now).Update(third.Published())
	if err != nil {
		t.Fatal(err)
	}
	n, err = after.Update(forked.Published())
	if err == nil && n.Of("delta").Root.Digest() != after.Of("delta").Root.Digest() {
		t.Error("a fork of the root was followed")
	}
}

// Whoever is believed for less by the anchor is not believed for more.
func TestAnchoredTerritory(t *testing.T) {
	b := load(t, newWorld(t), 7, now)
	b.Anchor.Roots[0].Territory = trust.Territory{"31"}
	n, err := b.Anchor.Open(b.Published())
	if err != nil {
		t.Fatal(err)
	}
	sound(t, n)
	if n.IssuerOf("310105") == nil || n.IssuerOf("330400") != nil || n.SpeakerOf("330400") != nil || len(n.RulersOf("330400")) != 0 {
		t.Error("the root is believed beyond the territory that the anchor gives it")
	}
}

// Two years of rotations are no load for a verifier.
func BenchmarkLoad(b *testing.B) {
	w := newWorld(b)
	for range 24 {
		if err := w.Root("delta").Rotate(); err != nil {
			b.Fatal(err)
		}
	}
	raw := signed(b, w, 7, now.Add(time.Hour))
	for b.Loop() {
		if _, err := trust.Load(raw); err != nil {
			b.Fatal(err)
		}
	}
}
