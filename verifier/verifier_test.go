package verifier_test

import (
	"slices"
	"testing"
	"time"

	"yizheng/license"
	"yizheng/payload"
	"yizheng/status"
	"yizheng/trust"
	"yizheng/verifier"
	"yizheng/verifier/verifiertest"
)

// scene is one verification about to be done: everything is good until a test
// changes something.
type scene struct {
	t       testing.TB
	world   *verifiertest.World
	issuer  *verifiertest.Issuer
	license *license.License
	region  license.Region
	trusted time.Time // when the trust bundle was signed
	listed  time.Time // when the status list was signed
	now     time.Time
	values  []status.Value
	limits  verifier.Freshness
	bundle  *trust.Bundle
}

func newScene(t testing.TB) *scene {
	t.Helper()
	world, err := verifiertest.New()
	if err != nil {
		t.Fatal(err)
	}
	now := verifiertest.Now()
	s := &scene{t: t, world: world, region: "310105", trusted: now.Add(-time.Hour), listed: now.Add(-10 * time.Minute), now: now}
	s.by("310105", "restaurant-3-permits")
	return s
}

// by has a license issued by another issuer.
func (s *scene) by(region license.Region, name string) {
	s.issuer = s.world.Issuer(region)
	s.license = must(s.issuer.License(name))(s.t)
}

// must unwraps a value and its error for the test that it is then given.
func must[T any](v T, err error) func(testing.TB) T {
	return func(t testing.TB) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

func (s *scene) trust() *trust.Bundle {
	if s.bundle == nil {
		s.bundle = must(trust.Load(must(s.world.Bundle(s.region, 7, s.trusted))(s.t)))(s.t)
	}
	return s.bundle
}

// stated dates the statement of a signer.
func (s *scene) stated(path string, issued time.Time) {
	s.world.Signer(path).Statement = func(f *trust.Freshness) {
		f.Issued, f.Expires = issued, issued.Add(f.Expires.Sub(f.Issued))
	}
}

func (s *scene) list() []byte {
	return []byte(must(s.issuer.List(s.license, 5, s.listed, s.values...))(s.t))
}

func (s *scene) code() payload.Code { return must(s.issuer.Issue(s.license))(s.t) }

func (s *scene) text() string { return s.code().Text(s.issuer.VerifyURL) }

func (s *scene) verifier(lists *verifier.Lists) *verifier.Verifier {
	return must(verifier.New(verifier.Config{Trust: s.trust(), Lists: lists, Limits: s.limits}))(s.t)
}

// verify runs the scene with its one status list.
func (s *scene) verify() verifier.Result {
	s.t.Helper()
	lists := verifier.NewLists(s.trust())
	if err := lists.Add(s.list()); err != nil {
		s.t.Fatal(err)
	}
	return s.verifyWith(lists, s.text())
}

func (s *scene) verifyWith(lists *verifier.Lists, text string) verifier.Result {
	s.t.Helper()
	r := s.verifier(lists).Verify(text, s.now)
	sound(s.t, r)
	return r
}

// sound holds what is true of every result.
func sound(t testing.TB, r verifier.Result) {
	t.Helper()
	names := []verifier.CheckName{"format", "signature", "trust", "recognition", "status", "validity", "presentation"}
	if len(r.Checks) != len(names) {
		t.Fatalf("%d checks", len(r.Checks))
	}
	allPassed := true
	for i, c := range r.Checks {
		if c.Name != names[i] {
			t.Errorf("check %d is %s", i, c.Name)
		}
		if c.Status == "" || (c.Status == verifier.Passed) != (c.Reason == "") && c.Status != verifier.NotDone {
			t.Errorf("check %+v", c)
		}
		if c.Name != verifier.PresentationCheck && c.Status != verifier.Passed {
			allPassed = false
		}
	}
	if shown := r.Check(verifier.PresentationCheck); shown.Status == verifier.Passed && (r.Presentation == nil || r.License == nil) {
		t.Error("a code that is not live claims that its holder is present")
	}
	if (r.Outcome == verifier.Valid) != allPassed {
		t.Errorf("outcome %s with checks %+v", r.Outcome, r.Checks)
	}
	if r.Outcome.Genuine() && r.License == nil {
		t.Errorf("outcome %s without a license", r.Outcome)
	}
	switch r.Outcome {
	case verifier.NotALicense, verifier.Unreadable, verifier.NotGenuine:
		if r.License != nil {
			t.Errorf("outcome %s shows a license", r.Outcome)
		}
	case verifier.Valid:
		for _, p := range r.License.Permits {
			if p.State != license.Valid || !p.Recognised {
				t.Errorf("outcome valid with permit %+v", p)
			}
		}
	}
}

func expect(t testing.TB, r verifier.Result, outcome verifier.Outcome, check verifier.CheckName, reason verifier.Reason) {
	t.Helper()
	if r.Outcome != outcome || (check != "" && r.Check(check).Reason != reason) {
		t.Errorf("got %s with %+v, want %s with %s: %s", r.Outcome, r.Checks, outcome, check, reason)
	}
}

func TestVerifyValid(t *testing.T) {
	s := newScene(t)
	r := s.verify()
	expect(t, r, verifier.Valid, verifier.PresentationCheck, verifier.StaticCode)
	if r.Outcome.Exit() != 0 || r.License.State != license.Valid || len(r.License.Permits) != 3 {
		t.Errorf("license %+v", r.License)
	}
	if len(r.Authorities) != 3 || len(r.Authorities[0].Remedies) != 2 {
		t.Errorf("authorities %+v", r.Authorities)
	}
	if l := r.Lists; l.Trust.Age != 3600 || l.Trust.Sequence != 7 || l.Status == nil || l.Status.Age != 600 || l.Status.Sequence != 5 {
		t.Errorf("lists %+v %+v", l, l.Status)
	}
	if r.License.Contact.Telephone == "" || !r.License.Demonstration {
		t.Errorf("license %+v", r.License)
	}
}

func TestOutcomes(t *testing.T) {
	const day = 24 * time.Hour
	for _, c := range []struct {
		name    string
		change  func(*scene)
		outcome verifier.Outcome
		check   verifier.CheckName
		reason  verifier.Reason
	}{
		{"valid in another district of the city", func(s *scene) { s.region = "310106" }, verifier.Valid, "", ""},
		{"valid by EdDSA", func(s *scene) { s.by("310106", "restaurant-3-permits"); s.license.Permits = jingan() }, verifier.Valid, "", ""},
		{"valid by SM2", func(s *scene) {
			s.by("330400", "restaurant-3-permits")
			s.license.Permits = jiaxing()
			s.region = "330400"
		}, verifier.Valid, "", ""},
		{"partly recognised in the Delta", func(s *scene) { s.region = "330400" }, verifier.PartiallyValid, verifier.RecognitionCheck, verifier.PartlyRecognised},
		{"not recognised beyond", func(s *scene) { s.region = "110105" }, verifier.NotRecognised, verifier.RecognitionCheck, verifier.NoAgreement},
		{"industry not covered", func(s *scene) { s.region = "330400"; s.license.Industry = "酒吧" }, verifier.NotRecognised, verifier.RecognitionCheck, verifier.IndustryNotCovered},
		{"one permit suspended", func(s *scene) { s.values = []status.Value{0, status.Suspended} }, verifier.PartiallyValid, verifier.StatusCheck, verifier.PermitsNotInForce},
		{"one permit expired", func(s *scene) { s.license.Permits[0].ValidUntil = verifiertest.Day("2026-11-23") }, verifier.PartiallyValid, verifier.ValidityCheck, verifier.Expired},
		{"last day of a permit", func(s *scene) { s.license.Permits[0].ValidUntil = verifiertest.Day("2026-11-24") }, verifier.Valid, "", ""},
		{"permit that begins tomorrow", func(s *scene) { s.license.Permits[0].ValidFrom = verifiertest.Day("2026-11-25") }, verifier.PartiallyValid, verifier.ValidityCheck, verifier.NotYetValid},
		{"all permits bad", func(s *scene) {
			s.values = []status.Value{0, status.Suspended, status.Revoked, status.Cancelled}
		}, verifier.Invalid, verifier.StatusCheck, verifier.PermitsNotInForce},
		{"all permits out of time", func(s *scene) { expireAll(s) }, verifier.Invalid, verifier.ValidityCheck, verifier.Expired},
		{"revoked or expired, all of them", func(s *scene) {
			expireAll(s)
			s.license.Permits[1].ValidUntil = 0
			s.values = []status.Value{0, 0, status.Withdrawn, 0}
		}, verifier.Invalid, verifier.StatusCheck, verifier.PermitsNotInForce},
		{"superseded", func(s *scene) { s.values = []status.Value{status.Superseded} }, verifier.Invalid, verifier.StatusCheck, verifier.Superseded},
		{"withdrawn", func(s *scene) { s.values = []status.Value{status.Withdrawn} }, verifier.Invalid, verifier.StatusCheck, verifier.Withdrawn},
		{"withdrawn and not recognised", func(s *scene) {
			s.values = []status.Value{status.Withdrawn}
			s.region = "110105"
		}, verifier.Invalid, verifier.StatusCheck, verifier.Withdrawn},
		{"permit's entry of a value for versions", func(s *scene) { s.values = []status.Value{0, status.Superseded} }, verifier.Unknown, verifier.StatusCheck, verifier.StatusValueUnknown},
		{"issued tomorrow", func(s *scene) { s.license.IssueDate = verifiertest.Day("2026-11-25") }, verifier.Invalid, verifier.ValidityCheck, verifier.IssuedInFuture},
		{"clock on the last day there is", func(s *scene) { s.now = verifiertest.Day("2179-06-05").Start() }, verifier.Unknown, verifier.TrustCheck, verifier.FreshnessExpired},
		{"clock past it", func(s *scene) { s.now = verifiertest.Day("2179-06-05").Start().AddDate(0, 0, 1) }, verifier.Unknown, verifier.ValidityCheck, verifier.ClockBeyond},
		{"clock past it, elsewhere", func(s *scene) {
			s.region = "330400"
			s.now = s.now.AddDate(200, 0, 0)
		}, verifier.Unknown, verifier.ValidityCheck, verifier.ClockBeyond},
		{"clock past it, and withdrawn", func(s *scene) {
			s.now = s.now.AddDate(200, 0, 0)
			s.values = []status.Value{status.Withdrawn}
		}, verifier.Invalid, verifier.StatusCheck, verifier.Withdrawn},
		{"issued today", func(s *scene) { s.license.IssueDate = verifiertest.Day("2026-11-24") }, verifier.Valid, "", ""},
		{"list at its greatest age", func(s *scene) { s.listed = s.now.Add(-72 * time.Hour); s.trusted = s.listed }, verifier.Valid, "", ""},
		{"list a second too old", func(s *scene) { s.listed = s.now.Add(-72*time.Hour - time.Second) }, verifier.Unknown, verifier.StatusCheck, verifier.StatusListTooOld},
		{"list too old on line", func(s *scene) {
			s.listed = s.now.Add(-61 * time.Minute)
			s.limits.Status = verifier.OnlineMaxAge
		}, verifier.Unknown, verifier.StatusCheck, verifier.StatusListTooOld},
		{"list expired, whatever age is allowed", func(s *scene) {
			s.listed = s.now.Add(-7 * day)
			s.limits.Status = 100 * day
		}, verifier.Unknown, verifier.StatusCheck, verifier.StatusListExpired},
		{"bad stays bad in an old list", func(s *scene) {
			s.listed = s.now.Add(-6 * day)
			s.values = []status.Value{status.Withdrawn}
		}, verifier.Invalid, verifier.StatusCheck, verifier.Withdrawn},
		{"bad permits stay bad in an expired list", func(s *scene) {
			s.listed = s.now.Add(-8 * day)
			s.values = []status.Value{0, status.Revoked, status.Revoked, status.Revoked}
		}, verifier.Invalid, verifier.StatusCheck, verifier.PermitsNotInForce},
		{"statement of freshness expired", func(s *scene) { s.trusted = s.now.Add(-7 * day) }, verifier.Unknown, verifier.TrustCheck, verifier.FreshnessExpired},
		{"statement a second before", func(s *scene) { s.trusted = s.now.Add(-7*day + time.Second) }, verifier.Valid, "", ""},
		{"trust list older than allowed", func(s *scene) {
			s.trusted = s.now.Add(-3 * day)
			s.limits.Trust = 2 * day
		}, verifier.Unknown, verifier.TrustCheck, verifier.TrustListTooOld},
		{"statement a day ahead of the clock", func(s *scene) { s.stated("delta/shanghai", s.now.Add(day)) }, verifier.Valid, "", ""},
		{"statement further ahead", func(s *scene) { s.stated("delta/shanghai", s.now.Add(day+time.Second)) }, verifier.Unknown, verifier.TrustCheck, verifier.FreshnessAhead},
		{"statement of the root further ahead", func(s *scene) { s.stated("delta", s.now.Add(330*day)) }, verifier.Unknown, verifier.TrustCheck, verifier.FreshnessAhead},
		{"statement ahead of the clock alone", func(s *scene) {
			s.stated("delta/shanghai", s.now.Add(-time.Hour))
			s.now = s.now.Add(-3 * day)
		}, verifier.Valid, "", ""},
		{"bad stays bad with an expired trust list", func(s *scene) {
			s.trusted = s.now.Add(-31 * day)
			s.values = []status.Value{status.Revoked}
		}, verifier.Invalid, verifier.StatusCheck, verifier.Revoked},
		{"foreign region", func(s *scene) { s.license.Region = "310106" }, verifier.NotGenuine, verifier.TrustCheck, verifier.IssuerRegion},
		{"foreign name", func(s *scene) { s.license.Issuer = "上海市静安区行政服务中心" }, verifier.NotGenuine, verifier.TrustCheck, verifier.IssuerMismatch},
		{"former name", func(s *scene) {
			s.issuer.FormerNames = []string{s.issuer.Name}
			s.issuer.Name = "上海市长宁区政务服务局"
		}, verifier.Valid, "", ""},
		{"foreign code", func(s *scene) {
			s.license.Identifier.Issuer = string(s.world.Issuer("310106").Code)
		}, verifier.NotGenuine, verifier.TrustCheck, verifier.IssuerMismatch},
		{"foreign type of license", func(s *scene) {
			s.license.Identifier.Type = string(s.issuer.Code) + "002"
		}, verifier.NotGenuine, verifier.TrustCheck, verifier.IssuerMismatch},
		{"dated before the key", func(s *scene) {
			s.issuer.Keys[0].NotBefore = verifiertest.Day("2026-06-04")
		}, verifier.NotGenuine, verifier.TrustCheck, verifier.KeyNotValidThen},
		{"dated after the key", func(s *scene) {
			s.issuer.Keys[0].NotAfter = verifiertest.Day("2026-06-02")
		}, verifier.NotGenuine, verifier.TrustCheck, verifier.KeyNotValidThen},
		{"last day of the key", func(s *scene) { s.issuer.Keys[0].NotAfter = verifiertest.Day("2026-06-03") }, verifier.Valid, "", ""},
		{"dated after the entry", func(s *scene) { s.issuer.ValidUntil = verifiertest.Day("2026-06-02") }, verifier.NotGenuine, verifier.TrustCheck, verifier.KeyNotValidThen},
		{"entry ended since", func(s *scene) { s.issuer.ValidUntil = verifiertest.Day("2026-06-03") }, verifier.Valid, "", ""},
		{"abolished region", func(s *scene) { s.by("310108", "restaurant-3-permits") }, verifier.NotGenuine, verifier.TrustCheck, verifier.RegionAbolished},
		{"permits of another region's authority", func(s *scene) { s.license.Permits = jingan() }, verifier.NotRecognised, verifier.RecognitionCheck, verifier.AuthorityOfOtherRegion},
		{"a permit of the city's authority", func(s *scene) { s.license.Permits[0].Authority = "上海市药品监督管理局" }, verifier.Valid, "", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := newScene(t)
			c.change(s)
			expect(t, s.verify(), c.outcome, c.check, c.reason)
		})
	}
}

// TestOldListCallsNothingForged: what a newer trust list may say of an issuer
// and its keys, an expired one cannot deny.
func TestOldListCallsNothingForged(t *testing.T) {
	for _, c := range []struct {
		name   string
		change func(*scene)
		fresh  verifier.Reason
		stays  bool // whatever the age of the list
	}{
		{"another name", func(s *scene) { s.license.Issuer = "上海市长宁区数据局" }, verifier.IssuerMismatch, false},
		{"a key that ends earlier", func(s *scene) { s.issuer.Keys[0].NotAfter = s.license.IssueDate - 1 }, verifier.KeyNotValidThen, false},
		{"an entry that ends earlier", func(s *scene) { s.issuer.ValidUntil = s.license.IssueDate - 1 }, verifier.KeyNotValidThen, false},
		{"another region", func(s *scene) { s.license.Region = "310106" }, verifier.IssuerRegion, true},
		{"an abolished region", func(s *scene) { s.by("310108", "restaurant-3-permits") }, verifier.RegionAbolished, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := newScene(t)
			c.change(s)
			expect(t, s.verify(), verifier.NotGenuine, verifier.TrustCheck, c.fresh)
			s.bundle, s.trusted = nil, s.now.AddDate(0, 0, -7)
			want, reason := verifier.Unknown, verifier.FreshnessExpired
			if c.stays {
				want, reason = verifier.NotGenuine, c.fresh
			}
			expect(t, s.verify(), want, verifier.TrustCheck, reason)
		})
	}
}

func expireAll(s *scene) {
	for i := range s.license.Permits {
		s.license.Permits[i].ValidUntil = verifiertest.Day("2026-11-01")
	}
}

func permit(authority string) license.Permit {
	return license.Permit{Matter: "食品经营许可", Number: "JY23101140040138", Authority: authority, Scope: "热食类食品制售", ValidFrom: verifiertest.Day("2026-01-01")}
}

func jingan() []license.Permit {
	return []license.Permit{permit("上海市静安区市场监督管理局")}
}

func jiaxing() []license.Permit { return []license.Permit{permit("嘉兴市市场监督管理局")} }

func TestWarnings(t *testing.T) {
	for _, c := range []struct {
		name   string
		change func(*scene)
		want   verifier.Reason
	}{
		{"demonstration", func(*scene) {}, verifier.IsDemonstration},
		{"demonstration agreement", func(s *scene) { s.region = "330400" }, verifier.DemonstrationBasis},
		{"authority that nobody lists", func(s *scene) { s.license.Permits[0].Authority = "上海市长宁区体育总会" }, verifier.AuthorityNotListed},
		{"withdrawn license, permits in force", func(s *scene) { s.values = []status.Value{status.Withdrawn} }, verifier.PermitsRemainInForce},
		{"clock behind a list", func(s *scene) { s.now = s.now.Add(-time.Hour) }, verifier.ClockBehind},
		{"entry ended", func(s *scene) { s.issuer.ValidUntil = verifiertest.Day("2026-06-03") }, verifier.IssuerEntryEnded},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := newScene(t)
			c.change(s)
			r := s.verify()
			for _, w := range r.Warnings {
				if w == c.want {
					return
				}
			}
			t.Errorf("warnings %v", r.Warnings)
		})
	}
}

// TestHost: an address is held against the issuer's by scheme, host and port; a
// scheme that is missing and the scheme's own port tell of nobody else.
func TestHost(t *testing.T) {
	s := newScene(t)
	lists := verifier.NewLists(s.trust())
	if err := lists.Add(s.list()); err != nil {
		t.Fatal(err)
	}
	v, digits := s.verifier(lists), s.code().Digits()
	for address, own := range map[string]bool{
		"https://310105.example/v/":              true,
		"HTTPS://310105.EXAMPLE/v/":              true,
		"310105.example/v/":                      true,
		"310105.example:443/v/":                  true,
		"https://310105.example:443/v/":          true,
		"https://310105.example/below/v/":        true,
		"http://310105.example/v/":               false,
		"http://310105.example:443/v/":           false,
		"https://310105.example:80/v/":           false,
		"310105.example:80/v/":                   false,
		"https://310105.example:8443/v/":         false,
		"https://310105.example./v/":             false,
		"https://310105.example.evil.example/v/": false,
		"https://310105.example@evil.example/v/": false,
		"310105.example@evil.example/v/":         false,
		"https://evil.example/310105.example/v/": false,
		"https://310105.example:443@evil.com/v/": false,
		"https://310105.example:443:443/v/":      false,
		"evil.example/v/":                        false,
		"/v/":                                    false,
	} {
		r := v.Verify(address+digits, s.now)
		if r.Outcome != verifier.Valid || slices.Contains(r.Warnings, verifier.HostNotIssuers) == own {
			t.Errorf("%s: %s, warnings %v", address, r.Outcome, r.Warnings)
		}
	}
}

func TestClockIsNotBehindSignedLists(t *testing.T) {
	s := newScene(t)
	listed := s.listed
	s.now = s.now.AddDate(-3, 0, 0)
	r := s.verify()
	expect(t, r, verifier.Valid, "", "")
	if !r.At.Equal(listed) || r.Lists.Status.Age != 0 {
		t.Errorf("at %s, age %d", r.At, r.Lists.Status.Age)
	}
	// Within the leeway there is nothing to warn of.
	s.now = listed.Add(-time.Minute)
	s.trusted = s.now
	for _, w := range s.verify().Warnings {
		if w == verifier.ClockBehind {
			t.Error("a minute is warned of")
		}
	}
}

// A list that proves the clock wrong can also prove the trust list expired.
func TestClockMovedOnExpiresTheTrustList(t *testing.T) {
	s := newScene(t)
	s.trusted = s.now.AddDate(0, -3, 0)
	s.license.IssueDate = verifiertest.Day("2026-06-03")
	s.listed = s.now
	s.now = s.trusted
	expect(t, s.verify(), verifier.Unknown, verifier.TrustCheck, verifier.FreshnessExpired)
}

func TestVerifyIsAFunction(t *testing.T) {
	s := newScene(t)
	lists := verifier.NewLists(s.trust())
	if err := lists.Add(s.list()); err != nil {
		t.Fatal(err)
	}
	v, text := s.verifier(lists), s.text()
	first := v.Verify(text, s.now)
	for range 3 {
		v.Verify("garbage", s.now)
		if again := v.Verify(text, s.now); again.Outcome != first.Outcome || len(again.Warnings) != len(first.Warnings) {
			t.Fatalf("%+v, then %+v", first, again)
		}
	}
}

func TestNewRefuses(t *testing.T) {
	s := newScene(t)
	other := newScene(t)
	for name, c := range map[string]verifier.Config{
		"no trust":              {},
		"lists of another":      {Trust: s.trust(), Lists: verifier.NewLists(other.trust())},
		"no region":             {Trust: s.trust(), Region: "31"},
		"abolished region":      {Trust: s.trust(), Region: "310119"},
		"negative age of lists": {Trust: s.trust(), Limits: verifier.Freshness{Status: -1}},
	} {
		if _, err := verifier.New(c); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
}
