package api_test

import (
	"bytes"
	"image"
	"image/color"
	"image/png"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"yizheng/api"
	"yizheng/document"
	"yizheng/issuer/issuertest"
	"yizheng/payload"
	"yizheng/qr"
	"yizheng/templates"
	"yizheng/verifier"
)

func TestVerify(t *testing.T) {
	w := newWorld(t, nil)
	issued := w.issued(issuertest.Restaurant)
	damaged := issued.Text[:len(issued.Text)-7] + "0000000"
	form, formMedia := multipartOf(t, map[string]string{"text": issued.Text}, nil)
	picture := pictureOf(t, issued.Text)
	upload, uploadMedia := multipartOf(t, map[string]string{"text": "ignored"}, picture)
	none, noneMedia := multipartOf(t, nil, blank(t))
	for name, test := range map[string]struct {
		media, body string
		want        verifier.Outcome
	}{
		"JSON":              {"application/json", `{"text":"` + issued.Text + `"}`, verifier.Valid},
		"text":              {"text/plain; charset=utf-8", issued.Text, verifier.Valid},
		"bare digits":       {"text/plain", strings.TrimPrefix(issued.Text, issuertest.Prefix), verifier.Valid},
		"a scanner's lines": {"text/plain", " \n" + issued.Text + "\r\n", verifier.Valid},
		"form":              {"application/x-www-form-urlencoded", "text=" + issued.Text, verifier.Valid},
		"multipart":         {formMedia, form, verifier.Valid},
		"picture":           {"image/png", string(picture), verifier.Valid},
		"upload":            {uploadMedia, upload, verifier.Valid},
		"no code in it":     {noneMedia, none, verifier.NotALicense},
		"misread":           {"text/plain", damaged, verifier.Unreadable},
		"something else":    {"application/json", `{"text":"https://example.com/pay"}`, verifier.NotALicense},
		"nothing":           {"text/plain", "", verifier.NotALicense},
	} {
		t.Run(name, func(t *testing.T) {
			w.t = t
			r := decoded[verifier.Result](t, w.want(request{method: "POST", path: "/v1/verify", media: test.media, body: test.body, wild: test.body == ""}, 200, ""))
			if r.Outcome != test.want {
				t.Errorf("outcome %s, want %s: %+v", r.Outcome, test.want, r.Checks)
			}
		})
	}
	w.t = t
	measured := w.want(request{method: "GET", path: "/metrics"}, 200, "").Body.String()
	for _, line := range []string{ // reading a file takes its time, and makes no text slow
		`yizheng_http_request_duration_seconds_count{route="/v1/verify"} 9`, `yizheng_http_request_duration_seconds_count{route="/v1/verify file"} 3`,
	} {
		if !strings.Contains(measured, line+"\n") {
			t.Errorf("there is no %s in %s", line, strings.Join(slices.DeleteFunc(strings.Split(measured, "\n"), func(l string) bool { return !strings.Contains(l, "seconds_count") }), "\n"))
		}
	}
}

// TestVerifyDocument uploads a license's pages without the seal that makes a
// document of them, and a PDF with no license in it.
func TestVerifyDocument(t *testing.T) {
	w := newWorld(t, nil)
	issued := w.issued(issuertest.Restaurant)
	symbol, err := document.Symbol(issued.Text)
	if err != nil {
		t.Fatal(err)
	}
	printer, err := templates.New(templates.Config{})
	if err != nil {
		t.Fatal(err)
	}
	content := templates.Document{License: issued.License, Text: issued.Text, Symbol: symbol, SealName: "演示专用章", VerifyURL: issuertest.Prefix}
	body, err := printer.Document(content)
	if err != nil {
		t.Fatal(err)
	}
	content.Draft = true
	draft, err := printer.Document(content)
	if err != nil {
		t.Fatal(err)
	}
	post := func(pdf []byte) verifier.Result {
		return decoded[verifier.Result](t, w.want(request{method: "POST", path: "/v1/verify", media: "application/pdf", body: string(pdf)}, 200, ""))
	}
	if r := post(body.Unsigned()); r.Outcome != verifier.Valid || !r.Document.Lies() || r.Document.Reason != verifier.SealMalformed || r.Document.Text != issued.Text {
		t.Errorf("%s, %+v", r.Outcome, r.Document)
	}
	if r := post(draft.Unsigned()); r.Outcome != verifier.NotALicense || r.Document != nil {
		t.Errorf("%s, %+v", r.Outcome, r.Document)
	}
	upload, media := multipartOf(t, nil, body.Unsigned())
	page := w.want(request{method: "POST", path: "/verify", media: media, body: upload}, 200, "").Body.String()
	for _, said := range []string{"文件不可信", "Do not trust this document", "文件的电子印章已损坏", "页面本身不能证明任何内容", "有效"} {
		if !strings.Contains(page, said) {
			t.Errorf("the page does not say %s", said)
		}
	}
}

func TestVerifyRefusals(t *testing.T) {
	w := newWorld(t, nil)
	unknown, unknownMedia := multipartOf(t, map[string]string{"code": "x"}, nil)
	for name, test := range map[string]struct {
		media, body string
		status      int
		reason      string
	}{
		"no type":          {"", "x", 415, "unsupported_media_type"},
		"other type":       {"text/csv", "x", 415, "unsupported_media_type"},
		"no JSON":          {"application/json", "{", 400, "malformed_request"},
		"unknown member":   {"application/json", `{"text":"","code":""}`, 400, "malformed_request"},
		"trailing":         {"application/json", `{"text":""}{}`, 400, "malformed_request"},
		"a number":         {"application/json", `{"text":1}`, 400, "malformed_request"},
		"long text":        {"text/plain", strings.Repeat("8", 20<<10), 413, "body_too_large"},
		"long file":        {"image/png", strings.Repeat("8", 11<<20), 413, "body_too_large"},
		"no picture":       {"image/png", "GIF89a", 422, "picture_unreadable"},
		"broken PDF":       {"application/pdf", "%PDF-1.7", 422, "picture_unreadable"},
		"no form":          {"multipart/form-data", "x", 400, "malformed_request"},
		"form without end": {"multipart/form-data; boundary=b", "--b\r\n", 400, "malformed_request"},
		"unknown field":    {unknownMedia, unknown, 400, "malformed_request"},
		"bad escape":       {"application/x-www-form-urlencoded", "text=%zz", 400, "malformed_request"},
	} {
		t.Run(name, func(t *testing.T) {
			w.t = t
			w.want(request{method: "POST", path: "/v1/verify", media: test.media, body: test.body, wild: true}, test.status, test.reason)
			page := w.want(request{method: "POST", path: "/verify", media: test.media, body: test.body, wild: true}, test.status, "")
			if !strings.HasPrefix(page.Header().Get("Content-Type"), "text/html") {
				t.Error("a person gets no page")
			}
		})
	}
}

func TestShowCode(t *testing.T) {
	w := newWorld(t, nil)
	issued := w.issued(issuertest.Restaurant)
	path := strings.TrimPrefix(issued.Text, address)
	w.log.Reset()

	for accept, html := range map[string]bool{
		"text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8": true,
		"": true, "*/*": true, "text/html": true,
		"application/json":                  false,
		"application/json, */*;q=0.1":       false,
		"text/html;q=0.2, application/json": false,
		"text/html, application/json;q=0.2": true,
		"text/html;q=x, application/json":   false,
		"application/json;q=2;;":            true,
	} {
		answer := w.want(request{method: "GET", path: path, accept: accept}, 200, "")
		isPage := strings.HasPrefix(answer.Header().Get("Content-Type"), "text/html")
		if isPage != html {
			t.Errorf("Accept %q: a page is %v", accept, isPage)
		}
		if html && !strings.Contains(answer.Body.String(), "上海愚园本帮菜馆有限公司") {
			t.Error("the page does not name the holder")
		}
		for name, value := range map[string]string{
			"Referrer-Policy": "no-referrer", "Cache-Control": "no-store", "X-Content-Type-Options": "nosniff",
			"X-Robots-Tag": "noindex, nofollow", "Vary": "Accept",
		} {
			if got := answer.Header().Get(name); got != value {
				t.Errorf("%s is %q, want %q", name, got, value)
			}
		}
		if policy := answer.Header().Get("Content-Security-Policy"); !strings.HasPrefix(policy, "default-src 'none'") || strings.Contains(policy, "unsafe") {
			t.Errorf("policy %q", policy)
		}
	}
	if head := w.want(request{method: "HEAD", path: path}, 200, ""); head.Header().Get("Cache-Control") != "no-store" {
		t.Error("HEAD differs from GET")
	}
	r := decoded[verifier.Result](t, w.want(request{method: "GET", path: path, accept: "application/json"}, 200, ""))
	if r.Outcome != verifier.Valid || len(r.Warnings) > 1 {
		t.Errorf("outcome %s, warnings %v", r.Outcome, r.Warnings)
	}
	records, err := w.register.Verifications(t.Context(), issued.License.Identifier.String(), 10)
	if err != nil || len(records) != 0 {
		t.Errorf("looking was recorded: %v, %v", records, err)
	}
	if strings.Contains(w.log.String(), path[3:40]) {
		t.Error("the log has the code")
	}
}

// TestLogsHoldNoSecrets looks for codes and tokens in the log, however they
// came in.
func TestLogsHoldNoSecrets(t *testing.T) {
	w := newWorld(t, nil)
	issued := w.issued(issuertest.Restaurant)
	digits := strings.TrimPrefix(issued.Text, issuertest.Prefix)
	token := w.asOffice()
	w.log.Reset()
	for _, r := range []request{
		{method: "GET", path: "/v/" + digits},
		{method: "GET", path: "/V/" + digits, wild: true},
		{method: "GET", path: "/" + digits, wild: true},
		{method: "PUT", path: "/v/" + digits, wild: true},
		{method: "GET", path: "/v/" + digits + "?x=" + digits},
		{method: "GET", path: "/v1/licenses/" + digits, token: token},
		{method: "GET", path: "/v1/licenses/" + digits, token: token + "x"},
		{method: "GET", path: "/v1/licenses?number=" + digits, token: token},
		{method: digits, path: "/", wild: true},
		{method: "POST", path: "/v1/verify", media: "text/plain", body: digits},
		{method: "POST", path: "/v1/verify", media: "application/" + digits, body: digits, wild: true},
		{method: "POST", path: "/v1/verifications", token: token, key: "k", media: "application/json", body: `{"text":"` + digits + `","purpose":"p"}`},
		{method: "POST", path: "/v1/verifications", token: token, key: "k", media: "application/json", body: `{"` + digits + `":1}`, wild: true},
	} {
		w.do(r)
	}
	log := w.log.String()
	for _, secret := range []string{digits[:24], digits[len(digits)-24:], token, strings.Split(token, ".")[2]} {
		if i := strings.Index(log, secret); i >= 0 {
			t.Errorf("the log has a secret: …%s…", log[max(0, i-300):i+10])
		}
	}
	if !strings.Contains(log, `"route":"/v/*"`) {
		t.Error("the log names no route")
	}
}

func TestHomeAndOtherPages(t *testing.T) {
	w := newWorld(t, nil)
	for path, text := range map[string]string{"/": "粘贴文字", "/problems": "token_missing"} {
		answer := w.want(request{method: "GET", path: path}, 200, "")
		if !strings.Contains(answer.Body.String(), text) {
			t.Errorf("%s does not say %q", path, text)
		}
	}
	page := w.want(request{method: "GET", path: "/nowhere", accept: "text/html", wild: true}, 404, "")
	if !strings.Contains(page.Body.String(), "没有这个页面") {
		t.Error("a person gets no page that says so")
	}
	w.want(request{method: "GET", path: "/nowhere", accept: "application/json", wild: true}, 404, "not_found")
	w.want(request{method: "PUT", path: "/v1/verify", accept: "application/json", wild: true}, 405, "method_not_allowed")
	w.want(request{method: "GET", path: "/healthz", media: "text/plain", body: "x", wild: true}, 413, "body_too_large")
}

func FuzzShowCode(f *testing.F) {
	w := newWorld(f, func(c *api.Config) { c.Limiter = unlimited{}; c.Log = nil })
	issued := w.issued(issuertest.Restaurant)
	for _, seed := range []string{"", "/", "..", "%2e%2e/", strings.TrimPrefix(issued.Text, issuertest.Prefix), "86", "861", "\x00", "é%", "?a=b", "<script>"} {
		f.Add(seed, "application/json")
	}
	f.Fuzz(func(t *testing.T, code, accept string) {
		h := httptest.NewRequest(http.MethodGet, "/", nil)
		h.URL.Path = "/v/" + code
		h.Header.Set("Accept", accept)
		answer := httptest.NewRecorder()
		w.handler.ServeHTTP(answer, h)
		if answer.Code != 200 {
			t.Errorf("status %d for %q", answer.Code, code)
		}
	})
}

// pictureOf draws the code of a text as a PNG, eight pixels a module.
func pictureOf(t *testing.T, text string) []byte {
	t.Helper()
	prefix, code, err := payload.Find(text)
	if err != nil {
		t.Fatal(err)
	}
	symbol, err := qr.Encode(prefix, code.Digits())
	if err != nil {
		t.Fatal(err)
	}
	const module, quiet = 8, 4
	side := (symbol.Size + 2*quiet) * module
	picture := image.NewGray(image.Rect(0, 0, side, side))
	for y := range side {
		for x := range side {
			mx, my := x/module-quiet, y/module-quiet
			dark := mx >= 0 && my >= 0 && mx < symbol.Size && my < symbol.Size && symbol.At(mx, my)
			if !dark {
				picture.SetGray(x, y, color.Gray{Y: 255})
			}
		}
	}
	return encoded(t, picture)
}

func blank(t *testing.T) []byte {
	return encoded(t, image.NewGray(image.Rect(0, 0, 64, 64)))
}

func encoded(t *testing.T, picture image.Image) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := png.Encode(&b, picture); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// multipartOf makes a form with fields and perhaps a file.
func multipartOf(t *testing.T, fields map[string]string, file []byte) (body, media string) {
	t.Helper()
	var b bytes.Buffer
	form := multipart.NewWriter(&b)
	for name, value := range fields {
		if err := form.WriteField(name, value); err != nil {
			t.Fatal(err)
		}
	}
	if file != nil {
		part, err := form.CreateFormFile("file", "license.png")
		if err != nil {
			t.Fatal(err)
		}
		if _, err := part.Write(file); err != nil {
			t.Fatal(err)
		}
	}
	if err := form.Close(); err != nil {
		t.Fatal(err)
	}
	return b.String(), form.FormDataContentType()
}
