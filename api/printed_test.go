package api_test

import (
	"strings"
	"testing"

	"yizheng/holder"
	"yizheng/issuer/issuertest"
	"yizheng/license"
	"yizheng/qr"
	"yizheng/templates"
)

// TestPrintedCode: a printed result bears its own code, with this host; one that
// was shown live bears that of the license, which is still good when it is read.
func TestPrintedCode(t *testing.T) {
	w := newWorld(t, nil)
	i := w.issued(issuertest.Bookstore)
	live, err := w.presenter.Live(i.Text)
	if err != nil {
		t.Fatal(err)
	}
	copied, err := w.presenter.Copy(i.Text, holder.Wish{Recipient: "某银行", Purpose: "开户", Until: license.DateOf(w.clock.Now()) + 6})
	if err != nil {
		t.Fatal(err)
	}
	for name, test := range map[string]struct{ opened, printed string }{
		"a license": {i.Text, i.Text}, "shown live": {live.Text, i.Text}, "a copy": {copied.Text, copied.Text},
	} {
		digits := func(text string) string { return text[strings.LastIndex(text, "/")+1:] }
		symbol, err := qr.Encode(address+"/v/", digits(test.printed))
		if err != nil {
			t.Fatal(err)
		}
		_, path := templates.CodePath(symbol)
		page := w.want(request{method: "GET", path: "/v/" + digits(test.opened), accept: "text/html", wild: true}, 200, "").Body.String()
		if !strings.Contains(page, `d="`+path+`"`) {
			t.Errorf("%s: the page bears another code", name)
		}
	}
}
