package offline_test

import (
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"yizheng/license"
	"yizheng/scanner/offline"
	"yizheng/trust"
	"yizheng/verifier"
	"yizheng/verifier/verifiertest"
)

func bundle(t *testing.T, w *verifiertest.World, sequence uint64, at time.Time) []byte {
	t.Helper()
	b, err := w.Bundle("310105", sequence, at)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func world(t *testing.T) *verifiertest.World {
	t.Helper()
	w, err := verifiertest.New()
	if err != nil {
		t.Fatal(err)
	}
	return w
}

// published are the documents of a bundle without its anchor.
func published(t *testing.T, raw []byte) []byte {
	t.Helper()
	b, err := trust.Load(raw)
	if err != nil {
		t.Fatal(err)
	}
	return b.Published()
}

// TestUpdate takes newer documents and no older ones, and none under other
// roots, and what a session remembers outlives it.
func TestUpdate(t *testing.T) {
	w := world(t)
	first := bundle(t, w, 7, verifiertest.Now())
	s, err := offline.Open(first, "", nil)
	if err != nil {
		t.Fatal(err)
	}
	before := s.State()
	if before.Signers[1].Sequence != 7 || before.Region != "310105" || before.RegionName == "" || before.Roots[0].Fingerprint == "" || !before.Newest.Equal(verifiertest.Now().Add(-24*time.Hour)) {
		t.Errorf("state %+v", before)
	}
	if s := before.Signers[1]; s.Title == "" || s.Refused != "" || !s.Issued.Equal(verifiertest.Now()) || !s.Expires.Equal(verifiertest.Now().AddDate(0, 0, 7)) {
		t.Errorf("signer %+v", s)
	}
	if err := s.Update(published(t, bundle(t, w, 8, verifiertest.Now()))); err != nil {
		t.Fatal(err)
	}
	after := s.State()
	if after.Signers[1].Sequence != 8 || after.Highest["trust:delta/shanghai:list by "+w.Signer("delta/shanghai").Keys[0].KeyID()] != 8 || after.Roots[0] != before.Roots[0] {
		t.Errorf("state %+v", after)
	}
	var refusal *trust.Error
	if err := s.Update(published(t, first)); !errors.As(err, &refusal) || refusal.Reason != trust.RolledBack {
		t.Errorf("older documents: %v", err)
	}
	if err := s.Update([]byte(strings.Replace(string(published(t, first)), "e", "f", 1))); err == nil {
		t.Error("spoilt documents are taken")
	}
	if s.State().Signers[1].Sequence != 8 {
		t.Error("what was refused has changed something")
	}
	kept, err := s.Bundle()
	if err != nil {
		t.Fatal(err)
	}
	again, err := offline.Open(kept, "330400", after.Highest)
	if err != nil {
		t.Fatal(err)
	}
	if st := again.State(); st.Signers[1].Sequence != 8 || st.Region != "330400" {
		t.Errorf("opened again: %+v", st)
	}
	older, err := offline.Open(first, "", after.Highest)
	if err != nil {
		t.Fatal(err)
	}
	if r := older.Verify("x", verifiertest.Now()).Result; r.Lists.Trust.Sequence != 7 {
		t.Errorf("result %+v", r)
	}
}

// TestVector answers one vector with its words, and holds the list's age ready
// to be shown.
func TestVector(t *testing.T) {
	const root = "../../testdata/vectors"
	read := func(path string) []byte {
		b, err := os.ReadFile(filepath.Join(root, path))
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	var v struct {
		Text, Trust string
		Status      []struct{ File, URI string }
		At          time.Time
	}
	if err := json.Unmarshal(read("valid/bare-digits.json"), &v); err != nil {
		t.Fatal(err)
	}
	s, err := offline.Open(read(v.Trust), "", nil)
	if err != nil {
		t.Fatal(err)
	}
	if a := s.Verify(v.Text, v.At); a.Result.Outcome != verifier.Unknown {
		t.Errorf("without a list the answer is %s", a.Result.Outcome)
	}
	for _, l := range v.Status {
		if reason := s.Add(l.URI, read(l.File)); reason != "" {
			t.Errorf("%s refused: %s", l.File, reason)
		}
	}
	a := s.Verify(v.Text, v.At)
	if a.Result.Outcome != verifier.Valid || a.View.Verdict.Word.ZH != "有效" || len(a.View.Permits) != len(a.Result.License.Permits) {
		t.Errorf("answer %s %+v", a.Result.Outcome, a.View.Verdict)
	}
	if reason := s.Add("", []byte("a.b.c")); reason != verifier.StatusListMalformed {
		t.Errorf("rubbish: %q", reason)
	}
	held := 0
	for _, i := range s.State().Issuers {
		held += i.Lists
		if i.Lists > 0 && (i.Oldest.IsZero() || !i.Expires.After(i.Oldest)) {
			t.Errorf("issuer %+v", i)
		}
	}
	if held == 0 {
		t.Error("the state says nothing of the list")
	}
}

func TestOpenRefuses(t *testing.T) {
	good := bundle(t, world(t), 7, verifiertest.Now())
	for name, test := range map[string]struct {
		bundle []byte
		region license.Region
	}{
		"nothing":          {nil, ""},
		"no bundle":        {[]byte("{}"), ""},
		"no region":        {good, "x"},
		"abolished region": {good, "310108"},
	} {
		if _, err := offline.Open(test.bundle, test.region, nil); err == nil {
			t.Errorf("%s opens", name)
		}
	}
}
