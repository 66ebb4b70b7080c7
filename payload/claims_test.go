package payload_test

import (
	"bytes"
	"errors"
	"reflect"
	"strings"
	"testing"

	"yizheng/license"
	"yizheng/payload"
)

// everything is a license with every member that the claims know.
func everything(t testing.TB) *license.License {
	l := fixtures(t)[1]
	l.Demonstration = true
	l.Number = "长行综〔2026〕0001号"
	l.Identifier.Version = 999
	l.StatusIndex = 1<<32 - 1
	p := &l.Permits[0]
	p.Conditions, p.Premises = "仅限1层", l.Holder.Premises
	p = &l.Permits[1]
	p.Premises, p.Commitment = "上海市长宁区天山路8号", true
	p = &l.Permits[2]
	p.ValidUntil = p.ValidFrom + 1000
	p = &l.Permits[3]
	p.ValidFrom, p.ValidUntil = 1, 1<<16-1
	return l
}

func TestClaimsRoundTrip(t *testing.T) {
	all := append(fixtures(t), everything(t))
	r := newRandom(t, catalogue(t, "310105"), 5)
	for range 300 {
		all = append(all, r.license())
	}
	for _, l := range all {
		claims := payload.AppendClaims(nil, l)
		got, err := payload.ReadClaims(claims)
		if err != nil {
			t.Fatalf("%+v: %v", l, err)
		}
		if !reflect.DeepEqual(got, l) {
			t.Fatalf("%+v comes back as %+v", l, got)
		}
		for i := range claims { // cut off anywhere, it is refused or is the same license with fewer permits
			if cut, err := payload.ReadClaims(claims[:i]); err == nil && !reflect.DeepEqual(cut.Permits, l.Permits[:len(cut.Permits)]) {
				t.Fatalf("cut off after %d bytes: %+v", i, cut)
			}
		}
	}
}

// TestEncodeRefuses changes one thing of a good license at a time.
func TestEncodeRefuses(t *testing.T) {
	d, key := builtin(t, "310105"), publicKey(t)
	for _, c := range []struct {
		name, reason string
		change       func(*license.License)
	}{
		{"region", payload.ReasonRegion, func(l *license.License) { l.Region = "31010" }},
		{"identifier", payload.ReasonIdentifier, func(l *license.License) { l.Identifier.Serial = "小" }},
		{"version 0", payload.ReasonIdentifier, func(l *license.License) { l.Identifier.Version = 0 }},
		{"version 1000", payload.ReasonIdentifier, func(l *license.License) { l.Identifier.Version = 1000 }},
		{"credit code", payload.ReasonCreditCode, func(l *license.License) { l.Holder.CreditCode = "91310104765234891D" }},
		{"no credit code", payload.ReasonCreditCode, func(l *license.License) { l.Holder.CreditCode = "" }},
		{"issue date", payload.ReasonDate, func(l *license.License) { l.IssueDate = 0 }},
		{"no permits", payload.ReasonPermits, func(l *license.License) { l.Permits = nil }},
		{"65 permits", payload.ReasonPermits, func(l *license.License) {
			for len(l.Permits) <= payload.MaxPermits {
				l.Permits = append(l.Permits, l.Permits[0])
			}
		}},
		{"empty name", payload.ReasonText, func(l *license.License) { l.Holder.Name = "" }},
		{"long name", payload.ReasonText, func(l *license.License) { l.Holder.Name = strings.Repeat("长", 81) }},
		{"direction override", payload.ReasonText, func(l *license.License) { l.Permits[0].Scope += "\u202E" }},
		{"no number", payload.ReasonText, func(l *license.License) { l.Permits[0].Number = "" }},
		{"no first day", payload.ReasonDate, func(l *license.License) { l.Permits[0].ValidFrom = 0 }},
		{"ends before it begins", payload.ReasonDate, func(l *license.License) { l.Permits[0].ValidUntil = l.Permits[0].ValidFrom - 1 }},
		{"large claims", payload.ReasonSize, func(l *license.License) {
			for i := range l.Permits {
				l.Permits[i].Scope = strings.Repeat("𬭎", 1000)
				l.Permits[i].Conditions = strings.Repeat("𬭎", 500)
			}
		}},
	} {
		l := fixtures(t)[1]
		c.change(l)
		_, err := payload.Encode(l, d, key)
		var m *payload.MalformedError
		if !errors.As(err, &m) || m.Reason != c.reason {
			t.Errorf("%s: %v, want reason %s", c.name, err, c.reason)
		}
	}
}

// TestReadRefuses changes the claims, as a careless or wicked issuer might.
func TestReadRefuses(t *testing.T) {
	good := payload.AppendClaims(nil, fixtures(t)[1])
	replace := func(old, new []byte) []byte {
		if bytes.Count(good, old) < 1 {
			t.Fatalf("%x is not in the claims", old)
		}
		return bytes.Replace(good, old, new, 1)
	}
	text := func(s string) []byte { return payload.AppendText(nil, s) }
	short := func(s string) []byte { return text(s)[:len(text(s))-1] }
	for _, c := range []struct {
		name, reason string
		claims       []byte
	}{
		{"empty", payload.ReasonTruncated, nil},
		{"unknown flag", payload.ReasonCanonical, append([]byte{4}, good[1:]...)},
		{"two bytes for what one says", payload.ReasonCanonical, nil},
		{"pair as two digits", payload.ReasonCanonical, replace(text("310105"), []byte{0x68, 0x66, 0x02, 0x06, 0})},
		{"direction override", payload.ReasonText, replace(short("食品经营许可"), []byte{0xF8, 0x2E})},
		{"surrogate", payload.ReasonText, replace(short("食品经营许可"), []byte{0xFC, 0xD8, 0x00})},
		{"region of letters", payload.ReasonRegion, replace(text("310105"), text("31010A"))},
		{"credit code of 16", payload.ReasonCreditCode, replace(text("91310105MA1FW0XQ4"), text("91310105MA1FW0XQ"))},
		{"number stated that follows", payload.ReasonCanonical, nil},
		{"byte at the end", payload.ReasonTruncated, append(bytes.Clone(good), 0)},
		{"too large", payload.ReasonSize, make([]byte, payload.MaxClaims+1)},
	} {
		switch c.name {
		case "two bytes for what one says":
			c.claims = replace(short("路"), []byte{0xA5 + 0x8D - 0x4E, 0xEF}) // U+8DEF
		case "number stated that follows":
			serial := text("20260001208")
			c.claims = replace(serial, append(bytes.Clone(serial), text("31010520260001208")...))
			c.claims[0] |= 2
		}
		_, err := payload.ReadClaims(c.claims)
		var m *payload.MalformedError
		if !errors.As(err, &m) {
			t.Errorf("%s: %v, want ErrMalformed", c.name, err)
		} else if m.Reason != c.reason {
			t.Errorf("%s: %v, want reason %s", c.name, err, c.reason)
		}
	}
}

// FuzzClaims: what is read is written in the same bytes.
func FuzzClaims(f *testing.F) {
	for _, l := range append(fixtures(f), everything(f)) {
		f.Add(payload.AppendClaims(nil, l))
	}
	f.Fuzz(func(t *testing.T, claims []byte) {
		l, err := payload.ReadClaims(claims)
		if err != nil {
			if !errors.Is(err, payload.ErrMalformed) {
				t.Fatal(err)
			}
			return
		}
		if again := payload.AppendClaims(nil, l); !bytes.Equal(again, claims) {
			t.Fatalf("%x is written again as %x", claims, again)
		}
	})
}
