//go:build !race

package main

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/json"
	"errors"
	"log/slog"
	"math/big"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"sync"
	"testing"
	"time"

	"yizheng/api"
	"yizheng/exchange"
	"yizheng/license"
	"yizheng/qr"
	"yizheng/seal"
	"yizheng/templates"
	"yizheng/templates/font"
	"yizheng/trust"
	"yizheng/verifier"
	"yizheng/verifier/verifiertest"
)

// sealKey makes a key with its certificate.
func sealKey(t *testing.T) (*ecdsa.PrivateKey, *x509.Certificate) {
	t.Helper()
	key := mustMake(ecdsa.GenerateKey(elliptic.P256(), rand.Reader))(t)
	now := verifiertest.Now()
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "演示专用章"},
		NotBefore: now.AddDate(-1, 0, 0), NotAfter: now.AddDate(1, 0, 0), KeyUsage: x509.KeyUsageContentCommitment,
	}
	der := mustMake(x509.CreateCertificate(rand.Reader, template, template, key.Public(), key))(t)
	return key, mustMake(x509.ParseCertificate(der))(t)
}

// TestVerifyDocument sees what a forger does to a sealed page: the code stays
// good, and the page is said to prove nothing. It reads pages some thirty times,
// one after another: not for the race detector, which takes minutes for that and
// has nothing to find.
func TestVerifyDocument(t *testing.T) {
	t.Parallel()
	now := verifiertest.Now()
	world := mustMake(verifiertest.New())(t)
	issuer := world.Issuer("310105")
	key, certificate := sealKey(t)
	issuer.Seals = append(issuer.Seals, certificate.Raw)
	l := mustMake(issuer.License("restaurant-3-permits"))(t)
	code := mustMake(issuer.Issue(l))(t)

	dir := t.TempDir()
	write := func(name string, content []byte) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, content, 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	bundle := write("trust.json", mustMake(world.Bundle("310105", 1, now))(t))
	list := write("list.jwt", []byte(mustMake(issuer.List(l, 1, now.Add(-time.Minute)))(t)))

	printer := mustMake(templates.New(templates.Config{}))(t)
	faces := mustMake(font.Faces())(t)
	faces.Version = "of another release"
	further := mustMake(templates.New(templates.Config{Fonts: faces}))(t)
	draw := func(p *templates.Printer, l license.License) *templates.Body {
		return mustMake(p.Document(templates.Document{
			License: l, Text: code.Text(issuer.VerifyURL), Symbol: mustMake(qr.Encode(issuer.VerifyURL, code.Digits()))(t),
			SealName: "演示专用章", VerifyURL: issuer.VerifyURL, Demonstration: l.Demonstration,
		}))(t)
	}
	sealed := func(body *templates.Body, key *ecdsa.PrivateKey, certificate *x509.Certificate) []byte {
		cms := mustMake(seal.Sign(key, certificate, now, rand.Reader, body.SignedBytes()))(t)
		return mustMake(body.Sealed(cms))(t)
	}
	body := draw(printer, *l)
	good := sealed(body, key, certificate)
	larger := *l
	larger.Holder.Premises += "、隔壁" // the code of one license on the page of another, under the true seal
	stranger, strangersCertificate := sealKey(t)
	altered := bytes.Clone(good)
	altered[bytes.IndexByte(good, '\n')+3] ^= 1 // in the comment of the second line: every reader shows the same page
	node := documentNode(t, bundle, list, now)
	served, scanned := serveDocuments(node), scanDocuments(t, node, now)
	type document = verifier.Document
	for name, c := range map[string]struct {
		pdf  []byte
		want document
	}{
		"good":                         {good, document{Seal: "valid", Page: "agrees", Whole: true}},
		"altered":                      {altered, document{Seal: "broken", Reason: "seal_altered", Whole: true}},
		"appended":                     {append(bytes.Clone(good), "\n% more\n"...), document{Seal: "broken", Reason: "seal_appended"}},
		"stranger":                     {sealed(body, stranger, strangersCertificate), document{Seal: "untrusted", Reason: "seal_not_of_issuer", Whole: true}},
		"larger":                       {sealed(draw(printer, larger), key, certificate), document{Seal: "valid", Page: "differs", Reason: "page_differs", Whole: true}},
		"fonts":                        {sealed(draw(further, *l), key, certificate), document{Seal: "valid", Page: "not_compared", Reason: "page_of_another_template", Whole: true}},
		"behind a line":                {append([]byte("\n"), sealed(draw(printer, larger), key, certificate)...), document{Seal: "broken", Reason: "seal_malformed"}},
		"behind a picture's beginning": {append([]byte("\x89PNG\r\n\x1a\n"), good...), document{Seal: "broken", Reason: "seal_malformed"}},
		"unsealed":                     {body.Unsigned(), document{Seal: "broken", Reason: "seal_malformed"}},
	} {
		t.Run(name, func(t *testing.T) {
			file := write(strings.ReplaceAll(name, " ", "-")+".pdf", c.pdf)
			args := []string{"verify", "--trust", bundle, "--status", list, "--at", now.Format(time.RFC3339), file}
			exit, out, complaints := runMain("", append(args, "--json")...)
			var got verifier.Result
			if err := json.Unmarshal([]byte(out), &got); err != nil {
				t.Fatal(err, out, complaints)
			}
			c.want.Text = code.Text(issuer.VerifyURL)
			want := 0
			if c.want.Lies() {
				want = 1
			}
			if exit != want || got.Outcome != "valid" || !reflect.DeepEqual(*got.Document, c.want) {
				t.Errorf("exit %d, %+v, want %+v", exit, got, c.want)
			}
			_, text, _ := runMain("", args...)
			if strings.Contains(text, provesNothing) == c.want.Proves() ||
				strings.Contains(text, "DO NOT TRUST THIS DOCUMENT") != c.want.Lies() {
				t.Error(text)
			}

			// Who uploads it is told the same.
			var uploaded verifier.Result
			if err := json.Unmarshal(served(t, "/v1/verify", c.pdf), &uploaded); err != nil {
				t.Fatal(err)
			}
			if uploaded.Outcome != got.Outcome || !reflect.DeepEqual(uploaded.Document, got.Document) {
				t.Errorf("uploaded: %s, %+v, want %+v", uploaded.Outcome, uploaded.Document, got.Document)
			}
			result := string(served(t, "/verify", c.pdf))
			if strings.Contains(result, "再次核验，请扫描此码") == c.want.Lies() {
				t.Error("printed, the page of a document that lies bears a code, or that of another does not")
			}
			for _, page := range []string{result, scanned(t, file)} {
				if strings.Contains(page, provesNothing) == c.want.Proves() ||
					strings.Contains(page, "文件不可信") != c.want.Lies() ||
					strings.Contains(page, "Do not trust this document") != c.want.Lies() {
					t.Error(page)
				}
			}
		})
	}
}

// provesNothing goes with every document whose page is not its issuer's.
const provesNothing = "页面本身不能证明任何内容，只以二维码所载为准。"

// documentNode is a node that only verifies, documents too.
func documentNode(t *testing.T, trustFile, list string, now time.Time) http.Handler {
	t.Helper()
	clock := func() time.Time { return now }
	b := mustMake(trust.Load(mustMake(os.ReadFile(trustFile))(t)))(t)
	log := slog.New(slog.DiscardHandler)
	shared := mustMake(exchange.New(exchange.Config{Clock: clock}))(t)
	t.Cleanup(func() { _ = shared.Close() })
	k := mustMake(newChecker(checkerConfig{
		trustFile: trustFile, region: "310105", own: "310105", client: &http.Client{Timeout: time.Second}, shared: shared, clock: clock, log: log,
		printer: sync.OnceValues(func() (*templates.Printer, error) { return newPrinter(".", nil) }),
	}, b))(t)
	token := mustMake(os.ReadFile(list))(t)
	if err := k.view.Load().lists.Add(token); err != nil {
		t.Fatal(err)
	}
	config := api.Config{URL: "https://zheng.example", Verifier: k, Documents: k, Region: "310105", Read: mustMake(readingApart(log))(t),
		Trust: func() []byte { return b.Published() }, Log: log, Clock: clock}
	withScanner(t, b, token)(&config)
	return mustMake(api.New(config))(t)
}

// serveDocuments gives what posts a PDF to a node.
func serveDocuments(node http.Handler) func(t *testing.T, path string, pdf []byte) []byte {
	return func(t *testing.T, path string, pdf []byte) []byte {
		t.Helper()
		var form bytes.Buffer
		w := multipart.NewWriter(&form)
		_, err := mustMake(w.CreateFormFile("file", "license.pdf"))(t).Write(pdf)
		if err := errors.Join(err, w.Close()); err != nil {
			t.Fatal(err)
		}
		request := httptest.NewRequest(http.MethodPost, path, &form)
		request.Header.Set("Content-Type", w.FormDataContentType())
		answer := httptest.NewRecorder()
		node.ServeHTTP(answer, request)
		if answer.Code != http.StatusOK {
			t.Fatalf("%s answers %d: %s", path, answer.Code, answer.Body)
		}
		return answer.Body.Bytes()
	}
}
