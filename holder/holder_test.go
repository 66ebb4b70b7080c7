package holder_test

import (
	"bytes"
	"crypto/rand"
	"errors"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"yizheng/holder"
	"yizheng/license"
	"yizheng/payload"
	"yizheng/signature"
	"yizheng/trust"
	"yizheng/verifier"
	"yizheng/verifier/verifiertest"
)

// scene is a license, its issuer's presenter, and a verifier elsewhere.
type scene struct {
	t         *testing.T
	now       time.Time
	issuer    *verifiertest.Issuer
	license   *license.License
	text      string
	presenter *holder.Presenter
	verifier  *verifier.Verifier
}

func newScene(t *testing.T, region license.Region) *scene {
	t.Helper()
	world, err := verifiertest.New()
	if err != nil {
		t.Fatal(err)
	}
	s := &scene{t: t, now: verifiertest.Now(), issuer: world.Issuer(region)}
	s.license = do(s, func() (*license.License, error) { return s.issuer.License("restaurant-3-permits") })
	s.text = do(s, func() (payload.Code, error) { return s.issuer.Issue(s.license) }).Text(s.issuer.VerifyURL)
	s.presenter = do(s, func() (*holder.Presenter, error) {
		return holder.NewPresenter(holder.Config{Signer: s.issuer.Presenter, Clock: func() time.Time { return s.now }, Rand: rand.Reader})
	})
	bundle := do(s, func() ([]byte, error) { return world.Bundle(region, 7, s.now.Add(-time.Hour)) })
	b := do(s, func() (*trust.Bundle, error) { return trust.Load(bundle) })
	lists := verifier.NewLists(b)
	list := do(s, func() (string, error) { return s.issuer.List(s.license, 5, s.now.Add(-time.Minute)) })
	if err := lists.Add([]byte(list)); err != nil {
		t.Fatal(err)
	}
	s.verifier = do(s, func() (*verifier.Verifier, error) { return verifier.New(verifier.Config{Trust: b, Lists: lists}) })
	return s
}

func do[T any](s *scene, f func() (T, error)) T {
	s.t.Helper()
	v, err := f()
	if err != nil {
		s.t.Fatal(err)
	}
	return v
}

func (s *scene) shown(text string) verifier.Check {
	s.t.Helper()
	return s.verifier.Verify(text, s.now).Check(verifier.PresentationCheck)
}

// TestLive: what is shown passes elsewhere, by every algorithm, and a minute
// later no more.
func TestLive(t *testing.T) {
	for _, region := range []license.Region{"310105", "310106", "330400"} {
		s := newScene(t, region)
		live := do(s, func() (holder.Shown, error) { return s.presenter.Live(s.text) })
		if got := s.shown(live.Text); got.Status != verifier.Passed {
			t.Errorf("%s: %+v", region, got)
		}
		if !strings.HasPrefix(live.Text, s.issuer.VerifyURL+"862") || !live.Made.Equal(s.now) {
			t.Errorf("%s: %+v", region, live)
		}
		again := do(s, func() (holder.Shown, error) { return s.presenter.Live(live.Text) })
		if again.Text == live.Text {
			t.Errorf("%s: two live codes of one second are the same", region)
		}
		if got := s.shown(again.Text); got.Status != verifier.Passed {
			t.Errorf("%s: a live code made of a live code: %+v", region, got)
		}
		s.now = s.now.Add(time.Minute)
		if got := s.shown(live.Text); got.Status != verifier.Failed || got.Reason != verifier.PresentationStale {
			t.Errorf("%s, a minute later: %+v", region, got)
		}
	}
}

// TestIntervalLeavesTime: the last moment before a code is replaced still
// leaves time to look it up.
func TestIntervalLeavesTime(t *testing.T) {
	if left := payload.PresentationLife - holder.Interval; left < 15*time.Second {
		t.Errorf("%v are left", left)
	}
}

func TestCopy(t *testing.T) {
	s := newScene(t, "310105")
	w := holder.Wish{Recipient: "某银行长宁支行", Purpose: "开立账户", Until: license.DateOf(s.now) + 6}
	made := do(s, func() (holder.Shown, error) { return s.presenter.Copy(s.text, w) })
	r := s.verifier.Verify(made.Text, s.now)
	if r.Outcome != verifier.Valid && r.Outcome != verifier.PartiallyValid || r.Copy == nil || r.Copy.Recipient != w.Recipient || r.Copy.Maker != s.license.Holder.Name {
		t.Errorf("%s, %+v", r.Outcome, r.Copy)
	}
	w.Maker = s.issuer.Name
	made = do(s, func() (holder.Shown, error) { return s.presenter.Copy(s.text, w) })
	if r := s.verifier.Verify(made.Text, s.now); r.Copy == nil || r.Copy.Maker != s.issuer.Name {
		t.Errorf("%+v", r.Copy)
	}
	s.now = w.Until.Start().AddDate(0, 0, 1)
	if r := s.verifier.Verify(made.Text, s.now); r.Outcome != verifier.Invalid {
		t.Errorf("past its term: %s", r.Outcome)
	}
}

func TestWishFaults(t *testing.T) {
	today := license.DateOf(verifiertest.Now())
	good := holder.Wish{Recipient: "某银行", Purpose: "开户", Until: today}
	for _, c := range []struct {
		name   string
		change func(*holder.Wish)
		want   string // field and reason of each fault
	}{
		{"good, for today", func(*holder.Wish) {}, ""},
		{"the longest", func(w *holder.Wish) { w.Until = today + holder.MostDays - 1 }, ""},
		{"empty", func(w *holder.Wish) { *w = holder.Wish{} }, "recipient missing, purpose missing, until missing"},
		{"yesterday", func(w *holder.Wish) { w.Until = today - 1 }, "until until_past"},
		{"a day too far", func(w *holder.Wish) { w.Until = today + holder.MostDays }, "until until_too_far"},
		{"61 characters", func(w *holder.Wish) { w.Purpose = strings.Repeat("用", 61) }, "purpose text_too_long"},
		{"a line break", func(w *holder.Wish) { w.Recipient = "某银行\n有效" }, "recipient text_control"},
		{"a change of direction", func(w *holder.Wish) { w.Recipient = "某\u202e银行" }, "recipient text_bidi"},
		{"a bad maker", func(w *holder.Wish) { w.Maker = " 甲" }, "maker text_space_at_end"},
	} {
		w := good
		c.change(&w)
		var got []string
		for _, f := range w.Faults(today) {
			got = append(got, f.Field+" "+f.Reason)
		}
		if s := strings.Join(got, ", "); s != c.want {
			t.Errorf("%s: %s, want %s", c.name, s, c.want)
		}
	}
	s := newScene(t, "310105")
	var faults license.Faults
	if _, err := s.presenter.Copy(s.text, holder.Wish{}); !errors.As(err, &faults) || len(faults) != 3 {
		t.Errorf("%v", err)
	}
}

// liar signs nothing that verifies.
type liar struct{ signature.Signer }

func (l liar) Sign([]byte) ([]byte, error) { return bytes.Repeat([]byte{1}, 64), nil }

func TestLiveRefuses(t *testing.T) {
	s := newScene(t, "310105")
	if _, err := s.presenter.Live("https://example.com/menu"); !errors.Is(err, payload.ErrNotACode) {
		t.Errorf("no license: %v", err)
	}
	clock := func() time.Time { return s.now }
	dry := do(s, func() (*holder.Presenter, error) {
		return holder.NewPresenter(holder.Config{Signer: s.issuer.Presenter, Clock: clock, Rand: iotest.ErrReader(errors.New("dry"))})
	})
	if _, err := dry.Live(s.text); err == nil {
		t.Error("a live code without a nonce")
	}
	lying := do(s, func() (*holder.Presenter, error) {
		return holder.NewPresenter(holder.Config{Signer: liar{s.issuer.Presenter}, Clock: clock, Rand: rand.Reader})
	})
	if _, err := lying.Live(s.text); !errors.Is(err, signature.ErrSignature) {
		t.Errorf("a signature that does not verify: %v", err)
	}
	if _, err := holder.NewPresenter(holder.Config{}); err == nil {
		t.Error("a presenter of nothing")
	}
}
