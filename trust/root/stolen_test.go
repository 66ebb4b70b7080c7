package root_test

import (
	"encoding/json"
	"path/filepath"
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
	documents := f.Bundle().Documents()
	if documents.Publications[0].Freshness, err = signature.SignMulti([]signature.Signer{stolen}, signature.Header{Type: trust.TypeFreshness}, marshal(t, statement)); err != nil {
		t.Fatal(err)
	}
	thiefs := marshal(t, documents)
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
