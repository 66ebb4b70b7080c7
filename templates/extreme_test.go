package templates_test

import (
	"fmt"
	"strings"
	"testing"

	"yizheng/license"
	"yizheng/qr"
	"yizheng/templates"
)

// extreme is a document of the longest texts, and of so many permits that the
// code is as large as codes become.
func extreme(t testing.TB) templates.Document {
	d := fixture(t, "convenience-store-8-permits")
	l := &d.License
	l.Holder.Name = strings.Repeat("上海长宁仙霞示范便利连锁", 6) + "有限责任公司(分支)"
	l.Holder.Representative = "阿卜杜热西提·阿卜杜拉·买买提江"
	l.Holder.Premises = strings.Repeat("上海市长宁区仙霞路321号1层101室、地下1层B03室及", 7) + "附属用房(入口在后)"
	permits := l.Permits
	for i := range 20 {
		p := permits[i%len(permits)]
		p.Number += fmt.Sprintf("之%d", i)
		p.Scope = strings.Repeat(p.Scope+";", 1+i%4*3)
		p.Conditions = "营业时间不超过22:00,WIFI-ZONE/ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789号"
		p.Premises = l.Holder.Premises
		if i%5 == 0 {
			p.Premises += "二层"
		}
		l.Permits = append(l.Permits, p)
	}
	l.Permits = l.Permits[len(permits):]
	digits := strings.Repeat("8612345678", 390)
	symbol, err := qr.Encode("https://zheng.example/v/", digits)
	if err != nil {
		t.Fatal(err)
	}
	d.Symbol, d.Text = symbol, "https://zheng.example/v/"+digits
	return d
}

// TestNothingIsLost finds every text of documents of any size in what a
// reader copies from them.
func TestNothingIsLost(t *testing.T) {
	p := printer(t)
	documents := map[string]templates.Document{"extreme": extreme(t)}
	for _, name := range fixtures {
		documents[name] = fixture(t, name)
	}
	for name, d := range documents {
		t.Run(name, func(t *testing.T) {
			body, err := p.Document(d)
			if err != nil {
				t.Fatal(err)
			}
			copied := strings.Join(strings.Fields(tool(t, "pdftotext", "-raw", keep(t, "a.pdf", body.Unsigned()), "-")), "")
			l := d.License
			want := []string{l.Number, l.Issuer, l.Industry, l.Holder.Name, string(l.Holder.CreditCode), l.Holder.Representative, l.Holder.Premises,
				l.Identifier.String(), d.SealName, d.VerifyURL, "2026年6月2日"}
			for _, p := range l.Permits {
				want = append(want, p.Matter, p.Number, p.Authority, p.Scope, p.Conditions, p.ValidFrom.String(), until(p))
			}
			for _, s := range d.Statements {
				want = append(want, s.Text, s.Source)
			}
			for _, w := range want {
				if !strings.Contains(copied, strings.Join(strings.Fields(w), "")) {
					t.Errorf("%q is not in the document", w)
				}
			}
		})
	}
}

func until(p license.Permit) string {
	if p.ValidUntil.IsZero() {
		return "长期"
	}
	return p.ValidUntil.String()
}

var fixtures = []string{"convenience-store-8-permits", "gym-rare-characters", "restaurant-3-permits", "bookstore-cafe-5-permits"}
