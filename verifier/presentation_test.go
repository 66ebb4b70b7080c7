package verifier_test

import (
	"slices"
	"testing"
	"time"

	"yizheng/license"
	"yizheng/payload"
	"yizheng/signature"
	"yizheng/status"
	"yizheng/verifier"
	"yizheng/verifier/verifiertest"
)

// live is the scene's license as a live code of so long ago.
func (s *scene) live(ago time.Duration) string {
	return must(s.issuer.Live(s.license, s.now.Add(-ago)))(s.t).Text(s.issuer.VerifyURL)
}

// verifyText runs the scene on a text.
func (s *scene) verifyText(text string) verifier.Result {
	s.t.Helper()
	lists := verifier.NewLists(s.trust())
	if err := lists.Add(s.list()); err != nil {
		s.t.Fatal(err)
	}
	return s.verifyWith(lists, text)
}

// TestPresentation: a live code passes while it is fresh, and neither its age
// nor anything that is wrong with it touches what is said of the license.
func TestPresentation(t *testing.T) {
	const limit = payload.PresentationLife + payload.PresentationLeeway
	ago := func(d time.Duration) func(*scene) string { return func(s *scene) string { return s.live(d) } }
	attached := func(s *scene, k *verifiertest.Key) string {
		c := must(verifiertest.Attach(s.code(), payload.Presentation{At: s.now}, k))(s.t)
		return c.Text(s.issuer.VerifyURL)
	}
	for _, c := range []struct {
		name   string
		text   func(*scene) string
		status verifier.CheckStatus
		reason verifier.Reason
	}{
		{"just now", ago(0), verifier.Passed, ""},
		{"at the end of its life", ago(payload.PresentationLife), verifier.Passed, ""},
		{"within the leeway", ago(limit - time.Second), verifier.Passed, ""},
		{"after it", ago(limit), verifier.Failed, verifier.PresentationStale},
		{"a photograph, a minute later", ago(time.Minute), verifier.Failed, verifier.PresentationStale},
		{"a photograph, a year later", ago(365 * 24 * time.Hour), verifier.Failed, verifier.PresentationStale},
		{"ahead, within the leeway", ago(-payload.PresentationLeeway), verifier.Passed, ""},
		{"ahead", ago(-payload.PresentationLeeway - time.Second), verifier.NotDone, verifier.PresentationAhead},
		{"an hour ahead", ago(-time.Hour), verifier.NotDone, verifier.PresentationAhead},
		{"no live code", (*scene).text, verifier.NotDone, verifier.StaticCode},
		{"the license's own key", func(s *scene) string { return attached(s, s.issuer.Signer) }, verifier.Failed, verifier.StatementKey},
		{"the status key", func(s *scene) string { return attached(s, s.issuer.Status) }, verifier.Failed, verifier.StatementKey},
		{"a forger's key", func(s *scene) string {
			return attached(s, must(verifiertest.NewKey(signature.ES256, "a forger"))(s.t))
		}, verifier.Failed, verifier.StatementKey},
		{"another issuer's key", func(s *scene) string { return attached(s, s.world.Issuer("310106").Presenter) }, verifier.Failed, verifier.StatementKey},
		{"a key that had ended", func(s *scene) string {
			s.issuer.Keys[len(s.issuer.Keys)-1].NotAfter = license.DateOf(s.now) - 1
			return s.live(0)
		}, verifier.Failed, verifier.StatementKey},
		{"another license's presentation", func(s *scene) string {
			other := must(s.issuer.License("gym-rare-characters"))(s.t)
			c := s.code()
			c.Statement = must(s.issuer.Live(other, s.now))(s.t).Statement
			return c.Text("")
		}, verifier.Failed, verifier.StatementSignature},
		{"made fresh by hand", func(s *scene) string {
			c := must(s.issuer.Live(s.license, s.now.Add(-time.Hour)))(s.t)
			c.Statement.Content = payload.Presentation{At: s.now}
			return c.Text("")
		}, verifier.Failed, verifier.StatementSignature},
		{"the twin of its signature", func(s *scene) string {
			c := must(s.issuer.Live(s.license, s.now))(s.t)
			c.Statement.Signature = verifiertest.Twin(c.Statement.Signature)
			return c.Text("")
		}, verifier.Failed, verifier.StatementSignature},
		{"a copy's signature", func(s *scene) string {
			c := must(s.issuer.Copy(s.license, s.annotation()))(s.t)
			c.Statement.Content = payload.Presentation{At: s.now}
			return c.Text("")
		}, verifier.Failed, verifier.StatementSignature},
		{"by EdDSA", func(s *scene) string {
			s.jinganAtHome()
			return s.live(5 * time.Second)
		}, verifier.Passed, ""},
		{"by SM2", func(s *scene) string {
			s.jiaxingAtHome()
			return s.live(5 * time.Second)
		}, verifier.Passed, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := newScene(t)
			text := c.text(s)
			r := s.verifyText(text)
			if got := r.Check(verifier.PresentationCheck); got.Status != c.status || got.Reason != c.reason {
				t.Errorf("presentation %s, %s; want %s, %s", got.Status, got.Reason, c.status, c.reason)
			}
			if r.Outcome != verifier.Valid {
				t.Errorf("outcome %s", r.Outcome)
			}
		})
	}
}

func (s *scene) jinganAtHome() {
	s.by("310106", "restaurant-3-permits")
	s.region = "310106"
	s.license.Permits = s.license.Permits[:1]
	s.license.Permits[0].Authority = "上海市静安区市场监督管理局"
}

func (s *scene) jiaxingAtHome() {
	s.by("330400", "restaurant-3-permits")
	s.region = "330400"
	s.license.Permits = s.license.Permits[:1]
	s.license.Permits[0].Authority = "嘉兴市市场监督管理局"
}

// TestDoubtfulClock: a clock that signed lists prove slow cannot tell a fresh
// code from a photograph, and says so.
func TestDoubtfulClock(t *testing.T) {
	for behind, want := range map[time.Duration]verifier.Check{
		0:                {Name: verifier.PresentationCheck, Status: verifier.Passed},
		8 * time.Second:  {Name: verifier.PresentationCheck, Status: verifier.Passed},
		11 * time.Second: {Name: verifier.PresentationCheck, Status: verifier.NotDone, Reason: verifier.ClockBehind},
		time.Hour:        {Name: verifier.PresentationCheck, Status: verifier.NotDone, Reason: verifier.ClockBehind},
	} {
		s := newScene(t)
		text := s.live(0)
		s.listed = s.now
		s.now = s.now.Add(-behind)
		if got := s.verifyText(text).Check(verifier.PresentationCheck); got != want {
			t.Errorf("%v behind: %+v, want %+v", behind, got, want)
		}
	}
}

// TestPresentationOfBad: a live code of a license that is no good, or cannot
// be judged, is fresh and no more.
func TestPresentationOfBad(t *testing.T) {
	s := newScene(t)
	s.values = []status.Value{status.Withdrawn}
	r := s.verifyText(s.live(0))
	expect(t, r, verifier.Invalid, verifier.StatusCheck, verifier.Withdrawn)
	if r.Check(verifier.PresentationCheck).Status != verifier.Passed {
		t.Errorf("%+v", r.Checks)
	}

	forged := newScene(t)
	c := must(forged.issuer.Live(forged.license, forged.now))(t)
	c.Signature = verifiertest.Twin(c.Signature)
	r = forged.verifyText(c.Text(""))
	expect(t, r, verifier.NotGenuine, verifier.SignatureCheck, verifier.SignatureHighS)
	if got := r.Check(verifier.PresentationCheck); got.Status != verifier.NotDone || got.Reason != "" || r.Presentation != nil {
		t.Errorf("%+v", got)
	}

	old := newScene(t)
	old.trusted = old.now.Add(-31 * 24 * time.Hour)
	r = old.verifyText(old.live(0))
	expect(t, r, verifier.Unknown, verifier.PresentationCheck, verifier.FreshnessExpired)
}

// TestPresentationInResult: what a live code says of itself is told wherever
// its issuer signed it, and its name counts once.
func TestPresentationInResult(t *testing.T) {
	s := newScene(t)
	r := s.verifyText(s.live(74 * time.Second))
	if p := r.Presentation; p == nil || p.Age != 74 || !p.At.Equal(s.now.Add(-74*time.Second)) || p.ID != s.issuer.Presenter.PublicKey().KeyID()+".YSBudW1iZXI" {
		t.Errorf("%+v", p)
	}
	if r := s.verifyText(s.text()); r.Presentation != nil || r.Copy != nil {
		t.Errorf("%+v", r)
	}
}

// annotation is that of a good copy, from the scene's day to its next.
func (s *scene) annotation() payload.Copy {
	return payload.Copy{Made: s.now.Add(-time.Hour), Until: license.DateOf(s.now) + 1, Recipient: "某银行长宁支行", Purpose: "开立账户"}
}

// TestCopy: a derived copy is as good as its license until its last day is
// over, and a forgery where the annotation is not the issuer's.
func TestCopy(t *testing.T) {
	changed := func(f func(*payload.Copy)) func(*scene) string {
		return func(s *scene) string {
			content := s.annotation()
			f(&content)
			return must(s.issuer.Copy(s.license, content))(s.t).Text(s.issuer.VerifyURL)
		}
	}
	forged := func(k func(*scene) *verifiertest.Key) func(*scene) string {
		return func(s *scene) string { return must(verifiertest.Attach(s.code(), s.annotation(), k(s)))(s.t).Text("") }
	}
	for _, c := range []struct {
		name    string
		text    func(*scene) string
		outcome verifier.Outcome
		check   verifier.CheckName
		reason  verifier.Reason
	}{
		{"good", changed(func(*payload.Copy) {}), verifier.Valid, verifier.PresentationCheck, verifier.StaticCode},
		{"on its last day", changed(func(c *payload.Copy) { c.Until-- }), verifier.Valid, "", ""},
		{"past it", changed(func(c *payload.Copy) { c.Until, c.Made = c.Until-2, c.Made.Add(-48*time.Hour) }), verifier.Invalid, verifier.ValidityCheck, verifier.CopyExpired},
		{"made tomorrow", changed(func(c *payload.Copy) { c.Made = c.Made.Add(24 * time.Hour) }), verifier.Invalid, verifier.ValidityCheck, verifier.IssuedInFuture},
		{"a longer term, made by hand", func(s *scene) string {
			code := must(s.issuer.Copy(s.license, s.annotation()))(s.t)
			content := s.annotation()
			content.Until += 3650
			code.Statement.Content = content
			return code.Text("")
		}, verifier.NotGenuine, verifier.SignatureCheck, verifier.StatementSignature},
		{"another recipient, made by hand", func(s *scene) string {
			code := must(s.issuer.Copy(s.license, s.annotation()))(s.t)
			content := s.annotation()
			content.Recipient = "另一家银行"
			code.Statement.Content = content
			return code.Text("")
		}, verifier.NotGenuine, verifier.SignatureCheck, verifier.StatementSignature},
		{"another license's annotation", func(s *scene) string {
			other := must(s.issuer.License("gym-rare-characters"))(s.t)
			code := s.code()
			code.Statement = must(s.issuer.Copy(other, s.annotation()))(s.t).Statement
			return code.Text("")
		}, verifier.NotGenuine, verifier.SignatureCheck, verifier.StatementSignature},
		{"a live code's signature", func(s *scene) string {
			code := must(s.issuer.Live(s.license, s.now))(s.t)
			code.Statement.Content = s.annotation()
			return code.Text("")
		}, verifier.NotGenuine, verifier.SignatureCheck, verifier.StatementSignature},
		{"a forger's key", forged(func(s *scene) *verifiertest.Key {
			return must(verifiertest.NewKey(signature.ES256, "a forger"))(s.t)
		}), verifier.NotGenuine, verifier.TrustCheck, verifier.StatementKey},
		{"the license's key", forged(func(s *scene) *verifiertest.Key { return s.issuer.Signer }), verifier.NotGenuine, verifier.TrustCheck, verifier.StatementKey},
		{"another issuer's key", forged(func(s *scene) *verifiertest.Key { return s.world.Issuer("310106").Presenter }), verifier.NotGenuine, verifier.TrustCheck, verifier.StatementKey},
		{"a key that a newer list may name", func(s *scene) string {
			s.trusted = s.now.Add(-31 * 24 * time.Hour)
			return forged(func(s *scene) *verifiertest.Key {
				return must(verifiertest.NewKey(signature.ES256, "of next year"))(s.t)
			})(s)
		}, verifier.Unknown, verifier.TrustCheck, verifier.FreshnessExpired},
		{"a key to which a newer list may give a longer term", func(s *scene) string {
			s.trusted = s.now.Add(-31 * 24 * time.Hour)
			s.issuer.Keys[len(s.issuer.Keys)-1].NotAfter = license.DateOf(s.now) - 1
			return changed(func(*payload.Copy) {})(s)
		}, verifier.Unknown, verifier.TrustCheck, verifier.FreshnessExpired},
		{"of a withdrawn license", func(s *scene) string {
			s.values = []status.Value{status.Withdrawn}
			return changed(func(*payload.Copy) {})(s)
		}, verifier.Invalid, verifier.StatusCheck, verifier.Withdrawn},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := newScene(t)
			text := c.text(s)
			expect(t, s.verifyText(text), c.outcome, c.check, c.reason)
		})
	}
}

// TestSlowClockCallsNothingForged: where the clock is so slow that the trust
// list seems to count, the status list that is held proves that it does not.
func TestSlowClockCallsNothingForged(t *testing.T) {
	const day = 24 * time.Hour
	for name, text := range map[string]func(*scene) string{
		"a copy by a key of a newer list": func(s *scene) string {
			k := must(verifiertest.NewKey(signature.ES256, "of a newer list"))(s.t)
			return must(verifiertest.Attach(s.code(), s.annotation(), k))(s.t).Text("")
		},
		"another name": func(s *scene) string {
			s.license.Issuer = "上海市长宁区数据局"
			return s.text()
		},
	} {
		t.Run(name, func(t *testing.T) {
			s := newScene(t)
			s.trusted = s.now.Add(-40 * day)
			text := text(s)
			s.now = s.now.Add(-39 * day)
			r := s.verifyText(text)
			expect(t, r, verifier.Unknown, verifier.TrustCheck, verifier.FreshnessExpired)
			if !r.At.Equal(s.listed) || !slices.Contains(r.Warnings, verifier.ClockBehind) {
				t.Errorf("at %s, warnings %v", r.At, r.Warnings)
			}
		})
	}
}

func TestCopyInResult(t *testing.T) {
	s := newScene(t)
	content := s.annotation()
	r := s.verifyText(must(s.issuer.Copy(s.license, content))(t).Text(""))
	want := verifier.Copy{Made: content.Made, Until: content.Until, Maker: s.license.Holder.Name, Recipient: content.Recipient, Purpose: content.Purpose}
	if r.Copy == nil || *r.Copy != want {
		t.Errorf("%+v, want %+v", r.Copy, want)
	}
	content.Maker = s.issuer.Name
	r = s.verifyText(must(s.issuer.Copy(s.license, content))(t).Text(""))
	if r.Copy == nil || r.Copy.Maker != s.issuer.Name {
		t.Errorf("%+v", r.Copy)
	}
}
