package verifier_test

import (
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"yizheng/license"
	"yizheng/signature"
	"yizheng/status"
	"yizheng/verifier"
	"yizheng/verifier/verifiertest"
)

func refused(t *testing.T, err error, want verifier.Reason) {
	t.Helper()
	var r *verifier.Refusal
	if !errors.As(err, &r) || r.Reason != want {
		t.Errorf("got %v, want %s", err, want)
	}
}

func TestNoLists(t *testing.T) {
	s := newScene(t)
	expect(t, s.verifyWith(nil, s.text()), verifier.Unknown, verifier.StatusCheck, verifier.StatusListMissing)
	expect(t, s.verifyWith(verifier.NewLists(s.trust()), s.text()), verifier.Unknown, verifier.StatusCheck, verifier.StatusListMissing)
	// What is known without a list stays known.
	expireAll(s)
	expect(t, s.verifyWith(nil, s.text()), verifier.Invalid, verifier.ValidityCheck, verifier.Expired)
	s = newScene(t)
	s.region = "110105"
	expect(t, s.verifyWith(nil, s.text()), verifier.NotRecognised, verifier.RecognitionCheck, verifier.NoAgreement)
}

func TestStatesWithoutAList(t *testing.T) {
	s := newScene(t)
	s.license.Permits[0].ValidUntil = verifiertest.Day("2026-11-01")
	s.license.Permits[1].ValidFrom = verifiertest.Day("2026-12-01")
	r := s.verifyWith(nil, s.text())
	want := []license.State{license.Expired, license.NotYetValid, license.Unknown}
	for i, p := range r.License.Permits {
		if p.State != want[i] {
			t.Errorf("permit %d is %s, want %s", i, p.State, want[i])
		}
	}
	expect(t, r, verifier.Unknown, verifier.StatusCheck, verifier.StatusListMissing)
}

func TestListsOfOthers(t *testing.T) {
	s := newScene(t)
	text := s.text()
	other := s.world.Issuer("110105")
	build := func(k *verifiertest.Key, subject string) []byte {
		return []byte(must(status.Build(status.Config{
			Subject: subject, IssuedAt: s.listed, Lifetime: time.Hour, TTL: time.Minute, Sequence: 9,
			Values: map[uint32]status.Value{},
		}, k))(t))
	}
	stranger := must(verifiertest.NewKey(signature.ES256, "a forger"))(t)
	chunk, _ := status.Locate(s.license.StatusIndex)
	address := status.Address(s.issuer.StatusBase, chunk)
	tampered := s.list()
	tampered[len(tampered)-10] ^= 1
	foreign := *s.issuer
	foreign.Status = other.Status
	for _, c := range []struct {
		name  string
		token []byte
		want  verifier.Reason
	}{
		{"by a stranger", build(stranger, address), verifier.StatusListKey},
		{"by another issuer", build(other.Status, address), verifier.StatusListKey},
		{"by the license key", build(s.issuer.Signer, address), verifier.StatusListKey},
		{"by the record key", build(s.issuer.Record, address), verifier.StatusListKey},
		{"tampered with", tampered, verifier.StatusListSignature},
	} {
		t.Run(c.name, func(t *testing.T) {
			lists := verifier.NewLists(s.trust())
			refused(t, lists.Add(c.token), c.want)
			expect(t, s.verifyWith(lists, text), verifier.Unknown, verifier.StatusCheck, c.want)
			// A good list makes up for it, and a bad one does not unmake it.
			if err := lists.Add(s.list()); err != nil {
				t.Fatal(err)
			}
			if lists.Add(c.token) == nil {
				t.Error("taken")
			}
			expect(t, s.verifyWith(lists, text), verifier.Valid, "", "")
		})
	}
	t.Run("garbage", func(t *testing.T) {
		lists := verifier.NewLists(s.trust())
		for _, token := range []string{"", "x", "a.b.c", s.code().Compact(signature.ES256)} {
			if lists.Add([]byte(token)) == nil {
				t.Errorf("%q was taken", token)
			}
		}
	})
	t.Run("another chunk", func(t *testing.T) {
		lists := verifier.NewLists(s.trust())
		elsewhere := build(s.issuer.Status, status.Address(s.issuer.StatusBase, chunk+1))
		refused(t, lists.AddFrom(address, elsewhere), verifier.StatusListAddress)
		expect(t, s.verifyWith(lists, text), verifier.Unknown, verifier.StatusCheck, verifier.StatusListAddress)
		if err := lists.Add(elsewhere); err != nil { // at its own address it is good, and no help
			t.Fatal(err)
		}
		expect(t, s.verifyWith(lists, text), verifier.Unknown, verifier.StatusCheck, verifier.StatusListAddress)
	})
	t.Run("an address that is no chunk", func(t *testing.T) {
		for _, subject := range []string{"https://310105.example/status/01", "https://310105.example/status/4294967296", "https://310105.example/other/1"} {
			refused(t, verifier.NewLists(s.trust()).Add(build(s.issuer.Status, subject)), verifier.StatusListKey)
		}
	})
}

func TestRollingBack(t *testing.T) {
	s := newScene(t)
	text := s.text()
	old := []byte(must(s.issuer.List(s.license, 4, s.listed))(t))
	s.values = []status.Value{status.Withdrawn}
	revoked := s.list() // sequence 5
	lists := verifier.NewLists(s.trust())
	if err := lists.Add(revoked); err != nil {
		t.Fatal(err)
	}
	refused(t, lists.Add(old), verifier.StatusListRolledBack)
	expect(t, s.verifyWith(lists, text), verifier.Invalid, verifier.StatusCheck, verifier.Withdrawn)

	// The memory outlives the process.
	next := verifier.NewLists(s.trust())
	next.Restore(lists.Highest())
	refused(t, next.Add(old), verifier.StatusListRolledBack)
	expect(t, s.verifyWith(next, text), verifier.Unknown, verifier.StatusCheck, verifier.StatusListRolledBack)

	// So it does where the list came first and the memory after it.
	late := verifier.NewLists(s.trust())
	if err := late.Add(old); err != nil {
		t.Fatal(err)
	}
	late.Restore(lists.Highest())
	expect(t, s.verifyWith(late, text), verifier.Unknown, verifier.StatusCheck, verifier.StatusListRolledBack)
}

func TestTrustListRolledBack(t *testing.T) {
	s := newScene(t)
	s.region = "310106" // in its own region no policy is asked
	lists := verifier.NewLists(s.trust())
	if err := lists.Add(s.list()); err != nil {
		t.Fatal(err)
	}
	highest := lists.Highest()
	for name := range highest {
		highest[name]++
	}
	for _, c := range []struct {
		name   string
		check  verifier.CheckName
		reason verifier.Reason
	}{
		{"trust:delta/shanghai:list", verifier.TrustCheck, verifier.TrustRolledBack},
		{"trust:delta:root", verifier.TrustCheck, verifier.TrustRolledBack},
		{"trust:delta/shanghai:freshness", verifier.TrustCheck, verifier.TrustRolledBack},
		{"trust:delta/shanghai:policy", verifier.RecognitionCheck, verifier.PolicyRolledBack},
	} {
		lists := verifier.NewLists(s.trust())
		if err := lists.Add(s.list()); err != nil {
			t.Fatal(err)
		}
		for name, n := range highest {
			if strings.HasPrefix(name, c.name) {
				lists.Restore(map[string]uint64{name: n})
			}
		}
		expect(t, s.verifyWith(lists, s.text()), verifier.Unknown, c.check, c.reason)
	}
}

func TestRecords(t *testing.T) {
	s := newScene(t)
	record := []byte(must(s.issuer.Versions(s.license, 2, s.listed, 3))(t))
	text := s.text()

	t.Run("names the newest version", func(t *testing.T) {
		lists := verifier.NewLists(s.trust())
		if err := lists.Add(record); err != nil {
			t.Fatal(err)
		}
		r := s.verifyWith(lists, text) // without any status list
		expect(t, r, verifier.Invalid, verifier.StatusCheck, verifier.Superseded)
		if l := r.License; l.State != license.Superseded || l.SupersededBy == nil || l.SupersededBy.Version != 3 {
			t.Errorf("license %+v", l)
		}
		if r.Lists.Record == nil || r.Lists.Record.Sequence != 2 {
			t.Errorf("lists %+v", r.Lists)
		}
	})
	t.Run("leaves the newest alone", func(t *testing.T) {
		lists := verifier.NewLists(s.trust())
		if err := errors.Join(lists.Add(record), lists.Add(s.list())); err != nil {
			t.Fatal(err)
		}
		s.license.Identifier.Version = 3
		expect(t, s.verifyWith(lists, s.text()), verifier.Valid, "", "")
		s.license.Identifier.Version = 1
	})
	t.Run("of another issuer", func(t *testing.T) {
		other := *s.world.Issuer("110105")
		r := must(other.Versions(s.license, 2, s.listed, 3))(t)
		lists := verifier.NewLists(s.trust())
		refused(t, lists.Add([]byte(r)), verifier.RecordKey)
	})
	t.Run("by a key of another use", func(t *testing.T) {
		other := *s.issuer
		other.Record = s.issuer.Status
		r := must(other.Versions(s.license, 2, s.listed, 3))(t)
		refused(t, verifier.NewLists(s.trust()).Add([]byte(r)), verifier.RecordKey)
	})
	t.Run("rolled back", func(t *testing.T) {
		lists := verifier.NewLists(s.trust())
		older := must(s.issuer.Versions(s.license, 1, s.listed, 1))(t)
		if err := lists.Add(record); err != nil {
			t.Fatal(err)
		}
		refused(t, lists.Add([]byte(older)), verifier.StatusListRolledBack)
		expect(t, s.verifyWith(lists, text), verifier.Invalid, verifier.StatusCheck, verifier.Superseded)
	})
}

func TestListsForANewerBundle(t *testing.T) {
	s := newScene(t)
	lists := verifier.NewLists(s.trust())
	if err := lists.Add(s.list()); err != nil {
		t.Fatal(err)
	}
	s.bundle = nil // the same once more
	newer := lists.For(s.trust())
	expect(t, s.verifyWith(newer, s.text()), verifier.Valid, "", "")
	if n := len(newer.Highest()); n != 31 { // two roots; of four signers a statement by one, and list, policy and directory by two; and one list
		t.Errorf("%d sequences", n)
	}
	// A bundle that no longer names the status key leaves its list behind.
	s.issuer.Keys = s.issuer.Keys[:1]
	s.bundle = nil
	expect(t, s.verifyWith(newer.For(s.trust()), s.text()), verifier.Unknown, verifier.StatusCheck, verifier.StatusListKey)
}

func TestListsAreSafeForConcurrentUse(t *testing.T) {
	s := newScene(t)
	lists := verifier.NewLists(s.trust())
	v, text, token := s.verifier(lists), s.text(), s.list()
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			for range 20 {
				_ = lists.Add(token)
				lists.Highest()
			}
		})
		wg.Go(func() {
			for range 20 {
				if r := v.Verify(text, s.now); r.Outcome != verifier.Valid && r.Outcome != verifier.Unknown {
					t.Error(r.Outcome)
				}
			}
		})
	}
	wg.Wait()
}
