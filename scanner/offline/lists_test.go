package offline_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"testing"
	"time"

	"yizheng/license"
	"yizheng/scanner/offline"
	"yizheng/status"
	"yizheng/trust"
	"yizheng/verifier"
	"yizheng/verifier/verifiertest"
)

// TestTake: a session asks by the sequences that it has, takes what has
// changed, and has all of a list asked for where that does not fit.
func TestTake(t *testing.T) {
	w := world(t)
	issuer := w.Issuer("310105")
	l, err := issuer.License("bookstore-cafe-5-permits")
	if err != nil {
		t.Fatal(err)
	}
	before, err := issuer.List(l, 5, verifiertest.Now())
	if err != nil {
		t.Fatal(err)
	}
	after, err := issuer.List(l, 6, verifiertest.Now(), status.Revoked)
	if err != nil {
		t.Fatal(err)
	}
	delta, err := status.Compare(before, after)
	if err != nil {
		t.Fatal(err)
	}
	of, err := status.Peek(before)
	if err != nil {
		t.Fatal(err)
	}
	s, err := offline.Open(bundle(t, w, 7, verifiertest.Now()), "", nil)
	if err != nil {
		t.Fatal(err)
	}
	list := func(member string, v any) map[string]any {
		return map[string]any{"region": "310105", "uri": of.Subject, member: v}
	}
	take := func(lists ...map[string]any) offline.Changes {
		t.Helper()
		b, err := json.Marshal(map[string]any{"lists": lists})
		if err != nil {
			t.Fatal(err)
		}
		c, err := s.Take(b)
		if err != nil {
			t.Fatal(err)
		}
		return c
	}
	spoilt := delta
	spoilt.Entries = []uint32{}
	const own = license.Region("310105")
	for _, step := range []struct {
		name    string
		list    map[string]any
		changed bool
		whole   bool
		holds   string
	}{
		{"a delta, and nothing is held", list("delta", delta), false, true, ""},
		{"the whole list", list("token", before), true, false, before},
		{"the same list is named", list("token", ""), false, false, before},
		{"a delta that hides what was revoked", list("delta", spoilt), false, true, before},
		{"no delta at all", list("delta", 7), false, true, before},
		{"a list that nobody signed", list("token", after[:len(after)-8]+"AAAAAAAA"), false, false, before},
		{"the delta", list("delta", delta), true, false, after},
		{"the delta once more", list("delta", delta), false, true, after},
		{"the older list", list("token", before), false, false, after},
	} {
		c := take(step.list)
		if slices.Equal(c.Regions, []license.Region{own}) != step.changed || slices.Equal(c.Whole, []string{of.Subject}) != step.whole {
			t.Errorf("%s: %+v", step.name, c)
		}
		if held := s.Tokens(own); (step.holds == "") != (len(held) == 0) || len(held) > 0 && held[0] != step.holds {
			t.Errorf("%s: another list is held", step.name)
		}
	}
	if have := s.Have(own); !maps.Equal(have, map[string]uint64{of.Subject: 6}) || len(s.Have("330400")) != 0 || len(s.Tokens("330400")) != 0 {
		t.Errorf("it says that it has %v", have)
	}
	if _, err := s.Take([]byte("<html>")); err == nil {
		t.Error("a page is an answer")
	}
}

// closed closes the license key of a district by a list of so many licenses,
// with those of codes among them, and gives all parts by digest.
func closed(t *testing.T, issuer *verifiertest.Issuer, entries int) (head string, parts map[string][]byte) {
	t.Helper()
	sums := make([][sha256.Size]byte, entries)
	for n := range sums {
		sums[n] = sha256.Sum256(fmt.Append(nil, n))
	}
	list, chunks, err := trust.BuildClosing(trust.ClosingList{Region: issuer.Region, Key: issuer.Keys[0].PublicKey.KeyID(), Issued: verifiertest.Now()}, sums)
	if err != nil {
		t.Fatal(err)
	}
	parts = map[string][]byte{trust.Digest(list): list}
	for _, chunk := range chunks {
		parts[trust.Digest(chunk)] = chunk
	}
	issuer.Keys[0].Closing = trust.Digest(list)
	return issuer.Keys[0].Closing, parts
}

// TestWanted: of the regions chosen the closing lists are wanted first, then
// their chunks, but for those of a large one, which a license asks for.
func TestWanted(t *testing.T) {
	w := world(t)
	small, parts := closed(t, w.Issuer("310105"), 5000)
	large, more := closed(t, w.Issuer("330400"), offline.Ahead/16+1)
	maps.Copy(parts, more)
	s, err := offline.Open(bundle(t, w, 7, verifiertest.Now()), "", nil)
	if err != nil {
		t.Fatal(err)
	}
	both := []license.Region{"310105", "330400"}
	add := func(digests []string) {
		t.Helper()
		for _, d := range digests {
			if reason := s.AddClosing(d, parts[d]); reason != "" {
				t.Fatalf("%s: %s", d, reason)
			}
		}
	}
	if got := s.Wanted([]license.Region{"320500"}, true); len(got) != 0 {
		t.Errorf("of a district without closed keys: %v", got)
	}
	heads := []string{small, large}
	slices.Sort(heads)
	if got := s.Wanted(both, false); !slices.Equal(got, heads) {
		t.Errorf("at first: %v", got)
	}
	if reason := s.AddClosing(small, parts[large]); reason != verifier.ClosingListBad {
		t.Errorf("another part than was asked for: %q", reason)
	}
	add(heads)
	chunks := s.Wanted(both, false)
	if len(chunks) != 4 || slices.Contains(chunks, small) {
		t.Fatalf("then: %d parts", len(chunks))
	}
	if reason := s.AddClosing(chunks[0], append(bytes.Clone(parts[chunks[0]]), make([]byte, 16)...)); reason != verifier.ClosingListBad {
		t.Errorf("a chunk with an entry more: %q", reason)
	}
	add(chunks)
	if got := s.Wanted(both, false); len(got) != 0 {
		t.Errorf("in the end %d parts are wanted", len(got))
	}
	all := s.Wanted(both, true)
	if len(all) != len(more)-1 {
		t.Errorf("of the large list %d of %d parts are wanted", len(all), len(more)-1)
	}
	for _, i := range s.State().Issuers {
		switch i.Region {
		case "310105":
			if len(i.Closing) != 1 || !i.Closing[0].Whole || i.Closing[0].Licenses != 5000 || !i.Closing[0].Issued.Equal(verifiertest.Now().UTC().Truncate(time.Second)) {
				t.Errorf("state %+v", i)
			}
		case "330400":
			if len(i.Closing) != 1 || i.Closing[0].Whole || i.Closing[0].Bytes <= offline.Ahead {
				t.Errorf("state %+v", i)
			}
		}
	}
}
