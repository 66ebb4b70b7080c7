package dispute

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"yizheng/license"
	"yizheng/trust"
)

func sample() Statement {
	at := time.Date(2026, 7, 1, 2, 0, 0, 0, time.UTC)
	id, err := license.ParseIdentifier("1.2.156.3005.2.11100000000013338W011.11430000006122244L.20230000403.001.U")
	if err != nil {
		panic(err)
	}
	return Statement{ID: strings.Repeat("0a", 16), From: "330400", To: "310105", License: id, Check: Check{ID: "c", At: at, Outcome: "valid"},
		Reason: ContentWrong, Text: `范围不符: 证上为<"自制饮品" & \糕点>。`, Contact: Contact{Organisation: "市场监督管理局", Name: "王", Telephone: "0573-1"}, Made: at}
}

// TestCanonical: each text has one form, which is UTF-8 as it is typed.
func TestCanonical(t *testing.T) {
	b, err := canonical(sample())
	if err != nil {
		t.Fatal(err)
	}
	const want = `{"id":"0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a","from":"330400","to":"310105","license":"1.2.156.3005.2.11100000000013338W011.11430000006122244L.20230000403.001.U",` +
		`"check":{"id":"c","at":"2026-07-01T02:00:00Z","outcome":"valid"},"reason":"content_wrong","text":"范围不符: 证上为<\"自制饮品\" & \\糕点>。",` +
		`"contact":{"organisation":"市场监督管理局","name":"王","telephone":"0573-1"},"made":"2026-07-01T02:00:00Z"}`
	if string(b) != want {
		t.Errorf("%s", b)
	}
	for name, other := range map[string]string{
		"white space":          want + "\n",
		"a blank within":       strings.Replace(want, `,"from"`, `, "from"`, 1),
		"an escape":            strings.Replace(want, "范", `\u8303`, 1),
		"a member twice":       strings.Replace(want, `{"id"`, `{"id":"x","id"`, 1),
		"another order":        strings.Replace(want, `"from":"330400","to":"310105"`, `"to":"310105","from":"330400"`, 1),
		"an unknown member":    strings.Replace(want, `{"id"`, `{"x":1,"id"`, 1),
		"an empty member":      strings.Replace(want, `"check"`, `"permit":"","check"`, 1),
		"another zone":         strings.Replace(want, `"made":"2026-07-01T02:00:00Z"`, `"made":"2026-07-01T02:00:00+00:00"`, 1),
		"names in other cases": strings.Replace(want, `"reason"`, `"Reason"`, 1),
		"no JSON":              want[:len(want)-1],
	} {
		var s Statement
		if err := readCanonical([]byte(other), &s); err == nil {
			t.Errorf("%s was read", name)
		}
	}
}

func TestWellFormed(t *testing.T) {
	for name, change := range map[string]func(*Statement){
		"short id":             func(s *Statement) { s.ID = "00" },
		"id in capitals":       func(s *Statement) { s.ID = strings.Repeat("0A", 16) },
		"no region":            func(s *Statement) { s.From = "33" },
		"half a second":        func(s *Statement) { s.Made = s.Made.Add(time.Millisecond) },
		"another zone":         func(s *Statement) { s.Made = s.Made.In(time.FixedZone("", 3600)) },
		"no check":             func(s *Statement) { s.Check.ID = "" },
		"no time of the check": func(s *Statement) { s.Check.At = time.Time{} },
		"no reason":            func(s *Statement) { s.Reason = "" },
		"no text":              func(s *Statement) { s.Text = "" },
		"two lines":            func(s *Statement) { s.Text = "a\nb" },
		"nobody to ask":        func(s *Statement) { s.Contact = Contact{} },
		"a long telephone":     func(s *Statement) { s.Contact.Telephone = strings.Repeat("1", MaxTelephone+1) },
	} {
		s := sample()
		if !s.wellFormed() {
			t.Fatal("the sample is not well formed")
		}
		if change(&s); s.wellFormed() {
			t.Errorf("%s passes", name)
		}
	}
}

// TestIssuerOf: whoever has another's credit code in an entry of its own is not
// taken for the issuer of that one's licenses.
func TestIssuerOf(t *testing.T) {
	id := sample().License // its code is one of 430000
	entry := func(region license.Region) *trust.Issuer {
		return &trust.Issuer{Region: region, Code: license.CreditCode(id.Issuer)}
	}
	const rogue = "330400"
	for name, c := range map[string]struct {
		entries []license.Region
		want    license.Region
	}{
		"nobody":                        {nil, ""},
		"the only one":                  {[]license.Region{"430100"}, "430100"},
		"an abolished one":              {[]license.Region{"310108"}, "310108"},
		"an abolished one, and another": {[]license.Region{"310106", "310108"}, "310106"},
		"a rogue after it":              {[]license.Region{"430000", rogue}, "430000"},
		"a rogue before it":             {[]license.Region{rogue, "430000"}, "430000"},
		"two that cannot be told apart": {[]license.Region{"430100", rogue}, ""},
	} {
		b := new(trust.Bundle)
		for _, region := range c.entries {
			b.Issuers = append(b.Issuers, entry(region))
		}
		var got license.Region
		if found := IssuerOf(b, id); found != nil {
			got = found.Region
		}
		if got != c.want {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
}

// TestWords: every word of the lists can be said to people.
func TestWords(t *testing.T) {
	for _, r := range Reasons() {
		if w := r.Words(); w.ZH == string(r) || w.EN == "" {
			t.Errorf("%s has no words", r)
		}
	}
	for _, r := range Results() {
		if w := r.Words(); w.ZH == string(r) || w.EN == "" {
			t.Errorf("%s has no words", r)
		}
	}
	for _, s := range []State{Waiting, Open, Answered, Refused} {
		if w := s.Words(); w.ZH == string(s) || w.EN == "" {
			t.Errorf("%s has no words", s)
		}
	}
}

// FuzzRead: whatever is read is written again as the same bytes, and nothing
// panics.
func FuzzRead(f *testing.F) {
	b, err := canonical(sample())
	if err != nil {
		f.Fatal(err)
	}
	f.Add(b)
	f.Add([]byte(`{"id":"<\u2028>"}`))
	f.Fuzz(func(t *testing.T, b []byte) {
		var s Statement
		if readCanonical(b, &s) != nil {
			return
		}
		_ = s.wellFormed()
		again, err := canonical(s)
		if err != nil || string(again) != string(b) || !json.Valid(b) {
			t.Errorf("%q became %q", b, again)
		}
	})
}
