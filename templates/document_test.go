package templates_test

import (
	"encoding/json"
	"os"
	"strings"
	"testing"

	"yizheng/license"
	"yizheng/qr"
	"yizheng/templates"
)

// fixture reads a license's file from testdata and gives it what an issuer
// adds.
func fixture(t testing.TB, name string) templates.Document {
	t.Helper()
	b, err := os.ReadFile("testdata/" + name + ".json")
	if err != nil {
		t.Fatal(err)
	}
	l := license.License{
		Identifier: license.Identifier{Type: "11310000MB2F056267001", Issuer: "11310000MB2F056267", Serial: "20260602000187", Version: 1},
		Number:     "沪长行综〔2026〕000187号", Region: "310105", Issuer: "上海市长宁区政务服务办公室", Catalogue: "2026-01",
	}
	if err := json.Unmarshal(b, &l); err != nil {
		t.Fatal(err)
	}
	if l.IssueDate, err = license.ParseDate("2026-06-02"); err != nil {
		t.Fatal(err)
	}
	digits := ""
	for i := range 1100 {
		digits += string(rune('0' + i*7%10))
	}
	symbol, err := qr.Encode("https://zheng.example/v/", digits)
	if err != nil {
		t.Fatal(err)
	}
	remedies := []license.Remedy{
		{Kind: license.Reconsideration, Organ: "上海市长宁区人民政府", Term: "自知道或者应当知道该行政行为之日起六十日内", TermEN: "within 60 days of knowing of the act", Basis: "《中华人民共和国行政复议法》第二十条"},
		{Kind: license.Litigation, Organ: "有管辖权的人民法院", Term: "自知道或者应当知道作出行政行为之日起六个月内", TermEN: "within 6 months of knowing of the act", Basis: "《中华人民共和国行政诉讼法》第四十六条"},
	}
	var authorities []license.Authority
	for _, p := range l.Permits {
		authorities = append(authorities, license.Authority{Name: p.Authority, Address: "上海市长宁区长宁路599号(演示)", Telephone: "021-00000000", Remedies: remedies})
	}
	published, _ := license.ParseDate("2021-06-18")
	return templates.Document{
		License: l, Text: "https://zheng.example/v/" + digits, Symbol: symbol, Authorities: authorities,
		Statements: []templates.Statement{
			{Text: "行业综合许可证上二维码等加载的行政许可信息与相应的纸质行政许可证具有同等证明力。",
				TextEN: "The permit information carried by the QR code of the integrated industry license has the same evidential force as the paper permits.", Source: "《关于长宁区深化“一业一证”改革试点的实施办法》三(三)", Date: published},
			{Text: "行业综合许可证不取消现有行政许可事项,不改变行政许可的实施主体、法律效力和法律关系。",
				TextEN: "The integrated industry license abolishes no permit and changes neither its authority, its legal force nor its legal relations.", Source: "《关于长宁区深化“一业一证”改革试点的实施办法》三(三)", Date: published},
		},
		SealName: "上海市长宁区行业综合许可专用章", VerifyURL: "https://zheng.example/v/",
	}
}

// printer makes one with the fonts that travel with the program.
func printer(t testing.TB) *templates.Printer {
	t.Helper()
	p, err := templates.New(templates.Config{})
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// TestSmallEnough holds the goal for a sealed document, 60 kB, with the room
// that the signature of a seal takes which init made, and what is reached: also
// with English beside the Chinese, and for a name of 80 characters at premises
// of 200.
func TestSmallEnough(t *testing.T) {
	const room = 1216
	longest := issued(t, "convenience-store-8-permits")
	longest.License.Holder.Name = string([]rune(strings.Repeat("上海长宁仙霞示范便利连锁有限责任公司", 5))[:80])
	longest.License.Holder.Premises = string([]rune(strings.Repeat("上海市长宁区仙霞路321号1层101室、地下1层B03室及", 9))[:200])
	bilingual := issued(t, "convenience-store-8-permits")
	bilingual.Bilingual = true
	duplicate := bilingual
	duplicate.Form = templates.Duplicate
	p := printer(t)
	for _, c := range []struct {
		name string
		d    templates.Document
		most int
	}{
		{"3 permits", issued(t, "restaurant-3-permits"), 47_400},
		{"8 permits", issued(t, "convenience-store-8-permits"), 55_800},
		{"8 permits in two languages", bilingual, 58_400},
		{"8 permits in two languages, duplicate", duplicate, 57_700},
		{"8 permits, the longest name and premises", longest, 56_100},
		{"5 permits", fixture(t, "bookstore-cafe-5-permits"), 51_800},
		{"rare characters", fixture(t, "gym-rare-characters"), 49_000},
	} {
		c.d.SignatureSpace = room
		body, err := p.Document(c.d)
		if err != nil {
			t.Fatal(err)
		}
		if size := len(body.Unsigned()); size > c.most {
			t.Errorf("%s: %d bytes, and %d were reached", c.name, size, c.most)
		}
	}
}
