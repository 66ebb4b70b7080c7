package api_test

import (
	"context"
	"net/url"
	"strings"
	"testing"
	"time"

	"yizheng/api/access"
	"yizheng/license"
	"yizheng/verifier"
)

// codeOf finds the text of the code in a file that the drawing stands in for.
func codeOf(t *testing.T, file string) string {
	t.Helper()
	for _, word := range strings.Fields(file) {
		if strings.Contains(word, "/v/862") {
			return word
		}
	}
	t.Fatalf("no code in %s", file)
	return ""
}

func (w *world) day(days int) string {
	return (license.DateOf(w.clock.Now()) + license.Date(days)).String()
}

func TestOwnCopy(t *testing.T) {
	w := newWorld(t, nil)
	shop, other := w.issued("restaurant-3-permits.json"), w.issued("bookstore-cafe-5-permits.json")
	link, path := w.link(shop)
	form := func(recipient, purpose, until, format string) request {
		return request{method: "POST", path: own(path, shop) + "/copy", media: "application/x-www-form-urlencoded",
			body: url.Values{"recipient": {recipient}, "purpose": {purpose}, "until": {until}, "format": {format}}.Encode()}
	}
	page := w.want(request{method: "GET", path: own(path, shop) + "/copy"}, 200, "").Body.String()
	if !strings.Contains(page, `min="`+w.day(0)+`"`) || !strings.Contains(page, `max="`+w.day(365)+`"`) {
		t.Error("the form does not say which days may be asked for")
	}

	made := w.want(form("某银行长宁支行", "开立账户", w.day(6), "pdf"), 200, "")
	if d := made.Header().Get("Content-Disposition"); !strings.HasPrefix(d, "attachment; filename*=utf-8''") {
		t.Errorf("Content-Disposition %q", d)
	}
	text := codeOf(t, made.Body.String())
	r := w.Verify(context.Background(), text)
	if r.Outcome != verifier.Valid || r.Copy == nil || r.Copy.Recipient != "某银行长宁支行" || r.Copy.Maker != shop.License.Holder.Name || r.Copy.Until.String() != w.day(6) {
		t.Errorf("%s %+v", r.Outcome, r.Copy)
	}
	shown := w.want(request{method: "GET", path: "/v/" + strings.TrimPrefix(text, address+"/v/"), accept: "text/html"}, 200, "").Body.String()
	for _, want := range []string{"加注件：仅供下列用途", "某银行长宁支行", "开立账户", w.day(6)} {
		if !strings.Contains(shown, want) {
			t.Errorf("the result page does not say %s", want)
		}
	}
	trail, err := w.register.Audit(t.Context(), shop.License.Identifier.String())
	if err != nil {
		t.Fatal(err)
	}
	if last := trail[len(trail)-1]; last.Act != "derived_copy" || last.Actor != "holder link "+link.ID || !strings.Contains(last.Detail, "某银行长宁支行; 开立账户; "+w.day(6)) {
		t.Errorf("%+v", last)
	}
	if picture := w.want(form("某银行", "开户", w.day(0), "png"), 200, ""); picture.Header().Get("Content-Type") != "image/png" {
		t.Errorf("%v", picture.Header())
	}

	w.clock.Advance(7 * 24 * time.Hour)
	w.publish()
	if r := w.Verify(context.Background(), text); r.Outcome != verifier.Invalid || r.Check(verifier.ValidityCheck).Reason != verifier.CopyExpired {
		t.Errorf("past its day: %s %+v", r.Outcome, r.Checks)
	}
	shown = w.want(request{method: "GET", path: "/v/" + strings.TrimPrefix(text, address+"/v/"), accept: "text/html"}, 200, "").Body.String()
	if !strings.Contains(shown, "加注件已过期") {
		t.Error("the result page does not say that the copy has expired")
	}

	for name, c := range map[string]struct {
		r    request
		says []string
	}{
		"empty":      {form("", "", "", ""), []string{"此项必须填写", "必须填写截止日期"}},
		"yesterday":  {form("某银行", "开户", w.day(-1), ""), []string{"截止日期已过", `value="某银行"`}},
		"too far":    {form("某银行", "开户", w.day(366), ""), []string{"最长有效366天"}},
		"no day":     {form("某银行", "开户", "明天", ""), []string{"必须填写截止日期"}},
		"too long":   {form(strings.Repeat("长", 61), "开户", w.day(1), ""), []string{"最多允许60个"}},
		"markup":     {form("<script>alert(1)</script>\n", "开户", w.day(1), ""), []string{"&lt;script&gt;"}},
		"direction":  {form("某\u202e银行", "开户", w.day(1), ""), []string{"双向文字控制符"}},
		"line break": {form("某银行", "开户\r\n其他", w.day(1), ""), []string{"控制字符"}},
	} {
		t.Run(name, func(t *testing.T) {
			c.r.wild = true
			answer := w.do(c.r)
			if answer.Code != 422 {
				t.Fatalf("status %d", answer.Code)
			}
			for _, want := range c.says {
				if !strings.Contains(answer.Body.String(), want) {
					t.Errorf("the form does not say %s", want)
				}
			}
		})
	}
	foreign := form("某银行", "开户", w.day(1), "pdf")
	foreign.path = own(path, other) + "/copy"
	if answer := w.do(foreign); answer.Code != 404 {
		t.Errorf("a copy of another holder's license: %d", answer.Code)
	}
}

func TestOfficeCopy(t *testing.T) {
	w := newWorld(t, nil)
	shop := w.issued("restaurant-3-permits.json")
	r := request{method: "POST", path: "/v1/licenses/" + shop.License.Number + "/copies", token: w.asOffice(), media: "application/json",
		body: `{"recipient":"某法院","purpose":"案件证据","until":"` + w.day(30) + `"}`}
	made := w.want(r, 200, "")
	v := w.Verify(context.Background(), codeOf(t, made.Body.String()))
	if v.Copy == nil || v.Copy.Maker != w.office {
		t.Errorf("%+v", v.Copy)
	}
	r.token = w.token(market, access.LicenseWrite)
	w.want(r, 403, "not_the_issuer")
	r.token, r.path = w.asOffice(), "/v1/licenses/31010520260009999/copies"
	w.want(r, 404, "license_not_found")
	r.path = "/v1/licenses/" + shop.License.Number + "/copies"
	r.body = `{"recipient":"","purpose":"案件证据","until":"2020-01-01"}`
	w.want(r, 422, "faults")
	r.body, r.wild = `{"recipient":"某法院","purpose":"案件证据","until":"`+w.day(1)+`","format":"doc"}`, true
	w.want(r, 400, "malformed_request")
}
