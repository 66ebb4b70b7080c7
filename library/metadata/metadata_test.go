package metadata_test

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"yizheng/library/metadata"
	"yizheng/license"
)

var at = time.Date(2026, 7, 1, 2, 0, 0, 0, time.UTC)

func example(tb testing.TB) license.License {
	tb.Helper()
	id, err := license.ParseIdentifier("1.2.156.3005.2.11100000000013338W011.11430000006122244L.20230000403.001.U")
	if err != nil {
		tb.Fatal(err)
	}
	day := license.DateOf(at)
	return license.License{
		Identifier: id, Number: "31010520230000403", Region: "310105", Issuer: "办公室", Industry: "书店", Catalogue: "1", IssueDate: day,
		Holder: license.Holder{Name: "书店", CreditCode: "91310000631696382C", Representative: "甲", Premises: "番禺路1号"},
		Permits: []license.Permit{
			{Matter: "甲许可", Number: "1", Authority: "甲局", Scope: "甲", ValidFrom: day, ValidUntil: day.AddYears(5)},
			{Matter: "乙许可", Number: "2", Authority: "乙局", Scope: "乙", ValidFrom: day - 10, ValidUntil: day.AddYears(3)},
		},
	}
}

func filing(tb testing.TB) []byte {
	tb.Helper()
	l := example(tb)
	c := metadata.NewCertificate(l, []license.State{license.Valid, license.Suspended}, l.Identifier.Issuer, "", metadata.OperationNew)
	e, err := metadata.NewEvent(l.Identifier.Base(), metadata.Issue, at.Add(time.Millisecond), c)
	if err != nil {
		tb.Fatal(err)
	}
	b, err := json.Marshal(e.Filing(1))
	if err != nil {
		tb.Fatal(err)
	}
	return b
}

func TestCertificate(t *testing.T) {
	f, body, err := metadata.ParseFiling(filing(t))
	if err != nil {
		t.Fatal(err)
	}
	c, ok := body.(metadata.Certificate)
	if !ok || !f.At.Equal(at) {
		t.Fatalf("got %T at %s", body, f.At)
	}
	if c.ZZYXQQSRQ != "2026-06-21" || c.ZZYXQJZRQ != "2031-07-01" || c.Permits[0].State != "01" || c.Permits[1].State != "02" {
		t.Errorf("got %+v", c)
	}
	l := example(t)
	l.Permits[0].ValidUntil = 0
	if c := metadata.NewCertificate(l, nil, "", "", ""); c.ZZYXQJZRQ != "" {
		t.Errorf("a license with a permit without a term ends on %s", c.ZZYXQJZRQ)
	}
}

func TestID(t *testing.T) {
	if base, n, ok := metadata.SplitID(metadata.ID("a.b", 12)); !ok || base != "a.b" || n != 12 {
		t.Errorf("got %s %d %v", base, n, ok)
	}
	for _, id := range []string{"", "a", "/1", "a/0", "a/-1", "a/01", "a/+1", "a/1/2", "a/1 ", "a/99999999999999999999"} {
		if _, _, ok := metadata.SplitID(id); ok {
			t.Errorf("%q was taken", id)
		}
	}
}

func TestStateCode(t *testing.T) {
	for state, want := range map[license.State]string{
		license.Valid: "01", license.Suspended: "02", license.Withdrawn: "03", license.Cancelled: "04",
		license.Expired: "05", license.Revoked: "07", license.Superseded: "99", "": "99",
	} {
		if got := metadata.StateCode(state); got != want {
			t.Errorf("%s: %s, want %s", state, got, want)
		}
	}
}

func TestCheckWantsItsPurpose(t *testing.T) {
	whole := metadata.Check{ID: "1", Outcome: "valid", At: at, Purpose: "执法", Organisation: "局", Operator: "甲"}
	if err := whole.Validate(); err != nil {
		t.Error(err)
	}
	for name, c := range map[string]metadata.Check{
		"purpose":      {ID: "1", Outcome: "valid", At: at, Organisation: "局", Operator: "甲"},
		"organisation": {ID: "1", Outcome: "valid", At: at, Purpose: "执法", Operator: "甲"},
		"operator":     {ID: "1", Outcome: "valid", At: at, Purpose: "执法", Organisation: "局"},
	} {
		if c.Validate() == nil {
			t.Errorf("without its %s it was taken", name)
		}
	}
}

// FuzzParseFiling holds that what is taken encodes to something that is taken
// and means the same.
func FuzzParseFiling(f *testing.F) {
	good := filing(f)
	f.Add(good)
	f.Add([]byte(strings.Replace(string(good), `"kind":"issue"`, `"kind":"status"`, 1)))
	f.Fuzz(func(t *testing.T, b []byte) {
		first, _, err := metadata.ParseFiling(b)
		if err != nil {
			return
		}
		again, err := json.Marshal(first)
		if err != nil {
			t.Fatal(err)
		}
		second, _, err := metadata.ParseFiling(again)
		if err != nil {
			t.Fatalf("%s: %v", again, err)
		}
		third, err := json.Marshal(second)
		if err != nil || !bytes.Equal(again, third) {
			t.Fatalf("%s and %s, %v", again, third, err)
		}
	})
}
