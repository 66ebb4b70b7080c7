package root_test

import (
	"crypto/rand"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"yizheng/keys"
	"yizheng/signature"
	"yizheng/trust"
	"yizheng/trust/root"
)

// delta makes a root of the Delta with Shanghai for a delegate, both with
// their keys at hand.
func delta(t *testing.T) (above, below *root.Folder, belowDir string) {
	t.Helper()
	above, _ = create(t, root.Config{Name: "delta", Title: "长三角(演示)", Territory: trust.Territory{"31", "33"}, Days: 30})
	below, belowDir = create(t, root.Config{Name: "shanghai", Title: "上海市(演示)", Territory: trust.Territory{"31"}, Under: "delta"})
	name(t, above, belowDir)
	update(t, above, now)
	join(t, below, above)
	return above, below, belowDir
}

func name(t *testing.T, above *root.Folder, belowDir string) {
	t.Helper()
	request, err := os.ReadFile(filepath.Join(belowDir, "signer.json"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := above.Delegate(request); err != nil {
		t.Fatal(err)
	}
}

func join(t *testing.T, below, above *root.Folder) {
	t.Helper()
	raw, err := above.Bundle().Marshal()
	if err != nil {
		t.Fatal(err)
	}
	if err := below.Join(raw); err != nil {
		t.Fatal(err)
	}
}

func TestDelegate(t *testing.T) {
	above, below, dir := delta(t)
	if err := above.Enroll(entry(t, "310105"), nil); !errors.Is(err, root.ErrTerritory) {
		t.Errorf("the root enrolls for its delegate: %v", err)
	}
	if err := below.Enroll(entry(t, "310105"), nil); err != nil {
		t.Fatal(err)
	}
	b := update(t, below, now)
	if p := b.SpeakerOf("310105"); p.Path() != "delta/shanghai" || b.IssuerOf("310105") == nil || len(b.Faults) > 0 {
		t.Errorf("%s, %v", p.Path(), b.Faults)
	}
	// What the delegate publishes brings a verifier up to date that has the root's.
	n, err := above.Bundle().Update(b.Published())
	if err != nil || n.IssuerOf("310105") == nil {
		t.Errorf("%v", err)
	}

	stranger, strangerDir := create(t, root.Config{Name: "beijing", Title: "北京", Territory: trust.Territory{"11"}, Under: "delta"})
	request, err := os.ReadFile(filepath.Join(strangerDir, "signer.json"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := above.Delegate(request); err == nil {
		t.Error("a delegate beyond the territory was named")
	}
	raw, err := b.Marshal()
	if err != nil {
		t.Fatal(err)
	}
	if err := stranger.Join(raw); !errors.Is(err, root.ErrUnknown) {
		t.Errorf("one that is not named joins: %v", err)
	}
	if err := stranger.Update(now); !errors.Is(err, root.ErrUnknown) {
		t.Errorf("one that is not named publishes: %v", err)
	}

	// Dismissed, it can say what it likes.
	if err := above.Dismiss("shanghai"); err != nil {
		t.Fatal(err)
	}
	gone, err := n.Update(update(t, above, now.Add(time.Hour)).Published())
	if err != nil || gone.IssuerOf("310105") != nil || gone.Of("delta/shanghai") != nil {
		t.Errorf("a dismissed delegate still counts: %v", err)
	}
	if again := reopen(t, below, dir); again.Path() != "delta/shanghai" {
		t.Errorf("opened again it is %s", again.Path())
	}
}

// A verifier that was away for two rotations follows without anybody touching
// it, and one that was there meanwhile goes on.
func TestRotation(t *testing.T) {
	r, _ := create(t, root.Config{})
	if err := r.Enroll(entry(t, "310105"), nil); err != nil {
		t.Fatal(err)
	}
	away := update(t, r, now)
	old := away.Of("shanghai").Signer.Keys
	held := away
	for i := range 2 {
		if err := r.Rotate(root.Config{}); err != nil {
			t.Fatal(err)
		}
		b := update(t, r, now.Add(time.Duration(i+1)*time.Hour))
		n, err := held.Update(b.Published())
		if err != nil || len(n.Faults) > 0 || n.IssuerOf("310105") == nil {
			t.Fatalf("rotation %d: %v", i+1, err)
		}
		held = n
	}
	n, err := away.Update(r.Bundle().Published())
	if err != nil || len(n.Faults) > 0 || n.IssuerOf("310105") == nil {
		t.Fatal(err)
	}
	if p := n.Of("shanghai"); p.Root.Version != 3 || p.Signer.Role.Has(old[0]) {
		t.Errorf("version %d", p.Root.Version)
	}
	if _, err := held.Update(away.Published()); err == nil {
		t.Error("the root was rolled back")
	}
	// What is signed after a rotation no longer bears the old keys' signatures.
	if err := r.Enroll(entry(t, "310106"), nil); err != nil {
		t.Fatal(err)
	}
	list := update(t, r, now.Add(4*time.Hour)).Documents().By("shanghai").List
	for _, k := range old {
		if strings.Contains(string(list), k.KeyID()) {
			t.Error("an old key has signed")
		}
	}
}

// A delegate's keys change without a moment at which its list is refused.
func TestDelegateRotation(t *testing.T) {
	above, below, dir := delta(t)
	if err := below.Enroll(entry(t, "310105"), nil); err != nil {
		t.Fatal(err)
	}
	b := update(t, below, now)
	if err := errors.Join(below.Rotate(root.Config{}), below.RotateOnline(root.Config{})); err != nil {
		t.Fatal(err)
	}
	b, err := b.Update(update(t, below, now.Add(time.Hour)).Published()) // bears both
	if err != nil || len(b.Faults) > 0 {
		t.Fatal(err, b.Faults)
	}
	name(t, above, dir)
	b, err = b.Update(update(t, above, now.Add(2*time.Hour)).Published())
	if err != nil || len(b.Faults) > 0 || b.IssuerOf("310105") == nil {
		t.Fatal(err, b.Faults)
	}
	if !b.Of("delta/shanghai").Signer.Role.Has(below.Signer().Keys[0]) {
		t.Error("the old keys still count")
	}
}

// holders are people with a key each, on machines of their own.
func holders(t *testing.T, n int) (private []*keys.Key, public []signature.PublicKey) {
	t.Helper()
	for range n {
		k, err := keys.Generate(keys.UseRoot, signature.ES256, rand.Reader)
		if err != nil {
			t.Fatal(err)
		}
		private, public = append(private, k), append(public, k.PublicKey())
	}
	return private, public
}

func TestCeremony(t *testing.T) {
	private, public := holders(t, 3)
	clerk, err := keys.Generate(keys.UseOnline, signature.ES256, rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	f, dir := create(t, root.Config{Name: "shanghai", Title: "上海市", Territory: trust.Territory{"31"}, Public: public, Threshold: 2})
	if err := f.Enroll(entry(t, "310105"), nil); err != nil {
		t.Fatal(err)
	}
	if err := f.Update(now); !errors.Is(err, root.ErrKeys) {
		t.Errorf("signed without keys: %v", err)
	}
	var documents [][]byte
	for _, kind := range root.Kinds() {
		draft, err := f.Draft(kind, now)
		if err != nil {
			t.Fatal(err)
		}
		file, err := draft.Marshal()
		if err != nil {
			t.Fatal(err)
		}
		var parts [][]byte
		for _, k := range []*keys.Key{private[2], private[0]} {
			read, err := root.ParseDraft(file) // each reads the file for himself
			if err != nil {
				t.Fatal(err)
			}
			part, err := root.Sign(read, k)
			if err != nil {
				t.Fatal(err)
			}
			parts = append(parts, part)
		}
		if _, _, missing, err := f.Signatures(parts[0]); err != nil || missing != 1 {
			t.Errorf("%s: after one signature %d are missing, %v", kind, missing, err)
		}
		whole, err := root.Combine(parts...)
		if err != nil {
			t.Fatal(err)
		}
		if by, lacking, missing, err := f.Signatures(whole); err != nil || missing != 0 || len(by) != 2 || len(lacking) != 1 {
			t.Errorf("%s: %v %v %d, %v", kind, by, lacking, missing, err)
		}
		documents = append(documents, whole)
	}
	if err := f.Publish(now, documents[1:]...); err == nil {
		t.Error("lists were published before the root")
	}
	if err := f.Publish(now, documents...); err != nil {
		t.Fatal(err)
	}
	if b := f.Bundle(); b.IssuerOf("310105") == nil || len(b.Faults) > 0 {
		t.Error(b.Faults)
	}
	if err := f.Update(now.AddDate(0, 0, 1)); err != nil { // nothing to sign but the statement
		t.Error(err)
	}

	// Elsewhere, with the on-line key alone.
	on := reopen(t, f, dir)
	if _, err := root.Publish(on.Bundle(), "shanghai", []signature.Signer{clerk}, now); !errors.Is(err, root.ErrKeys) {
		t.Errorf("a key that has no role states: %v", err)
	}
	if _, err := root.Publish(on.Bundle(), "zhejiang", []signature.Signer{clerk}, now); !errors.Is(err, root.ErrUnknown) {
		t.Errorf("a signer that nobody knows: %v", err)
	}
}

func TestDraftsAreNotChanged(t *testing.T) {
	f, _ := create(t, root.Config{})
	if err := f.Enroll(entry(t, "310105"), nil); err != nil {
		t.Fatal(err)
	}
	draft, err := f.Draft("list", now)
	if err != nil {
		t.Fatal(err)
	}
	file, err := draft.Marshal()
	if err != nil {
		t.Fatal(err)
	}
	for name, change := range map[string]string{
		"another region":  strings.Replace(string(file), `"310105"`, `"310106"`, 1),
		"another typ":     strings.Replace(string(file), `"typ": "yz-trust-list"`, `"typ": "yz-license"`, 1),
		"a member more":   strings.Replace(string(file), `"typ":`, `"x": 1, "typ":`, 1),
		"nothing at all":  "",
		"another payload": strings.Replace(string(file), `演示`, `真实`, 1),
	} {
		d, err := root.ParseDraft([]byte(change))
		if err == nil {
			_, err = root.Sign(d)
		}
		if err == nil {
			t.Errorf("%s: signed", name)
		}
	}
	other, err := f.Draft("policy", now)
	if err != nil {
		t.Fatal(err)
	}
	private, _ := holders(t, 2)
	a, errA := root.Sign(draft, private[0])
	b, errB := root.Sign(other, private[1])
	if _, err := root.Combine(a, b); err == nil || errA != nil || errB != nil {
		t.Errorf("signatures on different documents were combined: %v %v", errA, errB)
	}
}
