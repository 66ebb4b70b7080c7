package verifier_test

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"testing"
	"time"

	"yizheng/license"
	"yizheng/status"
	"yizheng/trust"
	"yizheng/verifier"
	"yizheng/verifier/verifiertest"
)

// listOf signs the list of any chunk of an issuer, with nothing in it.
func listOf(t *testing.T, i *verifiertest.Issuer, chunk uint32, at time.Time) []byte {
	t.Helper()
	return []byte(must(status.Build(status.Config{
		Subject: status.Address(i.StatusBase, chunk), IssuedAt: at, Lifetime: 24 * time.Hour, TTL: time.Minute, Sequence: 1,
		Values: map[uint32]status.Value{},
	}, i.Status))(t))
}

// TestRoomOfOne: an issuer with more lists than there is room for loses those of
// its own that were used longest ago, which is told; another loses nothing.
func TestRoomOfOne(t *testing.T) {
	s := newScene(t)
	own, hostile := s.text(), s.world.Issuer("330400")
	var dropped []license.Region
	lists := verifier.NewListsIn(s.trust(), verifier.Room{Each: 1 << 20, Dropped: func(r license.Region) { dropped = append(dropped, r) }})
	if err := lists.Add(s.list()); err != nil {
		t.Fatal(err)
	}
	mine := lists.Bytes()
	s.by("330400", "restaurant-3-permits")
	theirs := s.text()
	if err := lists.Add(s.list()); err != nil {
		t.Fatal(err)
	}
	if r := s.verifyWith(lists, theirs); r.Check(verifier.StatusCheck).Status != verifier.Passed {
		t.Fatalf("before: %+v", r.Check(verifier.StatusCheck))
	}
	for n := range uint32(200) {
		if err := lists.Add(listOf(t, hostile, 1000+n, s.listed)); err != nil {
			t.Fatal(err)
		}
		if lists.Bytes() > mine+1<<20 {
			t.Fatalf("%d bytes are held", lists.Bytes())
		}
	}
	if len(dropped) < 100 || dropped[0] != "330400" {
		t.Errorf("%d were dropped", len(dropped))
	}
	expect(t, s.verifyWith(lists, theirs), verifier.Unknown, verifier.StatusCheck, verifier.IssuerOverLimit)
	expect(t, s.verifyWith(lists, own), verifier.Valid, "", "")
	if lists.Token(status.Address(hostile.StatusBase, 1199)) == nil || lists.Token(status.Address(hostile.StatusBase, 1000)) != nil {
		t.Error("what came last is not there, or what came first is")
	}
	// Brought in again, it serves as before; and a newer bundle changes no bounds.
	if err := lists.Add(s.list()); err != nil {
		t.Fatal(err)
	}
	newer := lists.For(s.trust())
	for _, l := range []*verifier.Lists{lists, newer} {
		if r := s.verifyWith(l, theirs); r.Check(verifier.StatusCheck).Status != verifier.Passed {
			t.Errorf("again: %+v", r.Check(verifier.StatusCheck))
		}
		if l.Bytes() > mine+1<<20 || !l.IsOver("330400") || l.IsOver("310105") {
			t.Errorf("%d bytes", l.Bytes())
		}
		expect(t, s.verifyWith(l, own), verifier.Valid, "", "")
	}
}

// TestRoomOfOwn: the lists of our own register are not bounded, for nobody
// fetches them again.
func TestRoomOfOwn(t *testing.T) {
	s := newScene(t)
	lists := verifier.NewListsIn(s.trust(), verifier.Room{Each: 64 << 10, All: 64 << 10, Own: "310105"})
	for n := range uint32(100) {
		if err := lists.Add(listOf(t, s.issuer, 1000+n, s.listed)); err != nil {
			t.Fatal(err)
		}
	}
	if held := lists.Held(); len(held) != 100 || lists.Bytes() != 0 {
		t.Errorf("%d lists are held, %d bytes", len(held), lists.Bytes())
	}
}

// TestRoomForRecords: records of licenses and what is remembered of them have
// bounds too, and what was forgotten is not held on to either.
func TestRoomForRecords(t *testing.T) {
	s := newScene(t)
	lists := verifier.NewListsIn(s.trust(), verifier.Room{Each: 1 << 20})
	const records = 9000
	for n := range records {
		l := *s.license
		l.Identifier.Serial = fmt.Sprintf("%09d", n)
		record, err := s.issuer.Versions(&l, 3, s.listed, 1)
		if err != nil {
			t.Fatal(err)
		}
		if err := lists.Add([]byte(record)); err != nil {
			t.Fatal(err)
		}
	}
	if lists.Bytes() > 1<<20 {
		t.Errorf("%d bytes are held", lists.Bytes())
	}
	if n := len(lists.Highest()); n < 4000 || n > 10000 {
		t.Errorf("%d sequences are remembered", n)
	}
	last := *s.license
	last.Identifier.Serial = fmt.Sprintf("%09d", records-1)
	older := []byte(must(s.issuer.Versions(&last, 2, s.listed, 1))(t))
	refused(t, lists.Add(older), verifier.StatusListRolledBack)
}

// TestRoomForClosings: a closing list of any size takes no more room than its
// issuer has.
func TestRoomForClosings(t *testing.T) {
	s := newScene(t)
	s.by("330400", "restaurant-3-permits")
	sums := make([][sha256.Size]byte, 100000)
	for n := range sums {
		sums[n] = sha256.Sum256(fmt.Append(nil, n))
	}
	code := s.code()
	sums[0] = sha256.Sum256(code.SigningInput(s.issuer.Signer.PublicKey().Algorithm()))
	text := s.text()
	key := &s.issuer.Keys[0]
	list, chunks, err := trust.BuildClosing(trust.ClosingList{Region: "330400", Key: key.PublicKey.KeyID(), Issued: s.listed.UTC().Truncate(time.Second)}, sums)
	if err != nil {
		t.Fatal(err)
	}
	key.Closing = trust.Digest(list)
	lists := verifier.NewListsIn(s.trust(), verifier.Room{Each: 512 << 10})
	for _, part := range append([][]byte{s.list(), list}, chunks...) {
		var refusal *verifier.Refusal // by and by the list itself has to go, and then nothing names its chunks
		if err := lists.Add(part); err != nil && !errors.As(err, &refusal) {
			t.Fatal(err)
		}
		if lists.Bytes() > 512<<10 {
			t.Fatalf("%d bytes are held", lists.Bytes())
		}
	}
	r := s.verifyWith(lists, text)
	expect(t, r, verifier.Unknown, verifier.TrustCheck, verifier.IssuerOverLimit)
	// Part by part, as a verifier on line brings them in, it is settled.
	for range 3 {
		if r = s.verifyWith(lists, text); r.Wanted == "" {
			break
		}
		for _, part := range append([][]byte{list}, chunks...) {
			if r.Wanted == trust.ClosingAddress(s.issuer.StatusBase, trust.Digest(part)) {
				if err := lists.Add(part); err != nil {
					t.Fatal(err)
				}
			}
		}
	}
	if got := r.Check(verifier.TrustCheck); got.Status == verifier.NotDone {
		t.Errorf("part by part: %+v", got)
	}
}

// TestRoomForRefusals: tokens that nobody signed leave no more behind than there
// is room for.
func TestRoomForRefusals(t *testing.T) {
	s := newScene(t)
	lists := verifier.NewLists(s.trust())
	for n := range uint32(10000) {
		refused(t, lists.AddFrom(status.Address(s.world.Issuer("330400").StatusBase, n), []byte("no list")), verifier.StatusListMalformed)
	}
	chunk, _ := status.Locate(s.license.StatusIndex)
	refused(t, lists.AddFrom(status.Address(s.issuer.StatusBase, chunk), []byte("no list")), verifier.StatusListMalformed)
	expect(t, s.verifyWith(lists, s.text()), verifier.Unknown, verifier.StatusCheck, verifier.StatusListMalformed)
}
