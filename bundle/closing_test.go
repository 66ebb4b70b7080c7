package bundle_test

import (
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"yizheng/bundle"
	"yizheng/trust"
	"yizheng/verifier"
	"yizheng/verifier/verifiertest"
)

// closedScene is a scene whose license key was stolen and closed: the license
// stands on the closing list, among thousands, and forged is one that the
// thief has dated back.
func closedScene(t *testing.T) (s *scene, forged string) {
	t.Helper()
	s = newScene(t)
	issuer := s.world.Issuer("310105")
	l, err := issuer.License("bookstore-cafe-5-permits")
	if err != nil {
		t.Fatal(err)
	}
	code, err := issuer.Issue(l)
	if err != nil {
		t.Fatal(err)
	}
	sums := [][sha256.Size]byte{sha256.Sum256(code.SigningInput(issuer.Signer.PublicKey().Algorithm()))}
	for n := range 5000 {
		sums = append(sums, sha256.Sum256(fmt.Append(nil, n)))
	}
	since := verifiertest.Now().Add(-24 * time.Hour)
	list, chunks, err := trust.BuildClosing(trust.ClosingList{
		Region: issuer.Region, Key: issuer.Signer.PublicKey().KeyID(), Since: since, Issued: verifiertest.Now(),
	}, sums)
	if err != nil {
		t.Fatal(err)
	}
	issuer.Keys[0].Closing = trust.Digest(list)
	s.trust = documents(t, s.world, 8)
	s.config.Trust, s.config.Closing = s.trust, [][][]byte{append([][]byte{list}, chunks...)}

	l.Holder.Name = "上海某贼餐饮有限公司"
	if code, err = issuer.Issue(l); err != nil {
		t.Fatal(err)
	}
	return s, code.Text(issuer.VerifyURL)
}

// TestClosing: a bundle carries closing lists whole, so that what a closed key
// has signed is told from what its thief signs, with no network.
func TestClosing(t *testing.T) {
	t.Parallel()
	s, forged := closedScene(t)
	b, err := bundle.Open(s.made(t), s.trust)
	if err != nil || len(b.Refused) > 0 || len(b.Without) > 0 {
		t.Fatal(err, b.Refused, b.Without)
	}
	if r := s.verify(t, b, time.Hour); r.Outcome != verifier.Valid || !slices.Contains(r.Warnings, verifier.KeyClosed) {
		t.Errorf("%s, %v", r.Outcome, r.Warnings)
	}
	s.text = forged
	if r := s.verify(t, b, time.Hour); r.Outcome != verifier.NotGenuine || r.Check(verifier.TrustCheck).Reason != verifier.Backdated {
		t.Errorf("forged: %s, %s", r.Outcome, r.Check(verifier.TrustCheck).Reason)
	}
}

// TestClosingLeftOut: a bundle without a closing list, since it was too large,
// says so and makes nothing valid by it.
func TestClosingLeftOut(t *testing.T) {
	t.Parallel()
	s, _ := closedScene(t)
	digest := trust.Digest(s.config.Closing[0][0])
	s.config.Closing = nil
	b, err := bundle.Open(s.made(t), s.trust)
	if err != nil || !slices.Equal(b.Without, []string{digest}) || len(b.Closing) != 0 {
		t.Fatal(err, b.Without, b.Closing)
	}
	if r := s.verify(t, b, time.Hour); r.Outcome != verifier.Unknown || r.Check(verifier.TrustCheck).Reason != verifier.ClosingListMissing {
		t.Errorf("%s, %s", r.Outcome, r.Check(verifier.TrustCheck).Reason)
	}
	s.config.Closing = [][][]byte{{make([]byte, bundle.MaxClosing+1)}}
	if _, err := bundle.Make(s.config, s.world.Issuer("310105").Status); !errors.Is(err, bundle.ErrMalformed) {
		t.Errorf("too large: %v", err)
	}
}

// TestClosingRefuses what somebody on the way might make of the parts.
func TestClosingRefuses(t *testing.T) {
	t.Parallel()
	s, _ := closedScene(t)
	good := s.made(t)
	parts := func(change func([]any) []any) []byte {
		var f map[string]any
		if err := json.Unmarshal(good, &f); err != nil {
			t.Fatal(err)
		}
		f["closing"] = change(f["closing"].([]any))
		raw, err := json.Marshal(f)
		if err != nil {
			t.Fatal(err)
		}
		return raw
	}
	for name, raw := range map[string][]byte{
		"none":                 parts(func([]any) []any { return []any{} }),
		"without the list":     parts(func(p []any) []any { return p[1:] }),
		"a chunk left out":     parts(func(p []any) []any { return p[:len(p)-1] }),
		"chunks exchanged":     parts(func(p []any) []any { p[1], p[2] = p[2], p[1]; return p }),
		"one more":             parts(func(p []any) []any { return append(p, "") }),
		"an entry put into it": parts(func(p []any) []any { p[1] = "AAAA" + p[1].(string); return p }),
	} {
		if _, err := bundle.Open(raw, s.trust); !errors.Is(err, bundle.ErrIncomplete) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := bundle.Open(parts(func(p []any) []any { p[1] = 7; return p }), s.trust); !errors.Is(err, bundle.ErrMalformed) {
		t.Error("a number in the place of a part:", err)
	}
	// A list that the newer trust documents of its user do not name any more is
	// refused by itself.
	s.world.Issuer("310105").Keys[0].Closing = ""
	b, err := bundle.Open(good, documents(t, s.world, 9))
	if err != nil || len(b.Refused) != 1 {
		t.Errorf("%v, %v", err, b.Refused)
	}
}
