package verifier_test

import (
	"testing"

	"yizheng/signature"
	"yizheng/status"
	"yizheng/trust"
	"yizheng/verifier"
	"yizheng/verifier/verifiertest"
)

// far is a sequence that no honest list comes to.
const far = 1 << 50

// change puts another key of a use in the place of the one in use, and takes
// the former off the list.
func (s *scene) change(t *testing.T, use trust.Use, key **verifiertest.Key) {
	t.Helper()
	next := must(verifiertest.NewKey(signature.ES256, "310105 next "+string(use)))(t)
	for i, k := range s.issuer.Keys {
		if k.PublicKey.Equal((*key).PublicKey()) {
			s.issuer.Keys[i].PublicKey = next.PublicKey()
		}
	}
	*key, s.bundle = next, nil
}

// TestStolenStatusKey holds that the thief of a status key who signs a list of
// a very high sequence keeps no honest list away once the key is off the trust
// list: neither in a process that has seen it nor by what is remembered.
func TestStolenStatusKey(t *testing.T) {
	s := newScene(t)
	text := s.text()
	lists := verifier.NewLists(s.trust())
	thiefs := []byte(must(s.issuer.List(s.license, far, s.listed))(t))
	if err := lists.Add(thiefs); err != nil {
		t.Fatal(err)
	}
	s.values = []status.Value{status.Withdrawn}
	refused(t, lists.Add(s.list()), verifier.StatusListRolledBack) // while nobody knows of the theft

	s.change(t, trust.UseStatus, &s.issuer.Status)
	afterwards := verifier.NewLists(s.trust())
	afterwards.Restore(lists.Highest())
	for name, next := range map[string]*verifier.Lists{"same process": lists.For(s.trust()), "remembered": afterwards} {
		t.Run(name, func(t *testing.T) {
			refused(t, next.Add(thiefs), verifier.StatusListKey)
			if err := next.Add(s.list()); err != nil {
				t.Fatal(err)
			}
			expect(t, s.verifyWith(next, text), verifier.Invalid, verifier.StatusCheck, verifier.Withdrawn)
			older := []byte(must(s.issuer.List(s.license, 4, s.listed))(t))
			refused(t, next.Add(older), verifier.StatusListRolledBack) // the honest key's own sequences count
		})
	}
}

// TestStolenRecordKey is the same of records.
func TestStolenRecordKey(t *testing.T) {
	s := newScene(t)
	lists := verifier.NewLists(s.trust())
	if err := lists.Add([]byte(must(s.issuer.Versions(s.license, far, s.listed, 1))(t))); err != nil {
		t.Fatal(err)
	}
	s.change(t, trust.UseRecord, &s.issuer.Record)
	next := lists.For(s.trust())
	if err := next.Add([]byte(must(s.issuer.Versions(s.license, 2, s.listed, 3))(t))); err != nil {
		t.Fatal(err)
	}
	expect(t, s.verifyWith(next, s.text()), verifier.Invalid, verifier.StatusCheck, verifier.Superseded)
}

// TestClosedStatusKey holds that a status key which bears a closing list signs
// nothing that counts, and blocks nothing.
func TestClosedStatusKey(t *testing.T) {
	s := newScene(t)
	lists := verifier.NewLists(s.trust())
	thiefs := []byte(must(s.issuer.List(s.license, far, s.listed))(t))
	if err := lists.Add(thiefs); err != nil {
		t.Fatal(err)
	}
	closed := s.issuer.Keys[1]
	s.change(t, trust.UseStatus, &s.issuer.Status)
	closed.Closing = trust.Digest([]byte("what it signed"))
	s.issuer.Keys = append(s.issuer.Keys, closed)
	next := lists.For(s.trust())
	refused(t, next.Add(thiefs), verifier.StatusListKey)
	if err := next.Add(s.list()); err != nil {
		t.Fatal(err)
	}
	expect(t, s.verifyWith(next, s.text()), verifier.Valid, "", "")
}

// TestRemembered holds what a remembered sequence comes to, by whose it is.
func TestRemembered(t *testing.T) {
	s := newScene(t)
	list := verifier.NewLists(s.trust())
	if err := list.Add(s.list()); err != nil { // sequence 5
		t.Fatal(err)
	}
	var name string
	for n := range list.Highest() {
		if n[:4] == "3101" {
			name = n
		}
	}
	address := name[:len(name)-len(" by ")-8]
	own, other := s.issuer.Status.PublicKey().KeyID(), s.issuer.Record.PublicKey().KeyID()
	if name != address+" by "+own {
		t.Fatalf("remembered as %q", name)
	}
	old := verifier.StatusListRolledBack
	for _, c := range []struct {
		name    string
		highest map[string]uint64
		want    verifier.Reason
	}{
		{"as before keys were kept, lower", map[string]uint64{address: 5}, ""},
		{"as before keys were kept, higher", map[string]uint64{address: 6}, old},
		{"as before keys were kept, and known since whose it was", map[string]uint64{address: 6, address + " by AAAAAAAA": 6}, ""},
		{"as before keys were kept, and a lower one since", map[string]uint64{address: 6, address + " by AAAAAAAA": 5}, old},
		{"by the key in use", map[string]uint64{address + " by " + own: 6}, old},
		{"by a key that is on no list", map[string]uint64{address + " by AAAAAAAA": 6}, ""},
		{"by a key of another use", map[string]uint64{address + " by " + other: 6}, ""},
		{"of another region", map[string]uint64{"310106" + address[6:] + " by " + own: 6}, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			lists := verifier.NewLists(s.trust())
			lists.Restore(c.highest)
			err := lists.Add(s.list())
			if c.want == "" {
				if err != nil {
					t.Error(err)
				}
				return
			}
			refused(t, err, c.want)
		})
	}
}

// TestRememberedDocuments is the same of trust documents: of a part that k keys
// must sign, what k of those that have the role now have signed.
func TestRememberedDocuments(t *testing.T) {
	s := newScene(t)
	shanghai := s.world.Signer("delta/shanghai")
	clerk := shanghai.Online.Keys[0].KeyID()
	var by []string // two of three sign lists
	for _, k := range shanghai.Keys {
		by = append(by, k.KeyID())
	}
	const freshness, list = "trust:delta/shanghai:freshness", "trust:delta/shanghai:list"
	for _, c := range []struct {
		name    string
		highest map[string]uint64
		old     bool
	}{
		{"a statement by the key in use", map[string]uint64{freshness + " by " + clerk: far}, true},
		{"a statement by a key that was exchanged", map[string]uint64{freshness + " by AAAAAAAA": far}, false},
		{"a statement, as before keys were kept", map[string]uint64{freshness: far}, true},
		{"a list by one of the keys, and by one that was exchanged", map[string]uint64{list + " by " + by[0]: far, list + " by AAAAAAAA": far}, false},
		{"a list by two of the keys", map[string]uint64{list + " by " + by[0]: far, list + " by " + by[1]: far + 1}, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			lists := verifier.NewLists(s.trust())
			lists.Restore(c.highest)
			if err := lists.Add(s.list()); err != nil {
				t.Fatal(err)
			}
			if r := s.verifyWith(lists, s.text()); c.old {
				expect(t, r, verifier.Unknown, verifier.TrustCheck, verifier.TrustRolledBack)
			} else {
				expect(t, r, verifier.Valid, "", "")
			}
		})
	}
}
