package payload_test

import (
	"errors"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"yizheng/license"
	"yizheng/payload"
	"yizheng/qr"
	"yizheng/signature"
)

var shown = payload.Presentation{
	At:    time.Date(2026, 11, 24, 2, 0, 0, 0, time.UTC),
	Nonce: [payload.NonceSize]byte{1, 2, 3, 4, 5, 6, 7, 8},
}

func derived(t testing.TB) payload.Copy {
	t.Helper()
	until, err := license.ParseDate("2026-12-31")
	if err != nil {
		t.Fatal(err)
	}
	return payload.Copy{Made: shown.At, Until: until, Recipient: "中国银行股份有限公司上海市长宁支行", Purpose: "开立单位银行结算账户"}
}

// stated is a license code with a statement whose signature only has the right
// length.
func stated(t testing.TB, c payload.Code, content payload.Content) payload.Code {
	t.Helper()
	draft, err := payload.Attach(c, content, publicKey(t))
	if err != nil {
		t.Fatal(err)
	}
	if c, err = draft.Sealed(slices.Repeat([]byte{0x5A}, 64)); err != nil {
		t.Fatal(err)
	}
	return c
}

// TestStatementTravels: a statement and the license come back from one text,
// the license byte for byte as it is alone.
func TestStatementTravels(t *testing.T) {
	plain := sealed(t, fixtures(t)[0], builtin(t, "310105"))
	made := derived(t)
	made.Maker = "上海市长宁区政务服务办公室"
	for name, content := range map[string]payload.Content{
		"presentation": shown, "copy of the holder": derived(t), "copy of the office": made,
		"first instant": payload.Presentation{At: time.Unix(0, 0).UTC()},
		"last instant":  payload.Presentation{At: time.Unix(1<<32-1, 0).UTC()},
	} {
		t.Run(name, func(t *testing.T) {
			c := stated(t, plain, content)
			_, found, err := payload.Find(c.Text(prefix))
			if err != nil || !reflect.DeepEqual(found, c) {
				t.Fatalf("%+v comes back as %+v, %v", c, found, err)
			}
			if found.Plain().Digits() != plain.Digits() {
				t.Error("the license has another text than alone")
			}
			if !reflect.DeepEqual(found.Statement.Content, content) {
				t.Errorf("%+v comes back as %+v", content, found.Statement.Content)
			}
		})
	}
}

// TestStatementInput: what is signed differs with the kind, the content, and
// every byte of the license code, its signature included.
func TestStatementInput(t *testing.T) {
	all := fixtures(t)
	d := builtin(t, "310105")
	plain, other := sealed(t, all[0], d), sealed(t, all[1], d)
	resigned := plain
	resigned.Signature = slices.Repeat([]byte{0xA4}, 64)
	later := shown
	later.At = later.At.Add(time.Second)
	again := shown
	again.Nonce[7]++
	seen := map[string]string{}
	for name, c := range map[string]payload.Code{
		"one": stated(t, plain, shown), "other license": stated(t, other, shown), "signed anew": stated(t, resigned, shown),
		"a second later": stated(t, plain, later), "other nonce": stated(t, plain, again), "copy": stated(t, plain, derived(t)),
	} {
		input := string(c.StatementInput(signature.ES256))
		if before, twice := seen[input]; twice || input == "" {
			t.Errorf("%s is signed over the same bytes as %s", name, before)
		}
		seen[input] = name
	}
	if plain.StatementInput(signature.ES256) != nil {
		t.Error("a code without statement has something to sign")
	}
}

func TestAttachRefuses(t *testing.T) {
	plain := sealed(t, fixtures(t)[0], builtin(t, "310105"))
	change := func(f func(*payload.Copy)) payload.Copy {
		c := derived(t)
		f(&c)
		return c
	}
	for _, c := range []struct {
		name, reason string
		content      payload.Content
	}{
		{"before 1970", payload.ReasonDate, payload.Presentation{At: time.Unix(-1, 0)}},
		{"after 2106", payload.ReasonDate, payload.Presentation{At: time.Unix(1<<32, 0)}},
		{"parts of a second", payload.ReasonDate, payload.Presentation{At: time.Unix(1, 1)}},
		{"no last day", payload.ReasonDate, change(func(c *payload.Copy) { c.Until = 0 })},
		{"ended before it was made", payload.ReasonDate, change(func(c *payload.Copy) { c.Until = license.DateOf(c.Made) - 1 })},
		{"no recipient", payload.ReasonText, change(func(c *payload.Copy) { c.Recipient = "" })},
		{"no purpose", payload.ReasonText, change(func(c *payload.Copy) { c.Purpose = "" })},
		{"long purpose", payload.ReasonText, change(func(c *payload.Copy) { c.Purpose = strings.Repeat("长", license.MaxAnnotation+1) })},
		{"line break", payload.ReasonText, change(func(c *payload.Copy) { c.Recipient = "某银行\n其他" })},
		{"change of direction", payload.ReasonText, change(func(c *payload.Copy) { c.Maker = "某\u202E人" })},
	} {
		_, err := payload.Attach(plain, c.content, publicKey(t))
		var m *payload.MalformedError
		if !errors.As(err, &m) || m.Reason != c.reason {
			t.Errorf("%s: %v, want reason %s", c.name, err, c.reason)
		}
	}
	if _, err := payload.Attach(plain, shown, signature.PublicKey{}); !errors.Is(err, signature.ErrKey) {
		t.Errorf("no key: %v", err)
	}
	large := plain
	large.Payload = make([]byte, payload.MaxBytes-80)
	if _, err := payload.Attach(large, shown, publicKey(t)); !errors.Is(err, payload.ErrMalformed) {
		t.Errorf("too large: %v", err)
	}
}

// TestFindRefusesStatements hands over what no encoder writes, with check
// digits that fit.
func TestFindRefusesStatements(t *testing.T) {
	plain := sealed(t, fixtures(t)[0], builtin(t, "310105"))
	alone, live, copied := payload.BytesOf(plain), payload.BytesOf(stated(t, plain, shown)), payload.BytesOf(stated(t, plain, derived(t)))
	change := func(b []byte, f func([]byte) []byte) []byte { return f(slices.Clone(b)) }
	for _, c := range []struct {
		name   string
		bytes  []byte
		want   error
		reason string
	}{
		{"as it is", live, nil, ""},
		{"a license alone", alone, payload.ErrVersion, ""},
		{"a kind of later", change(live, func(b []byte) []byte { b[0] = 3; return b }), payload.ErrVersion, ""},
		{"kind 0", change(live, func(b []byte) []byte { b[0] = 0; return b }), payload.ErrVersion, ""},
		{"a key id cut off", live[:6], payload.ErrMalformed, payload.ReasonLength},
		{"no license", live[:83], payload.ErrMalformed, payload.ReasonLength},
		{"a nonce cut off", live[:80], payload.ErrMalformed, payload.ReasonTruncated},
		{"texts without end", copied[:90], payload.ErrMalformed, payload.ReasonTruncated},
		{"no last day", change(copied, func(b []byte) []byte { b[75], b[76] = 0, 0; return b }), payload.ErrMalformed, payload.ReasonDate},
		{"a digit in the long form", change(copied, func(b []byte) []byte {
			// U+0034 as a character of its page, where a digit has one byte.
			return slices.Insert(b, 77, 0xF7, '4')
		}), payload.ErrMalformed, payload.ReasonCanonical},
	} {
		_, _, err := payload.Find(prefix + payload.EncodeStated(c.bytes))
		if !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", c.name, err, c.want)
		}
		var m *payload.MalformedError
		if errors.As(err, &m) && m.Reason != c.reason {
			t.Errorf("%s: %v, want reason %s", c.name, err, c.reason)
		}
	}
}

// TestSizeOfStatements holds the symbols to what was reached.
func TestSizeOfStatements(t *testing.T) {
	live := map[string]int{"便利店": 15, "饭店": 13, "书店": 13, "体育健身场馆": 13}
	copies := map[string]int{"便利店": 16, "饭店": 14, "书店": 15, "体育健身场馆": 15}
	for _, l := range fixtures(t) {
		plain := sealed(t, l, builtin(t, "310105"))
		for kind, c := range map[string]struct {
			content payload.Content
			most    int
		}{"live": {shown, live[l.Industry]}, "copy": {derived(t), copies[l.Industry]}} {
			digits := len(stated(t, plain, c.content).Digits())
			version, level, ok := qr.Fit(len(prefix), digits)
			if !ok || level != qr.M || version > c.most {
				t.Errorf("%s, %s: version %d-%s, at most %d-M was reached before", l.Industry, kind, version, level, c.most)
			}
			t.Logf("%s, %s: %d digits, version %d-%s; alone %d digits", l.Industry, kind, digits, version, level, len(plain.Digits()))
		}
	}
}

// FuzzStatement: what is read is written in the same bytes.
func FuzzStatement(f *testing.F) {
	plain := sealed(f, fixtures(f)[0], builtin(f, "310105"))
	for _, content := range []payload.Content{shown, derived(f)} {
		f.Add(payload.BytesOf(stated(f, plain, content)))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		digits := payload.EncodeStated(b)
		_, c, err := payload.Find(digits)
		if err != nil {
			for _, known := range []error{payload.ErrNotACode, payload.ErrUnreadable, payload.ErrVersion, payload.ErrMalformed} {
				if errors.Is(err, known) {
					return
				}
			}
			t.Fatalf("unknown error %v", err)
		}
		if c.Digits() != digits {
			t.Fatalf("%s is written again as %s", digits, c.Digits())
		}
	})
}
