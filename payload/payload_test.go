package payload_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"encoding/json"
	"os"
	"path/filepath"
	"reflect"
	"testing"

	"yizheng/license"
	"yizheng/payload"
	"yizheng/signature"
)

func loadFixture(t testing.TB, path string) *license.License {
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	l := &license.License{}
	if err := json.Unmarshal(b, l); err != nil {
		t.Fatal(err)
	}
	l.Region = "310105"
	l.Issuer = "上海市长宁区行政服务中心"
	code, _ := license.NewCreditCode("12310105MB0000001")
	l.Identifier = license.Identifier{Type: string(code) + "001", Issuer: string(code), Serial: "2026060300012", Version: 1}
	l.Number = string(l.Region) + l.Identifier.Serial
	l.Catalogue = "2024-1"
	l.IssueDate, _ = license.ParseDate("2026-06-03")
	l.StatusIndex = 734221
	return l
}

func TestFixtures(t *testing.T) {
	k, _ := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	pub, err := signature.NewPublicKey(&k.PublicKey)
	if err != nil {
		t.Fatal(err)
	}
	d, _ := payload.Builtin("310105")
	files, _ := filepath.Glob("testdata/licenses/*.json")
	for _, f := range files {
		l := loadFixture(t, f)
		draft, err := payload.Encode(l, d, pub)
		if err != nil {
			t.Fatal(err)
		}
		c, err := draft.Sealed(make([]byte, 64))
		if err != nil {
			t.Fatal(err)
		}
		prefix, c2, err := payload.Find(c.Text("https://zheng.example/v/"))
		if err != nil || prefix != "https://zheng.example/v/" || !reflect.DeepEqual(c, c2) {
			t.Fatal(err)
		}
		l2, err := c2.License(d)
		if err != nil {
			t.Fatal(err)
		}
		if !reflect.DeepEqual(l, l2) {
			t.Errorf("%+v\n%+v", l, l2)
		}
		t.Logf("%s: %d bytes, %d digits", filepath.Base(f), len(c.Payload), len(c.Digits()))
	}
}
