package trust_test

import (
	"errors"
	"slices"
	"testing"

	"yizheng/signature"
	"yizheng/trust"
	"yizheng/verifier/verifiertest"
)

// rotated is a world whose first root has been signed anew by other keys.
func rotated(t *testing.T, sequence uint64) *trust.Bundle {
	t.Helper()
	w := newWorld(t)
	if err := w.Root("delta").Rotate(); err != nil {
		t.Fatal(err)
	}
	return load(t, w, sequence, now)
}

// rootsOwn changes what the first root has published itself.
func rootsOwn(change func(*trust.SignedPublication)) func(*trust.Documents) {
	return func(d *trust.Documents) {
		d.Publications = slices.Clone(d.Publications)
		for n := range d.Publications {
			if d.Publications[n].Signer == "delta" {
				change(&d.Publications[n])
			}
		}
	}
}

// A newer version of a root comes with what the root has published under it, or
// not at all: whoever carries both could blind a verifier by half of them.
func TestUpdateOfRootByHalf(t *testing.T) {
	held, newer := load(t, newWorld(t), 7, now), rotated(t, 8)
	old := held.Documents().By("delta")
	for _, c := range []struct {
		name   string
		change func(*trust.SignedPublication)
		reason trust.Reason
	}{
		{"an older list", func(p *trust.SignedPublication) { p.List = old.List }, trust.BadSignature},
		{"no list", func(p *trust.SignedPublication) { p.List = nil }, trust.Missing},
		{"an older policy", func(p *trust.SignedPublication) { p.Policy = old.Policy }, trust.BadSignature},
		{"an older statement", func(p *trust.SignedPublication) { p.Freshness = old.Freshness }, trust.NotNamed},
		{"no statement", func(p *trust.SignedPublication) { p.Freshness = nil }, trust.Missing},
		{"nothing", func(p *trust.SignedPublication) { *p = trust.SignedPublication{Signer: "none"} }, trust.NotNamed},
	} {
		t.Run(c.name, func(t *testing.T) {
			n, err := held.Update(only(t, newer, rootsOwn(c.change)))
			if err != nil {
				t.Fatal(err) // the delegates are brought up to date
			}
			if len(n.Faults) > 0 {
				t.Errorf("faults: %v", n.Faults)
			}
			if n.Of("delta").Root.Version != 1 || sequenceOf(n, "delta") != 7 || n.Of("delta").Policy == nil {
				t.Errorf("version %d of the root was taken", n.Of("delta").Root.Version)
			}
			if got := n.Refused[0]; got.Signer != "delta" || got.Part != string(trust.RootPart) || got.Reason != c.reason {
				t.Errorf("refused: %v %s: %v", got.Part, got.Reason, got)
			}
			if sequenceOf(n, "delta/shanghai") != 8 {
				t.Error("Shanghai is not brought up to date")
			}
			if n, err = n.Update(newer.Published()); err != nil || n.Of("delta").Root.Version != 2 || sequenceOf(n, "delta") != 8 {
				t.Errorf("and the whole is not taken after it: %v", err)
			}
		})
	}
}

// A newer version of a root sets nothing back that those have signed who still
// have their role, and gets rid of what was signed by a thief.
func TestUpdateOfRootSetsNothingBack(t *testing.T) {
	for _, c := range []struct {
		name  string
		clerk bool // the thief had the key that states, and not those of the list
		taken bool
	}{{"the keys of the list were exchanged", false, true}, {"the key that states is the same", true, false}} {
		t.Run(c.name, func(t *testing.T) {
			w := newWorld(t)
			if c.clerk {
				w.Root("delta").Signers[0].Statement = func(f *trust.Freshness) { f.Sequence = 1000 }
			} else {
				w.Root("delta").Signers[0].List = func(l *trust.List) { l.Sequence = 1000 }
			}
			n, err := load(t, w, 7, now).Update(rotated(t, 8).Published())
			if err != nil {
				t.Fatal(err)
			}
			if taken := n.Of("delta").Root.Version == 2; taken != c.taken {
				t.Fatalf("taken: %v; %v", taken, n.Refused)
			}
			if !c.taken && n.Refused[0].Reason != trust.RolledBack {
				t.Errorf("refused: %v", n.Refused[0])
			}
		})
	}
}

// Nor of what a delegate has signed, whose on-line key it exchanges.
func TestUpdateOfRootSetsNoDelegateBack(t *testing.T) {
	w := newWorld(t)
	held := load(t, w, 8, now)
	delta, shanghai := w.Root("delta"), w.Signer("delta/shanghai")
	first := shanghai.Signer
	delta.Sign = func(d *trust.Root, _ *[]*verifiertest.Key) {
		if d.Version == 1 {
			d.Delegates[0] = first
		}
	}
	clerk, err := verifiertest.NewKey(signature.ES256, "another clerk of Shanghai")
	if err != nil {
		t.Fatal(err)
	}
	shanghai.Clerk, shanghai.Online.Keys = clerk, []signature.PublicKey{clerk.PublicKey()}
	if err := delta.Rotate(); err != nil {
		t.Fatal(err)
	}
	newest := load(t, w, 9, now)
	n := held
	for _, offered := range []trust.SignedPublication{{Signer: "delta/shanghai"}, load(t, w, 7, now).Documents().By("delta/shanghai")} {
		next, err := n.Update(only(t, newest, func(d *trust.Documents) {
			d.Publications = slices.Clone(d.Publications)
			d.Publications[slices.IndexFunc(d.Publications, func(p trust.SignedPublication) bool { return p.Signer == "delta/shanghai" })] = offered
		}))
		var refusal *trust.Error
		if errors.As(err, &refusal) && refusal.Signer == "delta/shanghai" {
			continue // nothing else was offered the second time
		}
		if err != nil || next.Of("delta").Root.Version != 2 {
			t.Fatalf("the root: %v", err)
		}
		n = next
	}
	if p := n.Of("delta/shanghai"); p.List != nil {
		t.Errorf("list %d is believed, and 8 was held", p.List.Sequence)
	}
	if n, err = n.Update(newest.Published()); err != nil || sequenceOf(n, "delta/shanghai") != 9 {
		t.Errorf("and the newest is not taken: %v", err)
	}
}

// A chain of which nothing is stated is held as it is, and again.
func TestUpdateOfNothingStated(t *testing.T) {
	for _, newer := range []*trust.Bundle{load(t, newWorld(t), 7, now), rotated(t, 8)} {
		silence := func(d *trust.Documents) { d.Publications = []trust.SignedPublication{} }
		held, err := newer.Anchor.Open(only(t, load(t, newWorld(t), 7, now), silence))
		if err != nil {
			t.Fatal(err)
		}
		var refusal *trust.Error
		if _, err := held.Update(only(t, newer, silence)); newer.Of("delta").Root.Version == 2 && (!errors.As(err, &refusal) || refusal.Reason != trust.Missing) {
			t.Errorf("a chain of which nothing is stated: %v", err)
		}
		n, err := held.Update(newer.Published())
		if err != nil {
			t.Fatal(err)
		}
		sound(t, n)
	}
}
